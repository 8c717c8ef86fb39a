-- Where messages to systems go. Never edit this file: stores of this version exist. Add a new migration.
-- The same table as in migrations/sqlite.

-- A system's hook: address and events as one document, changed whole against its version. `place` is the place in the record up to
-- which the system was told of everything; `failing` since when what stands there is not taken, in seconds since 1970, and `attempts`
-- how often it was sent; `suspended` since when nothing is sent any more.
CREATE TABLE vouchsafe.hook (
    system    bytea PRIMARY KEY CHECK (octet_length(system) = 16) REFERENCES vouchsafe.system (id),
    version   bigint NOT NULL CHECK (version > 0),
    place     bigint NOT NULL CHECK (place >= 0),
    failing   bigint,
    attempts  bigint NOT NULL CHECK (attempts >= 0),
    suspended bigint,
    data      text NOT NULL
);
