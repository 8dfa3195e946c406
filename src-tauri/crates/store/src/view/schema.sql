-- The view: everything in here is derived from the log and can be derived again.
-- Repeated texts are numbers into `words`; `subject`, `upload` and `problem` are row numbers. Instants are microseconds since 1970 UTC.
CREATE TABLE position (
    one             INTEGER PRIMARY KEY CHECK (one = 1),
    sequence        INTEGER NOT NULL,
    chain           BLOB NOT NULL,  -- the log's link at that sequence: a view of another log is noticed
    last_arrival_at INTEGER
) STRICT;

CREATE TABLE words (
    id   INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE events (
    sequence            INTEGER PRIMARY KEY,
    received_at         INTEGER NOT NULL,
    webhook             INTEGER NOT NULL,
    event               INTEGER NOT NULL,
    status              INTEGER,
    study               INTEGER,
    site                INTEGER,
    subject             INTEGER,
    upload              INTEGER,
    problem             INTEGER,
    vendor_webhook      INTEGER,
    source_ip           INTEGER NOT NULL,
    authentication      INTEGER NOT NULL,
    attempts            INTEGER NOT NULL,
    flags               INTEGER NOT NULL,
    failed              INTEGER NOT NULL,
    body_key            INTEGER NOT NULL,  -- the digest's first 8 bytes
    delivery_key        INTEGER,  -- a hash of the delivery id
    body_sha256         BLOB NOT NULL,
    delivery_id         TEXT,
    subject_id          TEXT,
    subject_identifier  TEXT,
    upload_id           TEXT,
    monitor_serial      TEXT,
    message             TEXT,
    first_epoch_utc     TEXT,
    first_epoch_subject TEXT,
    last_epoch_utc      TEXT,
    last_epoch_subject  TEXT,
    made_at             INTEGER  -- when CentrePoint made it: of what was brought in from its history alone
) STRICT;
CREATE INDEX events_body ON events (body_key, webhook);
CREATE INDEX events_delivery ON events (delivery_key, body_key) WHERE delivery_key IS NOT NULL;
CREATE INDEX events_webhook ON events (webhook);
CREATE INDEX events_event ON events (event);
CREATE INDEX events_status ON events (status) WHERE status IS NOT NULL;
CREATE INDEX events_study ON events (study) WHERE study IS NOT NULL;
CREATE INDEX events_site ON events (site) WHERE site IS NOT NULL;
CREATE INDEX events_subject ON events (subject) WHERE subject IS NOT NULL;
CREATE INDEX events_upload ON events (upload) WHERE upload IS NOT NULL;
CREATE INDEX events_problem ON events (problem) WHERE problem IS NOT NULL;
CREATE INDEX events_serial ON events (monitor_serial) WHERE monitor_serial IS NOT NULL;
CREATE INDEX events_loose_identifier ON events (subject_identifier) WHERE subject IS NULL AND subject_identifier IS NOT NULL;
CREATE INDEX events_loose_upload ON events (upload_id) WHERE upload IS NULL AND upload_id IS NOT NULL;
CREATE INDEX events_failed ON events (failed) WHERE failed = 1;
CREATE INDEX events_flags ON events (flags) WHERE flags <> 0;
-- Where events lead, without their rows; and those that lead to a problem, in order.
CREATE INDEX events_links ON events (sequence, upload, subject, problem);
CREATE INDEX events_troubled ON events (sequence, problem) WHERE problem IS NOT NULL;

CREATE INDEX events_made ON events (made_at) WHERE made_at IS NOT NULL;

-- Attempts after the first, which is the event itself.
CREATE TABLE attempts (
    sequence    INTEGER PRIMARY KEY,
    event       INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    source_ip   INTEGER NOT NULL
) STRICT;
CREATE INDEX attempts_event ON attempts (event);

CREATE TABLE uploads (
    id                INTEGER PRIMARY KEY,
    webhook           INTEGER NOT NULL,
    study             INTEGER NOT NULL,  -- 0: unknown
    upload_id         TEXT NOT NULL,
    subject           INTEGER,
    subject_id        TEXT,
    state             INTEGER NOT NULL,  -- 0 started, 1 completed, 2 error
    started_at        INTEGER,
    started_sequence  INTEGER,
    finished_at       INTEGER,
    finished_sequence INTEGER,
    message           TEXT,
    events            INTEGER NOT NULL,
    problem           INTEGER,
    last_at           INTEGER NOT NULL,
    last_sequence     INTEGER NOT NULL,
    -- What people did about it being stuck; NULL: nothing.
    stuck_state       INTEGER,
    stuck_by          TEXT,
    stuck_at          INTEGER,
    stuck_note        TEXT,
    stuck_snoozed     INTEGER,  -- as problems.snoozed_until; so with the next two
    stuck_follow_up   TEXT,
    stuck_undo        TEXT
) STRICT;
CREATE UNIQUE INDEX uploads_key ON uploads (upload_id, webhook, study);
CREATE INDEX uploads_last ON uploads (last_sequence);
CREATE INDEX uploads_subject ON uploads (subject) WHERE subject IS NOT NULL;
CREATE INDEX uploads_running ON uploads (started_at, started_sequence) WHERE state = 0;
CREATE INDEX uploads_failed ON uploads (last_sequence) WHERE state = 2;
CREATE INDEX uploads_problem ON uploads (problem) WHERE problem IS NOT NULL;
CREATE INDEX uploads_finished ON uploads (finished_at, state, webhook) WHERE finished_at IS NOT NULL;

CREATE TABLE problems (
    id              INTEGER PRIMARY KEY,  -- the sequence of the event that first opened it
    kind            INTEGER NOT NULL,  -- 0 upload error, 1 processing error, 2 unreadable
    webhook         INTEGER NOT NULL,
    matter          TEXT NOT NULL,
    state           INTEGER NOT NULL,  -- 0 open, 1 acknowledged, 2 resolved
    study           INTEGER,
    subject         INTEGER,
    subject_id      TEXT,
    upload_id       TEXT,
    message         TEXT,
    opened_at       INTEGER NOT NULL,
    last_at         INTEGER NOT NULL,
    events          INTEGER NOT NULL,
    acknowledged_by TEXT,
    acknowledged_at INTEGER,
    note            TEXT,
    resolved_at     INTEGER,
    snoozed_until   INTEGER,  -- put aside until then: whether it still is, is computed when read
    follow_up       TEXT,  -- a day
    undo            TEXT,  -- what stood before a person's latest acknowledgement, resolution or snooze, as JSON
    family          INTEGER NOT NULL,  -- the word of its normalised message: problems of one kind and one family are a group
    last_sequence   INTEGER NOT NULL  -- the row of the log that changed it last
) STRICT;
CREATE UNIQUE INDEX problems_key ON problems (matter, webhook, kind);
CREATE INDEX problems_opened ON problems (opened_at);
CREATE INDEX problems_open_subject ON problems (subject) WHERE state = 0;
CREATE INDEX problems_state ON problems (state, opened_at);
CREATE INDEX problems_last ON problems (last_sequence);
-- All that groups are made of.
CREATE INDEX problems_inbox ON problems (state, id, webhook, kind, family, subject, events, opened_at, last_at, snoozed_until);
CREATE INDEX problems_resolved ON problems (resolved_at) WHERE resolved_at IS NOT NULL;

CREATE TABLE subjects (
    id                INTEGER PRIMARY KEY,
    webhook           INTEGER NOT NULL,
    study             INTEGER NOT NULL,  -- 0: unknown
    subject_id        TEXT NOT NULL,
    label             TEXT,  -- what to show: the imported one, else the learned one
    learned_label     TEXT,
    imported_label    TEXT,
    site_id           TEXT,
    monitor_serial    TEXT,
    last_completed_at INTEGER,
    first_at          INTEGER NOT NULL,
    last_at           INTEGER NOT NULL,
    last_sequence     INTEGER NOT NULL,
    status            TEXT,  -- what a person declared, as JSON; NULL: active
    uploads           INTEGER NOT NULL DEFAULT 0  -- how many uploads are its
) STRICT;
CREATE UNIQUE INDEX subjects_key ON subjects (subject_id, webhook, study);
CREATE INDEX subjects_first ON subjects (first_at);
CREATE INDEX subjects_overdue ON subjects (webhook, last_completed_at) WHERE status IS NULL;
CREATE INDEX subjects_declared ON subjects (webhook) WHERE status IS NOT NULL;
CREATE INDEX subjects_label ON subjects (label) WHERE label IS NOT NULL;
CREATE INDEX subjects_monitor ON subjects (monitor_serial) WHERE monitor_serial IS NOT NULL;
CREATE INDEX subjects_last ON subjects (last_sequence);

-- Every value ever learned about a subject: its label, its site, its monitor.
CREATE TABLE known (
    subject       INTEGER NOT NULL,
    what          INTEGER NOT NULL,  -- 0 label, 1 site, 2 monitor
    value         TEXT NOT NULL,
    last_at       INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    PRIMARY KEY (subject, what, value)
) STRICT, WITHOUT ROWID;

-- Minutes worn on a day of the subject's, from the latest daily statistics of that day.
CREATE TABLE wear (
    subject  INTEGER NOT NULL,
    date     TEXT NOT NULL,
    minutes  INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    at       INTEGER NOT NULL,  -- when the statistics were received, or made where they are from CentrePoint's history
    PRIMARY KEY (subject, date)
) STRICT, WITHOUT ROWID;

-- Subjects on an imported list, whether or not anything was received of them.
CREATE TABLE expected (
    id         INTEGER PRIMARY KEY,
    webhook    INTEGER NOT NULL,
    study      INTEGER NOT NULL,  -- 0: unknown
    subject_id TEXT,
    label      TEXT,
    site_id    TEXT,
    sequence   INTEGER NOT NULL  -- the action that said so last
) STRICT;
CREATE INDEX expected_subject ON expected (webhook, subject_id);
CREATE INDEX expected_label ON expected (webhook, label);

-- What people wrote about subjects and declared about them.
CREATE TABLE subject_actions (
    sequence   INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    webhook    INTEGER NOT NULL,
    study      INTEGER NOT NULL,
    subject_id TEXT NOT NULL,
    what       TEXT NOT NULL,
    by         TEXT NOT NULL,
    text       TEXT,
    until      TEXT,
    status     TEXT  -- what was declared, as JSON; NULL: nothing was
) STRICT;
CREATE INDEX subject_actions_subject ON subject_actions (subject_id, webhook, study);

-- Every identifier a subject ever went by.
CREATE TABLE identifiers (
    identifier TEXT NOT NULL,
    subject    INTEGER NOT NULL,
    PRIMARY KEY (identifier, subject)
) STRICT, WITHOUT ROWID;

-- What people did about problems (stuck uploads included).
CREATE TABLE actions (
    sequence INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    problem  INTEGER NOT NULL,
    what     TEXT NOT NULL,
    by       TEXT,
    text     TEXT,
    until    TEXT
) STRICT;
CREATE INDEX actions_at ON actions (at);
CREATE INDEX actions_problem ON actions (problem);

-- Where problems opened or reopened by an event, for pop-ups after a restart.
CREATE TABLE openings (
    sequence INTEGER PRIMARY KEY,
    problem  INTEGER NOT NULL,
    at       INTEGER NOT NULL
) STRICT;
CREATE INDEX openings_at ON openings (at, problem);

-- When nothing could be received, and when the clock was set; who has seen to it.
CREATE TABLE away (
    sequence   INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    reason     TEXT NOT NULL,  -- 'clock_set', or why nothing could be received
    webhook    TEXT,  -- the one it is about; NULL: all
    from_at    INTEGER NOT NULL,  -- of a clock that was set: what it would have shown
    to_at      INTEGER NOT NULL,
    times      INTEGER NOT NULL,
    doubtful   INTEGER NOT NULL,
    checked_at INTEGER,
    checked_by TEXT,
    note       TEXT
) STRICT;
CREATE INDEX away_unchecked ON away (sequence) WHERE checked_at IS NULL;

CREATE TABLE faults (
    sequence INTEGER PRIMARY KEY,
    text     TEXT NOT NULL
) STRICT;

-- Which sequences were received in which hour (since 1970 UTC), so that a question about days reads only their rows.
CREATE TABLE hours (
    hour   INTEGER PRIMARY KEY,
    first  INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    events INTEGER NOT NULL
) STRICT;

-- In which hours (since 1970 UTC) anything came of a webhook, attempts included: its rhythm.
CREATE TABLE heard (
    webhook INTEGER NOT NULL,
    hour    INTEGER NOT NULL,
    PRIMARY KEY (webhook, hour)
) STRICT, WITHOUT ROWID;

-- The latest that came of each webhook, and what people did about its silence since then.
CREATE TABLE pulses (
    webhook           INTEGER PRIMARY KEY,
    last_sequence     INTEGER NOT NULL,
    last_at           INTEGER NOT NULL,
    silence_state     INTEGER,  -- NULL: nothing was done; as uploads.stuck_state and what follows it
    silence_by        TEXT,
    silence_at        INTEGER,
    silence_note      TEXT,
    silence_snoozed   INTEGER,
    silence_follow_up TEXT,
    silence_undo      TEXT
) STRICT;

-- How many uploads have their latest end in which hour: completed (1) or in error (2).
CREATE TABLE ends (
    hour    INTEGER NOT NULL,
    webhook INTEGER NOT NULL,
    state   INTEGER NOT NULL,
    uploads INTEGER NOT NULL,
    PRIMARY KEY (hour, webhook, state)
) STRICT, WITHOUT ROWID;

-- Which repeated values events have together (0: none), and how many events have them: what is asked for by such values alone is counted
-- here. Many events, few shapes.
CREATE TABLE shapes (
    id      INTEGER PRIMARY KEY,
    webhook INTEGER NOT NULL,
    event   INTEGER NOT NULL,
    status  INTEGER NOT NULL,
    study   INTEGER NOT NULL,
    site    INTEGER NOT NULL,
    failed  INTEGER NOT NULL,
    flags   INTEGER NOT NULL,
    events  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX shapes_key ON shapes (webhook, event, status, study, site, failed, flags);

-- The same by blocks of 2,048 sequences, with when the first and the last of them were received: any place of a list is found by adding up.
CREATE TABLE tallies (
    block   INTEGER NOT NULL,  -- sequence / 2048
    shape   INTEGER NOT NULL,
    events  INTEGER NOT NULL,
    from_at INTEGER NOT NULL,
    to_at   INTEGER NOT NULL,
    PRIMARY KEY (block, shape)
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE search USING fts5 (text, content = '', columnsize = 0);
