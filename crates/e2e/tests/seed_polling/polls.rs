//! Asking again and again for what is new (S2.4, S2.5, S2.7).

use anyhow::{Context, Result, ensure};
use e2e::{Options, Person, Server, message_id, within};
use std::time::Duration;

#[tokio::test]
async fn s2_4_s2_5_and_s2_7_polling_sees_each_message_once_in_the_known_shape() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let mut last = 0;
    for number in 0..5 {
        let said = ada.post("general", &format!("number {number}"), &number.to_string()).await?;
        let page = ada.json(&format!("/rooms/general/messages/?after={last}")).await?;
        let messages = page["messages"].as_array().context("messages")?;
        ensure!(messages.len() == 1 && messages[0]["id"] == said["id"], "{page}");
        ensure!(messages[0]["content"] == format!("number {number}") && messages[0]["username"] == "ada");
        let date = messages[0]["date"].as_str().context("a date")?;
        ensure!(date.len() == 8 && date.split(':').all(|part| part.parse::<u8>().is_ok()), "{date}");
        last = message_id(&messages[0]);
    }
    let all = ada.json("/rooms/general/messages/").await?;
    ensure!(all["messages"].as_array().map(Vec::len) == Some(5));
    Ok(())
}

#[tokio::test]
async fn s2_5_the_date_is_the_time_of_day_in_the_servers_zone_and_what_was_deleted_is_left_out() -> Result<()>
{
    // Nine hours ahead of UTC, all year.
    let server = Server::start_with(Options::default().set("TIME_ZONE", "Asia/Tokyo"))?;
    let ada = Person::sign_up(&server, "ada").await?;
    let said = ada.post("general", "now", "now").await?;
    let (date, at) =
        (said["date"].as_str().context("a date")?, said["created_at"].as_str().context("a time")?);
    let hour = |text: &str| text.get(..2).and_then(|hour| hour.parse::<u8>().ok());
    let utc = hour(at.get(11..).context("a time of day")?).context("an hour")?;
    ensure!(hour(date) == Some((utc + 9) % 24) && date[2..] == at[13..19], "{date} in Tokyo at {at}");
    ada.post("general", "stays", "stays").await?;
    let gone = format!("/api/rooms/general/messages/{}/", message_id(&said));
    ensure!(ada.ask("DELETE", &gone, None).await?.status().is_success());
    let left = ada.json("/rooms/general/messages/?after=0").await?;
    let texts: Vec<&str> = left["messages"]
        .as_array()
        .context("messages")?
        .iter()
        .filter_map(|m| m["content"].as_str())
        .collect();
    ensure!(texts == ["stays"], "{texts:?}");
    Ok(())
}

/// What the script of the old page sees: it asks every two seconds for what came after the last id it has, until that brought
/// something so many times.
async fn polled(reader: &Person, times: usize) -> Result<Vec<i64>> {
    let mut pace = tokio::time::interval(Duration::from_millis(2000));
    let (mut last, mut seen, mut brought) = (0, Vec::new(), 0);
    while brought < times {
        pace.tick().await;
        let page = reader.json(&format!("/rooms/general/messages/?after={last}")).await?;
        let ids: Vec<i64> = page["messages"].as_array().context("messages")?.iter().map(message_id).collect();
        if let Some(newest) = ids.last() {
            (last, brought) = (*newest, brought + 1);
        }
        seen.extend(ids);
    }
    Ok(seen)
}

#[tokio::test]
async fn s2_7_whoever_polls_every_two_seconds_sees_each_message_once_while_others_write() -> Result<()> {
    let server = Server::start_with(Options::default().set("POSTS_PER_MINUTE", "1000000"))?;
    let reader = Person::sign_up(&server, "rita").await?;
    let mut writing = tokio::task::JoinSet::new();
    for name in ["ada", "bob", "cyd"] {
        let writer = Person::sign_up(&server, name).await?;
        let mut pace = tokio::time::interval(Duration::from_millis(40));
        writing.spawn(async move {
            for number in 0_usize.. {
                pace.tick().await;
                writer.post("general", &format!("{number} of {name}"), &number.to_string()).await?;
            }
            anyhow::Ok(())
        });
    }
    let seen = within("three polls that bring something", polled(&reader, 3)).await??;
    writing.shutdown().await;
    let all: Vec<i64> = reader.messages("general").await?.iter().map(message_id).collect();
    ensure!(all.starts_with(&seen), "each once and in order: {seen:?} of {all:?}");
    Ok(())
}
