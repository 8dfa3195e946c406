//! The guide's pictures, taken from the running app: `make pictures`. Not a test, and so not run with them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;
use study::Clock as _;
use study::clock::SystemClock;

use super::id;
use crate::harness::{CONTROL, Desk, Folder, PASSCODE, Serve, Window, ran, screen};

/// Turns the clock of a process; Debian's package faketime.
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

/// Days of history behind the pictures.
const DAYS: i64 = 16;

/// How long a view gets to settle: the longest motion is 150 ms.
const SETTLED: Duration = Duration::from_millis(700);

#[test]
#[ignore = "draws the guide's pictures: make pictures"]
fn the_guides_pictures() {
    let _turn = screen();
    let desk = Rc::new(Desk::without_pop_ups());
    let folder = Folder::with_environment(desk.environment());
    fill(&folder);
    let window = Window::drive(&folder, &desk);
    window.text_where(&id("receiver-state"), |text| text.contains("Receiving"));
    set(&window, "operator", &json!("M. Rossi"));

    let guide = repository().join("docs/pictures");
    window.resize(1280, 800);
    theme(&window, "light");
    views(&window, &|name| guide.join(format!("{name}.png")));
    covers(&window, &|name| guide.join(format!("{name}.png")), &["subject", "upload", "compare", "palette"]);
    // The same in both themes and at two sizes, to be looked at: they are not part of the guide.
    let looked_at = repository().join("target/pictures");
    std::fs::create_dir_all(&looked_at).expect("the target folder is writable");
    for (width, height) in [(1024, 700), (1440, 900)] {
        window.resize(width, height);
        for name in ["light", "dark"] {
            theme(&window, name);
            let file = |view: &str| looked_at.join(format!("{view}-{name}-{width}.png"));
            views(&window, &file);
            covers(&window, &file, COVERS);
        }
    }
}

#[test]
#[ignore = "draws pictures to be looked at: make pictures"]
fn the_set_up_and_practice_to_be_looked_at() {
    let _turn = screen();
    let looked_at = repository().join("target/pictures");
    std::fs::create_dir_all(&looked_at).expect("the target folder is writable");
    let desk = Rc::new(Desk::without_pop_ups());
    let folder = Folder::with_environment(desk.environment());
    let window = Window::drive(&folder, &desk);
    window.resize(1024, 700);
    let both = |window: &Window, name: &str| {
        for shade in ["light", "dark"] {
            theme(window, shade);
            sleep(SETTLED);
            desk.picture(&looked_at.join(format!("setup-{name}-{shade}.png")));
        }
    };
    let step = |name: &str| window.find(&format!("[data-testid=\"setup\"][data-step=\"{name}\"]"));
    step("kind");
    both(&window, "1-kind");
    window.click(&id("setup-next"));
    step("study");
    window.fill(&id("setup-name"), "Sleep follow-up, Boston");
    both(&window, "2-study");
    window.click(&id("setup-next"));
    step("reach");
    both(&window, "3-reach");
    window.click(&id("setup-it-page"));
    window.find(&id("it-text"));
    both(&window, "3-it-page");
    window.click(&id("it-close"));
    for way in ["proxy", "own"] {
        window.click(&id(&format!("setup-way-{way}")));
        both(&window, &format!("3-{way}"));
    }
    window.click(&id("setup-way-later"));
    window.click(&id("setup-next"));
    step("proof");
    both(&window, "4-proof");
    window.click(&id("setup-next"));
    step("portal");
    window.find(&id("setup-secret"));
    both(&window, "5-portal");
    window.click(&id("setup-sure"));
    window.click(&id("setup-next"));
    step("last");
    both(&window, "6-last");
    window.click(&id("nav-today"));
    window.find(&id("setup-line"));
    both(&window, "today-line");
    window.click(&id("setup-continue"));
    window.click(&id("setup-next"));
    step("done");
    both(&window, "7-done");
    for tab in ["webhooks", "general"] {
        window.click(&id("nav-settings"));
        window.click(&id(&format!("settings-tab-{tab}")));
        both(&window, &format!("settings-{tab}"));
    }
    window.fill(&id("find-setting"), "internet");
    both(&window, "settings-find");
    drop(window);

    let folder = Folder::with_environment(desk.environment());
    let window = Window::practise(&["--rate", "2"], &folder, &desk);
    window.resize(1024, 700);
    for view in ["today", "subjects", "problems"] {
        window.click(&id(&format!("nav-{view}")));
        both(&window, &format!("practice-{view}"));
    }
    window.click(&id("practice-leave"));
    both(&window, "practice-leave");
}

