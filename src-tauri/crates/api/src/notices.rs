//! What happened to the history and must be read by a person: said in plain words until it is dismissed.

use std::path::Path;

use store::state::{Damage, Missing, Outcome, Salvaged};
use study::Slug;

use crate::Monitor;
use crate::times::instant;
use crate::wire::{ApiError, Notice};

impl Monitor {
    /// Looks what stands unread, for the receiver's status.
    pub(crate) fn look_for_notices(&self) {
        match self.state().damages() {
            Ok(damages) => {
                let lost = self.state().lost_webhooks().unwrap_or_default();
                let lost: Vec<&str> = lost.iter().map(Slug::as_str).collect();
                let notices = damages.iter().map(|damage| notice(damage, self.data_folder(), &lost)).collect();
                self.set_notices(notices);
            }
            // What was said before stands.
            Err(error) => tracing::warn!(%error, "what happened to the log cannot be read"),
        }
    }

    /// A person has read these. What they tell of stays in the history and in `verify`.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn notices_dismiss(&self, ids: &[i64]) -> Result<(), ApiError> {
        let dismissed = self.state().dismiss_damages(ids, self.now())?;
        tracing::info!(dismissed, "a warning about the log was read and dismissed");
        self.look_for_notices();
        Ok(())
    }
}

fn notice(damage: &Damage, folder: &Path, lost: &[&str]) -> Notice {
    let found = when(damage.found_at);
    let reason = &damage.reason;
    let text = match &damage.outcome {
        Outcome::GoesOn => format!(
            "The history is not as it was written ({reason}). This was found on {found}. Nothing was touched, and deliveries are kept as \
             before: keep a copy of the data folder as it is now ({}), and ask whoever looks after this computer what changed it.",
            folder.display()
        ),
        Outcome::SetAside { file, salvaged, .. } => {
            let kept = file.as_ref().map_or_else(String::new, |file| {
                format!(" The damaged file is kept as {}: do not delete it.", folder.join(file).display())
            });
            let outcome = salvaged.map_or_else(
                || "What can be read of it is being brought over; until then it is missing from the lists.".to_owned(),
                brought_over,
            );
            format!(
                "The file with all deliveries was damaged and was begun anew on {found} ({reason}). {outcome}{kept} Deliveries are kept as before."
            )
        }
        Outcome::StateSetAside { file, webhooks, backup } => {
            let kept = file.as_ref().map_or_else(String::new, |file| {
                format!(" The damaged file is kept as {}: do not delete it.", folder.join(file).display())
            });
            let webhooks =
                if *webhooks == 1 { "1 webhook was".to_owned() } else { format!("{webhooks} webhooks were") };
            let backup = backup.map_or_else(String::new, |at| {
                format!(
                    " What could not be read of it is as of the backup of {}: what was changed since then is not in it.",
                    when(at)
                )
            });
            let missing = if lost.is_empty() {
                String::new()
            } else {
                format!(
                    " Lost, although they had deliveries: {}. CentrePoint is told to send these again later: set each up again under the \
                     same address; once this is dismissed, they are refused.",
                    lost.join(", ")
                )
            };
            format!(
                "The file with webhooks and settings was damaged and was begun anew on {found} ({reason}). {webhooks} brought over.{backup}{missing} \
                 Compare the webhooks with CentrePoint's portal, and look through the settings.{kept} No delivery that was accepted is touched."
            )
        }
        Outcome::SettingsSetAside => format!(
            "Some settings could not be read and have their defaults since {found}: {reason}. Look through the settings. What could not be read \
             is kept beside them. No delivery is touched."
        ),
    };
    Notice { id: damage.id, text }
}

fn brought_over(salvaged: Salvaged) -> String {
    let Salvaged { deliveries, missing } = salvaged;
    let brought = if deliveries == 1 {
        "1 delivery was brought over".to_owned()
    } else {
        format!("{deliveries} deliveries were brought over")
    };
    match missing {
        None => format!("{brought}; as far as can be told, all there were."),
        Some(Missing { from: None, to }) => {
            format!("{brought}. What arrived before {} may be missing: compare with CentrePoint.", when(to))
        }
        Some(Missing { from: Some(from), to }) => format!(
            "{brought}. What arrived between {} and {} may be missing: compare with CentrePoint.",
            when(from),
            when(to)
        ),
    }
}

/// `2026-08-22 14:05 UTC`
fn when(micros: i64) -> String {
    instant(micros).strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(outcome: Outcome) -> String {
        let damage = Damage { id: 7, found_at: 1_787_407_500_000_000, reason: "it is cut short".to_owned(), outcome };
        notice(&damage, Path::new("/data"), &["alpha"]).text
    }

    #[test]
    fn a_loss_is_told_with_how_much_when_and_where() {
        let aside =
            |salvaged| Outcome::SetAside { file: Some("log.db.damaged-1".to_owned()), begun: Some(2000), salvaged };
        let text = words(aside(Some(Salvaged {
            deliveries: 40,
            missing: Some(Missing { from: Some(1_787_400_000_000_000), to: 1_787_407_500_000_000 }),
        })));
        for part in [
            "40 deliveries",
            "between 2026-08-22 12:00 UTC and 2026-08-22 14:05 UTC",
            "/data/log.db.damaged-1",
            "it is cut short",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let missing = Some(Missing { from: None, to: 1_787_407_500_000_000 });
        assert!(
            words(aside(Some(Salvaged { deliveries: 0, missing })))
                .contains("before 2026-08-22 14:05 UTC may be missing")
        );
        assert!(words(aside(None)).contains("is being brought over"));
        assert!(words(aside(Some(Salvaged { deliveries: 1, missing: None }))).contains("1 delivery was brought over"));
        let state = words(Outcome::StateSetAside {
            file: Some("state.db.damaged-1".to_owned()),
            webhooks: 2,
            backup: Some(1_787_400_000_000_000),
        });
        for part in [
            "2 webhooks were brought over",
            "as of the backup of 2026-08-22 12:00 UTC",
            "Lost, although they had deliveries: alpha.",
            "/data/state.db.damaged-1",
        ] {
            assert!(state.contains(part), "{part}: {state}");
        }
        assert!(words(Outcome::GoesOn).contains("Nothing was touched"));
    }
}
