use std::sync::Arc;

use jiff::Timestamp;
use store::Log;
use store::history::WhichAway;
use store::state::{Phase, SignOfLife};
use study::away::Stretch;

use super::keeper::{ASLEEP, CLOCK_SET, Keeper, Since, since};
use super::meter::{Meter, Reading};
use super::*;
use crate::testing::Bench;
use crate::wire::WebhookForm;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// Clocks to be set by hand.
#[derive(Clone)]
struct Clocks(Arc<Mutex<Reading>>);

impl Meter for Clocks {
    fn read(&self) -> Reading {
        self.0.lock().unwrap().clone()
    }
}

impl Clocks {
    fn new() -> Self {
        let wall = "2026-08-22T14:05:00Z".parse().unwrap();
        Self(Arc::new(Mutex::new(Reading { wall, boot: Some("one".into()), since_boot: HOUR, awake: HOUR })))
    }

    fn change(&self, change: impl FnOnce(&mut Reading)) {
        change(&mut self.0.lock().unwrap());
    }

    /// Time passes; for `slept` of it the computer sleeps.
    fn pass(&self, micros: i64, slept: i64) {
        self.change(|reading| {
            reading.wall += jiff::SignedDuration::from_micros(micros);
            reading.since_boot += micros;
            reading.awake += micros - slept;
        });
    }

    fn set(&self, by: i64) {
        self.change(|reading| reading.wall += jiff::SignedDuration::from_micros(by));
    }

    fn wall(&self) -> i64 {
        self.read().wall.as_microsecond()
    }
}

/// A data folder whose receiver comes and goes.
struct House {
    bench: Bench,
    clocks: Clocks,
    log: Log,
    refusals: Arc<Refusals>,
}

impl House {
    fn new() -> Self {
        let house = Self::empty();
        let form = WebhookForm {
            name: "Rome".to_owned(),
            slug: "rome".to_owned(),
            authentication: "none".to_owned(),
            ..WebhookForm::default()
        };
        house.bench.monitor().webhook_add(&form).unwrap();
        house.clocks.pass(HOUR, 0);
        house
    }

    fn empty() -> Self {
        let bench = Bench::new();
        let clock = Arc::clone(bench.monitor().clock());
        let log = Log::open(bench.monitor().folder(), clock).unwrap();
        Self { bench, clocks: Clocks::new(), log, refusals: Arc::default() }
    }

    fn open(&self) -> Keeper {
        let meter = Box::new(self.clocks.clone());
        Keeper::open(self.bench.monitor(), &self.log, meter, Arc::clone(&self.refusals)).unwrap()
    }

    fn start(&self) -> Keeper {
        let mut keeper = self.open();
        keeper.receiving();
        keeper
    }

    /// Looks once a second for so long.
    fn run(&self, keeper: &mut Keeper, seconds: i64) {
        for _ in 0..seconds {
            let before = keeper.read();
            self.clocks.pass(SECOND, 0);
            keeper.tick(&before);
        }
    }

    fn close(&self, keeper: &mut Keeper) {
        keeper.close(Phase::Closed, &self.clocks.read());
    }

    /// What waits in the state: reason, seconds from now back to its beginning, its length in seconds, how many.
    fn waiting(&self) -> Vec<(String, i64, i64, i64)> {
        let rows = self.bench.monitor().state().away().unwrap();
        let now = self.clocks.wall();
        rows.into_iter()
            .map(|row| {
                (row.reason.as_str().to_owned(), (now - row.from) / SECOND, (row.to - row.from) / SECOND, row.times)
            })
            .collect()
    }

    /// What the log has, oldest first: reason, length in seconds, how many.
    fn logged(&self) -> Vec<(String, i64, i64)> {
        let mut rows = self.bench.monitor().history().away(WhichAway::All, 100).unwrap().rows;
        rows.reverse();
        rows.into_iter().map(|row| (row.reason, (row.to - row.from) / SECOND, row.times)).collect()
    }
}

