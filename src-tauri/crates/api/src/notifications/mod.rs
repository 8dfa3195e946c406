//! Notifications: what happened is written down as one in the state, with what becomes of it (now, later, not at all), before anything pops
//! up. So nothing is lost over a restart and nothing comes twice, and the inbox tells the truth whatever the desktop does.
//!
//! Showing a pop-up is the shell's; it asks [`Monitor::notification_due`] for one and says what became of it.

mod content;
mod gather;
mod pop_up;
mod rules;
mod summary;
#[cfg(test)]
mod tests;
mod words;

use jiff::{Timestamp, ZonedDateTime};
use store::state::{Notification, Stage};
use study::Action;

pub use self::gather::Gatherer;
pub use self::pop_up::{PopUp, Told};
use self::rules::Rules;
pub(crate) use self::rules::check;
use crate::Monitor;
use crate::times::{instant, rfc3339};
use crate::wire::{ApiError, NotificationPage, NotificationRow, PopUpDesktop, Settings};

/// The setting with the moment until which it is muted.
const MUTED: &str = "notifications_muted_until";
/// The most rows of one page: those that are over, and those that wait.
const PAGE: usize = 1_000;

impl Monitor {
    /// The inbox, newest first.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn notifications(&self, limit: usize) -> Result<NotificationPage, ApiError> {
        let rows = self.state().notifications(limit.min(PAGE))?;
        let (rules, now) = (self.notification_rules()?.1, self.local_now());
        let holding = rules.holding(&now);
        Ok(NotificationPage {
            rows: rows.into_iter().map(row).collect(),
            unread: self.state().unread_notifications()?,
            muted_until: rules.muted(now.timestamp()).map(|until| rfc3339(until.as_microsecond())),
            held_by: holding.map(|(by, _)| by.as_str().to_owned()),
            resumes_at: holding.map(|(_, until)| rfc3339(until.as_microsecond())),
            kinds: rules::kinds(),
            desktop: self.board().desktop.borrow().clone(),
        })
    }

    /// A person has read these; none named: all.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn notifications_read(&self, ids: &[i64]) -> Result<(), ApiError> {
        self.state().read_notifications(ids, self.now())?;
        self.board().notifications_changed();
        Ok(())
    }

    /// Nothing pops up until then: `hour`, `tomorrow` (the next morning), a day (`2026-08-27`, its morning); `off`: at once again. Written
    /// into the history. Returns until when.
    ///
    /// # Errors
    /// `invalid` with the field, or why it could not be written.
    pub fn notifications_mute(&self, until: &str) -> Result<Option<String>, ApiError> {
        let end = rules::mute_until(until, &self.local_now(), &self.settings()?.notifications)?;
        let end = end.map(|end| rfc3339(end.as_microsecond()));
        let value = serde_json::json!(end);
        self.state().set_setting(MUTED, &value)?;
        self.board().notifications_changed();
        // It counts already where the history cannot be written just now.
        self.append(&[Action::Setting { name: MUTED.to_owned(), value }])?;
        Ok(end)
    }

    /// What is known of the desktop that shows the pop-ups of this process.
    pub fn set_pop_up_desktop(&self, desktop: PopUpDesktop) {
        let differs = self.board().desktop.send_if_modified(|known| {
            let differs = known.as_ref() != Some(&desktop);
            *known = Some(desktop);
            differs
        });
        if differs {
            self.board().notifications_changed();
        }
    }

    /// The settings and the rules by them, as of now.
    fn notification_rules(&self) -> Result<(Settings, Rules), ApiError> {
        let settings = self.settings()?;
        let muted = self.state().setting(MUTED)?;
        let muted = muted.as_ref().and_then(|value| value.as_str()?.parse::<Timestamp>().ok());
        let rules = Rules::of(&settings, muted);
        Ok((settings, rules))
    }

    /// Now, by the clock on this computer's wall.
    fn local_now(&self) -> ZonedDateTime {
        self.clock().now().to_zoned_datetime(self.zone())
    }
}

/// The rows that are to pop up now, or later.
fn at_stage(rows: &[Notification], stage: Stage) -> impl Iterator<Item = &Notification> {
    rows.iter().filter(move |row| row.stage == stage)
}

fn row(row: Notification) -> NotificationRow {
    NotificationRow {
        id: row.id,
        at: rfc3339(row.at),
        last_at: rfc3339(row.last_at),
        title: row.title,
        body: row.body,
        stage: row.stage.as_str().to_owned(),
        held_by: row.held_by,
        outcome: row.outcome,
        detail: row.detail,
        told_at: row.told_at.map(rfc3339),
        read: row.read_at.is_some(),
        target: serde_json::from_str(&row.opens).unwrap_or_default(),
    }
}

/// How long ago `at` is by the clock on the wall.
fn age(at: i64, now: &ZonedDateTime) -> jiff::SignedDuration {
    now.timestamp().duration_since(instant(at))
}
