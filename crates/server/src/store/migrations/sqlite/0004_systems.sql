-- Which programs of the city call the interface. Never edit this file: stores of this version exist. Add a new migration.

-- A system: name, agency and uses as one document, changed whole against its version. Its token stands here by SHA-256 alone, and not
-- at all once it is revoked; `until` is when it ends, in seconds since 1970.
CREATE TABLE system (
    id      BLOB PRIMARY KEY CHECK (length(id) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    token   BLOB UNIQUE CHECK (length(token) = 32),
    until   INTEGER NOT NULL,
    data    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
