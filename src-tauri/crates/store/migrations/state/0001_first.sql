-- State beside the log and the view, untouched by a rebuild. Instants are microseconds since 1970-01-01T00:00:00Z.
CREATE TABLE webhooks (
    slug                    TEXT PRIMARY KEY,
    name                    TEXT NOT NULL,
    authentication          TEXT NOT NULL,
    username                TEXT,
    client_id               TEXT,
    study_id                TEXT,
    time_zone               TEXT,
    allow                   TEXT NOT NULL,  -- a JSON array of texts
    enabled                 INTEGER NOT NULL,
    removed                 INTEGER NOT NULL,
    secret_place            TEXT,  -- where the secret is; the secret itself is never in here
    secret_version          INTEGER NOT NULL,
    created_at              INTEGER NOT NULL,
    validation_needed_at    INTEGER NOT NULL,
    handshake_at            INTEGER,
    handshake_authenticated INTEGER
) STRICT;

CREATE TABLE unsigned_handshakes (
    id        INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    webhook   TEXT NOT NULL,
    source_ip TEXT NOT NULL,
    head      BLOB NOT NULL,
    body      BLOB NOT NULL
) STRICT;

CREATE TABLE rejections (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at INTEGER NOT NULL,
    webhook     TEXT NOT NULL,
    code        TEXT NOT NULL,
    status      INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    source_ip   TEXT NOT NULL,
    delivery_id TEXT,
    event       TEXT,
    size        INTEGER NOT NULL,
    head        BLOB NOT NULL,
    body        BLOB  -- NULL: not read, or given up to stay within the bound
) STRICT;
CREATE INDEX rejections_by_reason ON rejections (webhook, code, id);
CREATE INDEX rejections_with_body ON rejections (id) WHERE body IS NOT NULL;

CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL  -- JSON
) STRICT;

CREATE TABLE bookkeeping (
    one                   INTEGER PRIMARY KEY CHECK (one = 1),
    version               INTEGER NOT NULL,  -- counts the changes, for whoever polls
    rejection_body_bytes  INTEGER NOT NULL  -- what all kept bodies of rejections weigh
) STRICT;
INSERT INTO bookkeeping (one, version, rejection_body_bytes) VALUES (1, 0, 0);
