-- The log: append-only, one ascending sequence, each row chained to the one before.
-- Small columns stand before the large ones, so that reading them does not read the bodies.
CREATE TABLE log (
    sequence       INTEGER PRIMARY KEY,
    kind           TEXT NOT NULL,  -- 'arrival' or 'action'
    at             INTEGER NOT NULL,  -- microseconds since 1970-01-01T00:00:00Z
    webhook        TEXT,  -- an arrival's webhook (slug)
    authentication TEXT,  -- how an arrival was authenticated: none, basic, hmac, oauth2
    source_ip      TEXT,  -- an arrival's peer
    body_sha256    BLOB NOT NULL,
    chain          BLOB NOT NULL,  -- SHA-256 over the previous row's chain and this row
    head           BLOB,  -- an arrival's request line and headers, Authorization masked
    body           BLOB NOT NULL  -- an arrival's exact body, or an action's JSON
) STRICT;

CREATE TRIGGER log_is_never_changed BEFORE UPDATE ON log
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;

CREATE TRIGGER log_is_never_deleted BEFORE DELETE ON log
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only');
END;

-- Written to while writing fails, to notice when it works again. Holds nothing.
CREATE TABLE probe (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at  INTEGER NOT NULL
) STRICT;
