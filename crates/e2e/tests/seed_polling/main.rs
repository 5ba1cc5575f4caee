//! What a client of the polling system relies on, row by row of the contract (S2).

mod pages;
mod polls;

use anyhow::{Context, Result, ensure};
use e2e::{Body, Person, Server, message_id};
use reqwest::{Response, StatusCode, header};
use serde_json::Value;

fn location(answer: &Response) -> &str {
    answer.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default()
}

#[tokio::test]
async fn s2_1_one_signs_in_by_cookie_and_strangers_are_led_or_refused() -> Result<()> {
    let server = Server::start()?;
    let (ada, stranger) = (Person::sign_up(&server, "ada").await?, Person::stranger(&server)?);
    for path in ["/rooms/", "/rooms/general/", "/rooms/general"] {
        let led = stranger.get(path).await?;
        ensure!(led.status().is_redirection() && location(&led).starts_with("/login/?next="), "{path}");
    }
    for room in ["general", "no-such-room"] {
        let refused = stranger.get(&format!("/rooms/{room}/messages/")).await?;
        ensure!(refused.status() == StatusCode::FORBIDDEN, "{room}: {}", refused.status());
        let body = refused.text().await?;
        ensure!(body == r#"{"detail":"Authentication credentials were not provided."}"#, "{body}");
        let refused = stranger.get(&format!("/api/rooms/{room}/messages/")).await?;
        ensure!(refused.status() == StatusCode::UNAUTHORIZED);
        ensure!(refused.headers()[header::WWW_AUTHENTICATE] == "Token");
    }
    ensure!(ada.cookie()?.contains("sessionid="));
    let again = Person::log_in(&server, "ada").await?;
    ensure!(again.get("/rooms/").await?.status().is_success());
    again.submit("/logout/", &[]).await?;
    ensure!(again.get("/rooms/").await?.status().is_redirection());
    ensure!(ada.get("/rooms/").await?.status().is_success(), "another session of hers is open");
    Ok(())
}

#[tokio::test]
async fn s2_1_reading_a_public_room_does_not_join_it_and_the_first_post_does() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let members = async |person: &Person| {
        anyhow::Ok(person.json("/api/rooms/general/members/").await?["total"].clone())
    };
    ada.get("/rooms/general/").await?;
    ensure!(members(&ada).await? == 1, "the server's own bot");
    ada.post("general", "hello", "one").await?;
    ensure!(members(&ada).await? == 2);
    Ok(())
}

#[tokio::test]
async fn s2_6_posting_answers_with_the_message_and_refuses_blank_long_and_foreign_posts() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let path = "/rooms/general/messages/create/";
    let said: Value = ada.submit(path, &[("content", "hello")]).await?.json().await?;
    ensure!(said["content"] == "hello" && message_id(&said) > 0, "{said}");
    let long = "x".repeat(10_001);
    for content in ["", "   ", &long] {
        let refused = ada.submit(path, &[("content", content)]).await?;
        ensure!(refused.status() == StatusCode::BAD_REQUEST);
        ensure!(refused.json::<Value>().await?["detail"].is_string());
    }
    ensure!(ada.submit(path, &[("content", &long[1..])]).await?.status().is_success());
    let foreign = reqwest::Client::new().post(format!("{}{path}", server.url()));
    let foreign = foreign.header("Cookie", ada.cookie()?).header("Origin", "http://evil.example");
    ensure!(foreign.form(&[("content", "in her name")]).send().await?.status() == StatusCode::FORBIDDEN);
    ensure!(ada.messages("general").await?.len() == 2);
    Ok(())
}

#[tokio::test]
async fn s2_9_and_s2_10_the_rest_form_posts_and_pages_back() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let mut ids = Vec::new();
    for number in 0..6 {
        ids.push(message_id(&ada.post("general", "hello", &number.to_string()).await?));
    }
    let page = ada.json(&format!("/api/rooms/general/messages/?before={}&limit=2", ids[4])).await?;
    let older: Vec<i64> = page["messages"].as_array().context("messages")?.iter().map(message_id).collect();
    ensure!(older == ids[2..4], "{older:?} of {ids:?}");
    let after: Vec<i64> = ada.messages_after("general", ids[3]).await?.iter().map(message_id).collect();
    ensure!(after == ids[4..], "{after:?}");
    Ok(())
}

