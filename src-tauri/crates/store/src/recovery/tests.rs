//! Damage of every kind done to real files, and what is left afterwards.

use std::time::{Duration, Instant};

use super::*;
use crate::fixture::{Fixture, copy_files, lens, page};
use crate::log::{Verdict, verify};
use crate::{Log, NewArrival, Projector};

fn some(count: usize) -> Vec<NewArrival> {
    (0..count).map(|n| upload(&format!("U{n}"), "7", "started", &format!("d-{n}"), 500 - n)).collect()
}

fn upload(upload: &str, subject: &str, status: &str, delivery: &str, minutes_ago: usize) -> NewArrival {
    crate::fixture::upload(upload, subject, status, delivery, i64::try_from(minutes_ago).unwrap())
}

type Row = (i64, i64, String, Option<String>, Option<String>, Option<String>, Vec<u8>, Option<Vec<u8>>, Vec<u8>);

/// Like `assert_eq`, but says only the numbers.
fn same(left: &[Row], right: &[Row], why: &str) {
    let only = |these: &[Row], those: &[Row]| -> Vec<i64> {
        these.iter().filter(|row| !those.contains(row)).map(|row| row.0).collect()
    };
    assert_eq!((only(left, right), only(right, left)), (vec![], vec![]), "{why}");
    assert_eq!(left.len(), right.len(), "{why}");
}

/// Everything of the log but its chain and what the program itself says in it.
fn rows(path: &Path) -> Vec<Row> {
    let log = Connection::open(path).unwrap();
    let mut statement = log
        .prepare(
            "SELECT sequence, at, kind, webhook, authentication, source_ip, body_sha256, head, body FROM log
             WHERE CAST(body AS TEXT) NOT LIKE '%log_begun%' AND CAST(body AS TEXT) NOT LIKE '%log_salvaged%'
             ORDER BY sequence",
        )
        .unwrap();
    let all = statement.query_map([], |row| {
        Ok((
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
            row.get(5)?,
            row.get(6)?,
            row.get(7)?,
            row.get(8)?,
        ))
    });
    all.unwrap().map(Result::unwrap).collect()
}

fn overwrite(path: &Path, at: usize, bytes: &[u8]) {
    use std::os::unix::fs::FileExt as _;
    std::fs::File::options().write(true).open(path).unwrap().write_all_at(bytes, at as u64).unwrap();
}

/// Opens the log as a receiver does.
fn receive(fixture: &Fixture) -> Log {
    let lock = fixture.folder.claim_receiver().unwrap();
    Log::open_to_receive(&fixture.folder, &lock, Fixture::clock()).unwrap()
}

fn state(fixture: &Fixture) -> State {
    State::open(&fixture.folder).unwrap()
}

