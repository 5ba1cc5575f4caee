-- Public rooms in the order of the list, so that a page of it reads no others: every page shows the first of them.
DROP INDEX rooms_by_name;
CREATE INDEX rooms_listed ON rooms (name COLLATE NOCASE, id) WHERE kind = 'public' AND archived_at IS NULL;
