//! From deliveries in the log to what is to pop up, with a clock that is set by hand.

use std::cell::Cell;
use std::time::Duration;

use centrepoint::{Authentication, BodyDigest};
use jiff::{SignedDuration, Timestamp};
use store::state::Stage;
use store::{Mark, NewArrival};
use study::Slug;

use super::*;
use crate::receiving::Uptime;
use crate::testing::Bench;
use crate::wire::{ErrorCode, NotificationRules, ProblemAct, ProblemActKind, ReceiverState, WebhookForm};

thread_local! {
    /// Microseconds the system of this test has run.
    static RUN: Cell<i64> = const { Cell::new(0) };
}

fn uptime() -> Uptime {
    Uptime { boot: Some("one".into()), since_boot: RUN.get() }
}

/// A study, and one who gathers.
struct Site {
    bench: Bench,
    gatherer: Gatherer,
    at: Duration,
}

impl Site {
    fn new() -> Self {
        let bench = Bench::new();
        for slug in ["rome", "oslo"] {
            let form = WebhookForm {
                name: slug.to_owned(),
                slug: slug.to_owned(),
                authentication: "none".to_owned(),
                study_id: Some("189".to_owned()),
                ..WebhookForm::default()
            };
            bench.monitor().webhook_add(&form).unwrap();
        }
        Self { bench, gatherer: Gatherer::measuring(uptime), at: Duration::from_secs(1_000) }
    }

    fn monitor(&self) -> Monitor {
        self.bench.monitor().clone()
    }

    /// A delivery about an upload is in the log and in the view.
    fn upload(&self, slug: &str, upload: u32, subject: &str, status: &str) {
        let body = serde_json::json!({
            "uploadId": upload, "studyId": 189, "subjectId": subject, "status": status, "message": "Battery",
        });
        let body = body.to_string().into_bytes();
        let arrival = NewArrival {
            received_at: self.monitor().now(),
            webhook: Slug::new(slug).unwrap(),
            head: b"POST /hooks/rome HTTP/1.1\r\nX-ActiGraph-Event: upload\r\n\r\n".to_vec(),
            body_sha256: BodyDigest::of(&body),
            body: body.into(),
            authentication: Authentication::None,
            mark: Mark::Plain,
            source_ip: std::net::Ipv4Addr::LOCALHOST.into(),
        };
        self.monitor().with_log(|log| Ok(log.append_waiting(arrival)?)).unwrap();
        // Whoever asks brings the view up to date.
        self.monitor().open_problems().unwrap();
    }

    fn error(&self, upload: u32) {
        self.upload("rome", upload, &format!("44{upload}"), "error");
    }

    /// Time passes.
    fn later(&mut self, seconds: i64) {
        self.bench.later(seconds);
        RUN.set(RUN.get() + seconds * 1_000_000);
        self.at += Duration::from_secs(seconds.unsigned_abs());
    }

    fn gather(&mut self) -> bool {
        self.monitor().notifications_gather(&mut self.gatherer, self.at).unwrap()
    }

    fn due(&mut self) -> Option<PopUp> {
        self.monitor().notification_due(&mut self.gatherer).unwrap()
    }

    fn told(&mut self, pop_up: &PopUp, told: &Told) {
        self.monitor().notification_told(&mut self.gatherer, &pop_up.ids, told).unwrap();
    }

    /// Gathers, and shows what is due.
    fn shown(&mut self) -> Option<PopUp> {
        self.gather();
        let pop_up = self.due()?;
        self.told(&pop_up, &Told::Shown("dunst 1.9".to_owned()));
        Some(pop_up)
    }

    fn inbox(&self) -> Vec<NotificationRow> {
        self.monitor().notifications(100).unwrap().rows
    }

    fn rules(&self, change: impl FnOnce(&mut NotificationRules)) {
        let mut settings = self.monitor().settings().unwrap();
        change(&mut settings.notifications);
        self.monitor().settings_set(&settings).unwrap();
    }

    /// The time it is in so many minutes, by the clock on the wall.
    fn in_minutes(&self, minutes: i64) -> String {
        let now = self.monitor().local_now();
        (now + SignedDuration::from_mins(minutes)).strftime("%H:%M").to_string()
    }

    /// Another process takes over.
    fn restart(&mut self) {
        self.gatherer = Gatherer::measuring(uptime);
    }
}

