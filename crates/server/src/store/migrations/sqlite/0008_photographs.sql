-- Photographs of papers. Never edit this file: stores of this version exist. Add a new migration.

-- The photograph of an entry, sealed (photograph/seal.rs): its own key, sealed under the server's, and the picture under its own.
CREATE TABLE photograph (
    seq   INTEGER PRIMARY KEY REFERENCES entry (seq),
    key   BLOB NOT NULL CHECK (length(key) = 72),
    bytes BLOB NOT NULL
) STRICT;

-- The name of the one key of the server's under which they are sealed: a hash of it.
CREATE TABLE photograph_key (
    single INTEGER PRIMARY KEY CHECK (single = 1),
    name   BLOB NOT NULL CHECK (length(name) = 32)
) STRICT;
