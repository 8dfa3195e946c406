//! Today: is it receiving, and what wants a person. Days and hours are the viewer's.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, ZonedDateTime};
use store::history::Page;
use store::rows;
use study::Query;
use study::query::{Is, Key, KeyTerm};

use crate::problems::problem_group;
use crate::times::rfc3339;
use crate::uploads::upload_row;
use crate::wire::{ApiError, Bar, Counts, ProblemGroup, Today, TodayQuery};
use crate::{Monitor, lens};

/// Uploads shown.
const LATEST: usize = 12;
/// Groups of open problems shown.
const PROBLEMS: usize = 8;
/// Days the chart may span.
const DAYS: u32 = 92;

impl Monitor {
    /// Everything Today shows.
    ///
    /// # Errors
    /// `invalid` for a zone that does not exist, `behind`, or what SQLite said.
    pub fn today(&self, ask: &TodayQuery) -> Result<Today, ApiError> {
        let zone = match ask.time_zone.as_str() {
            "" => self.zone(),
            name => lens::zone(name)
                .ok_or_else(|| ApiError::invalid("time_zone", format!("there is no time zone called {name}")))?,
        };
        let lens = self.problem_lens_in(zone.clone())?;
        let edges = edges(self.clock().now(), &zone, ask.days.clamp(1, DAYS))?;
        let midnight = midnight(&self.clock().now().to_zoned_datetime(zone))?.timestamp().as_microsecond();

        let webhook = self.known_webhook(&ask.webhook)?;
        let figures = self.history().counts_of(webhook.as_deref(), midnight, &lens)?;
        let (subjects, overdue) = self.subjects_today(webhook.as_deref(), &lens)?;
        let ended = self.history().ended(&edges, webhook.as_deref())?;
        let of = webhook.iter().map(|slug| KeyTerm { key: Key::Webhook, values: vec![slug.clone()] });
        let mut query = Query { keys: of.collect(), ..Query::default() };
        let page = Page { query: query.clone(), before: None, after: None, limit: LATEST };
        let latest = self.history().uploads(&page, &lens)?;
        query.is.push(Is::Open);
        let problems = self.history().problem_glimpse(&query, PROBLEMS, &lens)?;
        let (away, away_more) = self.away_today(webhook.as_deref())?;
        let mut receiver = self.receiver_status();
        receiver.last_arrival_at =
            receiver.last_arrival_at.or(figures.rows.first().and_then(|row| row.last_arrival_at).map(rfc3339));
        let row = figures.rows.into_iter().next().unwrap_or_default();
        Ok(Today {
            sequence: figures.sequence,
            receiver,
            counts: Counts {
                completed_today: row.completed_since,
                failed_today: row.failed_since,
                in_progress: row.in_progress,
                stuck: row.stuck,
                open_problems: row.open_problems,
                acknowledged_problems: row.acknowledged_problems,
                snoozed_problems: row.snoozed_problems,
                overdue_subjects: subjects.overdue,
                subjects: subjects.subjects,
                events: row.events,
            },
            bars: edges
                .iter()
                .zip(ended)
                .map(|(start, ended)| Bar { start: rfc3339(*start), completed: ended.completed, failed: ended.failed })
                .collect(),
            latest: latest.rows.into_iter().map(upload_row).collect(),
            problems: problems.groups.into_iter().map(glimpsed).collect(),
            webhooks: self.count_webhooks()?,
            overdue,
            away,
            away_more,
        })
    }
}

/// A group as Today shows it: what happened and how often.
fn glimpsed(group: rows::ProblemGroup) -> ProblemGroup {
    ProblemGroup { ids: Vec::new(), ..problem_group(group) }
}

impl Monitor {
    /// The webhook a question is about: `None` for all of them. A removed one still has its history.
    pub(crate) fn known_webhook(&self, slug: &str) -> Result<Option<String>, ApiError> {
        if slug.is_empty() {
            return Ok(None);
        }
        if self.state().webhooks()?.iter().any(|webhook| webhook.slug.as_str() == slug) {
            return Ok(Some(slug.to_owned()));
        }
        Err(ApiError::invalid("webhook", format!("there is no webhook called {slug}")))
    }
}

/// The start of `moment`'s day where it is.
fn midnight(moment: &ZonedDateTime) -> Result<ZonedDateTime, ApiError> {
    moment.start_of_day().map_err(out_of_time)
}

/// The slices' edges: with one day its hours, from midnight to midnight; with more its days, today the last of them.
fn edges(now: Timestamp, zone: &TimeZone, days: u32) -> Result<Vec<i64>, ApiError> {
    let today = midnight(&now.to_zoned_datetime(zone.clone()))?;
    let tomorrow = midnight(&today.checked_add(1.day()).map_err(out_of_time)?)?;
    let mut edges = Vec::new();
    if days == 1 {
        let mut edge = today;
        while edge < tomorrow {
            edges.push(edge.timestamp().as_microsecond());
            // Hours of the clock on the wall: 23 or 25 of them where it was moved.
            edge = edge.checked_add(1.hour()).map_err(out_of_time)?;
        }
    } else {
        for back in (0..i64::from(days)).rev() {
            // From noon, which every day has once, to its own midnight.
            let day = today.date().checked_sub(back.days()).map_err(out_of_time)?;
            let noon = day.at(12, 0, 0, 0).to_zoned_datetime(zone.clone()).map_err(out_of_time)?;
            edges.push(midnight(&noon)?.timestamp().as_microsecond());
        }
    }
    edges.push(tomorrow.timestamp().as_microsecond());
    Ok(edges)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape map_err wants")]
fn out_of_time(error: jiff::Error) -> ApiError {
    ApiError::failed(format!("the computer's clock is outside the years this program knows ({error}): set it right"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges_of(now: &str, zone: &str, days: u32) -> Vec<String> {
        let zone = TimeZone::get(zone).unwrap();
        let edges = edges(now.parse().unwrap(), &zone, days).unwrap();
        edges
            .into_iter()
            .map(|edge| crate::times::instant(edge).to_zoned_datetime(zone.clone()).strftime("%d %H:%M").to_string())
            .collect()
    }

    #[test]
    fn days_begin_at_the_viewers_midnight_also_across_a_change_of_the_clock() {
        // Rome goes to summer time on 29 March 2026.
        let edges = edges_of("2026-03-30T21:30:00Z", "Europe/Rome", 4);
        assert_eq!(edges, ["27 00:00", "28 00:00", "29 00:00", "30 00:00", "31 00:00"]);
        let late = edges_of("2026-03-30T22:30:00Z", "Europe/Rome", 2);
        assert_eq!(late, ["30 00:00", "31 00:00", "01 00:00"], "half past midnight in Rome is the next day there");
    }

    #[test]
    fn one_day_is_its_hours() {
        assert_eq!(edges_of("2026-08-22T10:00:00Z", "Europe/Rome", 1).len(), 25);
        assert_eq!(edges_of("2026-03-29T10:00:00Z", "Europe/Rome", 1).len(), 24, "a day of 23 hours");
        assert_eq!(edges_of("2026-10-25T10:00:00Z", "Europe/Rome", 1).len(), 26, "a day of 25 hours");
    }

    #[test]
    fn a_day_without_a_midnight_begins_at_one() {
        // Beirut's clocks went from 00:00 to 01:00 on 27 March 2022.
        let edges = edges_of("2022-03-27T12:00:00Z", "Asia/Beirut", 2);
        assert_eq!(edges, ["26 00:00", "27 01:00", "28 00:00"]);
    }
}
