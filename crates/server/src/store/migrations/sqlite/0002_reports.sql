-- The reports' own lane. Never edit this file: stores of this version exist. Add a new migration.

-- A report from its acceptance on. No rowid: it would count reports in the order in which they came. The finest time is a day.
CREATE TABLE report (
    id          BLOB PRIMARY KEY CHECK (length(id) = 16),
    day         TEXT NOT NULL CHECK (length(day) = 10),
    mailbox     BLOB NOT NULL CHECK (length(mailbox) = 32),
    blind       BLOB CHECK (length(blind) = 32),
    leaf        BLOB NOT NULL CHECK (length(leaf) = 32),
    envelope    BLOB NOT NULL CHECK (length(envelope) = 32),
    attachments BLOB NOT NULL CHECK (length(attachments) % 32 = 0),
    -- Where the envelope lies; null once its bytes are gone.
    segment     BLOB CHECK (length(segment) = 16),
    at_byte     INTEGER,
    bytes       INTEGER,
    withdrawn   TEXT CHECK (length(withdrawn) = 10),
    closed      INTEGER NOT NULL CHECK (closed IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX report_day ON report (day);
CREATE INDEX report_mailbox ON report (mailbox);

-- The key that proves a return to a mailbox.
CREATE TABLE mailbox (
    mailbox    BLOB PRIMARY KEY CHECK (length(mailbox) = 32),
    return_key BLOB NOT NULL CHECK (length(return_key) = 32)
) STRICT, WITHOUT ROWID;

-- Days whose reports are entries: which, and how many.
CREATE TABLE closed_day (
    day       TEXT PRIMARY KEY CHECK (length(day) = 10),
    first_seq INTEGER NOT NULL,
    count     INTEGER NOT NULL CHECK (count > 0)
) STRICT, WITHOUT ROWID;

-- The last day that has ended: no report is accepted on it, or on one before.
CREATE TABLE ended_day (
    single INTEGER PRIMARY KEY CHECK (single = 1),
    day    TEXT NOT NULL CHECK (length(day) = 10)
) STRICT;
