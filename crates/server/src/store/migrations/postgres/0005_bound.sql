-- Whose an account at the city's own sign-in is. Never edit this file: stores of this version exist. Add a new migration.
-- The same as in migrations/sqlite; what differs says why.

-- By the hash of provider and account, so that it is one member's; the member's own document says which it is.
CREATE TABLE vouchsafe.bound (
    account bytea PRIMARY KEY CHECK (octet_length(account) = 32),
    member  bytea NOT NULL UNIQUE CHECK (octet_length(member) = 16)
);

-- The oldest challenge goes first where there are too many.
CREATE INDEX ticket_kind ON vouchsafe.ticket (kind, seen);
