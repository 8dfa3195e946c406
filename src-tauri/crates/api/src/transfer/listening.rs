//! Where the receiver would listen after a file was taken over, judged with the webhooks there would be then: the same rule as for a change by
//! hand, before anything is written.

use centrepoint::Authentication;
use receiver::PlainHttp;
use serde_json::Value;
use store::state::Webhook;

use super::Work;
use crate::Monitor;
use crate::receiving::place;
use crate::wire::{ApiError, Settings};

impl Monitor {
    /// The webhooks there would be.
    pub(super) fn kept_with(&self, work: &Work) -> Result<Vec<Webhook>, ApiError> {
        let mut kept = self.state().webhooks()?;
        kept.retain(|old| !old.removed && work.changed.iter().all(|new| new.slug != old.slug));
        kept.extend(work.changed.iter().chain(&work.added).cloned());
        Ok(kept)
    }

    /// Why this computer cannot listen where another one could, or must not with the webhooks there would be.
    pub(super) fn cannot_listen_as(&self, value: &Value, kept: &[Webhook]) -> Option<String> {
        let address = value.as_str()?;
        place::kept(address).ok()?;
        let settings = Settings { listen_address: address.to_owned(), ..self.settings().ok()? };
        self.check_listen_address(&settings, &kinds(kept)).err().map(|error| error.message)
    }

    /// What a person must know where others could reach the receiver without TLS.
    pub(super) fn open_to_others(&self, work: &Work, kept: &[Webhook]) -> Result<Option<String>, ApiError> {
        let settings = work.settings.clone().map_or_else(|| self.settings(), Ok)?;
        let Some((address, judged)) = self.reached_plainly(&settings, &kinds(kept))? else { return Ok(None) };
        if judged == PlainHttp::Refuse {
            let open = named(kept, |kind| matches!(kind, Authentication::Basic | Authentication::OAuth2));
            return Ok(Some(format!(
                "{address}, where deliveries are received here, can be reached from other computers, and without TLS the passwords and tokens of {open} would \
                 travel there unencrypted: until that is changed their deliveries are answered 503, and the next start does not receive at all. Set up TLS, or \
                 listen on 127.0.0.1, under General."
            )));
        }
        let anyone = named(kept, |kind| kind == Authentication::None);
        let anyone = if anyone.is_empty() {
            String::new()
        } else {
            format!(" Anyone who reaches it can send deliveries to {anyone}, without authentication.")
        };
        Ok(Some(format!(
            "{address}, where deliveries are received, can be reached from other computers without TLS: set it up, put HTTPS in front, or listen on \
             127.0.0.1, under General.{anyone}"
        )))
    }
}

fn kinds(kept: &[Webhook]) -> Vec<Authentication> {
    kept.iter().map(|webhook| webhook.authentication).collect()
}