#[tokio::test]
async fn s2_11_what_the_polling_system_wished_for_is_there_push_presence_typing_pages_and_a_container()
-> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    for number in 0..3 {
        ada.post("general", &format!("line {number}"), &number.to_string()).await?;
    }
    bob.post("general", "hello", "hello").await?;
    let mut his = bob.events("general", &bob.cursor("general").await?).await?;
    let mut hers = ada.socket().await?;
    hers.subscribe("general", &ada.cursor("general").await?).await?;
    hers.send(serde_json::json!({ "type": "typing", "room": "general" })).await?;
    hers.send(
        serde_json::json!({ "type": "post", "room": "general", "content": "pushed", "client_id": "p" }),
    )
    .await?;
    let (mut typing, mut presence, mut pushed) = (false, false, false);
    while !(typing && presence && pushed) {
        let event = e2e::within("typing, presence and the message", his.next()).await??;
        let event = event.context("the stream stays")?.data;
        typing |= event["type"] == "typing" && event["name"] == "ada";
        presence |= event["type"] == "presence" && event["counts"]["here"] == 2;
        pushed |= event["events"][0]["message"]["content"] == "pushed";
    }
    let all: Vec<i64> = ada.messages("general").await?.iter().map(message_id).collect();
    let older = ada.json(&format!("/api/rooms/general/messages/?before={}&limit=2", all[4])).await?;
    let older: Vec<i64> = older["messages"].as_array().context("a page")?.iter().map(message_id).collect();
    ensure!(older == all[2..4], "{older:?} before the last of {all:?}");
    let file = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Containerfile"))?;
    ensure!(
        file.contains("\nUSER tertulia\n") && file.contains("\nHEALTHCHECK "),
        "without root, and looked after"
    );
    Ok(())
}

#[tokio::test]
async fn s2_1_the_old_clients_form_signs_in_with_its_token_and_is_led_where_it_wanted() -> Result<()> {
    let server = Server::start()?;
    Person::sign_up(&server, "ada").await?;
    for path in ["/login/", "/accounts/login/"] {
        let browser = Person::stranger(&server)?;
        let page = browser.get(&format!("{path}?next=/rooms/general/")).await?;
        ensure!(page.status().is_success());
        ensure!(page.text().await?.contains("value=\"/rooms/general/\""), "the form takes it along");
        let cookie = browser.cookie()?;
        let token = cookie.split("; ").find_map(|pair| pair.strip_prefix("csrftoken=")).context("a token")?;
        let fields = [
            ("csrfmiddlewaretoken", token),
            ("username", "ada"),
            ("password", "a tertulia of friends"),
            ("next", "/rooms/general/"),
        ];
        let led = browser.submit(path, &fields).await?;
        ensure!(led.status().is_redirection() && location(&led) == "/rooms/general/", "{}", location(&led));
        let fields = [("csrfmiddlewaretoken", token), ("content", "hello")];
        let said = browser.submit("/rooms/general/messages/create/", &fields).await?;
        ensure!(said.status().is_success());
        ensure!(
            browser.submit("/logout/", &[("csrfmiddlewaretoken", token)]).await?.status().is_redirection()
        );
        ensure!(location(&browser.get("/rooms/").await?).starts_with("/login/?next="));
    }
    Ok(())
}

#[tokio::test]
async fn s2_6_a_message_of_the_greatest_length_is_taken_in_every_form_of_body() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let path = "/rooms/general/messages/create/";
    let longest = "é".repeat(10_000);
    let json = ada.ask("POST", path, Some(Body::Json(serde_json::json!({ "content": longest })))).await?;
    let form = ada.submit(path, &[("content", &longest)]).await?;
    for answer in [json, form] {
        ensure!(answer.status().is_success(), "{}", answer.status());
        ensure!(answer.json::<Value>().await?["content"] == longest);
    }
    Ok(())
}

#[tokio::test]
async fn s2_1_the_old_clients_script_posts_with_its_token_in_a_header() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    ada.get("/rooms/general/").await?;
    let cookie = ada.cookie()?;
    let token = cookie.split("; ").find_map(|pair| pair.strip_prefix("csrftoken=")).context("a token")?;
    let url = format!("{}/rooms/general/messages/create/", server.url());
    let post = async |origin: &str, token: &str| {
        let request = reqwest::Client::new().post(&url).header("Cookie", &cookie).header("Origin", origin);
        let request = request.header("X-CSRFToken", token).header("X-Requested-With", "XMLHttpRequest");
        anyhow::Ok(request.form(&[("content", "hello")]).send().await?.status())
    };
    ensure!(post(&server.url(), token).await? == StatusCode::OK);
    ensure!(
        post("http://evil.example", token).await? == StatusCode::FORBIDDEN,
        "no token opens it to others"
    );
    ensure!(ada.messages("general").await?.len() == 1);
    Ok(())
}
