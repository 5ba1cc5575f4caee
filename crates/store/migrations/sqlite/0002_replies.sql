-- Bots answer: what a room, a message and a reply need for it, what was used, and what was not understood.

ALTER TABLE rooms ADD COLUMN bots INTEGER NOT NULL DEFAULT 0;   -- active bots that are in; without any, a post asks no further
ALTER TABLE messages ADD COLUMN reply INTEGER;                  -- the row of replies it was; NULL for people

-- `run`, `state`, `length` and `steps` are of the run in progress; `ended_run` to `ended_steps` of the one that ended last, which
-- the message goes on showing.
ALTER TABLE replies ADD COLUMN since INTEGER NOT NULL DEFAULT 0;        -- when this run was asked for
ALTER TABLE replies ADD COLUMN length INTEGER NOT NULL DEFAULT 0;       -- bytes in its chunks
ALTER TABLE replies ADD COLUMN steps TEXT NOT NULL DEFAULT '[]';        -- tools used, as JSON
ALTER TABLE replies ADD COLUMN steps_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE replies ADD COLUMN aside INTEGER NOT NULL DEFAULT 0;        -- tokens set aside of the budgets of `aside_day`
ALTER TABLE replies ADD COLUMN aside_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE replies ADD COLUMN ended_run INTEGER NOT NULL DEFAULT 0;
ALTER TABLE replies ADD COLUMN ending TEXT NOT NULL DEFAULT '';
ALTER TABLE replies ADD COLUMN retry_at INTEGER;
ALTER TABLE replies ADD COLUMN ended_steps TEXT NOT NULL DEFAULT '[]';

-- Tokens by day (since 1970, UTC). What is set aside belongs to replies that have not ended.
CREATE TABLE usage (
    day    INTEGER NOT NULL,
    bot    INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    person INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    room   INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    input  INTEGER NOT NULL DEFAULT 0,
    output INTEGER NOT NULL DEFAULT 0,
    aside  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (day, bot, person, room)
) WITHOUT ROWID;

CREATE TABLE missed (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    bot        INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    text       TEXT    NOT NULL,
    intent     TEXT    NOT NULL,
    confidence REAL    NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE INDEX missed_by_bot ON missed (bot, id);
