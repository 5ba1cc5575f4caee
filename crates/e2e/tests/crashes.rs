//! What a server said it has, it still has after any number of power cuts of its process.
//!
//! `KILLS` sets how many; 100 unless told otherwise.

use anyhow::{Context, Result, ensure};
use e2e::{DEADLINE, Person, Server, message_id, until};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// Acknowledged messages: what the client called them, and their id.
type Acknowledged = Arc<Mutex<HashMap<String, i64>>>;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_missing_or_doubled_after_a_hundred_kills() -> Result<()> {
    let kills = std::env::var("KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(100);
    let mut server = Server::start()?;
    let (acknowledged, stop) = (Acknowledged::default(), Arc::new(AtomicBool::new(false)));
    let mut people = Vec::new();
    for name in ["ada", "bob", "cleo", "dan"] {
        let person = Person::sign_up(&server, name).await?;
        // Everybody has joined before the first kill, so that every later change of the room is a message.
        person.post("general", "hello", &format!("{name}-hello")).await?;
        people.push(person);
    }
    let before = people[0].messages("general").await?;
    let writers: Vec<_> =
        people.iter().map(|p| tokio::spawn(write(p.clone(), acknowledged.clone(), stop.clone()))).collect();
    for kill in 0..kills {
        let had = count(&acknowledged);
        until("more acknowledged messages", || async { (count(&acknowledged) >= had + 4).then_some(()) })
            .await?;
        // Not always at the same moment of a write.
        sleep(Duration::from_micros(kill * 7919 % 9_000)).await;
        server.kill()?;
        server.restart()?;
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await??;
    }
    let acknowledged = acknowledged.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let kept = people[0].messages("general").await?;
    ensure!(kept.len() == before.len() + acknowledged.len(), "{} kept of {}", kept.len(), acknowledged.len());
    is_whole(&kept[before.len()..], &acknowledged, seq(before.last().context("hello was said")?))
}

/// Posts one message after the other; one that was not acknowledged is sent again under the same name until it is.
async fn write(person: Person, acknowledged: Acknowledged, stop: Arc<AtomicBool>) -> Result<()> {
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let client_id = format!("{}-{number}", person.name);
        let deadline = Instant::now() + DEADLINE;
        let id = loop {
            ensure!(Instant::now() < deadline, "{client_id} was not taken within {DEADLINE:?}");
            // A refusal has an answer; only a server that is away has none.
            if let Ok(answer) = person.try_post("general", &client_id, &client_id).await
                && answer.status().is_success()
                && let Ok(message) = answer.json::<Value>().await
            {
                break message_id(&message);
            }
            sleep(Duration::from_millis(5)).await;
        };
        acknowledged.lock().unwrap_or_else(PoisonError::into_inner).insert(client_id, id);
    }
    Ok(())
}

/// Every acknowledged message is there once, under the id that was said, and their seqs follow each other without gaps.
fn is_whole(kept: &[Value], acknowledged: &HashMap<String, i64>, mut last: i64) -> Result<()> {
    let mut ids = HashMap::new();
    for message in kept {
        let client_id = message["client_id"].as_str().or(message["content"].as_str()).unwrap_or_default();
        ensure!(message["content"] == client_id, "{message} is not what was sent");
        ensure!(ids.insert(client_id, message_id(message)).is_none(), "{client_id} is there twice");
        ensure!(seq(message) == last + 1, "after seq {last} comes {}", seq(message));
        last = seq(message);
    }
    for (client_id, id) in acknowledged {
        ensure!(ids.get(client_id.as_str()) == Some(id), "{client_id} was acknowledged as {id}");
    }
    Ok(())
}

fn count(acknowledged: &Acknowledged) -> usize {
    acknowledged.lock().unwrap_or_else(PoisonError::into_inner).len()
}

fn seq(message: &Value) -> i64 {
    message["seq"].as_i64().unwrap_or_default()
}