fn damages(fixture: &Fixture) -> Vec<Damage> {
    state(fixture).damages().unwrap()
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(since.elapsed() < Duration::from_secs(30), "{what} did not come about");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What became of the one damage, once it is over.
fn over(fixture: &Fixture) -> (PathBuf, i64, crate::state::Salvaged) {
    until("the salvage", || {
        let mut damages = damages(fixture);
        assert!(damages.len() <= 1, "{damages:?}");
        match damages.pop()?.outcome {
            Outcome::SetAside { file: Some(file), begun: Some(begun), salvaged: Some(salvaged) } => {
                Some((fixture.folder.path().join(file), begun, salvaged))
            }
            _ => None,
        }
    })
}

fn sound(fixture: &Fixture) -> Verdict {
    let verdict = verify(&fixture.folder, |_, _| ()).unwrap();
    assert_eq!(verdict.differences, Vec::<String>::new());
    assert!(!verdict.losses.is_empty(), "the loss is said");
    verdict
}

/// `count` rows, closed; then `harm` to the file.
fn harmed(count: usize, harm: impl FnOnce(&Path)) -> (Fixture, Vec<Row>, Vec<u8>) {
    let fixture = Fixture::with(some(count));
    let before = rows(&fixture.folder.log());
    harm(&fixture.folder.log());
    let bytes = std::fs::read(fixture.folder.log()).unwrap();
    (fixture, before, bytes)
}

/// Receives once more; what the log holds in the end, the damaged file and the new delivery's row aside.
fn survivors(fixture: &Fixture, bytes: &[u8]) -> (Vec<Row>, i64, crate::state::Salvaged) {
    let marked = fixture.folder.log_mark().exists();
    let log = receive(fixture);
    if marked {
        // Found beside receiving: until then, the damaged log is written on.
        over(fixture);
    }
    let new = fixture.append(&log, [upload("new", "7", "started", "new", 0)])[0];
    let (aside, begun, salvaged) = over(fixture);
    log.close();
    assert_eq!(std::fs::read(&aside).unwrap(), bytes, "the damaged file keeps every byte");
    assert!(new > begun, "numbers go on behind everything the damaged log may have given: {new} > {begun}");
    let verdict = sound(fixture);
    assert!(verdict.losses.iter().any(|words| words.contains("log.db.damaged-20260822T")), "{verdict:?}");
    let mut left = rows(&fixture.folder.log());
    assert_eq!(left.pop().unwrap().0, new, "what arrived meanwhile is there, and stands last");
    assert_eq!(left.len(), usize::try_from(salvaged.deliveries).unwrap());
    (left, new, salvaged)
}

#[test]
fn a_first_page_written_over_costs_no_row() {
    let (fixture, before, bytes) = harmed(300, |log| overwrite(log, 0, &[0x5a; 4096]));
    let (left, ..) = survivors(&fixture, &bytes);
    same(&left, &before, "each row with its number, its time and its bytes");
    let events = fixture.history().events(&page(""), &lens()).unwrap();
    assert_eq!(events.rows.len(), 301, "and the view has them");
    let copies = std::fs::read_dir(fixture.folder.path()).unwrap();
    let copies: Vec<_> = copies.map(|entry| entry.unwrap().file_name()).collect();
    assert!(!copies.iter().any(|name| name.to_string_lossy().contains("reading")), "{copies:?}");
}

#[test]
fn a_log_cut_short_keeps_what_is_left_of_it() {
    let cut = |log: &Path| {
        let file = std::fs::File::options().write(true).open(log).unwrap();
        file.set_len(file.metadata().unwrap().len() / 4096 / 2 * 4096 + 100).unwrap();
    };
    let (fixture, before, bytes) = harmed(300, cut);
    let (left, _, salvaged) = survivors(&fixture, &bytes);
    assert!(left.len() > 100 && left.len() < 300, "{}", left.len());
    same(&left, &before[..left.len()], "everything up to where it ends");
    let missing = salvaged.missing.unwrap();
    assert_eq!((missing.from, missing.to), (Some(left.last().unwrap().1), crate::fixture::NOW));
}

#[test]
fn one_bad_page_in_the_middle_costs_only_its_rows() {
    let mut page = 0;
    let (fixture, before, bytes) = harmed(300, |log| {
        page = std::fs::read(log).unwrap().len() / 4096 / 2 * 4096;
        overwrite(log, page, &[0x5a; 4096]);
    });
    // The quick look at the start does not see it, a reader does.
    std::fs::write(fixture.folder.log_mark(), "").unwrap();
    let (left, _, salvaged) = survivors(&fixture, &bytes);
    let lost: Vec<&Row> = before.iter().filter(|row| !left.contains(row)).collect();
    assert!(!lost.is_empty() && lost.len() < 20, "{}", lost.len());
    let missing = salvaged.missing.unwrap();
    assert!(missing.from.unwrap() < lost[0].1 && lost.last().unwrap().1 < missing.to, "{missing:?}");
    assert!(missing.to < before.last().unwrap().1, "only that time: {missing:?}");
    let words = sound(&fixture).losses.join("\n");
    let (begin, end) = (lost[0].0, lost.last().unwrap().0);
    assert!(words.contains(&format!("rows {begin} to {end} are missing")), "{words}");
}

#[test]
fn what_lies_in_the_write_ahead_log_is_salvaged_with_it() {
    let fixture = Fixture::new();
    let log = fixture.log();
    fixture.append(&log, some(60));
    let crashed = Fixture::new();
    copy_files(fixture.temp.path(), crashed.temp.path());
    assert!(beside(&crashed.folder.log(), "-wal").metadata().unwrap().len() > 100_000, "nothing is in the file yet");
    // Two pages, and both are damaged: the first in the write-ahead log, too.
    overwrite(&crashed.folder.log(), 0, b"this is no database");
    let bytes = std::fs::read(crashed.folder.log()).unwrap();
    let wal = std::fs::read(beside(&crashed.folder.log(), "-wal")).unwrap();
    drop(std::fs::remove_file(beside(&crashed.folder.log(), "-shm")));
    let before = rows(&fixture.folder.log());
    if look(&crashed.folder).is_none() {
        // The first page stands in the write-ahead log: nothing is lost at all.
        let left = receive(&crashed);
        left.close();
        same(&rows(&crashed.folder.log()), &before, "nothing is lost");
        return;
    }
    let (left, ..) = survivors(&crashed, &bytes);
    same(&left, &before, "nothing is lost");
    let (aside, ..) = over(&crashed);
    assert_eq!(std::fs::read(beside(&aside, "-wal")).unwrap(), wal);
}

#[test]
fn a_file_of_something_else_is_set_aside_and_receiving_begins_at_once() {
    let (fixture, _, bytes) = harmed(20, |log| std::fs::write(log, "this is no database").unwrap());
    let (left, _, salvaged) = survivors(&fixture, &bytes);
    assert!(left.is_empty());
    assert_eq!(salvaged.missing.unwrap().from, None, "anything may be missing");
}

#[test]
fn a_log_that_is_gone_or_empty_is_not_begun_in_silence() {
    for empty in [true, false] {
        let fixture = Fixture::with(some(9));
        fixture.history().events(&page(""), &lens()).unwrap();
        if empty {
            std::fs::write(fixture.folder.log(), "").unwrap();
        } else {
            std::fs::remove_file(fixture.folder.log()).unwrap();
        }
        let log = receive(&fixture);
        let new = fixture.append(&log, some(1))[0];
        assert!(new > 9, "no number is given twice: {new}");
        until("its end", || match &damages(&fixture)[..] {
            [Damage { outcome: Outcome::SetAside { salvaged: Some(_), .. }, .. }] => Some(()),
            _ => None,
        });
        log.close();
        sound(&fixture);
    }
    let fresh = Fixture::new();
    receive(&fresh).close();
    assert!(damages(&fresh).is_empty(), "a new folder is no loss");
}

#[test]
fn damage_met_while_writing_costs_no_delivery() {
    let fixture = Fixture::new();
    let log = receive(&fixture);
    fixture.append(&log, some(300));
    // All of it into the file, then the page that is written next is spoilt.
    let other = Connection::open(fixture.folder.log()).unwrap();
    other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(other);
    let length = std::fs::metadata(fixture.folder.log()).unwrap().len();
    for page in 1..length / 4096 {
        overwrite(&fixture.folder.log(), usize::try_from(page).unwrap() * 4096, &[0x5a; 4096]);
    }
    // Another writer's commit makes this one read its pages anew.
    overwrite(&fixture.folder.log(), 24, &[9; 4]);
    let appended = fixture.runtime.block_on(log.append(upload("new", "7", "started", "new", 0)));
    let new = appended.expect("it is kept, in the log that was begun anew").sequence;
    over(&fixture);
    log.close();
    assert_eq!(rows(&fixture.folder.log()).last().unwrap().0, new);
    sound(&fixture);
}

#[test]
fn a_setting_aside_goes_on_wherever_it_was_interrupted() {
    for step in 0..5 {
        let (fixture, before, bytes) = harmed(300, |log| overwrite(log, 0, &[0x5a; 4096]));
        let clock = Fixture::clock();
        let state = state(&fixture);
        let name = free_name(&fixture.folder, "log.db", &*clock);
        let damage = state.note_set_aside(crate::fixture::NOW, "it is damaged", Some(&name)).unwrap();
        let aside = fixture.folder.path().join(&name);
        if step >= 1 {
            move_aside(&fixture.folder, &fixture.folder.log(), &aside).unwrap();
        }
        if step >= 2 {
            // A new log that did not get its name yet.
            std::fs::write(fixture.folder.path().join("log.db.begun"), "half a file").unwrap();
        }
        if step >= 3 {
            begin(&fixture.folder, &state, Some(&aside), &damage, &*clock).unwrap();
        }
        if step >= 4 {
            let damage = state.interrupted().unwrap().unwrap();
            carry_on(&fixture.folder, &state, &damage, &*clock).unwrap();
            // Stopped after the first rows.
            let log = fixture.log();
            let turns = std::cell::Cell::new(0);
            let stopped = || turns.replace(turns.get() + 1) > 0;
            let damage = state.unsalvaged().unwrap().unwrap();
            assert_eq!(salvage(&fixture.folder, &log, &damage, &stopped).unwrap(), None);
            log.close();
        }
        drop(state);
        let (left, ..) = survivors(&fixture, &bytes);
        same(&left, &before, &format!("interrupted at step {step}"));
    }
}

#[test]
fn a_row_changed_by_a_foreign_hand_is_said_and_nothing_is_touched() {
    let fixture = Fixture::with(some(20));
    let log = Connection::open(fixture.folder.log()).unwrap();
    log.execute_batch("DROP TRIGGER log_is_never_changed; UPDATE log SET source_ip = '1.2.3.4' WHERE sequence = 4")
        .unwrap();
    drop(log);
    for _ in 0..2 {
        std::fs::write(fixture.folder.log_mark(), "look now").unwrap();
        let log = receive(&fixture);
        until("the check", || (!fixture.folder.log_mark().exists()).then_some(()));
        assert_eq!(fixture.append(&log, some(1)).len(), 1, "the log goes on");
        let found = until("what it found", || Some(damages(&fixture)).filter(|damages| !damages.is_empty()));
        log.close();
        assert_eq!(found.len(), 1, "said once: {found:?}");
        assert!(found[0].reason.contains("row 4"), "{found:?}");
        assert_eq!(found[0].outcome, Outcome::GoesOn);
    }
    assert_eq!(verify(&fixture.folder, |_, _| ()).unwrap().differences.len(), 1, "and verify says it as before");
    let state = state(&fixture);
    let ids: Vec<i64> = state.damages().unwrap().iter().map(|damage| damage.id).collect();
    assert_eq!(state.dismiss_damages(&ids, 5).unwrap(), 1);
    assert!(state.damages().unwrap().is_empty(), "a person has read it");
    assert!(!state.note_changed(6, &found_reason(&fixture)).unwrap(), "and is not told of the same again");
}

fn found_reason(fixture: &Fixture) -> String {
    verify(&fixture.folder, |_, _| ()).unwrap().differences.remove(0)
}

#[test]
fn rows_that_did_not_fit_their_chain_are_not_made_sound_by_a_salvage() {
    let (fixture, _, _) = harmed(300, |path| {
        let log = Connection::open(path).unwrap();
        let change = "DROP TRIGGER log_is_never_changed; UPDATE log SET webhook = 'beta' WHERE sequence = 40";
        log.execute_batch(change).unwrap();
        drop(log);
        overwrite(path, 0, &[0x5a; 4096]);
    });
    let log = receive(&fixture);
    over(&fixture);
    log.close();
    let found = verify(&fixture.folder, |_, _| ()).unwrap().differences;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("row 40"), "{found:?}");
}

