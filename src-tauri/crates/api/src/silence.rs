//! Which webhooks are silent: computed when it is asked, from when something came, the times in which nothing could be received, and the
//! clock. Never stored; see [`study::silence`].

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use store::history::{Silence, WhichAway};
use store::rows::{AwayRow, Pulse};
use store::state::{Away, Phase, Webhook};
use study::Action;
use study::away::{Reason, Stretch};
use study::silence::rhythm::WINDOW_HOURS;
use study::silence::{Rhythm, Rule, by_the_clock_of_now, due, due_after, learn};

use crate::times::{instant, rfc3339};
use crate::wire::{ApiError, RhythmRow, SilenceDetail, SilenceRow};
use crate::{Monitor, away, lens};

/// The setting all rules are under, by slug.
const RULES: &str = "silence_rules";
/// Times away looked at, the newest.
const MOST_AWAY: usize = 2_000;
/// Refusals looked at, the newest.
const MOST_REFUSALS: usize = 2_000;
/// A sign of life that is older, in microseconds, is one of a receiver that is not there any more. One is given every 10 s.
const STALE: i64 = 30_000_000;
const HOUR: i64 = 3_600_000_000;
/// The longest bound, in hours: a year.
const LONGEST: f64 = 8_760.0;

/// Rhythms that were learned, by slug, with what they were learned from.
pub(crate) type Rhythms = HashMap<String, (LearnedFrom, Option<Rhythm>)>;

/// What a rhythm depends on: the hour of the latest, the zone, and the newest time away.
type LearnedFrom = (i64, Option<String>, i64);

/// A webhook's rule as it is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    /// Never.
    off: bool,
    /// After so many hours.
    hours: Option<f64>,
    /// It was enabled again then, microseconds since 1970 UTC: what it did before is no silence.
    from: Option<i64>,
}

impl Kept {
    fn rule(&self) -> Rule {
        match (self.off, self.hours) {
            (true, _) => Rule::Off,
            #[expect(clippy::cast_possible_truncation, reason = "checked to be at most a year of hours")]
            (false, Some(hours)) => Rule::After((hours * 3_600_000_000.0) as i64),
            (false, None) => Rule::Automatic,
        }
    }

    fn word(&self) -> &'static str {
        match self.rule() {
            Rule::Automatic => "automatic",
            Rule::After(_) => "hours",
            Rule::Off => "off",
        }
    }
}

/// The times in which nothing came because nothing could, and clocks that were set.
struct Absences {
    rows: Vec<AwayRow>,
    waiting: Vec<Away>,
    /// Since the receiver's last sign of life, where there is none now.
    gone: Option<Stretch>,
}

impl Monitor {
    /// How a webhook's silence is judged, and what was learned of it.
    ///
    /// # Errors
    /// `not_found`, `behind`, or what SQLite said.
    pub fn webhook_silence(&self, slug: &str) -> Result<SilenceRow, ApiError> {
        let webhook = self.registered(slug)?;
        let pulse = self.history().pulses()?.into_iter().find(|pulse| pulse.webhook == slug);
        let absences = self.absences()?;
        self.judged(&webhook, pulse.as_ref(), self.rules()?.get(slug).copied().unwrap_or_default(), &absences)
    }

    /// Judges a webhook's silence by its rhythm (`automatic`), after a number of hours, or never (`off`).
    ///
    /// # Errors
    /// `not_found`, `invalid` with the field, or why it could not be kept.
    pub fn webhook_silence_set(&self, slug: &str, rule: &str) -> Result<SilenceRow, ApiError> {
        self.registered(slug)?;
        let mut rules = self.rules()?;
        let kept = rules.entry(slug.to_owned()).or_default();
        (kept.off, kept.hours) = match rule.trim() {
            "automatic" => (false, None),
            "off" => (true, None),
            hours => {
                let hours: Option<f64> = hours.parse().ok().filter(|hours| *hours > 0.0 && *hours <= LONGEST);
                let wrong = || {
                    ApiError::invalid("silence", "automatic, off, or hours: a number above 0 and at most 8760 (a year)")
                };
                (false, Some(hours.ok_or_else(wrong)?))
            }
        };
        let value = kept.hours.map_or_else(|| kept.word().into(), serde_json::Value::from);
        self.append(&[Action::Setting { name: format!("silence:{slug}"), value }])?;
        self.keep_rules(&rules)?;
        self.webhook_silence(slug)
    }

