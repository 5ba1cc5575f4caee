-- Administrators hide messages, somebody reports a message once, and people may be invited to the server.
ALTER TABLE messages ADD COLUMN hidden_at INTEGER;              -- its text is kept, and shown to nobody but administrators
ALTER TABLE messages ADD COLUMN hidden_by INTEGER;
CREATE UNIQUE INDEX reports_once ON reports (message, reporter);

CREATE TABLE server_invites (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    secret       BLOB    NOT NULL UNIQUE,           -- SHA-256 of what the link ends with
    note         TEXT    NOT NULL DEFAULT '',       -- whom it is for, in the administrators' words
    created_by   INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    withdrawn_at INTEGER,
    uses         INTEGER NOT NULL DEFAULT 0,
    uses_max     INTEGER NOT NULL
);
