use rusqlite::Connection;

use super::*;
use crate::fixture::{Fixture, copy_files, lens, page, upload};

fn some(count: usize) -> Vec<NewArrival> {
    (0..count).map(|n| upload(&format!("U{n}"), "7", "started", &format!("d-{n}"), 5)).collect()
}

#[test]
fn what_is_acknowledged_is_in_the_file_for_everyone() {
    let fixture = Fixture::new();
    let log = fixture.log();
    let other = Connection::open(fixture.folder.log()).unwrap();
    for (n, arrival) in some(20).into_iter().enumerate() {
        let body = arrival.body.clone();
        let appended = fixture.runtime.block_on(log.append(arrival)).unwrap();
        assert_eq!(appended.sequence, i64::try_from(n).unwrap() + 1);
        let read: Vec<u8> =
            other.query_row("SELECT body FROM log WHERE sequence = ?", [appended.sequence], |row| row.get(0)).unwrap();
        assert_eq!(read, body);
    }
}

#[test]
fn a_crash_right_after_the_answers_loses_nothing() {
    let fixture = Fixture::new();
    let log = fixture.log();
    fixture.append(&log, some(50));
    let after_crash = Fixture::new();
    copy_files(fixture.temp.path(), after_crash.temp.path());
    let verdict = verify(&after_crash.folder, |_, _| ()).unwrap();
    assert_eq!((verdict.rows, verdict.differences), (50, vec![]));
}

#[test]
fn many_at_once_are_all_kept_and_chained() {
    let fixture = Fixture::new();
    let log = fixture.log();
    let mut sequences: Vec<i64> = fixture.runtime.block_on(async {
        let tasks: Vec<_> = some(1000)
            .into_iter()
            .map(|arrival| {
                let log = log.clone();
                tokio::spawn(async move { log.append(arrival).await.unwrap().sequence })
            })
            .collect();
        let mut sequences = Vec::new();
        for task in tasks {
            sequences.push(task.await.unwrap());
        }
        sequences
    });
    sequences.sort_unstable();
    assert_eq!(sequences, (1..=1000).collect::<Vec<_>>());
    log.close();
    assert!(matches!(fixture.runtime.block_on(log.append(some(1).remove(0))), Err(NotDurable::Closed)));
    let verdict = verify(&fixture.folder, |_, _| ()).unwrap();
    assert_eq!((verdict.rows, verdict.differences), (1000, vec![]));
}