    /// The webhook is enabled from now on: its silence before that was not its own.
    pub(crate) fn silence_begins_anew(&self, slug: &str) -> Result<(), ApiError> {
        let mut rules = self.rules()?;
        rules.entry(slug.to_owned()).or_default().from = Some(self.now());
        self.keep_rules(&rules)
    }

    /// The webhooks that are silent now.
    pub(crate) fn silences(&self) -> Result<Vec<Silence>, ApiError> {
        let mut webhooks = self.state().webhooks()?;
        webhooks.retain(|webhook| webhook.enabled && !webhook.removed);
        if webhooks.is_empty() {
            return Ok(Vec::new());
        }
        let rules = self.rules()?;
        let absences = self.absences()?;
        let pulses: HashMap<String, Pulse> =
            self.history().pulses()?.into_iter().map(|pulse| (pulse.webhook.clone(), pulse)).collect();
        let mut silences = Vec::new();
        for webhook in webhooks {
            let slug = webhook.slug.as_str();
            let Some(pulse) = pulses.get(slug) else { continue };
            let kept = rules.get(slug).copied().unwrap_or_default();
            if let Some(opened_at) = self.silent_since(&webhook, pulse, kept, &absences)? {
                let (webhook, study_id) = (slug.to_owned(), webhook.study_id.clone());
                silences.push(Silence { webhook, study_id, last_sequence: pulse.last_sequence, opened_at });
            }
        }
        Ok(silences)
    }

    /// What is known of the silence a problem is about; `None` for other problems.
    pub(crate) fn silence_of(&self, row: &store::rows::ProblemRow) -> Result<Option<SilenceDetail>, ApiError> {
        if row.kind != study::ProblemKind::Silence {
            return Ok(None);
        }
        let judged = self.webhook_silence(&row.webhook)?;
        let last = judged.last_at.as_deref().and_then(crate::times::micros).unwrap_or(i64::MIN);
        let refused = self.state().rejections(MOST_REFUSALS)?;
        let refused: Vec<_> = refused
            .into_iter()
            .filter(|refusal| refusal.received_at > last && refusal.webhook == row.webhook)
            .collect();
        let away = self.absences()?.stretches(&row.webhook, self.now());
        let seconds = |each: &Stretch| {
            let (from, to) = (each.from.as_microsecond().max(last), each.to.as_microsecond());
            to.saturating_sub(from).max(0) / 1_000_000
        };
        Ok(Some(SilenceDetail {
            refused: u32::try_from(refused.len()).unwrap_or(u32::MAX),
            refused_reason: refused.first().map(|refusal| refusal.reason.clone()),
            away_seconds: away.iter().map(seconds).sum(),
            judged,
        }))
    }

    fn judged(
        &self,
        webhook: &Webhook,
        pulse: Option<&Pulse>,
        kept: Kept,
        absences: &Absences,
    ) -> Result<SilenceRow, ApiError> {
        let zone = self.zone_of(webhook);
        let slug = webhook.slug.as_str();
        let rhythm = match pulse {
            Some(pulse) => self.rhythm(slug, pulse.last_at, &zone, absences)?,
            None => None,
        };
        let silent = match pulse {
            Some(pulse) if webhook.enabled => self.silent_since(webhook, pulse, kept, absences)?,
            _ => None,
        };
        Ok(SilenceRow {
            webhook: slug.to_owned(),
            rule: kept.word().to_owned(),
            hours: kept.hours.filter(|_| !kept.off),
            rhythm: rhythm.map(|rhythm| rhythm_row(&rhythm, &zone)),
            last_at: pulse.map(|pulse| rfc3339(absences.last(pulse))),
            silent_since: silent.map(rfc3339),
        })
    }

    fn silent_since(
        &self,
        webhook: &Webhook,
        pulse: &Pulse,
        kept: Kept,
        absences: &Absences,
    ) -> Result<Option<i64>, ApiError> {
        let now = self.now();
        let last = absences.last(pulse);
        let begins = last.max(kept.from.unwrap_or(i64::MIN));
        let away = || absences.stretches(webhook.slug.as_str(), now);
        Ok(match kept.rule() {
            Rule::Off => None,
            Rule::After(bound) => due_after(bound, begins, &away(), now),
            // No rhythm is faster than that: of a webhook that is heard there is nothing to learn.
            Rule::Automatic if now.saturating_sub(begins) < 3 * HOUR => None,
            Rule::Automatic => {
                let zone = self.zone_of(webhook);
                let rhythm = self.rhythm(webhook.slug.as_str(), pulse.last_at, &zone, absences)?;
                rhythm.and_then(|rhythm| due(&rhythm, begins, &away(), &zone, now))
            }
        })
    }

