-- Small groups beside the direct rooms of two: a kind of room, found by its people. `pair` holds their ids, ascending and joined by
-- colons; of a group that shrank to two or to the people of another one it is NULL. A constraint of SQLite's is changed in the schema itself, as
-- its documentation of ALTER TABLE describes for changes that no stored row can break.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '''direct'', ''session''', '''direct'', ''group'', ''session''')
WHERE type = 'table' AND name = 'rooms';
PRAGMA writable_schema = RESET;
