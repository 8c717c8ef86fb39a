-- Reminders by mail. Never edit this file: stores of this version exist. Add a new migration.

-- On which day an address was last written to; the address as a hash.
CREATE TABLE reminder (
    address BLOB PRIMARY KEY CHECK (length(address) = 32),
    day     TEXT NOT NULL CHECK (length(day) = 10)
) STRICT, WITHOUT ROWID;
