-- The receiver's latest sign of life, some seconds old at most while it runs: by it the next start knows how long nothing was received.
CREATE TABLE alive (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    at         INTEGER NOT NULL,  -- by the clock on the wall
    boot       TEXT,  -- which start of the system; NULL: it does not say
    since_boot INTEGER NOT NULL,  -- microseconds since then, sleep included
    phase      TEXT NOT NULL  -- 'receiving', 'waiting' (it cannot listen), 'lost' (it could not listen any more), 'closed'
) STRICT;

-- Times away that are still on, or were over just now: then they go into the log, as actions.
CREATE TABLE away (
    id       INTEGER PRIMARY KEY,
    reason   TEXT NOT NULL,
    webhook  TEXT,  -- the one it is about; NULL: all
    began    INTEGER NOT NULL,
    ended    INTEGER NOT NULL,  -- as far as is known
    is_on    INTEGER NOT NULL,
    times    INTEGER NOT NULL,
    doubtful INTEGER NOT NULL
) STRICT;
