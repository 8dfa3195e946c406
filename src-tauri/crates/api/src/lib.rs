//! What a window or a command line may ask: one file a topic, and the wire types that become TypeScript.
//!
//! The composition root of the rooms below: opens a data folder, runs the receiver on it, answers questions. Knows neither Tauri nor a terminal.
//! Everything on [`Monitor`] blocks (files, sometimes a keychain) unless it is `async`.

mod away;
mod bindings;
mod changes;
pub mod doctor;
mod escalation;
mod events;
mod exporting;
mod failure;
mod gap;
mod hex;
mod history_import;
mod lens;
pub mod lines;
pub mod live;
mod monitor;
mod notices;
pub mod notifications;
mod openings;
mod places;
mod practice;
mod problems;
mod query;
pub mod receiving;
mod recovery;
mod rejections;
mod search;
mod secret;
mod settings;
mod silence;
mod subjects;
pub mod times;
mod today;
mod transfer;
mod upkeep;
mod uploads;
mod vendor;
mod webhooks;
mod window;
mod windows;
pub mod wire;

#[cfg(test)]
mod testing;

pub use exporting::ExportFormat;
pub use monitor::Monitor;
pub use openings::NotifierLock;
pub use places::default_data_folder;
pub use practice::{PastDelivery, Practice, practice_empty};
pub use secret::secret_generate;
pub use subjects::SubjectsNamed;
pub use upkeep::Soundness;
pub use windows::{Window, WindowLock, claim_window};
