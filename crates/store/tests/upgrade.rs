//! A database of the first version, with something in every table, goes through all later migrations and still says the same.

use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, path::Path};
use store::{Store, postgres::Postgres, sqlite::Sqlite};

const FILLED: &str = include_str!("upgrade/filled.sql");

/// The rows of each table as text.
type Rows = BTreeMap<String, Vec<String>>;
/// The tables of the first version, with their columns in one expression.
type Tables = Vec<(String, String)>;

/// What makes a database of the first version.
fn first_version(foundation: &str, filled: &str) -> String {
    let sum: String = Sha256::digest(foundation).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let noted = "CREATE TABLE migrations (number BIGINT PRIMARY KEY, checksum TEXT NOT NULL)";
    format!("{foundation}; {filled} {noted}; INSERT INTO migrations VALUES (1, '{sum}');")
}

async fn says_the_same(store: &impl Store) {
    let ada = store.person_by_name("ada").await.expect("the database answers").expect("ada has an account");
    assert_eq!((ada.display_name.as_str(), ada.is_admin, ada.locale.as_str()), ("Ada Ñandú", true, "es"));
    assert!(store.person_by_name("eve").await.expect("the database answers").is_none());
    let bots = store.bots().await.expect("the database answers");
    assert_eq!((bots.len(), bots[0].settings.as_str()), (1, r#"{"model":"small"}"#));
    assert_eq!(store.epoch().0, "aabbccddeeff", "cursors go on");
}

/// Nothing is lost or changed, and nothing was left out of the fixture. Migrations may add rows.
fn are_kept(before: &Rows, after: &Rows) {
    assert!(before.len() >= 19, "all tables: {:?}", before.keys());
    for (table, rows) in before {
        assert!(!rows.is_empty(), "the fixture has nothing in {table}");
        let after = after.get(table).unwrap_or_else(|| panic!("there is no {table} any more"));
        let lost: Vec<&String> = rows.iter().filter(|row| !after.contains(row)).collect();
        assert!(lost.is_empty(), "{table}: {lost:?} of {rows:?} is not in {after:?}");
    }
}

#[tokio::test]
async fn on_sqlite_a_database_of_the_first_version_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.db");
    let foundation = include_str!("../migrations/sqlite/0001_foundation.sql");
    let filled = FILLED.replace("'\\x", "x'");
    let tables = {
        let db = rusqlite::Connection::open(&path).unwrap();
        db.execute_batch(&first_version(foundation, &filled)).unwrap();
        texts(&db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'migrations'")
            .into_iter()
            .map(|table| {
                let columns = texts(&db, &format!("SELECT 'quote(' || name || ')' FROM pragma_table_info('{table}')"));
                (table, columns.join(" || '|' || "))
            })
            .collect::<Tables>()
    };
    let before = sqlite_rows(&path, &tables);
    for _ in 0..2 {
        let store = Sqlite::open(&path).unwrap();
        says_the_same(&store).await;
        drop(store);
        are_kept(&before, &sqlite_rows(&path, &tables));
    }
}

fn sqlite_rows(path: &Path, tables: &Tables) -> Rows {
    let db = rusqlite::Connection::open(path).expect("the database answers");
    let rows = |columns: &str, table: &str| texts(&db, &format!("SELECT {columns} FROM {table} ORDER BY 1"));
    tables.iter().map(|(table, columns)| (table.clone(), rows(columns, table))).collect()
}

fn texts(db: &rusqlite::Connection, sql: &str) -> Vec<String> {
    let mut statement = db.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    statement
        .query_map([], |row| row.get(0))
        .expect("the database answers")
        .collect::<Result<_, _>>()
        .expect("the database answers")
}

#[tokio::test]
async fn on_postgres_a_database_of_the_first_version_goes_on() {
    let server = e2e::Postgres::start().unwrap();
    let foundation = include_str!("../migrations/postgres/0001_foundation.sql");
    let (db, connection) = tokio_postgres::connect(&server.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    db.batch_execute(&first_version(foundation, FILLED)).await.unwrap();
    let columns = "SELECT table_name, 'concat_ws(''|'', ' || string_agg(format('%I', column_name), ', ' ORDER BY ordinal_position) || ')'
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'migrations' GROUP BY table_name";
    let columns = db.query(columns, &[]).await.unwrap();
    let tables: Tables = columns.iter().map(|row| (row.get(0), row.get(1))).collect();
    let before = postgres_rows(&db, &tables).await;
    for _ in 0..2 {
        let store = Postgres::connect(&server.url()).await.unwrap();
        says_the_same(&store).await;
        are_kept(&before, &postgres_rows(&db, &tables).await);
    }
}

async fn postgres_rows(db: &tokio_postgres::Client, tables: &Tables) -> Rows {
    let mut all = Rows::new();
    for (table, columns) in tables {
        let rows = db
            .query(&format!("SELECT {columns} FROM {table} ORDER BY 1"), &[])
            .await
            .expect("the database answers");
        all.insert(table.clone(), rows.iter().map(|row| row.get(0)).collect());
    }
    all
}