fn outcomes(rows: &[NotificationRow]) -> Vec<(&str, &str)> {
    rows.iter().map(|row| (row.stage.as_str(), row.outcome.as_deref().unwrap_or("none yet"))).collect()
}

#[test]
fn what_opens_is_written_down_pops_up_and_is_in_the_inbox() {
    let mut site = Site::new();
    assert!(!site.gather());
    site.error(1);
    assert!(site.gather());
    site.error(2);
    assert!(site.gather());
    let pop_up = site.due().unwrap();
    assert_eq!((pop_up.title.as_str(), pop_up.body.as_str()), ("2 upload errors, 2 subjects", "Study 189"));
    assert_eq!(outcomes(&site.inbox()), [("due", "none yet")]);
    site.error(3);
    assert!(site.gather(), "what is being shown is not added to");
    site.told(&pop_up, &Told::Shown("dunst 1.9".to_owned()));
    assert_eq!(outcomes(&site.inbox()), [("due", "none yet"), ("over", "shown")]);
    assert_eq!(site.inbox()[1].detail.as_deref(), Some("dunst 1.9"));
    let single = site.due().unwrap();
    assert_eq!((single.title.as_str(), single.ids.len()), ("Upload failed", 1));
    assert!(single.target.problem.is_some());
    let page = site.monitor().notifications(100).unwrap();
    assert_eq!(page.unread, 2);
    site.monitor().notifications_read(&[]).unwrap();
    assert_eq!(site.monitor().notifications(100).unwrap().unread, 0);
}

#[test]
fn over_a_restart_nothing_is_lost_and_nothing_comes_twice() {
    let mut site = Site::new();
    site.error(1);
    assert!(site.shown().is_some());
    site.restart();
    assert_eq!(site.shown(), None, "it was shown");
    site.error(2);
    site.gather();
    site.error(3);
    site.restart();
    assert!(site.gather(), "one was written down, one was not yet");
    let pop_up = site.due().unwrap();
    assert_eq!(pop_up.title, "2 upload errors, 2 subjects");
    site.restart();
    assert!(site.gather(), "the process ended before the desktop answered");
    assert_eq!(site.shown().unwrap().title, "2 upload errors, 2 subjects");
    assert_eq!(site.shown(), None);
}

#[test]
fn what_happens_in_quiet_hours_comes_as_one_at_their_end() {
    let mut site = Site::new();
    let (from, to) = (site.in_minutes(-60), site.in_minutes(60));
    site.rules(|rules| (rules.quiet, rules.quiet_from, rules.quiet_to) = (true, from, to));
    for upload in 1..=4 {
        site.error(upload);
        assert!(!site.gather(), "nothing pops up");
        site.later(40);
    }
    assert_eq!(site.due(), None);
    let inbox = site.inbox();
    assert_eq!(inbox.len(), 4, "each is in the inbox at once");
    assert!(inbox.iter().all(|row| row.stage == "held" && row.held_by.as_deref() == Some("quiet_hours")));
    let page = site.monitor().notifications(1).unwrap();
    let resumes: Timestamp = page.resumes_at.unwrap().parse().unwrap();
    assert!(resumes.duration_since(site.monitor().local_now().timestamp()) <= SignedDuration::from_hours(1));
    // One of them is over before anybody was told.
    site.upload("rome", 2, "442", "completed");
    site.restart();
    site.later(3_600);
    let pop_up = site.shown().unwrap();
    assert_eq!(pop_up.title, "3 upload errors, 3 subjects");
    assert_eq!(site.shown(), None, "once");
    let inbox = site.inbox();
    let shown = inbox.iter().filter(|row| row.outcome.as_deref() == Some("shown"));
    assert_eq!(shown.count(), 3);
    assert_eq!(inbox.iter().filter(|row| row.outcome.as_deref() == Some("settled")).count(), 1);
    assert!(inbox.iter().all(|row| row.held_by.as_deref() == Some("quiet_hours")), "why they came late stays");
}

