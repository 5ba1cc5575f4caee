//! What a client of the chatbot over WebSocket relies on, row by row of the contract (S1).

use anyhow::{Result, ensure};
use e2e::{Options, Person, Server, Socket, within};
use reqwest::{Client, StatusCode, redirect::Policy};
use serde_json::{Value, json};

/// Asks, and gives the next frame.
async fn ask(socket: &mut Socket, text: &str) -> Result<Value> {
    socket.send(json!({ "message": text })).await?;
    next(socket).await
}

async fn next(socket: &mut Socket) -> Result<Value> {
    within("a frame of the bot", socket.next()).await?
}

#[tokio::test]
async fn s1_1_both_addresses_are_the_bots_socket_for_guests_too_and_the_page_is_where_it_was() -> Result<()> {
    let server = Server::start()?;
    let (gita, ada) = (Person::stranger(&server)?, Person::sign_up(&server, "ada").await?);
    for path in ["/ws/chat/", "/chat/", "/ws/chat", "/chat"] {
        for who in [&gita, &ada] {
            let said = ask(&mut who.socket_at(path).await?, "hello").await?;
            ensure!(said["message"].as_str().is_some_and(|text| !text.is_empty()), "{path}: {said}");
        }
    }
    let bare = Client::builder().redirect(Policy::none()).build()?;
    for (cookie, status) in [(String::new(), StatusCode::SEE_OTHER), (ada.cookie()?, StatusCode::OK)] {
        let page = bare.get(format!("{}/chat/", server.url())).header("Cookie", cookie).send().await?;
        let vary = page.headers().get("vary").map(|vary| vary.as_bytes().to_ascii_lowercase());
        ensure!(page.status() == status && vary.as_deref() == Some(b"upgrade"), "{page:?}");
    }
    let other = Socket::open_from("https://evil.example", &server.url(), "/ws/chat/", &ada.cookie()?).await;
    ensure!(other?.close_code().await? == 4401, "a page of another site is not let in");
    Ok(())
}

#[tokio::test]
async fn s1_1_a_guest_on_the_socket_has_the_limits_of_the_page() -> Result<()> {
    let server = Server::start_with(Options::default().set("GUEST_POSTS_PER_MINUTE", "3"))?;
    let gita = Person::stranger(&server)?;
    ensure!(gita.submit("/", &[("message", "hello")]).await?.status() == StatusCode::SEE_OTHER);
    let mut socket = gita.socket_at("/ws/chat/").await?;
    for _ in 0..2 {
        ensure!(ask(&mut socket, "hello").await?.get("message").is_some());
    }
    let refused = ask(&mut socket, "hello").await?;
    let text = refused["error"].as_str().unwrap_or_default();
    ensure!(text.contains("more than 3 messages within a minute"), "{refused}");
    ensure!(refused["retry_after"].as_u64().is_some_and(|after| (1..=60).contains(&after)), "{refused}");
    ensure!(gita.submit("/", &[("message", "hello")]).await?.status() == StatusCode::TOO_MANY_REQUESTS);
    let mut hers = Person::sign_up(&server, "ada").await?.socket_at("/ws/chat/").await?;
    ensure!(
        ask(&mut hers, "hello").await?.get("message").is_some(),
        "somebody signed in has limits of their own"
    );
    Ok(())
}

#[tokio::test]
async fn s1_2_a_reply_comes_whole_or_on_request_in_pieces_before_it_is_whole() -> Result<()> {
    let server = Server::start()?;
    let gita = Person::stranger(&server)?;
    let mut plain = gita.socket_at("/ws/chat/").await?;
    let said = ask(&mut plain, "what time is it").await?;
    ensure!(said["message"].as_str().is_some_and(|text| text.starts_with("It is ")), "{said}");
    ensure!(said.get("delta").is_none());
    let mut streamed = gita.socket_at("/chat/?stream=1").await?;
    streamed.send(json!({ "message": "what time is it" })).await?;
    let mut gathered = String::new();
    let whole = loop {
        let frame = next(&mut streamed).await?;
        match frame["delta"].as_str() {
            Some(delta) => gathered.push_str(delta),
            None => break frame,
        }
    };
    ensure!(!gathered.is_empty() && whole["message"] == gathered.as_str(), "{whole}");
    Ok(())
}

#[tokio::test]
async fn s1_2_several_messages_on_one_socket_are_a_conversation_and_another_socket_knows_nothing_of_it()
-> Result<()> {
    let server = Server::start()?;
    let gita = Person::stranger(&server)?;
    let (mut here, mut there) = (gita.socket_at("/ws/chat/").await?, gita.socket_at("/ws/chat/").await?);
    let joke = ask(&mut here, "tell me a joke").await?;
    let other = ask(&mut here, "another one").await?;
    ensure!(other["intent"] == "joke.another" && other["message"] != joke["message"], "{other}");
    ensure!(ask(&mut there, "another one").await?["intent"] != "joke.another");
    for text in ["hello", "roll 2d6", "what time is it"] {
        here.send(json!({ "message": text })).await?;
    }
    let mut intents = Vec::new();
    for _ in 0..3 {
        intents.push(next(&mut here).await?["intent"].as_str().unwrap_or_default().to_owned());
    }
    ensure!(
        intents == ["greeting", "dice", "time"],
        "answers come in the order of the questions: {intents:?}"
    );
    Ok(())
}

