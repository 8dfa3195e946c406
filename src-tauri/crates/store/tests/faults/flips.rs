//! A bit turns over, a sector is zeros, a file ends early: each such harm is harmless, or mended, or said. Never a panic.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use faults::{Dice, Disk, Files};
use rusqlite::{Connection, OpenFlags};
use store::state::{Levels, Outcome, Webhook};
use store::{DataFolder, State};
use study::Slug;

use crate::site::{Receiving, clock, lay_out, runtime};

#[test]
fn no_harm_to_a_file_is_silent() {
    Tally::of(60).holds();
}

#[test]
#[ignore = "takes minutes: make torture"]
fn torture_long_flips() {
    Tally::of(600).holds();
}

/// Deliveries of the history that is harmed.
const DELIVERIES: u64 = 60;

/// The files of a small history: in use, with write-ahead logs, and closed in good order.
fn histories() -> [Files; 2] {
    let temp = tempfile::tempdir().unwrap();
    let folder = DataFolder::open(temp.path()).unwrap();
    let disk = Disk::under(temp.path()).unwrap();
    let receiving = Receiving::start(&folder).unwrap();
    let state = State::open(&folder).unwrap();
    for slug in ["a", "b", "c"] {
        state.add_webhook(&webhook(slug)).unwrap();
    }
    state.set_setting("saved", &serde_json::json!(["one"])).unwrap();
    receiving.append(&runtime(), &disk, (0..DELIVERIES).map(|number| (number, 1_500)));
    // A question waits for the view.
    store::view::content_digest(&folder).unwrap();
    let in_use = read(temp.path());
    drop(state);
    receiving.stop();
    [in_use, read(temp.path())]
}

fn read(folder: &Path) -> Files {
    let named = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.unwrap();
        (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).unwrap())
    };
    let ours = |(name, _): &(String, Vec<u8>)| name.contains(".db") && !name.ends_with("-shm");
    std::fs::read_dir(folder).unwrap().map(named).filter(ours).collect()
}

fn webhook(slug: &str) -> Webhook {
    Webhook {
        slug: Slug::new(slug).unwrap(),
        name: format!("The {slug} study"),
        authentication: centrepoint::Authentication::Hmac,
        username: None,
        client_id: None,
        study_id: None,
        time_zone: None,
        allow: vec!["vendor".to_owned()],
        enabled: true,
        removed: false,
        secret_place: Some("keychain".to_owned()),
        secret_version: 3,
        former: None,
        created_at: 1,
        validation_needed_at: 2,
        handshake: None,
        levels: Levels::default(),
    }
}

/// Does something to one of the files; what, in words.
fn harm(files: &mut Files, dice: &mut Dice) -> String {
    let names: Vec<String> =
        files.iter().filter(|(_, bytes)| !bytes.is_empty()).map(|(name, _)| name.clone()).collect();
    let name = &names[dice.below(names.len())];
    let bytes = files.get_mut(name).unwrap();
    let at = dice.below(bytes.len());
    let what = match dice.below(5) {
        0 => {
            bytes[at] ^= 1 << dice.below(8);
            "a bit turned over"
        }
        1 => {
            bytes[at] = bytes[at].wrapping_add(u8::try_from(1 + dice.below(255)).unwrap());
            "a byte changed"
        }
        2 | 3 => {
            let size = if dice.once_in(2) { 512 } else { 4096 };
            let from = at / size * size;
            let to = (from + size).min(bytes.len());
            bytes[from..to].fill(0);
            "zeros"
        }
        _ => {
            bytes.truncate(at);
            "cut short"
        }
    };
    format!("{name}: {what} at {at}")
}

type Rows = BTreeMap<i64, (Option<Vec<u8>>, Vec<u8>)>;

