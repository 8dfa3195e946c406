//! What is known of a time away, for whoever looks for what was missed: which deliveries to look for in the portal, and when.
//!
//! Nobody knows what did not come. But an upload that started and did not end, and a subject that is silent since, say what may have been.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use store::history::Page;
use study::Query;
use study::UploadState;
use study::query::{Key, KeyTerm};

use crate::times::{instant, micros, rfc3339};
use crate::uploads::upload_row;
use crate::wire::{ApiError, AwayGap, AwayGapQuery, GapWindow};
use crate::{Monitor, lens};

/// Uploads and subjects named.
const NAMED: usize = 20;
/// Uploads without an end, and silent subjects, that are looked at.
const LOOKED_AT: usize = 1_000;

impl Monitor {
    /// What is known of that time.
    ///
    /// # Errors
    /// `invalid` with the field, `behind`, or what SQLite said.
    pub fn away_gap(&self, ask: &AwayGapQuery) -> Result<AwayGap, ApiError> {
        let edge = |field: &str, text: Option<&String>, otherwise: i64| match text {
            None => Ok(otherwise),
            Some(text) => micros(text).ok_or_else(|| ApiError::invalid(field, format!("{text} is no instant"))),
        };
        let (from, to) = (edge("from", ask.from.as_ref(), 0)?, edge("to", ask.to.as_ref(), self.now())?);
        let webhook = ask.webhook.as_deref();
        let lens = self.lens()?;
        let mut query = Query::default();
        query.keys.push(KeyTerm { key: Key::Status, values: vec![UploadState::Started.as_str().to_owned()] });
        query.keys.extend(webhook.map(|slug| KeyTerm { key: Key::Webhook, values: vec![slug.to_owned()] }));
        let page = Page { query, before: None, after: None, limit: LOOKED_AT };
        let mut uploads = self.history().uploads(&page, &lens)?.rows;
        // Its end was to be expected before the period was over, and after it began.
        let would_end = |at: i64| at <= to && at.saturating_add(lens.stuck_after) >= from;
        uploads.retain(|row| row.state == UploadState::Started && row.started_at.is_some_and(would_end));
        let mut subjects = self.overdue_longest(webhook, LOOKED_AT, &lens)?;
        // Heard of before, and not since.
        subjects.retain(|row| row.last_completed_at.as_deref().and_then(micros).is_some_and(|at| at <= to));
        let (more_uploads, more_subjects) = (beyond(uploads.len()), beyond(subjects.len()));
        uploads.truncate(NAMED);
        // Those that fell silent last first: of those the period is likeliest to be the reason.
        subjects.reverse();
        subjects.truncate(NAMED);
        Ok(AwayGap {
            brought_in: self.history().count_brought_in(webhook, from, to)?,
            uploads: uploads.into_iter().map(upload_row).collect(),
            more_uploads,
            subjects,
            more_subjects,
            windows: self.windows(webhook, ask.from.as_ref().map(|_| from), to)?,
        })
    }

