-- Who signs in. Never edit this file: stores of this version exist. Add a new migration.

-- A member of the staff: name, agency, posts and passkeys as one document, changed whole against its version.
CREATE TABLE member (
    id      BLOB PRIMARY KEY CHECK (length(id) = 16),
    version INTEGER NOT NULL CHECK (version > 0),
    data    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What is good once or for a while, by the hash of what its holder has: links to enrol, challenges, sessions. Seconds since 1970.
CREATE TABLE ticket (
    hash   BLOB PRIMARY KEY CHECK (length(hash) = 32),
    kind   TEXT NOT NULL CHECK (kind IN ('enrolment', 'challenge', 'session')),
    member BLOB CHECK (length(member) = 16),
    data   TEXT NOT NULL,
    seen   INTEGER NOT NULL,
    until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_member ON ticket (member);
CREATE INDEX ticket_until ON ticket (until);
