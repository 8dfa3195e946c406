//! Queries against a plain walk over all rows, which knows no index.

use super::threads::sequences;
use super::*;

pub(in crate::history) fn small_log(fixture: &Fixture, log: &Log, entries: &[(u8, u8, u8, u8)]) {
    for (n, (what, id, subject, delivery)) in entries.iter().enumerate() {
        // Clocks are set back now and then.
        let minutes = 60 * 24 * 3 - i64::try_from(n).unwrap() * 60 + i64::from(*delivery) * 700;
        let delivery = if *delivery == 0 { String::new() } else { format!("0f9-{delivery}") };
        let (id, subject) = (format!("u{id}"), format!("s{subject}"));
        let mut made = match what {
            0 => upload(&id, &subject, "started", &delivery, minutes),
            1 => upload(&id, &subject, "completed", &delivery, minutes),
            2 => upload(&id, &subject, "error", &delivery, minutes),
            3 => arrival("upload", &delivery, minutes, "[]"),
            4 => arrival(
                "raw_processing_complete",
                &delivery,
                minutes,
                &format!(
                    r#"{{"status":"Error","study_id":5,"subject_id":"{subject}","subject_identifier":"s1","monitor_serial":"TAS{id}","error_message":"one \"two\" {id}"}}"#
                ),
            ),
            5 => arrival(
                "odd",
                &delivery,
                minutes,
                &format!(r#"{{"siteId":"{id}","subject_identifier":"{subject}","uploadId":"{id}"}}"#),
            ),
            _ => arrival("validation", &delivery, minutes, r#"{"WebhookId":"74","ValidationCode":"two"}"#),
        };
        if *id == *"u2" {
            made.webhook = study::Slug::new("beta").unwrap();
        }
        fixture.append(log, [made]);
    }
}

/// The tokens the search index sees, for texts of ASCII.
fn tokens(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|token| !token.is_empty())
        .map(str::to_ascii_lowercase)
        .collect()
}

/// An event as a plain walk sees it.
pub(in crate::history) struct Naive<'a> {
    pub(in crate::history) row: &'a EventRow,
    body: String,
    stuck: bool,
}

impl Naive<'_> {
    fn holds(&self, query: &Query) -> bool {
        let start = |day: &Date| day.to_zoned_datetime(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_microsecond();
        query.texts.iter().all(|text| self.text(&text.phrase) != text.excluded)
            && query.keys.iter().all(|term| term.values.iter().any(|value| self.key(term.key, value)))
            && !query.excluded.iter().any(|(key, value)| self.key(*key, value))
            && (query.is.is_empty() || query.is.iter().any(|is| self.is(*is)))
            && !query.is_not.iter().any(|is| self.is(*is))
            && query.after.iter().min().map(start).is_none_or(|from| self.row.received_at >= from)
            && query.before.iter().max().map(start).is_none_or(|to| self.row.received_at < to)
    }

    pub(in crate::history) fn text(&self, phrase: &str) -> bool {
        let (all, wanted) = (tokens(&self.body), tokens(phrase));
        let in_body = !wanted.is_empty() && all.windows(wanted.len()).any(|some| some == wanted);
        let letters = |text: &str| tokens(text).concat();
        let is_delivery = !phrase.contains(' ')
            && !wanted.is_empty()
            && self.row.delivery_id.as_deref().is_some_and(|id| letters(id) == letters(phrase));
        in_body || is_delivery
    }

    pub(in crate::history) fn key(&self, key: Key, value: &str) -> bool {
        let is = |column: &Option<String>| column.as_deref() == Some(value);
        match key {
            Key::Status => is(&self.row.status),
            Key::Event => self.row.event == value,
            Key::Webhook => self.row.webhook == value,
            Key::Study => is(&self.row.study_id),
            Key::Site => is(&self.row.site_id),
            Key::Subject => is(&self.row.subject_id) || is(&self.row.subject_identifier),
            Key::Upload => is(&self.row.upload_id),
            Key::Serial => is(&self.row.monitor_serial),
            Key::Delivery => is(&self.row.delivery_id),
        }
    }

    pub(in crate::history) fn is(&self, is: Is) -> bool {
        match is {
            Is::Error => self.row.status.as_deref() == Some("error"),
            Is::Open => self.row.problem_state == Some(ProblemState::Open),
            Is::Acknowledged => self.row.problem_state == Some(ProblemState::Acknowledged),
            Is::Resolved => self.row.problem_state == Some(ProblemState::Resolved),
            Is::Stuck => self.stuck,
            Is::Repeat => self.row.flags.0 & Flags::REPEAT != 0,
            Is::Silent => false,
            Is::Unreadable => self.row.flags.0 & Flags::UNREADABLE != 0,
        }
    }
}

