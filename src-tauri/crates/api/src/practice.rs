//! Practice: a data folder of its own with a webhook that a simulated study can be sent to, and a past to begin with.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use centrepoint::{Authentication, BodyDigest, Credentials, Secret, authentication, headers};
use store::{Mark, NewArrival};
use study::Slug;
use study::clock::SystemClock;

use crate::Monitor;
use crate::secret::secret_generate;
use crate::wire::{ApiError, EventQuery, WebhookForm};

/// The practice webhook's slug.
const SLUG: &str = "practice";
/// Its study.
const STUDY: &str = "189";

/// What a simulated sender needs.
#[derive(Debug, Clone)]
pub struct Practice {
    /// The path on the receiver: `/hooks/practice`.
    pub path: String,
    /// What to sign with.
    pub credentials: Credentials,
    /// The study to send.
    pub study_id: String,
}

/// A delivery of the days before a practice began.
#[derive(Debug, Clone)]
pub struct PastDelivery {
    /// When it arrived.
    pub at: jiff::Timestamp,
    /// The event's name.
    pub event: &'static str,
    /// The delivery id.
    pub id: String,
    /// What the sender adds beside the headers of an event.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The files and folders of a practice that begin anew; the settings come last, since they hold the mark.
const EMPTIED: [&str; 5] = ["view.db", "log.db", "backups", "webview", "state.db"];

/// Empties the practice folder at `path`, for a fresh start. A folder that is not marked as one of practice, or that a receiver is at work
/// in, is left as it is; so is whatever in it the program did not put there.
///
/// # Errors
/// That it is no practice folder, that it is in use, or what could not be removed.
pub fn practice_empty(path: &Path) -> Result<(), ApiError> {
    if !path.join("state.db").exists() && !path.join("log.db").exists() {
        return Ok(());
    }
    let monitor = Monitor::open(path, Arc::new(SystemClock))?;
    if !monitor.is_practice()? {
        let folder = path.display();
        return Err(ApiError::failed(format!("{folder} is not a practice folder: nothing in it was touched")));
    }
    let lock = monitor.folder().claim_receiver()?;
    for webhook in monitor.webhooks()? {
        monitor.webhook_remove(&webhook.slug)?;
    }
    drop(monitor);
    let names = std::fs::read_dir(path).map_err(|error| not_emptied(path, &error))?;
    let mut found: Vec<_> = names.flatten().map(|entry| entry.file_name()).collect();
    let rank = |name: &str| EMPTIED.iter().position(|known| belongs(name, known));
    found.retain(|name| name.to_str().is_some_and(|name| rank(name).is_some()));
    found.sort_by_key(|name| name.to_str().and_then(rank));
    for name in found {
        let file = path.join(name);
        let removed = if file.is_dir() && !file.is_symlink() {
            std::fs::remove_dir_all(&file)
        } else {
            std::fs::remove_file(&file)
        };
        removed.map_err(|error| not_emptied(&file, &error))?;
    }
    drop(lock);
    Ok(())
}

/// Whether a file is `known`, what SQLite keeps beside it, or what was set aside of it.
fn belongs(name: &str, known: &str) -> bool {
    name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('-') || rest.starts_with('.'))
}

fn not_emptied(path: &Path, error: &std::io::Error) -> ApiError {
    ApiError::failed(format!("the practice folder cannot be emptied: {}: {error}", path.display()))
}

impl Monitor {
    /// Gives a practice that has no history yet a past, the oldest first. How many deliveries it is; none where there is a history.
    ///
    /// # Errors
    /// That this is no practice folder, or that something could not be kept.
    pub fn practice_past(
        &self,
        practice: &Practice,
        past: impl IntoIterator<Item = PastDelivery>,
    ) -> Result<usize, ApiError> {
        if !self.is_practice()? {
            return Err(ApiError::failed("a past is made up for practice alone"));
        }
        if !self.events(&EventQuery { limit: 1, ..EventQuery::default() })?.rows.is_empty() {
            return Ok(0);
        }
        let Credentials::Hmac { passcode } = &practice.credentials else { return Ok(0) };
        let slug: Slug = SLUG.parse().map_err(|_| ApiError::failed("the practice webhook has no address"))?;
        let mut count = 0;
        let arrivals = past.into_iter().map(|delivery| {
            count += 1;
            NewArrival {
                received_at: delivery.at.as_microsecond(),
                webhook: slug.clone(),
                head: head(&practice.path, &delivery, passcode),
                body_sha256: BodyDigest::of(&delivery.body),
                body: delivery.body.into(),
                authentication: Authentication::Hmac,
                mark: Mark::Plain,
                source_ip: std::net::Ipv4Addr::LOCALHOST.into(),
            }
        });
        let arrivals = arrivals.collect();
        self.with_log(|log| Ok(log.append_all(arrivals)?))?;
        Ok(count)
    }

