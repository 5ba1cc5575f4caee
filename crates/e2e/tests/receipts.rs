//! Sent, delivered, read (S4.6): what becomes of a message, for its author alone, on every transport.

use anyhow::{Context, Result, ensure};
use e2e::{
    Body, Options, Outage, Person, Postgres, Redis, Server, Socket, StreamedPage, message_id, until, within,
};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// Ada and others in one room between them; its address.
async fn circle(by: &Person, names: &[&str]) -> Result<String> {
    let answer = by.ask("POST", "/api/directs/", Some(Body::Json(json!({ "username": names })))).await?;
    let room: Value = answer.json().await?;
    Ok(room["slug"].as_str().context("a room has an address")?.to_owned())
}

fn path(room: &str, message: i64) -> String {
    format!("/api/rooms/{room}/messages/{message}/receipts/")
}

async fn put(who: &Person, room: &str, what: &str, id: i64) -> Result<()> {
    let answer =
        who.ask("PUT", &format!("/api/rooms/{room}/{what}/"), Some(Body::Json(json!({ "id": id })))).await?;
    ensure!(answer.status() == StatusCode::NO_CONTENT, "{}", answer.text().await?);
    Ok(())
}

/// Waits until a message has come so far.
async fn comes(author: &Person, room: &str, message: i64, state: &str) -> Result<Value> {
    let path = path(room, message);
    until(&format!("a message that is {state}"), || async {
        author.json(&path).await.ok().filter(|receipt| receipt["state"] == state)
    })
    .await
}

/// The style by which a streamed page that holds a message says that it was read.
fn style_of(page: &StreamedPage, message: i64) -> Result<String> {
    let html = page.html();
    let (before, _) = html.split_once(&format!("id=\"m{message}\"")).context("the message is there")?;
    let chunk =
        before.rsplit("id=\"c").next().and_then(|rest| rest.split('"').next()).context("in a chunk")?;
    Ok(format!("#c{chunk} .sent.all>.was-read{{display:flex}}"))
}

/// A socket that hears of a room.
async fn listening(who: &Person, room: &str) -> Result<Socket> {
    let mut socket = who.socket().await?;
    socket.subscribe(room, "").await?;
    Ok(socket)
}

#[tokio::test]
async fn s4_6_a_message_is_sent_then_delivered_then_read() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let room = circle(&ada, &["bob"]).await?;
    let mut hers = listening(&ada, &room).await?;
    let mut his = listening(&bob, &room).await?;
    let id = message_id(&ada.post(&room, "are you there?", "one").await?);
    let receipt = ada.json(&path(&room, id)).await?;
    ensure!(receipt["state"] == "sent" && receipt["words"] == "Sent", "{receipt}");
    his.next_of("events").await?;
    his.send(json!({ "type": "delivered", "room": room, "id": id })).await?;
    let told = hers.next_of("receipt").await?;
    ensure!(told["delivered"] == id && told["read"] == 0, "{told}");
    let receipt = comes(&ada, &room, id, "delivered").await?;
    ensure!(receipt["delivered"] == 1 && receipt["read"] == 0, "{receipt}");
    his.send(json!({ "type": "read", "room": room, "id": id })).await?;
    let told = hers.next_of("receipt").await?;
    ensure!(told["read"] == id && told["person"] == bob.json("/api/me/").await?["id"], "{told}");
    let receipt = comes(&ada, &room, id, "read").await?;
    ensure!(
        receipt["each"][0]["person"]["username"] == "bob" && receipt["each"][0]["state"] == "read",
        "{receipt}"
    );
    Ok(())
}

#[tokio::test]
async fn s4_6_only_the_author_is_told_and_a_stranger_knows_of_nothing() -> Result<()> {
    let server = Server::start()?;
    let mut people = Vec::new();
    for name in ["ada", "bob", "cleo", "dan"] {
        people.push(Person::sign_up(&server, name).await?);
    }
    let [ada, bob, cleo, dan] = people.as_slice() else { unreachable!() };
    let room = circle(ada, &["bob", "cleo"]).await?;
    let (mut hers, mut other) = (listening(ada, &room).await?, listening(cleo, &room).await?);
    let id = message_id(&ada.post(&room, "who reads this?", "one").await?);
    put(bob, &room, "read", id).await?;
    ensure!(hers.next_of("receipt").await?["read"] == id, "ada is told");
    // What cleo hears next is what bob says afterwards: nothing of his reading comes before it.
    bob.post(&room, "I did", "two").await?;
    loop {
        let frame: Value = within("what bob says", other.next()).await??;
        ensure!(frame["type"] != "receipt" && frame["type"] != "receipts", "cleo is told: {frame}");
        if frame["events"][0]["message"]["content"] == "I did" {
            break;
        }
    }
    ensure!(cleo.get(&path(&room, id)).await?.status() == StatusCode::FORBIDDEN);
    ensure!(cleo.json(&format!("/api/rooms/{room}/receipts/")).await?["receipts"] == json!([]));
    let page = cleo.get(&format!("/rooms/{room}/messages/{id}/receipts/")).await?;
    ensure!(page.status() == StatusCode::FORBIDDEN);
    for at in [
        path(&room, id),
        format!("/api/rooms/{room}/receipts/"),
        format!("/rooms/{room}/messages/{id}/receipts/"),
    ] {
        let (hidden, none) = (dan.get(&at).await?, dan.get(&at.replace(&room, "nowhere")).await?);
        ensure!(hidden.status() == StatusCode::NOT_FOUND && none.status() == StatusCode::NOT_FOUND, "{at}");
    }
    ensure!(Person::stranger(&server)?.get(&path(&room, id)).await?.status() == StatusCode::UNAUTHORIZED);
    let receipt = ada.json(&path(&room, id)).await?;
    ensure!(
        receipt["words"] == "Read by bob" && receipt["state"] == "sent",
        "not as far as with the last: {receipt}"
    );
    Ok(())
}

