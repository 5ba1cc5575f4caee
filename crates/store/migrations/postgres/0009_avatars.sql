-- One emoji in a bot's face; empty: the lamp. People have their initials.
ALTER TABLE people ADD COLUMN avatar TEXT NOT NULL DEFAULT '';