#[tokio::test]
async fn s1_3_the_reply_says_what_the_message_was_taken_for_and_how_surely() -> Result<()> {
    let server = Server::start()?;
    let mut socket = Person::stranger(&server)?.socket_at("/ws/chat/").await?;
    let known = ask(&mut socket, "good morning").await?;
    let confidence = known["confidence"].as_f64().unwrap_or(-1.0);
    ensure!(known["intent"] == "greeting" && (0.3..=1.0).contains(&confidence), "{known}");
    let unknown = ask(&mut socket, "the quarterly xylophone tariff of Liechtenstein").await?;
    let lower = unknown["confidence"].as_f64().unwrap_or(-1.0);
    ensure!(unknown["intent"] == "oos" && (0.0..confidence).contains(&lower), "{unknown}");
    Ok(())
}

#[tokio::test]
async fn s1_4_what_is_no_message_is_told_so_and_the_conversation_goes_on() -> Result<()> {
    let server = Server::start()?;
    let mut socket = Person::stranger(&server)?.socket_at("/ws/chat/").await?;
    for broken in ["", "no JSON", "{", "[]", "17", "null", "{}", r#"{"text":"x"}"#, r#"{"message":7}"#] {
        socket.send_text(broken.as_bytes()).await?;
        let refused = next(&mut socket).await?;
        ensure!(refused["error"].as_str().is_some_and(|why| why.contains("message")), "{broken}: {refused}");
    }
    for blank in ["", "   ", "\n\u{200b}"] {
        ensure!(ask(&mut socket, blank).await?["error"] == "A message needs at least one character.");
    }
    let long = ask(&mut socket, &"x".repeat(2_001)).await?;
    ensure!(long["error"] == "A message has at most 2000 characters.", "{long}");
    ensure!(ask(&mut socket, "hello").await?["intent"] == "greeting");
    Ok(())
}

#[tokio::test]
async fn s1_4_frames_that_cannot_be_taken_close_with_their_code_and_the_server_goes_on() -> Result<()> {
    let server = Server::start()?;
    let gita = Person::stranger(&server)?;
    for path in ["/ws/chat/", "/chat/"] {
        let mut binary = gita.socket_at(path).await?;
        binary.send_binary(b"{\"message\":\"hello\"}").await?;
        ensure!(binary.close_code().await? == 1003);
        let mut broken = gita.socket_at(path).await?;
        broken.send_text(b"{\"message\":\"\xff\xfe\"}").await?;
        ensure!(broken.close_code().await? == 1007);
        let mut large = gita.socket_at(path).await?;
        large.send(json!({ "message": "x".repeat(70_000) })).await?;
        ensure!(large.close_code().await? == 1009);
        let mut fine = gita.socket_at(path).await?;
        ensure!(ask(&mut fine, "hello").await?["intent"] == "greeting");
    }
    Ok(())
}

#[tokio::test]
async fn s1_4_a_flood_is_refused_and_then_closed_while_others_are_answered() -> Result<()> {
    let server = Server::start()?;
    let gita = Person::stranger(&server)?;
    let mut flood = gita.socket_at("/ws/chat/").await?;
    for nth in 0..200 {
        // The server may have closed it already; the code below says so.
        let _ = flood.send(json!({ "message": format!("hello {nth}") })).await;
    }
    ensure!(flood.close_code().await? == 1008);
    let ada = Person::sign_up(&server, "ada").await?;
    ensure!(ask(&mut ada.socket_at("/ws/chat/").await?, "hello").await?["intent"] == "greeting");
    Ok(())
}

#[tokio::test]
async fn s1_4_one_address_has_so_many_sockets_and_a_place_that_was_left_is_free_again() -> Result<()> {
    let server = Server::start()?;
    let gita = Person::stranger(&server)?;
    let mut open = Vec::new();
    for _ in 0..20 {
        let mut socket = gita.socket_at("/ws/chat/").await?;
        ensure!(ask(&mut socket, "").await?.get("error").is_some());
        open.push(socket);
    }
    ensure!(gita.socket_at("/ws/chat/").await?.close_code().await? == 1013);
    drop(open);
    e2e::until("a free place", || async {
        let mut socket = gita.socket_at("/ws/chat/").await.ok()?;
        ask(&mut socket, "").await.ok()?.get("error").map(|_| ())
    })
    .await
}

#[tokio::test]
async fn s1_4_who_signs_out_is_closed_and_when_the_server_stops_everyone_is_told() -> Result<()> {
    let mut server = Server::start()?;
    let (gita, ada) = (Person::stranger(&server)?, Person::sign_up(&server, "ada").await?);
    let (mut hers, mut guests) = (ada.socket_at("/ws/chat/").await?, gita.socket_at("/chat/").await?);
    ensure!(ask(&mut hers, "hello").await?.get("message").is_some());
    ada.submit("/logout/", &[]).await?;
    ensure!(hers.close_code().await? == 4401);
    ensure!(ask(&mut guests, "hello").await?.get("message").is_some(), "the guest has not signed out");
    let told = tokio::spawn(async move { guests.close_code().await });
    tokio::task::spawn_blocking(move || server.stop()).await??;
    ensure!(told.await?? == 1012);
    Ok(())
}
