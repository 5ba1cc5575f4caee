//! What a visitor of the page without JavaScript relies on, row by row of the contract (S0). What a provider does wrong is in
//! `seed_providers`.

mod history;

use anyhow::{Context, Result, ensure};
use e2e::{Body, Options, Person, Postgres, Server, until};
use reqwest::{Client, Response, StatusCode, header, redirect::Policy};

const KEY: &str = "a secret that two processes share";

/// The guest asks, and is led back to the page.
async fn ask(guest: &Person, text: &str) -> Result<()> {
    let answer = guest.submit("/", &[("message", text), ("form", &form_of(guest).await?)]).await?;
    let (status, to) = (answer.status(), header_of(&answer, "location").to_owned());
    ensure!(status == StatusCode::SEE_OTHER && to == "/", "{status} {to} {}", answer.text().await?);
    Ok(())
}

async fn page(guest: &Person) -> Result<String> {
    let answer = guest.get("/").await?;
    ensure!(answer.status() == StatusCode::OK, "{}", answer.status());
    Ok(answer.text().await?)
}

/// The number of the form that the page shows.
async fn form_of(guest: &Person) -> Result<String> {
    let page = page(guest).await?;
    let (_, rest) = page.split_once("name=\"form\" value=\"").context("the form has a number")?;
    Ok(rest.split('"').next().unwrap_or_default().to_owned())
}

fn header_of<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The lines that keep a guest's conversation.
fn kept(answer: &Response) -> Vec<String> {
    let lines = answer.headers().get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.filter(|line| line.contains("guest")).map(str::to_owned).collect()
}

/// What was said, by whom, oldest first.
fn turns(page: &str) -> Vec<(&str, &str)> {
    let turns = page.split("<div class=\"msg ").skip(1);
    turns.filter_map(|turn| turn.split_once('"')).collect()
}

#[tokio::test]
async fn s0_1_a_guest_gets_one_form_and_what_was_said_oldest_first() -> Result<()> {
    let server = Server::start()?;
    let gita = Person::stranger(&server)?;
    let empty = page(&gita).await?;
    ensure!(empty.matches("<form").count() == 1 && empty.contains("name=\"message\""), "{empty}");
    ensure!(turns(&empty).is_empty());
    ask(&gita, "hello").await?;
    ask(&gita, "roll 2d6").await?;
    let shown = page(&gita).await?;
    let roles: Vec<&str> = turns(&shown).iter().map(|(role, _)| *role).collect();
    ensure!(roles == ["user", "assistant", "user", "assistant"], "{roles:?}");
    ensure!(turns(&shown)[0].1.contains("hello") && turns(&shown)[2].1.contains("roll 2d6"));
    ensure!(turns(&shown)[3].1.contains("2d6"), "{}", turns(&shown)[3].1);
    ensure!(shown.matches("<form").count() == 1);
    Ok(())
}

#[tokio::test]
async fn s0_1_somebody_signed_in_gets_their_home_and_where_guests_are_not_wanted_one_signs_in() -> Result<()>
{
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    ensure!(header_of(&ada.get("/").await?, "location") == "/rooms/");
    let home = ada.get("/rooms/").await?.text().await?;
    ensure!(home.contains("Ask Tertulia") && home.contains("name=\"username\" value=\"tertulia\""), "{home}");
    let led = ada.submit("/directs/", &[("username", "tertulia")]).await?;
    let room = header_of(&led, "location").to_owned();
    ensure!(led.status() == StatusCode::SEE_OTHER && room.starts_with("/rooms/"), "{room}");
    ensure!(ada.get(&room).await?.status() == StatusCode::OK, "the same bot is one click away");
    let closed = Server::start_with(Options::default().set("GUESTS", "false"))?;
    let gita = Person::stranger(&closed)?;
    let answer = gita.get("/").await?;
    ensure!(answer.status() == StatusCode::SEE_OTHER && header_of(&answer, "location") == "/auth");
    ensure!(gita.submit("/", &[("message", "hello")]).await?.status() == StatusCode::METHOD_NOT_ALLOWED);
    ensure!(gita.socket_at("/ws/chat/").await?.close_code().await? == 4401);
    Ok(())
}

