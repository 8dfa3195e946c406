use store::NewArrival;
use store::state::{Alive, SignOfLife};
use study::Slug;

use crate::openings::SILENCES_TOLD;
use crate::testing::Bench;
use crate::wire::{GroupQuery, ListQuery, ProblemAct, ProblemActKind, WebhookForm};

use super::*;

const DAY: i64 = 24 * HOUR;

struct House {
    bench: Bench,
    log: store::Log,
    runtime: tokio::runtime::Runtime,
}

impl House {
    /// A webhook of Rome that was heard every two hours for three weeks, up to now.
    fn new() -> Self {
        let house = Self::empty();
        for hours in (0..=252).rev().map(|n| n * 2) {
            house.heard(hours * HOUR);
        }
        house
    }

    fn empty() -> Self {
        let bench = Bench::new();
        let form = WebhookForm {
            name: "Rome".to_owned(),
            slug: "rome".to_owned(),
            authentication: "none".to_owned(),
            study_id: Some("189".to_owned()),
            time_zone: Some("Europe/Rome".to_owned()),
            ..WebhookForm::default()
        };
        bench.monitor().webhook_add(&form).unwrap();
        let log = store::Log::open(bench.monitor().folder(), std::sync::Arc::clone(bench.monitor().clock())).unwrap();
        bench.monitor().hold_log(Some(log.clone()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let house = Self { bench, log, runtime };
        house.sign();
        house
    }

    /// Something came so many microseconds ago.
    fn heard(&self, ago: i64) -> i64 {
        let at = self.bench.monitor().now() - ago;
        let body = format!(r#"{{"uploadId":"{at}","studyId":"189","subjectId":"7","status":"completed"}}"#);
        let arrival = NewArrival {
            received_at: at,
            webhook: Slug::new("rome").unwrap(),
            head: b"POST /hooks/rome HTTP/1.1\r\nX-ActiGraph-Event: upload\r\n\r\n".to_vec(),
            body_sha256: centrepoint::BodyDigest::of(body.as_bytes()),
            body: body.into(),
            authentication: centrepoint::Authentication::None,
            mark: store::Mark::Plain,
            source_ip: "127.0.0.1".parse().unwrap(),
        };
        self.runtime.block_on(self.log.append(arrival)).unwrap().sequence
    }

    /// The receiver is there.
    fn sign(&self) {
        let monitor = self.bench.monitor();
        let sign = SignOfLife { at: monitor.now(), boot: None, since_boot: 0, phase: Phase::Receiving };
        Alive::open(monitor.folder()).unwrap().note(&sign).unwrap();
    }

    fn later(&self, hours: i64) {
        self.bench.later(hours * 3_600);
        self.sign();
    }

    fn problems(&self) -> Vec<crate::wire::ProblemRow> {
        let ask = ListQuery { query: "is:open".to_owned(), before: None, limit: 10 };
        self.bench.monitor().problems(&ask).unwrap().rows
    }

    fn is_silent(&self) -> bool {
        !self.problems().is_empty()
    }

    fn away(&self, from_ago: i64, to_ago: i64) {
        let now = self.bench.monitor().now();
        let away = Action::TimeAway {
            from: instant(now - from_ago),
            to: instant(now - to_ago),
            reason: Reason::Asleep,
            webhook: None,
            times: 1,
            doubtful: false,
        };
        self.bench.monitor().append(&[away]).unwrap();
    }
}

#[test]
fn a_silence_is_a_problem_in_every_list_until_the_next_delivery() {
    let house = House::new();
    let monitor = house.bench.monitor();
    let usual = monitor.webhook_silence("rome").unwrap().rhythm.unwrap();
    assert_eq!((usual.every_hours, usual.alarm_after_hours, usual.time_zone.as_str()), (2, 4, "Europe/Rome"));
    house.later(4);
    let row = house.problems().remove(0);
    assert_eq!((row.kind.as_str(), row.webhook.as_str(), row.study_id.as_deref()), ("silence", "rome", Some("189")));
    assert_eq!((row.id < 0, &row.opened_at), (true, &rfc3339(monitor.now())));
    assert_eq!(monitor.open_problems().unwrap(), 1);
    let groups = monitor.problem_groups(&GroupQuery { query: String::new(), snoozed: false }).unwrap();
    assert_eq!(groups.groups[0].group, "silence:");
    let detail = monitor.problem(row.id).unwrap();
    let silence = detail.silence.unwrap();
    assert_eq!((silence.refused, silence.away_seconds, silence.judged.silent_since), (0, 0, Some(row.opened_at)));
    assert!(detail.event_sequence.is_some(), "what came last can be opened");
    let told = |monitor: &Monitor| {
        let Some((rows, told)) = monitor.unseen_silences().unwrap() else { return Vec::new() };
        monitor.state().set_setting(SILENCES_TOLD, &told).unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(told(monitor), [row.id]);
    assert!(told(&house.bench.another()).is_empty(), "once, whoever asks");
    let act = ProblemAct {
        ids: vec![row.id],
        act: ProblemActKind::Acknowledge,
        by: "Ann".to_owned(),
        note: None,
        until: None,
    };
    monitor.problem_act(&act).unwrap();
    assert!(!house.is_silent());
    assert_eq!(monitor.problem(row.id).unwrap().row.acknowledged_by.as_deref(), Some("Ann"));
    house.heard(0);
    assert!(monitor.problem(row.id).is_err(), "it is over");
    house.later(4);
    assert!(house.is_silent(), "the next one is another one, and open");
}

#[test]
fn nothing_is_said_of_a_webhook_that_is_off_disabled_removed_or_hardly_known() {
    let house = House::new();
    let monitor = house.bench.monitor();
    house.later(10);
    assert!(house.is_silent());
    monitor.webhook_silence_set("rome", "off").unwrap();
    assert!(!house.is_silent());
    monitor.webhook_silence_set("rome", "automatic").unwrap();
    monitor.webhook_set_enabled("rome", false).unwrap();
    assert!(!house.is_silent());
    house.later(100);
    monitor.webhook_set_enabled("rome", true).unwrap();
    assert!(!house.is_silent(), "while it was disabled it was not silent");
    house.later(4);
    assert!(house.is_silent());
    monitor.webhook_remove("rome").unwrap();
    assert!(!house.is_silent());

    let new = House::empty();
    new.heard(0);
    new.later(2_000);
    assert!(!new.is_silent());
    let row = new.bench.monitor().webhook_silence("rome").unwrap();
    assert_eq!((row.rhythm, row.rule.as_str()), (None, "automatic"));
}

#[test]
fn a_number_of_hours_needs_no_history_and_is_checked() {
    let house = House::empty();
    let monitor = house.bench.monitor();
    monitor.webhook_silence_set("rome", "0.5").unwrap();
    assert!(!house.is_silent(), "nothing ever came");
    house.heard(0);
    house.later(1);
    assert!(house.is_silent());
    for wrong in ["0", "-1", "NaN", "inf", "9000", "", "soon"] {
        assert_eq!(
            monitor.webhook_silence_set("rome", wrong).unwrap_err().field.as_deref(),
            Some("silence"),
            "{wrong}"
        );
    }
    assert!(monitor.webhook_silence_set("paris", "off").is_err());
    let row = monitor.webhook_silence("rome").unwrap();
    assert_eq!((row.rule.as_str(), row.hours), ("hours", Some(0.5)));
}

#[test]
fn while_nothing_could_be_received_nothing_was_silent() {
    let house = House::new();
    house.later(6);
    house.away(6 * HOUR, 3 * HOUR);
    assert!(!house.is_silent(), "three hours of six");
    house.later(1);
    assert!(house.is_silent());
    let detail = house.bench.monitor().problem(house.problems()[0].id).unwrap();
    assert_eq!(detail.silence.unwrap().away_seconds, 3 * 3_600);

    let closed = House::new();
    closed.bench.later(100 * 3_600);
    assert!(!closed.is_silent(), "no receiver is there");
}

#[test]
fn a_clock_that_was_set_alarms_nobody() {
    for by in [30 * DAY, -30 * DAY] {
        let house = House::new();
        let before = house.bench.monitor().now();
        house.later(by / HOUR);
        let set = Action::ClockSet { from: instant(before), to: instant(before + by) };
        house.bench.monitor().append(&[set]).unwrap();
        assert!(!house.is_silent(), "{by}");
        house.later(4);
        assert!(house.is_silent(), "{by}: four hours passed since, whatever the clock shows");
    }
}
