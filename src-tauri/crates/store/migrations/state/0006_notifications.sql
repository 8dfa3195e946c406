-- What people were told, or were to be: written down before anything pops up, so that nothing is lost and nothing comes twice.
CREATE TABLE notifications (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,  -- when it was due
    last_at INTEGER NOT NULL,  -- when the latest of what it gathers came
    stage   TEXT NOT NULL,  -- 'due': to pop up now; 'held': later; 'over'
    held_by TEXT,  -- 'quiet_hours' or 'muted'; stays once that is over
    outcome TEXT,  -- 'shown', 'off', 'settled', 'no_service', 'refused', 'no_answer'; NULL: none yet
    detail  TEXT,  -- who showed it, or what the desktop said
    told_at INTEGER,  -- when the outcome was known
    title   TEXT NOT NULL,
    body    TEXT NOT NULL,
    opens   TEXT NOT NULL,  -- JSON: where a click leads
    content TEXT,  -- JSON: what it gathers; NULL once it is over
    read_at INTEGER
) STRICT;
CREATE INDEX notifications_waiting ON notifications (id) WHERE stage <> 'over';
CREATE INDEX notifications_unread ON notifications (id) WHERE read_at IS NULL;
