-- How requests are found again. Never edit this file: stores of this version exist. Add a new migration.

-- A request as the list shows it, and its words (store/search.rs): made from its entries, in their transaction.
CREATE TABLE listed (
    seq       INTEGER PRIMARY KEY REFERENCES entry (seq),
    request   BLOB NOT NULL CHECK (length(request) = 16),
    agency    TEXT NOT NULL,
    site      TEXT,
    day       TEXT NOT NULL CHECK (length(day) = 10),
    requester TEXT NOT NULL,
    kind      TEXT NOT NULL,
    named     TEXT NOT NULL,
    acts      TEXT NOT NULL,
    source    TEXT NOT NULL,
    answers   TEXT NOT NULL,
    words     TEXT NOT NULL
) STRICT;
CREATE INDEX listed_request ON listed (request);
CREATE INDEX listed_day ON listed (day, seq);
CREATE INDEX listed_agency ON listed (agency, day, seq);

-- The words, folded already: `ascii` parts them at the spaces between them, and holds every other character for a letter.
CREATE VIRTUAL TABLE listed_words USING fts5 (
    words, content = 'listed', content_rowid = 'seq', tokenize = 'ascii', detail = 'none', columnsize = 0
);
-- What is removed is removed from the index's own pages too, and not only marked.
INSERT INTO listed_words (listed_words, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER listed_added AFTER INSERT ON listed BEGIN
    INSERT INTO listed_words (rowid, words) VALUES (new.seq, new.words);
END;
CREATE TRIGGER listed_removed AFTER DELETE ON listed BEGIN
    INSERT INTO listed_words (listed_words, rowid, words) VALUES ('delete', old.seq, old.words);
END;
CREATE TRIGGER listed_changed AFTER UPDATE OF words ON listed WHEN old.words <> new.words BEGIN
    INSERT INTO listed_words (listed_words, rowid, words) VALUES ('delete', old.seq, old.words);
    INSERT INTO listed_words (rowid, words) VALUES (new.seq, new.words);
END;

-- Choices of the list's filters that somebody keeps under a name. No words: they may name a person.
CREATE TABLE saved_view (
    owner TEXT NOT NULL,
    name  TEXT NOT NULL,
    query TEXT NOT NULL,
    PRIMARY KEY (owner, name)
) STRICT, WITHOUT ROWID;
