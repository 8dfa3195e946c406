//! Whether something pops up now, later or not at all: pure, by the settings, the weekday and the time of the clock on the wall.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, ToSpan as _, ZonedDateTime};

use crate::wire::{ApiError, NotificationKind, NotificationRules, Settings};

/// A kind of notification, and whether it pops up unless told otherwise: on for errors and for what is as bad, off for the rest.
struct Kind {
    word: &'static str,
    default_on: bool,
    by_webhook: bool,
}

const fn kind(word: &'static str, default_on: bool) -> Kind {
    Kind { word, default_on, by_webhook: true }
}

/// The kind of what keeps deliveries from being received.
pub(super) const RECEIVER: &str = "receiver";
/// The kind of the daily summary.
pub(super) const OVERDUE: &str = "overdue_subject";

/// Every kind there is, one line each. Problems go by their own kind's name; one that is missing here pops up.
const KINDS: &[Kind] = &[
    kind("upload_error", true),
    kind("processing_error", true),
    kind("unreadable", true),
    Kind { word: RECEIVER, default_on: true, by_webhook: false },
    // Nothing at all from a webhook is as bad as an error, and nobody else says so.
    kind("silence", true),
    kind("stuck_upload", false),
    kind(OVERDUE, false),
];

/// The words of the days, Monday first.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Muted for longer than this from now on can only be by a clock that was set: it does not count.
pub(super) const LONGEST_MUTE: SignedDuration = SignedDuration::from_hours(24 * 92);

/// When morning is for whoever has no quiet hours.
const MORNING: Time = Time::constant(8, 0, 0, 0);

/// Every kind there is.
pub(super) fn kinds() -> Vec<NotificationKind> {
    let wire = |kind: &Kind| NotificationKind {
        kind: kind.word.to_owned(),
        default_on: kind.default_on,
        by_webhook: kind.by_webhook,
    };
    KINDS.iter().map(wire).collect()
}

/// What holds pop-ups up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeldBy {
    /// A person, until they said.
    Muted,
    /// The hour or the day.
    QuietHours,
}

impl HeldBy {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Muted => "muted",
            Self::QuietHours => "quiet_hours",
        }
    }
}

/// What becomes of something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It pops up now.
    Raise,
    /// It pops up at that moment.
    Hold(HeldBy, Timestamp),
    /// It never does: its kind is switched off.
    Off,
}

/// The settings, understood.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    popups: bool,
    kinds: BTreeMap<String, bool>,
    webhooks: BTreeMap<String, BTreeMap<String, bool>>,
    quiet: Option<(Time, Time)>,
    days: [bool; 7],
    muted_until: Option<Timestamp>,
}

impl Rules {
    /// Settings were checked when they were kept; what another version wrote and cannot be read holds nothing up.
    pub(super) fn of(settings: &Settings, muted_until: Option<Timestamp>) -> Self {
        let rules = &settings.notifications;
        let hours = time(&rules.quiet_from).zip(time(&rules.quiet_to)).filter(|(from, to)| from != to);
        let days = days(&rules.days).filter(|days| days.contains(&true)).unwrap_or([true; 7]);
        Self {
            popups: settings.popups,
            kinds: rules.kinds.clone(),
            webhooks: rules.webhooks.clone(),
            quiet: hours.filter(|_| rules.quiet),
            days,
            muted_until,
        }
    }

    /// Whether this kind pops up at all, of this webhook where it is of one.
    pub(super) fn is_on(&self, kind: &str, webhook: Option<&str>) -> bool {
        let own = webhook.and_then(|slug| self.webhooks.get(slug)?.get(kind));
        let told = own.or_else(|| self.kinds.get(kind)).copied();
        let by_default = || KINDS.iter().find(|known| known.word == kind).is_none_or(|known| known.default_on);
        told.unwrap_or_else(by_default)
    }

    /// Whether pop-ups are switched on.
    pub(super) fn pops_up(&self) -> bool {
        self.popups
    }

