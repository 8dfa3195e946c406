//! The set-up, checked: from the port to the first delivery, each check with what was found and what to do next.
//!
//! One file a check. They run side by side on threads of their own, each for at most ten seconds, and change nothing: self tests of the
//! receiver are marked (`receiver::probe`) and kept nowhere. What only the program itself can ask (the desktop) comes in as [`Outside`].

mod certificate;
mod client;
mod clock;
mod contact;
mod handshake;
mod holder;
mod keychain;
mod path;
mod port;
mod proxy;
mod room;
mod running;
mod signature;
mod site;
mod text;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Monitor;
use crate::times::rfc3339;
use crate::wire::{ApiError, Check, CheckLevel, Checkup};
use site::Site;

pub use clock::DEFAULT_CLOCK;

/// Webhooks that are checked; of more the rest is left out, and said.
const MOST_WEBHOOKS: usize = 40;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    level: CheckLevel,
    found: String,
    next: Option<String>,
}

impl Finding {
    /// All is well.
    #[must_use]
    pub fn green(found: impl Into<String>) -> Self {
        Self { level: CheckLevel::Green, found: found.into(), next: None }
    }

    /// It cannot be told, or is worth knowing.
    #[must_use]
    pub fn amber(found: impl Into<String>, next: impl Into<String>) -> Self {
        Self { level: CheckLevel::Amber, found: found.into(), next: Some(next.into()) }
    }

    /// Something is wrong, and what to do.
    #[must_use]
    pub fn red(found: impl Into<String>, next: impl Into<String>) -> Self {
        Self { level: CheckLevel::Red, found: found.into(), next: Some(next.into()) }
    }

    /// It cannot be told, since `error` stood in the way of looking.
    fn unseen(error: &ApiError) -> Self {
        Self::amber(format!("This cannot be told: {}", error.message), "Check again once that is mended.")
    }
}

/// A check that the program brings along.
pub struct Outside {
    id: &'static str,
    title: &'static str,
    look: Box<dyn FnOnce() -> Finding + Send>,
}

impl std::fmt::Debug for Outside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outside").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Outside {
    /// One called `id`, shown as `title`.
    #[must_use]
    pub fn new(id: &'static str, title: &'static str, look: impl FnOnce() -> Finding + Send + 'static) -> Self {
        Self { id, title, look: Box::new(look) }
    }
}

/// One check that is still to be made.
pub(crate) struct Task {
    id: &'static str,
    webhook: Option<String>,
    title: String,
    look: Look,
}

/// What looks.
type Look = Box<dyn FnOnce(&Site) -> Finding + Send>;

impl Task {
    fn new(id: &'static str, title: &str, look: impl FnOnce(&Site) -> Finding + Send + 'static) -> Self {
        Self { id, webhook: None, title: title.to_owned(), look: Box::new(look) }
    }

    fn of(
        id: &'static str,
        title: &str,
        at: usize,
        site: &Site,
        look: fn(&Site, &store::state::Webhook) -> Finding,
    ) -> Self {
        let webhook = &site.webhooks[at];
        let title = format!("{title}: {}", webhook.name);
        let look: Look = Box::new(move |site| look(site, &site.webhooks[at]));
        Self { id, webhook: Some(webhook.slug.to_string()), title, look }
    }

    fn row(&self) -> Check {
        Check {
            id: self.id.to_owned(),
            webhook: self.webhook.clone(),
            title: self.title.clone(),
            level: CheckLevel::Running,
            found: String::new(),
            next: None,
        }
    }
}

/// Everything there is to check, in the order it is shown: from this computer outwards, then webhook by webhook.
fn tasks(site: &Site, outside: Vec<Outside>) -> Vec<Task> {
    let mut tasks = vec![
        Task::new("port", "The receiver listens", port::check),
        Task::new("path", "The way from the internet to this computer", path::check),
        Task::new("certificate", "The certificate, as CentrePoint sees it", certificate::outside),
    ];
    if site.serves_tls() {
        tasks.push(Task::new("own_certificate", "The certificate of this program", certificate::own));
    }
    tasks.push(Task::new("proxy", "What stands in front leaves deliveries as they are", proxy::check));
    for at in 0..site.webhooks.len() {
        tasks.push(Task::of("handshake", "Handshake", at, site, handshake::check));
        tasks.push(Task::of("signature", "Proof of deliveries", at, site, signature::check));
        tasks.push(Task::of("contact", "Contact with CentrePoint", at, site, contact::check));
    }
    tasks.push(Task::new("clock", "The clock of this computer", clock::check));
    tasks.push(Task::new("keychain", "The keychain", keychain::check));
    tasks.push(Task::new("room", "The data folder and its disk", room::check));
    tasks.extend(outside.into_iter().map(|Outside { id, title, look }| Task::new(id, title, move |_| look())));
    tasks
}

/// The checkup of this process that ran last, or runs.
#[derive(Debug, Default)]
pub(crate) struct Chart(Mutex<Option<Checkup>>);

impl Monitor {
    /// Begins to check the set-up, unless that is under way; [`Self::doctor`] tells how far it is. `outside` is checked, too.
    ///
    /// # Errors
    /// What SQLite said, or that no thread could be started.
    pub fn doctor_start(&self, outside: Vec<Outside>) -> Result<Checkup, ApiError> {
        if self.doctor().running {
            return Ok(self.doctor());
        }
        let (site, tasks, begun) = self.doctor_prepared(outside, None)?;
        self.chart(begun.clone());
        let monitor = self.clone();
        let run = move || {
            let done = running::all(&site, tasks, |checkup| monitor.chart(checkup), begun);
            monitor.chart(done);
        };
        let started = std::thread::Builder::new().name("doctor".to_owned()).spawn(run);
        if let Err(error) = started {
            *self.doctor_chart() = None;
            return Err(ApiError::failed(format!("a thread could not be started: {error}")));
        }
        Ok(self.doctor())
    }

    /// How the set-up was found, as far as it was checked in this process.
    #[must_use]
    pub fn doctor(&self) -> Checkup {
        let none = || Checkup { running: false, begun_at: None, checks: Vec::new(), text: String::new() };
        self.doctor_chart().clone().unwrap_or_else(none)
    }

    /// Checks the set-up and returns once all of it is checked. The certificates of the `authority` in this file are believed, too.
    ///
    /// # Errors
    /// `invalid` for a file that holds no authority, or what SQLite said.
    pub fn doctor_run(&self, outside: Vec<Outside>, authority: Option<&Path>) -> Result<Checkup, ApiError> {
        let (site, tasks, begun) = self.doctor_prepared(outside, authority)?;
        Ok(running::all(&site, tasks, |_| {}, begun))
    }

    fn doctor_prepared(
        &self,
        outside: Vec<Outside>,
        authority: Option<&Path>,
    ) -> Result<(Arc<Site>, Vec<Task>, Checkup), ApiError> {
        let site = Site::of(self)?;
        let site = Arc::new(match authority {
            Some(file) => site.believing_too(file)?,
            None => site,
        });
        let tasks = tasks(&site, outside);
        let checks = tasks.iter().map(Task::row).collect();
        let begun = Checkup { running: true, begun_at: Some(rfc3339(self.now())), checks, text: String::new() };
        Ok((site, tasks, begun))
    }

    fn doctor_chart(&self) -> std::sync::MutexGuard<'_, Option<Checkup>> {
        self.checkup().0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn chart(&self, checkup: Checkup) {
        *self.doctor_chart() = Some(checkup);
    }
}

#[cfg(test)]
mod tests;
