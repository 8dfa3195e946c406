//! Problems nobody saw to, on their way out of the house: which are due, what goes together, how often it is tried. Pure; who sends and where
//! the ledger is kept is decided elsewhere.
//!
//! Each problem goes out once for each time it opened. What is due together is one message, at most one each quarter of an hour; each way out
//! (e-mail, chat) has six tries over three hours. That a try begins is entered before it does: a program that ends between a try and its
//! entry may send that message twice, never not at all.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ProblemKind;

const MINUTE: i64 = 60 * 1_000_000;
/// No message follows another sooner.
pub const TOGETHER: i64 = 15 * MINUTE;
/// The pauses between tries: three hours in all.
pub const PAUSES: [i64; 5] = [MINUTE, 4 * MINUTE, 15 * MINUTE, 40 * MINUTE, 120 * MINUTE];
/// Most problems of one message; the others go with the next.
pub const MOST_OF_ONE: usize = 500;
/// Most messages that wait for another try at one time.
pub const MOST_WAITING: usize = 20;
/// Messages remembered when they are done.
const REMEMBERED: usize = 50;
/// Openings remembered as gone out. The oldest are forgotten once they are over.
const MOST_GONE: usize = 10_000;

/// What can be chosen to go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Upload errors, processing errors, unreadable deliveries.
    Errors,
    /// Stuck uploads.
    Stuck,
    /// Silent webhooks.
    Silence,
    /// That nothing can be received here.
    NotReceiving,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Errors, Self::Stuck, Self::Silence, Self::NotReceiving];

    /// `errors`, `stuck`, `silence` or `not_receiving`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Errors => "errors",
            Self::Stuck => "stuck",
            Self::Silence => "silence",
            Self::NotReceiving => "not_receiving",
        }
    }
}

impl From<ProblemKind> for Kind {
    fn from(kind: ProblemKind) -> Self {
        match kind {
            ProblemKind::UploadError | ProblemKind::ProcessingError | ProblemKind::Unreadable => Self::Errors,
            ProblemKind::StuckUpload => Self::Stuck,
            ProblemKind::Silence => Self::Silence,
        }
    }
}

/// A way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// E-mail.
    Mail,
    /// A chat's incoming webhook.
    Chat,
}

impl Way {
    /// `mail` or `chat`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Chat => "chat",
        }
    }
}

/// A problem, and which of its openings: the log row that opened it. A problem of 0 is that nothing is received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// The problem's id.
    pub problem: i64,
    /// What opened it.
    pub opening: i64,
}

/// An open problem nobody has acknowledged or put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub key: Key,
    /// Of what kind.
    pub kind: Kind,
    /// Since when, microseconds since 1970 UTC.
    pub since: i64,
}

/// What goes out, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// After so many microseconds.
    pub after: i64,
    /// Which kinds.
    pub kinds: BTreeSet<Kind>,
}

/// How a message stands on one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// To be tried, or tried again.
    Waiting,
    /// Taken.
    Sent,
    /// Tried often enough.
    GivenUp,
    /// Not needed any more: all its problems were seen to.
    Withdrawn,
}

/// A message on one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// Which way.
    pub way: Way,
    /// How it stands.
    pub standing: Standing,
    /// Tries that began.
    pub tries: usize,
    /// Not tried before this.
    pub next_at: i64,
    /// When it stood so last.
    pub at: i64,
    /// What the server said last.
    pub said: String,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its number.
    pub id: i64,
    /// When it was made.
    pub made_at: i64,
    /// What it is about.
    pub keys: Vec<Key>,
    /// Its ways.
    pub passages: Vec<Passage>,
}

impl Message {
    fn is_waiting(&self) -> bool {
        self.passages.iter().any(|passage| passage.standing == Standing::Waiting)
    }
}

/// All messages, and what has gone out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ledger {
    /// Oldest first.
    pub messages: Vec<Message>,
    /// In the order in which they went.
    gone: Vec<Key>,
    next_id: i64,
    last_at: Option<i64>,
}

