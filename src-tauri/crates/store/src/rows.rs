//! The rows readers get: plain data, one struct a kind. Instants are microseconds since 1970-01-01T00:00:00Z.

use centrepoint::{Authentication, BodyDigest};
use study::subject::SubjectStatus;
use study::{ProblemKind, ProblemState, UploadState};

use crate::log::Mark;

/// What was noticed about an event. Words as in `flags`: `unreadable`, `repeat`, `unsigned` (…).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(pub u32);

impl Flags {
    /// Authentic, but not a JSON object.
    pub const UNREADABLE: u32 = 1;
    /// The same body came before, under another delivery id.
    pub const REPEAT: u32 = 1 << 1;
    /// Deriving this row failed; the raw delivery is in the log.
    pub const NOT_DERIVED: u32 = 1 << 2;
    /// A handshake (event `validation`).
    pub const HANDSHAKE: u32 = 1 << 3;
    /// Refused when it came, and accepted later, once the webhook's secret was put right.
    pub const RECOVERED: u32 = 1 << 4;
    /// Never came here: brought in from CentrePoint's history of the webhook.
    pub const HISTORY: u32 = 1 << 5;

    /// The flags' words, in a fixed order: `unreadable`, `repeat`, `not_derived`, `recovered`, `history` (a handshake has none: its event name says it).
    #[must_use]
    pub fn words(self) -> Vec<&'static str> {
        let all = [
            (Self::UNREADABLE, "unreadable"),
            (Self::REPEAT, "repeat"),
            (Self::NOT_DERIVED, "not_derived"),
            (Self::RECOVERED, "recovered"),
            (Self::HISTORY, "history"),
        ];
        all.into_iter().filter(|(bit, _)| self.0 & bit != 0).map(|(_, word)| word).collect()
    }
}

/// One event: a delivery's first arrival, with what it says. Field meanings: docs of the CSV columns.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the field names are the contract's column names")]
pub struct EventRow {
    pub sequence: i64,
    pub received_at: i64,
    pub webhook: String,
    pub delivery_id: Option<String>,
    pub vendor_webhook_id: Option<String>,
    /// The event's name; empty where it has none.
    pub event: String,
    pub status: Option<String>,
    pub study_id: Option<String>,
    pub site_id: Option<String>,
    pub subject_id: Option<String>,
    pub subject_identifier: Option<String>,
    pub upload_id: Option<String>,
    pub monitor_serial: Option<String>,
    pub message: Option<String>,
    pub first_epoch_utc: Option<String>,
    pub first_epoch_subject: Option<String>,
    pub last_epoch_utc: Option<String>,
    pub last_epoch_subject: Option<String>,
    pub authentication: Authentication,
    pub source_ip: String,
    pub attempts: i64,
    pub flags: Flags,
    pub body_sha256: BodyDigest,
    /// State of the problem this event belongs to (`open`, `acknowledged`, `resolved`), where there is one.
    pub problem_state: Option<ProblemState>,
    /// Id of that problem.
    pub problem_id: Option<i64>,
    pub acknowledged_by: Option<String>,
    pub acknowledged_at: Option<i64>,
    pub note: Option<String>,
    /// When CentrePoint made it, by CentrePoint's clock but never later than it was kept: of what was brought in from its history alone.
    pub made_at: Option<i64>,
    /// The subject's label as it is known by now; not read for exports, which hold what the events said.
    pub subject_label: Option<String>,
}

impl EventRow {
    /// One that says nothing yet, to be read into.
    pub(crate) fn empty() -> Self {
        Self {
            sequence: 0,
            received_at: 0,
            webhook: String::new(),
            delivery_id: None,
            vendor_webhook_id: None,
            event: String::new(),
            status: None,
            study_id: None,
            site_id: None,
            subject_id: None,
            subject_identifier: None,
            upload_id: None,
            monitor_serial: None,
            message: None,
            first_epoch_utc: None,
            first_epoch_subject: None,
            last_epoch_utc: None,
            last_epoch_subject: None,
            authentication: Authentication::None,
            source_ip: String::new(),
            attempts: 0,
            flags: Flags(0),
            body_sha256: BodyDigest([0; 32]),
            problem_state: None,
            problem_id: None,
            acknowledged_by: None,
            acknowledged_at: None,
            note: None,
            made_at: None,
            subject_label: None,
        }
    }
}

