-- Which programs of the city call the interface. Never edit this file: stores of this version exist. Add a new migration.
-- The same table as in migrations/sqlite; what differs says why.

-- A system: name, agency and uses as one document, changed whole against its version. Its token stands here by SHA-256 alone, and not
-- at all once it is revoked; `until` is when it ends, in seconds since 1970.
CREATE TABLE vouchsafe.system (
    id      bytea PRIMARY KEY CHECK (octet_length(id) = 16),
    version bigint NOT NULL CHECK (version > 0),
    token   bytea UNIQUE CHECK (octet_length(token) = 32),
    until   bigint NOT NULL,
    data    text NOT NULL
);
