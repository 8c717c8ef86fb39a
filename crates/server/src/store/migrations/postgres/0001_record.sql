-- The record. Never edit this file: stores of this version exist. Add a new migration.
-- The same tables as in migrations/sqlite; what differs says why.

-- Every entry, in the order of commit; seq is dense from 0. What stays when an entry is erased.
CREATE TABLE vouchsafe.entry (
    seq     bigint PRIMARY KEY,
    id      bytea NOT NULL UNIQUE CHECK (octet_length(id) = 16),
    request bytea CHECK (octet_length(request) = 16),
    receiver text,
    leaf    bytea NOT NULL CHECK (octet_length(leaf) = 32),
    act     text NOT NULL
);
CREATE INDEX entry_request ON vouchsafe.entry (request) WHERE request IS NOT NULL;
-- Of an outside request: the agency that was asked, so that a desk finds its own without reading everybody's.
CREATE INDEX entry_receiver ON vouchsafe.entry (receiver, seq) WHERE receiver IS NOT NULL;

-- The private part: canonical bytes (packed with Zstandard where plain_bytes differs from their length) and the salt.
CREATE TABLE vouchsafe.body (
    seq         bigint PRIMARY KEY REFERENCES vouchsafe.entry (seq),
    salt        bytea NOT NULL CHECK (octet_length(salt) = 32),
    plain_bytes bigint NOT NULL,
    bytes       bytea NOT NULL
);
-- The bytes are packed already.
ALTER TABLE vouchsafe.body ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Keys by which work is not done twice.
CREATE TABLE vouchsafe.done_key (
    key text PRIMARY KEY,
    seq bigint NOT NULL REFERENCES vouchsafe.entry (seq)
);

-- The place of each entry in the log, dense from 0; another lane of leaves may take places too.
CREATE TABLE vouchsafe.log_place (
    log_index bigint PRIMARY KEY,
    seq       bigint NOT NULL UNIQUE REFERENCES vouchsafe.entry (seq)
);

-- One row that whoever appends locks first: the next sequence number. A sequence of PostgreSQL leaves gaps; this does not.
CREATE TABLE vouchsafe.tail (
    single   integer PRIMARY KEY CHECK (single = 1),
    next_seq bigint NOT NULL
);
INSERT INTO vouchsafe.tail VALUES (1, 0);

-- The one newest signed checkpoint of the log. The row is always there, so that it can be locked before the first one.
CREATE TABLE vouchsafe.checkpoint (
    single integer PRIMARY KEY CHECK (single = 1),
    size bigint,
    note text
);
INSERT INTO vouchsafe.checkpoint VALUES (1, NULL, NULL);
