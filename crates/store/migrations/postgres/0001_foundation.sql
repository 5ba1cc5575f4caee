-- Times are milliseconds since 1970 in UTC. Rows that change carry the `seq` of their last change
-- in their room's lane, or `lane_seq` in their person's lane; what goes away stays as a tombstone, so that "what
-- changed since N" is a range of an index.

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE people (
    id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username      TEXT    NOT NULL,
    username_key  TEXT    NOT NULL UNIQUE,
    display_name  TEXT    NOT NULL,
    display_key   TEXT    NOT NULL,                 -- folded like username_key, for finding people
    email         TEXT    NOT NULL DEFAULT '',
    password_hash TEXT    NOT NULL DEFAULT '',
    is_admin      BOOLEAN NOT NULL DEFAULT FALSE,
    is_bot        BOOLEAN NOT NULL DEFAULT FALSE,
    is_guest      BOOLEAN NOT NULL DEFAULT FALSE,
    is_active     BOOLEAN NOT NULL DEFAULT TRUE,
    locale        TEXT    NOT NULL DEFAULT '',
    time_zone     TEXT    NOT NULL DEFAULT '',
    theme         TEXT    NOT NULL DEFAULT '',
    lane_head     BIGINT NOT NULL DEFAULT 0,       -- the head of this person's lane
    lane_seq      BIGINT NOT NULL DEFAULT 0,       -- the last change of this row in it
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);
CREATE INDEX people_by_display ON people (display_key);

