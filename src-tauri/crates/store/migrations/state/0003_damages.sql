-- What was found wrong with the log, and what became of it: said in the window until a person has read it.
CREATE TABLE damages (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    found_at     INTEGER NOT NULL,
    kind         TEXT NOT NULL,  -- 'set_aside': the file could not be used; 'changed': it can, but is not as it was written
    reason       TEXT NOT NULL,  -- what was found, in plain words
    file         TEXT,  -- where the damaged file was put, a name in the data folder
    begun        INTEGER,  -- the row that begins the log that took its place, once there is one
    salvaged     INTEGER,  -- arrivals that could be read of the damaged one, once that is over
    missing_from INTEGER,  -- received between these instants, something may be missing; NULL: from the beginning on
    missing_to   INTEGER,  -- NULL: nothing is known to be missing
    dismissed_at INTEGER
) STRICT;
