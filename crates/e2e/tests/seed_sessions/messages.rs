//! What is said in a chat session, and its history (S3.8, S3.9).

use crate::{Both, both, keys, on_both, texts};
use anyhow::{Context, Result, ensure};
use e2e::{Options, Postgres, Server, message_id, within};
use reqwest::{Client, StatusCode};
use serde_json::Value;

#[tokio::test]
async fn s3_8_a_message_is_posted_and_heard_on_every_transport() -> Result<()> {
    on_both(async |server| {
        let (ada, bob, eve) =
            (both(&server, "ada").await?, both(&server, "bob").await?, both(&server, "eve").await?);
        let uri = ada.start().await?;
        bob.join(&uri, "bob").await?;
        let mut seed = bob.browser.socket_at(&format!("/ws/chat/{uri}/")).await?;
        let mut socket = bob.program.socket().await?;
        socket.subscribe(&uri, &bob.program.cursor(&uri).await?).await?;
        let mut events = bob.program.events(&uri, &bob.program.cursor(&uri).await?).await?;
        ensure!(eve.browser.socket_at(&format!("/ws/chat/{uri}/")).await?.close_code().await? == 4404);
        let (status, posted) = ada.say(&uri, "Hello there").await?;
        ensure!(status == StatusCode::OK, "{posted}");
        ensure!(posted["status"] == "SUCCESS" && posted["uri"] == uri && posted["message"] == "Hello there");
        ensure!(posted["user"]["username"] == "ada", "{posted}");
        let heard: Value = within("what ada said", seed.next()).await??;
        ensure!(heard["message"] == "Hello there" && heard["username"] == "ada", "{heard}");
        ensure!(socket.next_of("events").await?.to_string().contains("Hello there"));
        within("the event", async {
            while let Some(event) = events.next().await? {
                if event.data.to_string().contains("Hello there") {
                    return Ok(());
                }
            }
            anyhow::bail!("the events ended")
        })
        .await??;
        ensure!(bob.browser.get(&format!("/rooms/{uri}/")).await?.text().await?.contains("Hello there"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn s3_8_a_message_has_so_many_characters_in_any_kind_of_body() -> Result<()> {
    let server = Server::start()?;
    let ada = both(&server, "ada").await?;
    let uri = ada.start().await?;
    let (status, _) = ada.say(&uri, &"é".repeat(2500)).await?;
    ensure!(status == StatusCode::OK);
    for (text, why) in [("é".repeat(2501), "2500"), (" \n ".into(), "at least one character")] {
        let (status, refused) = ada.say(&uri, &text).await?;
        ensure!(status == StatusCode::BAD_REQUEST, "{status}");
        ensure!(refused["detail"].as_str().is_some_and(|detail| detail.contains(why)), "{refused}");
    }
    let path = format!("/api/chats/{uri}/messages");
    let (status, missing) = ada.call("POST", &path, &[]).await?;
    ensure!(status == StatusCode::BAD_REQUEST && missing["errors"]["message"].is_array(), "{missing}");
    let address = format!("{}{path}", server.url());
    let request = || Client::new().post(&address).header("Authorization", format!("Token {}", ada.token));
    let multipart =
        "--edge\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\nin parts\r\n--edge--\r\n";
    let bodies = [
        ("application/json", r#"{"message": "as json"}"#, StatusCode::OK),
        ("multipart/form-data; boundary=edge", multipart, StatusCode::OK),
        ("application/json", r#"{"message": "#, StatusCode::BAD_REQUEST),
        ("text/plain", "message=no", StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ];
    for (kind, body, status) in bodies {
        let answer = request().header("Content-Type", kind).body(body).send().await?;
        ensure!(answer.status() == status, "{kind}: {}", answer.status());
    }
    let (_, history) = ada.history(&uri).await?;
    ensure!(texts(&history)[1..] == ["as json", "in parts"], "{history}");
    for (body, status) in [("one", StatusCode::OK), ("one", StatusCode::OK), ("two", StatusCode::CONFLICT)] {
        let answer = request().header("Idempotency-Key", "k").form(&[("message", body)]).send().await?;
        ensure!(answer.status() == status, "{body}: {}", answer.status());
    }
    let (_, history) = ada.history(&uri).await?;
    ensure!(texts(&history).iter().filter(|text| **text == "one").count() == 1, "posted once: {history}");
    Ok(())
}

#[tokio::test]
async fn s3_9_the_history_is_told_oldest_first_and_without_what_was_deleted() -> Result<()> {
    on_both(async |server| {
        let (ada, bob) = (both(&server, "ada").await?, both(&server, "bob").await?);
        let uri = ada.start().await?;
        bob.join(&uri, "bob").await?;
        for (who, text) in [(&ada, "Hello there"), (&bob, "a slip"), (&bob, "Ohh hey there")] {
            who.say(&uri, text).await?;
        }
        let room = bob.program.json(&format!("/api/rooms/{uri}/")).await?;
        ensure!(room["kind"] == "session" && room["slug"] == uri, "{room}");
        let said = bob.program.messages(&uri).await?;
        bob.call("DELETE", &format!("/api/rooms/{uri}/messages/{}/", message_id(&said[1])), &[]).await?;
        for who in [&ada, &bob] {
            let (status, history) = who.history(&uri).await?;
            ensure!(status == StatusCode::OK && history["id"].is_i64() && history["uri"] == uri, "{history}");
            ensure!(texts(&history) == ["Hello there", "Ohh hey there"], "{history}");
            ensure!(history["messages"][0]["user"]["username"] == "ada", "{history}");
            ensure!(keys(&history["messages"][0]["user"]).len() == 5, "{history}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn s3_9_above_ten_thousand_the_newest_come_with_a_link_to_those_before() -> Result<()> {
    let server = Server::start_with(Options::default().set("POSTS_PER_MINUTE", "1000000"))?;
    let ada = both(&server, "ada").await?;
    let uri = ada.start().await?;
    let mut sending = tokio::task::JoinSet::new();
    for n in 0..10_003 {
        let (program, uri) = (ada.program.clone(), uri.clone());
        sending
            .spawn(async move { program.post(&uri, &format!("line {n}"), &format!("{n}")).await.map(drop) });
        if sending.len() >= 64 {
            sending.join_next().await.context("one is sent")???;
        }
    }
    while let Some(sent) = sending.join_next().await {
        sent??;
    }
    let path = format!("/api/chats/{uri}/messages/");
    let newest = ada.program.get(&path).await?;
    let link = newest.headers()["link"].to_str()?.to_owned();
    let newest: Value = newest.json().await?;
    ensure!(newest["messages"].as_array().map(Vec::len) == Some(10_000));
    let before =
        link.strip_prefix('<').and_then(|rest| rest.strip_suffix(">; rel=\"prev\"")).context(link.clone())?;
    let older = ada.program.get(before).await?;
    ensure!(!older.headers().contains_key("link"), "there is nothing before");
    let older: Value = older.json().await?;
    ensure!(older["messages"].as_array().map(Vec::len) == Some(3));
    let ids = |page: &Value| -> Vec<i64> {
        page["messages"].as_array().into_iter().flatten().map(message_id).collect()
    };
    let all = [ids(&older), ids(&newest)].concat();
    ensure!(all.is_sorted_by(|one, next| one < next) && all.len() == 10_003);
    Ok(())
}

/// How many statements a database was asked for one reading of a session: the server does things of its own now and then, so the
/// least of some readings.
async fn statements(postgres: &Postgres, who: &Both, uri: &str, messages: usize) -> Result<u64> {
    let mut least = u64::MAX;
    for _ in 0..10 {
        postgres.list("SELECT pg_stat_statements_reset()")?;
        let (_, history) = who.history(uri).await?;
        ensure!(texts(&history).len() == messages, "{}", texts(&history).len());
        let asked = "SELECT sum(calls) FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'";
        let asked = postgres.list(asked)?.pop().context("a sum")?;
        least = least.min(asked.parse().with_context(|| format!("a sum: {asked:?}"))?);
    }
    Ok(least)
}

#[tokio::test]
async fn s3_9_a_thousand_messages_take_as_many_queries_as_ten() -> Result<()> {
    let mut postgres = Postgres::start()?;
    postgres.execute("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")?;
    postgres.restart()?;
    postgres.execute("CREATE EXTENSION pg_stat_statements")?;
    let settings = Options::default().set("POSTS_PER_MINUTE", "1000000");
    let server = Server::start_with(settings.set("DATABASE_URL", &postgres.url()))?;
    let (ada, bob) = (both(&server, "ada").await?, both(&server, "bob").await?);
    let uri = ada.start().await?;
    bob.join(&uri, "bob").await?;
    let mut asked = Vec::new();
    let mut said = 0;
    for messages in [10, 1_000] {
        while said < messages {
            let who = if said % 2 == 0 { &ada } else { &bob };
            who.program.post(&uri, &format!("line {said}"), &said.to_string()).await?;
            said += 1;
        }
        asked.push(statements(&postgres, &bob, &uri, messages).await?);
    }
    ensure!(asked[0] == asked[1] && asked[0] < 10, "{asked:?} queries");
    Ok(())
}