#[test]
fn a_salvaged_row_taken_out_later_is_missed() {
    for which in ["sequence = 5", "sequence BETWEEN 290 AND 300"] {
        let (fixture, _, bytes) = harmed(300, |log| overwrite(log, 0, &[0x5a; 4096]));
        survivors(&fixture, &bytes);
        let log = Connection::open(fixture.folder.log()).unwrap();
        log.execute_batch(&format!("DROP TRIGGER log_is_never_deleted; DELETE FROM log WHERE {which}")).unwrap();
        drop(log);
        assert!(!verify(&fixture.folder, |_, _| ()).unwrap().differences.is_empty(), "{which}");
    }
}

#[test]
fn a_second_damage_keeps_what_the_first_left() {
    let (fixture, before, bytes) = harmed(300, |log| overwrite(log, 0, &[0x5a; 4096]));
    survivors(&fixture, &bytes);
    let first = rows(&fixture.folder.log());
    overwrite(&fixture.folder.log(), 0, &[0x5a; 4096]);
    let log = receive(&fixture);
    until("the second salvage", || {
        matches!(&damages(&fixture)[..], [_, Damage { outcome: Outcome::SetAside { salvaged: Some(_), .. }, .. }])
            .then_some(())
    });
    log.close();
    same(&rows(&fixture.folder.log()), &first, "everything the first left");
    same(&first[..300], &before, "and everything before that");
    sound(&fixture);
    let set_aside = std::fs::read_dir(fixture.folder.path()).unwrap();
    let set_aside = set_aside.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name().to_string_lossy().into_owned();
        name.starts_with("log.db.damaged-") && !name.ends_with("-wal") && !name.ends_with("-shm")
    });
    assert_eq!(set_aside.count(), 2, "neither took the other's name in the same second");
}

