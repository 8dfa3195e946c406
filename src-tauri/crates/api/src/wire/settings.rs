//! Settings and about.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::NotificationRules;

/// Everything adjustable, with its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Settings {
    /// `https://host` under which CentrePoint reaches this computer, without a path; empty until IT has set it up.
    pub public_address: String,
    /// Proxies and tunnels in front of this computer that are believed when they say whom they forward for: addresses and
    /// networks. Default none.
    pub trusted_proxies: Vec<String>,
    /// The file with the TLS certificate, in PEM form, those that lead to its authority behind it; empty: no TLS here. Default empty.
    pub tls_certificate: String,
    /// The file with its key; empty exactly where the certificate is. Default empty.
    pub tls_key: String,
    /// Where deliveries are received on this computer, an address with its port, unless the start of the program names one; empty: 127.0.0.1:8737.
    /// Default empty.
    pub listen_address: String,
    /// Where figures for a monitoring system are served, an address of this computer alone with its port; empty: nowhere. Default empty.
    pub metrics_address: String,
    /// Who uses this computer: proposed as the name on acknowledgements. Default empty.
    pub operator: String,
    /// Pop-ups on the desktop, as `notifications` rules. Default on.
    pub popups: bool,
    /// Pop-ups may show the subject's id and label. Default off.
    pub popup_subjects: bool,
    /// What pops up when.
    pub notifications: NotificationRules,
    /// Hours without an end after which a started upload is stuck. Default 2.
    pub stuck_after_hours: f64,
    /// `system`, `light` or `dark`. Default `system`.
    pub theme: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_address: String::new(),
            trusted_proxies: Vec::new(),
            tls_certificate: String::new(),
            tls_key: String::new(),
            listen_address: String::new(),
            metrics_address: String::new(),
            operator: String::new(),
            popups: true,
            popup_subjects: false,
            notifications: NotificationRules::default(),
            stuck_after_hours: 2.0,
            theme: "system".to_owned(),
        }
    }
}

/// What the About page says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct About {
    /// The program's version.
    pub version: String,
    /// Where everything is kept.
    pub data_folder: String,
    /// Whether it is a practice folder.
    pub practice: bool,
    /// The computer's IANA zone.
    pub time_zone: String,
    /// Where exports go unless told otherwise.
    pub export_folder: String,
    /// The addresses CentrePoint is known to send from.
    pub senders: Vec<String>,
}

/// The backups that were made by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Backups {
    /// Where they are.
    pub folder: String,
    /// The latest one; `None` before there is one.
    pub latest: Option<BackupFile>,
    /// How many there are.
    pub count: u32,
    /// How many are kept.
    pub kept: u32,
}

/// One backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct BackupFile {
    /// Its name, with the day it is of.
    pub name: String,
    /// Its size, in bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// When it was finished.
    pub made_at: String,
}

/// Whether the program starts with the computer, as the system has it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AutostartState {
    /// It does not.
    Off,
    /// It does, on this data folder, hidden.
    On,
    /// Something else is started in its place: another file, or with other options.
    Other,
    /// It cannot here: a practice folder, or a system without such a thing.
    Unavailable,
}

/// Starting with the computer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Autostart {
    /// See there.
    pub state: AutostartState,
    /// What is started in its place.
    pub other: Option<String>,
}
