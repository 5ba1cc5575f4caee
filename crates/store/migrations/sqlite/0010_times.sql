-- When a row changed last; NULL while it is as it was made.
ALTER TABLE messages ADD COLUMN updated_at INTEGER;
ALTER TABLE reactions ADD COLUMN updated_at INTEGER;
ALTER TABLE invites ADD COLUMN updated_at INTEGER;
ALTER TABLE server_invites ADD COLUMN updated_at INTEGER;
