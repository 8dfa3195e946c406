//! Today: is it receiving, and what wants a person.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ProblemGroup, ProblemRow, StoryLine, TimeAway, UploadRow};

/// Whether deliveries are being received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReceiverState {
    /// Opening files.
    Starting,
    /// Accepting deliveries, and they can be made durable.
    Receiving,
    /// Accepting connections, but deliveries cannot be kept (disk full, …) and are answered 503, or nobody believes the certificate.
    Failing,
    /// Not accepting anything: `reason` says why.
    NotReceiving,
}

/// Who said where to listen. The first that said something counts, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AddressFrom {
    /// `--listen`, when the program was started.
    CommandLine,
    /// The environment it was started in.
    Environment,
    /// The settings.
    Setting,
    /// Nobody: it is the default.
    Default,
    /// It goes on where deliveries were sent before: to a service that ended, or until an address from the settings could be used.
    Before,
    /// A practice takes any free port.
    Practice,
}

/// The receiver's state with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReceiverStatus {
    /// See [`ReceiverState`].
    pub state: ReceiverState,
    /// Since when it is so.
    pub since: Option<String>,
    /// Why it is not receiving, or what is wrong, and what to do, in plain words.
    pub reason: Option<String>,
    /// `http://127.0.0.1:8737`
    pub address: Option<String>,
    /// Who said so, or whose address it is that cannot be listened on; null before it was tried.
    #[serde(default)]
    pub address_from: Option<AddressFrom>,
    /// When the last delivery arrived.
    pub last_arrival_at: Option<String>,
    /// Rows of the log the view has not derived yet.
    #[ts(type = "number")]
    pub behind: i64,
    /// A rebuild is going on: rows done, rows in all.
    #[ts(type = "[number, number] | null")]
    pub rebuilding: Option<(i64, i64)>,
    /// What is served with TLS; null in the clear.
    pub tls: Option<Box<TlsStatus>>,
    /// Things to know that stop nothing (a secret in a file, a non-loopback address without TLS, a keychain that is locked).
    pub warnings: Vec<String>,
    /// What a person must have read: it stays until it is dismissed.
    pub notices: Vec<Notice>,
    /// Another process of this computer receives, and all this is about that one: its number, 0 where it is not known. Null: this process
    /// does, or nobody.
    pub elsewhere: Option<u32>,
}

/// What a certificate is worth now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TlsStanding {
    /// It is not good yet.
    NotYet,
    /// It is good.
    Good,
    /// It is good, for 30 days at most.
    EndsSoon,
    /// It is not good any more.
    Ended,
}

/// The certificate that is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TlsStatus {
    /// The file it is in.
    pub certificate: String,
    /// The file with its key.
    pub key: String,
    /// Both were named at the start of the program: the settings do not count.
    pub told: bool,
    /// The names and addresses it is for.
    pub names: Vec<String>,
    /// From when on it is good.
    pub not_before: String,
    /// Until when.
    pub not_after: String,
    /// What it is worth now.
    pub standing: TlsStanding,
    /// What there is to know about it, in plain words.
    pub remarks: Vec<String>,
}

/// Something that happened to the history, and stands until a person has read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Notice {
    /// Its number.
    #[ts(type = "number")]
    pub id: i64,
    /// What happened, what it means and what to do, in plain words.
    pub text: String,
}

/// What Today is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, TS)]
pub struct TodayQuery {
    /// The viewer's IANA zone; empty: the computer's.
    pub time_zone: String,
    /// Days in the chart, 1 to 92 (1: by hour).
    pub days: u32,
    /// Only what this webhook (slug) received; empty: all.
    pub webhook: String,
}

/// Since when to say what changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, TS)]
pub struct ChangesQuery {
    /// RFC 3339 instant.
    pub since: String,
    /// Only what this webhook (slug) received; empty: all.
    pub webhook: String,
}

