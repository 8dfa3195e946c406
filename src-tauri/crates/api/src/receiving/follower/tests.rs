use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;

use super::*;
use crate::receiving::keep_serving;
use crate::testing::Bench;
use crate::wire::{ReceiverState, Settings};

/// A receiver as the app has it.
struct App {
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl App {
    fn on(monitor: &Monitor) -> Self {
        let (stop, stopped) = watch::channel(false);
        let monitor = monitor.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(keep_serving(&monitor, stopped));
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn wait(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..1_200 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    panic!("waited in vain: {what}");
}

/// A port that nobody listens on.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn set(monitor: &Monitor, address: &str) {
    monitor.settings_set(&Settings { listen_address: address.to_owned(), ..monitor.settings().unwrap() }).unwrap();
}

fn receives_at(monitor: &Monitor, address: SocketAddr) -> bool {
    let status = monitor.receiver_status();
    status.state == ReceiverState::Receiving && status.address.as_deref() == Some(format!("http://{address}").as_str())
}

#[test]
fn a_setting_is_followed_at_once_and_one_named_at_the_start_is_not_left() {
    let bench = Bench::new();
    let (monitor, first, second) = (bench.monitor(), free(), free());
    set(monitor, &first.to_string());
    let app = App::on(monitor);
    wait("it receives where the setting says", || receives_at(monitor, first));
    assert_eq!(monitor.receiver_status().address_from, Some(AddressFrom::Setting));
    // By another process, as the command line does.
    set(&bench.another(), &second.to_string());
    wait("it receives at the new one", || receives_at(monitor, second));
    assert!(TcpStream::connect(first).is_err() && TcpStream::connect(second).is_ok());
    assert_eq!(monitor.last_address().unwrap(), format!("http://{second}"));
    assert!(!monitor.receiver_status().warnings.iter().any(|warning| warning.contains("goes on at")));
    drop(app);

    let told = bench.another();
    told.use_address(first, AddressFrom::CommandLine);
    let _app = App::on(&told);
    wait("it receives where it was told", || receives_at(&told, first));
    set(&told, &free().to_string());
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(receives_at(&told, first));
    assert_eq!(told.receiver_status().address_from, Some(AddressFrom::CommandLine));
}

#[test]
fn one_that_cannot_be_listened_on_is_said_and_the_old_one_stays() {
    let bench = Bench::new();
    let (monitor, first) = (bench.monitor(), free());
    set(monitor, &first.to_string());
    let _app = App::on(monitor);
    wait("it receives", || receives_at(monitor, first));
    // Taken between the check and the change.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let settings = Settings { listen_address: address.clone(), ..Settings::default() };
    monitor.state().set_setting(crate::settings::NAME, &json!(settings)).unwrap();
    let said = || monitor.receiver_status().warnings.into_iter().find(|warning| warning.contains("goes on at"));
    wait("it is said", || said().is_some());
    let said = said().unwrap();
    assert!(said.contains(&address) && said.contains("is in use by another program"), "{said}");
    assert!(receives_at(monitor, first) && TcpStream::connect(first).is_ok());
    assert_eq!(monitor.receiver_status().address_from, Some(AddressFrom::Before));
    set(monitor, &first.to_string());
    wait("the warning goes", || !monitor.receiver_status().warnings.iter().any(|one| one.contains("goes on at")));
}

#[test]
fn where_the_port_is_taken_at_the_start_another_one_helps_at_once() {
    let bench = Bench::new();
    let (monitor, other) = (bench.monitor(), free());
    let taken = free();
    set(monitor, &taken.to_string());
    let _taken = TcpListener::bind(taken).unwrap();
    let _app = App::on(monitor);
    wait("it says that it cannot", || {
        monitor.receiver_status().reason.is_some_and(|reason| reason.contains("in Settings, General"))
    });
    assert_eq!(monitor.near_address().unwrap(), format!("http://{taken}"), "that is where it should be");
    set(monitor, &other.to_string());
    wait("it receives there", || receives_at(monitor, other));
}
