-- What administrators do, and what they look for.
ALTER TABLE people ADD COLUMN deleted_at BIGINT;  -- the row stays for the name under which messages stand
ALTER TABLE people ALTER COLUMN email TYPE TEXT COLLATE "C";
CREATE INDEX people_by_email ON people (lower(email)) WHERE email <> '';
CREATE INDEX people_governing ON people (username_key) WHERE is_admin AND is_active;
CREATE INDEX people_bots ON people (username_key) WHERE is_bot;
CREATE INDEX people_inactive ON people (username_key) WHERE NOT is_active;

CREATE INDEX rooms_by_name ON rooms (lower(name));
CREATE INDEX rooms_by_kind ON rooms (kind, id);
CREATE INDEX rooms_closed ON rooms (id) WHERE archived_at IS NOT NULL;
CREATE INDEX replies_failed ON replies (id) WHERE state IN ('interrupted', 'failed');

CREATE INDEX audit_by_person ON audit (person, id);
CREATE INDEX audit_by_act ON audit (act, id);
CREATE INDEX audit_by_subject ON audit (subject, id);
CREATE INDEX audit_by_time ON audit (created_at, id);

-- A link by which somebody chooses a new password.
CREATE TABLE resets (
    person     BIGINT PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    secret     BYTEA  NOT NULL UNIQUE,  -- SHA-256 of what the link says
    expires_at BIGINT NOT NULL
);
