//! Settings, and what the About page says.

use std::path::Path;

use receiver::Networks;
use receiver::tls::Which;
use serde_json::{Map, Value};
use study::Action;

use crate::Monitor;
use crate::notifications;
use crate::receiving;
use crate::wire::{About, ApiError, Settings};

/// The setting all of the person's settings are under.
pub(crate) const NAME: &str = "settings";
/// The setting that marks a practice folder.
const PRACTICE: &str = "practice";
/// The setting with the address last listened on, for whoever shows a webhook's address without being the receiver.
const ADDRESS: &str = "listen_address";
/// The setting that remembers that closing to the tray was explained.
const TRAY_EXPLAINED: &str = "tray_explained";

/// The address shown before the first start.
const DEFAULT_ADDRESS: &str = "http://127.0.0.1:8737";

/// A year: what is stuck for longer is a matter for the archive.
const LONGEST_STUCK_HOURS: f64 = 8_760.0;

/// The most proxies trusted.
const MOST_PROXIES: usize = 100;

/// The longest name of a file, in characters.
const LONGEST_FILE: usize = 1_000;

/// The longest text in a setting, in characters.
const LONGEST: usize = 200;

impl Monitor {
    /// Everything adjustable. What was never set has its default.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn settings(&self) -> Result<Settings, ApiError> {
        let Some(value) = self.state().setting(NAME)? else { return Ok(Settings::default()) };
        // One that cannot be read costs the others nothing: better its default than a program that does not start.
        Ok(readable(&value).0)
    }

    /// Sets settings that cannot be read aside, as they are, and says so: whoever receives does it at the start, before anything of them is
    /// written over.
    ///
    /// # Errors
    /// What SQLite said.
    pub(crate) fn mend_settings(&self) -> Result<(), ApiError> {
        let Some(kept) = self.state().setting(NAME)? else { return Ok(()) };
        let (settings, lost) = readable(&kept);
        if lost.is_empty() {
            return Ok(());
        }
        let lost = lost.join(", ");
        let row = self.state().set_setting_aside(NAME, &json(&settings), &lost, self.now())?;
        tracing::error!(lost, row, "settings could not be read: they were set aside and have their defaults");
        Ok(())
    }

    /// Sets them all. What changed is also written into the history, the theme aside.
    ///
    /// # Errors
    /// `invalid` with the field, or why it could not be written.
    pub fn settings_set(&self, settings: &Settings) -> Result<(), ApiError> {
        let new = checked(settings)?;
        let old = self.settings()?;
        if new == old {
            return Ok(());
        }
        check_tls(&old, &new)?;
        let moves = old.listen_address != new.listen_address;
        if moves {
            self.check_listen_address(&new, &self.kinds()?)?;
        }
        let actions = changes(&json(&old), &json(&new));
        self.state().set_setting(NAME, &json(&new))?;
        if moves {
            self.note_listen_address(&new)?;
        }
        self.board().state_changed();
        if actions.is_empty() { Ok(()) } else { self.append(&actions) }
    }

    /// Trusts these proxies from now on, and no others.
    ///
    /// # Errors
    /// As [`Monitor::settings_set`].
    pub fn trust_proxies(&self, proxies: &[String]) -> Result<(), ApiError> {
        self.settings_set(&Settings { trusted_proxies: proxies.to_vec(), ..self.settings()? })
    }

    /// What the About page says.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn about(&self) -> Result<About, ApiError> {
        Ok(About {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            data_folder: self.data_folder().display().to_string(),
            practice: self.is_practice()?,
            time_zone: self.zone().iana_name().unwrap_or("UTC").to_owned(),
            export_folder: self.export_folder().display().to_string(),
            senders: centrepoint::SENDERS.map(|sender| std::net::Ipv4Addr::from(sender).to_string()).to_vec(),
        })
    }

    /// Whether this is a practice folder.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn is_practice(&self) -> Result<bool, ApiError> {
        Ok(self.state().setting(PRACTICE)? == Some(Value::Bool(true)))
    }

    /// Marks the folder as a practice folder.
    pub(crate) fn mark_practice(&self) -> Result<(), ApiError> {
        Ok(self.state().set_setting(PRACTICE, &true.into())?)
    }

    /// Whether it still has to be said that closing the window keeps receiving. Says yes once.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn explain_tray_once(&self) -> Result<bool, ApiError> {
        if self.state().setting(TRAY_EXPLAINED)? == Some(Value::Bool(true)) {
            return Ok(false);
        }
        self.state().set_setting(TRAY_EXPLAINED, &true.into())?;
        Ok(true)
    }

    /// Remembers the address listened on.
    pub(crate) fn remember_address(&self, address: &str) -> Result<(), ApiError> {
        if self.last_address()? == address {
            return Ok(());
        }
        Ok(self.state().set_setting(ADDRESS, &address.into())?)
    }

    /// The address last listened on.
    pub(crate) fn last_address(&self) -> Result<String, ApiError> {
        let known = self.state().setting(ADDRESS)?;
        Ok(known.as_ref().and_then(Value::as_str).unwrap_or(DEFAULT_ADDRESS).to_owned())
    }
}

