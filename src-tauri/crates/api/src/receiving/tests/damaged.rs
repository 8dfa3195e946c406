//! A log that is damaged when the receiver opens it.

use super::*;

#[test]
fn a_damaged_log_is_begun_anew_and_said_until_a_person_has_read_it() {
    let bench = Bench::new();
    webhook(&bench, "rome");
    let deliver = |number: usize| {
        let body = format!(r#"{{"uploadId":"{number}","studyId":"189","subjectId":"4","status":"started"}}"#);
        serving(&bench, move |address| assert_eq!(post(address, "rome", &body), "HTTP/1.1 200 OK"));
    };
    for number in 0..5 {
        deliver(number);
    }
    let log = bench.monitor().data_folder().join("log.db");
    let mut bytes = std::fs::read(&log).unwrap();
    bytes[..4096].fill(0x5a);
    std::fs::write(&log, bytes).unwrap();
    deliver(5);
    let monitor = bench.monitor().clone();
    serving(&bench, move |_| {
        let mut looks = 0;
        let notice = loop {
            match monitor.receiver_status().notices.first() {
                Some(notice) if notice.text.contains("5 deliveries were brought over") => break notice.clone(),
                other => assert!(looks < 400, "it is said: {other:?}"),
            }
            looks += 1;
            std::thread::sleep(Duration::from_millis(25));
        };
        assert!(notice.text.contains("log.db.damaged-20260822T140500Z"), "{}", notice.text);
        let all = EventQuery { limit: 10, count: true, ..EventQuery::default() };
        assert_eq!(monitor.events(&all).unwrap().total, Some(6), "and nothing is lost");
        monitor.notices_dismiss(&[notice.id]).unwrap();
        assert!(monitor.receiver_status().notices.is_empty());
    });
    let verdict = bench.monitor().verify(|_, _| ()).unwrap();
    assert!(verdict.differences.is_empty(), "{verdict:?}");
    assert!(verdict.losses.iter().any(|loss| loss.contains("begun anew")), "verify says it for ever: {verdict:?}");
}

#[test]
fn what_a_damaged_log_lost_is_a_time_away_for_ever_and_told_once() {
    let bench = Bench::new();
    webhook(&bench, "rome");
    serving(&bench, |address| assert_eq!(post(address, "rome", "{}"), "HTTP/1.1 200 OK"));
    let log = bench.monitor().data_folder().join("log.db");
    let length = std::fs::read(&log).unwrap().len();
    std::fs::write(&log, vec![0x5a; length]).unwrap();
    for _ in 0..2 {
        let monitor = bench.monitor().clone();
        serving(&bench, move |_| {
            let mut looks = 0;
            let rows = loop {
                match monitor.time_away(10).map(|page| page.rows) {
                    Ok(rows) if !rows.is_empty() => break rows,
                    other => assert!(looks < 400, "it is told: {other:?}"),
                }
                looks += 1;
                std::thread::sleep(Duration::from_millis(25));
            };
            std::thread::sleep(Duration::from_millis(1_500));
            assert_eq!((rows.len(), rows[0].reason.as_str(), &rows[0].from), (1, "damaged", &None), "{rows:?}");
            assert_eq!(rows[0].promise.as_deref(), Some("none"), "it was answered 200");
        });
    }
    let rows = bench.monitor().verify(|_, _| ()).unwrap().rows;
    assert_eq!(rows, 3, "where it begins anew, what was salvaged, what was lost: once");
}
