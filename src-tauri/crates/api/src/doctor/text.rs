//! The checkup as a text to send to IT. Holds no secret: what checks find never does.

use std::fmt::Write as _;

use super::MOST_WEBHOOKS;
use super::site::Site;
use crate::wire::{CheckLevel, Checkup};

/// All of it.
pub(super) fn of(site: &Site, checkup: &Checkup) -> String {
    let mut text = format!(
        "CentrePoint Monitor {}: the set-up, checked {}\nSystem: {} ({})\nData folder: {}\nReceiver: {}\nPublic address: {}\n",
        env!("CARGO_PKG_VERSION"),
        checkup.begun_at.as_deref().unwrap_or_default(),
        std::env::consts::OS,
        std::env::consts::ARCH,
        site.monitor.data_folder().display(),
        site.near,
        site.public().unwrap_or("none entered"),
    );
    if !site.settings.trusted_proxies.is_empty() {
        // Writing into a text cannot fail, here and below.
        let _ = writeln!(text, "Trusted proxies: {}", site.settings.trusted_proxies.join(", "));
    }
    if site.left_out > 0 {
        let _ =
            writeln!(text, "Only the first {MOST_WEBHOOKS} webhooks were checked; {} more were not.", site.left_out);
    }
    for check in &checkup.checks {
        let webhook = check.webhook.as_ref().map_or_else(String::new, |slug| format!(" (/hooks/{slug})"));
        let _ = write!(text, "\n[{}] {}{webhook}\n    {}\n", word(check.level), check.title, check.found);
        if let Some(next) = &check.next {
            let _ = writeln!(text, "    Next: {next}");
        }
    }
    text
}

/// The level as a word.
fn word(level: CheckLevel) -> &'static str {
    match level {
        CheckLevel::Running => "not checked",
        CheckLevel::Green => "well",
        CheckLevel::Amber => "to know",
        CheckLevel::Red => "wrong",
    }
}
