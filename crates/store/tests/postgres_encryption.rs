//! TLS to PostgreSQL: a URL that asks for it gets it from the server it names, or is refused.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use e2e::Postgres as Server;
use std::{fs, path::Path};
use store::{Settings as _, StoreError, postgres::Postgres};

/// A server that proves its name, wants a password from whoever comes through TLS and none from others.
async fn certified() -> (Server, String) {
    let mut server = Server::start().expect("a PostgreSQL server can be started");
    beside(&server).await.batch_execute("ALTER ROLE tertulia PASSWORD 'tea'").await.unwrap();
    let doors = "hostssl all all all scram-sha-256\nhostnossl all all all trust\n";
    fs::write(server.directory().join("cluster/pg_hba.conf"), doors).unwrap();
    let certificate = server.certify().expect("a certificate can be made");
    (server, certificate.display().to_string())
}

/// The server's address with the password of [`certified`] and these settings.
fn address(server: &Server, settings: &str) -> String {
    format!("{}?{settings}", server.url().replace("tertulia@", "tertulia:tea@"))
}

async fn beside(server: &Server) -> tokio_postgres::Client {
    let connected = tokio_postgres::connect(&server.url(), tokio_postgres::NoTls).await;
    let (client, connection) = connected.expect("it answers");
    tokio::spawn(connection);
    client
}

/// How many connections of ours are encrypted, and how many are not.
async fn connections(server: &Server) -> (i64, i64) {
    let sql = "SELECT count(*) FILTER (WHERE ssl), count(*) FILTER (WHERE NOT ssl)
               FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'tertulia'";
    let row = beside(server).await.query_one(sql, &[]).await.unwrap();
    (row.get(0), row.get(1))
}

async fn refusal(url: &str) -> String {
    match Postgres::connect(url).await {
        Err(StoreError::Unavailable(why)) => why,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("{url} was accepted"),
    }
}

#[tokio::test]
async fn a_url_that_asks_for_tls_gets_it_and_one_that_does_not_stays_as_it_was() {
    let (server, certificate) = certified().await;
    for mode in ["require", "verify-ca", "verify-full"] {
        let settings = format!("sslmode={mode}&sslrootcert={certificate}&channel_binding=require");
        let store = Postgres::connect(&address(&server, &settings)).await.unwrap();
        store.ping().await.unwrap();
        let (encrypted, plain) = connections(&server).await;
        assert!(encrypted > 0 && plain == 0, "{mode}: {encrypted} encrypted, {plain} plain");
        drop(store);
        let gone = || async { (connections(&server).await == (0, 0)).then_some(()) };
        e2e::until("its connections to end", gone).await.unwrap();
    }
    let store = Postgres::connect(&server.url()).await.unwrap();
    store.ping().await.unwrap();
    let (encrypted, plain) = connections(&server).await;
    assert!(encrypted == 0 && plain > 0, "{encrypted} encrypted, {plain} plain");
}

#[tokio::test]
async fn a_server_that_does_not_prove_its_name_is_refused() {
    let (server, certificate) = certified().await;
    let (_other, others) = certified().await;
    // Nobody this system believes vouches for it.
    let why = refusal(&address(&server, "sslmode=require")).await;
    assert!(why.contains("certificate"), "{why}");
    let why = refusal(&address(&server, &format!("sslmode=require&sslrootcert={others}"))).await;
    assert!(why.contains("certificate"), "{why}");
    // The certificate speaks of the address, not of this name.
    let named = address(&server, &format!("sslmode=require&sslrootcert={certificate}"));
    let why = refusal(&named.replace("127.0.0.1", "localhost")).await;
    assert!(why.contains("localhost"), "{why}");
    assert_eq!(connections(&server).await, (0, 0));
    Postgres::connect(&named).await.unwrap();
}

#[tokio::test]
async fn a_server_without_tls_is_refused_and_never_spoken_to_in_the_clear() {
    let (_other, certificate) = certified().await;
    let server = Server::start().unwrap();
    let why = refusal(&address(&server, &format!("sslmode=require&sslrootcert={certificate}"))).await;
    assert!(why.contains("does not support TLS"), "{why}");
    Postgres::connect(&server.url()).await.unwrap();
}

#[tokio::test]
async fn a_file_of_certificates_that_is_of_no_use_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let (empty, broken) = (directory.path().join("empty.pem"), directory.path().join("broken.pem"));
    fs::write(&empty, "").unwrap();
    fs::write(&broken, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    for file in [&empty, &broken, Path::new("/there/is/none.pem")] {
        let url = format!("postgres://ada@127.0.0.1:1/tea?sslmode=require&sslrootcert={}", file.display());
        let why = refusal(&url).await;
        assert!(why.contains("sslrootcert") && why.contains(file.to_str().unwrap()), "{why}");
    }
    let why = refusal("postgres://ada@127.0.0.1:1/tea?sslrootcert=/there/is/none.pem").await;
    assert!(why.contains("sslmode=require"), "{why}");
}
