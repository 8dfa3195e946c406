use super::*;

fn open() -> (tempfile::TempDir, State) {
    let temp = tempfile::tempdir().unwrap();
    let state = State::open(&DataFolder::open(temp.path()).unwrap()).unwrap();
    (temp, state)
}

fn webhook(slug: &str) -> Webhook {
    Webhook {
        slug: Slug::new(slug).unwrap(),
        name: format!("The {slug} study"),
        authentication: Authentication::Hmac,
        username: None,
        client_id: None,
        study_id: Some("000103".to_owned()),
        time_zone: Some("Europe/London".to_owned()),
        allow: vec!["vendor".to_owned(), "10.0.0.0/8".to_owned()],
        enabled: true,
        removed: false,
        secret_place: Some("keychain".to_owned()),
        secret_version: 3,
        created_at: 1,
        validation_needed_at: 2,
        handshake: None,
        levels: Levels { overdue_days: 2, late_days: 4, wear_minutes: 480 },
        former: None,
    }
}

fn rejection(slug: &str, code: &'static str, body: usize) -> NewRejection {
    NewRejection {
        received_at: 5,
        webhook: Slug::new(slug).unwrap(),
        status: 401,
        code,
        reason: "signature differs".to_owned(),
        source_ip: "127.0.0.1".parse().unwrap(),
        delivery_id: None,
        event: Some("upload".to_owned()),
        size: 1,
        head: b"POST".to_vec(),
        body: vec![b'x'; body],
    }
}

#[test]
fn schema() {
    let (_temp, state) = open();
    let connection = state.connection.lock().unwrap();
    let mut statement =
        connection.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid").unwrap();
    let all: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    insta::assert_snapshot!(all.join(";\n"));
}

#[test]
fn a_webhook_reads_back_and_its_slug_stays_taken() {
    let (_temp, state) = open();
    let mut hook = webhook("a");
    state.add_webhook(&hook).unwrap();
    assert_eq!(state.webhooks().unwrap(), [hook.clone()]);
    hook.removed = true;
    state.put_webhook(&hook).unwrap();
    assert_eq!(state.webhooks().unwrap(), [hook.clone()]);
    assert!(matches!(state.add_webhook(&hook), Err(StoreError::Refused(_))), "a removed webhook keeps its slug");
    assert!(matches!(state.put_webhook(&webhook("b")), Err(StoreError::Refused(_))));
}

#[test]
fn an_unsigned_handshake_never_undoes_a_proven_one() {
    let (_temp, state) = open();
    let hook = webhook("a");
    state.add_webhook(&hook).unwrap();
    let ip = "127.0.0.1".parse().unwrap();
    let note = |at, authenticated| {
        state.note_handshake(&hook.slug, Handshake { at, authenticated }, ip, b"head", b"body").unwrap();
        state.webhooks().unwrap()[0].handshake.unwrap()
    };
    assert!(!note(10, false).authenticated);
    assert!(note(11, true).authenticated);
    assert_eq!(note(12, false), Handshake { at: 11, authenticated: true });
    let changed = Webhook { validation_needed_at: 20, ..hook.clone() };
    state.put_webhook(&changed).unwrap();
    assert_eq!(note(21, false), Handshake { at: 21, authenticated: false }, "the proof was for what it was before");
}

#[test]
fn former_credentials_read_back_and_only_their_own_use_is_theirs() {
    let (_temp, state) = open();
    let former = |version, until| Former {
        place: "file".to_owned(),
        version,
        name: Some("coordinator".to_owned()),
        until,
        used_at: None,
    };
    let now = || state.webhooks().unwrap().remove(0).former;
    let mut hook = webhook("a");
    state.add_webhook(&hook).unwrap();
    state.note_former_used(&hook.slug, 4).unwrap();
    assert_eq!(now(), None, "there is none to be used");
    hook.former = Some(former(3, 100));
    state.put_webhook(&hook).unwrap();
    assert_eq!(now(), hook.former);
    state.note_former_used(&hook.slug, 7).unwrap();
    state.note_former_used(&hook.slug, 6).unwrap();
    hook.former = Some(former(3, 50));
    state.put_webhook(&hook).unwrap();
    assert_eq!(now(), Some(Former { used_at: Some(7), ..former(3, 50) }), "another end is no other secret");
    hook.former = Some(former(4, 50));
    state.put_webhook(&hook).unwrap();
    assert_eq!(now(), Some(former(4, 50)), "another secret was not used yet");
    state.former_forgotten(&hook.slug, 3).unwrap();
    assert!(now().is_some(), "what was replaced meanwhile is not forgotten with the one before");
    state.former_forgotten(&hook.slug, 4).unwrap();
    assert_eq!(now(), None);
    assert!(former(1, 5).stands(4) && !former(1, 5).stands(5));
}

#[test]
fn unsigned_handshakes_are_bounded() {
    let (_temp, state) = open();
    state.add_webhook(&webhook("a")).unwrap();
    let ip = "127.0.0.1".parse().unwrap();
    for at in 0..130 {
        let handshake = Handshake { at, authenticated: false };
        state.note_handshake(&Slug::new("a").unwrap(), handshake, ip, b"head", b"body").unwrap();
    }
    let kept: Vec<i64> = state.unsigned_handshakes().unwrap().iter().map(|each| each.at).collect();
    assert_eq!(kept, (30..130).rev().collect::<Vec<_>>());
}

#[test]
fn rejections_are_bounded_per_webhook_and_code() {
    let (_temp, state) = open();
    let many: Vec<_> = (0..2500).map(|_| rejection("a", "signature_differs", 1)).collect();
    state.reject(&many).unwrap();
    state.reject(&[rejection("a", "disabled", 1), rejection("b", "signature_differs", 1)]).unwrap();
    assert_eq!(state.rejections(usize::MAX).unwrap().len(), 2002, "one noisy reason leaves the others alone");
    assert_eq!(state.counters().unwrap(), [("rejections_dropped".to_owned(), 500)]);
}

#[test]
fn the_oldest_bodies_are_given_up_first() {
    let (_temp, state) = open();
    for _ in 0..10 {
        state.reject_within(&[rejection("a", "x", 100)], 8, 550).unwrap();
    }
    let connection = state.connection.lock().unwrap();
    let mut statement = connection.prepare("SELECT coalesce(length(body), 0) FROM rejections ORDER BY id").unwrap();
    let bodies: Vec<i64> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(bodies, [0, 0, 0, 100, 100, 100, 100, 100]);
    let noted: i64 =
        connection.query_row("SELECT rejection_body_bytes FROM bookkeeping", [], |row| row.get(0)).unwrap();
    assert_eq!(noted, 500, "the noted weight is the real one");
}

#[test]
fn another_handle_notices_a_change() {
    let (temp, state) = open();
    let other = State::open(&DataFolder::open(temp.path()).unwrap()).unwrap();
    let before = state.version().unwrap();
    other.set_setting("theme", &serde_json::json!("dark")).unwrap();
    assert_ne!(state.version().unwrap(), before);
    assert_eq!(state.setting("theme").unwrap(), Some(serde_json::json!("dark")));
    assert_eq!(state.setting("none").unwrap(), None);
    let before = state.version().unwrap();
    state.count("not_found", 2).unwrap();
    state.count("not_found", 1).unwrap();
    assert_eq!(state.version().unwrap(), before, "counting wakes nobody");
    assert_eq!(state.counters().unwrap(), [("not_found".to_owned(), 3)]);
}
