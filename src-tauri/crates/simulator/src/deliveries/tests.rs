use std::collections::{BTreeMap, BTreeSet, HashMap};

use centrepoint::{Event, EventKind, event};
use proptest::prelude::*;

use super::*;

fn stream(scenario: Scenario, seed: u64) -> impl Iterator<Item = Delivery> {
    deliveries(scenario, seed, "189", "2026-08-22T08:00:00Z".parse().unwrap())
}

fn read(delivery: &Delivery) -> Event {
    event::read(Some(delivery.event), &delivery.body).unwrap()
}

const ALL: [Scenario; 4] = [Scenario::Day, Scenario::Errors, Scenario::Burst, Scenario::Silence];

#[test]
fn the_same_seed_gives_the_same_stream_and_another_gives_another() {
    for scenario in ALL {
        let first: Vec<_> = stream(scenario, 7).take(300).collect();
        assert_eq!(first, stream(scenario, 7).take(300).collect::<Vec<_>>());
        assert_ne!(first, stream(scenario, 8).take(300).collect::<Vec<_>>());
    }
}

#[test]
fn all_five_kinds_come_and_each_reads_as_what_it_says_it_is() {
    for scenario in ALL {
        let mut kinds = BTreeSet::new();
        for delivery in stream(scenario, 1).take(400) {
            let event = read(&delivery);
            assert!(!matches!(event.kind, EventKind::Unknown(_)), "{}", delivery.event);
            assert_eq!(event::read(None, &delivery.body).unwrap().kind, event.kind, "the fields alone tell the kind");
            assert_eq!(event.study_id.as_deref(), Some("189"));
            assert!(event.subject_id.is_some());
            kinds.insert(delivery.event);
        }
        assert_eq!(kinds.len(), 5, "{scenario}: {kinds:?}");
    }
}

