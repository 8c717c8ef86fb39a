-- The reports' own lane. Never edit this file: stores of this version exist. Add a new migration.
-- The same tables as in migrations/sqlite; what differs says why.

-- A report from its acceptance on. The finest time is a day. The heap keeps rows in the order in which they came until the day
-- is closed; then they are written anew in the order of their ids.
CREATE TABLE vouchsafe.report (
    id          bytea PRIMARY KEY CHECK (octet_length(id) = 16),
    day         text NOT NULL CHECK (length(day) = 10),
    mailbox     bytea NOT NULL CHECK (octet_length(mailbox) = 32),
    blind       bytea CHECK (octet_length(blind) = 32),
    leaf        bytea NOT NULL CHECK (octet_length(leaf) = 32),
    envelope    bytea NOT NULL CHECK (octet_length(envelope) = 32),
    attachments bytea NOT NULL CHECK (octet_length(attachments) % 32 = 0),
    -- Where the envelope lies; null once its bytes are gone.
    segment     bytea CHECK (octet_length(segment) = 16),
    at_byte     bigint,
    bytes       bigint,
    withdrawn   text CHECK (length(withdrawn) = 10),
    closed      bigint NOT NULL CHECK (closed IN (0, 1))
);
CREATE INDEX report_day ON vouchsafe.report (day);
CREATE INDEX report_mailbox ON vouchsafe.report (mailbox);

-- The key that proves a return to a mailbox.
CREATE TABLE vouchsafe.mailbox (
    mailbox    bytea PRIMARY KEY CHECK (octet_length(mailbox) = 32),
    return_key bytea NOT NULL CHECK (octet_length(return_key) = 32)
);

-- Days whose reports are entries: which, and how many.
CREATE TABLE vouchsafe.closed_day (
    day       text PRIMARY KEY CHECK (length(day) = 10),
    first_seq bigint NOT NULL,
    count     bigint NOT NULL CHECK (count > 0)
);

-- The last day that has ended: no report is accepted on it, or on one before. The row is always there, so that accepting and
-- ending can lock it.
CREATE TABLE vouchsafe.ended_day (
    single integer PRIMARY KEY CHECK (single = 1),
    day    text CHECK (length(day) = 10)
);
INSERT INTO vouchsafe.ended_day VALUES (1, NULL);