/// The names of those that prove themselves like that.
fn named(kept: &[Webhook], like_that: impl Fn(Authentication) -> bool) -> String {
    let names = kept.iter().filter(|webhook| like_that(webhook.authentication)).map(|webhook| webhook.name.as_str());
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::testing::{Bench, Pem};
    use crate::wire::{SettingsImport, SettingsPlan};

    /// Where others could reach it, at a port that is free.
    fn open() -> String {
        TcpListener::bind("0.0.0.0:0").unwrap().local_addr().unwrap().to_string()
    }

    /// A file that brings a webhook of each of these kinds, and an address where there is one.
    fn brings(bench: &Bench, kinds: &[&str], address: Option<&str>, dry_run: bool) -> SettingsPlan {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        let webhook = |kind: &&str| {
            let (basic, oauth2) = (*kind == "basic", *kind == "oauth2");
            json!({
                "slug": kind, "name": kind.to_uppercase(), "authentication": kind,
                "username": basic.then_some("vendor"), "client_id": oauth2.then_some("vendor"),
            })
        };
        let settings = address.map_or_else(|| json!({}), |address| json!({ "listen_address": address }));
        let file = json!({
            "format": super::super::FORMAT, "version": 1, "settings": settings,
            "webhooks": kinds.iter().map(webhook).collect::<Vec<_>>(),
        });
        std::fs::write(&path, file.to_string()).unwrap();
        import(bench, &path, dry_run)
    }

    fn import(bench: &Bench, path: &Path, dry_run: bool) -> SettingsPlan {
        let request = SettingsImport { path: path.display().to_string(), dry_run, by: "A. Bianchi".to_owned() };
        bench.monitor().settings_import(&request).unwrap()
    }

    fn moves(plan: &SettingsPlan) -> bool {
        plan.changes.iter().any(|change| change.name == place::FIELD)
    }

    #[test]
    fn passwords_and_where_others_could_read_them_do_not_come_together() {
        for kinds in [&["basic"][..], &["oauth2"], &["hmac", "none", "basic"]] {
            let (bench, open) = (Bench::new(), open());
            let asked = brings(&bench, kinds, Some(&open), true);
            let done = brings(&bench, kinds, Some(&open), false);
            assert_eq!(asked, done, "what is shown is what is done");
            assert!(!moves(&done), "{kinds:?}: {:?}", done.changes);
            let said = &done.notes[0];
            assert!(said.contains("left as it is here") && said.contains("unencrypted"), "{said}");
            assert_eq!(bench.monitor().settings().unwrap().listen_address, "");
            assert_eq!(bench.monitor().webhooks().unwrap().len(), kinds.len(), "the webhooks are taken over");
            let by_hand = Settings { listen_address: open, ..Settings::default() };
            assert!(bench.monitor().settings_set(&by_hand).is_err(), "the rule is that of a change by hand");
        }
    }

    #[test]
    fn a_webhook_that_is_here_counts_like_one_that_is_brought() {
        let (bench, open) = (Bench::new(), open());
        brings(&bench, &["basic"], None, false);
        let plan = brings(&bench, &["hmac"], Some(&open), false);
        assert!(!moves(&plan) && plan.notes[0].contains("left as it is here"), "{plan:?}");
        bench.monitor().webhook_remove("basic").unwrap();
        let plan = brings(&bench, &["hmac"], Some(&open), false);
        assert!(moves(&plan), "one that was removed does not: {plan:?}");
    }

    #[test]
    fn signed_ones_and_ones_that_anyone_can_send_to_come_with_a_warning() {
        for (kinds, anyone) in [(&["hmac"][..], false), (&["none"], true), (&["none", "hmac"], true)] {
            let (bench, open) = (Bench::new(), open());
            let plan = brings(&bench, kinds, Some(&open), true);
            assert!(moves(&plan), "{kinds:?}: {plan:?}");
            let said = plan.notes.last().unwrap();
            assert!(said.starts_with(&open) && said.contains("without TLS"), "{said}");
            assert_eq!(said.contains("Anyone who reaches it can send deliveries to NONE"), anyone, "{kinds:?}: {said}");
        }
        let (bench, here) = (Bench::new(), TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
        let plan = brings(&bench, &["none", "basic"], Some(&here.to_string()), false);
        assert!(moves(&plan) && plan.notes.iter().all(|note| !note.contains("other computers")), "{plan:?}");
    }

    #[test]
    fn with_tls_here_they_come_together() {
        let (bench, open, pem) = (Bench::new(), open(), Pem::until(&["a.example"], "2026-11-01"));
        let files = pem.files();
        let tls = Settings {
            tls_certificate: files.certificate.display().to_string(),
            tls_key: files.key.display().to_string(),
            ..Settings::default()
        };
        bench.monitor().settings_set(&tls).unwrap();
        let plan = brings(&bench, &["basic", "none"], Some(&open), false);
        assert!(moves(&plan) && plan.notes.iter().all(|note| !note.contains("other computers")), "{plan:?}");
        assert_eq!(bench.monitor().settings().unwrap().listen_address, open);
    }

    #[test]
    fn a_password_brought_to_where_others_reach_it_already_is_said_before() {
        let (bench, open) = (Bench::new(), open());
        let set = Settings { listen_address: open.clone(), ..Settings::default() };
        bench.monitor().settings_set(&set).unwrap();
        let plan = brings(&bench, &["hmac", "basic"], None, true);
        let said = plan.notes.last().unwrap();
        assert!(said.starts_with(&open) && said.contains("tokens of BASIC would"), "{said}");
        assert!(said.contains("503") && said.contains("next start does not receive"), "{said}");
    }
}