fn told(reason: &str, ago: i64, length: i64, times: i64) -> Vec<(String, i64, i64, i64)> {
    vec![(reason.to_owned(), ago, length, times)]
}

#[test]
fn a_first_start_has_no_time_away() {
    let house = House::new();
    let mut keeper = house.start();
    house.run(&mut keeper, 70);
    assert_eq!((house.waiting(), house.logged()), (vec![], vec![]));
}

#[test]
fn closed_for_a_night_is_one_period_and_is_in_the_log_a_minute_after_the_start() {
    let house = House::new();
    let mut keeper = house.start();
    house.run(&mut keeper, 5);
    house.close(&mut keeper);
    house.clocks.pass(10 * HOUR, 0);
    let mut keeper = house.start();
    assert_eq!(house.waiting(), told("closed", 36_000, 36_000, 1));
    assert_eq!(house.logged(), []);
    house.run(&mut keeper, 61);
    assert_eq!(house.waiting(), []);
    assert_eq!(house.logged(), [("closed".to_owned(), 36_000, 1)]);
}

#[test]
fn an_end_without_a_word_counts_from_the_last_sign_of_life() {
    let house = House::new();
    let mut keeper = house.start();
    house.run(&mut keeper, 25);
    drop(keeper);
    house.clocks.pass(100 * SECOND, 0);
    house.start();
    // The last sign came after 20 seconds.
    assert_eq!(house.waiting(), told("ended", 105, 105, 1));
}

#[test]
fn a_crash_loop_is_one_period() {
    let house = House::new();
    let mut keeper = house.start();
    house.run(&mut keeper, 1);
    for _ in 0..50 {
        drop(keeper);
        house.clocks.pass(4 * SECOND, 0);
        keeper = house.start();
        house.run(&mut keeper, 1);
    }
    house.run(&mut keeper, 60);
    let logged = house.logged();
    assert_eq!(logged.len(), 1, "{logged:?}");
    assert_eq!((logged[0].0.as_str(), logged[0].2), ("ended", 50));
}

#[test]
fn a_quick_restart_is_none() {
    let house = House::new();
    for _ in 0..3 {
        let mut keeper = house.start();
        house.run(&mut keeper, 3);
        house.close(&mut keeper);
        house.clocks.pass(SECOND, 0);
    }
    assert_eq!(house.waiting(), []);
}

#[test]
fn without_a_webhook_nobody_was_missed() {
    let house = House::empty();
    let mut keeper = house.start();
    house.close(&mut keeper);
    house.clocks.pass(10 * HOUR, 0);
    house.start();
    assert_eq!(house.waiting(), []);
}

#[test]
fn practice_is_never_away() {
    let house = House::empty();
    house.bench.monitor().practice().unwrap();
    let mut keeper = house.start();
    house.run(&mut keeper, 12);
    drop(keeper);
    house.clocks.pass(10 * HOUR, 0);
    let mut keeper = house.start();
    house.run(&mut keeper, 61);
    assert_eq!((house.waiting(), house.logged()), (vec![], vec![]));
}

#[test]
fn before_the_first_webhook_was_added_nobody_sent_anything() {
    let house = House::empty();
    let mut keeper = house.start();
    house.close(&mut keeper);
    house.clocks.pass(10 * HOUR, 0);
    // Bench's own clock says when it is added.
    house.bench.later(10 * 3600 - 60);
    let form = WebhookForm {
        name: "Rome".to_owned(),
        slug: "rome".to_owned(),
        authentication: "none".to_owned(),
        ..WebhookForm::default()
    };
    house.bench.monitor().webhook_add(&form).unwrap();
    house.start();
    assert_eq!(house.waiting(), told("closed", 60, 60, 1));
}

