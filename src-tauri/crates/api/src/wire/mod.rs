//! What crosses to the window, as JSON. Every type here has its TypeScript twin in `ui/src/ipc/bindings`, which a test keeps equal.
//!
//! Instants are RFC 3339 UTC with microseconds (`2026-08-22T14:05:33.123456Z`). Sequences and ids are numbers (a log stays far below 2^53 rows).

mod away;
mod doctor;
mod error;
mod escalation;
mod event;
mod history;
mod live;
mod notification;
mod practice;
mod problem;
mod search;
mod settings;
mod silence;
mod subject;
mod today;
mod transfer;
mod upload;
mod webhook;

pub use away::{AwayCheck, AwayGap, AwayGapQuery, GapWindow, Span, TimeAway, TimeAwayPage};
pub use doctor::{Check, CheckLevel, Checkup};
pub use error::{ApiError, ErrorCode};
pub use escalation::{
    EscalationForm, EscalationMail, EscalationMessage, EscalationRules, EscalationStatus, EscalationTest,
};
pub use event::{Attempt, EventDetail, EventPage, EventQuery, EventRow, HeaderLine, Recovery, Rejection};
pub use history::{HistoryApi, HistoryImport, HistoryLine, HistoryProgress, HistoryReport};
pub use live::{ExportProgress, ExportRequest, ExportState, LiveMessage};
pub use notification::{
    NotificationKind, NotificationPage, NotificationRow, NotificationRules, NotificationTarget, PopUpDesktop, PopUpTest,
};
pub use practice::PracticeState;
pub use problem::{
    GroupPage, GroupQuery, ProblemAct, ProblemActKind, ProblemActed, ProblemDetail, ProblemGroup, ProblemPage,
    ProblemRow, StoryLine,
};
pub use search::{KnownValue, SavedSearch, SearchTerm, SearchTerms, ValuesQuery};
pub use settings::{About, Autostart, AutostartState, BackupFile, Backups, Settings};
pub use silence::{RhythmRow, SilenceDetail, SilenceRow};
pub use subject::{
    ImportProblem, ImportReport, ImportedSubject, Known, SubjectAct, SubjectActKind, SubjectDetail, SubjectImport,
    SubjectPage, SubjectRow, WearDay,
};
pub use today::{
    Act, AddressFrom, Bar, Changes, ChangesQuery, Counts, Notice, ReceiverState, ReceiverStatus, TlsStanding,
    TlsStatus, Today, TodayQuery,
};
pub use transfer::{SettingsChange, SettingsImport, SettingsPlan};
pub use upload::{Counted, Counting, LifeStep, ListQuery, UploadPage, UploadRow};
pub use webhook::{FormerRow, Validation, Waiting, WaitingFor, WebhookAdded, WebhookForm, WebhookRow};
