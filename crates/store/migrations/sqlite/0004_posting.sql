-- A posted message costs one page less: what is new is found by its id, and only what changed afterwards by its seq.
DROP INDEX messages_by_seq;
CREATE INDEX messages_changed ON messages (room, seq) WHERE seq <> posted;