#[tokio::test]
async fn s4_6_every_transport_says_what_it_took_and_tells_the_author() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let room = circle(&ada, &["bob"]).await?;
    let mut events = ada.events(&room, &ada.cursor(&room).await?).await?;
    let say = async |text: &str| Ok::<i64, anyhow::Error>(message_id(&ada.post(&room, text, text).await?));
    let polled = say("to a client that polls").await?;
    bob.messages_after(&room, polled).await?;
    comes(&ada, &room, polled, "delivered").await?;
    let event = within("a sign", async {
        loop {
            let event = events.next().await?.context("the events ended")?;
            if event.kind == "sign" && event.data["type"] == "receipt" {
                return Ok::<_, anyhow::Error>(event);
            }
        }
    })
    .await??;
    ensure!(event.data["delivered"] == polled, "{:?}", event.data);
    let heard = say("to a client of events").await?;
    put(&bob, &room, "delivered", heard).await?;
    comes(&ada, &room, heard, "delivered").await?;
    let page = say("to a browser").await?;
    bob.get(&format!("/rooms/{room}/")).await?;
    comes(&ada, &room, page, "read").await?;
    let mut stream = StreamedPage::open(&bob, &room).await?;
    let streamed = say("to a browser without scripts").await?;
    stream.until_html("without scripts").await?;
    comes(&ada, &room, streamed, "read").await?;
    Ok(())
}

#[tokio::test]
async fn s4_6_the_authors_page_shows_it_with_and_without_scripts() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let room = circle(&ada, &["bob"]).await?;
    let id = message_id(&ada.post(&room, "hello", "one").await?);
    let mut stream = StreamedPage::open(&ada, &room).await?;
    stream.until_html(".was-sent{display:flex}").await?;
    let shown =
        async |who: &Person| Ok::<_, anyhow::Error>(who.get(&format!("/rooms/{room}/")).await?.text().await?);
    ensure!(shown(&ada).await?.contains("class=\"sent was-sent\""));
    put(&bob, &room, "delivered", id).await?;
    stream.until_html(".was-delivered{display:flex}").await?;
    ensure!(shown(&ada).await?.contains("class=\"sent was-delivered\""));
    put(&bob, &room, "read", id).await?;
    stream.until_html(".was-read{display:flex}").await?;
    ensure!(shown(&ada).await?.contains("class=\"sent was-read\""));
    ensure!(!shown(&bob).await?.contains("was-read"), "it is not his");
    let page = ada.get(&format!("/rooms/{room}/messages/{id}/receipts/")).await?.text().await?;
    ensure!(page.contains("What has become of it") && page.contains("<span>Read</span>"), "{page}");
    Ok(())
}

#[tokio::test]
async fn s4_6_whoever_answers_has_read_and_the_author_is_told() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let room = circle(&ada, &["bob"]).await?;
    let mut hers = listening(&ada, &room).await?;
    let mut stream = StreamedPage::open(&ada, &room).await?;
    let id = message_id(&ada.post(&room, "tea?", "one").await?);
    bob.post(&room, "yes", "two").await?;
    ensure!(hers.next_of("receipt").await?["read"] == id);
    stream.until_html(&format!("id=\"m{id}\"")).await?;
    stream.until_html(&style_of(&stream, id)?).await?;
    Ok(())
}

#[tokio::test]
async fn s4_6_in_a_larger_room_readers_are_counted_and_not_named() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let mut people = Vec::new();
    for n in 0..20 {
        let person = Person::sign_up(&server, &format!("person{n}")).await?;
        ensure!(person.ask("POST", "/api/rooms/general/join/", None).await?.status().is_success());
        people.push(person);
    }
    let id = message_id(&ada.post("general", "hello all", "one").await?);
    let mut hers = listening(&ada, "general").await?;
    for person in &people[..3] {
        put(person, "general", "read", id).await?;
    }
    let told = hers.next_of("receipts").await?;
    ensure!(told["person"].is_null(), "{told}");
    let receipt = until("three readers", || async {
        ada.json(&path("general", id)).await.ok().filter(|receipt| receipt["read"] == 3)
    })
    .await?;
    ensure!(receipt["words"] == "Read by 3 of 20" && receipt["each"].is_null(), "{receipt}");
    ensure!(receipt["state"] == "delivered", "{receipt}");
    Ok(())
}