#[test]
fn muted_is_muted_until_then_also_over_a_restart_and_for_what_waits_already() {
    let mut site = Site::new();
    site.error(1);
    assert!(site.gather());
    let until = site.monitor().notifications_mute("hour").unwrap().unwrap();
    assert_eq!(site.due(), None, "muted in the half second it waited for company");
    site.error(2);
    assert!(!site.gather());
    let page = site.monitor().notifications(100).unwrap();
    assert_eq!((page.muted_until.as_deref(), page.held_by.as_deref()), (Some(until.as_str()), Some("muted")));
    site.restart();
    site.later(3_599);
    assert_eq!(site.shown(), None);
    site.later(1);
    assert_eq!(site.shown().unwrap().title, "2 upload errors, 2 subjects");
    site.monitor().notifications_mute("tomorrow").unwrap();
    site.error(3);
    assert!(!site.gather());
    site.monitor().notifications_mute("off").unwrap();
    assert_eq!(site.shown().unwrap().title, "Upload failed");
    assert_eq!(site.monitor().notifications_mute("soon").unwrap_err().code, ErrorCode::Invalid);
}

#[test]
fn what_is_switched_off_is_in_the_inbox_and_nobody_has_to_read_it() {
    let mut site = Site::new();
    site.rules(|rules| {
        rules.webhooks.entry("oslo".to_owned()).or_default().insert("upload_error".to_owned(), false);
    });
    site.upload("oslo", 1, "1", "error");
    assert!(!site.gather());
    site.upload("oslo", 2, "2", "error");
    assert!(!site.gather());
    assert_eq!(outcomes(&site.inbox()), [("over", "off")], "what comes together is one");
    assert_eq!(site.inbox()[0].title, "2 upload errors, 2 subjects");
    assert_eq!(site.monitor().notifications(1).unwrap().unread, 0);
    site.error(3);
    assert_eq!(site.shown().unwrap().title, "Upload failed");
    let settings = Settings { popups: false, ..site.monitor().settings().unwrap() };
    site.monitor().settings_set(&settings).unwrap();
    site.later(40);
    site.error(4);
    assert!(!site.gather());
    assert_eq!(outcomes(&site.inbox()), [("over", "off"), ("over", "shown"), ("over", "off")]);
}

#[test]
fn a_desktop_that_shows_nothing_is_tried_again_for_a_day() {
    let mut site = Site::new();
    site.error(1);
    site.gather();
    let pop_up = site.due().unwrap();
    site.told(&pop_up, &Told::NoService("nobody answers".to_owned()));
    assert_eq!(outcomes(&site.inbox()), [("due", "no_service")]);
    site.error(2);
    assert!(site.gather());
    assert_eq!(site.inbox().len(), 2, "what was tried stays as it is");
    site.later(3_600);
    site.restart();
    assert!(site.gather(), "a daemon may be there now");
    let both = site.due().unwrap();
    assert_eq!((both.title.as_str(), both.ids.len()), ("2 upload errors, 2 subjects", 2));
    site.told(&both, &Told::NoAnswer);
    assert_eq!(outcomes(&site.inbox()), [("due", "no_answer"), ("due", "no_answer")]);
    site.told(&both, &Told::Refused("too many".to_owned()));
    site.later(25 * 3_600);
    site.gather();
    assert_eq!(outcomes(&site.inbox()), [("over", "refused"), ("over", "refused")]);
    assert_eq!(site.due(), None);
}

#[test]
fn stuck_uploads_are_told_once_each_where_they_are_switched_on() {
    let mut site = Site::new();
    site.rules(|rules| {
        rules.kinds.insert("stuck_upload".to_owned(), true);
    });
    site.upload("rome", 1, "441", "started");
    site.upload("rome", 2, "442", "started");
    assert_eq!(site.shown(), None);
    site.later(2 * 3_600 + 1);
    assert_eq!(site.shown().unwrap().title, "2 stuck uploads, 2 subjects");
    site.upload("rome", 3, "443", "started");
    site.restart();
    site.later(3_600);
    assert_eq!(site.shown(), None, "told once");
    site.later(3_601);
    let one = site.shown().unwrap();
    assert_eq!(one.title, "An upload is stuck");
    let settings = Settings { stuck_after_hours: 10.0, ..site.monitor().settings().unwrap() };
    site.monitor().settings_set(&settings).unwrap();
    site.later(10);
    assert_eq!(site.shown(), None);
}

