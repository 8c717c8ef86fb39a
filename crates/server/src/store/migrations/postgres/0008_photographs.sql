-- Photographs of papers. Never edit this file: stores of this version exist. Add a new migration.
-- The same tables as in migrations/sqlite; what differs says why.

-- The photograph of an entry, sealed (photograph/seal.rs): its own key, sealed under the server's, and the picture under its own.
CREATE TABLE vouchsafe.photograph (
    seq   bigint PRIMARY KEY REFERENCES vouchsafe.entry (seq),
    key   bytea NOT NULL CHECK (octet_length(key) = 72),
    bytes bytea NOT NULL
);
-- What is sealed does not pack.
ALTER TABLE vouchsafe.photograph ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- The name of the one key of the server's under which they are sealed: a hash of it.
CREATE TABLE vouchsafe.photograph_key (
    single integer PRIMARY KEY CHECK (single = 1),
    name   bytea NOT NULL CHECK (octet_length(name) = 32)
);
