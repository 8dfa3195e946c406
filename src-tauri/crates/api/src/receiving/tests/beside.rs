//! Where another process has the folder or the port.

use super::*;

#[test]
fn a_second_receiver_and_a_taken_port_are_errors_at_once() {
    let bench = Bench::new();
    let other = bench.another();
    let elsewhere = Bench::new();
    let elsewhere = elsewhere.monitor().clone();
    serving(&bench, move |address| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let never = || std::future::pending::<()>();
        let second = runtime.block_on(serve(told(&other, (Ipv4Addr::LOCALHOST, 0)), |_| {}, never())).unwrap_err();
        assert!(second.message.contains("already receiving"), "{second}");
        let taken = runtime.block_on(serve(told(&elsewhere, address), |_| {}, never())).unwrap_err();
        assert!(taken.message.contains("in use"), "{taken}");
    });
}

#[test]
fn a_port_that_was_in_use_is_a_time_away_of_its_own() {
    let bench = Bench::new();
    webhook(&bench, "rome");
    let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (stop, stopped) = watch::channel(false);
    let monitor = bench.monitor().clone();
    let app = runtime.spawn(async move { keep_serving(told(&monitor, address), stopped).await });
    let wait = |what: &str, is_so: &dyn Fn() -> bool| {
        let mut looks = 0;
        while !is_so() {
            looks += 1;
            assert!(looks < 1_200, "{what}");
            std::thread::sleep(Duration::from_millis(25));
        }
    };
    let rows = || bench.monitor().time_away(10).unwrap().rows;
    wait("it is said while it is on", &|| rows().first().is_some_and(|row| row.to.is_none()));
    // The clock of a bench stands still by itself.
    bench.later(10);
    drop(taken);
    wait("it is over once the port is free", &|| rows().first().is_some_and(|row| row.to.is_some()));
    wait("it receives", &|| bench.monitor().receiver_status().state == ReceiverState::Receiving);
    let row = rows().remove(0);
    assert_eq!((row.reason.as_str(), row.promise.as_deref()), ("not_listening", Some("documented")), "{row:?}");
    stop.send(true).unwrap();
    runtime.block_on(app).unwrap();
}

/// Looks until it `is_so`.
fn wait(what: &str, is_so: &dyn Fn() -> bool) {
    let mut looks = 0;
    while !is_so() {
        looks += 1;
        assert!(looks < 1_200, "{what}");
        std::thread::sleep(Duration::from_millis(25));
    }
}

#[test]
fn a_window_beside_a_service_shows_it_and_goes_on_where_that_one_ended() {
    let bench = Bench::new();
    webhook(&bench, "rome");
    let window = bench.another();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (stop, stopped) = watch::channel(false);
    let shown = window.clone();
    let (monitor, body) = (window.clone(), r#"{"uploadId":"1","studyId":"189","subjectId":"4","status":"error"}"#);
    let (address, app) = serving(&bench, move |address| {
        let app = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(keep_serving(&monitor, stopped));
        });
        wait("it is shown as receiving elsewhere", &|| {
            let status = shown.receiver_status();
            status.state == ReceiverState::Receiving && status.elsewhere == Some(std::process::id())
        });
        assert_eq!(shown.receiver_status().address.as_deref(), Some(format!("http://{address}").as_str()));
        let before = *shown.watch_pulse().borrow();
        assert_eq!(post(address, "rome", body), "HTTP/1.1 200 OK");
        wait("what arrives is told here", &|| shown.watch_pulse().borrow().sequence > before.sequence);
        wait("and when", &|| shown.receiver_status().last_arrival_at.is_some());
        (address, app)
    });
    wait("it takes over", &|| {
        let status = window.receiver_status();
        status.state == ReceiverState::Receiving && status.elsewhere.is_none()
    });
    let another = r#"{"uploadId":"1","studyId":"189","subjectId":"4","status":"completed"}"#;
    assert_eq!(post(address, "rome", another), "HTTP/1.1 200 OK", "at the address that deliveries are sent to");
    assert_eq!(window.events(&EventQuery { limit: 10, ..EventQuery::default() }).unwrap().rows.len(), 2);
    let refused = runtime.block_on(serve(bench.monitor(), |_| (), async {}));
    assert!(refused.unwrap_err().message.contains("already receiving"), "the other way round it is an error");
    stop.send(true).unwrap();
    app.join().unwrap();
}

#[test]
fn a_window_that_cannot_take_over_stands_in_nobodys_way() {
    let bench = Bench::new();
    webhook(&bench, "rome");
    let window = bench.another();
    let (stop, stopped) = watch::channel(false);
    let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap();
    let (monitor, shown) = (window.clone(), window.clone());
    let app = serving(&bench, move |_| {
        let app = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(keep_serving(told(&monitor, address), stopped));
        });
        wait("it shows the service", &|| shown.receiver_status().elsewhere.is_some());
        app
    });
    wait("it says that it cannot", &|| {
        window.receiver_status().state == ReceiverState::NotReceiving && window.receiver_status().reason.is_some()
    });
    let shown = window.clone();
    serving(&bench, move |_| {
        wait("the service is back", &|| {
            let status = shown.receiver_status();
            status.state == ReceiverState::Receiving && status.elsewhere.is_some()
        });
    });
    stop.send(true).unwrap();
    app.join().unwrap();
}
