-- The record. Never edit this file: stores of this version exist. Add a new migration.

-- Every entry, in the order of commit; seq is dense from 0. What stays when an entry is erased.
CREATE TABLE entry (
    seq     INTEGER PRIMARY KEY,
    id      BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    request BLOB CHECK (length(request) = 16),
    receiver TEXT,
    leaf    BLOB NOT NULL CHECK (length(leaf) = 32),
    act     TEXT NOT NULL
) STRICT;
CREATE INDEX entry_request ON entry (request) WHERE request IS NOT NULL;
-- Of an outside request: the agency that was asked, so that a desk finds its own without reading everybody's.
CREATE INDEX entry_receiver ON entry (receiver, seq) WHERE receiver IS NOT NULL;

-- The private part: canonical bytes (packed with Zstandard where plain_bytes differs from their length) and the salt.
CREATE TABLE body (
    seq         INTEGER PRIMARY KEY REFERENCES entry (seq),
    salt        BLOB NOT NULL CHECK (length(salt) = 32),
    plain_bytes INTEGER NOT NULL,
    bytes       BLOB NOT NULL
) STRICT;

-- Keys by which work is not done twice.
CREATE TABLE done_key (
    key TEXT PRIMARY KEY,
    seq INTEGER NOT NULL REFERENCES entry (seq)
) STRICT, WITHOUT ROWID;

-- The place of each entry in the log, dense from 0; another lane of leaves may take places too.
CREATE TABLE log_place (
    log_index INTEGER PRIMARY KEY,
    seq       INTEGER NOT NULL UNIQUE REFERENCES entry (seq)
) STRICT;

-- The one newest signed checkpoint of the log.
CREATE TABLE checkpoint (
    single INTEGER PRIMARY KEY CHECK (single = 1),
    size INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT;
