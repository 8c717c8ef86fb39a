-- Readings of requests, told from what is said of them. Never edit this file: stores of this version exist. Add a new migration.

-- Whether an entry says no more than that its request was opened. A request that a program asks for every minute has a thousand of
-- those a day, and whoever opens it wants the few others.
ALTER TABLE entry ADD COLUMN reading INTEGER NOT NULL DEFAULT 0 CHECK (reading IN (0, 1));
-- Until this version these acts held such entries and nothing else.
UPDATE entry SET reading = 1 WHERE request IS NOT NULL
    AND act IN ('open a request', 'open a request by the interface', 'open a photograph');
DROP INDEX entry_request;
CREATE INDEX entry_request ON entry (request, reading) WHERE request IS NOT NULL;
