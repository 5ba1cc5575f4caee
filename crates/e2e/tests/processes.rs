//! Two processes of one installation: one database, one relay, and the relay may die.

use anyhow::{Result, ensure};
use e2e::{Options, Outage, Person, Postgres, Reader, Redis, Server, Transport, message_id};
use serde_json::Value;
use std::time::Duration;

const MESSAGES: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_nothing_is_lost_or_repeated_when_redis_dies_and_returns() -> Result<()> {
    let postgres = Postgres::start()?;
    redis_dies_and_returns(&postgres.url()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn on_one_file_nothing_is_lost_or_repeated_when_redis_dies_and_returns() -> Result<()> {
    let directory = tempfile::tempdir()?;
    redis_dies_and_returns(&format!("sqlite:{}/shared.db", directory.path().display())).await
}

/// Four people write and four readers listen, half of them at either process.
async fn redis_dies_and_returns(database: &str) -> Result<()> {
    let mut redis = Redis::start()?;
    let options = || Options::default().set("DATABASE_URL", database).set("RELAY_URL", &redis.url());
    let (here, there) = (Server::start_with(options())?, Server::start_with(options())?);
    let mut writers = Vec::new();
    for (name, server) in [("ada", &here), ("bob", &there), ("cleo", &here), ("dan", &there)] {
        writers.push(Person::sign_up(server, name).await?);
    }
    let eva = Person::sign_up(&here, "eva").await?;
    let mut readers = Vec::new();
    for (server, transport) in [
        (&here, Transport::Socket),
        (&there, Transport::Socket),
        (&here, Transport::LongPoll),
        (&there, Transport::Events),
    ] {
        let reader = Reader::follow(&eva.at(server)?, "general", transport).await?;
        readers.push(tokio::spawn(read(reader, MESSAGES * 4)));
    }
    let writers: Vec<_> = writers.into_iter().map(|writer| tokio::spawn(write(writer))).collect();
    await_stored(&eva, MESSAGES).await?;
    redis.kill()?;
    await_stored(&eva, MESSAGES * 2).await?;
    redis.restart()?;
    for writer in writers {
        writer.await??;
    }
    let mut heard = Vec::new();
    for reader in readers {
        heard.push(reader.await??);
    }
    let stored = ids(&eva.messages("general").await?);
    ensure!(stored.len() == MESSAGES * 4, "{} are stored", stored.len());
    for heard in heard {
        ensure!(ids(&heard) == stored, "somebody heard something else: {:?}", ids(&heard));
    }
    Ok(())
}

async fn await_stored(person: &Person, count: usize) -> Result<()> {
    e2e::until("messages", || async {
        person.messages("general").await.ok().filter(|messages| messages.len() >= count)
    })
    .await
    .map(drop)
}

async fn write(person: Person) -> Result<()> {
    for number in 0..MESSAGES {
        let text = format!("{} {number}", person.name);
        person.post("general", &text, &text).await?;
        // Spread, so that Redis dies and returns while messages are under way.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

async fn read(mut reader: Reader, count: usize) -> Result<Vec<Value>> {
    let all = async {
        while reader.heard.len() < count {
            reader.listen().await?;
        }
        Ok(reader.heard)
    };
    tokio::time::timeout(Duration::from_secs(60), all).await?
}

fn ids(messages: &[Value]) -> Vec<i64> {
    messages.iter().map(message_id).collect()
}
