//! A view that is derived anew, in whatever steps, and after whatever happened to it.

use super::*;

#[test]
fn a_deleted_view_is_derived_anew_and_equal() {
    let fixture = Fixture::with(story());
    fixture.act(&Action::Acknowledge { problem: 3, by: "Ann".to_owned(), note: None });
    fixture.act(&snooze(3, NOW));
    let before = content_digest(&fixture.folder).unwrap();
    for name in ["view.db", "view.db-wal", "view.db-shm"] {
        let _ = std::fs::remove_file(fixture.temp.path().join(name));
    }
    assert_eq!(content_digest(&fixture.folder).unwrap(), before);
    let mut seen = Vec::new();
    assert_eq!(rebuild(&fixture.folder, |done, all| seen.push((done, all))).unwrap(), 15);
    assert_eq!(seen.last(), Some(&(15, 15)));
    assert_eq!(content_digest(&fixture.folder).unwrap(), before);
}

#[test]
fn rebuild_refuses_beside_a_receiver() {
    let fixture = Fixture::with(story());
    let _receiver = fixture.folder.claim_receiver().unwrap();
    assert!(matches!(rebuild(&fixture.folder, |_, _| ()), Err(StoreError::StopReceiverFirst)));
}

#[test]
fn a_damaged_view_is_derived_anew() {
    for how in ["garbage", "cut to nothing", "cut in half", "a page zeroed", "half zeroed"] {
        let fixture =
            Fixture::with((0..300).map(|n| upload(&format!("{n}"), "7", "error", &format!("d-{n}"), 500 - n)));
        let before = content_digest(&fixture.folder).unwrap();
        spoil(&fixture, how);
        // Every table is read: a question that met no damage may be answered from what is sound.
        assert_eq!(content_digest(&fixture.folder).unwrap(), before, "{how}");
        assert_eq!(fixture.history().events(&page("error"), &lens()).unwrap().rows.len(), 300, "{how}");
    }
}

#[test]
fn a_view_of_another_log_or_version_is_derived_anew() {
    let fixture = Fixture::with(story());
    derive(&fixture, 100);
    let other = Fixture::with((0..20).map(|n| upload(&format!("{n}"), "7", "started", &format!("d-{n}"), 5)));
    std::fs::copy(fixture.folder.view(), other.folder.view()).unwrap();
    assert_eq!(other.history().events(&page(""), &lens()).unwrap().rows.len(), 20);

    let before = content_digest(&fixture.folder).unwrap();
    Connection::open(fixture.folder.view())
        .unwrap()
        .execute_batch("PRAGMA user_version = 999; DELETE FROM events")
        .unwrap();
    assert_eq!(content_digest(&fixture.folder).unwrap(), before);
}

/// Makes a log of arrivals and actions from small numbers.
fn any_log() -> impl Strategy<Value = Vec<(u8, u8, u8, u8)>> {
    proptest::collection::vec((0..13_u8, 0..3_u8, 0..3_u8, 0..12_u8), 0..60)
}

fn write_log(fixture: &Fixture, entries: &[(u8, u8, u8, u8)]) {
    let log = fixture.log();
    for (n, (what, id, subject, extra)) in entries.iter().enumerate() {
        let (id, subject, minutes) = (format!("u{id}"), format!("s{subject}"), 600 - i64::try_from(n).unwrap() * 7);
        let delivery = if *extra == 0 { String::new() } else { format!("d-{extra}") };
        let problem = i64::from(*extra) + 1;
        let by = "Ann".to_owned();
        let act = |action: Action| log.act(&action).map(drop).unwrap();
        match what {
            0 => drop(fixture.append(&log, [upload(&id, &subject, "started", &delivery, minutes)])),
            1 | 2 => drop(fixture.append(&log, [upload(&id, &subject, "completed", &delivery, minutes)])),
            3 | 4 => drop(fixture.append(&log, [upload(&id, &subject, "error", &delivery, minutes)])),
            5 => drop(fixture.append(&log, [arrival("upload", &delivery, minutes, &format!("no json {id}"))])),
            6 => drop(fixture.append(
                &log,
                [arrival(
                    "raw_processing_complete",
                    &delivery,
                    minutes,
                    &format!(
                        r#"{{"status":"{}","study_id":1,"subject_id":"{subject}","subject_identifier":"L{extra}"}}"#,
                        if *extra % 2 == 0 { "Error" } else { "Completed" }
                    ),
                )],
            )),
            7 => act(Action::Acknowledge { problem, by, note: Some(id) }),
            8 => act(Action::Resolve { problem, by, note: None }),
            9 => act(Action::Snooze { problem, by, until: jiff::Timestamp::from_microsecond(NOW).unwrap() }),
            10 => act(Action::Contact { problem, by, text: id, follow_up: Some(jiff::civil::date(2026, 8, 27)) }),
            11 => act(Action::Wake { problem, by }),
            _ => act(Action::TakeBack { problem, by }),
        }
    }
    log.close();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_same_log_gives_the_same_view_however_it_is_batched(entries in any_log(), rows in 1..9_usize) {
        let fixture = Fixture::new();
        write_log(&fixture, &entries);
        derive(&fixture, 10_000);
        let whole = content_digest(&fixture.folder).unwrap();
        std::fs::remove_file(fixture.folder.view()).unwrap();
        derive(&fixture, rows);
        prop_assert_eq!(content_digest(&fixture.folder).unwrap(), whole);
    }
}

/// Not a test by itself: what [`a_projector_killed_anywhere_goes_on_where_it_was`] starts and kills.
#[test]
fn child_that_derives_slowly() {
    let Some(folder) = std::env::var_os("STORE_TEST_CHILD_FOLDER") else { return };
    let folder = crate::DataFolder::open(std::path::Path::new(&folder)).unwrap();
    let lock = loop {
        if let Some(lock) = folder.try_claim_projector().unwrap() {
            break lock;
        }
    };
    let mut deriver = Deriver::open(&folder, lock).unwrap();
    while deriver.step(Limits { rows: 3, bytes: usize::MAX }).unwrap().is_some() {}
}

#[test]
fn a_projector_killed_anywhere_goes_on_where_it_was() {
    let count = 900;
    let kinds = ["started", "error", "completed"];
    let fixture = Fixture::with((0..count).map(|n| {
        let status = kinds[usize::try_from(n % 3).unwrap()];
        upload(&format!("u{}", n / 5), &format!("s{}", n % 11), status, &format!("d-{}", n - n % 2), 5)
    }));
    derive(&fixture, 10_000);
    let whole = content_digest(&fixture.folder).unwrap();
    std::fs::remove_file(fixture.folder.view()).unwrap();
    let mut killed = 0;
    for pause in (1..200).map(|n| Duration::from_millis(n * 3 % 47 + 5)) {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "view::tests::anew::child_that_derives_slowly"])
            .env("STORE_TEST_CHILD_FOLDER", fixture.temp.path())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(pause);
        let ended = child.try_wait().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        if ended.is_some() {
            break;
        }
        killed += 1;
    }
    assert!(killed > 0, "at least one child was killed while it worked");
    assert_eq!(content_digest(&fixture.folder).unwrap(), whole);
}