/// Every view, each left as it was found.
fn views(window: &Window, file: &dyn Fn(&str) -> PathBuf) {
    let shot = |name: &str| {
        sleep(SETTLED);
        std::fs::write(file(name), window.screenshot()).expect("a picture can be written");
    };
    for view in ["today", "problems", "uploads", "subjects", "events", "settings"] {
        window.click(&id(&format!("nav-{view}")));
        window.find(&id(&format!("view-{view}")));
        shot(view);
    }
    window.click(&id("nav-problems"));
    window.click(&id("problem-row"));
    window.find(&id("problem-pane"));
    shot("problem");
    window.press("\u{e00c}");
    window.click(&id("nav-events"));
    window.click(&id("event-row"));
    window.find(&id("inspector"));
    shot("event");
    window.press("\u{e00c}");
    window.click(&id("export-open"));
    window.find(&id("export-path"));
    shot("export");
    window.press("\u{e00c}");
}

/// What opens over a view or beside it: its name, and how to get there. Each is closed again by Escape.
const COVERS: &[&str] = &[
    "subject",
    "upload",
    "compare",
    "palette",
    "help",
    "columns",
    "proposals",
    "snooze",
    "contact",
    "import",
    "webhook",
    "general",
    "notifications",
    "escalation",
    "check",
    "away",
    "about",
    "history",
    "receiver",
    "bell",
];

fn covers(window: &Window, file: &dyn Fn(&str) -> PathBuf, names: &[&str]) {
    for name in names {
        // Where it is, what is clicked there, and what is then to be seen.
        let (view, steps): (&str, &[&str]) = match *name {
            "subject" => ("subjects", &["subjects-list\"] .body [role=\"row", "subject-pane"]),
            "upload" => ("uploads", &["view-uploads\"] .body [role=\"row", "upload-pane"]),
            "compare" => ("events", &["event-row", "inspector-compare", "compare"]),
            "columns" => ("events", &["columns", "columns-menu"]),
            "proposals" => ("events", &["search-box", "search-proposals"]),
            "snooze" => ("problems", &["problem-row", "problem-snooze"]),
            "contact" => ("problems", &["problem-row", "problem-contact", "act-dialog"]),
            "import" => ("subjects", &["subjects-import", "import-dialog"]),
            "webhook" => ("settings", &["webhook-edit", "webhook-form"]),
            "general" => ("settings", &["settings-tab-general", "tls"]),
            "notifications" => ("settings", &["settings-tab-notifications", "setting-popups"]),
            "escalation" => ("settings", &["settings-tab-escalation", "escalation-save"]),
            "check" => ("settings", &["settings-tab-check", "doctor-run", "check"]),
            "away" => ("settings", &["settings-tab-away", "settings-tab-away"]),
            "about" => ("settings", &["settings-tab-about", "settings-tab-about"]),
            "history" => ("settings", &["settings-tab-general", "history-open", "history-choose"]),
            "receiver" => ("today", &["receiver-state", "receiver-popup"]),
            "bell" => ("today", &["bell", "bell-popup"]),
            _ => ("today", &[]),
        };
        window.click(&id(&format!("nav-{view}")));
        window.find(&id(&format!("view-{view}")));
        match *name {
            "palette" => window.chord(CONTROL, 'k'),
            "help" => window.keys("?"),
            _ => {}
        }
        if let Some((last, clicks)) = steps.split_last() {
            for step in clicks {
                window.click(&id(step));
            }
            window.find(&id(last));
        }
        sleep(SETTLED);
        std::fs::write(file(name), window.screenshot()).expect("a picture can be written");
        for _ in 0..3 {
            window.press("\u{e00c}");
        }
    }
}