/// One attempt of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRow {
    /// Its arrival's place in the log.
    pub sequence: i64,
    /// When it was received.
    pub received_at: i64,
    /// Where it came from.
    pub source_ip: String,
}

/// An event with everything the log knows of it.
#[derive(Debug, Clone)]
pub struct EventDetail {
    /// The event.
    pub row: EventRow,
    /// The head block as received (request line, ordered headers), `Authorization` masked.
    pub head: Vec<u8>,
    /// The body as received.
    pub body: Vec<u8>,
    /// All attempts, the first included, oldest first; at most the newest 1,000.
    pub attempts: Vec<AttemptRow>,
    /// The row's link in the hash chain.
    pub chain: [u8; 32],
    /// What was particular about how it was authenticated.
    pub mark: Mark,
    /// Why deriving it failed, where it did.
    pub fault: Option<String>,
}

/// One upload with its life.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the field names are the contract's")]
pub struct UploadRow {
    /// A stable key for paging: the row's number in the view.
    pub id: i64,
    pub webhook: String,
    pub study_id: Option<String>,
    pub subject_id: Option<String>,
    /// Label learned for the subject.
    pub subject_label: Option<String>,
    pub upload_id: String,
    pub state: UploadState,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
    pub message: Option<String>,
    pub events: i64,
    pub problem: Option<ProblemState>,
    pub problem_id: Option<i64>,
    /// When the last event of it was received.
    pub last_at: i64,
    /// Sequence of the last event of it.
    pub last_sequence: i64,
    /// Started, no end, for longer than the threshold.
    pub stuck: bool,
    /// Its newest events, oldest first; at most [`MOST_STEPS`].
    pub life: Vec<LifeStep>,
    /// Arrivals of all its events, repeated attempts included.
    pub attempts: i64,
    /// Completed, after an error.
    pub recovered: bool,
    /// In error, after it had been completed.
    pub regressed: bool,
}

/// [`UploadRow::life`] holds at most this many.
pub const MOST_STEPS: usize = 12;

/// One event in an upload's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LifeStep {
    /// The event's place in the log.
    pub sequence: i64,
    /// When it was received; of one from CentrePoint's history, when it was made.
    pub at: i64,
    /// What it said.
    pub state: UploadState,
    /// It was brought in from CentrePoint's history.
    pub past: bool,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the field names are the contract's")]
pub struct ProblemRow {
    pub id: i64,
    pub kind: ProblemKind,
    pub state: ProblemState,
    pub webhook: String,
    pub study_id: Option<String>,
    pub subject_id: Option<String>,
    /// Label learned for the subject.
    pub subject_label: Option<String>,
    pub upload_id: Option<String>,
    pub message: Option<String>,
    pub opened_at: i64,
    pub last_at: i64,
    pub events: i64,
    pub acknowledged_by: Option<String>,
    pub acknowledged_at: Option<i64>,
    pub note: Option<String>,
    /// Put aside until then: `None` once that is past.
    pub snoozed_until: Option<i64>,
    /// The day to look again (`2026-08-27`).
    pub follow_up: Option<String>,
    /// The key of its group: its kind, a colon, its message's family.
    pub group: String,
    /// Whether a person's latest act can be taken back.
    pub undoable: bool,
}

/// Problems of one kind and one family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemGroup {
    /// See [`ProblemRow::group`].
    pub group: String,
    /// Kind of all of them.
    pub kind: ProblemKind,
    /// How many match.
    pub problems: i64,
    /// Of those, open.
    pub open: i64,
    /// Of those, acknowledged.
    pub acknowledged: i64,
    /// Subjects they are about.
    pub subjects: i64,
    /// Failing events they gather.
    pub events: i64,
    /// When the earliest opened.
    pub first_at: i64,
    /// When something last happened to one of them.
    pub last_at: i64,
    /// The newest of them, newest first.
    pub newest: Vec<ProblemRow>,
    /// Ids of all of them, newest first, at most 500.
    pub ids: Vec<i64>,
}