    /// Makes this folder a practice folder, with a webhook whose secret is new each time.
    ///
    /// # Errors
    /// That the folder already has a webhook of a real study, or why something could not be kept.
    pub fn practice(&self) -> Result<Practice, ApiError> {
        let webhooks = self.webhooks()?;
        let is_known = webhooks.iter().any(|webhook| webhook.slug == SLUG);
        if !self.is_practice()? && !webhooks.is_empty() {
            let folder = self.data_folder().display();
            return Err(ApiError::failed(format!(
                "{folder} has webhooks of its own, so it is not used for practice: choose another folder with --data-dir"
            )));
        }
        let secret = secret_generate()?;
        let form = WebhookForm {
            name: "Practice study".to_owned(),
            slug: SLUG.to_owned(),
            authentication: "hmac".to_owned(),
            secret: Some(secret.clone()),
            study_id: Some(STUDY.to_owned()),
            ..WebhookForm::default()
        };
        self.mark_practice()?;
        if is_known {
            self.webhook_edit(&form)?
        } else {
            self.webhook_add(&form)?
        };
        Ok(Practice {
            path: format!("/hooks/{SLUG}"),
            credentials: Credentials::Hmac { passcode: Secret::new(secret) },
            study_id: STUDY.to_owned(),
        })
    }
}

/// The head of a delivery as it would have come over the wire.
fn head(path: &str, delivery: &PastDelivery, passcode: &Secret) -> Vec<u8> {
    let mut head =
        format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json; charset=utf-8\r\n");
    let signature = authentication::sign(passcode, &delivery.body);
    let own = [
        (headers::WEBHOOK_ID, "15"),
        (headers::EVENT, delivery.event),
        (headers::DELIVERY, &delivery.id),
        (headers::SIGNATURE, &signature),
    ];
    let theirs = delivery.headers.iter().map(|(name, value)| (*name, value.as_str()));
    for (name, value) in own.into_iter().chain(theirs) {
        // Writing to a String does not fail.
        let _ = write!(head, "{name}: {value}\r\n");
    }
    let _ = write!(head, "Content-Length: {}\r\n\r\n", delivery.body.len());
    head.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;
    use crate::wire::WebhookForm;

    fn yesterday(bench: &Bench) -> PastDelivery {
        PastDelivery {
            at: crate::times::instant(bench.monitor().now() - 86_400_000_000),
            event: "upload",
            id: "1".to_owned(),
            headers: vec![("User-Agent", "ActiGraph-Hookshot/1.0".to_owned())],
            body: br#"{"uploadId":"1","studyId":"189","subjectId":"2","status":"error","message":"no"}"#.to_vec(),
        }
    }

    #[test]
    fn a_practice_has_a_past_once_and_a_real_study_never() {
        let bench = Bench::new();
        let practice = bench.monitor().practice().unwrap();
        assert_eq!(bench.monitor().practice_past(&practice, [yesterday(&bench)]).unwrap(), 1);
        assert_eq!(bench.monitor().practice_past(&practice, [yesterday(&bench)]).unwrap(), 0, "there is a history");
        let events = bench.monitor().events(&EventQuery { limit: 10, ..EventQuery::default() }).unwrap().rows;
        assert_eq!(events.len(), 1);
        assert!(events[0].received_at.starts_with("2026-08-21T14:05:00"), "{}", events[0].received_at);
        let detail = bench.monitor().event(events[0].sequence).unwrap();
        assert_eq!(detail.row.authentication, "hmac");
        assert_eq!(detail.row.delivery_id.as_deref(), Some("1"));

        let real = Bench::new();
        assert!(real.monitor().practice_past(&practice, [yesterday(&real)]).is_err());
    }

    #[test]
    fn only_a_practice_folder_is_emptied_and_only_of_what_the_program_put_there() {
        let bench = Bench::new();
        let practice = bench.monitor().practice().unwrap();
        bench.monitor().practice_past(&practice, [yesterday(&bench)]).unwrap();
        let path = bench.monitor().data_folder().to_owned();
        std::fs::write(path.join("my notes.txt"), "kept").unwrap();
        std::fs::write(path.join("log.dbase"), "not ours").unwrap();
        {
            let _at_work = bench.monitor().folder().claim_receiver().unwrap();
            assert!(practice_empty(&path).is_err(), "somebody is receiving");
            assert!(path.join("log.db").exists());
        }
        practice_empty(&path).unwrap();
        for gone in ["log.db", "log.db-wal", "view.db", "state.db", "state.db-wal"] {
            assert!(!path.join(gone).exists(), "{gone}");
        }
        assert_eq!(std::fs::read_to_string(path.join("my notes.txt")).unwrap(), "kept");
        assert!(path.join("log.dbase").exists());
        practice_empty(&path).unwrap();

        let real = Bench::new();
        let form =
            WebhookForm { name: "A".into(), slug: "a".into(), authentication: "none".into(), ..WebhookForm::default() };
        real.monitor().webhook_add(&form).unwrap();
        let error = practice_empty(real.monitor().data_folder()).unwrap_err();
        assert!(error.message.contains("not a practice folder"), "{}", error.message);
        assert_eq!(real.monitor().webhooks().unwrap().len(), 1);
    }

    #[test]
    fn practice_can_be_taken_up_again_but_not_in_a_real_folder() {
        let bench = Bench::new();
        bench.monitor().practice().unwrap();
        assert_eq!(bench.monitor().practice().unwrap().path, "/hooks/practice");
        assert!(bench.monitor().about().unwrap().practice);

        let real = Bench::new();
        let form = WebhookForm {
            name: "A".to_owned(),
            slug: "a".to_owned(),
            authentication: "none".to_owned(),
            ..WebhookForm::default()
        };
        real.monitor().webhook_add(&form).unwrap();
        assert!(real.monitor().practice().is_err());
        assert!(!real.monitor().about().unwrap().practice);
    }
}
