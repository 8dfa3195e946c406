//! Starting with the computer: on the command line and in the window, which shows what the system has.

use std::path::PathBuf;
use std::rc::Rc;

use super::folder;
use crate::harness::{Desk, Folder, Window, eventually, screen};

/// The entries there are.
fn entries(folder: &Folder) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.beside("home/.config/autostart")).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn exec(folder: &Folder) -> String {
    let text = std::fs::read_to_string(&entries(folder)[0]).unwrap();
    text.lines().find_map(|line| line.strip_prefix("Exec=")).unwrap().to_owned()
}

#[test]
fn the_command_line_switches_it_and_tells_what_the_system_has() {
    let folder = Folder::new();
    assert!(folder.run(&["autostart"]).good().starts_with("off:"));
    assert!(folder.run(&["--listen", "127.0.0.1:9876", "autostart", "on"]).good().starts_with("on:"));
    let exec = exec(&folder);
    let data = folder.path().display().to_string();
    assert!(exec.contains("--hidden") && exec.contains(&data) && exec.ends_with("--listen 127.0.0.1:9876"), "{exec}");
    let other = folder.run(&["autostart", "status"]).good();
    assert!(other.starts_with("other:") && other.contains("9876"), "asked without the address, it is another: {other}");

    // A desktop's own settings switch an entry off like this.
    let file = entries(&folder).remove(0);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text + "Hidden=true\n").unwrap();
    assert!(folder.run(&["--listen", "127.0.0.1:9876", "autostart"]).good().starts_with("off:"));
    assert!(folder.run(&["autostart", "on"]).good().starts_with("on:"));
    assert!(folder.run(&["autostart", "off"]).good().starts_with("off:"));
    assert_eq!(entries(&folder), Vec::<PathBuf>::new());
    assert!(folder.run(&["autostart", "off"]).good().starts_with("off:"), "twice is once");
}

#[test]
fn the_window_switches_it_and_shows_what_was_changed_elsewhere() {
    let _turn = screen();
    let desk = Rc::new(Desk::without_pop_ups());
    let folder = folder(&desk);
    let window = Window::drive(&folder, &desk);
    let toggle = "[data-testid=\"setting-autostart\"]";
    let is = |wanted: &str| {
        let script = "return document.querySelector(arguments[0])?.getAttribute('aria-checked') ?? ''";
        eventually(&format!("the switch to be {wanted}"), || {
            // As when a person comes back to the window.
            window.run("window.dispatchEvent(new Event('focus')); return true", &[]);
            (window.run(script, &[toggle.into()]) == wanted).then_some(())
        });
    };
    window.click("[data-testid=\"nav-settings\"]");
    window.click("[data-testid=\"settings-tab-general\"]");
    window.find(toggle);
    is("false");
    window.click(toggle);
    eventually("the entry", || (entries(&folder).len() == 1).then_some(()));
    is("true");
    assert!(
        exec(&folder).contains(&format!("--listen {}", window.address())),
        "it is started as it was: {}",
        exec(&folder)
    );
    std::fs::remove_file(&entries(&folder)[0]).unwrap();
    is("false");
    window.click(toggle);
    is("true");
    window.click(toggle);
    eventually("the entry to go", || entries(&folder).is_empty().then_some(()));
}
