-- Who signs in. Never edit this file: stores of this version exist. Add a new migration.
-- The same tables as in migrations/sqlite; what differs says why.

-- A member of the staff: name, agency, posts and passkeys as one document, changed whole against its version.
CREATE TABLE vouchsafe.member (
    id      bytea PRIMARY KEY CHECK (octet_length(id) = 16),
    version bigint NOT NULL CHECK (version > 0),
    data    text NOT NULL
);

-- What is good once or for a while, by the hash of what its holder has: links to enrol, challenges, sessions. Seconds since 1970.
CREATE TABLE vouchsafe.ticket (
    hash   bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    kind   text NOT NULL CHECK (kind IN ('enrolment', 'challenge', 'session')),
    member bytea CHECK (octet_length(member) = 16),
    data   text NOT NULL,
    seen   bigint NOT NULL,
    until  bigint NOT NULL
);
CREATE INDEX ticket_member ON vouchsafe.ticket (member);
CREATE INDEX ticket_until ON vouchsafe.ticket (until);