CREATE TABLE sessions (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person     BIGINT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    secret     BYTEA    NOT NULL UNIQUE,             -- SHA-256 of the cookie's value
    user_agent TEXT    NOT NULL,
    address    TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,                             -- the row stays as a tombstone until it expires
    lane_seq   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX sessions_by_person ON sessions (person, used_at);
CREATE INDEX sessions_by_lane ON sessions (person, lane_seq) WHERE lane_seq > 0;

CREATE TABLE tokens (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person     BIGINT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    secret     BYTEA    NOT NULL UNIQUE,
    name       TEXT    NOT NULL DEFAULT '',
    scope      TEXT    NOT NULL DEFAULT 'write',
    rooms      TEXT,                                -- JSON list of room ids; NULL: all
    created_at BIGINT NOT NULL,
    used_at    BIGINT,
    expires_at BIGINT,
    revoked_at BIGINT,
    lane_seq   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX tokens_by_person ON tokens (person, lane_seq);

CREATE TABLE rooms (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug        TEXT    NOT NULL UNIQUE,
    name        TEXT    NOT NULL,
    topic       TEXT    NOT NULL DEFAULT '',
    kind        TEXT    NOT NULL CHECK (kind IN ('public', 'private', 'direct', 'session')),
    pair        TEXT    UNIQUE,                     -- direct rooms: 'lower id:higher id'
    posting     TEXT    NOT NULL DEFAULT 'everyone' CHECK (posting IN ('everyone', 'moderators')),
    history     TEXT    NOT NULL DEFAULT 'all' CHECK (history IN ('all', 'joining')),
    archived_at BIGINT,
    head        BIGINT NOT NULL DEFAULT 0,         -- the head of this room's lane; the row is the room's lock
    floor       BIGINT NOT NULL DEFAULT 0,         -- cursors below it are reset (after a purge)
    last_message BIGINT NOT NULL DEFAULT 0,
    last_author BIGINT,                            -- of the last message, with last_at: what the next one follows
    last_at     BIGINT,
    seq         BIGINT NOT NULL DEFAULT 0,         -- the last change of this row
    created_by  BIGINT REFERENCES people (id) ON DELETE SET NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
CREATE INDEX rooms_by_name ON rooms (kind, name);

CREATE TABLE old_slugs (
    slug TEXT    PRIMARY KEY,
    room BIGINT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE
);

CREATE TABLE members (
    room         BIGINT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    person       BIGINT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    role         TEXT    NOT NULL CHECK (role IN ('read_only', 'member', 'moderator', 'owner')),
    standing     TEXT    NOT NULL CHECK (standing IN ('in', 'left', 'removed', 'banned')),
    standing_by  BIGINT,                           -- who removed or banned
    standing_why TEXT    NOT NULL DEFAULT '',
    visible_from BIGINT NOT NULL DEFAULT 0,
    muted_until  BIGINT,
    level        TEXT    NOT NULL DEFAULT 'all' CHECK (level IN ('all', 'mentions', 'nothing')),
    last_read    BIGINT NOT NULL DEFAULT 0,
    delivered    BIGINT NOT NULL DEFAULT 0,
    joined_at    BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    seq          BIGINT NOT NULL,                  -- last change in the room's lane
    lane_seq     BIGINT NOT NULL DEFAULT 0,        -- last change in the person's lane
    PRIMARY KEY (room, person)
);
CREATE INDEX members_by_person ON members (person, standing, room);
CREATE INDEX members_by_lane ON members (person, lane_seq);
CREATE INDEX members_by_seq ON members (room, seq);

CREATE TABLE blocks (
    person     BIGINT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    blocked    BIGINT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (person, blocked)
);

CREATE TABLE invites (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    room       BIGINT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    secret     BYTEA    NOT NULL UNIQUE,
    created_by BIGINT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    withdrawn_at BIGINT,
    uses       BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX invites_by_room ON invites (room, expires_at);

CREATE TABLE messages (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    room         BIGINT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    seq          BIGINT NOT NULL,                  -- its last change, whatever changed
    kind         TEXT    NOT NULL DEFAULT 'text' CHECK (kind IN ('text', 'notice')),
    author       BIGINT NOT NULL REFERENCES people (id),
    content      TEXT    NOT NULL,
    client_id    TEXT,
    draft_hash   BYTEA,                              -- SHA-256 of the original draft, kept for ever beside client_id
    reply_to     BIGINT REFERENCES messages (id),
    thread_root  BIGINT REFERENCES messages (id),
    everyone     BOOLEAN NOT NULL DEFAULT FALSE,        -- names everyone in the room
    version      BIGINT NOT NULL DEFAULT 1,
    pinned_at    BIGINT,
    pinned_by    BIGINT,
    prior_author BIGINT,                           -- of the message just before it
    prior_at     BIGINT,
    created_at   BIGINT NOT NULL,
    edited_at    BIGINT,
    deleted_at   BIGINT,
    deleted_by   BIGINT
);
CREATE INDEX messages_by_room ON messages (room, id);
CREATE INDEX messages_by_seq ON messages (room, seq);
CREATE UNIQUE INDEX messages_by_client_id ON messages (room, author, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX messages_quoting ON messages (reply_to) WHERE reply_to IS NOT NULL;
CREATE INDEX messages_pinned ON messages (room, id) WHERE pinned_at IS NOT NULL;

CREATE TABLE versions (
    message    BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    version    BIGINT NOT NULL,
    content    TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (message, version)
);

-- One row for each person named; the lane_seq is its place in that person's lane (0: the author's own, not told).
CREATE TABLE mentions (
    message  BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    person   BIGINT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    room     BIGINT NOT NULL,
    lane_seq BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (message, person)
);
CREATE INDEX mentions_by_person ON mentions (person, room, message);
CREATE INDEX mentions_by_lane ON mentions (person, lane_seq);

CREATE TABLE reactions (
    message    BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    emoji      TEXT    NOT NULL,
    person     BIGINT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    room       BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    removed    BOOLEAN NOT NULL DEFAULT FALSE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (message, emoji, person)
);

CREATE TABLE attachments (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    room       BIGINT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    message    BIGINT REFERENCES messages (id) ON DELETE CASCADE,
    person     BIGINT NOT NULL REFERENCES people (id),
    place      BIGINT NOT NULL DEFAULT 0,
    name       TEXT    NOT NULL,
    media_type TEXT    NOT NULL,
    bytes      BIGINT NOT NULL,
    sha256     BYTEA    NOT NULL,
    width      BIGINT,
    height     BIGINT,
    alt        TEXT    NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL
);
CREATE INDEX attachments_by_message ON attachments (message, place);

CREATE TABLE bots (
    person     BIGINT PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    owner      BIGINT REFERENCES people (id) ON DELETE SET NULL,
    mind       TEXT    NOT NULL,
    answers    TEXT    NOT NULL DEFAULT 'mentioned' CHECK (answers IN ('mentioned', 'always', 'direct')),
    settings   TEXT    NOT NULL DEFAULT '{}',       -- JSON, read by the mind
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- A reply in progress and its job. It becomes a message in the transaction that closes it.
CREATE TABLE replies (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    room         BIGINT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    bot          BIGINT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    asker        BIGINT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    question     BIGINT NOT NULL REFERENCES messages (id),
    run          BIGINT NOT NULL DEFAULT 1,
    state        TEXT    NOT NULL CHECK (state IN ('queued', 'sent', 'complete', 'stopped', 'interrupted', 'failed')),
    holder       TEXT,
    generation   BIGINT NOT NULL DEFAULT 0,
    held_until   BIGINT,
    stop_asked   BOOLEAN NOT NULL DEFAULT FALSE,
    message      BIGINT REFERENCES messages (id),
    failure      TEXT    NOT NULL DEFAULT '',
    hops         BIGINT NOT NULL DEFAULT 0,
    tokens_in    BIGINT NOT NULL DEFAULT 0,
    tokens_out   BIGINT NOT NULL DEFAULT 0,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);
CREATE INDEX replies_open ON replies (room, state) WHERE state IN ('queued', 'sent');
CREATE INDEX replies_held ON replies (held_until) WHERE state IN ('queued', 'sent');

CREATE TABLE reply_chunks (
    reply  BIGINT NOT NULL REFERENCES replies (id) ON DELETE CASCADE,
    run    BIGINT NOT NULL,
    start  BIGINT NOT NULL,                        -- byte offset in the Markdown source
    text   TEXT    NOT NULL,
    PRIMARY KEY (reply, run, start)
);

CREATE TABLE reports (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message     BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    reporter    BIGINT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    reason      TEXT    NOT NULL DEFAULT '',
    created_at  BIGINT NOT NULL,
    resolved_at BIGINT,
    resolved_by BIGINT,
    resolution  TEXT    NOT NULL DEFAULT ''
);
CREATE INDEX reports_open ON reports (created_at) WHERE resolved_at IS NULL;

CREATE TABLE audit (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person     BIGINT,
    act        TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    detail     TEXT    NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL
);
