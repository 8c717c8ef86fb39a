-- What is said to have been done about a request. Never edit this file: stores of this version exist. Add a new migration.
-- The same as in migrations/sqlite.

-- The deeds that stand, each with the way by which it came (store/search.rs); nothing: nobody has said yet what was done. The store fills it
-- from the entries that there are.
ALTER TABLE vouchsafe.listed ADD COLUMN deeds text NOT NULL DEFAULT '';
-- Those about which nothing is said, to be listed and counted.
CREATE INDEX listed_undone ON vouchsafe.listed (agency, day, seq) WHERE deeds = '';
