-- Times are milliseconds since 1970 in UTC. Booleans are 0 and 1. Rows that change carry the `seq` of their last change
-- in their room's lane, or `lane_seq` in their person's lane; what goes away stays as a tombstone, so that "what
-- changed since N" is a range of an index.

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE people (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    username      TEXT    NOT NULL,
    username_key  TEXT    NOT NULL UNIQUE,
    display_name  TEXT    NOT NULL,
    display_key   TEXT    NOT NULL,                 -- folded like username_key, for finding people
    email         TEXT    NOT NULL DEFAULT '',
    password_hash TEXT    NOT NULL DEFAULT '',
    is_admin      INTEGER NOT NULL DEFAULT 0,
    is_bot        INTEGER NOT NULL DEFAULT 0,
    is_guest      INTEGER NOT NULL DEFAULT 0,
    is_active     INTEGER NOT NULL DEFAULT 1,
    locale        TEXT    NOT NULL DEFAULT '',
    time_zone     TEXT    NOT NULL DEFAULT '',
    theme         TEXT    NOT NULL DEFAULT '',
    lane_head     INTEGER NOT NULL DEFAULT 0,       -- the head of this person's lane
    lane_seq      INTEGER NOT NULL DEFAULT 0,       -- the last change of this row in it
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
);
CREATE INDEX people_by_display ON people (display_key);