#[tokio::test]
async fn s4_6_what_was_read_on_the_phone_is_read_on_the_laptop() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let phone = Person::log_in(&server, "bob").await?;
    let room = circle(&ada, &["bob"]).await?;
    let mut laptop = bob.socket().await?;
    laptop.send(json!({ "type": "subscribe", "lane": "me" })).await?;
    laptop.next_of("subscribed").await?;
    let mut events = bob.own_events().await?;
    let id = message_id(&ada.post(&room, "hello", "one").await?);
    let unread = async |who: &Person| {
        let rooms = who.json("/api/rooms/").await?;
        let line = rooms["rooms"]
            .as_array()
            .and_then(|all| all.iter().find(|line| line["slug"] == room.as_str()).cloned());
        Ok::<_, anyhow::Error>(line.unwrap_or_default()["unread"].clone())
    };
    ensure!(laptop.next_of("news").await?["last"] == id, "the badge comes");
    ensure!(unread(&bob).await? == 1);
    let mut socket = phone.socket().await?;
    socket.send(json!({ "type": "read", "room": room, "id": id })).await?;
    let frame = laptop.next_of("events").await?;
    ensure!(frame["events"][0]["reading"]["last_read"] == id, "and goes: {frame}");
    within("the same as an event", async {
        loop {
            let event = events.next().await?.context("the events ended")?;
            if event.kind == "events" && event.data["events"][0]["reading"]["last_read"] == id {
                return Ok::<_, anyhow::Error>(());
            }
        }
    })
    .await??;
    ensure!(unread(&bob).await? == 0 && unread(&phone).await? == 0);
    Ok(())
}

/// Marks are gathered for a second before they are written; whoever looks in between has read what they have read.
#[tokio::test]
async fn s4_8_what_was_read_a_moment_ago_is_no_news_and_what_came_since_is() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let room = circle(&ada, &["bob"]).await?;
    let mut his = bob.socket().await?;
    for nth in 1..=5 {
        let read = message_id(&ada.post(&room, "read", &format!("read {nth}")).await?);
        his.send(json!({ "type": "read", "room": room, "id": read })).await?;
        his.send(json!({ "type": "ping" })).await?;
        his.next_of("pong").await?;
        let settings = bob.get("/settings/").await?.text().await?;
        ensure!(settings.contains("<title>Settings"), "he has read all of it");
        let since = message_id(&ada.post(&room, "since", &format!("since {nth}")).await?);
        let page = bob.get(&format!("/rooms/{room}/")).await?.text().await?;
        let (old, new) = page.split_once("New since").context("something is new")?;
        ensure!(old.contains(&format!("id=\"m{read}\"")), "what he read stands above the mark");
        ensure!(new.contains(&format!("id=\"m{since}\"")), "what came since stands under it");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_6_between_two_processes_marks_travel_with_the_relay_and_without() -> Result<()> {
    let (postgres, mut redis) = (Postgres::start()?, Redis::start()?);
    let options = || Options::default().set("DATABASE_URL", &postgres.url()).set("RELAY_URL", &redis.url());
    let (here, there) = (Server::start_with(options())?, Server::start_with(options())?);
    let (ada, bob) = (Person::sign_up(&here, "ada").await?, Person::sign_up(&there, "bob").await?);
    let room = circle(&ada, &["bob"]).await?;
    let mut hers = listening(&ada, &room).await?;
    let mut stream = StreamedPage::open(&ada, &room).await?;
    let one = message_id(&ada.post(&room, "one", "one").await?);
    let mut his = listening(&bob, &room).await?;
    his.send(json!({ "type": "read", "room": room, "id": one })).await?;
    ensure!(hers.next_of("receipt").await?["read"] == one);
    stream.until_html(&format!("id=\"m{one}\"")).await?;
    stream.until_html(&style_of(&stream, one)?).await?;
    redis.kill()?;
    let two = message_id(&ada.post(&room, "two", "two").await?);
    his.send(json!({ "type": "read", "room": room, "id": two })).await?;
    // Nobody passes it on; the comparison with the database says that there is something to ask for.
    while ada.json(&path(&room, two)).await?["state"] != "read" {
        hers.next_of("receipts").await?;
    }
    stream.until_html(&format!("id=\"m{two}\"")).await?;
    stream.until_html(&style_of(&stream, two)?).await?;
    Ok(())
}

#[tokio::test]
async fn s4_6_marks_that_were_gathered_are_kept_when_the_server_stops() -> Result<()> {
    let mut server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let room = circle(&ada, &["bob"]).await?;
    let id = message_id(&ada.post(&room, "hello", "one").await?);
    let mut his = listening(&bob, &room).await?;
    his.send(json!({ "type": "read", "room": room, "id": id })).await?;
    // An answer to what was sent later says that this was taken.
    his.send(json!({ "type": "ping" })).await?;
    his.next_of("pong").await?;
    server.stop()?;
    server.restart()?;
    let ada = Person::log_in(&server, "ada").await?;
    ensure!(ada.json(&path(&room, id)).await?["state"] == "read");
    Ok(())
}
