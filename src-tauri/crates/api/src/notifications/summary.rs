//! The daily summary of overdue subjects: once a day, whatever the clock does.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ZonedDateTime;

use super::content::{Content, Overdue};
use super::rules::{Daily, LastSummary, OVERDUE, Rules};
use crate::Monitor;
use crate::receiving::Uptime;
use crate::wire::{ApiError, Settings};

/// The setting with the summary that was raised last.
pub(super) const LAST: &str = "notifier_summary";

/// A summary that is due, by whether its webhooks pop up.
pub(super) struct Summary {
    /// What it says; nothing where nobody is overdue.
    pub(super) content: Content,
    /// What is to be noted with it.
    pub(super) last: serde_json::Value,
}

impl Monitor {
    /// The summary, where one is due now. Nobody is counted before.
    pub(super) fn summary_due(
        &self,
        settings: &Settings,
        rules: &Rules,
        now: &ZonedDateTime,
        uptime: &Uptime,
    ) -> Result<Option<Summary>, ApiError> {
        let last = self.state().setting(LAST)?.and_then(|value| serde_json::from_value::<LastSummary>(value).ok());
        let daily = Daily::of(&settings.notifications);
        if !daily.is_due(now, last.as_ref(), uptime.boot.as_deref(), uptime.since_boot) {
            return Ok(None);
        }
        let webhooks: BTreeMap<String, Option<String>> = self
            .state()
            .webhooks()?
            .into_iter()
            .filter(|webhook| !webhook.removed && rules.is_on(OVERDUE, Some(webhook.slug.as_str())))
            .map(|webhook| (webhook.slug.to_string(), webhook.study_id))
            .collect();
        if webhooks.is_empty() {
            // Switched on later that day, it comes later that day.
            return Ok(None);
        }
        let mut overdue =
            Overdue { subjects: 0, since_yesterday: 0, webhooks: BTreeSet::new(), studies: BTreeSet::new() };
        for (slug, study) in webhooks {
            let (now, yesterday) = self.overdue_now_and_yesterday(&slug)?;
            if now > 0 {
                overdue.subjects += now;
                overdue.since_yesterday += (now - yesterday).max(0);
                overdue.webhooks.insert(slug);
                overdue.studies.extend(study);
            }
        }
        let last = LastSummary {
            day: now.date(),
            boot: uptime.boot.as_deref().map(str::to_owned),
            since_boot: uptime.since_boot,
        };
        Ok(Some(Summary {
            content: Content { overdue: Some(overdue).filter(|overdue| overdue.subjects > 0), ..Content::default() },
            last: serde_json::to_value(last).unwrap_or_default(),
        }))
    }
}