CREATE TABLE sessions (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    person     INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    secret     BLOB    NOT NULL UNIQUE,             -- SHA-256 of the cookie's value
    user_agent TEXT    NOT NULL,
    address    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,                             -- the row stays as a tombstone until it expires
    lane_seq   INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX sessions_by_person ON sessions (person, used_at);
CREATE INDEX sessions_by_lane ON sessions (person, lane_seq) WHERE lane_seq > 0;

CREATE TABLE tokens (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    person     INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    secret     BLOB    NOT NULL UNIQUE,
    name       TEXT    NOT NULL DEFAULT '',
    scope      TEXT    NOT NULL DEFAULT 'write',
    rooms      TEXT,                                -- JSON list of room ids; NULL: all
    created_at INTEGER NOT NULL,
    used_at    INTEGER,
    expires_at INTEGER,
    revoked_at INTEGER,
    lane_seq   INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX tokens_by_person ON tokens (person, lane_seq);

CREATE TABLE rooms (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    slug        TEXT    NOT NULL UNIQUE,
    name        TEXT    NOT NULL,
    topic       TEXT    NOT NULL DEFAULT '',
    kind        TEXT    NOT NULL CHECK (kind IN ('public', 'private', 'direct', 'session')),
    pair        TEXT    UNIQUE,                     -- direct rooms: 'lower id:higher id'
    posting     TEXT    NOT NULL DEFAULT 'everyone' CHECK (posting IN ('everyone', 'moderators')),
    history     TEXT    NOT NULL DEFAULT 'all' CHECK (history IN ('all', 'joining')),
    archived_at INTEGER,
    head        INTEGER NOT NULL DEFAULT 0,         -- the head of this room's lane; the row is the room's lock
    floor       INTEGER NOT NULL DEFAULT 0,         -- cursors below it are reset (after a purge)
    last_message INTEGER NOT NULL DEFAULT 0,
    last_author INTEGER,                            -- of the last message, with last_at: what the next one follows
    last_at     INTEGER,
    seq         INTEGER NOT NULL DEFAULT 0,         -- the last change of this row
    created_by  INTEGER REFERENCES people (id) ON DELETE SET NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
);
CREATE INDEX rooms_by_name ON rooms (kind, name);

CREATE TABLE old_slugs (
    slug TEXT    PRIMARY KEY,
    room INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE members (
    room         INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    person       INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    role         TEXT    NOT NULL CHECK (role IN ('read_only', 'member', 'moderator', 'owner')),
    standing     TEXT    NOT NULL CHECK (standing IN ('in', 'left', 'removed', 'banned')),
    standing_by  INTEGER,                           -- who removed or banned
    standing_why TEXT    NOT NULL DEFAULT '',
    visible_from INTEGER NOT NULL DEFAULT 0,
    muted_until  INTEGER,
    level        TEXT    NOT NULL DEFAULT 'all' CHECK (level IN ('all', 'mentions', 'nothing')),
    last_read    INTEGER NOT NULL DEFAULT 0,
    delivered    INTEGER NOT NULL DEFAULT 0,
    joined_at    INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    seq          INTEGER NOT NULL,                  -- last change in the room's lane
    lane_seq     INTEGER NOT NULL DEFAULT 0,        -- last change in the person's lane
    PRIMARY KEY (room, person)
) WITHOUT ROWID;
CREATE INDEX members_by_person ON members (person, standing, room);
CREATE INDEX members_by_lane ON members (person, lane_seq);
CREATE INDEX members_by_seq ON members (room, seq);

CREATE TABLE blocks (
    person     INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    blocked    INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (person, blocked)
) WITHOUT ROWID;

CREATE TABLE invites (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    room       INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    secret     BLOB    NOT NULL UNIQUE,
    created_by INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    withdrawn_at INTEGER,
    uses       INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX invites_by_room ON invites (room, expires_at);

CREATE TABLE messages (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    room         INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    seq          INTEGER NOT NULL,                  -- its last change, whatever changed
    posted       INTEGER NOT NULL,                  -- the seq it took when it was posted
    kind         TEXT    NOT NULL DEFAULT 'text' CHECK (kind IN ('text', 'notice')),
    author       INTEGER NOT NULL REFERENCES people (id),
    content      TEXT    NOT NULL,
    client_id    TEXT,
    draft_hash   BLOB,                              -- SHA-256 of the original draft, kept for ever beside client_id
    reply_to     INTEGER REFERENCES messages (id),
    thread_root  INTEGER REFERENCES messages (id),
    everyone     INTEGER NOT NULL DEFAULT 0,        -- names everyone in the room
    version      INTEGER NOT NULL DEFAULT 1,
    pinned_at    INTEGER,
    pinned_by    INTEGER,
    prior_author INTEGER,                           -- of the message just before it
    prior_at     INTEGER,
    created_at   INTEGER NOT NULL,
    edited_at    INTEGER,
    deleted_at   INTEGER,
    deleted_by   INTEGER
);
CREATE INDEX messages_by_room ON messages (room, id);
CREATE INDEX messages_by_seq ON messages (room, seq);
CREATE UNIQUE INDEX messages_by_client_id ON messages (room, author, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX messages_quoting ON messages (reply_to) WHERE reply_to IS NOT NULL;
CREATE INDEX messages_pinned ON messages (room, id) WHERE pinned_at IS NOT NULL;
CREATE INDEX messages_to_everyone ON messages (room, id) WHERE everyone;

CREATE TABLE versions (
    message    INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    version    INTEGER NOT NULL,
    content    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (message, version)
) WITHOUT ROWID;

-- One row for each person named; the lane_seq is its place in that person's lane (0: the author's own, not told).
CREATE TABLE mentions (
    message  INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    person   INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    room     INTEGER NOT NULL,
    lane_seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (message, person)
) WITHOUT ROWID;
CREATE INDEX mentions_by_person ON mentions (person, room, message);
CREATE INDEX mentions_by_lane ON mentions (person, lane_seq);

CREATE TABLE reactions (
    message    INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    emoji      TEXT    NOT NULL,
    person     INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    room       INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    removed    INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (message, emoji, person)
) WITHOUT ROWID;

CREATE TABLE attachments (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    room       INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    message    INTEGER REFERENCES messages (id) ON DELETE CASCADE,
    person     INTEGER NOT NULL REFERENCES people (id),
    place      INTEGER NOT NULL DEFAULT 0,
    name       TEXT    NOT NULL,
    media_type TEXT    NOT NULL,
    bytes      INTEGER NOT NULL,
    sha256     BLOB    NOT NULL,
    width      INTEGER,
    height     INTEGER,
    alt        TEXT    NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL
);
CREATE INDEX attachments_by_message ON attachments (message, place);

CREATE TABLE bots (
    person     INTEGER PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    owner      INTEGER REFERENCES people (id) ON DELETE SET NULL,
    mind       TEXT    NOT NULL,
    answers    TEXT    NOT NULL DEFAULT 'mentioned' CHECK (answers IN ('mentioned', 'always', 'direct')),
    settings   TEXT    NOT NULL DEFAULT '{}',       -- JSON, read by the mind
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);

-- A reply in progress and its job. It becomes a message in the transaction that closes it.
CREATE TABLE replies (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    room         INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    bot          INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    asker        INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    question     INTEGER NOT NULL REFERENCES messages (id),
    run          INTEGER NOT NULL DEFAULT 1,
    state        TEXT    NOT NULL CHECK (state IN ('queued', 'sent', 'complete', 'stopped', 'interrupted', 'failed')),
    holder       TEXT,
    generation   INTEGER NOT NULL DEFAULT 0,
    held_until   INTEGER,
    stop_asked   INTEGER NOT NULL DEFAULT 0,
    message      INTEGER REFERENCES messages (id),
    failure      TEXT    NOT NULL DEFAULT '',
    hops         INTEGER NOT NULL DEFAULT 0,
    tokens_in    INTEGER NOT NULL DEFAULT 0,
    tokens_out   INTEGER NOT NULL DEFAULT 0,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
);
CREATE INDEX replies_open ON replies (room, state) WHERE state IN ('queued', 'sent');
CREATE INDEX replies_held ON replies (held_until) WHERE state IN ('queued', 'sent');

CREATE TABLE reply_chunks (
    reply  INTEGER NOT NULL REFERENCES replies (id) ON DELETE CASCADE,
    run    INTEGER NOT NULL,
    start  INTEGER NOT NULL,                        -- byte offset in the Markdown source
    text   TEXT    NOT NULL,
    PRIMARY KEY (reply, run, start)
) WITHOUT ROWID;

CREATE TABLE reports (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    message     INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    reporter    INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    reason      TEXT    NOT NULL DEFAULT '',
    created_at  INTEGER NOT NULL,
    resolved_at INTEGER,
    resolved_by INTEGER,
    resolution  TEXT    NOT NULL DEFAULT ''
);
CREATE INDEX reports_open ON reports (created_at) WHERE resolved_at IS NULL;

CREATE TABLE audit (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    person     INTEGER,
    act        TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    detail     TEXT    NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL
);
