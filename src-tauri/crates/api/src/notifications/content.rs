//! What one notification gathers: kept as JSON while it waits, so that it can be added to, told together with others, and checked once more
//! before it pops up.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use store::rows::ProblemRow;

use crate::wire::NotificationTarget;

/// Problems told apart in one notification; past it they are only counted.
const TOLD_APART: usize = 2_000;
/// The longest message kept along, in characters.
const LONGEST: usize = 200;
/// Webhooks a list is narrowed down to at most.
const NARROWED: usize = 8;

/// A problem, as a pop-up needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Item {
    /// The log row that opened it; of a stuck upload its start.
    pub(super) sequence: i64,
    pub(super) problem: i64,
    pub(super) kind: String,
    pub(super) webhook: String,
    pub(super) study_id: Option<String>,
    pub(super) subject_id: Option<String>,
    pub(super) subject_label: Option<String>,
    pub(super) message: Option<String>,
}

impl Item {
    pub(super) fn of(sequence: i64, row: ProblemRow) -> Self {
        Self {
            sequence,
            problem: row.id,
            kind: row.kind.as_str().to_owned(),
            webhook: row.webhook,
            study_id: row.study_id,
            subject_id: row.subject_id,
            subject_label: row.subject_label,
            message: row.message.map(|message| message.chars().take(LONGEST).collect()),
        }
    }
}

/// The daily summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Overdue {
    pub(super) subjects: i64,
    /// Of those, the ones that are since yesterday.
    pub(super) since_yesterday: i64,
    /// The webhooks they are of.
    pub(super) webhooks: BTreeSet<String>,
    /// Their studies.
    pub(super) studies: BTreeSet<String>,
}

/// What one notification is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Content {
    /// Problems, oldest first. At most [`TOLD_APART`].
    pub(super) items: Vec<Item>,
    /// How many more there are, by kind.
    pub(super) more: BTreeMap<String, u64>,
    /// The latest summary.
    pub(super) overdue: Option<Overdue>,
    /// Why nothing is received, in plain words: the latest.
    pub(super) receiver: Option<String>,
}

impl Content {
    pub(super) fn is_empty(&self) -> bool {
        self.problems() == 0 && self.overdue.is_none() && self.receiver.is_none()
    }

    pub(super) fn add(&mut self, item: Item) {
        if self.items.len() < TOLD_APART {
            self.items.push(item);
        } else {
            *self.more.entry(item.kind).or_default() += 1;
        }
    }

    /// All of `later` besides. A problem that opened again is one.
    pub(super) fn merge(&mut self, later: Self) {
        let again: BTreeSet<i64> = later.items.iter().map(|item| item.problem).collect();
        self.items.retain(|item| !again.contains(&item.problem));
        for item in later.items {
            self.add(item);
        }
        for (kind, count) in later.more {
            *self.more.entry(kind).or_default() += count;
        }
        self.overdue = later.overdue.or(self.overdue.take());
        self.receiver = later.receiver.or(self.receiver.take());
    }

    /// How many problems.
    pub(super) fn problems(&self) -> u64 {
        self.items.len() as u64 + self.more.values().sum::<u64>()
    }

    /// How many problems, by kind.
    pub(super) fn kinds(&self) -> BTreeMap<&str, u64> {
        let mut kinds: BTreeMap<&str, u64> = self.more.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
        for item in &self.items {
            *kinds.entry(&item.kind).or_default() += 1;
        }
        kinds
    }

    /// The subjects the problems are about, told apart by study and id.
    pub(super) fn subjects(&self) -> usize {
        let subjects = self.items.iter().filter_map(|item| Some((&item.study_id, item.subject_id.as_ref()?)));
        subjects.collect::<BTreeSet<_>>().len()
    }

    /// The studies it is about.
    pub(super) fn studies(&self) -> BTreeSet<&str> {
        let overdue = self.overdue.iter().flat_map(|overdue| overdue.studies.iter().map(String::as_str));
        self.items.iter().filter_map(|item| item.study_id.as_deref()).chain(overdue).collect()
    }

    /// Where a click leads: to the one thing it is about, else to the list of them.
    pub(super) fn target(&self) -> NotificationTarget {
        let to = |view: &str, webhooks: BTreeSet<&str>| NotificationTarget {
            view: view.to_owned(),
            problem: None,
            query: narrowed(&webhooks),
        };
        match (&self.items[..], self.problems(), &self.overdue) {
            ([one], 1, _) => NotificationTarget { problem: Some(one.problem), ..to("problems", BTreeSet::new()) },
            (items, 1.., _) => {
                let is_all = self.more.is_empty();
                let webhooks = items.iter().filter(|_| is_all).map(|item| item.webhook.as_str()).collect();
                let mut target = to("problems", webhooks);
                if is_all && items.iter().all(|item| item.kind == "stuck_upload") {
                    target.query.push_str(if target.query.is_empty() { "is:stuck" } else { " is:stuck" });
                }
                target
            }
            (_, 0, Some(overdue)) => to("subjects", overdue.webhooks.iter().map(String::as_str).collect()),
            (_, 0, None) => to("today", BTreeSet::new()),
        }
    }
}

/// A query for these webhooks; empty where they are many.
fn narrowed(webhooks: &BTreeSet<&str>) -> String {
    if webhooks.len() > NARROWED {
        return String::new();
    }
    webhooks.iter().map(|slug| format!("webhook:{slug}")).collect::<Vec<_>>().join(" ")
}