/// What happened since a moment: for the one who comes back, or hands over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Changes {
    /// Everything up to this sequence was considered.
    #[ts(type = "number")]
    pub sequence: i64,
    /// As asked.
    pub since: String,
    /// Deliveries received.
    #[ts(type = "number")]
    pub events: i64,
    /// Uploads whose latest end came since and is a completion.
    #[ts(type = "number")]
    pub completed: i64,
    /// Uploads whose latest end came since and is an error.
    #[ts(type = "number")]
    pub failed: i64,
    /// Problems that opened or reopened since, whatever became of them.
    #[ts(type = "number")]
    pub opened: i64,
    /// Of those, still open.
    #[ts(type = "number")]
    pub still_open: i64,
    /// Problems resolved since, by a success or a person.
    #[ts(type = "number")]
    pub resolved: i64,
    /// Subjects first heard of since.
    #[ts(type = "number")]
    pub new_subjects: i64,
    /// In how many periods since nothing could be received.
    #[ts(type = "number")]
    pub away: i64,
    /// For how many seconds in all.
    #[ts(type = "number")]
    pub away_seconds: i64,
    /// The newest 50 problems that opened or reopened since.
    pub problems: Vec<ProblemRow>,
    /// The newest 50 acts of people on problems since, newest first.
    pub acts: Vec<Act>,
}

/// An act of a person, and what it was about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Act {
    /// The act.
    pub line: StoryLine,
    /// The problem.
    #[ts(type = "number")]
    pub problem: i64,
    /// Whom the problem is about.
    pub subject_id: Option<String>,
    /// See above.
    pub subject_label: Option<String>,
    /// See above.
    pub upload_id: Option<String>,
}

/// The figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, TS)]
pub struct Counts {
    /// Uploads completed since the viewer's midnight.
    #[ts(type = "number")]
    pub completed_today: i64,
    /// Uploads that failed since then and still are in error.
    #[ts(type = "number")]
    pub failed_today: i64,
    /// Started without an end.
    #[ts(type = "number")]
    pub in_progress: i64,
    /// Of those, stuck.
    #[ts(type = "number")]
    pub stuck: i64,
    /// Open problems.
    #[ts(type = "number")]
    pub open_problems: i64,
    /// Open problems put aside until later: among `open_problems`.
    #[ts(type = "number")]
    pub snoozed_problems: i64,
    /// Acknowledged problems.
    #[ts(type = "number")]
    pub acknowledged_problems: i64,
    /// Subjects overdue or late by their webhook's levels; finished ones and those on leave are not.
    #[ts(type = "number")]
    pub overdue_subjects: i64,
    /// Subjects known.
    #[ts(type = "number")]
    pub subjects: i64,
    /// Events of all time.
    #[ts(type = "number")]
    pub events: i64,
}

/// One bar of the chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Bar {
    /// Where the slice begins.
    pub start: String,
    /// Uploads completed in it.
    #[ts(type = "number")]
    pub completed: i64,
    /// Uploads that failed in it.
    #[ts(type = "number")]
    pub failed: i64,
}

/// Everything Today shows, at one position of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Today {
    /// Everything up to this sequence was considered.
    #[ts(type = "number")]
    pub sequence: i64,
    /// The receiver.
    pub receiver: ReceiverStatus,
    /// The figures.
    pub counts: Counts,
    /// The chart, oldest first.
    pub bars: Vec<Bar>,
    /// The newest 12 uploads.
    pub latest: Vec<UploadRow>,
    /// The 8 groups of open problems, not put aside, that something last happened to; each with its newest problem alone, and no ids.
    pub problems: Vec<ProblemGroup>,
    /// Webhooks that are not removed.
    pub webhooks: u32,
    /// The 8 subjects overdue longest.
    pub overdue: Vec<super::SubjectRow>,
    /// The newest 3 times away of a minute or more, or with something to resend, and clocks that were set, that nobody has checked yet.
    pub away: Vec<TimeAway>,
    /// How many more there are.
    pub away_more: u32,
}