#[tokio::test]
async fn s0_1_what_administrators_make_of_the_bot_holds_for_guests() -> Result<()> {
    let server = Server::start()?;
    let (ada, gita) = (Person::sign_up(&server, "ada").await?, Person::stranger(&server)?);
    ensure!(page(&gita).await?.contains("Ask Tertulia"));
    let bots = ada.json("/api/bots/").await?;
    let id = bots["bots"][0]["id"].as_i64().context("there is a bot")?;
    let change = async |to: serde_json::Value| {
        let changed = ada.ask("PATCH", &format!("/api/bots/{id}/"), Some(Body::Json(to))).await?;
        ensure!(changed.status().is_success(), "{} {}", changed.status(), changed.text().await?);
        Ok(())
    };
    change(serde_json::json!({ "display_name": "Sereno" })).await?;
    until("the new name", || async { page(&gita).await.ok()?.contains("Ask Sereno").then_some(()) }).await?;
    change(serde_json::json!({ "is_active": false })).await?;
    until("a closed door", || async {
        (gita.get("/").await.ok()?.status() == StatusCode::SEE_OTHER).then_some(())
    })
    .await
}

#[tokio::test]
async fn s0_2_a_blank_message_gets_the_form_again_with_an_error_and_keeps_nothing() -> Result<()> {
    let server = Server::start()?;
    let gita = Person::stranger(&server)?;
    for blank in ["", "   ", "\r\n\t", "\u{200b}"] {
        let answer = gita.submit("/", &[("message", blank)]).await?;
        ensure!(answer.status() == StatusCode::BAD_REQUEST && kept(&answer).is_empty());
        let text = answer.text().await?;
        ensure!(text.contains("role=\"alert\"") && text.contains("A message needs at least one character."));
        ensure!(text.contains("<form") && turns(&text).is_empty());
    }
    let none = gita.ask("POST", "/", Some(Body::Form(Vec::new()))).await?;
    ensure!(none.status() == StatusCode::BAD_REQUEST);
    let long = "ñ".repeat(2_001);
    let refused = gita.submit("/", &[("message", &long)]).await?.text().await?;
    ensure!(refused.contains("at most 2000 characters") && refused.contains(&long));
    ask(&gita, &"ñ".repeat(2_000)).await?;
    ensure!(turns(&page(&gita).await?).len() == 2);
    Ok(())
}

#[tokio::test]
async fn s0_4_after_the_reply_one_is_led_to_the_page_and_reloading_it_posts_nothing() -> Result<()> {
    let server = Server::start()?;
    let gita = Person::stranger(&server)?;
    ask(&gita, "hello").await?;
    let first = page(&gita).await?;
    ensure!(turns(&first).len() == 2 && turns(&page(&gita).await?).len() == 2);
    let json = gita.ask("POST", "/", Some(Body::Json(serde_json::json!({ "message": "and JSON?" })))).await?;
    ensure!(json.status() == StatusCode::SEE_OTHER, "{}", json.status());
    ensure!(turns(&page(&gita).await?).len() == 4);
    Ok(())
}

#[tokio::test]
async fn s0_6_the_style_sheet_keeps_its_contract() -> Result<()> {
    let server = Server::start()?;
    let gita = Person::stranger(&server)?;
    ask(&gita, "hello").await?;
    let shown = page(&gita).await?;
    for class in ["class=\"chat-box\"", "class=\"msg user\"", "class=\"msg assistant\""] {
        ensure!(shown.contains(class), "{class}");
    }
    let (_, rest) = shown.split_once("rel=\"stylesheet\" href=\"").context("there is a style sheet")?;
    let sheet = gita.get(rest.split('"').next().unwrap_or_default()).await?;
    ensure!(header_of(&sheet, "cache-control") == "public, max-age=31536000, immutable");
    let sheet = sheet.text().await?;
    let (_, rule) = sheet.split_once(".chat-box {").context("the box has a rule")?;
    let rule = rule.split('}').next().unwrap_or_default();
    ensure!(rule.contains("max-height: 400px") && rule.contains("overflow-y: auto"), "{rule}");
    Ok(())
}