#[test]
fn a_commit_tells_its_newest_row() {
    let fixture = Fixture::new();
    let log = fixture.log();
    let (tell, told) = crossbeam_channel::bounded(100);
    log.on_commit(move |newest| tell.send(newest).unwrap());
    let holder = Connection::open(fixture.folder.log()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    fixture.runtime.block_on(async {
        let tasks: Vec<_> = some(20)
            .into_iter()
            .map(|arrival| {
                let log = log.clone();
                tokio::spawn(async move { log.append(arrival).await.unwrap() })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(100)).await;
        holder.execute_batch("COMMIT").unwrap();
        for task in tasks {
            task.await.unwrap();
        }
    });
    log.close();
    drop(log);
    assert_eq!(told.into_iter().max(), Some(20));
}

#[test]
fn two_writers_share_one_chain() {
    // The command line writes beside a running receiver.
    let fixture = Fixture::new();
    let (first, second) = (fixture.log(), fixture.log());
    for (n, arrival) in some(40).into_iter().enumerate() {
        fixture.append(if n % 3 == 0 { &first } else { &second }, [arrival]);
    }
    first.act(&Action::Note { problem: 1, by: "Ann".to_owned(), text: "looked".to_owned() }).unwrap();
    let verdict = verify(&fixture.folder, |_, _| ()).unwrap();
    assert_eq!((verdict.rows, verdict.differences), (41, vec![]));
}

#[test]
fn a_row_nobody_waits_for_is_not_kept() {
    // Its request was answered 503 already: "nothing was kept" must be true.
    let fixture = Fixture::new();
    let log = fixture.log();
    let holder = Connection::open(fixture.folder.log()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    fixture.runtime.block_on(async {
        let first = {
            let log = log.clone();
            tokio::spawn(async move { log.append(some(1).remove(0)).await })
        };
        // While the writer waits for the lock, the second row waits in the queue; then its request gives up.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let second = {
            let log = log.clone();
            tokio::spawn(async move { log.append(some(2).remove(1)).await })
        };
        tokio::time::sleep(Duration::from_millis(100)).await;
        second.abort();
        let _ = second.await;
        holder.execute_batch("COMMIT").unwrap();
        first.await.unwrap().unwrap();
    });
    log.close();
    assert_eq!(verify(&fixture.folder, |_, _| ()).unwrap().rows, 1);
}

#[test]
fn a_failed_write_keeps_nothing_is_said_and_mends_itself() {
    let fixture = Fixture::new();
    let log = fixture.log();
    fixture.append(&log, some(1));
    let away = fixture.folder.log().with_extension("away");
    std::fs::rename(fixture.folder.log(), &away).unwrap();
    let refused = fixture.runtime.block_on(log.append(some(2).remove(1)));
    assert!(matches!(refused, Err(NotDurable::Failed(_))), "{refused:?}");
    assert!(log.health().is_err());
    std::fs::rename(&away, fixture.folder.log()).unwrap();
    let since = Instant::now();
    while log.health().is_err() {
        assert!(since.elapsed() < Duration::from_secs(30), "it tries again by itself");
        std::thread::sleep(Duration::from_millis(20));
    }
    fixture.append(&log, some(3).drain(2..));
    log.close();
    assert_eq!(verify(&fixture.folder, |_, _| ()).unwrap().rows, 2);
}

#[test]
fn nothing_is_written_into_a_write_ahead_log_that_was_deleted() {
    let fixture = Fixture::new();
    let log = fixture.log();
    fixture.append(&log, some(1));
    // As a program does that takes itself for the last to close the file.
    let other = Connection::open(fixture.folder.log()).unwrap();
    other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let wal = fixture.folder.path().join("log.db-wal");
    let away = wal.with_extension("away");
    std::fs::rename(&wal, &away).unwrap();
    let refused = fixture.runtime.block_on(log.append(some(2).remove(1)));
    assert!(matches!(&refused, Err(NotDurable::Failed(words)) if words.contains("log.db-wal")), "{refused:?}");
    std::fs::rename(&away, &wal).unwrap();
    fixture.append(&log, some(2).drain(1..));
    drop(other);
    log.close();
    assert_eq!(verify(&fixture.folder, |_, _| ()).unwrap().rows, 2);
}

#[test]
fn a_locked_file_is_an_error_and_passes() {
    let fixture = Fixture::new();
    let log = fixture.log();
    let holder = Connection::open(fixture.folder.log()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = fixture.runtime.block_on(log.append(some(1).remove(0)));
    assert!(matches!(&refused, Err(NotDurable::Failed(words)) if words.contains("locked")), "{refused:?}");
    assert!(log.health().is_err());
    holder.execute_batch("COMMIT").unwrap();
    fixture.append(&log, some(1));
    assert!(log.health().is_ok());
    assert_eq!(verify(&fixture.folder, |_, _| ()).unwrap().rows, 1);
}

/// Opens the log for a hand that ignores its triggers.
fn tamper(fixture: &Fixture, sql: &str) -> Vec<String> {
    let log = Connection::open(fixture.folder.log()).unwrap();
    log.execute_batch("DROP TRIGGER log_is_never_changed; DROP TRIGGER log_is_never_deleted").unwrap();
    log.execute_batch(sql).unwrap();
    drop(log);
    verify(&fixture.folder, |_, _| ()).unwrap().differences
}

#[test]
fn a_changed_body_is_found() {
    let fixture = Fixture::with(some(10));
    let found = tamper(
        &fixture,
        "UPDATE log SET body = CAST(replace(CAST(body AS TEXT), 'started', 'stArted') AS BLOB) WHERE sequence = 4",
    );
    assert_eq!(found, ["row 4: the body is not the one that was received"]);
}

#[test]
fn a_changed_column_is_found() {
    for column in [
        "at = at + 1",
        "webhook = 'beta'",
        "authentication = NULL",
        "source_ip = '1.2.3.4'",
        "head = x''",
        "kind = 'action'",
    ] {
        let fixture = Fixture::with(some(10));
        let found = tamper(&fixture, &format!("UPDATE log SET {column} WHERE sequence = 4"));
        assert_eq!(found, ["row 4: it was changed, or the row before it was"], "{column}");
    }
}

#[test]
fn a_removed_row_is_found() {
    let fixture = Fixture::with(some(10));
    assert_eq!(tamper(&fixture, "DELETE FROM log WHERE sequence = 4"), ["row 4 is missing"]);
    assert_eq!(tamper_more(&fixture, "DELETE FROM log WHERE sequence IN (5, 6)"), ["rows 4 to 6 are missing"]);
}

fn tamper_more(fixture: &Fixture, sql: &str) -> Vec<String> {
    Connection::open(fixture.folder.log()).unwrap().execute_batch(sql).unwrap();
    verify(&fixture.folder, |_, _| ()).unwrap().differences
}

#[test]
fn reordered_rows_are_found() {
    let fixture = Fixture::with(some(10));
    let swap = "UPDATE log SET sequence = 99 WHERE sequence = 4; UPDATE log SET sequence = 4 WHERE sequence = 5;
        UPDATE log SET sequence = 5 WHERE sequence = 99";
    let found = tamper(&fixture, swap);
    assert!(found.iter().any(|words| words.starts_with("row 4:")), "{found:?}");
    assert!(found.iter().any(|words| words.starts_with("row 5:")), "{found:?}");
}

#[test]
fn a_damaged_file_is_found() {
    let fixture = Fixture::with(some(200));
    let mut bytes = std::fs::read(fixture.folder.log()).unwrap();
    let middle = bytes.len() / 4096 / 2 * 4096;
    bytes[middle..middle + 4096].fill(0x5a);
    std::fs::write(fixture.folder.log(), bytes).unwrap();
    assert!(!verify(&fixture.folder, |_, _| ()).unwrap().differences.is_empty());
}

#[test]
fn a_folder_without_a_log_is_not_called_sound() {
    let fixture = Fixture::new();
    let refused = verify(&fixture.folder, |_, _| ()).unwrap_err().to_string();
    assert!(refused.contains("is it the right folder"), "{refused}");
}

#[test]
fn a_log_cut_short_is_found_by_the_view_beside_it() {
    let fixture = Fixture::with(some(9));
    fixture.history().events(&page(""), &lens()).unwrap();
    assert!(verify(&fixture.folder, |_, _| ()).unwrap().differences.is_empty());
    let found = tamper(&fixture, "DELETE FROM log WHERE sequence > 7");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("rows up to 9"), "{found:?}");
}

#[test]
fn a_reader_that_never_stops_makes_the_write_ahead_log_grow_and_that_is_known() {
    let fixture = Fixture::new();
    let lock = fixture.folder.claim_receiver().unwrap();
    let log = Log::open_to_receive(&fixture.folder, &lock, Fixture::clock()).unwrap();
    fixture.append(&log, some(1));
    let size = || std::fs::metadata(fixture.folder.path().join("log.db-wal")).unwrap().len();
    let large = |n: usize| crate::fixture::arrival("upload", &format!("l-{n}"), 5, &"x".repeat(4 * 1024 * 1024));
    let until = |what: &str, holds: &dyn Fn() -> bool| {
        let since = Instant::now();
        while !holds() {
            assert!(since.elapsed() < Duration::from_mins(1), "{what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    fixture.append(&log, (0..30).map(large));
    until("without a reader it is bounded", &|| size() < 96 * 1024 * 1024 && log.held_back().is_none());

    let reader = Connection::open(fixture.folder.log()).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM log").unwrap();
    fixture.append(&log, (30..60).map(large));
    until("it is known that somebody holds it", &|| log.held_back().is_some_and(|bytes| bytes > 96 * 1024 * 1024));
    fixture.append(&log, some(2).drain(1..));
    assert!(log.health().is_ok(), "and receiving goes on");

    reader.execute_batch("COMMIT").unwrap();
    until("and once nobody reads, it is emptied", &|| log.held_back().is_none() && size() < 96 * 1024 * 1024);
    log.close();
    assert_eq!(verify(&fixture.folder, |_, _| ()).unwrap().differences, Vec::<String>::new());
}

#[test]
fn a_check_does_not_let_the_write_ahead_log_grow_with_what_arrives_meanwhile() {
    let fixture = Fixture::with(some(3_000));
    let log = fixture.log();
    let size = || std::fs::metadata(fixture.folder.path().join("log.db-wal")).unwrap().len();
    let large = |n: usize| crate::fixture::arrival("upload", &format!("l-{n}"), 5, &"x".repeat(4 * 1024 * 1024));
    let (mut looks, mut largest) = (0, 0);
    let verdict = verify(&fixture.folder, |_, _| {
        // 16 MiB each time: 96 in all.
        fixture.append(&log, (looks * 4..looks * 4 + 4).map(large));
        looks += 1;
        largest = largest.max(size());
    });
    let verdict = verdict.unwrap();
    log.close();
    assert_eq!((verdict.rows, verdict.differences), (3_000, vec![]), "what was there when it began");
    assert!(looks >= 6 && largest < 48 * 1024 * 1024, "{looks} looks, {largest} bytes");
}