    /// Learned once for each hour in which something came, by the clock of then: that was set for the deliveries before, too.
    fn rhythm(&self, slug: &str, last: i64, zone: &TimeZone, absences: &Absences) -> Result<Option<Rhythm>, ApiError> {
        let hour = last.div_euclid(HOUR);
        let newest = absences.rows.first().map_or(0, |row| row.sequence);
        let from = (hour, zone.iana_name().map(str::to_owned), newest);
        if let Some((_, rhythm)) = self.rhythms().get(slug).filter(|(known, _)| *known == from) {
            return Ok(rhythm.clone());
        }
        let heard = self.history().heard(slug, hour.saturating_sub(WINDOW_HOURS), hour)?;
        let rhythm = learn(&heard, hour, &absences.stretches(slug, last), zone);
        self.rhythms().insert(slug.to_owned(), (from, rhythm.clone()));
        Ok(rhythm)
    }

    fn zone_of(&self, webhook: &Webhook) -> TimeZone {
        webhook.time_zone.as_deref().and_then(lens::zone).unwrap_or_else(|| self.zone())
    }

    fn absences(&self) -> Result<Absences, ApiError> {
        let rows = self.history().away(WhichAway::All, MOST_AWAY)?.rows;
        let waiting = self.waiting(&rows)?;
        let now = self.now();
        let since = match self.state().last_sign_of_life()? {
            Some(sign) if sign.phase == Phase::Receiving && (now - sign.at).abs() <= STALE => None,
            Some(sign) => Some(sign.at),
            // Nothing was ever received here: what there is came with a file.
            None => Some(i64::MIN),
        };
        let gone = since.filter(|since| *since < now).map(|since| Stretch::new(instant(since), instant(now)));
        Ok(Absences { rows, waiting, gone })
    }

    fn rules(&self) -> Result<BTreeMap<String, Kept>, ApiError> {
        let Some(value) = self.state().setting(RULES)? else { return Ok(BTreeMap::new()) };
        Ok(serde_json::from_value(value).unwrap_or_else(|error| {
            tracing::warn!(%error, "how silence is judged cannot be read: automatic is used");
            BTreeMap::new()
        }))
    }

    fn keep_rules(&self, rules: &BTreeMap<String, Kept>) -> Result<(), ApiError> {
        self.state().set_setting(RULES, &serde_json::to_value(rules).unwrap_or_default())?;
        self.board().state_changed();
        Ok(())
    }
}

impl Absences {
    /// When something came last, by the clock of now.
    fn last(&self, pulse: &Pulse) -> i64 {
        let since = self.rows.iter().filter(|row| !row.is_away() && row.sequence > pulse.last_sequence);
        by_the_clock_of_now(pulse.last_at, since.map(|row| (row.from, row.to)))
    }

    /// When nothing could be received of a webhook. That its deliveries were refused is no excuse: nothing came into the history, and a person
    /// is to know.
    fn stretches(&self, slug: &str, now: i64) -> Vec<Stretch> {
        let is_about = |webhook: &Option<String>| webhook.as_deref().is_none_or(|of| of == slug);
        let counts = |why: Option<Reason>| why.is_some_and(|why| why != Reason::Refused);
        let logged = self.rows.iter().filter(|row| is_about(&row.webhook) && counts(row.why()));
        let waiting = self.waiting.iter().filter(|row| is_about(&row.webhook) && counts(Some(row.reason)));
        logged.map(AwayRow::stretch).chain(waiting.map(|row| away::stretch(row, now))).chain(self.gone).collect()
    }
}

fn rhythm_row(rhythm: &Rhythm, zone: &TimeZone) -> RhythmRow {
    RhythmRow {
        days: rhythm.days.to_vec(),
        from_hour: rhythm.from_hour,
        to_hour: rhythm.to_hour,
        every_hours: rhythm.every,
        alarm_after_hours: rhythm.alarm_after,
        time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
    }
}