#[tokio::test]
async fn s0_7_there_is_no_script_and_other_sites_cannot_post() -> Result<()> {
    let server = Server::start()?;
    let gita = Person::stranger(&server)?;
    ask(&gita, "hello").await?;
    ensure!(!page(&gita).await?.to_lowercase().contains("<script"));
    let bare = Client::builder().redirect(Policy::none()).build()?;
    let from = |name: &'static str, value: &'static str| {
        bare.post(server.url()).header(name, value).form(&[("message", "hello")]).send()
    };
    for (name, value) in
        [("Origin", "https://evil.example"), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")]
    {
        let answer = from(name, value).await?;
        ensure!(answer.status() == StatusCode::FORBIDDEN && kept(&answer).is_empty(), "{name}: {value}");
    }
    ensure!(from("Sec-Fetch-Site", "same-origin").await?.status() == StatusCode::SEE_OTHER);
    Ok(())
}

#[tokio::test]
async fn s0_8_the_port_comes_from_the_environment_and_a_file_named_env_is_read() -> Result<()> {
    let mut server = Server::start_with(Options { by_port: true, ..Options::default() })?;
    let gita = Person::stranger(&server)?;
    ensure!(page(&gita).await?.contains("Tertulia"));
    server.stop()?;
    let lines = format!("# the keeper's\nSERVER_NAME=\"The Long Table\"\nexport DJANGO_SECRET_KEY={KEY}\n");
    std::fs::write(server.directory().join(".env"), lines)?;
    server.restart()?;
    let gita = Person::stranger(&server)?;
    ensure!(page(&gita).await?.contains("The Long Table"));
    ask(&gita, "hello").await?;
    let other = Server::start_with(Options::default().set("SECRET_KEY", KEY))?;
    ensure!(turns(&page(&gita.at(&other)?).await?).len() == 2, "the key of the file is the one");
    Ok(())
}

#[tokio::test]
async fn s0_9_a_key_is_made_once_for_its_owner_alone_and_other_hosts_are_not_answered() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mut server = Server::start_with(Options { in_files: true, ..Options::default() })?;
    let gita = Person::stranger(&server)?;
    ask(&gita, "hello").await?;
    let key = server.directory().join("data/secret.key");
    ensure!(std::fs::metadata(&key)?.permissions().mode() & 0o777 == 0o600);
    server.kill()?;
    server.restart()?;
    ensure!(turns(&page(&gita.at(&server)?).await?).len() == 2, "the conversation outlives the process");
    let other = Client::new().get(server.url()).header("Host", "evil.example").send().await?;
    ensure!(other.status() == StatusCode::MISDIRECTED_REQUEST);
    Ok(())
}

#[tokio::test]
async fn s0_9_processes_over_one_database_server_make_one_key() -> Result<()> {
    let postgres = Postgres::start()?;
    let options = || Options::default().set("DATABASE_URL", &postgres.url());
    let (here, there) = (Server::start_with(options())?, Server::start_with(options())?);
    let gita = Person::stranger(&here)?;
    ask(&gita, "hello").await?;
    ensure!(turns(&page(&gita.at(&there)?).await?).len() == 2);
    Ok(())
}

#[tokio::test]
async fn s0_10_a_guest_sends_twenty_messages_a_minute_and_another_address_has_its_own() -> Result<()> {
    let server = Server::start_with(Options::default().set("TRUSTED_PROXIES", "127.0.0.1"))?;
    let gita = Person::stranger_from(&server, "192.0.2.7")?;
    for _ in 0..20 {
        let answer = gita.submit("/", &[("message", "hello")]).await?;
        ensure!(answer.status() == StatusCode::SEE_OTHER);
    }
    let refused = gita.submit("/", &[("message", "one more")]).await?;
    ensure!(refused.status() == StatusCode::TOO_MANY_REQUESTS && kept(&refused).is_empty());
    let after: u64 = header_of(&refused, "retry-after").parse()?;
    ensure!((1..=60).contains(&after), "{after}");
    let text = refused.text().await?;
    ensure!(text.contains("more than 20 messages within a minute") && text.contains("one more"), "{text}");
    let hugo = Person::stranger_from(&server, "192.0.2.8")?;
    ensure!(hugo.submit("/", &[("message", "hello")]).await?.status() == StatusCode::SEE_OTHER);
    let same = Person::stranger_from(&server, "192.0.2.7")?;
    ensure!(same.submit("/", &[("message", "hello")]).await?.status() == StatusCode::TOO_MANY_REQUESTS);
    ensure!(same.get("/").await?.status() == StatusCode::OK, "reading is not counted");
    Ok(())
}

#[tokio::test]
async fn s0_11_without_a_key_the_embedded_bot_answers_and_it_speaks_the_readers_language() -> Result<()> {
    let server = Server::start()?;
    let gita = Person::stranger(&server)?;
    ask(&gita, "what time is it").await?;
    let shown = page(&gita).await?;
    ensure!(turns(&shown)[1].1.contains("It is "), "{}", turns(&shown)[1].1);
    let spanish =
        Client::new().get(server.url()).header("Accept-Language", "es").send().await?.text().await?;
    ensure!(spanish.contains("Pregunta a Tertulia") && spanish.contains("Enviar"));
    Ok(())
}
