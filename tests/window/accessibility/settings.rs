//! The settings: each tab, and what is opened from there.

use std::rc::Rc;
use std::thread::sleep;
use std::time::Duration;

use super::super::{Stage, id};
use super::{Inspection, escape, fill};
use crate::harness::{Desk, Folder, Screen, Window, screen};

/// A window on a folder that was away for a moment, so that a time away is listed.
fn after_an_absence(desk: &Rc<Desk>) -> Stage {
    let folder = Folder::with_environment(desk.environment());
    folder.add_signed("signed");
    folder.serve().stop();
    // From two seconds on it counts.
    sleep(Duration::from_secs(3));
    let window = Window::drive(&folder, desk);
    Stage { window, folder }
}

fn tab(window: &Window, name: &str) {
    window.click(&id(&format!("settings-tab-{name}")));
    window.find(&format!("{}[data-state=\"active\"]", id(&format!("settings-tab-{name}"))));
}

#[test]
fn the_settings_are_without_fault() {
    let _turn = screen();
    let desk = Rc::new(Desk::new());
    let stage = after_an_absence(&desk);
    let window = &stage.window;
    fill(&stage);
    let mut inspection = Inspection::of(window);
    window.click(&id("nav-settings"));
    for name in ["general", "notifications", "about"] {
        tab(window, name);
        inspection.look(name);
    }
    tab(window, "notifications");
    window.find(&id("notification"));
    window.click(&id("mute-hour"));
    window.find(&id("muted-until"));
    inspection.look_at(&id("view-settings"));

    tab(window, "escalation");
    window.click(&id("escalation-on"));
    window.click(&id("escalation-mail"));
    window.find(&id("escalation-host"));
    inspection.look("escalation");
    window.click(&id("escalation-save"));
    inspection.look_at(&id("escalation"));

    tab(window, "check");
    window.click(&id("doctor-run"));
    window.text_where(&id("doctor-summary"), |text| text.contains("Checked"));
    inspection.look("check");

    // A setting is looked for.
    window.fill(&id("find-setting"), "internet");
    window.find(&id("found-setting"));
    inspection.look("settings that were found");
    window.fill(&id("find-setting"), "nothing is called that");
    inspection.look("no setting was found");

    // Last, since a time away is one of the history once it is over for a minute.
    tab(window, "away");
    window.find(&id("time-away"));
    inspection.look("away");
    window.click(&id("away-check"));
    inspection.look_at(&id("away-dialog"));
    inspection.done();
}

#[test]
fn what_opens_from_the_settings_is_without_fault() {
    let _turn = screen();
    let desk = Rc::new(Desk::new());
    let furniture = Screen::of(&desk);
    let folder = Folder::with_environment(desk.environment());
    folder.add_signed("signed");
    let window = Window::drive(&folder, &desk);
    let mut inspection = Inspection::of(&window);
    window.click(&id("nav-settings"));
    let form = id("webhook-form");
    for (button, kinds) in [("webhook-add", &["oauth2", "basic", "none", "hmac"][..]), ("webhook-edit", &["hmac"])] {
        window.click(&id(button));
        for kind in kinds {
            window.click(&id(&format!("webhook-auth-{kind}")));
            inspection.look_at(&form);
        }
        if button == "webhook-add" {
            window.click(&id("webhook-from-list"));
            window.click(&id("webhook-save"));
            inspection.look("a webhook whose form is not complete");
        }
        escape(&window, &form);
    }
    window.click(&id("webhook-more"));
    inspection.look_at("[role=\"menu\"]");
    window.click(&id("webhook-remove"));
    inspection.look_at("[role=\"alertdialog\"]");
    escape(&window, "[role=\"alertdialog\"]");

    tab(&window, "general");
    window.click(&id("history-open"));
    for source in ["files", "api"] {
        window.click(&id(&format!("history-from-{source}")));
        inspection.look_at(&id("history-dialog"));
    }
    escape(&window, &id("history-dialog"));

    // Settings of another computer, chosen in the system's own dialog.
    let other = Folder::new();
    other.add_open("oslo");
    let file = other.beside("settings.json").display().to_string();
    other.run(&["settings", "export", &file]).good();
    window.click(&id("settings-import"));
    furniture.chooses_file("Open File", &file);
    inspection.look_at(&id("settings-plan"));
    inspection.done();
}
