use proptest::prelude::*;

use super::*;

fn event(body: &str) -> Event {
    read(None, body.as_bytes()).unwrap()
}

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../fixtures/", $name, ".json"))
    };
}

#[test]
fn the_five_kinds_are_read() {
    insta::assert_debug_snapshot!("upload_started", read(Some("upload"), fixture!("upload_started")).unwrap());
    insta::assert_debug_snapshot!("upload_completed", read(Some("upload"), fixture!("upload_completed")).unwrap());
    insta::assert_debug_snapshot!("upload_error", read(Some("upload"), fixture!("upload_error")).unwrap());
    insta::assert_debug_snapshot!("raw", read(None, fixture!("raw_processing_complete")).unwrap());
    insta::assert_debug_snapshot!("raw_error", read(None, fixture!("raw_processing_error")).unwrap());
    insta::assert_debug_snapshot!("retrieval", read(None, fixture!("data_retrieval_complete")).unwrap());
    insta::assert_debug_snapshot!("daily", read(None, fixture!("daily_statistics_complete")).unwrap());
    insta::assert_debug_snapshot!("cp2_daily", read(None, fixture!("cp2_daily_statistics_complete")).unwrap());
}

#[test]
fn the_fields_tell_the_kind_when_the_header_does_not() {
    for (body, kind) in [
        (&fixture!("upload_started")[..], EventKind::Upload),
        (fixture!("raw_processing_error"), EventKind::RawProcessingComplete),
        (fixture!("data_retrieval_complete"), EventKind::DataRetrievalComplete),
        (fixture!("daily_statistics_complete"), EventKind::DailyStatisticsComplete),
        (fixture!("cp2_daily_statistics_complete"), EventKind::Cp2DailyStatisticsComplete),
        (b"{}", EventKind::unnamed()),
    ] {
        assert_eq!(read(None, body).unwrap().kind, kind);
        assert_eq!(read(Some(" , "), body).unwrap().kind, kind, "a comma is no name");
        assert_eq!(read(Some("sleep_report"), body).unwrap().kind.as_str(), "sleep_report", "a name comes first");
    }
}

