-- Small groups beside the direct rooms of two: a kind of room, found by its people. `pair` holds their ids, ascending and joined by
-- colons; of a group that shrank to two or to the people of another one it is NULL.
ALTER TABLE rooms
    DROP CONSTRAINT rooms_kind_check,
    ADD CONSTRAINT rooms_kind_check CHECK (kind IN ('public', 'private', 'direct', 'group', 'session'));
