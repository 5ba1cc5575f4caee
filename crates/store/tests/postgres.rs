//! The promises on PostgreSQL, a real one started for these tests, and what only PostgreSQL can break.

use e2e::Postgres as Server;
use std::sync::Arc;
use store::{Store, postgres::Postgres};

async fn fresh() -> (Arc<dyn Store>, Server) {
    let server = Server::start().expect("a PostgreSQL server can be started");
    (Arc::new(Postgres::connect(&server.url()).await.expect("it answers")), server)
}

store::conformance!(fresh);

#[tokio::test]
async fn every_statement_can_be_prepared() {
    let (_store, server) = fresh().await;
    let url = server.url();
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    for sql in store::postgres::statements() {
        client.prepare(sql).await.unwrap_or_else(|error| panic!("{sql}: {:?}", error.as_db_error()));
    }
}

#[tokio::test]
async fn a_url_that_asks_for_tls_is_refused_and_not_ignored() {
    let error =
        Postgres::connect("postgres://ada@127.0.0.1/x?sslmode=require").await.err().unwrap().to_string();
    assert!(error.contains("TLS"), "{error}");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let (_store, server) = fresh().await;
    let url = server.url();
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.execute("INSERT INTO migrations VALUES (99, 'x')", &[]).await.unwrap();
    let error = Postgres::connect(&url).await.err().unwrap().to_string();
    assert!(error.contains("99") && error.contains("newer"), "{error}");
}

#[tokio::test]
async fn a_database_that_does_not_wait_for_the_disk_is_found_out() {
    let (store, server) = fresh().await;
    assert_eq!(store.durability_fault().await.unwrap(), None);
    let (client, connection) = tokio_postgres::connect(&server.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("ALTER SYSTEM SET full_page_writes = off").await.unwrap();
    client.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    let fault = e2e::until("the fault to be seen", || async { store.durability_fault().await.unwrap() })
        .await
        .unwrap();
    assert!(fault.contains("full_page_writes off"), "{fault}");
}

#[tokio::test]
async fn a_server_that_is_gone_is_said_clearly() {
    let (store, server) = fresh().await;
    store.ping().await.unwrap();
    drop(server);
    let error = e2e::until("the loss to be seen", || async { store.ping().await.err() }).await.unwrap();
    assert!(matches!(error, store::StoreError::Unavailable(_)), "{error:?}");
}
