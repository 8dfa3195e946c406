//! From notifications that are due to one pop-up, and what became of it.

use std::collections::BTreeSet;

use jiff::ZonedDateTime;
use store::state::{Notification, Stage};
use study::{ProblemKind, ProblemState};

use super::content::{Content, Item};
use super::gather::Gatherer;
use super::{at_stage, words};
use crate::Monitor;
use crate::wire::{ApiError, NotificationTarget};

/// The longest answer of a desktop that is kept, in characters.
const LONGEST_SAID: usize = 300;

/// One pop-up, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PopUp {
    /// The notifications it tells of.
    pub ids: Vec<i64>,
    /// Its first line.
    pub title: String,
    /// The rest; may be empty.
    pub body: String,
    /// What a click opens.
    pub target: NotificationTarget,
}

/// What became of a pop-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// This one (name and version) showed it.
    Shown(String),
    /// Nobody shows any: why.
    NoService(String),
    /// The desktop did not take it: what it said.
    Refused(String),
    /// The desktop does not answer.
    NoAnswer,
}

impl Monitor {
    /// Everything that is to pop up now, as one; `None` where nothing is, or where it is held after all.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn notification_due(&self, gatherer: &mut Gatherer) -> Result<Option<PopUp>, ApiError> {
        let (settings, rules) = self.notification_rules()?;
        let now = self.local_now();
        let waiting = self.state().waiting_notifications()?;
        let mut due: Vec<Notification> = at_stage(&waiting, Stage::Due).cloned().collect();
        if due.is_empty() {
            return Ok(None);
        }
        if !rules.pops_up() || rules.holding(&now).is_some() {
            for row in &mut due {
                if let Some((by, _)) = rules.holding(&now).filter(|_| rules.pops_up()) {
                    (row.stage, row.held_by) = (Stage::Held, Some(by.as_str().to_owned()));
                } else {
                    end(row, "off", None, &now);
                }
            }
            self.keep_notes(&due)?;
            return Ok(None);
        }
        let mut all = Content::default();
        let (mut settled, mut ids) = (Vec::new(), Vec::new());
        for mut row in due {
            let content = self.still_open(content_of(&row));
            if content.is_empty() {
                end(&mut row, "settled", None, &now);
                settled.push(row);
            } else {
                ids.push(row.id);
                all.merge(content);
            }
        }
        if !settled.is_empty() {
            self.keep_notes(&settled)?;
        }
        if ids.is_empty() {
            return Ok(None);
        }
        gatherer.ringing.clone_from(&ids);
        let said = words::words(&all, settings.popup_subjects);
        Ok(Some(PopUp { ids, title: said.title, body: said.body, target: all.target() }))
    }

    /// What became of the pop-up of these. What was not shown stays due and is tried again, for a day.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn notification_told(&self, gatherer: &mut Gatherer, ids: &[i64], told: &Told) -> Result<(), ApiError> {
        let now = self.local_now();
        let mut rows = self.state().waiting_notifications()?;
        rows.retain(|row| ids.contains(&row.id));
        for row in &mut rows {
            let (outcome, detail) = match told {
                Told::Shown(server) => ("shown", Some(server)),
                Told::NoService(said) => ("no_service", Some(said)),
                Told::Refused(said) => ("refused", Some(said)),
                Told::NoAnswer => ("no_answer", None),
            };
            let detail = detail.map(|said| words::line(said, LONGEST_SAID));
            if matches!(told, Told::Shown(_)) {
                end(row, outcome, detail, &now);
            } else {
                (row.outcome, row.detail) = (Some(outcome.to_owned()), detail);
                row.told_at = Some(now.timestamp().as_microsecond());
            }
        }
        if *told != Told::NoAnswer {
            // It may answer yet: until then nothing is added to what it was asked to show.
            gatherer.ringing.clear();
        }
        self.keep_notes(&rows)
    }

    /// While the desktop does not answer for one pop-up, nothing else is shown: says so of what is due besides.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn notifications_unanswered(&self, gatherer: &mut Gatherer) -> Result<(), ApiError> {
        let waiting = self.state().waiting_notifications()?;
        let ids: Vec<i64> = at_stage(&waiting, Stage::Due).map(|row| row.id).collect();
        self.notification_told(gatherer, &ids, &Told::NoAnswer)
    }

    /// Keeps what changed, and says so.
    pub(super) fn keep_notes(&self, rows: &[Notification]) -> Result<(), ApiError> {
        self.state().keep_notifications(rows, &[])?;
        self.board().notifications_changed();
        Ok(())
    }

    /// What of it nobody has seen to meanwhile.
    fn still_open(&self, mut content: Content) -> Content {
        let ids: Vec<i64> = content.items.iter().map(|item| item.problem).collect();
        let looked = self.problem_lens().and_then(|lens| {
            let newest = self.history().newest()?;
            let found = self.history().problems_as_they_are(&ids, &lens)?;
            Ok((found.sequence >= newest, found.rows))
        });
        let (is_current, rows) = match looked {
            Ok(found) => found,
            Err(error) => {
                tracing::debug!(%error, "whether problems still are open cannot be looked up: they are told");
                return content;
            }
        };
        let (open, over): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.state == ProblemState::Open);
        let open: BTreeSet<i64> = open.into_iter().map(|row| row.id).collect();
        let over: BTreeSet<i64> = over.into_iter().map(|row| row.id).collect();
        // A stuck upload or a silence that ended is no problem any more; while the view is behind, nothing is said by what is not there.
        let passes = [ProblemKind::StuckUpload, ProblemKind::Silence].map(ProblemKind::as_str);
        let is_gone = |item: &Item| is_current && passes.contains(&item.kind.as_str()) && !open.contains(&item.problem);
        content.items.retain(|item| !over.contains(&item.problem) && !is_gone(item));
        content
    }
}

/// What it gathers.
pub(super) fn content_of(row: &Notification) -> Content {
    row.content.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Nothing more happens to it.
fn end(row: &mut Notification, outcome: &str, detail: Option<String>, now: &ZonedDateTime) {
    row.stage = Stage::Over;
    row.outcome = Some(outcome.to_owned());
    row.detail = detail;
    row.told_at = Some(now.timestamp().as_microsecond());
    row.content = None;
}