/// All events for a plain walk.
pub(in crate::history) fn naive<'a>(history: &History, rows: &'a [EventRow], uploads: &[UploadRow]) -> Vec<Naive<'a>> {
    let one = |row: &'a EventRow| {
        let body = String::from_utf8(history.event(row.sequence, &lens()).unwrap().unwrap().body).unwrap();
        // Only values are searched, and a body that is no object has none.
        let body = centrepoint::event::searchable_text(body.as_bytes(), 10_000);
        let folded = row.event == "upload" && row.upload_id.is_some();
        let stuck = folded
            && uploads.iter().filter(|upload| upload.stuck).any(|upload| {
                Some(&upload.upload_id) == row.upload_id.as_ref()
                    && upload.webhook == row.webhook
                    && upload.study_id == row.study_id
            });
        Naive { row, body, stuck }
    };
    rows.iter().map(one).collect()
}

pub(in crate::history) fn any_query() -> impl Strategy<Value = Query> {
    let value = prop_oneof![
        Just("u0"),
        Just("u1"),
        Just("u2"),
        Just("s0"),
        Just("s1"),
        Just("error"),
        Just("started"),
        Just("completed"),
        Just("upload"),
        Just("alpha"),
        Just("beta"),
        Just("189"),
        Just("5"),
        Just("TASu1"),
        Just("0f9-1"),
        Just("odd"),
        Just("nowhere"),
        Just("it's"),
    ];
    let key = prop_oneof![
        Just(Key::Status),
        Just(Key::Event),
        Just(Key::Webhook),
        Just(Key::Study),
        Just(Key::Site),
        Just(Key::Subject),
        Just(Key::Upload),
        Just(Key::Serial),
        Just(Key::Delivery),
    ];
    let is = prop_oneof![
        Just(Is::Error),
        Just(Is::Open),
        Just(Is::Acknowledged),
        Just(Is::Resolved),
        Just(Is::Stuck),
        Just(Is::Repeat),
        Just(Is::Unreadable),
    ];
    let text = prop_oneof![
        Just("two"),
        Just("u1"),
        Just("one two"),
        Just("could not"),
        Just("0f9-2"),
        Just("0F92"),
        Just("NOT"),
        Just("a\"b"),
        Just("--"),
        Just("completed"),
    ];
    let day = (19..23_i8).prop_map(|day| jiff::civil::date(2026, 8, day));
    let some = |most| 0..=most;
    (
        proptest::collection::vec((text, any::<bool>()), some(2)),
        proptest::collection::vec((key.clone(), proptest::collection::vec(value.clone(), 1..3)), some(2)),
        proptest::collection::vec((key, value), some(1)),
        proptest::collection::vec(is.clone(), some(2)),
        proptest::collection::vec(is, some(1)),
        proptest::collection::vec(day.clone(), some(2)),
        proptest::collection::vec(day, some(2)),
    )
        .prop_map(|(texts, keys, excluded, is, is_not, after, before)| Query {
            texts: texts.into_iter().map(|(phrase, excluded)| Text { phrase: phrase.to_owned(), excluded }).collect(),
            keys: keys
                .into_iter()
                .map(|(key, values)| KeyTerm { key, values: values.into_iter().map(str::to_owned).collect() })
                .collect(),
            excluded: excluded.into_iter().map(|(key, value)| (key, value.to_owned())).collect(),
            is,
            is_not,
            after,
            before,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_query_finds_what_a_plain_walk_over_all_rows_finds(
        entries in proptest::collection::vec((0..7_u8, 0..3_u8, 0..2_u8, 0..5_u8), 20..60),
        queries in proptest::collection::vec(any_query(), 60),
    ) {
        let fixture = Fixture::new();
        let log = fixture.log();
        let history = fixture.history();
        let (early, late) = entries.split_at(entries.len() / 2);
        small_log(&fixture, &log, early);
        // What is remembered now is brought up to date below.
        for query in &queries {
            history.count_events(query, &lens()).unwrap();
        }
        small_log(&fixture, &log, late);
        for (problem, done) in [(3, false), (5, true), (9, false)] {
            let by = "Ann".to_owned();
            let note = None;
            let action = if done { study::Action::Resolve { problem, by, note } } else { study::Action::Acknowledge { problem, by, note } };
            log.act(&action).unwrap();
        }
        let all = history.events(&page(""), &lens()).unwrap().rows;
        let uploads = history.uploads(&page("is:stuck"), &lens()).unwrap().rows;
        let naive = naive(&history, &all, &uploads);
        for query in queries {
            let expected: Vec<i64> = naive.iter().filter(|naive| naive.holds(&query)).map(|naive| naive.row.sequence).collect();
            let whole = Page { query: query.clone(), before: None, after: None, limit: 1000 };
            let found: Vec<i64> = history.events(&whole, &lens()).unwrap().rows.iter().map(|row| row.sequence).collect();
            prop_assert_eq!(&found, &expected, "{:?}", query);
            prop_assert_eq!(history.count_events(&query, &lens()).unwrap(), i64::try_from(expected.len()).unwrap());
            // Any place of the list, with newer ones left out or only newer ones.
            let last = all.first().map_or(0, |row| row.sequence);
            for (after, until, offset) in [(None, None, 3), (None, Some(last / 2), 0), (None, Some(last / 2), 2), (Some(last / 3), None, 1)] {
                let within = |sequence: &i64| after.is_none_or(|after| *sequence > after) && until.is_none_or(|until| *sequence <= until);
                let there: Vec<i64> = expected.iter().copied().filter(within).collect();
                let before = until.map(|until| until + 1);
                let page = Page { before, after, limit: 4, ..whole.clone() };
                let found: Vec<i64> = history.events_from(&page, offset, &lens()).unwrap().rows.iter().map(|row| row.sequence).collect();
                let offset = usize::try_from(offset).unwrap();
                let wanted: Vec<i64> = there.iter().copied().skip(offset).take(4).collect();
                prop_assert_eq!(found, wanted, "{:?} {:?} {}: {:?}", after, until, offset, query);
                let counted = history.count_events_within(&query, after, until, &lens()).unwrap();
                prop_assert_eq!(counted, i64::try_from(there.len()).unwrap(), "{:?} {:?}: {:?}", after, until, query);
            }
            let mut each = sequences(&history, &query, 3);
            each.reverse();
            prop_assert_eq!(&each, &expected, "oldest first: {:?}", query);
            // However few rows count as few, whichever way is chosen.
            for (few, some) in [(-1, -1), (-1, 3), (0, 8), (2, 100)] {
                let thresholds = drive::Thresholds { few, some };
                let found = history.readers.ask("testing", |reader| {
                    let ready = drive::Ready::within(reader, &query, &lens(), thresholds)?;
                    let mut sql = ready.select("e.sequence", drive::With::Nothing, drive::Range::default());
                    sql.push(" ORDER BY ").push(ready.order_column()).push(" DESC");
                    let mut statement = reader.connection().prepare(&sql.text)?;
                    let rows = statement.query_map(sql.params(), |row| row.get::<_, i64>(0))?;
                    rows.collect::<rusqlite::Result<Vec<_>>>()
                }).unwrap();
                prop_assert_eq!(&found, &expected, "{:?}: {:?}", thresholds, query);
            }
        }
    }
}
