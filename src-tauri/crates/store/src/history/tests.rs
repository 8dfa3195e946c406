use std::collections::BTreeSet;
use std::ops::ControlFlow;

use jiff::civil::Date;
use proptest::prelude::*;
use study::query::{Is, Key, KeyTerm, Text};
use study::{ProblemState, UploadState};

use super::*;
use crate::fixture::{Fixture, NOW, arrival, lens, page, upload};
use crate::rows::{EventRow, Flags, UploadRow};
use crate::{Log, Projector};

pub(super) fn small_log(fixture: &Fixture, log: &Log, entries: &[(u8, u8, u8, u8)]) {
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
pub(super) struct Naive<'a> {
    pub(super) row: &'a EventRow,
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

    pub(super) fn text(&self, phrase: &str) -> bool {
        let (all, wanted) = (tokens(&self.body), tokens(phrase));
        let in_body = !wanted.is_empty() && all.windows(wanted.len()).any(|some| some == wanted);
        let letters = |text: &str| tokens(text).concat();
        let is_delivery = !phrase.contains(' ')
            && !wanted.is_empty()
            && self.row.delivery_id.as_deref().is_some_and(|id| letters(id) == letters(phrase));
        in_body || is_delivery
    }

    pub(super) fn key(&self, key: Key, value: &str) -> bool {
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

    pub(super) fn is(&self, is: Is) -> bool {
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
pub(super) fn naive<'a>(history: &History, rows: &'a [EventRow], uploads: &[UploadRow]) -> Vec<Naive<'a>> {
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

pub(super) fn any_query() -> impl Strategy<Value = Query> {
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

#[test]
fn pages_cover_every_row_once_while_more_arrives() {
    let fixture = Fixture::new();
    let log = fixture.log();
    let projector = Projector::start(&fixture.folder, &log, |_| ()).unwrap();
    let event = |n: usize| upload(&format!("u{n}"), &format!("s{}", n % 7), "error", &format!("d-{n}"), 500);
    fixture.append(&log, (0..300).map(event));
    let history = fixture.history();
    let (mut before, mut seen, mut more) = (None, Vec::new(), 300);
    loop {
        let page = Page { before, limit: 17, ..page("status:error") };
        let rows = history.events(&page, &lens()).unwrap().rows;
        if rows.is_empty() {
            break;
        }
        seen.extend(rows.iter().map(|row| row.sequence));
        before = seen.last().copied();
        fixture.append(&log, (more..more + 3).map(event));
        more += 3;
    }
    assert_eq!(seen, (1..=300).rev().collect::<Vec<_>>());
    let newer = history.events(&Page { after: Some(300), ..page("") }, &lens()).unwrap().rows;
    assert_eq!(newer.last().map(|row| row.sequence), Some(301));
    projector.stop();
}

#[test]
fn lists_page_by_their_keys() {
    let fixture = Fixture::with((0..50).map(|n| {
        let status = if n % 2 == 0 { "error" } else { "started" };
        upload(&format!("u{n}"), &format!("s{n}"), status, &format!("d-{n}"), 600 - i64::from(n))
    }));
    let history = fixture.history();
    let walk = |next: &dyn Fn(Option<i64>) -> Vec<i64>| {
        let (mut seen, mut before): (Vec<i64>, Option<i64>) = (Vec::new(), None);
        loop {
            let keys = next(before);
            if keys.is_empty() {
                return seen;
            }
            before = keys.last().copied();
            seen.extend(keys);
        }
    };
    let seven = |before| Page { before, limit: 7, ..page("") };
    let uploads = walk(&|before| {
        history.uploads(&seven(before), &lens()).unwrap().rows.iter().map(|row| row.last_sequence).collect()
    });
    let subjects =
        walk(&|before| history.subjects(&seven(before), &lens()).unwrap().rows.iter().map(|row| row.id).collect());
    assert_eq!(uploads, (1..=50).rev().collect::<Vec<_>>());
    assert_eq!(subjects, (1..=50).rev().collect::<Vec<_>>());
    let problems =
        walk(&|before| history.problems(&seven(before), &lens()).unwrap().rows.iter().map(|row| row.id).collect());
    assert_eq!(
        problems.iter().copied().collect::<BTreeSet<_>>(),
        (1..=50).collect(),
        "errors and stuck uploads, each once"
    );
    assert_eq!(problems.len(), 50);
    let whole = history.problems(&page(""), &lens()).unwrap().rows;
    assert_eq!(
        problems,
        whole.iter().map(|row| row.id).collect::<Vec<_>>(),
        "pages are in the order of the whole list"
    );
    assert!(whole.is_sorted_by_key(|row| std::cmp::Reverse(row.opened_at)));
}

#[test]
fn the_lists_answer_for_their_own_columns() {
    let fixture = Fixture::with([
        upload("u1", "s1", "error", "d-1", 100),
        upload("u1", "s1", "completed", "d-2", 90),
        upload("u2", "s1", "error", "d-3", 80),
        upload("u3", "s2", "started", "d-4", 10),
        arrival(
            "raw_processing_complete",
            "d-5",
            5,
            r#"{"status":"Completed","study_id":"189","subject_id":"s2","subject_identifier":"LBL-2","site_id":9,"monitor_serial":"TAS1"}"#,
        ),
    ]);
    let history = fixture.history();
    let uploads = |query: &str| -> Vec<String> {
        history.uploads(&page(query), &lens()).unwrap().rows.into_iter().map(|row| row.upload_id).collect()
    };
    assert_eq!(uploads(""), ["u3", "u2", "u1"]);
    assert_eq!(uploads("status:error"), ["u2"]);
    assert_eq!(uploads("is:error"), ["u2"]);
    assert_eq!(uploads("-is:error"), ["u3", "u1"]);
    assert_eq!(uploads("is:resolved"), ["u1"]);
    assert_eq!(uploads("delivery:d-1"), ["u1"], "some event of it has this delivery id");
    assert_eq!(uploads("-delivery:d-1"), ["u3", "u2"]);
    assert_eq!(uploads("subject:LBL-2"), ["u3"]);
    assert_eq!(uploads("\"could not be read\""), ["u2", "u1"]);
    assert_eq!(uploads("-read"), ["u3"]);
    let subjects = |query: &str| -> Vec<String> {
        history.subjects(&page(query), &lens()).unwrap().rows.into_iter().filter_map(|row| row.subject_id).collect()
    };
    assert_eq!(subjects(""), ["s2", "s1"]);
    assert_eq!(subjects("subject:LBL-2"), ["s2"]);
    assert_eq!(subjects("is:open"), ["s1"]);
    assert_eq!(subjects("-is:open"), ["s2"]);
    assert_eq!(subjects("status:error"), ["s1"]);
    assert_eq!(subjects("serial:TAS1 site:9"), ["s2"]);
    let s1 = &history.subjects(&page("subject:s1"), &lens()).unwrap().rows[0];
    assert_eq!(s1.last_completed_at, Some(NOW - 90 * 60_000_000));
    let u3 = &history.uploads(&page("upload:u3"), &lens()).unwrap().rows[0];
    assert_eq!(u3.subject_label.as_deref(), Some("LBL-2"));
    assert_eq!(u3.state, UploadState::Started);
}

#[test]
fn an_upload_tells_its_life() {
    let mut arrivals = vec![
        upload("a", "s", "started", "d1", 50),
        upload("a", "s", "error", "d2", 40),
        upload("a", "s", "error", "d2", 39),
        upload("a", "s", "completed", "d3", 30),
        upload("b", "s", "completed", "d4", 20),
        upload("b", "s", "error", "d5", 10),
        upload("b", "s", "started", "d6", 9),
        upload("c", "s", "started", "d7", 8),
    ];
    arrivals.extend((0..20).map(|n| upload("d", "s", "completed", &format!("e{n}"), 7)));
    let fixture = Fixture::with(arrivals);
    let rows = fixture.history().uploads(&page(""), &lens()).unwrap().rows;
    let told = |id: &str| {
        let row = rows.iter().find(|row| row.upload_id == id).unwrap();
        let life: Vec<(i64, &str)> = row.life.iter().map(|step| (step.sequence, step.state.as_str())).collect();
        (life, row.attempts, row.recovered, row.regressed)
    };
    assert_eq!(told("a"), (vec![(1, "started"), (2, "error"), (4, "completed")], 4, true, false));
    assert_eq!(told("b"), (vec![(5, "completed"), (6, "error"), (7, "started")], 3, false, true));
    assert_eq!(told("c"), (vec![(8, "started")], 1, false, false));
    let (life, attempts, recovered, regressed) = told("d");
    assert_eq!((attempts, recovered, regressed), (20, false, false));
    assert_eq!(life.iter().map(|step| step.0).collect::<Vec<_>>(), (17..=28).collect::<Vec<_>>(), "the newest twelve");
}

#[test]
fn an_event_is_shown_with_the_label_its_subject_is_known_by_now() {
    let labelled = r#"{"status":"Success","studyId":189,"subjectId":"s","subjectIdentifier":"000103"}"#;
    let alone = r#"{"status":"Success","subject_identifier":"000117"}"#;
    let fixture = Fixture::with([
        upload("a", "s", "started", "d1", 50),
        arrival("epochs_ready", "d2", 40, labelled),
        arrival("epochs_ready", "d3", 30, alone),
        upload("b", "t", "started", "d4", 20),
    ]);
    let rows = fixture.history().events(&page(""), &lens()).unwrap().rows;
    let labels: Vec<Option<&str>> = rows.iter().map(|row| row.subject_label.as_deref()).collect();
    assert_eq!(labels, [None, Some("000117"), Some("000103"), Some("000103")]);
    assert_eq!(rows[3].subject_identifier, None, "what the event said stays what it said");
    let detail = fixture.history().event(1, &lens()).unwrap().unwrap();
    assert_eq!(detail.row.subject_label.as_deref(), Some("000103"));
}

#[test]
fn today_is_counted() {
    let fixture = Fixture::with([
        upload("u1", "s1", "completed", "d-1", 60 * 30),
        upload("u2", "s1", "completed", "d-2", 60),
        upload("u3", "s1", "error", "d-3", 50),
        upload("u4", "s1", "started", "d-4", 60 * 5),
        upload("u5", "s1", "started", "d-5", 10),
        upload("u5", "s1", "started", "d-5", 9),
    ]);
    let history = fixture.history();
    let counts = history.counts(NOW - 24 * 60 * 60_000_000, &lens()).unwrap();
    assert_eq!(counts.sequence, 6);
    let expected = crate::rows::Counts {
        completed_since: 1,
        failed_since: 1,
        in_progress: 2,
        stuck: 1,
        open_problems: 2,
        snoozed_problems: 0,
        acknowledged_problems: 0,
        events: 5,
        last_arrival_at: Some(NOW - 9 * 60_000_000),
    };
    assert_eq!(counts.rows, [expected]);
    let edges = [NOW - 48 * 60 * 60_000_000, NOW - 24 * 60 * 60_000_000, NOW];
    let ended = history.ended(&edges, None).unwrap();
    assert_eq!(ended.iter().map(|slice| (slice.completed, slice.failed)).collect::<Vec<_>>(), [(1, 0), (1, 1)]);
}

#[test]
fn an_answer_covers_everything_acknowledged_before_the_question() {
    let fixture = Fixture::new();
    let log = fixture.log();
    let projector = Projector::start(&fixture.folder, &log, |_| ()).unwrap();
    let history = fixture.history();
    for n in 0..100 {
        let appended = fixture.append(&log, [upload(&format!("u{n}"), "s", "started", &format!("d-{n}"), 5)]);
        let answer = history.events(&Page { limit: 1, ..page("") }, &lens()).unwrap();
        assert_eq!(answer.rows[0].sequence, appended[0]);
        assert!(answer.sequence >= appended[0]);
    }
    projector.stop();
    // Without a receiver the reader derives by itself.
    let appended = fixture.append(&log, [upload("last", "s", "started", "d-last", 5)]);
    assert_eq!(history.events(&Page { limit: 1, ..page("") }, &lens()).unwrap().rows[0].sequence, appended[0]);
}

#[test]
fn an_event_comes_with_its_bytes() {
    let fixture = Fixture::with([upload("u1", "s1", "error", "0F9-x", 5)]);
    let detail = fixture.history().event(1, &lens()).unwrap().unwrap();
    assert!(detail.head.starts_with(b"POST /hooks/alpha"));
    assert_eq!(centrepoint::BodyDigest::of(&detail.body), detail.row.body_sha256);
    assert_eq!(detail.row.vendor_webhook_id.as_deref(), Some("15"));
    assert_eq!(Some(detail.chain), crate::log::verify(&fixture.folder, |_, _| ()).unwrap().head);
    assert!(fixture.history().event(2, &lens()).unwrap().is_none());
}

#[test]
fn a_log_put_back_from_a_backup_is_answered_from_not_the_view_of_the_lost_one() {
    let fixture = Fixture::with((0..5).map(|n| upload(&n.to_string(), "1", "error", &n.to_string(), 9)));
    let saved = tempfile::tempdir().unwrap();
    std::fs::copy(fixture.folder.log(), saved.path().join("log.db")).unwrap();
    let log = fixture.log();
    fixture.append(&log, (5..9).map(|n| upload(&n.to_string(), "1", "error", &n.to_string(), 9)));
    log.close();
    let before = fixture.history();
    assert_eq!(before.events(&page(""), &lens()).unwrap().rows.len(), 9);

    for name in ["log.db", "log.db-wal", "log.db-shm"] {
        let _ = std::fs::remove_file(fixture.temp.path().join(name));
    }
    std::fs::copy(saved.path().join("log.db"), fixture.folder.log()).unwrap();
    for history in [before, fixture.history()] {
        assert_eq!(history.events(&page(""), &lens()).unwrap().rows.len(), 5, "what the log has, and nothing else");
        assert_eq!(history.problems(&page(""), &lens()).unwrap().rows.len(), 5);
    }
}

#[test]
fn a_deleted_write_ahead_log_of_the_view_heals_while_receiving() {
    let fixture = Fixture::with([upload("1", "1", "error", "a", 9)]);
    let log = fixture.log();
    let projector = Projector::start(&fixture.folder, &log, |_| ()).unwrap();
    let history = fixture.history();
    fixture.append(&log, [upload("2", "1", "error", "b", 9)]);
    assert_eq!(history.events(&page(""), &lens()).unwrap().rows.len(), 2);
    // The projector has had a look at its files by now or has one before it writes next.
    std::thread::sleep(std::time::Duration::from_millis(500));
    std::fs::remove_file(fixture.temp.path().join("view.db-wal")).unwrap();
    fixture.append(&log, [upload("3", "1", "error", "c", 9)]);
    for history in [history, fixture.history()] {
        assert_eq!(history.events(&page(""), &lens()).unwrap().rows.len(), 3);
    }
    projector.stop();
    log.close();
}

#[test]
fn what_is_done_about_a_stuck_upload_stands_on_its_event() {
    let fixture = Fixture::with([upload("1", "1", "started", "a", 180), upload("2", "1", "started", "b", 9)]);
    let history = fixture.history();
    let found = |query: &str| -> Vec<i64> {
        history.events(&page(query), &lens()).unwrap().rows.iter().map(|row| row.sequence).collect()
    };
    assert_eq!(found("is:open"), [1], "stuck, and nobody has looked yet");
    fixture.act(&study::Action::Acknowledge { problem: 1, by: "Ann".to_owned(), note: Some("called site".to_owned()) });
    assert_eq!((found("is:open"), found("is:acknowledged")), (vec![], vec![1]));
    assert_eq!(found("-is:acknowledged"), [2]);
    let row = history.event(1, &lens()).unwrap().unwrap().row;
    assert_eq!((row.problem_id, row.problem_state), (Some(1), Some(ProblemState::Acknowledged)));
    assert_eq!((row.acknowledged_by.as_deref(), row.note.as_deref()), (Some("Ann"), Some("called site")));
    let problem = &history.problems(&page(""), &lens()).unwrap().rows[0];
    assert!(problem.last_at >= problem.opened_at);
}

/// Writes sequences, and holds every body against its digest.
#[derive(Default)]
struct Sequences(Vec<u8>);

impl Formatter for Sequences {
    fn add(&mut self, row: &EventRow, body: Option<&[u8]>) {
        assert_eq!(centrepoint::BodyDigest::of(body.unwrap()), row.body_sha256);
        self.0.extend(row.sequence.to_le_bytes());
    }

    fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

fn sequences(history: &History, query: &Query, threads: usize) -> Vec<i64> {
    let (mut bytes, mut count) = (Vec::new(), 0);
    let take = &mut |some: &[u8], rows| {
        bytes.extend_from_slice(some);
        count += rows;
        ControlFlow::Continue(())
    };
    history.format_events(query, &lens(), true, threads, &Sequences::default, take).unwrap();
    let found: Vec<i64> = bytes.chunks(8).map(|chunk| i64::from_le_bytes(chunk.try_into().unwrap())).collect();
    assert_eq!(count, u64::try_from(found.len()).unwrap());
    found
}

#[test]
fn many_threads_give_the_same_events_in_the_same_order_while_more_arrives() {
    let fixture = Fixture::with((0..20_000).map(|n| upload(&n.to_string(), "1", "started", &n.to_string(), 9)));
    let history = fixture.history();
    assert_eq!(history.count_events(&Query::default(), &lens()).unwrap(), 20_000);
    std::thread::scope(|scope| {
        let (stop, stopped) = std::sync::mpsc::sync_channel::<()>(1);
        let fixture = &fixture;
        scope.spawn(move || {
            let log = fixture.log();
            let projector = Projector::start(&fixture.folder, &log, |_| ()).unwrap();
            for n in 20_000.. {
                fixture.append(&log, [upload(&n.to_string(), "1", "started", &n.to_string(), 9)]);
                if stopped.try_recv() != Err(std::sync::mpsc::TryRecvError::Empty) {
                    break;
                }
            }
            projector.stop();
            log.close();
        });
        for threads in [1, 2, 3, 5] {
            let found = sequences(&history, &Query::default(), threads);
            let length = i64::try_from(found.len()).unwrap();
            assert!(length >= 20_000 && found == (1..=length).collect::<Vec<_>>(), "{threads} threads: {length}");
        }
        drop(stop);
    });
}

#[test]
fn whoever_has_enough_ends_all_threads() {
    let fixture = Fixture::with((0..20_000).map(|n| upload(&n.to_string(), "1", "started", &n.to_string(), 9)));
    let mut taken = 0;
    let take = &mut |_: &[u8], rows| {
        taken += rows;
        ControlFlow::Break(())
    };
    fixture.history().format_events(&Query::default(), &lens(), true, 3, &Sequences::default, take).unwrap();
    assert!(taken < 20_000, "{taken}");
}
