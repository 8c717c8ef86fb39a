-- Readings of requests, told from what is said of them. Never edit this file: stores of this version exist. Add a new migration.
-- The same as in migrations/sqlite; what differs says why.

-- Whether an entry says no more than that its request was opened. A request that a program asks for every minute has a thousand of
-- those a day, and whoever opens it wants the few others.
ALTER TABLE vouchsafe.entry ADD COLUMN reading boolean NOT NULL DEFAULT false;
-- Until this version these acts held such entries and nothing else.
UPDATE vouchsafe.entry SET reading = true WHERE request IS NOT NULL
    AND act IN ('open a request', 'open a request by the interface', 'open a photograph');
DROP INDEX vouchsafe.entry_request;
-- With the place: SQLite's index has it by itself.
CREATE INDEX entry_request ON vouchsafe.entry (request, reading, seq) WHERE request IS NOT NULL;
