-- Something in every table of the first migration. Bytes are written as PostgreSQL does.
INSERT INTO settings (name, value) VALUES ('epoch', 'aabbccddeeff'), ('tea', 'at five');
INSERT INTO people (id, username, username_key, display_name, display_key, email, password_hash, is_admin, is_bot, locale, time_zone, theme, lane_head, created_at, updated_at) VALUES
  (1, 'ada', 'ada', 'Ada Ñandú', 'ada ñandú', 'ada@a.example', 'hash', TRUE, FALSE, 'es', 'Europe/Madrid', 'dark', 4, 1000, 2000),
  (2, 'bob', 'bob', 'bob', 'bob', '', 'hash', FALSE, FALSE, '', '', '', 0, 1000, 1000),
  (3, 'sage', 'sage', 'Sage', 'sage', '', '', FALSE, TRUE, '', '', '', 0, 1000, 1000);
INSERT INTO sessions (id, person, secret, user_agent, address, created_at, used_at, expires_at) VALUES (1, 1, '\x01', 'a browser', '192.0.2.1', 1000, 2000, 3000);
INSERT INTO tokens (id, person, secret, name, created_at) VALUES (1, 1, '\x02', 'a script', 1000);
INSERT INTO rooms (id, slug, name, topic, kind, pair, head, last_message, last_author, last_at, created_by, created_at, updated_at) VALUES
  (1, 'general', 'General', 'Everything', 'public', NULL, 6, 3, 3, 3000, 1, 1000, 2000),
  (2, 'tea', 'Tea', '', 'private', NULL, 1, 0, NULL, NULL, 1, 1000, 1000),
  (3, 'ada-bob', '', '', 'direct', '1-2', 2, 0, NULL, NULL, 1, 1000, 1000);
INSERT INTO old_slugs (slug, room) VALUES ('all', 1);
INSERT INTO members (room, person, role, standing, last_read, joined_at, updated_at, seq) VALUES
  (1, 1, 'owner', 'in', 3, 1000, 1000, 1), (1, 2, 'member', 'left', 1, 1000, 1500, 2), (1, 3, 'member', 'in', 0, 1000, 1000, 3), (2, 1, 'owner', 'in', 0, 1000, 1000, 1);
INSERT INTO blocks (person, blocked, created_at) VALUES (2, 1, 1000);
INSERT INTO invites (id, room, secret, created_by, created_at, expires_at, uses) VALUES (1, 2, '\x03', 1, 1000, 9000, 2);
INSERT INTO messages (id, room, seq, posted, author, content, client_id, draft_hash, reply_to, version, pinned_at, pinned_by, created_at, edited_at) VALUES
  (1, 1, 4, 2, 1, 'Tea is at **six**, @bob', 'c1', '\x04', NULL, 2, 2500, 1, 1000, 2000),
  (2, 1, 5, 5, 2, '@sage when?', NULL, NULL, 1, 1, NULL, NULL, 2500, NULL),
  (3, 1, 6, 6, 3, 'At five.', NULL, NULL, NULL, 1, NULL, NULL, 3000, NULL);
INSERT INTO versions (message, version, content, created_at) VALUES (1, 1, 'Tea is at five', 1000);
INSERT INTO mentions (message, person, room, lane_seq) VALUES (1, 2, 1, 1);
INSERT INTO reactions (message, emoji, person, room, seq, created_at) VALUES (1, '🍵', 2, 1, 4, 2000);
INSERT INTO attachments (id, room, message, person, name, media_type, bytes, sha256, created_at) VALUES (1, 1, 1, 1, 'tea.png', 'image/png', 12, '\x05', 1000);
INSERT INTO bots (person, owner, mind, answers, settings, created_at, updated_at) VALUES (3, 1, 'openai', 'always', '{"model":"small"}', 1000, 1000);
INSERT INTO replies (id, room, bot, asker, question, run, state, message, tokens_in, tokens_out, created_at, updated_at) VALUES (1, 1, 3, 2, 2, 1, 'complete', 3, 7, 3, 2500, 3000);
INSERT INTO reply_chunks (reply, run, start, text) VALUES (1, 1, 0, 'At '), (1, 1, 3, 'five.');
INSERT INTO reports (id, message, reporter, reason, created_at) VALUES (1, 1, 2, 'It is at five', 3000);
INSERT INTO audit (id, person, act, subject, detail, created_at) VALUES (1, 1, 'room.renamed', '1', 'all', 1500);