#[test]
fn a_port_in_use_parts_from_what_was_before_it() {
    let house = House::new();
    let mut keeper = house.start();
    house.close(&mut keeper);
    house.clocks.pass(HOUR, 0);
    let mut keeper = house.open();
    for _ in 0..6 {
        keeper.waiting();
        house.run(&mut keeper, 5);
    }
    keeper.receiving();
    let waiting = house.waiting();
    assert_eq!(waiting, [told("closed", 3630, 3600, 1), told("not_listening", 30, 30, 1)].concat());
    // Closed while the port was in use, it is closed from then on.
    house.run(&mut keeper, 120);
    keeper.waiting();
    house.run(&mut keeper, 20);
    house.close(&mut keeper);
    house.clocks.pass(HOUR, 0);
    house.start();
    assert_eq!(house.waiting(), [told("not_listening", 3620, 20, 1), told("closed", 3600, 3600, 1)].concat());
}

#[test]
fn killed_while_the_port_was_in_use() {
    let house = House::new();
    let mut keeper = house.open();
    keeper.waiting();
    house.run(&mut keeper, 20);
    drop(keeper);
    house.clocks.pass(HOUR, 0);
    house.start();
    assert_eq!(house.waiting(), [told("not_listening", 3620, 20, 1), told("ended", 3600, 3600, 1)].concat());
}

#[test]
fn a_listener_that_failed_for_good_is_not_called_closed() {
    let house = House::new();
    let mut keeper = house.start();
    keeper.close(Phase::Lost, &house.clocks.read());
    house.clocks.pass(10 * SECOND, 0);
    house.start();
    assert_eq!(house.waiting(), told("not_listening", 10, 10, 1));
}

#[test]
fn a_station_that_never_came_so_far_leaves_the_absence_as_it_was() {
    let house = House::new();
    let mut keeper = house.start();
    house.close(&mut keeper);
    house.clocks.pass(HOUR, 0);
    let mut keeper = house.open();
    house.close(&mut keeper);
    house.clocks.pass(HOUR, 0);
    house.start();
    assert_eq!(house.waiting(), told("closed", 7200, 7200, 1));
}

#[test]
fn a_computer_that_slept_was_away_and_one_that_was_stopped_too() {
    let house = House::new();
    let mut keeper = house.start();
    house.run(&mut keeper, 5);
    for (slept, expected) in [(8 * HOUR, 28_801), (0, 3601)] {
        let before = keeper.read();
        house.clocks.pass(if slept > 0 { slept } else { HOUR } + SECOND, slept);
        keeper.tick(&before);
        assert_eq!(house.waiting(), told("asleep", expected, expected, 1), "slept {slept}");
        house.run(&mut keeper, 61);
        assert_eq!(house.waiting(), []);
    }
    let before = keeper.read();
    house.clocks.pass(ASLEEP, 0);
    keeper.tick(&before);
    assert_eq!(house.waiting(), [], "a busy computer is no absence");
}

#[test]
fn a_clock_that_is_set_is_no_absence() {
    let house = House::new();
    let mut keeper = house.start();
    house.run(&mut keeper, 15);
    for by in [3 * HOUR, -3 * HOUR, 3 * HOUR] {
        house.clocks.set(by);
        house.run(&mut keeper, 5);
    }
    house.clocks.set(CLOCK_SET - SECOND);
    house.run(&mut keeper, 5);
    assert_eq!(house.waiting(), []);
    let set = |by: i64| ("clock_set".to_owned(), by, 1);
    assert_eq!(house.logged(), [set(10_800), set(-10_800), set(10_800)]);
    // Small corrections add up.
    house.clocks.set(2 * SECOND);
    house.run(&mut keeper, 2);
    assert_eq!(house.logged().len(), 4);
}

#[test]
fn a_clock_set_between_two_runs_changes_no_length() {
    for by in [5 * HOUR, -5 * HOUR] {
        let house = House::new();
        let mut keeper = house.start();
        house.close(&mut keeper);
        house.clocks.pass(600 * SECOND, 0);
        house.clocks.set(by);
        let mut keeper = house.start();
        assert_eq!(house.waiting(), told("closed", 600, 600, 1), "set by {by}");
        assert!(house.bench.monitor().state().away().unwrap()[0].doubtful);
        house.run(&mut keeper, 61);
        let set = ("clock_set".to_owned(), by / SECOND, 1);
        assert_eq!(house.logged(), [set, ("closed".to_owned(), 600, 1)]);
    }
}