    /// What becomes of something of this kind that happens now.
    pub(super) fn judge(&self, kind: &str, webhook: Option<&str>, now: &ZonedDateTime) -> Verdict {
        if !self.popups || !self.is_on(kind, webhook) {
            return Verdict::Off;
        }
        self.holding(now).map_or(Verdict::Raise, |(by, until)| Verdict::Hold(by, until))
    }

    /// What holds pop-ups up now, and until when.
    pub(super) fn holding(&self, now: &ZonedDateTime) -> Option<(HeldBy, Timestamp)> {
        let muted = self.muted(now.timestamp());
        let by = match (muted, self.is_quiet(now)) {
            (Some(_), _) => HeldBy::Muted,
            (None, true) => HeldBy::QuietHours,
            (None, false) => return None,
        };
        let end = muted.map_or_else(|| now.clone(), |end| end.to_zoned_datetime(now.time_zone().clone()));
        Some((by, if self.is_quiet(&end) { self.end_of_quiet(&end) } else { end.timestamp() }))
    }

    /// Until when it is muted, where it is.
    pub(super) fn muted(&self, now: Timestamp) -> Option<Timestamp> {
        self.muted_until.filter(|until| *until > now && until.duration_since(now) <= LONGEST_MUTE)
    }

    fn is_quiet(&self, at: &ZonedDateTime) -> bool {
        let day = usize::from(at.weekday().to_monday_zero_offset().unsigned_abs());
        let in_hours = self.quiet.is_some_and(|(from, to)| {
            let time = at.time();
            if from < to { from <= time && time < to } else { time >= from || time < to }
        });
        in_hours || !self.days[day]
    }

    /// The first moment after `from` that is not quiet.
    fn end_of_quiet(&self, from: &ZonedDateTime) -> Timestamp {
        let zone = from.time_zone();
        let mut edges: Vec<Timestamp> = Vec::new();
        let mut date = from.date();
        // Within eight days there is every edge once more; one day is on.
        for _ in 0..=8 {
            let times = [Some(Time::MIN), self.quiet.map(|(_, to)| to)];
            for time in times.into_iter().flatten() {
                let at = zone.to_ambiguous_timestamp(date.to_datetime(time));
                edges.extend(at.earlier().into_iter().chain(at.later()));
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        // The clock may be moved over an edge.
        let last = edges.iter().max().copied().unwrap_or(Timestamp::MAX);
        edges.extend(zone.following(from.timestamp()).map(|moved| moved.timestamp()).take_while(|at| *at <= last));
        edges.sort_unstable();
        let is_end = |at: &Timestamp| *at > from.timestamp() && !self.is_quiet(&at.to_zoned_datetime(zone.clone()));
        edges.into_iter().find(is_end).unwrap_or(last)
    }
}

/// When the daily summary is due, understood.
#[derive(Debug, Clone, Copy)]
pub(super) struct Daily {
    at: Time,
    days: [bool; 7],
}

/// The summary that was raised last.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct LastSummary {
    /// The day it was of, by the clock on the wall.
    pub(super) day: Date,
    /// The start of the system it was in, where it says so.
    pub(super) boot: Option<String>,
    /// Microseconds since that start.
    pub(super) since_boot: i64,
}

/// Two summaries are never nearer to each other than this, measured: a clock that is set back and forth makes no second one.
const APART: i64 = 12 * 3_600_000_000;

impl Daily {
    pub(super) fn of(rules: &NotificationRules) -> Self {
        let at = time(&rules.summary_at).unwrap_or(Time::constant(9, 0, 0, 0));
        Self { at, days: days(&rules.summary_days).unwrap_or([true; 7]) }
    }

