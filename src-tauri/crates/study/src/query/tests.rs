use proptest::prelude::*;

use super::*;

fn query(text: &str) -> Query {
    Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn queries_are_understood() {
    for (name, text) in [
        ("words", r#"battery "low voltage" -charger -"not found" TAS-1"#),
        ("keys", r#"Status:Error status:completed EVENT:Upload subject:000103 study:"a b" -site:12 webhook:study-189"#),
        ("is_and_dates", "is:error IS:Open -is:repeat after:2026-08-22 before:2026-09-01 after:2026-08-01"),
        ("plain_colons", r#"12:30 2016-06-14T20:46:00 "http://x" :x"#),
        ("quotes", r#""a ""quoted"" word" serial:"x""y" b"c "one""#),
        ("begins_with_a_minus", "-status:started upload:85045"),
    ] {
        insta::assert_debug_snapshot!(name, query(text), text);
    }
}

#[test]
fn what_cannot_be_understood_is_said_with_its_place() {
    let said = [
        "foo:bar",
        "é battery  http://x",
        "status:",
        "a study: b",
        r#"study:"""#,
        r#"é "unclosed"#,
        r#"site:"12"#,
        "is:late",
        "-is:",
        "after:yesterday",
        "before:2026-02-30",
        "before:2026-8-2",
        "after:20260822",
        "-after:2026-08-22",
        "a - b",
        "-",
        "...",
        r#""""#,
        r#"-"!""#,
        "--",
        r#""a""#.repeat(3).as_str(),
    ]
    .map(|text| match Query::parse(text) {
        Ok(query) => format!("{text}\n    understood: {query}\n"),
        Err(error) => {
            let marks = format!("{}{}", " ".repeat(error.start), "^".repeat(error.end - error.start));
            format!("{text}\n{marks}\n    {error}\n")
        }
    });
    insta::assert_snapshot!(said.concat());
}

#[test]
fn an_empty_query_holds_for_everything() {
    for text in ["", "  \t\n", "\0"] {
        assert!(query(text).is_empty());
    }
    assert!(!query("a").is_empty());
}

#[test]
fn a_query_has_its_bounds() {
    let terms = |count: usize| (0..count).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
    assert_eq!(query(&terms(Query::MAX_TERMS)).texts.len(), Query::MAX_TERMS);
    assert!(Query::parse(&terms(Query::MAX_TERMS + 1)).is_err());
    assert!(Query::parse(&"é".repeat(Query::MAX_VALUE_CHARACTERS)).is_ok());
    let error = Query::parse(&format!("a study:{}", "é".repeat(Query::MAX_VALUE_CHARACTERS + 1))).unwrap_err();
    assert_eq!((error.start, error.end), (8, 8 + Query::MAX_VALUE_CHARACTERS + 1));
}

#[test]
fn no_control_character_gets_through() {
    let query = query("a\0b \"c\0\td\" study:\"x\0y\"");
    let phrases: Vec<_> = query.texts.iter().map(|text| text.phrase.as_str()).collect();
    assert_eq!(phrases, ["a", "b", "c  d"]);
    assert_eq!(query.keys[0].values, ["x y"]);
}

/// A value of any kind that a query can hold.
fn value() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z0-9]{1,8}", "[ -~é\u{3000}]{1,12}"]
}

fn any_query() -> impl Strategy<Value = Query> {
    let day = (1_i16..9999, 1_i8..=12, 1_i8..=28).prop_map(|(year, month, day)| jiff::civil::date(year, month, day));
    let text = (value(), any::<bool>()).prop_map(|(phrase, excluded)| Text { phrase: format!("{phrase}x"), excluded });
    let pair = || (prop::sample::select(&Key::ALL[..]), value());
    let is = || prop::collection::vec(prop::sample::select(&Is::ALL[..]), 0..4);
    let days = || prop::collection::vec(day.clone(), 0..3);
    let texts = prop::collection::vec(text, 0..5);
    let keyed = prop::collection::vec(pair(), 0..6);
    let excluded = prop::collection::vec(pair(), 0..4);
    (texts, keyed, excluded, is(), is(), days(), days()).prop_map(
        |(texts, keyed, excluded, is, is_not, after, before)| {
            let lower = |(key, value): (Key, String)| {
                let normal = key.normal(&value);
                (key, normal)
            };
            let mut keys: Vec<KeyTerm> = Vec::new();
            for (key, value) in keyed.into_iter().map(lower) {
                match keys.iter_mut().find(|term| term.key == key) {
                    Some(term) => term.values.push(value),
                    None => keys.push(KeyTerm { key, values: vec![value] }),
                }
            }
            for term in &mut keys {
                term.values = once_each(std::mem::take(&mut term.values));
            }
            Query {
                texts: once_each(texts),
                keys,
                excluded: once_each(excluded.into_iter().map(lower).collect()),
                is: once_each(is),
                is_not: once_each(is_not),
                after: once_each(after),
                before: once_each(before),
            }
        },
    )
}

fn once_each<T: PartialEq>(list: Vec<T>) -> Vec<T> {
    let mut once = Vec::new();
    for item in list {
        if !once.contains(&item) {
            once.push(item);
        }
    }
    once
}

proptest! {
    #[test]
    fn every_query_reads_back_from_its_own_text(query in any_query()) {
        prop_assert_eq!(Query::parse(&query.to_string()), Ok(query));
    }

    #[test]
    fn any_text_is_judged_with_a_place_inside_it(text in prop_oneof![any::<String>(), r#"([-":a-c0-9 ]|is:|status:|after:|2026-08-22|é){0,30}"#]) {
        match Query::parse(&text) {
            Ok(query) => prop_assert_eq!(Query::parse(&query.to_string()), Ok(query)),
            Err(error) => {
                prop_assert!(error.start < error.end, "{error:?} marks nothing");
                prop_assert!(error.end <= text.chars().count(), "{error:?} marks beyond the end");
            }
        }
    }
}

#[test]
fn an_unknown_event_name_keeps_its_casing() {
    let values = |text: &str| Query::parse(text).unwrap().keys[0].values.clone();
    assert_eq!(values("event:Custom_Event"), ["Custom_Event"]);
    assert_eq!(values("event:UPLOAD"), ["upload"]);
    assert_eq!(values("status:Started"), ["started"]);
}
