//! The promises on PostgreSQL, a real one started for these tests, and what is asked of a database before it is used.

use e2e::Postgres as Server;
use std::sync::Arc;
use store::{Settings, Store, StoreError, postgres::Postgres};

async fn fresh() -> (Arc<dyn Store>, Server) {
    let (store, server) = opened().await;
    (Arc::new(store), server)
}

async fn opened() -> (Postgres, Server) {
    let server = Server::start().expect("a PostgreSQL server can be started");
    (Postgres::connect(&server.url()).await.expect("it answers"), server)
}

/// A connection of somebody else's to the same database.
async fn beside(server: &Server) -> tokio_postgres::Client {
    let connected = tokio_postgres::connect(&server.url(), tokio_postgres::NoTls).await;
    let (client, connection) = connected.expect("it answers");
    tokio::spawn(connection);
    client
}

async fn refusal(url: &str) -> String {
    match Postgres::connect(url).await {
        Err(StoreError::Unavailable(why)) => why,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("{url} was accepted"),
    }
}

store::conformance!(fresh);

#[tokio::test]
async fn every_statement_can_be_prepared() {
    let (_store, server) = opened().await;
    let client = beside(&server).await;
    for sql in store::postgres::statements() {
        client.prepare(sql).await.unwrap_or_else(|error| panic!("{sql}: {:?}", error.as_db_error()));
    }
}

#[tokio::test]
async fn processes_that_start_together_agree_on_one_schema_and_one_epoch() {
    let server = Server::start().unwrap();
    let starting: Vec<_> = (0..4)
        .map(|_| {
            let url = server.url();
            tokio::spawn(async move { Postgres::connect(&url).await.unwrap().epoch() })
        })
        .collect();
    let mut epochs = Vec::new();
    for process in starting {
        epochs.push(process.await.unwrap());
    }
    assert!(epochs.windows(2).all(|pair| pair[0] == pair[1]), "{epochs:?}");
    let later = Postgres::connect(&server.url()).await.unwrap();
    assert_eq!(later.epoch(), epochs[0]);
    assert_ne!(later.renew_epoch().await.unwrap(), epochs[0]);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let (_store, server) = opened().await;
    beside(&server).await.execute("INSERT INTO migrations VALUES (99, 'x')", &[]).await.unwrap();
    let why = refusal(&server.url()).await;
    assert!(why.contains("99") && why.contains("newer"), "{why}");
}

#[tokio::test]
async fn a_database_that_cannot_keep_every_letter_is_refused() {
    let server = Server::start().unwrap();
    let made = "CREATE DATABASE old ENCODING 'LATIN1' TEMPLATE template0";
    beside(&server).await.batch_execute(made).await.unwrap();
    let url = server.url();
    let (address, _) = url.rsplit_once('/').unwrap();
    let why = refusal(&format!("{address}/old")).await;
    assert!(why.contains("LATIN1") && why.contains("UTF8"), "{why}");
}

#[tokio::test]
async fn a_url_that_asks_for_what_is_missing_is_refused() {
    let why = refusal("postgres://ada@127.0.0.1:1/tea?colour=blue").await;
    assert!(why.contains("colour"), "{why}");
    let why = refusal("postgres://ada@127.0.0.1:1/tea").await;
    assert!(why.contains("refused"), "{why}");
}

#[tokio::test]
async fn a_database_that_forgets_in_a_power_cut_is_found_out() {
    let (store, server) = opened().await;
    assert_eq!(store.durability_fault().await.unwrap(), None);
    let client = beside(&server).await;
    for setting in ["fsync", "full_page_writes"] {
        client.batch_execute(&format!("ALTER SYSTEM SET {setting} = off")).await.unwrap();
        client.batch_execute("SELECT pg_reload_conf()").await.unwrap();
        let fault = || async { store.durability_fault().await.unwrap() };
        let fault = e2e::until("the fault", fault).await.unwrap();
        assert!(fault.contains(setting) && fault.contains("off"), "{fault}");
        client.batch_execute(&format!("ALTER SYSTEM RESET {setting}")).await.unwrap();
        client.batch_execute("SELECT pg_reload_conf()").await.unwrap();
        let sound = || async { store.durability_fault().await.unwrap().is_none().then_some(()) };
        e2e::until("the fault to go", sound).await.unwrap();
    }
}

#[tokio::test]
async fn commits_wait_for_the_disk_even_where_the_server_is_told_otherwise() {
    let server = Server::start().unwrap();
    let client = beside(&server).await;
    client.batch_execute("ALTER SYSTEM SET synchronous_commit = off").await.unwrap();
    client.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    let told = || async {
        let row = beside(&server).await.query_one("SHOW synchronous_commit", &[]).await.unwrap();
        (row.get::<_, &str>(0) == "off").then_some(())
    };
    e2e::until("the server to be told", told).await.unwrap();
    let store = Postgres::connect(&server.url()).await.unwrap();
    assert_eq!(store.durability_fault().await.unwrap(), None);
}
