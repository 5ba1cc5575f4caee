-- How often a name or a face has changed: while it is the same, those in a message are the same.
INSERT INTO settings (name, value) VALUES ('names', '0');
CREATE FUNCTION count_renaming() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE settings SET value = (value::bigint + 1)::text WHERE name = 'names';
    RETURN NULL;
END $$;
CREATE TRIGGER people_renamed AFTER UPDATE OF username, display_name, is_bot, avatar ON people FOR EACH ROW
WHEN (OLD.username <> NEW.username OR OLD.display_name <> NEW.display_name OR OLD.is_bot <> NEW.is_bot OR OLD.avatar <> NEW.avatar)
EXECUTE FUNCTION count_renaming();
