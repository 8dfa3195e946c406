use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn one(change: impl FnOnce(&mut Value)) -> Value {
    let headers = json!({
        "X-ActiGraph-Webhook-Id": ["15"],
        "X-ActiGraph-Event": ["upload"],
        "X-ActiGraph-Delivery": ["7d3c"],
        "Authorization": ["Basic dXNlcjpwYXNz"],
        "User-Agent": ["ActiGraph-Hookshot/1.0", "ActiGraph-Hookshot/1.0"],
    });
    let mut item = json!({
        "id": 981, "webhookId": 15, "webhookEventId": 3, "webhookEvent": "upload",
        "createdDate": "2026-08-21T22:14:05.1234567", "lastSentDate": "2026-08-22T22:14:05Z",
        "errorMessage": "Unable to connect to the remote server",
        "request": {"headers": headers.to_string(), "body": r#"{"uploadId":"85045","status":"completed"}"#},
        "response": {"responseCode": 503, "headers": "{}", "body": ""},
    });
    change(&mut item);
    item
}

fn page_of(items: &[Value]) -> Vec<u8> {
    json!({"items": items, "links": {"next": "https://api.example/history?offset=1"}, "totalCount": 7, "limit": 1, "offset": 0})
        .to_string()
        .into_bytes()
}

fn only(item: &Value) -> Result<Item, Fault> {
    let mut pages = read(&page_of(std::slice::from_ref(item))).unwrap();
    pages.remove(0).items.remove(0).map_err(|unusable| unusable.fault)
}

#[test]
fn an_item_is_read_with_its_request_as_it_was() {
    let item = only(&one(|_| {})).unwrap();
    assert_eq!((item.id.as_str(), item.webhook_id.as_deref(), item.answered), ("981", Some("15"), Some(503)));
    assert_eq!(Some(item.created_at), time::utc_micros("2026-08-21T22:14:05.123456Z"));
    assert_eq!(item.error.as_deref(), Some("Unable to connect to the remote server"));
    assert_eq!(item.delivery_id(), Some(DeliveryId("7d3c".into())));
    assert_eq!(item.body, br#"{"uploadId":"85045","status":"completed"}"#);
    let head = String::from_utf8(item.head()).unwrap();
    assert!(head.starts_with("HISTORY item 981\r\n"), "{head}");
    assert!(head.contains("Authorization: Basic ***\r\n"), "{head}");
    assert_eq!(item.headers.all("user-agent").count(), 2);
}

#[test]
fn pages_lists_of_pages_and_lists_of_items_are_histories() {
    let page: Value = serde_json::from_slice(&page_of(&[one(|_| {})])).unwrap();
    let read_one = |value: &Value| read(value.to_string().as_bytes()).unwrap();
    let pages = read_one(&page);
    assert_eq!((pages[0].total, pages[0].next.as_deref()), (Some(7), Some("https://api.example/history?offset=1")));
    assert_eq!(read_one(&json!([page, page])).len(), 2);
    assert_eq!(read_one(&json!([one(|_| {}), one(|_| {}), 7]))[0].items.len(), 3);
    assert_eq!(read(b"\xEF\xBB\xBF[]").unwrap(), []);
    assert_eq!(read_one(&json!({"Items": [], "TotalCount": 0}))[0], Page { total: Some(0), ..Page::default() });
    for links in [json!([{"rel": "self", "href": "a"}, {"rel": "Next", "href": "b"}]), json!({"next": {"href": "b"}})] {
        assert_eq!(read_one(&json!({"items": [], "links": links}))[0].next.as_deref(), Some("b"), "{links}");
    }
    for (text, what) in [
        ("", NotAHistory::NotJson),
        ("{", NotAHistory::NotJson),
        ("[1,", NotAHistory::NotJson),
        ("7", NotAHistory::NoItems),
        (r#"{"items": 3}"#, NotAHistory::NoItems),
        (r#"{"uploadId": "1"}"#, NotAHistory::NoItems),
        (r#"[1, {"a": 2}]"#, NotAHistory::NoItems),
    ] {
        assert_eq!(read(text.as_bytes()), Err(what), "{text}");
    }
}

#[test]
fn an_odd_item_costs_itself_alone_and_says_why() {
    let set = |path: &'static [&'static str], value: Value| {
        move |item: &mut Value| {
            let place = path.iter().fold(item, |place, name| &mut place[*name]);
            *place = value;
        }
    };
    let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(LARGEST_BODY));
    let many = format!("{{{}}}", vec![r#""a":["b"]"#; MOST_HEADERS + 1].join(","));
    for (item, fault) in [
        (json!(7), Fault::NotAnItem),
        (one(set(&["request"], Value::Null)), Fault::NoRequest),
        (one(set(&["request", "headers"], json!("no JSON"))), Fault::Headers),
        (one(set(&["request", "headers"], json!(["a"]))), Fault::Headers),
        (one(set(&["request", "headers"], json!(many))), Fault::TooManyHeaders),
        (
            one(set(&["request", "headers"], json!(format!("{{\"a\":\"{}\"}}", "x".repeat(LARGEST_HEADERS))))),
            Fault::TooManyHeaders,
        ),
        (one(set(&["request", "body"], Value::Null)), Fault::NoBody),
        (one(set(&["request", "body"], json!(""))), Fault::Body(Unreadable::NotJson)),
        (one(set(&["request", "body"], json!("[1]"))), Fault::Body(Unreadable::NotAnObject)),
        (one(set(&["request", "body"], json!(large))), Fault::LargeBody),
        (
            one(|item| {
                item["createdDate"] = json!("yesterday");
                item["lastSentDate"] = json!(3);
            }),
            Fault::NoTime,
        ),
    ] {
        assert_eq!(only(&item).unwrap_err(), fault);
    }
    let good = read(&page_of(&[json!(null), one(|_| {})])).unwrap();
    assert_eq!(good[0].items.iter().filter(|item| item.is_ok()).count(), 1);
}

#[test]
fn what_is_not_quite_as_documented_is_read_all_the_same() {
    let item = only(&one(|item| {
        item["request"]["headers"] = json!({"X-ActiGraph-Delivery": "7d3c", "Odd": [3, null, true]});
        item["request"]["body"] = json!({"uploadId": "85045"});
        item["createdDate"] = Value::Null;
        item["webhookId"] = Value::Null;
    }))
    .unwrap();
    assert_eq!(item.headers.event_name().as_deref(), Some("upload"), "by the item, where the headers do not say");
    assert_eq!(item.headers.all("odd").collect::<Vec<_>>(), [b"3".as_slice(), b"true"]);
    assert_eq!(item.webhook_id, None);
    assert_eq!(Some(item.created_at), item.last_sent_at);
    assert_eq!(only(&one(|item| item["request"]["headers"] = Value::Null)).unwrap().headers.0.len(), 1);
}

#[test]
fn the_same_content_is_the_same_however_it_is_written() {
    let body = br#"{"a": "\u00e9", "b": [1, 2]}"#;
    assert!(same_content(body, "\u{feff}{\"b\":[1,2],\"a\":\"é\"}".as_bytes()));
    assert!(!same_content(body, br#"{"a": "e", "b": [1, 2]}"#));
    assert!(!same_content(b"no JSON", b"no JSON"));
    let deep = [vec![b'['; 5_000], vec![b']'; 5_000]].concat();
    assert!(!same_content(&deep, &deep), "nothing overflows");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("{\"a\":[\"b\"]}")),
        Just(json!("2026-08-21T22:14:05Z")),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        let name = prop::sample::select(vec![
            "items",
            "links",
            "request",
            "headers",
            "body",
            "createdDate",
            "id",
            "webhookId",
            "response",
            "responseCode",
            "rel",
            "href",
            "next",
            "totalCount",
            "x",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..6).prop_map(|fields| {
                Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_it_holds_is_read_without_panic_and_nothing_usable_is_beyond_bounds(value in any_json(), bytes: Vec<u8>) {
        let _ = read(&bytes);
        for page in read(value.to_string().as_bytes()).unwrap_or_default() {
            for item in page.items.into_iter().flatten() {
                prop_assert!(item.body.len() <= LARGEST_BODY && item.headers.0.len() <= MOST_HEADERS);
                prop_assert!(event::is_object(&item.body).is_ok());
                let (_, read) = Headers::read_head(&item.head());
                prop_assert_eq!(read.0.len(), item.headers.0.len(), "one header stays one line");
            }
        }
    }

    #[test]
    fn whatever_an_item_says_is_kept_to_the_letter(body in "[ -~é😀]{0,40}", id in "[A-Za-z0-9-]{1,40}", value in "[!-~]{1,30}") {
        let body = json!({"text": body}).to_string();
        let item = only(&one(|item| {
            item["request"]["body"] = json!(body);
            item["request"]["headers"] = json!(json!({"X-ActiGraph-Delivery": [id], "Odd": [value]}).to_string());
        }))
        .unwrap();
        prop_assert_eq!(&item.body, &body.into_bytes());
        prop_assert_eq!(item.delivery_id().unwrap().0, id.clone());
        prop_assert_eq!(item.headers.all("odd").next().unwrap(), value.as_bytes());
    }
}
