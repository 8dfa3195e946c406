//! The keychain, tried with a secret of no value.

use secrets::NoKeychain;

use super::Finding;
use super::site::Site;

pub(super) fn check(site: &Site) -> Finding {
    judge(site.monitor.secrets().try_keychain(), needed_by(site))
}

/// How many webhooks have their secret in it.
fn needed_by(site: &Site) -> usize {
    site.webhooks.iter().filter(|webhook| webhook.secret_place.as_deref() == Some("keychain")).count()
}

fn judge(tried: Result<(), NoKeychain>, needed_by: usize) -> Finding {
    let elsewhere = "Secrets are kept in a file in the data folder that only this account can read.";
    match tried {
        Ok(()) => Finding::green("A secret can be put into the keychain, read back and deleted."),
        Err(NoKeychain::Off) if needed_by == 0 => {
            Finding::green(format!("The keychain is switched off for this program. {elsewhere}"))
        }
        Err(no) if needed_by > 0 => Finding::red(
            format!(
                "The keychain cannot be used ({no}), and the secrets of {} are in it.",
                if needed_by == 1 { "a webhook".to_owned() } else { format!("{needed_by} webhooks") }
            ),
            "Unlock it, or log in to the desktop as the account the secrets were set from. Until then deliveries are answered “try later”.",
        ),
        Err(NoKeychain::Locked(reason)) => Finding::amber(
            format!("The keychain is locked or does not answer ({reason}). {elsewhere}"),
            "Nothing needs it now. To use it, unlock it and set the secrets again.",
        ),
        Err(no) => Finding::amber(
            format!("There is no keychain to use ({no}). {elsewhere}"),
            "That is fine on a server. On a desktop, log in so that the keychain starts, and set the secrets again.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::CheckLevel;

    #[test]
    fn a_keychain_matters_where_secrets_are_in_it() {
        let locked = || Err(NoKeychain::Locked("it is locked".to_owned()));
        let none = || Err(NoKeychain::Broken("no bus".to_owned()));
        for (tried, needed_by, level, words) in [
            (Ok(()), 1, CheckLevel::Green, "read back"),
            (locked(), 1, CheckLevel::Red, "(it is locked), and the secrets of a webhook"),
            (locked(), 0, CheckLevel::Amber, "is locked"),
            (none(), 2, CheckLevel::Red, "2 webhooks"),
            (none(), 0, CheckLevel::Amber, "no keychain to use (no bus)"),
            (Err(NoKeychain::Off), 0, CheckLevel::Green, "switched off"),
            (Err(NoKeychain::Off), 1, CheckLevel::Red, "switched off"),
        ] {
            let found = judge(tried, needed_by);
            assert!(found.level == level && found.found.contains(words), "{found:?}");
        }
    }
}