fn json(settings: &Settings) -> Value {
    serde_json::to_value(settings).unwrap_or_default()
}

/// All of them by name.
pub(crate) fn object(settings: &Settings) -> Map<String, Value> {
    match json(settings) {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// What can be read of settings as they are kept, and the names of those that cannot: they have their defaults.
fn readable(kept: &Value) -> (Settings, Vec<String>) {
    let Some(fields) = kept.as_object() else { return (Settings::default(), vec!["all of them".to_owned()]) };
    if let Ok(settings) = serde_json::from_value(kept.clone()) {
        return (settings, Vec::new());
    }
    let (mut settings, mut lost) = (Settings::default(), Vec::new());
    for (name, value) in fields {
        let mut with = json(&settings);
        with[name] = value.clone();
        match serde_json::from_value(with) {
            Ok(read) => settings = read,
            Err(_) => lost.push(name.clone()),
        }
    }
    (settings, lost)
}

/// What differs, as actions. The theme is a matter of taste, not of the history.
pub(crate) fn changes(old: &Value, new: &Value) -> Vec<Action> {
    let fields = new.as_object().into_iter().flatten();
    fields
        .filter(|(name, value)| name.as_str() != "theme" && old.get(name.as_str()) != Some(value))
        .map(|(name, value)| Action::Setting { name: name.clone(), value: value.clone() })
        .collect()
}

/// Settings whose every field is right.
pub(crate) fn checked(settings: &Settings) -> Result<Settings, ApiError> {
    let hours = settings.stuck_after_hours;
    if !(hours > 0.0 && hours <= LONGEST_STUCK_HOURS) {
        return Err(ApiError::invalid("stuck_after_hours", "the hours are a number above 0 and at most 8760 (a year)"));
    }
    if !["system", "light", "dark"].contains(&settings.theme.as_str()) {
        return Err(ApiError::invalid("theme", "the theme is one of system, light, dark"));
    }
    let operator = settings.operator.trim();
    if operator.chars().count() > LONGEST || operator.chars().any(char::is_control) {
        return Err(ApiError::invalid("operator", format!("a name is one line of at most {LONGEST} characters")));
    }
    notifications::check(&settings.notifications)?;
    let listen_address = receiving::place::kept(&settings.listen_address)
        .map_err(|wrong| ApiError::invalid(receiving::place::FIELD, wrong))?;
    let metrics_address = settings.metrics_address.trim();
    receiving::figures::address(metrics_address).map_err(|wrong| ApiError::invalid("metrics_address", wrong))?;
    Ok(Settings {
        listen_address,
        metrics_address: metrics_address.to_owned(),
        public_address: public_address(&settings.public_address)?,
        trusted_proxies: trusted_proxies(&settings.trusted_proxies)?,
        tls_certificate: file("tls_certificate", &settings.tls_certificate)?,
        tls_key: file("tls_key", &settings.tls_key)?,
        operator: operator.to_owned(),
        ..settings.clone()
    })
}

/// A file's whole name, or empty.
fn file(field: &'static str, text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    if text.chars().count() > LONGEST_FILE || text.chars().any(char::is_control) {
        return Err(ApiError::invalid(
            field,
            format!("a file's name is one line of at most {LONGEST_FILE} characters"),
        ));
    }
    // Where this program is started from differs from time to time.
    if !text.is_empty() && !Path::new(text).is_absolute() {
        return Err(ApiError::invalid(
            field,
            format!("{text} is not a file's whole name, from the root or the drive on"),
        ));
    }
    Ok(text.to_owned())
}

/// Certificate and key belong together, and can be used. Looked at where they change: a file that broke since keeps nobody from changing
/// something else.
fn check_tls(old: &Settings, new: &Settings) -> Result<(), ApiError> {
    if (&old.tls_certificate, &old.tls_key) == (&new.tls_certificate, &new.tls_key) {
        return Ok(());
    }
    let wanted =
        |field, what| Err(ApiError::invalid(field, format!("a certificate and its key go together: name {what}, too")));
    match (new.tls_certificate.is_empty(), new.tls_key.is_empty()) {
        (true, false) => return wanted("tls_certificate", "the file with the certificate"),
        (false, true) => return wanted("tls_key", "the file with the key"),
        _ => {}
    }
    let Some(files) = receiving::tls::files(new) else { return Ok(()) };
    files.certificate().map(drop).map_err(|unusable| {
        let field = match unusable.which {
            Which::Certificate => "tls_certificate",
            Which::Key => "tls_key",
        };
        ApiError::invalid(field, unusable.to_string())
    })
}

/// `https://host` or `https://host:port`, lower case, without a slash at its end; empty stays empty.
fn public_address(text: &str) -> Result<String, ApiError> {
    let wrong = |message: &str| ApiError::invalid("public_address", message);
    let text = text.trim().trim_end_matches('/').to_ascii_lowercase();
    if text.is_empty() {
        return Ok(text);
    }
    let Some(host) = text.strip_prefix("https://") else {
        return Err(wrong("the public address begins with https://: CentrePoint sends to nothing else"));
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    if host.is_empty() || host.len() > LONGEST || !host.chars().all(plain) {
        return Err(wrong(
            "the public address is https:// and the name of a computer, without a path: https://hooks.example.org",
        ));
    }
    Ok(text)
}

fn trusted_proxies(entries: &[String]) -> Result<Vec<String>, ApiError> {
    let wrong = |message: String| Err(ApiError::invalid("trusted_proxies", message));
    if entries.len() > MOST_PROXIES {
        return wrong(format!("the list has more than {MOST_PROXIES} proxies"));
    }
    let mut proxies = Vec::with_capacity(entries.len());
    for entry in entries.iter().map(|entry| entry.trim()).filter(|entry| !entry.is_empty()) {
        if !Networks::is_one(entry) {
            return wrong(format!("{entry} is no address like 203.0.113.4 or 10.0.0.0/8"));
        }
        if Networks::is_everything(entry) {
            return wrong(format!("{entry} would believe everyone: name the proxies alone"));
        }
        proxies.push(entry.to_owned());
    }
    Ok(proxies)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;

    #[test]
    fn a_public_address_is_https_and_a_host() {
        assert_eq!(public_address(" https://Hooks.Example.org/ ").unwrap(), "https://hooks.example.org");
        assert_eq!(public_address("https://a.example:8443").unwrap(), "https://a.example:8443");
        assert_eq!(public_address("").unwrap(), "");
        for wrong in
            ["http://a.example", "a.example", "https://", "https://a.example/hooks", "https://a b", "https://a?b"]
        {
            assert_eq!(public_address(wrong).unwrap_err().field.as_deref(), Some("public_address"), "{wrong}");
        }
    }

    #[test]
    fn settings_are_kept_and_wrong_ones_refused_with_their_field() {
        let bench = Bench::new();
        let monitor = bench.monitor();
        assert_eq!(monitor.settings().unwrap(), Settings::default());
        let new = Settings { stuck_after_hours: 4.0, operator: " M. Rossi ".to_owned(), ..Settings::default() };
        monitor.settings_set(&new).unwrap();
        let kept = monitor.settings().unwrap();
        assert_eq!((kept.stuck_after_hours, kept.operator.as_str()), (4.0, "M. Rossi"));
        for (field, wrong) in [
            ("stuck_after_hours", Settings { stuck_after_hours: f64::NAN, ..Settings::default() }),
            ("stuck_after_hours", Settings { stuck_after_hours: 0.0, ..Settings::default() }),
            ("trusted_proxies", Settings { trusted_proxies: vec!["proxy.local".to_owned()], ..Settings::default() }),
            ("trusted_proxies", Settings { trusted_proxies: vec!["0.0.0.0/0".to_owned()], ..Settings::default() }),
            ("metrics_address", Settings { metrics_address: "0.0.0.0:9737".to_owned(), ..Settings::default() }),
            ("theme", Settings { theme: "pink".to_owned(), ..Settings::default() }),
        ] {
            assert_eq!(monitor.settings_set(&wrong).unwrap_err().field.as_deref(), Some(field));
        }
        assert_eq!(monitor.settings().unwrap(), kept, "a refused change changes nothing");
    }

    #[test]
    fn a_certificate_and_its_key_are_named_together_and_looked_at_first() {
        use crate::testing::Pem;

        let bench = Bench::new();
        let monitor = bench.monitor();
        let pem = Pem::until(&["a.example"], "2026-11-01");
        let (files, other) = (pem.files(), Pem::until(&["a.example"], "2026-11-01"));
        let of = |certificate: &Path, key: &Path| Settings {
            tls_certificate: format!(" {} ", certificate.display()),
            tls_key: key.display().to_string(),
            ..Settings::default()
        };
        let nothing = Path::new("");
        for (field, part, wrong) in [
            ("tls_key", "go together", of(&files.certificate, nothing)),
            ("tls_certificate", "go together", of(nothing, &files.key)),
            ("tls_certificate", "whole name", of(Path::new("cert.pem"), &files.key)),
            ("tls_certificate", "no such file", of(Path::new("/nowhere/cert.pem"), &files.key)),
            ("tls_certificate", "wrong way round", of(&files.key, &files.certificate)),
            ("tls_key", "does not belong", of(&files.certificate, &other.files().key)),
        ] {
            let error = monitor.settings_set(&wrong).unwrap_err();
            assert_eq!(error.field.as_deref(), Some(field), "{error}");
            assert!(error.message.contains(part), "{error}");
        }
        assert_eq!(monitor.settings().unwrap(), Settings::default(), "a refused change changes nothing");

        let good = of(&files.certificate, &files.key);
        monitor.settings_set(&good).unwrap();
        assert_eq!(monitor.settings().unwrap().tls_certificate, files.certificate.display().to_string());
        std::fs::remove_file(&files.key).unwrap();
        let else_changed = Settings { popups: false, ..monitor.settings().unwrap() };
        monitor.settings_set(&else_changed).expect("a file that is gone keeps nobody from changing something else");
        monitor.settings_set(&Settings::default()).expect("and TLS can be turned off");
    }

    #[test]
    fn trusted_proxies_are_kept_as_they_are_typed_and_nothing_else_changes() {
        let bench = Bench::new();
        let monitor = bench.monitor();
        monitor.settings_set(&Settings { popups: false, ..Settings::default() }).unwrap();
        monitor.trust_proxies(&[" 10.0.0.0/8 ".to_owned(), String::new(), "2001:db8::1".to_owned()]).unwrap();
        let settings = monitor.settings().unwrap();
        assert_eq!(
            (settings.trusted_proxies, settings.popups),
            (vec!["10.0.0.0/8".into(), "2001:db8::1".into()], false)
        );
        monitor.trust_proxies(&[]).unwrap();
        assert_eq!(monitor.settings().unwrap().trusted_proxies, [""; 0]);
    }

    #[test]
    fn only_what_changed_is_written_into_the_history() {
        let old = Settings::default();
        let new = Settings { popups: false, theme: "dark".to_owned(), ..Settings::default() };
        let actions = changes(&json(&old), &json(&new));
        assert_eq!(actions, [Action::Setting { name: "popups".to_owned(), value: false.into() }]);
    }

    #[test]
    fn a_setting_that_cannot_be_read_costs_no_other_and_is_set_aside_and_said() {
        let bench = Bench::new();
        let monitor = bench.monitor();
        let kept =
            serde_json::json!({"operator": "M. Rossi", "stuck_after_hours": "four", "popups": false, "later": 7});
        monitor.state().set_setting(NAME, &kept).unwrap();
        let read = monitor.settings().unwrap();
        assert_eq!((read.operator.as_str(), read.stuck_after_hours, read.popups), ("M. Rossi", 2.0, false));
        monitor.mend_settings().unwrap();
        monitor.mend_settings().unwrap();
        monitor.look_for_notices();
        let notices = monitor.board().receiver.borrow().notices.clone();
        assert_eq!(notices.len(), 1, "once: {notices:?}");
        assert!(notices[0].text.contains("stuck_after_hours"), "{notices:?}");
        assert_eq!(monitor.settings().unwrap(), read);
        let aside = monitor.state().setting("settings.damaged-1787407500000000").unwrap();
        assert_eq!(aside, Some(kept), "as it was");
        monitor.state().set_setting(NAME, &"nonsense".into()).unwrap();
        bench.later(1);
        monitor.mend_settings().unwrap();
        assert_eq!(monitor.settings().unwrap(), Settings::default());
    }

    #[test]
    fn closing_to_the_tray_is_explained_once() {
        let bench = Bench::new();
        assert!(bench.monitor().explain_tray_once().unwrap());
        assert!(!bench.monitor().explain_tray_once().unwrap());
    }
}