/// A study of some weeks, some moments of each day, each under its own clock; the last one is now.
fn fill(folder: &Folder) {
    let add =
        ["webhook", "add", "Study 189", "--slug", "study-189", "--auth", "hmac", "--secret-stdin", "--study-id", "189"];
    folder.run_with(&add, format!("{PASSCODE}\n").as_bytes()).good();
    for (number, seconds_ago) in moments().into_iter().enumerate() {
        let under_its_clock = |command: &mut Command| {
            if seconds_ago > 0 {
                command.env("LD_PRELOAD", FAKETIME).env("FAKETIME", format!("-{seconds_ago}"));
            }
        };
        let mut command = folder.command(&["serve", "--listen", "127.0.0.1:0"]);
        under_its_clock(&mut command);
        let serve = Serve::start(folder, command.stdin(Stdio::null()));
        // Some bad hours: something wants the person who looks.
        let scenario = if number % 17 == 5 { "errors" } else { "day" };
        let (url, seed) = (serve.url("study-189"), (number + 1).to_string());
        let arguments = ["simulate", "--to", &url, "--auth", "hmac", "--secret-stdin", "--scenario", scenario];
        let more = ["--count", "22", "--rate", "0", "--seed", &seed];
        let mut command = folder.command(&[&arguments[..], &more[..]].concat());
        under_its_clock(&mut command);
        ran(&mut command, format!("{PASSCODE}\n").as_bytes()).good();
        serve.stop();
    }
    tidy(folder);
}

/// What a coordinator who looks every day would have seen to: of the older problems only a few are left.
fn tidy(folder: &Folder) {
    const LEFT: usize = 9;
    let open = folder.problems();
    let ids: Vec<String> = open.iter().skip(LEFT).map(|problem| problem["id"].to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    for some in ids.chunks(100) {
        folder.run(&[&["problem", "resolve", "--by", "M. Rossi", "--note", "seen to"], some].concat()).good();
    }
    // The clock of the past makes each pause between two moments doubtful. One is noted for good a minute after it was over.
    let serve = Serve::start(folder, folder.command(&["serve", "--listen", "127.0.0.1:0"]).stdin(Stdio::null()));
    let began = Instant::now();
    let away = loop {
        let rows = folder.list("away", &["--limit", "1000"]);
        if began.elapsed() > Duration::from_secs(90) || rows.iter().all(|row| row["sequence"].is_number()) {
            break rows;
        }
        sleep(Duration::from_secs(1));
    };
    serve.stop();
    let away: Vec<String> = away.iter().map(|row| row["sequence"].to_string()).collect();
    let away: Vec<&str> = away.iter().map(String::as_str).filter(|number| *number != "null").collect();
    if !away.is_empty() {
        folder.run(&[&["away", "check", "--by", "M. Rossi"], &away[..]].concat()).good();
    }
    let taken: Vec<String> = open.iter().skip(LEFT - 2).take(2).map(|problem| problem["id"].to_string()).collect();
    let taken: Vec<&str> = taken.iter().map(String::as_str).collect();
    let acknowledge = ["problem", "acknowledge", "--by", "M. Rossi", "--note", "called, left message"];
    folder.run(&[&acknowledge, &taken[..]].concat()).good();
}

/// When something came, in seconds before now: at the times of day at which monitors meet their hubs, oldest first.
fn moments() -> Vec<i64> {
    const DAY: i64 = 86_400;
    let now = SystemClock.now().as_second();
    let today = now - now % DAY;
    let minutes = |hour: i64, minute: i64| (hour * 60 + minute) * 60;
    let times = [minutes(6, 41), minutes(8, 7), minutes(10, 23), minutes(13, 2), minutes(17, 36)];
    let days = (0..DAYS).rev().map(|back| today - back * DAY);
    let moments = days.flat_map(|day| times.map(|time| day + time)).filter(|moment| *moment + 300 < now);
    moments.map(|moment| now - moment).chain([0]).collect()
}

fn theme(window: &Window, name: &str) {
    set(window, "theme", &json!(name));
    sleep(SETTLED);
}

/// Changes one setting, as Settings does.
fn set(window: &Window, name: &str, value: &serde_json::Value) {
    let script = "const invoke = window.__TAURI_INTERNALS__.invoke;
        return invoke('settings').then((all) => invoke('settings_set', { settings: { ...all, [arguments[0]]: arguments[1] } })).then(() => true)";
    assert_eq!(window.run(script, &[json!(name), value.clone()]), json!(true));
}

/// The repository's root.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package has a parent").to_path_buf()
}
