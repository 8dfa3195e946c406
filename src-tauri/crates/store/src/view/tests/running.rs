//! A projector at work: what it tells, and what may happen under it.

use super::*;

/// What a running projector told, in order.
fn listening() -> (mpsc::Receiver<Change>, impl Fn(&Change) + Send + 'static) {
    let (sender, receiver) = mpsc::sync_channel(1000);
    (receiver, move |change: &Change| drop(sender.try_send(change.clone())))
}

/// Waits until `holds` does, or fails.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < Duration::from_mins(1), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn the_projector_follows_and_tells_what_opened() {
    let fixture = Fixture::new();
    let log = fixture.log();
    let (told, listen) = listening();
    let projector = Projector::start(&fixture.folder, &log, listen).unwrap();
    fixture.append(
        &log,
        [
            upload("1", "7", "started", "d-1", 5),
            upload("1", "7", "error", "d-2", 4),
            upload("1", "7", "error", "d-3", 3),
        ],
    );
    let mut opened = Vec::new();
    eventually("it gets to the third row", || {
        let change = told.recv_timeout(Duration::from_secs(30)).unwrap();
        opened.extend(change.opened.clone());
        change.sequence == 3 && change.behind == 0
    });
    assert_eq!(opened, [Opening { problem: 2, sequence: 2 }], "an error again opens nothing");
    let history = fixture.history();
    let since: Vec<_> =
        history.openings_since(0, 10).unwrap().into_iter().map(|(opening, row)| (opening.sequence, row.id)).collect();
    assert_eq!(since, [(2, 2)]);
    assert_eq!(history.openings_since(2, 10).unwrap().len(), 0);
    projector.stop();
    // Whatever was committed while it was away is told at the next start.
    fixture.append(&log, [upload("2", "8", "error", "d-4", 2)]);
    let (told, listen) = listening();
    let projector = Projector::start(&fixture.folder, &log, listen).unwrap();
    assert_eq!(told.recv_timeout(Duration::from_secs(30)).unwrap().opened, [Opening { problem: 4, sequence: 4 }]);
    projector.stop();
}

#[test]
fn the_projector_notices_what_another_process_wrote() {
    let fixture = Fixture::new();
    let log = fixture.log();
    let (told, listen) = listening();
    let projector = Projector::start(&fixture.folder, &log, listen).unwrap();
    let foreign = fixture.log();
    fixture.append(&foreign, [upload("1", "7", "error", "d-1", 5)]);
    eventually("it sees the foreign row", || told.recv_timeout(Duration::from_secs(30)).unwrap().sequence == 1);
    projector.stop();
}

#[test]
fn a_view_deleted_or_spoilt_under_a_running_projector_comes_back() {
    let fixture = Fixture::new();
    let log = fixture.log();
    fixture.append(&log, story());
    let whole = content_digest(&fixture.folder).unwrap();
    let changes = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&changes);
    let projector = Projector::start(&fixture.folder, &log, move |_| *counted.lock().unwrap() += 1).unwrap();
    let history = fixture.history();
    assert_eq!(history.events(&page(""), &lens()).unwrap().rows.len(), 12);
    for name in ["view.db", "view.db-wal", "view.db-shm"] {
        let _ = std::fs::remove_file(fixture.temp.path().join(name));
    }
    eventually("the view is there again", || fixture.folder.view().exists());
    assert_eq!(content_digest(&fixture.folder).unwrap(), whole);
    mark_damaged(&fixture.folder);
    assert_eq!(history.events(&page(""), &lens()).unwrap().rows.len(), 12);
    assert!(!fixture.folder.damage_mark().exists(), "the mark is taken away");
    fixture.append(&log, [upload("99", "7", "error", "d-99", 1)]);
    assert_eq!(history.events(&page(""), &lens()).unwrap().rows.len(), 13);
    projector.stop();
}

#[test]
fn two_projectors_take_turns() {
    let fixture = Fixture::new();
    let (first_log, second_log) = (fixture.log(), fixture.log());
    let first = Projector::start(&fixture.folder, &first_log, |_| ()).unwrap();
    let (told, listen) = listening();
    let second = Projector::start(&fixture.folder, &second_log, listen).unwrap();
    fixture.append(&first_log, [upload("1", "7", "error", "d-1", 5)]);
    assert_eq!(fixture.history().events(&page(""), &lens()).unwrap().rows.len(), 1);
    assert!(told.try_recv().is_err(), "the second has nothing to say yet");
    first.stop();
    eventually("the second takes over", || told.recv_timeout(Duration::from_secs(30)).unwrap().sequence == 1);
    second.stop();
}