#[test]
fn the_summary_comes_once_a_day_and_counts_who_is_new() {
    let mut site = Site::new();
    site.upload("rome", 1, "441", "completed");
    site.later(24 * 3_600);
    site.upload("rome", 2, "442", "completed");
    site.upload("rome", 3, "443", "completed");
    let (at, days) = (site.in_minutes(0), NotificationRules::default().days);
    site.rules(|rules| (rules.summary_at, rules.summary_days) = (at, days));
    site.later(3 * 24 * 3_600);
    assert_eq!(site.shown(), None, "off unless told");
    site.rules(|rules| {
        rules.kinds.insert("overdue_subject".to_owned(), true);
    });
    site.later(10);
    let pop_up = site.shown().unwrap();
    assert_eq!(pop_up.title, "3 subjects are overdue: 2 since yesterday");
    assert!(!format!("{pop_up:?}").contains("44"), "no subject is named: {pop_up:?}");
    assert_eq!((pop_up.target.view.as_str(), pop_up.target.query.as_str()), ("subjects", "webhook:rome"));
    site.restart();
    site.later(10);
    assert_eq!(site.shown(), None, "once a day");
    // The clock is set a day ahead, and back: measured, hardly a minute has passed.
    for set in [24, -48, 24] {
        site.bench.later(set * 3_600);
        site.later(10);
        assert_eq!(site.shown(), None, "the clock was set by {set} hours");
    }
    site.later(24 * 3_600);
    assert_eq!(site.shown().unwrap().title, "3 subjects are overdue: none of them new since yesterday");
}

#[test]
fn what_keeps_deliveries_away_is_told_once_it_lasts() {
    let mut site = Site::new();
    let monitor = site.monitor();
    monitor.set_receiver(ReceiverState::NotReceiving, Some("the port is in use"), None);
    assert_eq!(site.shown(), None);
    site.later(20);
    monitor.set_receiver(ReceiverState::Starting, None, None);
    assert_eq!(site.shown(), None);
    monitor.set_receiver(ReceiverState::NotReceiving, Some("the port is in use"), None);
    site.later(11);
    let pop_up = site.shown().unwrap();
    assert_eq!(pop_up.title, "Deliveries are not being received");
    assert_eq!((pop_up.body.as_str(), pop_up.target.view.as_str()), ("the port is in use", "today"));
    site.later(100);
    assert_eq!(site.shown(), None, "once, while it lasts");
    monitor.set_receiver(ReceiverState::Receiving, None, None);
    assert_eq!(site.shown(), None);
    monitor.set_receiver(ReceiverState::NotReceiving, Some("The receiver is closed."), None);
    site.shown();
    site.later(100);
    assert_eq!(site.shown(), None, "closed in good order");
}

#[test]
fn subjects_are_named_only_where_that_is_switched_on_and_never_in_the_inbox() {
    let mut site = Site::new();
    site.error(1);
    assert!(!format!("{:?}", site.shown().unwrap()).contains("441"));
    let settings = Settings { popup_subjects: true, ..site.monitor().settings().unwrap() };
    site.monitor().settings_set(&settings).unwrap();
    site.error(2);
    let named = site.shown().unwrap();
    assert!(named.body.contains("442"), "{named:?}");
    let rows = site.monitor().state().notifications(10).unwrap();
    assert!(!format!("{rows:?}").contains("44"), "nor is it kept in the state: {rows:?}");
}

#[test]
fn what_a_person_sees_to_before_it_pops_up_is_settled() {
    let mut site = Site::new();
    site.error(1);
    site.gather();
    let id = site.inbox()[0].target.problem.unwrap();
    let act = ProblemAct {
        ids: vec![id],
        act: ProblemActKind::Acknowledge,
        by: "M. Rossi".to_owned(),
        note: None,
        until: None,
    };
    site.monitor().problem_act(&act).unwrap();
    site.monitor().open_problems().unwrap();
    assert_eq!(site.due(), None);
    assert_eq!(outcomes(&site.inbox()), [("over", "settled")]);
}

#[test]
fn however_much_waits_it_is_a_hundred_at_most() {
    let mut site = Site::new();
    site.monitor().notifications_mute("hour").unwrap();
    let one = site.monitor().state().notifications(1).unwrap();
    assert!(one.is_empty());
    site.error(1);
    site.gather();
    let held = site.monitor().state().notifications(1).unwrap().remove(0);
    let many: Vec<_> = (0..150).map(|_| Notification { id: 0, ..held.clone() }).collect();
    site.monitor().state().keep_notifications(&many, &[]).unwrap();
    site.later(60);
    site.error(2);
    site.gather();
    let waiting = site.monitor().state().waiting_notifications().unwrap();
    assert_eq!(at_stage(&waiting, Stage::Held).count(), 151, "the newest gathers");
}
