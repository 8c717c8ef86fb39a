-- Reminders by mail. Never edit this file: stores of this version exist. Add a new migration.
-- The same table as in migrations/sqlite.

-- On which day an address was last written to; the address as a hash.
CREATE TABLE vouchsafe.reminder (
    address bytea PRIMARY KEY CHECK (octet_length(address) = 32),
    day     text NOT NULL CHECK (length(day) = 10)
);
