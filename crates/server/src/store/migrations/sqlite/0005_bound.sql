-- Whose an account at the city's own sign-in is. Never edit this file: stores of this version exist. Add a new migration.

-- By the hash of provider and account, so that it is one member's; the member's own document says which it is.
CREATE TABLE bound (
    account BLOB PRIMARY KEY CHECK (length(account) = 32),
    member  BLOB NOT NULL UNIQUE CHECK (length(member) = 16)
) STRICT, WITHOUT ROWID;

-- The oldest challenge goes first where there are too many.
CREATE INDEX ticket_kind ON ticket (kind, seen);