#[test]
fn ids_are_the_text_that_was_sent() {
    let read =
        event(r#"{"uploadId": 12345678901234567890123, "subjectId": "000103", "studyId": -1e999, "siteId": 1.50}"#);
    assert_eq!(read.upload_id.as_deref(), Some("12345678901234567890123"));
    assert_eq!(read.subject_id.as_deref(), Some("000103"));
    assert_eq!(read.study_id.as_deref(), Some("-1e999"));
    assert_eq!(read.site_id.as_deref(), Some("1.50"));
}

#[test]
fn a_value_that_makes_no_sense_costs_its_own_field() {
    let read = event(
        r#"{"uploadId": "1", "subjectId": {"a": 1}, "studyId": [1], "siteId": true, "status": 5, "message": 7,
            "subjectIdentifier": "", "monitorSerial": " ", "firstEpochUTC": 20160614, "files": 3, "epochAggregation": "x"}"#,
    );
    let expected = Event { upload_id: Some("1".into()), ..event(r#"{"uploadId": null}"#) };
    assert_eq!(read, expected);
}

#[test]
fn both_spellings_and_every_casing_are_the_same_key() {
    for key in [
        "subjectIdentifier",
        "subject_identifier",
        "SubjectIdentifier",
        "SUBJECT_IDENTIFIER",
        r"subject\u0049dentifier",
    ] {
        let read = event(&format!(r#"{{"{key}": "000103"}}"#));
        assert_eq!(read.subject_identifier.as_deref(), Some("000103"), "{key}");
    }
    let long = format!(r#"{{"{}": "x", "study_id": 1}}"#, "subjectId".repeat(40));
    assert_eq!(event(&long).study_id.as_deref(), Some("1"));
}

#[test]
fn the_last_of_a_repeated_key_stands() {
    assert_eq!(event(r#"{"uploadId": "1", "uploadId": "2"}"#).upload_id.as_deref(), Some("2"));
    assert_eq!(event(r#"{"uploadId": "1", "upload_id": null}"#).upload_id, None);
}

#[test]
fn status_and_message_have_two_names_each() {
    assert_eq!(event(r#"{"status": "Started "}"#).status.as_deref(), Some("started"));
    assert_eq!(event(r#"{"request_status": "Completed"}"#).status.as_deref(), Some("completed"));
    assert_eq!(event(r#"{"error_message": "low", "message": null}"#).message.as_deref(), Some("low"));
    assert_eq!(event(r#"{"error_message": ""}"#).message, None);
}

#[test]
fn a_serial_is_known_when_there_is_exactly_one() {
    let serial = |body: &str| event(body).monitor_serial;
    let one = Some("TAS1Z12345678".to_owned());
    assert_eq!(serial(r#"{"monitor_serial": "TAS1Z12345678", "files": [{"monitor_serial": "B"}]}"#), one);
    assert_eq!(serial(r#"{"activityMonitorSerials": ["TAS1Z12345678"]}"#), one);
    assert_eq!(serial(r#"{"activityMonitorSerials": ["TAS1Z12345678", "B"]}"#), None);
    assert_eq!(serial(r#"{"activityMonitorSerials": []}"#), None);
    let files = r#"{"files": [{"monitor_serial": "TAS1Z12345678"}, {"monitor_serial": null}, 4, {"monitorSerial": "TAS1Z12345678"}]}"#;
    assert_eq!(serial(files), one, "the same serial twice is one, and null is none");
    assert_eq!(serial(r#"{"files": [{"monitor_serial": "A"}, {"monitor_serial": "B"}]}"#), None);
}

#[test]
fn wear_minutes_are_found_in_both_statistics() {
    assert_eq!(event(r#"{"epochAggregation": {"wearMinutes": 861}}"#).wear_minutes.as_deref(), Some("861"));
    assert_eq!(event(r#"{"dayStatId": 1, "wearMinutes": 1440}"#).wear_minutes.as_deref(), Some("1440"));
}

/// Everything here is an object to RFC 8259, and to us, though a strict reader of values would give up on it.
fn odd_objects() -> Vec<Vec<u8>> {
    let deep = |n: usize| format!(r#"{{"uploadId": "1", "x": {}1{}}}"#, "[".repeat(n), "]".repeat(n)).into_bytes();
    let deep_objects = format!(r#"{{"uploadId": "1", "x": {}1{}}}"#, r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
    vec![
        deep(10_000),
        deep(200_000),
        deep_objects.into_bytes(),
        br#"{"uploadId": "1", "x": 1e999}"#.to_vec(),
        br#"{"uploadId": "1", "x": "\ud800"}"#.to_vec(),
        br#"{"uploadId": "1", "\udc00": "x"}"#.to_vec(),
        format!(r#"{{"uploadId": "1", "x": {}}}"#, "9".repeat(100_000)).into_bytes(),
        b"\xEF\xBB\xBF {\"uploadId\": \"1\"}\r\n".to_vec(),
    ]
}

#[test]
fn odd_objects_are_objects() {
    for body in odd_objects() {
        assert_eq!(is_object(&body), Ok(()));
        assert_eq!(read(None, &body).unwrap().upload_id.as_deref(), Some("1"));
        assert!(searchable_text(&body, 1_000).starts_with('1'));
    }
    assert_eq!(event(r#"{"message": "a\ud800b"}"#).message.as_deref(), Some("a\u{FFFD}b"));
}

#[test]
fn what_is_no_object_is_told_apart() {
    for (body, why) in [
        (&b""[..], Unreadable::NotJson),
        (b" ", Unreadable::NotJson),
        (b"{", Unreadable::NotJson),
        (b"{\"a\":1,}", Unreadable::NotJson),
        (b"{\"a\":1} x", Unreadable::NotJson),
        (b"{'a':1}", Unreadable::NotJson),
        (b"upload=1", Unreadable::NotJson),
        (b"[{\"uploadId\":1}]", Unreadable::NotAnObject),
        (b" \"text\"", Unreadable::NotAnObject),
        (b"null", Unreadable::NotAnObject),
        (b"{\"a\":\"\xFF\"}", Unreadable::NotUtf8),
        (b"\xFE\xFF\0{\0}", Unreadable::NotUtf8),
    ] {
        assert_eq!(is_object(body), Err(why), "{}", String::from_utf8_lossy(body));
        assert_eq!(read(None, body).unwrap_err(), why);
        assert_eq!(searchable_text(body, 100), "");
    }
}

#[test]
fn words_are_the_values_without_the_keys() {
    let body =
        r#"{"uploadId" : "85045", "a": [1, -2.5e3, true, null, {"b":"low \"battery\"\n\u0000é"}], "c": "", "d": "x"}"#;
    assert_eq!(searchable_text(body.as_bytes(), 1_000), "85045 1 -2.5e3 low \"battery\"  é  x");
    insta::assert_snapshot!("words_of_an_upload_error", searchable_text(fixture!("upload_error"), 1_000));
}

#[test]
fn control_characters_are_spaces_escaped_or_not() {
    let body = "{\"a\":\"b\\u0007c\",\"d\":\"e\u{7f}f\u{85}g\"}";
    assert_eq!(searchable_text(body.as_bytes(), 100), "b c e f g");
}

#[test]
fn words_are_cut_between_characters() {
    assert_eq!(searchable_text(r#"{"a":"éé"}"#.as_bytes(), 3), "é");
    assert_eq!(searchable_text(br#"{"a":"ab","b":"cd"}"#, 3), "ab");
    assert_eq!(searchable_text(br#"{"a":"ab","b":"cd"}"#, 4), "ab c");
    assert_eq!(searchable_text(br#"{"a":"\ud83d\ude00"}"#, 3), "");
    assert_eq!(searchable_text(br#"{"a":"ab"}"#, 0), "");
}

/// Any JSON value, two levels of containers deep.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        "[a-z0-9é\"\\\\\n]{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        let key = prop_oneof!["uploadId", "files", "activityMonitorSerials", "epochAggregation", "[a-zA-Z_]{0,12}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::vec((key, inner), 0..5).prop_map(|pairs| pairs.into_iter().collect()),
        ]
    })
}

fn values(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => found.push(text.clone()),
        serde_json::Value::Number(number) => found.push(number.to_string()),
        serde_json::Value::Array(list) => list.iter().for_each(|value| values(value, found)),
        serde_json::Value::Object(map) => map.values().for_each(|value| values(value, found)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(body in any::<Vec<u8>>(), near in r#"[{}\[\]",:\\u0-9a-d \x{D7FF}-]{0,60}"#, limit in 0..200_usize) {
        for body in [body, near.clone().into_bytes(), format!("{{{near}}}").into_bytes(), format!("{{\"a\":\"{near}\"}}").into_bytes()] {
            prop_assert_eq!(is_object(&body).err(), read(None, &body).err(), "both judge alike");
            prop_assert!(searchable_text(&body, limit).len() <= limit);
        }
    }

    #[test]
    fn any_json_is_judged_as_serde_json_does(value in json()) {
        let body = value.to_string().into_bytes();
        prop_assert_eq!(is_object(&body).is_ok(), value.is_object());
        prop_assert_eq!(read(None, &body).is_ok(), value.is_object());
    }

    #[test]
    fn the_words_are_those_of_a_tree_walk(value in json()) {
        prop_assume!(value.is_object());
        let mut expected = Vec::new();
        values(&value, &mut expected);
        let expected = expected.join(" ");
        let found = searchable_text(value.to_string().as_bytes(), 100_000);
        prop_assert_eq!(found.split_whitespace().collect::<Vec<_>>(), expected.split_whitespace().collect::<Vec<_>>());
    }
}

#[test]
fn wear_time_is_a_day_and_its_minutes_or_nothing() {
    let of = |name: &str, body: &str| {
        let event = read(Some(name), body.as_bytes()).unwrap();
        event.wear().map(|(day, minutes)| (day.to_owned(), minutes))
    };
    let day = |minutes: i64| Some(("2026-08-21".to_owned(), minutes));
    let daily = "daily_statistics_complete";
    let cp2 = "cp2_daily_statistics_complete";
    assert_eq!(of(daily, r#"{"date":"2026-08-21","epochAggregation":{"wearMinutes":812}}"#), day(812));
    assert_eq!(of(daily, r#"{"date":"2026-08-21T00:00:00","epochAggregation":{"wearMinutes":"812.0"}}"#), day(812));
    assert_eq!(of(cp2, r#"{"date":"2026-08-21","wearMinutes":0}"#), day(0), "none worn is a figure");
    for none in [
        r#"{"date":"2026-08-21"}"#,
        r#"{"date":"2026-08-21","wearMinutes":null}"#,
        r#"{"date":"2026-08-21","wearMinutes":-1}"#,
        r#"{"date":"2026-08-21","wearMinutes":1501}"#,
        r#"{"date":"2026-08-21","wearMinutes":"much"}"#,
        r#"{"date":"2026-08-21","wearMinutes":"NaN"}"#,
        r#"{"date":"2026-02-30","wearMinutes":600}"#,
        r#"{"date":"21.08.2026","wearMinutes":600}"#,
        r#"{"wearMinutes":600}"#,
    ] {
        assert_eq!(of(cp2, none), None, "{none}");
    }
    assert_eq!(of("upload", r#"{"date":"2026-08-21","wearMinutes":600}"#), None);
}
