// Messages on disk: `keep` returns when the message is committed and the disk has it.
const Database = require("better-sqlite3");

const database = new Database("chat.db");
database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");
database.exec("CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, room TEXT NOT NULL, content TEXT NOT NULL, date TEXT NOT NULL)");
const insert = database.prepare("INSERT INTO messages (room, content, date) VALUES (?, ?, ?)");

exports.keep = (room, content) => {
  const date = new Date().toISOString();
  const { lastInsertRowid } = insert.run(room, content, date);
  return { id: lastInsertRowid, room, content, date };
};
