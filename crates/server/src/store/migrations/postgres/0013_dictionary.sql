-- What bodies are packed with. Never edit this file: stores of this version exist. Add a new migration.

-- The texts that packed bodies may refer to, so that the store can be read without this program (store/dictionary.rs, ADR 40). The store
-- fills it. Nothing that was recorded is in it.
CREATE TABLE vouchsafe.dictionary (
    -- In `body`, bytes are plain where plain_bytes is their length. Else they are packed: those that begin with an id of this table are, after
    -- that one byte, a Zstandard frame whose raw dictionary is beside it; those that begin with 0x28 are a frame that needs none.
    id    bigint PRIMARY KEY CHECK (id BETWEEN 1 AND 32),
    bytes bytea NOT NULL
);