impl Ledger {
    /// Makes a message of what is due and has not gone out, where one may be made now; whether it did. Withdraws what nobody needs any more.
    pub fn gather(&mut self, rule: &Rule, waiting: &[Waiting], ways: &[Way], now: i64) -> bool {
        let present: BTreeSet<Key> = waiting.iter().map(|each| each.key).collect();
        let withdrawn = self.withdraw(&present, ways, now);
        // A clock that was set back must not keep it quiet until it has caught up.
        let too_soon = self.last_at.is_some_and(|last| last <= now && now.saturating_sub(last) < TOGETHER);
        let full = self.messages.iter().filter(|message| message.is_waiting()).count() >= MOST_WAITING;
        if too_soon || full || ways.is_empty() {
            return withdrawn;
        }
        let gone: BTreeSet<Key> = self.gone.iter().copied().collect();
        let is_due = |each: &&Waiting| {
            rule.kinds.contains(&each.kind) && now.saturating_sub(each.since) >= rule.after && !gone.contains(&each.key)
        };
        let mut due: Vec<&Waiting> = waiting.iter().filter(is_due).collect();
        if due.is_empty() {
            return withdrawn;
        }
        due.sort_by_key(|each| (each.since, each.key));
        let mut seen = BTreeSet::new();
        due.retain(|each| seen.insert(each.key));
        let keys: Vec<Key> = due.into_iter().take(MOST_OF_ONE).map(|each| each.key).collect();
        self.gone.extend(&keys);
        self.forget(&present);
        let passage = |way: &Way| Passage {
            way: *way,
            standing: Standing::Waiting,
            tries: 0,
            next_at: now,
            at: now,
            said: String::new(),
        };
        self.next_id += 1;
        let passages = ways.iter().map(passage).collect();
        self.messages.push(Message { id: self.next_id, made_at: now, keys, passages });
        self.last_at = Some(now);
        while self.messages.len() > REMEMBERED
            && let Some(done) = self.messages.iter().position(|message| !message.is_waiting())
        {
            self.messages.remove(done);
        }
        true
    }

    /// The tries that are due: message and way.
    #[must_use]
    pub fn due(&self, now: i64) -> Vec<(i64, Way)> {
        let longest = PAUSES[PAUSES.len() - 1];
        let is_due = |passage: &&Passage| {
            // One that lies further ahead than any pause is from before the clock was set back.
            let ahead = passage.next_at.saturating_sub(now);
            passage.standing == Standing::Waiting && (ahead <= 0 || ahead > longest)
        };
        let of = |message: &Message| -> Vec<(i64, Way)> {
            message.passages.iter().filter(is_due).map(|passage| (message.id, passage.way)).collect()
        };
        self.messages.iter().flat_map(of).collect()
    }

    /// A try begins: to be kept before it does.
    pub fn begin(&mut self, id: i64, way: Way, now: i64) {
        if let Some(passage) = self.passage(id, way) {
            let pause = PAUSES.get(passage.tries).copied().unwrap_or(PAUSES[PAUSES.len() - 1]);
            passage.tries += 1;
            passage.next_at = now.saturating_add(pause);
            passage.at = now;
        }
    }

    /// What came of it: what the server said, and whether it took it; with how long it wants to be left alone, in microseconds. How it
    /// stands now.
    pub fn end(&mut self, id: i64, way: Way, taken: bool, said: &str, after: Option<i64>, now: i64) -> Standing {
        let Some(passage) = self.passage(id, way) else { return Standing::Withdrawn };
        said.clone_into(&mut passage.said);
        passage.at = now;
        passage.standing = match taken {
            true => Standing::Sent,
            false if passage.tries > PAUSES.len() => Standing::GivenUp,
            false => Standing::Waiting,
        };
        let longest = PAUSES[PAUSES.len() - 1];
        passage.next_at = passage.next_at.max(now.saturating_add(after.unwrap_or(0).clamp(0, longest)));
        passage.standing
    }

    fn passage(&mut self, id: i64, way: Way) -> Option<&mut Passage> {
        let message = self.messages.iter_mut().find(|message| message.id == id)?;
        message.passages.iter_mut().find(|passage| passage.way == way && passage.standing == Standing::Waiting)
    }

    /// Messages that wait although all they are about was seen to, or whose way is not set any more.
    fn withdraw(&mut self, present: &BTreeSet<Key>, ways: &[Way], now: i64) -> bool {
        let mut any = false;
        for message in &mut self.messages {
            let needed = message.keys.iter().any(|key| present.contains(key));
            for passage in message.passages.iter_mut().filter(|passage| passage.standing == Standing::Waiting) {
                if !needed || !ways.contains(&passage.way) {
                    (passage.standing, passage.at) = (Standing::Withdrawn, now);
                    any = true;
                }
            }
        }
        any
    }

    fn forget(&mut self, present: &BTreeSet<Key>) {
        let mut over = self.gone.len().saturating_sub(MOST_GONE);
        self.gone.retain(|key| {
            let goes = over > 0 && !present.contains(key);
            over -= usize::from(goes);
            !goes
        });
    }
}

#[cfg(test)]
mod tests;
