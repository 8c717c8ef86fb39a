-- Where messages to systems go. Never edit this file: stores of this version exist. Add a new migration.

-- A system's hook: address and events as one document, changed whole against its version. `place` is the place in the record up to
-- which the system was told of everything; `failing` since when what stands there is not taken, in seconds since 1970, and `attempts`
-- how often it was sent; `suspended` since when nothing is sent any more.
CREATE TABLE hook (
    system    BLOB PRIMARY KEY CHECK (length(system) = 16) REFERENCES system (id),
    version   INTEGER NOT NULL CHECK (version > 0),
    place     INTEGER NOT NULL CHECK (place >= 0),
    failing   INTEGER,
    attempts  INTEGER NOT NULL CHECK (attempts >= 0),
    suspended INTEGER,
    data      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
