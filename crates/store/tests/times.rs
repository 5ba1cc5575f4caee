//! When a row was made and when it changed last: on both stores every row says so, or is a part of one that does.

use domain::{messages::Message, people::Username, rooms::RoomKind};
use e2e::Postgres as Server;
use std::{collections::BTreeMap, sync::Arc};
use store::{PersonPatch, Secret, conformance::Scene, postgres::Postgres, sqlite::Sqlite};

/// Rows that never change once they are there.
const UNCHANGING: [&str; 5] = ["attachments", "audit", "blocks", "missed", "versions"];

/// Rows that stand for a part of another one, and have its times: what a message names, the former address of a room, the text of a
/// reply that grows, the link for somebody's next password; and sums of a day, settings and migrations, which are what they are called.
const PARTS: [&str; 8] =
    ["guest_usage", "mentions", "migrations", "old_slugs", "reply_chunks", "resets", "settings", "usage"];

/// What says when a row changed: one time for every change, or one for each kind of change there is.
const CHANGED: [&[&str]; 3] = [&["updated_at"], &["used_at", "revoked_at"], &["resolved_at"]];

/// The columns of each table.
type Columns = BTreeMap<String, Vec<String>>;

fn every_row_says_when(columns: &Columns) {
    assert!(columns.len() > 20, "all tables: {:?}", columns.keys());
    for (table, columns) in columns.iter().filter(|(table, _)| !PARTS.contains(&table.as_str())) {
        let has = |name: &str| columns.iter().any(|column| column == name);
        assert!(has("created_at") || has("joined_at"), "{table} does not say when a row was made");
        let changed = CHANGED.iter().any(|times| times.iter().all(|time| has(time)));
        assert!(
            changed != UNCHANGING.contains(&table.as_str()),
            "{table} says when a row changed, or no row ever changes"
        );
    }
}

/// Tables and columns, as lines of `table column`.
fn columns(lines: impl IntoIterator<Item = String>) -> Columns {
    let mut columns = Columns::new();
    for line in lines {
        let (table, column) = line.split_once(' ').expect("a table and a column");
        columns.entry(table.into()).or_default().push(column.into());
    }
    columns
}

/// Does something to each kind of row that is not dated by one method of the store alone, and looks after it when it changed.
async fn changes_are_dated(scene: Scene, time: &dyn Fn(&str) -> Option<i64>) {
    let at = |seconds| Some(scene.at(seconds).as_millisecond());
    let (ada, bob) = (scene.person("ada").await, scene.person("bob").await);
    let tea = scene.room(&ada, "Tea", RoomKind::Public).await;
    let (said, other) = (scene.say(&ada, &tea, "tea?").await, scene.say(&ada, &tea, "coffee?").await);
    let by = scene.writer(&ada, &tea).await;
    let of = |message: &Message| time(&format!("SELECT updated_at FROM messages WHERE id = {}", message.id));
    assert_eq!(of(&said), None, "it is as it was made");
    let store = &scene.store;
    store.edit(&by, said.id, "tea.", scene.at(1)).await.expect("she may");
    assert_eq!(of(&said), at(1));
    store.pin(&by, said.id, scene.at(2)).await.expect("she may");
    assert_eq!(of(&said), at(2));
    store.unpin(&by, said.id, scene.at(3)).await.expect("she may");
    assert_eq!(of(&said), at(3));
    store.react(&by, said.id, "☕", scene.at(4)).await.expect("she may");
    assert_eq!(of(&said), at(4));
    store.unreact(&by, said.id, "☕", scene.at(5)).await.expect("she may");
    assert_eq!((of(&said), time("SELECT updated_at FROM reactions")), (at(5), at(5)));
    assert_eq!(time("SELECT created_at FROM reactions"), at(4));
    store.delete(&by, said.id, scene.at(6)).await.expect("she may");
    assert_eq!((of(&said), of(&other)), (at(6), None), "and the other one did not change");
    assert_eq!(time(&format!("SELECT created_at FROM messages WHERE id = {}", said.id)), at(0));

    let (secret, moderator) = (Secret([7; 32]), scene.moderator(&ada, &tea).await);
    store.invite(&moderator, secret, scene.at(100), scene.at(7)).await.expect("she may");
    assert_eq!(time("SELECT updated_at FROM invites"), None);
    store.accept_invite(secret, bob.id, scene.at(8)).await.expect("it is good");
    assert_eq!(time("SELECT updated_at FROM invites"), at(8));
    let named = PersonPatch { username: Username::new("bert").ok(), ..PersonPatch::default() };
    store.update_person(bob.id, named, scene.at(9)).await.expect("it is free");
    assert_eq!(time(&format!("SELECT updated_at FROM people WHERE id = {}", bob.id)), at(9));
    assert_eq!(time(&format!("SELECT created_at FROM people WHERE id = {}", bob.id)), at(0));
}

#[tokio::test]
async fn on_sqlite_every_row_says_when_it_was_made_and_when_it_changed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.db");
    let store = Sqlite::open(&path).unwrap();
    let db = rusqlite::Connection::open(&path).unwrap();
    let all = "SELECT t.name || ' ' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c
               WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'";
    let mut all = db.prepare(all).unwrap();
    every_row_says_when(&columns(all.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap)));
    changes_are_dated(Scene::new(Arc::new(store)), &|sql| db.query_one(sql, [], |row| row.get(0)).unwrap())
        .await;
}

#[tokio::test]
async fn on_postgresql_every_row_says_when_it_was_made_and_when_it_changed() {
    let server = Server::start().unwrap();
    let store = Postgres::connect(&server.url()).await.unwrap();
    let all = "SELECT table_name || ' ' || column_name FROM information_schema.columns WHERE table_schema = current_schema()";
    every_row_says_when(&columns(server.list(all).unwrap()));
    let time = |sql: &str| server.list(sql).unwrap().pop().filter(|text| !text.is_empty())?.parse().ok();
    changes_are_dated(Scene::new(Arc::new(store)), &time).await;
}
