-- Contacts that nobody recorded, until somebody accounts for them. Never edit this file: stores of this version exist. Add a new migration.
-- The same table as in migrations/sqlite; what differs says why.

-- A list to work through and no part of the record: what was accounted for is deleted (store/unrecorded.rs, ADR 39).
CREATE TABLE vouchsafe.unrecorded (
    agency   text NOT NULL,
    day      text COLLATE "C" NOT NULL CHECK (length(day) = 10),
    id       bytea NOT NULL CHECK (octet_length(id) = 16),
    -- How many requests could account for contacts when it was found.
    requests bigint NOT NULL,
    data     text NOT NULL,
    PRIMARY KEY (agency, day, id)
);
CREATE INDEX unrecorded_id ON vouchsafe.unrecorded (id);

-- The planner's samples would keep what was deleted until the next ones are taken.
ALTER TABLE vouchsafe.unrecorded ALTER COLUMN data SET STATISTICS 0;
