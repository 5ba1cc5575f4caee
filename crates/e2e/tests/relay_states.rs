//! One server and its relay: away from the start, encrypted, misspelt. What is so is said, in the log and by the doctor.

use anyhow::{Result, ensure};
use e2e::{Identity, Nats, Options, Outage, Person, RabbitMq, Redis, Server, until};
use serde_json::Value;
use std::path::Path;

#[tokio::test]
async fn a_server_starts_without_its_relay_says_so_and_hears_it_when_it_comes() -> Result<()> {
    let mut redis = Redis::start()?;
    redis.kill()?;
    let mut server = Server::start_with(Options::default().set("RELAY_URL", &redis.url()))?;
    server.await_line("the relay is not heard")?;
    ensure!(server.log().contains("refused"), "{}", server.log());
    let ada = Person::sign_up(&server, "ada").await?;
    ada.post("general", "all the same", "one").await?;
    let ready = ada.get("/readyz").await?;
    ensure!(ready.status().is_success() && ready.json::<Value>().await?["relay"] == "not heard");
    ensure!(ada.get("/metrics").await?.text().await?.contains("tertulia_relay_heard 0"));
    let health = ada.get("/admin/health/").await?.text().await?;
    ensure!(health.contains("They are not heard.") && health.contains("Something is not well."), "{health}");
    let users = ada.get("/admin/users/").await?.text().await?;
    ensure!(users.contains(">trouble</span>") && !users.contains(">good</span>"), "{users}");
    redis.restart()?;
    server.await_line("the relay is heard again")?;
    ensure!(ada.get("/readyz").await?.json::<Value>().await?["relay"] == "heard");
    ensure!(ada.get("/metrics").await?.text().await?.contains("tertulia_relay_heard 1"));
    let health = ada.get("/admin/health/").await?.text().await?;
    ensure!(
        health.contains("They are heard through the relay.") && health.contains("All is well."),
        "{health}"
    );
    ensure!(health.contains(">good</span>") && !health.contains(">trouble</span>"), "{health}");
    Ok(())
}

/// A server that believes only what is in a file, or whom the system believes.
async fn relay_is(url: &str, certificates: Option<&Path>, state: &str) -> Result<String> {
    let options = Options::default().set("RELAY_URL", url);
    let options = certificates
        .into_iter()
        .fold(options, |options, file| options.set("SSL_CERT_FILE", &file.display().to_string()));
    let server = Server::start_with(options)?;
    let ada = Person::stranger(&server)?;
    until(&format!("{url} to be {state}"), || async {
        let said: Value = ada.get("/readyz").await.ok()?.json().await.ok()?;
        let is_told = state == "heard" || server.log().contains("the relay is not heard");
        (said["relay"] == state && is_told).then_some(())
    })
    .await?;
    Ok(server.log())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_is_heard_through_tls_by_who_believes_its_certificate_and_by_nobody_else() -> Result<()> {
    let (here, other) = (Identity::make()?, Identity::make()?);
    let (_redis, redis) = Redis::start_encrypted(&here)?;
    let (_nats, nats) = Nats::start_encrypted(&here)?;
    let (_rabbitmq, rabbitmq) = RabbitMq::start_encrypted(&here)?;
    for url in [redis, nats, rabbitmq] {
        relay_is(&url, Some(&here.certificate()), "heard").await?;
        for certificates in [None, Some(other.certificate())] {
            let log = relay_is(&url, certificates.as_deref(), "not heard").await?;
            ensure!(log.contains("ertificate"), "{url}: {log}");
        }
    }
    Ok(())
}

#[test]
fn a_relay_that_is_none_is_refused_by_name_and_the_doctor_says_why_one_is_not_heard() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let data = directory.path().display().to_string();
    let said = |url: &str| {
        let settings = [("TERTULIA_DATA_DIR", data.as_str()), ("RELAY_URL", url)];
        e2e::run(&["doctor"], &settings).unwrap_or_else(|error| error.to_string())
    };
    let unknown = said("carrier-pigeon://ada:grain@loft");
    ensure!(unknown.contains("carrier-pigeon") && !unknown.contains("grain"), "{unknown}");
    let no_database = said("postgres:");
    ensure!(
        no_database.contains("RELAY_URL") && no_database.contains("DATABASE_URL names sqlite"),
        "{no_database}"
    );
    let no_address = said("nats://loft:pigeon");
    ensure!(no_address.contains("RELAY_URL: "), "{no_address}");
    let nobody = said("amqp://127.0.0.1:1");
    ensure!(nobody.contains("not heard") && nobody.contains("refused"), "{nobody}");
    Ok(())
}
