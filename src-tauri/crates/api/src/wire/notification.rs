//! Notifications: when something pops up, and the inbox of all there were.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What pops up when. Part of the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct NotificationRules {
    /// Kinds that were switched, for all webhooks; the others are as [`NotificationKind::default_on`] says.
    pub kinds: BTreeMap<String, bool>,
    /// By webhook (slug): kinds that are switched otherwise for it.
    pub webhooks: BTreeMap<String, BTreeMap<String, bool>>,
    /// Whether there are quiet hours. Default off.
    pub quiet: bool,
    /// From when on they are, by the computer's clock. Default `20:00`.
    pub quiet_from: String,
    /// Until when; before `quiet_from`: the next day. Default `07:00`.
    pub quiet_to: String,
    /// The days something pops up on (`mon` … `sun`); the others are quiet from midnight to midnight. Default all.
    pub days: Vec<String>,
    /// When the summary of overdue subjects comes. Default `09:00`.
    pub summary_at: String,
    /// On which days. Default `mon` to `fri`.
    pub summary_days: Vec<String>,
}

impl Default for NotificationRules {
    fn default() -> Self {
        let days = |days: &[&str]| days.iter().map(|day| (*day).to_owned()).collect();
        Self {
            kinds: BTreeMap::new(),
            webhooks: BTreeMap::new(),
            quiet: false,
            quiet_from: "20:00".to_owned(),
            quiet_to: "07:00".to_owned(),
            days: days(&["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
            summary_at: "09:00".to_owned(),
            summary_days: days(&["mon", "tue", "wed", "thu", "fri"]),
        }
    }
}

/// A kind of notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct NotificationKind {
    /// `upload_error`, …
    pub kind: String,
    /// Whether it pops up unless told otherwise.
    pub default_on: bool,
    /// Whether it can be switched by webhook.
    pub by_webhook: bool,
}

/// Where a notification leads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct NotificationTarget {
    /// `problems`, `subjects` (the overdue ones), `today` or `settings` (its notifications).
    pub view: String,
    /// The one problem.
    #[ts(type = "number | null")]
    pub problem: Option<i64>,
    /// What the list is narrowed down to.
    pub query: String,
}

/// One notification of the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct NotificationRow {
    /// Its number.
    #[ts(type = "number")]
    pub id: i64,
    /// When it was due.
    pub at: String,
    /// When the latest of what it gathers came.
    pub last_at: String,
    /// What happened, without a subject.
    pub title: String,
    /// The rest, without a subject.
    pub body: String,
    /// `due`, `held` or `over`.
    pub stage: String,
    /// What held it up: `quiet_hours`, `muted` or null.
    pub held_by: Option<String>,
    /// `shown`, `off`, `settled`, `no_service`, `refused`, `no_answer`; null: none yet.
    pub outcome: Option<String>,
    /// Who showed it, or what the desktop said.
    pub detail: Option<String>,
    /// When the outcome was known.
    pub told_at: Option<String>,
    /// Whether a person has read it.
    pub read: bool,
    /// Where it leads.
    pub target: NotificationTarget,
}

/// What the desktop does with pop-ups, as far as is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
pub struct PopUpDesktop {
    /// Who shows them: name and version. Null before one was shown.
    pub server: Option<String>,
    /// Why none can be shown, in plain words; null while nothing speaks against it.
    pub trouble: Option<String>,
}

/// The inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct NotificationPage {
    /// Newest first, at most 500 that are over.
    pub rows: Vec<NotificationRow>,
    /// How many nobody has read, those beyond the page included.
    #[ts(type = "number")]
    pub unread: i64,
    /// Muted until then; null: not.
    pub muted_until: Option<String>,
    /// What holds pop-ups up now: `quiet_hours`, `muted` or null.
    pub held_by: Option<String>,
    /// When they come again.
    pub resumes_at: Option<String>,
    /// Every kind there is.
    pub kinds: Vec<NotificationKind>,
    /// The desktop; null where this process shows no pop-ups.
    pub desktop: Option<PopUpDesktop>,
}

/// What became of a pop-up that was shown to try it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PopUpTest {
    /// `shown`, `no_service`, `refused` or `no_answer`.
    pub outcome: String,
    /// What the desktop answered, in plain words.
    pub said: String,
    /// The notification service's name.
    pub server: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The number it gave the pop-up.
    pub id: Option<u32>,
}
