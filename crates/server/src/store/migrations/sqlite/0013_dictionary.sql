-- What bodies are packed with. Never edit this file: stores of this version exist. Add a new migration.

-- The texts that packed bodies may refer to, so that the store can be read without this program (store/dictionary.rs, ADR 40). Packed bytes
-- that begin with an id of this table are, after that one byte, a Zstandard frame whose raw dictionary it is; those that begin with 0x28, the
-- first byte of every frame, need none. Nothing that was recorded is in it. The store fills it.
CREATE TABLE dictionary (
    id    INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 32),
    bytes BLOB NOT NULL
) STRICT;