/// Groups, the one something last happened to first, at most 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemGroups {
    /// The view's position.
    pub sequence: i64,
    /// The groups.
    pub groups: Vec<ProblemGroup>,
    /// Problems in all groups, also in those beyond 200.
    pub problems: i64,
    /// Problems that match and are put aside, whether or not they are among the groups.
    pub snoozed: i64,
}

/// One line of a problem's story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryRow {
    /// The log row it comes from.
    pub sequence: i64,
    /// When.
    pub at: i64,
    /// `failed`, `succeeded`, `acknowledged`, `resolved`, `reopened`, `noted`, `contacted`, `snoozed`, `woken`, `taken_back`.
    pub what: String,
    /// Who, for a person's action.
    pub by: Option<String>,
    /// The message or note; of `taken_back` what was taken back.
    pub text: Option<String>,
    /// Until when it was `snoozed` (an instant, RFC 3339), or the day to look again after a contact.
    pub until: Option<String>,
}

/// One subject.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the field names are the contract's")]
pub struct SubjectRow {
    /// A stable key for paging: the row's number in the view; below 0 for one that is expected and nothing was received of.
    pub id: i64,
    pub webhook: String,
    pub study_id: Option<String>,
    /// `None`: expected by its label alone.
    pub subject_id: Option<String>,
    pub label: Option<String>,
    pub site_id: Option<String>,
    pub monitor_serial: Option<String>,
    pub last_completed_at: Option<i64>,
    /// What a person declared.
    pub status: SubjectStatus,
    /// On a list of expected subjects.
    pub expected: bool,
    /// What contradicts itself: `label`, `site`, `monitor`.
    pub conflicts: Vec<&'static str>,
    /// Uploads of it.
    pub uploads: i64,
    /// Open problems of it, stuck uploads included.
    pub open_problems: i64,
    /// Minutes worn on each of the last 14 days, the viewer's yesterday last.
    pub wear: Vec<Option<i64>>,
}

/// How many subjects there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SubjectCounts {
    /// Known or expected.
    pub subjects: i64,
    /// Overdue or late.
    pub overdue: i64,
}

/// A value learned about a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRow {
    /// `label`, `site` or `monitor`.
    pub what: &'static str,
    /// The value.
    pub value: String,
    /// When an event last said so; `None`: a person's list does.
    pub at: Option<i64>,
    /// That event's sequence.
    pub sequence: Option<i64>,
    /// The id of another subject with the same value, where that is a contradiction.
    pub shared_with: Option<String>,
}

/// What a person wrote or declared about a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemarkRow {
    /// The log row it comes from.
    pub sequence: i64,
    /// When.
    pub at: i64,
    /// `finished`, `on_leave`, `resumed`, `noted`.
    pub what: String,
    /// Who.
    pub by: String,
    /// The note.
    pub text: Option<String>,
    /// The last day on leave.
    pub until: Option<String>,
}

/// The wear time of one of a subject's days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WearRow {
    /// `2026-08-21`, in the subject's zone.
    pub date: String,
    /// Minutes.
    pub minutes: i64,
    /// The statistic's sequence.
    pub sequence: i64,
}

/// A subject and all that is known of it, its uploads and problems aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectDetail {
    /// The subject.
    pub row: SubjectRow,
    /// What was learned, latest first.
    pub known: Vec<KnownRow>,
    /// What people wrote, oldest first, at most the newest 1,000.
    pub remarks: Vec<RemarkRow>,
    /// Days with wear time, oldest first.
    pub wear: Vec<WearRow>,
}