#[test]
fn a_log_of_a_later_version_is_not_called_damaged() {
    let fixture = Fixture::with(some(2));
    Connection::open(fixture.folder.log()).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let lock = fixture.folder.claim_receiver().unwrap();
    let refused = Log::open_to_receive(&fixture.folder, &lock, Fixture::clock()).map(|_| ()).unwrap_err();
    assert!(matches!(refused, StoreError::Newer { .. }), "{refused}");
    assert!(damages(&fixture).is_empty());
}

#[test]
fn an_older_log_put_in_place_is_said() {
    // A backup put back, or the newest rows cut off: whoever did not do it wants to know.
    let fixture = Fixture::with(some(5));
    let old = std::fs::read(fixture.folder.log()).unwrap();
    let log = fixture.log();
    fixture.append(&log, some(9).into_iter().skip(5));
    log.close();
    fixture.history().events(&page(""), &lens()).unwrap();
    std::fs::write(fixture.folder.log(), old).unwrap();
    receive(&fixture).close();
    let found = damages(&fixture);
    assert!(found[0].reason.contains("rows up to 9"), "{found:?}");
}

#[test]
fn the_view_under_a_projector_has_what_was_salvaged() {
    let (fixture, _, _) = harmed(300, |log| overwrite(log, 0, &[0x5a; 4096]));
    let log = receive(&fixture);
    let projector = Projector::start(&fixture.folder, &log, |_| ()).unwrap();
    let history = fixture.history();
    fixture.append(&log, [upload("new", "7", "started", "new", 0)]);
    over(&fixture);
    until("all events", || {
        let events = history.events(&page(""), &lens()).ok()?;
        (events.rows.len() == 301).then_some(())
    });
    log.close();
    projector.stop();
}

#[test]
fn a_log_whose_middle_cannot_be_read_does_not_rebuild_the_view_for_ever() {
    let (fixture, ..) = harmed(300, |log| {
        let middle = std::fs::read(log).unwrap().len() / 4096 / 2 * 4096;
        overwrite(log, middle, &[0x5a; 4096]);
    });
    let log = receive(&fixture);
    // The projector meets the page, leaves word, and the receiver sets the log aside.
    let projector = Projector::start(&fixture.folder, &log, |_| ()).unwrap();
    let (_, _, salvaged) = over(&fixture);
    assert!(salvaged.deliveries > 250 && salvaged.deliveries < 300, "{salvaged:?}");
    let history = fixture.history();
    until("the view", || {
        let rows = history.events(&page(""), &lens()).ok()?.rows.len();
        (i64::try_from(rows).unwrap() == salvaged.deliveries).then_some(())
    });
    log.close();
    projector.stop();
}