    /// Whether one is due: from its time on, once a day; missed, it comes later that day. `boot` and `since_boot` measure time beside the clock.
    pub(super) fn is_due(
        self,
        now: &ZonedDateTime,
        last: Option<&LastSummary>,
        boot: Option<&str>,
        since_boot: i64,
    ) -> bool {
        let today = usize::from(now.weekday().to_monday_zero_offset().unsigned_abs());
        if !self.days[today] || now.time() < self.at {
            return false;
        }
        let Some(last) = last else { return true };
        let is_measured = boot.is_some() && last.boot.as_deref() == boot;
        if is_measured && since_boot.saturating_sub(last.since_boot) < APART {
            return false;
        }
        // One of tomorrow may be by another zone; one of a later day was made by a wrong clock.
        let tomorrow = now.date().tomorrow().unwrap_or(Date::MAX);
        last.day != now.date() && last.day != tomorrow
    }
}

/// When a mute ends: `hour`, `tomorrow` (the next morning), a day (its morning), or `off`.
///
/// # Errors
/// `invalid`.
pub(super) fn mute_until(
    told: &str,
    now: &ZonedDateTime,
    rules: &NotificationRules,
) -> Result<Option<Timestamp>, ApiError> {
    let wrong = |message: &str| ApiError::invalid("until", message);
    let morning = time(&rules.quiet_to).filter(|_| rules.quiet).unwrap_or(MORNING);
    let morning_of = |date: Date| {
        let at = date.to_datetime(morning).to_zoned_datetime(now.time_zone().clone());
        at.map(|at| Some(at.timestamp())).map_err(|_| wrong("that day is outside the years this program knows"))
    };
    match told {
        "off" => Ok(None),
        "hour" => Ok(Some(now.timestamp() + SignedDuration::from_hours(1))),
        // Before four in the morning, the next morning is that of the same date.
        "tomorrow" if now.hour() < 4 && now.time() < morning => morning_of(now.date()),
        "tomorrow" => morning_of(now.date().saturating_add(1.day())),
        day => {
            let day: Date = day
                .parse()
                .map_err(|_| wrong("mute for an hour, until tomorrow, until a day like 2026-08-27, or off"))?;
            let end = morning_of(day)?;
            if end.is_none_or(|end| end <= now.timestamp()) {
                return Err(wrong("the day is one that is still to come"));
            }
            if end.is_some_and(|end| end.duration_since(now.timestamp()) > LONGEST_MUTE) {
                return Err(wrong("90 days are the longest: muted for longer, a study is forgotten"));
            }
            Ok(end)
        }
    }
}

/// Checks rules that are to be kept.
///
/// # Errors
/// `invalid`, with the field as `notifications.quiet_from`.
pub(crate) fn check(rules: &NotificationRules) -> Result<(), ApiError> {
    let wrong = |field: &str, message: &str| Err(ApiError::invalid(&format!("notifications.{field}"), message));
    let times = [("quiet_from", &rules.quiet_from), ("quiet_to", &rules.quiet_to), ("summary_at", &rules.summary_at)];
    for (field, text) in times {
        if time(text).is_none() {
            return wrong(field, "a time is hours and minutes, like 20:00");
        }
    }
    if rules.quiet && time(&rules.quiet_from) == time(&rules.quiet_to) {
        return wrong("quiet_to", "quiet hours end at another time than they begin at");
    }
    if days(&rules.days).is_none_or(|days| !days.contains(&true)) {
        return wrong(
            "days",
            "something must pop up on one day of the week at least: to switch pop-ups off, there is a switch",
        );
    }
    if days(&rules.summary_days).is_none_or(|days| !days.contains(&true)) {
        return wrong(
            "summary_days",
            "choose one day of the week at least: to switch the summary off, there is a switch",
        );
    }
    let is_known = |kind: &String| KINDS.iter().any(|known| known.word == kind);
    let all = rules.kinds.keys().chain(rules.webhooks.values().flat_map(BTreeMap::keys));
    if rules.webhooks.len() > MOST_WEBHOOKS || !all.into_iter().all(is_known) {
        return wrong("kinds", "that is no kind of notification");
    }
    Ok(())
}

/// Webhooks with rules of their own at most.
const MOST_WEBHOOKS: usize = 1_000;

/// `20:00`
fn time(text: &str) -> Option<Time> {
    Time::strptime("%H:%M", text).ok()
}

/// Which days of the week, Monday first; `None` where a word is none.
fn days(words: &[String]) -> Option<[bool; 7]> {
    let mut days = [false; 7];
    for word in words {
        let at = DAYS.iter().position(|day| day == word)?;
        days[at] = true;
    }
    Some(days)
}

#[cfg(test)]
mod tests;
