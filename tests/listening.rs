//! Where the program listens when its start does not say: the setting, followed while it runs, by `serve` and in the window.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;

use serde_json::json;

use crate::harness::{Desk, Folder, Post, Serve, Window, Wire, eventually, screen};

/// An address that nobody listens on.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("there is a free port")
}

/// Sets it as a person without a window does: with a file. What the command said.
fn set(folder: &Folder, address: &str) -> String {
    let path = folder.beside("settings.json");
    let file =
        json!({ "format": "centrepoint-monitor settings", "version": 1, "settings": { "listen_address": address } });
    std::fs::write(&path, file.to_string()).expect("a fresh folder is writable");
    let ran = folder.run(&["settings", "import", &path.display().to_string(), "--yes", "--by", "M. Rossi"]);
    let notes = ran.stderr.clone();
    ran.good() + &notes
}

fn upload(number: usize) -> Post {
    Post::upload("rome", &number.to_string(), "1", "completed")
}

fn post(address: SocketAddr, number: usize) -> u16 {
    Wire::to(address).send(&upload(number).bytes()).answer().status
}

#[test]
fn the_setting_is_followed_while_deliveries_come_and_the_command_line_stands_above_it() {
    let folder = Folder::new();
    folder.add_open("rome");
    let (first, second) = (free(), free());
    set(&folder, &first.to_string());
    let serve = Serve::start(&folder, &mut folder.command(&["serve"]));
    assert_eq!(serve.address(), first, "it is what the setting says");

    let mut open = Wire::to(first);
    assert_eq!(open.send(&upload(1).bytes()).answer().status, 200);
    set(&folder, &second.to_string());
    eventually("the new address", || TcpStream::connect(second).ok());
    assert_eq!(post(second, 2), 200);
    assert_eq!(open.send(&upload(3).bytes()).answer().status, 200, "what was connected goes on");
    eventually("the old address to be left", || TcpStream::connect(first).is_err().then_some(()));
    assert_eq!(folder.events().len(), 3);
    eventually("webhooks to be shown there", || {
        let rows = folder.list("webhook", &["list"]);
        rows[0]["target_url"].as_str().is_some_and(|url| url.contains(&second.to_string())).then_some(())
    });
    let found = folder.run(&["doctor"]).stdout;
    assert!(found.contains(&format!("answers at http://{second}")), "the check looks there: {found}");

    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let said = set(&folder, &taken.local_addr().expect("it has one").to_string());
    assert!(said.contains("is left as it is here") && said.contains("in use by another program"), "{said}");
    assert_eq!(post(second, 4), 200, "the old one stays in use");
    let (status, rest) = serve.stop();
    assert!(status.success() && rest.is_empty(), "only its first line is on stdout: {rest}");

    let (third, fourth) = (free().to_string(), free().to_string());
    let mut command = folder.command(&["serve"]);
    let serve = Serve::start(&folder, command.env("CENTREPOINT_MONITOR_LISTEN", &third));
    assert_eq!(serve.address().to_string(), third, "the environment stands above the setting");
    drop(serve);
    let mut command = folder.command(&["--listen", &fourth, "serve"]);
    let serve = Serve::start(&folder, command.env("CENTREPOINT_MONITOR_LISTEN", &third));
    assert_eq!(serve.address().to_string(), fourth, "and the command line above both");

    let exported = folder.beside("out.json");
    folder.run(&["settings", "export", &exported.display().to_string()]).good();
    let text = std::fs::read_to_string(exported).expect("it was written");
    assert!(text.contains(&format!(r#""listen_address": "{second}""#)), "{text}");
}

#[test]
fn from_this_computer_alone_to_all_of_its_addresses_on_the_same_port() {
    let folder = Folder::new();
    folder.add_open("rome");
    let address = free();
    set(&folder, &address.to_string());
    let serve = Serve::start(&folder, &mut folder.command(&["serve"]));
    let mut open = Wire::to(address);
    assert_eq!(open.send(&upload(1).bytes()).answer().status, 200);
    let other: SocketAddr = ([127, 0, 0, 9], address.port()).into();
    assert!(TcpStream::connect(other).is_err());
    set(&folder, &format!("0.0.0.0:{}", address.port()));
    eventually("another address of this computer", || TcpStream::connect(other).ok());
    assert_eq!(open.send(&upload(2).bytes()).answer().status, 200);
    assert_eq!((post(other, 3), post(address, 4)), (200, 200));
    assert_eq!(folder.events().len(), 4);
    assert!(serve.stderr().contains("receiving at another address"), "{}", serve.stderr());
}

#[test]
fn a_person_sees_and_changes_it_in_the_window() {
    let _turn = screen();
    let (folder, desk) = (Folder::new(), Rc::new(Desk::without_pop_ups()));
    folder.add_open("rome");
    let (first, second) = (free(), free());
    set(&folder, &first.to_string());
    let window = Window::view(&folder, &desk, first.port());
    eventually("the app to receive", || TcpStream::connect(first).ok());
    assert_eq!(post(first, 1), 200);
    window.run("location.hash = '#/settings?tab=general'", &[]);
    let now = || window.text("[data-testid=listening-now]");
    eventually("the address now", || now().contains(&first.to_string()).then_some(()));
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let change = |address: SocketAddr| {
        window.fill("[data-testid=setting-listen]", &address.to_string());
        window.click("[data-testid=listening-change]");
        window.click("[data-testid=confirm-yes]");
    };
    change(taken.local_addr().expect("it has one"));
    eventually("the refusal", || {
        window.text("[data-testid=listening]").contains("in use by another program").then_some(())
    });
    assert!(now().contains(&first.to_string()), "the old one stays in use");
    change(second);
    eventually("the new address", || now().contains(&second.to_string()).then_some(()));
    assert_eq!(post(second, 2), 200);
    eventually("the old address to be left", || TcpStream::connect(first).is_err().then_some(()));
}
