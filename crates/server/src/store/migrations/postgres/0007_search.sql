-- How requests are found again. Never edit this file: stores of this version exist. Add a new migration.
-- The same tables as in migrations/sqlite; what differs says why.

-- A request as the list shows it, and its words (store/search.rs): made from its entries, in their transaction. Days are compared
-- as texts, byte by byte, whatever the database's own collation.
CREATE TABLE vouchsafe.listed (
    seq       bigint PRIMARY KEY REFERENCES vouchsafe.entry (seq),
    request   bytea NOT NULL CHECK (octet_length(request) = 16),
    agency    text NOT NULL,
    site      text,
    day       text COLLATE "C" NOT NULL CHECK (length(day) = 10),
    requester text NOT NULL,
    kind      text NOT NULL,
    named     text NOT NULL,
    acts      text NOT NULL,
    source    text NOT NULL,
    answers   text NOT NULL,
    words     text NOT NULL,
    -- The words, folded already: no parser and no dictionary of PostgreSQL's.
    terms     tsvector GENERATED ALWAYS AS (array_to_tsvector(string_to_array(words, ' '))) STORED
);
CREATE INDEX listed_request ON vouchsafe.listed (request);
CREATE INDEX listed_day ON vouchsafe.listed (day, seq);
CREATE INDEX listed_agency ON vouchsafe.listed (agency, day, seq);
-- Without a list of pending words, which would keep what was erased until the next vacuum.
CREATE INDEX listed_terms ON vouchsafe.listed USING gin (terms) WITH (fastupdate = off);
-- The planner's samples would keep what was erased until the next ones are taken.
ALTER TABLE vouchsafe.listed ALTER COLUMN words SET STATISTICS 0;
ALTER TABLE vouchsafe.listed ALTER COLUMN terms SET STATISTICS 0;
ALTER TABLE vouchsafe.listed ALTER COLUMN named SET STATISTICS 0;
ALTER TABLE vouchsafe.listed ALTER COLUMN site SET STATISTICS 0;

-- How many erasures the index of words still has words of: it is made anew after one, whoever is in the way then and whatever a
-- vacuum of the server's own frees meanwhile. The row is always there.
CREATE TABLE vouchsafe.words_due (
    single   integer PRIMARY KEY CHECK (single = 1),
    erasures bigint NOT NULL
);
INSERT INTO vouchsafe.words_due VALUES (1, 0);

-- Choices of the list's filters that somebody keeps under a name. No words: they may name a person.
CREATE TABLE vouchsafe.saved_view (
    owner text NOT NULL,
    name  text NOT NULL,
    query text NOT NULL,
    PRIMARY KEY (owner, name)
);