/// Every arrival with its number and its bytes.
fn rows(folder: &DataFolder) -> rusqlite::Result<Rows> {
    let log = Connection::open_with_flags(folder.log(), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = log.prepare("SELECT sequence, head, body FROM log WHERE kind = 'arrival' ORDER BY sequence")?;
    statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?.collect()
}

#[derive(Debug, Default)]
struct Tally {
    harms: usize,
    harmless: usize,
    said: usize,
    /// Harms to the view or the state within a value, of which the file's structure knows nothing.
    within_a_value: Vec<String>,
    silent: Vec<String>,
}

static PANICS: AtomicUsize = AtomicUsize::new(0);

impl Tally {
    fn of(harms: u64) -> Self {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            PANICS.fetch_add(1, Ordering::Relaxed);
            usual(info);
        }));
        let histories = histories();
        let temp = tempfile::tempdir().unwrap();
        let expected = rows(&lay_out(&histories[1], temp.path())).unwrap();
        assert_eq!(expected.len(), usize::try_from(DELIVERIES).unwrap());
        let mut tally = Self::default();
        for seed in 0..harms {
            let mut dice = Dice::new(seed);
            let mut files = histories[dice.below(2)].clone();
            let what = harm(&mut files, &mut dice);
            tally.look(&files, &expected, &what);
        }
        let Self { harms, harmless, said, within_a_value, silent } = &tally;
        println!(
            "{harms} harms: {harmless} harmless or mended, {said} said, {} within a value of view or state, silent {}, panics {}",
            within_a_value.len(),
            silent.len(),
            PANICS.load(Ordering::Relaxed)
        );
        tally
    }

    fn look(&mut self, files: &Files, expected: &Rows, what: &str) {
        self.harms += 1;
        let temp = tempfile::tempdir().unwrap();
        let folder = lay_out(files, temp.path());
        // As the program starts: before anything has the state open.
        let lock = folder.claim_receiver().unwrap();
        let recovered = store::recover(&folder, &lock, &*clock());
        drop(lock);
        if let Err(error) = recovered {
            self.silent.push(format!("{what}: it does not start: {error}"));
            return;
        }
        match Receiving::start(&folder) {
            Ok(receiving) => {
                until_salvaged(&folder);
                receiving.stop();
            }
            Err(error) => {
                self.silent.push(format!("{what}: it does not receive: {error}"));
                return;
            }
        }
        let state = State::open(&folder).unwrap();
        let damages = state.damages().unwrap();
        let verdict = store::log::verify(&folder, |_, _| ()).unwrap();
        let is_said = !damages.is_empty() || !verdict.differences.is_empty() || !verdict.losses.is_empty();
        let same_rows = rows(&folder).is_ok_and(|rows| &rows == expected);
        let webhooks = ["a", "b", "c"].map(webhook).to_vec();
        let saved = state.setting("saved").ok().flatten();
        let same_state =
            state.webhooks().is_ok_and(|found| found == webhooks) && saved == Some(serde_json::json!(["one"]));
        drop(state);
        let same_view = is_said || crate::power::view_equals_a_rebuilt_one(&folder);
        if same_rows && same_state && same_view {
            self.harmless += 1;
        } else if is_said {
            self.said += 1;
        } else if same_rows && (what.starts_with("view.db") || what.starts_with("state.db")) {
            self.within_a_value.push(what.to_owned());
        } else {
            self.silent.push(format!("{what}: rows {same_rows}, state {same_state}, view {same_view}"));
        }
    }

    fn holds(&self) {
        assert!(self.harmless > 0 && self.said > 0, "{self:?}");
        assert_eq!(self.silent, Vec::<String>::new());
        assert_eq!(PANICS.load(Ordering::Relaxed), 0, "it never panics");
    }
}

fn until_salvaged(folder: &DataFolder) {
    let since = Instant::now();
    loop {
        let damages = State::open(folder).unwrap().damages().unwrap();
        let open = |outcome: &Outcome| matches!(outcome, Outcome::SetAside { salvaged: None, .. });
        if !damages.iter().any(|damage| open(&damage.outcome)) {
            return;
        }
        assert!(since.elapsed() < Duration::from_secs(30), "the salvage ends");
        std::thread::sleep(Duration::from_millis(20));
    }
}
