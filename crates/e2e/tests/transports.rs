//! Whatever way somebody listens, they hear every message once and in order.

use anyhow::{Result, ensure};
use e2e::{Options, Person, Reader, Server, Transport, message_id, within};
use serde_json::Value;
use std::time::Duration;

const WRITERS: usize = 8;
const MESSAGES: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn eight_write_and_everyone_hears_it_once_and_in_order_over_any_transport() -> Result<()> {
    use Transport::{Events, LongPoll, Poll, Socket};
    let server = Server::start()?;
    let mut writers = Vec::new();
    for name in ["ada", "bob", "cleo", "dan", "eva", "fay", "gil", "hal"] {
        writers.push(Person::sign_up(&server, name).await?);
    }
    let iris = Person::sign_up(&server, "iris").await?;
    let ways: [&[Transport]; 5] =
        [&[Poll], &[LongPoll], &[Events], &[Socket], &[Socket, Poll, Events, LongPoll]];
    let mut readers = Vec::new();
    for ways in ways {
        let reader = Reader::follow(&iris, "general", ways[0]).await?;
        readers.push(tokio::spawn(read(reader, ways)));
    }
    for (number, writer) in writers.iter().cloned().enumerate() {
        ensure!(number < WRITERS);
        tokio::spawn(write(writer));
    }
    let mut heard = Vec::new();
    for reader in readers {
        heard.push(reader.await??);
    }
    let stored = iris.messages("general").await?;
    ensure!(stored.len() == WRITERS * MESSAGES, "{} are stored", stored.len());
    for (heard, ways) in heard.iter().zip(ways) {
        ensure!(ids(heard) == ids(&stored), "over {ways:?} they heard something else:\n{:?}", ids(heard));
    }
    Ok(())
}

async fn write(person: Person) -> Result<()> {
    for number in 0..MESSAGES {
        let text = format!("{} {number}", person.name);
        person.post("general", &text, &text).await?;
    }
    Ok(())
}

/// Listens until all is heard, going from one transport to the next after every hundred messages.
async fn read(mut reader: Reader, ways: &[Transport]) -> Result<Vec<Value>> {
    let mut hundreds = 0;
    let all = async {
        while reader.heard.len() < WRITERS * MESSAGES {
            reader.listen().await?;
            if ways.len() > 1 && reader.heard.len() / 100 > hundreds {
                hundreds = reader.heard.len() / 100;
                reader.switch(ways[hundreds % ways.len()]).await?;
            }
        }
        Ok(reader.heard)
    };
    tokio::time::timeout(Duration::from_secs(120), all).await?
}

fn ids(messages: &[Value]) -> Vec<i64> {
    messages.iter().map(message_id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_holds_up_nobody_and_misses_nothing_when_they_read_on() -> Result<()> {
    const EACH: usize = 150;
    let server = Server::start_with(Options::default().set("POSTS_PER_MINUTE", "100000"))?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let mut deaf = Reader::follow(&bob, "general", Transport::Socket).await?;
    let mut honest = Reader::follow(&ada, "general", Transport::Socket).await?;
    // More, and more of it, than the lane and the system keep for a socket.
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let ada = ada.clone();
            tokio::spawn(async move {
                for number in 0..EACH {
                    let text = format!("{writer} {number} {}", "tell me more ".repeat(200));
                    ada.post("general", &text, &format!("{writer}-{number}")).await?;
                }
                anyhow::Ok(())
            })
        })
        .collect();
    while honest.heard.len() < WRITERS * EACH {
        within("a message", honest.listen()).await??;
    }
    for writer in writers {
        writer.await??;
    }
    ensure!(deaf.heard.is_empty(), "nothing was read yet");
    let mut most = 0;
    while deaf.heard.len() < WRITERS * EACH {
        let before = deaf.heard.len();
        within("a message", deaf.listen()).await??;
        most = most.max(deaf.heard.len() - before);
    }
    ensure!(ids(&deaf.heard) == ids(&honest.heard));
    ensure!(most > 1, "what waited came one by one: the server kept it all for one socket");
    Ok(())
}

#[tokio::test]
async fn bob_hears_on_his_socket_what_ada_posts_by_form_and_a_stranger_does_not() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let mut reader = Reader::follow(&bob, "general", Transport::Socket).await?;
    ada.submit("/rooms/general/", &[("content", "hello"), ("client_id", "one")]).await?;
    within("the message", async {
        while reader.heard.is_empty() {
            reader.listen().await?;
        }
        Ok::<_, anyhow::Error>(())
    })
    .await??;
    ensure!(reader.heard[0]["content"] == "hello");

    let mut stranger = Person::stranger(&server)?.socket().await?;
    ensure!(stranger.close_code().await? == 4401);
    Ok(())
}

#[tokio::test]
async fn a_page_of_another_site_gets_no_socket_in_adas_name() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let mut foreign =
        e2e::Socket::open_from("http://evil.example", &server.url(), "/ws", &ada.cookie()?).await?;
    ensure!(foreign.close_code().await? == 4401);
    let mut own = ada.socket().await?;
    own.next_of("hello").await?;
    Ok(())
}
