use super::*;
use crate::testing::Bench;

/// Short enough for a test, long enough to tell one look from the next.
const QUICK: Times =
    Times { first: Duration::from_millis(20), look: Duration::from_millis(10), again: Duration::from_millis(30) };
const GIB: u64 = 1024 * 1024 * 1024;

#[expect(clippy::unnecessary_wraps, reason = "the system may fail to tell")]
fn plenty(_: &Path) -> std::io::Result<Room> {
    Ok(Room { left: 100 * GIB, total: 200 * GIB })
}

#[expect(clippy::unnecessary_wraps, reason = "the system may fail to tell")]
fn hardly_any(_: &Path) -> std::io::Result<Room> {
    Ok(Room { left: GIB / 2, total: 200 * GIB })
}

fn unknown(_: &Path) -> std::io::Result<Room> {
    Err(std::io::ErrorKind::Unsupported.into())
}

fn names(bench: &Bench) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(bench.monitor().data_folder().join("backups")) else { return Vec::new() };
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !name.contains("partial"));
    names.sort();
    names
}

#[track_caller]
fn until(what: &str, is_so: impl Fn() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < Duration::from_secs(20), "never: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn start(bench: &Bench, times: Times, room: fn(&Path) -> std::io::Result<Room>) -> (Backups, Arc<Trouble>) {
    let trouble = Arc::new(Trouble::default());
    (Backups::start(bench.monitor(), Arc::clone(&trouble), times, room).unwrap(), trouble)
}

const DAY: i64 = 24 * 3600;

#[test]
fn one_a_day_is_made_and_seven_are_kept() {
    let bench = Bench::new();
    let (backups, trouble) = start(&bench, QUICK, plenty);
    for day in 22..=30 {
        let name = format!("centrepoint-monitor_2026-08-{day}.db");
        until(&name, || names(&bench).contains(&name));
        bench.later(DAY);
    }
    until("the last", || names(&bench).contains(&"centrepoint-monitor_2026-08-31.db".to_owned()));
    until("the eighth to go", || names(&bench).len() == 7);
    backups.finish();
    assert_eq!(names(&bench)[0], "centrepoint-monitor_2026-08-25.db");
    assert_eq!(trouble.words(), None);
    let told = bench.monitor().backups().unwrap();
    assert_eq!((told.count, told.kept), (7, 7));
    assert!(told.folder.ends_with("backups") && told.latest.is_some_and(|latest| latest.bytes > 0));
}

#[test]
fn a_clock_that_is_set_costs_one_more_at_most_and_stops_nothing() {
    let bench = Bench::new();
    let (backups, _) = start(&bench, QUICK, plenty);
    until("today's", || names(&bench).len() == 1);
    bench.later(-400 * DAY);
    until("one of the day the clock shows", || names(&bench).len() == 2);
    bench.later(400 * DAY);
    thread::sleep(Duration::from_millis(200));
    assert_eq!(names(&bench).len(), 2, "today's is there");
    bench.later(DAY);
    until("the next day's", || names(&bench).contains(&"centrepoint-monitor_2026-08-23.db".to_owned()));
    backups.finish();
    assert_eq!(names(&bench).len(), 3);
}

#[test]
fn a_clock_gone_wild_makes_no_more_than_one_each_time_it_may_be_tried() {
    let bench = Bench::new();
    let (backups, _) = start(&bench, Times { again: Duration::from_hours(1), ..QUICK }, plenty);
    until("the first", || names(&bench).len() == 1);
    for _ in 0..20 {
        bench.later(DAY);
        thread::sleep(Duration::from_millis(15));
    }
    backups.finish();
    assert_eq!(names(&bench).len(), 1);
}

#[test]
fn too_little_room_is_said_with_the_latest_and_tried_again() {
    let bench = Bench::new();
    let (backups, trouble) = start(&bench, QUICK, hardly_any);
    until("the warning", || trouble.words().is_some());
    let words = trouble.words().unwrap();
    for part in ["512 MiB is left", "10.0 GiB", "There is no backup yet.", "again every hour"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    backups.finish();
    assert_eq!(names(&bench), Vec::<String>::new());

    let (backups, trouble) = start(&bench, QUICK, unknown);
    until("a backup where nobody can say how full it is", || names(&bench).len() == 1);
    backups.finish();
    assert_eq!(trouble.words(), None);
    bench.later(DAY);
    let (backups, trouble) = start(&bench, QUICK, hardly_any);
    until("the warning", || trouble.words().is_some());
    backups.finish();
    assert!(trouble.words().unwrap().contains("The latest backup is of 2026-08-22."), "{:?}", trouble.words());
}

#[test]
fn what_stands_in_the_way_is_said_until_it_is_gone() {
    let bench = Bench::new();
    let place = bench.monitor().data_folder().join("backups");
    std::fs::write(&place, "in the way").unwrap();
    let (backups, trouble) = start(&bench, QUICK, plenty);
    until("the warning", || trouble.words().is_some());
    let words = trouble.words().unwrap();
    assert!(words.starts_with("No backup could be made today: ") && words.contains("backups"), "{words}");
    std::fs::remove_file(&place).unwrap();
    until("a backup", || names(&bench).len() == 1);
    until("the warning to go", || trouble.words().is_none());
    backups.finish();
}

#[test]
fn it_ends_at_once_while_it_waits() {
    let bench = Bench::new();
    let (backups, _) = start(&bench, TIMES, plenty);
    let since = Instant::now();
    backups.finish();
    assert!(since.elapsed() < Duration::from_secs(2), "{:?}", since.elapsed());
    assert_eq!(names(&bench), Vec::<String>::new(), "and not before some minutes are over");
}