#[test]
fn over_another_start_of_the_system_only_the_wall_tells() {
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let sign = SignOfLife {
        at: at("2026-08-22T12:00:00Z").as_microsecond(),
        boot: Some("one".to_owned()),
        since_boot: 50 * HOUR,
        phase: Phase::Closed,
    };
    let reading = |wall: &str, boot: Option<&str>| Reading {
        wall: at(wall),
        boot: boot.map(Arc::from),
        since_boot: MINUTE,
        awake: MINUTE,
    };
    for boot in [Some("two"), None, Some("one")] {
        let later = since(&sign, &reading("2026-08-22T15:00:00Z", boot));
        let three_hours = Stretch::new(at("2026-08-22T12:00:00Z"), at("2026-08-22T15:00:00Z"));
        assert_eq!(later, Since { away: Some((three_hours, false)), clock: None }, "{boot:?}");
        let back = since(&sign, &reading("2026-08-22T09:00:00Z", boot));
        let moment = Stretch::new(at("2026-08-22T09:00:00Z"), at("2026-08-22T09:00:00Z"));
        let clock = Some((at("2026-08-22T12:00:00Z"), at("2026-08-22T09:00:00Z")));
        assert_eq!(back, Since { away: Some((moment, true)), clock }, "{boot:?}: how long nobody knows");
    }
}

#[test]
fn everything_refused_is_told_of_the_webhook_and_goes_on_in_the_next_process() {
    let house = House::new();
    let mut keeper = house.start();
    let refused = |slug: &str, status, id: Option<&str>| {
        house.refusals.refused(&store::state::NewRejection {
            received_at: house.clocks.wall(),
            webhook: study::Slug::new(slug).unwrap(),
            status,
            code: "signature_differs",
            reason: "signature differs".to_owned(),
            source_ip: "127.0.0.1".parse().unwrap(),
            delivery_id: id.map(str::to_owned),
            event: None,
            size: 2,
            head: Vec::new(),
            body: Vec::new(),
        });
    };
    for status in [413, 400, 408] {
        refused("rome", status, Some("a"));
    }
    for _ in 0..5 {
        refused("rome", 401, None);
    }
    house.run(&mut keeper, 1);
    assert_eq!(house.waiting(), [], "neither a stranger nor something else than a refusal");
    for status in [401, 403, 410] {
        refused("rome", status, Some("a"));
        house.run(&mut keeper, 60);
    }
    assert_eq!(house.waiting(), told("refused", 180, 120, 1));
    assert!(house.bench.monitor().state().away().unwrap()[0].is_on);

    house.close(&mut keeper);
    let next = House { refusals: Arc::default(), ..house };
    next.clocks.pass(SECOND, 0);
    let mut keeper = next.start();
    next.run(&mut keeper, 1);
    assert_eq!(next.waiting(), told("refused", 182, 120, 1));
    next.refusals.accepted("rome");
    next.run(&mut keeper, 1);
    assert!(!next.bench.monitor().state().away().unwrap()[0].is_on);
    next.run(&mut keeper, 3600);
    assert_eq!(next.logged(), [("refused".to_owned(), 120, 1)]);
}

#[test]
fn a_secret_that_cannot_be_read_is_told_of_its_webhook() {
    let house = House::new();
    let mut keeper = house.start();
    house.run(&mut keeper, 1);
    house.bench.monitor().secret_errors().insert("rome".to_owned(), "locked".into());
    house.run(&mut keeper, 10);
    house.bench.monitor().secret_errors().clear();
    house.run(&mut keeper, 1);
    assert_eq!(house.waiting(), told("no_secret", 11, 11, 1));
    assert_eq!(house.bench.monitor().state().away().unwrap()[0].webhook.as_deref(), Some("rome"));
}