#[test]
fn ids_are_strings_in_an_upload_and_numbers_elsewhere() {
    for delivery in stream(Scenario::Day, 1).take(200) {
        let body: serde_json::Value = serde_json::from_slice(&delivery.body).unwrap();
        if delivery.event == "upload" {
            assert!(body["uploadId"].is_string() && body["studyId"].is_string() && body["subjectId"].is_string());
        } else {
            let study = body.get("study_id").or(body.get("studyId")).unwrap();
            let subject = body.get("subject_id").or(body.get("subjectId")).unwrap();
            assert!(study.is_u64() && subject.is_u64(), "{body}");
        }
    }
    let id = |text| serde_json::to_string(&Id(text)).unwrap();
    assert_eq!(
        [id("189"), id("0189"), id("A-1"), id("99999999999999999999")],
        ["189", r#""0189""#, r#""A-1""#, r#""99999999999999999999""#]
    );
}

#[test]
fn times_are_written_as_the_vendor_writes_them() {
    let mut ends = BTreeSet::new();
    for delivery in stream(Scenario::Day, 1).take(400) {
        let body: serde_json::Value = serde_json::from_slice(&delivery.body).unwrap();
        if let Some(first) = body.get("firstEpochUTC").map(|first| first.as_str().unwrap()) {
            assert!(first.ends_with(".0000000"), "{first}");
            let event = read(&delivery);
            let micros = |text: Option<String>| centrepoint::time::utc_micros(&text.unwrap()).unwrap();
            assert!(micros(event.first_epoch_utc) < micros(event.last_epoch_utc));
        }
        if let Some(created) = body.get("created_at_utc").map(|created| created.as_str().unwrap()) {
            assert!(centrepoint::time::utc_micros(created).is_some());
            ends.insert(created.split_at(19).1.to_owned());
        }
    }
    assert_eq!(ends.into_iter().collect::<Vec<_>>(), ["+00:00", "Z"]);
}

/// An upload's statuses in the order they come, copies left out.
fn lives(scenario: Scenario, seed: u64) -> BTreeMap<String, Vec<String>> {
    let mut sent = BTreeSet::new();
    let mut lives: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for delivery in stream(scenario, seed).take(2_000) {
        let event = read(&delivery);
        if let Some(upload) = event.upload_id
            && sent.insert(delivery.id)
        {
            lives.entry(upload).or_default().push(event.status.unwrap());
        }
    }
    lives
}

#[test]
fn a_day_has_every_life_an_upload_can_have() {
    let lives: BTreeSet<_> = lives(Scenario::Day, 1).into_values().map(|life| life.join(" ")).collect();
    for life in ["started completed", "completed started", "started error", "started error completed"] {
        assert!(lives.contains(life), "no upload went {life}: {lives:?}");
    }
}

#[test]
fn a_bad_day_is_worse_than_an_ordinary_one() {
    let failed = |scenario| {
        let lives = lives(scenario, 1);
        let failed = lives.values().filter(|life| life.contains(&"error".to_owned())).count();
        failed * 100 / lives.len()
    };
    let (day, bad) = (failed(Scenario::Day), failed(Scenario::Errors));
    assert!(day < 20 && bad > 50, "{day} % and {bad} % failed");
}

#[test]
fn who_falls_silent_is_heard_from_on_other_days_only() {
    let heard =
        |scenario| -> BTreeSet<usize> { stream(scenario, 1).take(4_000).map(|delivery| delivery.lane).collect() };
    let (day, silence) = (heard(Scenario::Day), heard(Scenario::Silence));
    assert!(FALLING.iter().all(|lane| day.contains(lane) && !silence.contains(lane)));
    assert!(QUIET.iter().all(|lane| !day.contains(lane)));
    assert_eq!(day.len(), silence.len() + FALLING.len(), "the others are heard from as ever");
}

#[test]
fn a_stream_goes_on_as_another_kind_of_day() {
    let mut turned = deliveries(Scenario::Day, 1, "189", "2026-08-22T08:00:00Z".parse().unwrap());
    let failed = |some: &mut Deliveries| {
        let all: Vec<_> = some.take(1_500).map(|delivery| read(&delivery)).collect();
        all.iter().filter(|event| event.status.as_deref() == Some("error")).count()
    };
    let day = failed(&mut turned);
    turned.turn_to(Scenario::Errors);
    let bad = failed(&mut turned);
    assert!(bad > 3 * day, "{day}, then {bad}");
}

#[test]
fn an_error_has_a_message_and_status_words_vary_in_casing() {
    let mut words = BTreeSet::new();
    for delivery in stream(Scenario::Errors, 1).take(800) {
        let event = read(&delivery);
        let failed = event.status.as_deref() == Some("error");
        assert_eq!(event.message.is_some(), failed, "{}", String::from_utf8_lossy(&delivery.body));
        let body: serde_json::Value = serde_json::from_slice(&delivery.body).unwrap();
        words.extend(body.get("status").map(|word| word.as_str().unwrap().to_owned()));
    }
    assert_eq!(
        words.into_iter().collect::<Vec<_>>(),
        ["Completed", "Error", "Started", "completed", "error", "started"]
    );
}

#[test]
fn a_delivery_sent_again_keeps_its_id_and_its_body() {
    let mut bodies: HashMap<String, Vec<u8>> = HashMap::new();
    let mut again = 0;
    for delivery in stream(Scenario::Burst, 1).take(1_000) {
        if let Some(first) = bodies.insert(delivery.id, delivery.body.clone()) {
            assert_eq!(first, delivery.body);
            again += 1;
        }
    }
    assert!((50..300).contains(&again), "{again} of 1,000");
}

#[test]
fn another_day_of_a_study_has_the_same_people_and_later_uploads() {
    let uploads = |seed, start: &str| -> (BTreeSet<String>, BTreeSet<u64>) {
        let stream = deliveries(Scenario::Day, seed, "189", start.parse().unwrap());
        let people = stream.subjects.iter().map(|subject| subject.label.clone()).collect();
        let ids = stream.take(300).filter_map(|delivery| read(&delivery).upload_id?.parse().ok()).collect();
        (people, ids)
    };
    let (people, first) = uploads(1, "2026-08-22T08:00:00Z");
    let (again, second) = uploads(2, "2026-08-23T08:00:00Z");
    assert_eq!(people, again);
    assert!(first.last() < second.first(), "no upload id is given twice");
    let other = deliveries(Scenario::Day, 1, "190", Timestamp::UNIX_EPOCH);
    assert_ne!(people, other.subjects.iter().map(|subject| subject.label.clone()).collect());
}

#[test]
fn a_study_is_of_believable_size() {
    for study in 0..20 {
        let stream = deliveries(Scenario::Day, 1, &study.to_string(), Timestamp::UNIX_EPOCH);
        let labels: BTreeSet<_> = stream.subjects.iter().map(|subject| &subject.label).collect();
        let ids: BTreeSet<_> = stream.subjects.iter().map(|subject| subject.id).collect();
        assert!((20..=60).contains(&stream.subjects.len()));
        assert_eq!(
            (labels.len(), ids.len()),
            (stream.subjects.len(), stream.subjects.len()),
            "no two share a label or an id"
        );
    }
}

#[test]
fn pauses_are_one_mean_gap_on_average_and_bursts_come_together() {
    for scenario in ALL {
        let pauses: Vec<f64> = stream(scenario, 3).take(2_001).map(|delivery| delivery.pause).collect();
        let mean = pauses.iter().sum::<f64>() / 2_000.0;
        assert!((0.95..1.05).contains(&mean), "{scenario}: {mean}");
        assert!(pauses[0].abs() < f64::EPSILON, "the first comes at once");
    }
    assert!(stream(Scenario::Burst, 3).skip(1).take(49).all(|delivery| delivery.pause.abs() < f64::EPSILON));
}

#[test]
fn memory_stays_bounded_over_a_long_stream() {
    let mut long = deliveries(Scenario::Burst, 1, "189", Timestamp::UNIX_EPOCH);
    for _ in 0..20_000 {
        long.next();
        assert!(long.due.len() < 400, "{} are drafted", long.due.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_seed_study_and_start_give_readable_events(seed: u64, study in ".{0,12}", second: i64, scenario in prop::sample::select(&ALL[..])) {
        let start = Timestamp::from_second(second % Timestamp::MAX.as_second()).unwrap_or(Timestamp::MIN);
        for delivery in deliveries(scenario, seed, &study, start).take(60) {
            prop_assert!(event::read(Some(delivery.event), &delivery.body).is_ok());
        }
    }

    #[test]
    fn the_ends_of_time_are_no_end(seed: u64) {
        for start in [Timestamp::MIN, Timestamp::MAX] {
            prop_assert_eq!(deliveries(Scenario::Day, seed, "1", start).take(60).count(), 60);
        }
    }
}