/// A time in which nothing could be received, or a clock that was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwayRow {
    /// Its place in the log.
    pub sequence: i64,
    /// [`Self::CLOCK_SET`], or the word of why nothing could be received.
    pub reason: String,
    /// The one webhook it is about; `None`: all.
    pub webhook: Option<String>,
    /// From then on; of a clock that was set: what it would have shown.
    pub from: i64,
    /// Up to then; of a clock that was set: what it showed.
    pub to: i64,
    /// How many periods it was.
    pub times: i64,
    /// Whether the clock was set meanwhile.
    pub doubtful: bool,
    /// When a person saw to it, who, and a remark.
    pub checked: Option<Checked>,
}

impl AwayRow {
    /// The reason of a clock that was set.
    pub const CLOCK_SET: &'static str = "clock_set";

    /// Whether nothing could be received; a clock that was set stops nothing.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.reason != Self::CLOCK_SET
    }
}

/// That a person saw to something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// When.
    pub at: i64,
    /// Who.
    pub by: String,
    /// A remark.
    pub note: Option<String>,
}

/// What came last of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulse {
    /// Its slug.
    pub webhook: String,
    /// Its place in the log.
    pub last_sequence: i64,
    /// When, microseconds since 1970 UTC, by the clock of then.
    pub last_at: i64,
}

/// One refused request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the field names are the contract's")]
pub struct RejectionRow {
    pub id: i64,
    pub received_at: i64,
    pub webhook: String,
    pub status: u16,
    /// A plain sentence.
    pub reason: String,
    pub source_ip: String,
    pub delivery_id: Option<String>,
    pub event: Option<String>,
    pub size: i64,
    /// When it was accepted after all.
    pub accepted_at: Option<i64>,
}

/// A refused delivery that may be checked again, with all that was kept of it.
#[derive(Debug, Clone)]
pub struct RefusedDelivery {
    /// Its rejection.
    pub id: i64,
    /// When it came, microseconds since 1970 UTC.
    pub received_at: i64,
    /// Whom it came from.
    pub source_ip: std::net::IpAddr,
    /// The head as received, `Authorization` masked.
    pub head: Vec<u8>,
    /// The whole body as received.
    pub body: Vec<u8>,
}

/// The figures of Today, counted at one position of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Uploads whose state became completed since the given start of day and still is.
    pub completed_since: i64,
    /// Uploads that failed since then and still are in error.
    pub failed_since: i64,
    /// Uploads started without an end, stuck ones included.
    pub in_progress: i64,
    /// Of those, the stuck ones.
    pub stuck: i64,
    /// Open problems, stuck uploads included.
    pub open_problems: i64,
    /// Of those, put aside until later.
    pub snoozed_problems: i64,
    /// Acknowledged problems.
    pub acknowledged_problems: i64,
    /// Events of all time.
    pub events: i64,
    /// When the last arrival was received.
    pub last_arrival_at: Option<i64>,
}

/// What happened since a moment. The lists hold the newest 50 of each; the figures count all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Deliveries received.
    pub events: i64,
    /// Uploads whose latest end came since and is a completion.
    pub completed: i64,
    /// Uploads whose latest end came since and is an error.
    pub failed: i64,
    /// Problems that opened or reopened since, whatever became of them; uploads that got stuck and still are among them.
    pub opened: i64,
    /// Of those, still open.
    pub still_open: i64,
    /// Problems resolved since and not open again.
    pub resolved: i64,
    /// Subjects first heard of since.
    pub new_subjects: i64,
    /// The problems of `opened`, the newest opening first.
    pub problems: Vec<ProblemRow>,
    /// What people did about problems, newest first.
    pub acts: Vec<ActRow>,
}

/// What a person did, and about whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActRow {
    /// The act.
    pub line: StoryRow,
    /// The problem's id.
    pub problem: i64,
    /// Whom the problem is about.
    pub subject_id: Option<String>,
    /// Label learned for the subject.
    pub subject_label: Option<String>,
    /// The upload the problem is about.
    pub upload_id: Option<String>,
}

/// Uploads that ended in one slice of time, for the chart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ended {
    /// Completed.
    pub completed: i64,
    /// Ended in error.
    pub failed: i64,
}
