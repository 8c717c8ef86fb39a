-- Contacts that nobody recorded, until somebody accounts for them. Never edit this file: stores of this version exist. Add a new migration.

-- A list to work through and no part of the record: what was accounted for is deleted (store/unrecorded.rs, ADR 39).
CREATE TABLE unrecorded (
    agency   TEXT NOT NULL,
    day      TEXT NOT NULL CHECK (length(day) = 10),
    id       BLOB NOT NULL CHECK (length(id) = 16),
    -- How many requests could account for contacts when it was found.
    requests INTEGER NOT NULL,
    data     TEXT NOT NULL,
    PRIMARY KEY (agency, day, id)
) WITHOUT ROWID;
CREATE INDEX unrecorded_id ON unrecorded (id);