    /// The time as the clocks show it by which it is looked for: UTC, and each study's.
    fn windows(&self, webhook: Option<&str>, from: Option<i64>, to: i64) -> Result<Vec<GapWindow>, ApiError> {
        let mut zones = BTreeSet::new();
        for each in self.state().webhooks()? {
            if !each.removed && webhook.is_none_or(|slug| each.slug.as_str() == slug) {
                zones.extend(each.time_zone);
            }
        }
        zones.extend(self.zone().iana_name().map(str::to_owned));
        let others = zones
            .iter()
            .filter(|name| name.as_str() != "UTC")
            .filter_map(|name| Some((name.clone(), lens::zone(name)?)));
        let all = [("UTC".to_owned(), TimeZone::UTC)].into_iter().chain(others);
        Ok(all
            .map(|(zone, rules)| {
                let shown =
                    |at: Timestamp| at.to_zoned_datetime(rules.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
                GapWindow { from: from.map(|from| shown(instant(from))), to: shown(instant(to)), zone }
            })
            .collect())
    }

    /// The time away of this number.
    ///
    /// # Errors
    /// `not_found`, `behind`, or what SQLite said.
    pub fn away_gap_of(&self, sequence: i64) -> Result<AwayGap, ApiError> {
        let row = self.history().away_of(&[sequence])?.into_iter().next();
        let row = row.ok_or_else(|| ApiError::not_found(format!("there is no time away {sequence}")))?;
        let from = Some(row.from).filter(|from| *from != 0).map(rfc3339);
        self.away_gap(&AwayGapQuery { from, to: Some(rfc3339(row.to)), webhook: row.webhook })
    }
}

fn beyond(count: usize) -> u32 {
    u32::try_from(count.saturating_sub(NAMED)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use centrepoint::{Authentication, BodyDigest};
    use store::{Mark, NewArrival};

    use super::*;
    use crate::testing::Bench;
    use crate::wire::WebhookForm;

    fn bench() -> Bench {
        let bench = Bench::new();
        let form = WebhookForm {
            name: "Rome".to_owned(),
            slug: "rome".to_owned(),
            authentication: "none".to_owned(),
            time_zone: Some("Europe/Rome".to_owned()),
            confirmed_no_authentication: true,
            ..WebhookForm::default()
        };
        bench.monitor().webhook_add(&form).unwrap();
        bench
    }

    fn comes(bench: &Bench, upload: u32, subject: &str, status: &str, hours: i64, mark: Mark) {
        let body = format!(r#"{{"uploadId":"{upload}","studyId":"189","subjectId":"{subject}","status":"{status}"}}"#);
        let arrival = NewArrival {
            received_at: bench.monitor().now() - hours * 3_600_000_000,
            webhook: study::Slug::new("rome").unwrap(),
            head: b"POST /hooks/rome HTTP/1.1\r\nX-ActiGraph-Event: upload\r\n\r\n".to_vec(),
            body_sha256: BodyDigest::of(body.as_bytes()),
            body: body.into(),
            authentication: Authentication::None,
            mark,
            source_ip: "13.82.60.74".parse().unwrap(),
        };
        bench.monitor().with_log(|log| Ok(log.append_waiting(arrival)?)).unwrap();
    }

    #[test]
    fn what_may_have_been_missed_is_named_with_the_time_to_look_in() {
        let bench = bench();
        let now = bench.monitor().now();
        comes(&bench, 1, "4", "started", 21, Mark::Plain);
        comes(&bench, 2, "5", "started", 21, Mark::Plain);
        comes(&bench, 2, "5", "completed", 1, Mark::Plain);
        // One that started long before has another reason, one that started since has time.
        comes(&bench, 3, "6", "started", 200, Mark::Plain);
        comes(&bench, 4, "7", "started", 1, Mark::Plain);
        comes(&bench, 5, "8", "completed", 24 * 9, Mark::Plain);
        let created_at = now - 15 * 3_600_000_000;
        comes(
            &bench,
            6,
            "9",
            "completed",
            0,
            Mark::History { created_at, considered: 5, check: store::Check::Unsigned },
        );
        let ask = AwayGapQuery {
            from: Some("2026-08-21T18:00:00Z".to_owned()),
            to: Some("2026-08-22T08:00:00Z".to_owned()),
            webhook: None,
        };
        let gap = bench.monitor().away_gap(&ask).unwrap();
        let uploads: Vec<_> = gap.uploads.iter().map(|row| row.upload_id.as_str()).collect();
        assert_eq!((uploads, gap.more_uploads), (vec!["1"], 0));
        let subjects: Vec<_> = gap.subjects.iter().map(|row| row.subject_id.as_deref().unwrap()).collect();
        assert_eq!(subjects, ["8"]);
        assert_eq!(gap.brought_in, 1);
        let window = |zone: &str| gap.windows.iter().find(|window| window.zone == zone).unwrap();
        assert_eq!(
            (window("UTC").from.as_deref(), window("UTC").to.as_str()),
            (Some("2026-08-21 18:00:00"), "2026-08-22 08:00:00")
        );
        assert_eq!(window("Europe/Rome").from.as_deref(), Some("2026-08-21 20:00:00"));
        let other = bench.monitor().away_gap(&AwayGapQuery { webhook: Some("oslo".to_owned()), ..ask }).unwrap();
        assert_eq!((other.uploads.len(), other.subjects.len(), other.brought_in), (0, 0, 0));
        let wrong = AwayGapQuery { from: Some("then".to_owned()), ..AwayGapQuery::default() };
        assert_eq!(bench.monitor().away_gap(&wrong).unwrap_err().field.as_deref(), Some("from"));
    }
}
