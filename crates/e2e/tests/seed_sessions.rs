//! What a client of the token API's chat sessions relies on, row by row of the contract (S3.5 to S3.12, S3.15).

use anyhow::{Context, Result, ensure};
use e2e::{Body, Options, Person, Postgres, Server, Socket, message_id, run, until, within};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

/// Somebody with an account, in a browser and by a token.
struct Both {
    browser: Person,
    program: Person,
    token: String,
    name: String,
}

async fn both(server: &Server, name: &str) -> Result<Both> {
    let browser = Person::sign_up(server, name).await?;
    let draft = Body::Json(json!({ "name": "test" }));
    let made: Value = browser.ask("POST", "/api/tokens/", Some(draft)).await?.json().await?;
    let token = made["token"].as_str().context("a token is told once")?.to_owned();
    Ok(Both { program: Person::by_token(server, &token)?, browser, token, name: name.into() })
}

impl Both {
    /// A call by the token; status and JSON.
    async fn call(&self, method: &str, path: &str, fields: &[(&str, &str)]) -> Result<(StatusCode, Value)> {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let body = (method != "GET").then(|| Body::Form(fields.collect()));
        read(self.program.ask(method, path, body).await?).await
    }

    /// Starts a chat session; its address.
    async fn start(&self) -> Result<String> {
        let (status, made) = self.call("POST", "/api/chats/", &[]).await?;
        ensure!(status == StatusCode::OK, "{status} {made}");
        Ok(made["uri"].as_str().context("a session has an address")?.to_owned())
    }

    async fn join(&self, uri: &str, who: &str) -> Result<(StatusCode, Value)> {
        self.call("PATCH", &format!("/api/chats/{uri}/"), &[("username", who)]).await
    }

    async fn say(&self, uri: &str, text: &str) -> Result<(StatusCode, Value)> {
        self.call("POST", &format!("/api/chats/{uri}/messages/"), &[("message", text)]).await
    }

    async fn history(&self, uri: &str) -> Result<(StatusCode, Value)> {
        self.call("GET", &format!("/api/chats/{uri}/messages/"), &[]).await
    }
}

async fn read(answer: Response) -> Result<(StatusCode, Value)> {
    let (status, text) = (answer.status(), answer.text().await?);
    if text.is_empty() {
        return Ok((status, Value::Null));
    }
    Ok((status, serde_json::from_str(&text).with_context(|| format!("{status} {text}"))?))
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().map(|fields| fields.keys().map(String::as_str).collect()).unwrap_or_default()
}

fn names(members: &Value) -> Vec<&str> {
    members.as_array().into_iter().flatten().filter_map(|one| one["username"].as_str()).collect()
}

fn texts(history: &Value) -> Vec<&str> {
    history["messages"].as_array().into_iter().flatten().filter_map(|one| one["message"].as_str()).collect()
}

async fn on_both(test: impl AsyncFn(Server) -> Result<()>) -> Result<()> {
    test(Server::start()?).await?;
    let postgres = Postgres::start()?;
    test(Server::start_with(Options::default().set("DATABASE_URL", &postgres.url()))?).await
}

#[tokio::test]
async fn s3_5_a_session_is_started_and_has_an_address_nobody_guesses() -> Result<()> {
    on_both(async |server| {
        let ada = both(&server, "ada").await?;
        let mut uris = Vec::new();
        for path in ["/api/chats/", "/api/chats"] {
            let answer = ada.program.ask("POST", path, None).await?;
            ensure!(answer.status() == StatusCode::OK);
            let text = answer.text().await?;
            let made: Value = serde_json::from_str(&text)?;
            let uri = made["uri"].as_str().unwrap_or_default().to_owned();
            ensure!(uri.len() == 15 && uri.bytes().all(|b| b.is_ascii_hexdigit()), "{text}");
            let as_recorded =
                format!(r#"{{"status":"SUCCESS","uri":"{uri}","message":"New chat session created"}}"#);
            ensure!(text == as_recorded, "{text}");
            uris.push(uri);
        }
        ensure!(uris[0] != uris[1]);
        let (_, listed) = ada.call("GET", "/api/chats/", &[]).await?;
        ensure!(listed["chats"][0]["uri"] == uris[1] && listed["chats"][1]["uri"] == uris[0], "{listed}");
        let bob = both(&server, "bob").await?;
        let (_, none) = bob.call("GET", "/api/chats/", &[]).await?;
        ensure!(none["chats"] == json!([]), "others' sessions are not listed: {none}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn s3_6_whoever_knows_the_address_joins_and_the_owner_stays_first() -> Result<()> {
    on_both(async |server| {
        let (zoe, alex) = (both(&server, "zoe").await?, both(&server, "alex").await?);
        let uri = zoe.start().await?;
        let (status, joined) = alex.join(&uri, "alex").await?;
        ensure!(status == StatusCode::OK, "{joined}");
        ensure!(keys(&joined).len() == 4 && joined["status"] == "SUCCESS", "{joined}");
        ensure!(joined["message"] == "alex joined chat session" && joined["user"]["username"] == "alex");
        ensure!(names(&joined["members"]) == ["zoe", "alex"], "{joined}");
        let (_, again) = alex.join(&uri, "alex").await?;
        ensure!(again == joined, "joining again changes nothing: {again}");
        let (_, owner) = zoe.join(&uri, "zoe").await?;
        ensure!(names(&owner["members"]) == ["zoe", "alex"], "the owner is not added twice: {owner}");
        both(&server, "bea").await?;
        let (_, added) = alex.join(&uri, "bea").await?;
        ensure!(names(&added["members"]) == ["zoe", "alex", "bea"], "a member adds others: {added}");
        let (status, missing) = alex.call("PATCH", &format!("/api/chats/{uri}/"), &[]).await?;
        ensure!(status == StatusCode::BAD_REQUEST && missing["errors"]["username"].is_array(), "{missing}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn s3_7_people_show_what_the_client_reads_and_an_email_to_its_owner_alone() -> Result<()> {
    let server = Server::start()?;
    let (boss, ada, bob) =
        (both(&server, "boss").await?, both(&server, "ada").await?, both(&server, "bob").await?);
    for (who, email) in [(&ada, "ada@example.org"), (&bob, "bob@example.org")] {
        let saved =
            who.browser.submit("/settings/", &[("email", email), ("display_name", &who.name)]).await?;
        ensure!(saved.status() == StatusCode::SEE_OTHER, "{}", saved.status());
    }
    let uri = ada.start().await?;
    let (_, hers) = bob.join(&uri, "bob").await?;
    let user = &hers["user"];
    ensure!(keys(user) == ["id", "username", "email", "first_name", "last_name"] || keys(user).len() == 5);
    ensure!(user["email"] == "bob@example.org" && hers["members"][0]["email"] == "", "{hers}");
    ensure!(user["id"].is_i64() && user["first_name"] == "" && user["last_name"] == "", "{user}");
    let (_, as_boss) = boss.join(&uri, "boss").await?;
    ensure!(as_boss["members"][0]["email"] == "ada@example.org", "administrators see it: {as_boss}");
    ada.say(&uri, "hello").await?;
    let (_, history) = bob.history(&uri).await?;
    ensure!(history["messages"][0]["user"]["email"] == "", "{history}");
    Ok(())
}

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

#[tokio::test]
async fn s3_10_what_is_not_ones_own_is_as_unknown_as_what_never_was() -> Result<()> {
    on_both(async |server| {
        let (ada, bob, eve) =
            (both(&server, "ada").await?, both(&server, "bob").await?, both(&server, "eve").await?);
        let (uri, nowhere) = (ada.start().await?, "0123456789abcde");
        ada.say(&uri, "between us").await?;
        for (method, rest, fields) in [
            ("PATCH", "/", &[("username", "bob")][..]),
            ("PATCH", "/", &[("username", "nobody-at-all")]),
            ("GET", "/messages/", &[]),
            ("POST", "/messages/", &[("message", "let me in")]),
            ("GET", "/", &[]),
        ] {
            let known = eve.call(method, &format!("/api/chats/{uri}{rest}"), fields).await?;
            let unknown = eve.call(method, &format!("/api/chats/{nowhere}{rest}"), fields).await?;
            ensure!(
                known.0 == StatusCode::NOT_FOUND && known.1["detail"].is_string(),
                "{method} {rest}: {known:?}"
            );
            ensure!(known == unknown, "{method} {rest}: {known:?} {unknown:?}");
        }
        let (status, nobody) = ada.join(&uri, "nobody-at-all").await?;
        ensure!(status == StatusCode::NOT_FOUND && nobody["detail"].is_string(), "{nobody}");
        let (status, _) = ada.call("GET", "/api/chats/general/messages/", &[]).await?;
        ensure!(status == StatusCode::NOT_FOUND, "another kind of room has no such address");
        let (status, _) = bob.join(&uri, "bob").await?;
        ensure!(status == StatusCode::OK, "who knows the address comes in");
        let (_, history) = bob.history(&uri).await?;
        ensure!(texts(&history) == ["between us"], "{history}");
        let id = bob.browser.json("/api/me/").await?["id"].clone();
        let banned = ada.call("PUT", &format!("/api/rooms/{uri}/bans/{id}/"), &[]).await?;
        ensure!(banned.0.is_success(), "{banned:?}");
        let (status, _) = bob.join(&uri, "bob").await?;
        ensure!(status == StatusCode::NOT_FOUND, "who is banned does not");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn s3_11_sessions_know_tokens_and_no_cookies_and_say_so_before_anything_else() -> Result<()> {
    let server = Server::start()?;
    let ada = both(&server, "ada").await?;
    let uri = ada.start().await?;
    let one = format!("/api/chats/{uri}/");
    let own = format!("{one}messages/");
    for (method, path) in [
        ("GET", "/api/chats/"),
        ("POST", "/api/chats/"),
        ("PATCH", "/api/chats/"),
        ("GET", "/api/chats/nowhere/messages/"),
        ("DELETE", own.as_str()),
        ("PATCH", one.as_str()),
    ] {
        let broken = (method != "GET").then(|| Body::Json(json!("no dictionary")));
        let answer = ada.browser.ask(method, path, broken).await?;
        ensure!(answer.status() == StatusCode::UNAUTHORIZED, "{method} {path}: {}", answer.status());
        ensure!(answer.headers()["www-authenticate"] == "Token");
        ensure!(!answer.headers().contains_key("set-cookie"));
        ensure!(answer.json::<Value>().await?["detail"] == "Authentication credentials were not provided.");
    }
    for (method, path) in [("PATCH", "/api/chats/"), ("DELETE", own.as_str()), ("POST", one.as_str())] {
        let answer = ada.program.ask(method, path, Some(Body::Json(json!("no dictionary")))).await?;
        ensure!(answer.status() == StatusCode::METHOD_NOT_ALLOWED, "{method} {path}: {}", answer.status());
    }
    let answer = ada.program.ask("POST", &own, Some(Body::Json(json!("no dictionary")))).await?;
    ensure!(answer.status() == StatusCode::BAD_REQUEST);
    let read_only = Body::Json(json!({ "name": "reads", "scope": "read" }));
    let made: Value = ada.browser.ask("POST", "/api/tokens/", Some(read_only)).await?.json().await?;
    let reader = Person::by_token(&server, made["token"].as_str().context("a token")?)?;
    ensure!(reader.get(&own).await?.status() == StatusCode::OK);
    let refused = reader.ask("POST", &own, Some(Body::Json(json!({ "message": "no" })))).await?;
    ensure!(refused.status() == StatusCode::FORBIDDEN, "{}", refused.status());
    Ok(())
}

#[tokio::test]
async fn s3_11_a_socket_from_another_site_is_known_by_its_first_frame() -> Result<()> {
    let site = "http://app.example.org:8080";
    let server = Server::start_with(Options::default().set("CORS_ALLOWED_ORIGINS", site))?;
    let (ada, bob) = (both(&server, "ada").await?, both(&server, "bob").await?);
    let uri = ada.start().await?;
    let room = format!("/ws/chat/{uri}/");
    let open = async |origin: &str, path: &str| {
        Socket::open_from(origin, &server.url(), path, &ada.browser.cookie()?).await
    };
    let auth = |token: &str| json!({ "type": "auth", "token": token });
    for path in ["/ws", "/ws/chat/", room.as_str()] {
        let mut stranger = open("http://evil.example", path).await?;
        ensure!(stranger.close_code().await? == 4401, "{path}: another site");
        let mut wrong = open(site, path).await?;
        wrong.send(auth("0000000000000000000000000000000000000000")).await?;
        ensure!(wrong.close_code().await? == 4401, "{path}: a token of nobody");
        let mut early = open(site, path).await?;
        early.send(json!({ "message": "who am I?" })).await?;
        ensure!(early.close_code().await? == 4401, "{path}: the cookie does not count");
    }
    let mut socket = open(site, "/ws").await?;
    socket.send(auth(&bob.token)).await?;
    let hello = socket.next_of("hello").await?;
    ensure!(hello["person"]["username"] == "bob", "the token and not the cookie says who: {hello}");
    let mut other = open(site, &room).await?;
    other.send(auth(&bob.token)).await?;
    ensure!(other.close_code().await? == 4404, "bob is not in");
    for origin in [site, server.url().as_str()] {
        let cookie = if origin == site { ada.browser.cookie()? } else { String::new() };
        let mut socket = Socket::open_from(origin, &server.url(), &room, &cookie).await?;
        socket.send(auth(&ada.token)).await?;
        socket.next_of("ready").await?;
        socket.send(json!({ "message": "across" })).await?;
        let heard = within("what ada said", socket.next()).await??;
        ensure!(heard["message"] == "across" && heard["username"] == "ada", "{heard}");
    }
    for (origin, cookie) in [(site, ada.browser.cookie()?), (server.url().as_str(), String::new())] {
        let mut bot = Socket::open_from(origin, &server.url(), "/ws/chat/", &cookie).await?;
        bot.send(auth(&ada.token)).await?;
        bot.next_of("ready").await?;
        bot.send(json!({ "message": "hello" })).await?;
        ensure!(within("the bot's answer", bot.next()).await??["message"].is_string());
    }
    Ok(())
}

#[tokio::test]
async fn s3_11_a_socket_that_says_nothing_is_closed_and_a_revoked_token_ends_one() -> Result<()> {
    let site = "http://app.example.org";
    let server = Server::start_with(Options::default().set("CORS_ALLOWED_ORIGINS", site))?;
    let ada = both(&server, "ada").await?;
    let mut silent = Socket::open_from(site, &server.url(), "/ws", "").await?;
    let mut socket = Socket::open_from(site, &server.url(), "/ws", "").await?;
    socket.send(json!({ "type": "auth", "token": ada.token })).await?;
    socket.next_of("hello").await?;
    let mine = ada.browser.json("/api/tokens/").await?;
    ada.browser.ask("DELETE", &format!("/api/tokens/{}/", mine["tokens"][0]["id"]), None).await?;
    ensure!(socket.close_code().await? == 4401);
    let code = tokio::time::timeout(Duration::from_secs(20), silent.close_code()).await??;
    ensure!(code == 4401);
    Ok(())
}

#[tokio::test]
async fn s3_12_strangers_are_sent_from_chats_to_auth_and_after_signing_up_back() -> Result<()> {
    let server = Server::start()?;
    let stranger = Person::stranger(&server)?;
    let led = stranger.get("/chats/").await?;
    ensure!(led.status() == StatusCode::SEE_OTHER && led.headers()["location"] == "/auth?next=%2Fchats%2F");
    let page = stranger.get("/auth?next=%2Fchats%2F").await?.text().await?;
    ensure!(
        page.contains("tab=sign-up&amp;next=%2Fchats%2F")
            && page.contains("tab=sign-in&amp;next=%2Fchats%2F")
    );
    let form = stranger.get("/auth?tab=sign-up&next=%2Fchats%2F").await?.text().await?;
    ensure!(form.contains("name=\"terms\"") && form.contains("value=\"/chats/\""), "{form}");
    let fields =
        [("tab", "sign-up"), ("username", "ada"), ("password", "a tertulia of friends"), ("next", "/chats/")];
    let refused = stranger.submit("/auth", &fields).await?;
    ensure!(refused.status() == StatusCode::BAD_REQUEST, "the terms come first");
    let made = stranger.submit("/auth", &[&fields[..], &[("terms", "true")]].concat()).await?;
    ensure!(made.status() == StatusCode::SEE_OTHER && made.headers()["location"] == "/chats/");
    ensure!(stranger.get("/chats/").await?.status() == StatusCode::OK, "signed in by signing up");
    stranger.submit("/logout/", &[]).await?;
    ensure!(stranger.get("/chats/").await?.status() == StatusCode::SEE_OTHER, "signed out");
    Ok(())
}

#[tokio::test]
async fn s3_12_by_pages_alone_a_session_is_started_shared_and_joined() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob, cyd) = (
        Person::sign_up(&server, "ada").await?,
        Person::sign_up(&server, "bob").await?,
        Person::sign_up(&server, "cyd").await?,
    );
    let started = ada.submit("/chats/", &[("name", "Crossing to Ons")]).await?;
    let people = started.headers()["location"].to_str()?.to_owned();
    let link = people.trim_end_matches("people/").to_owned();
    let page = ada.get(&people).await?.text().await?;
    ensure!(page.contains(&format!("{}{link}", server.url())), "the link to share: {page}");
    ensure!(bob.get(&people).await?.status() == StatusCode::NOT_FOUND);
    let question = bob.get(&link).await?.text().await?;
    ensure!(question.contains("Crossing to Ons"));
    ensure!(bob.get(&people).await?.status() == StatusCode::NOT_FOUND, "looking does not join");
    let joined = bob.submit(&link, &[]).await?;
    let room = link.replace("/chats/", "/rooms/");
    ensure!(joined.headers()["location"] == room.as_str());
    ensure!(bob.get(&people).await?.text().await?.contains("@bob"));
    ensure!(bob.get(&link).await?.headers()["location"] == room.as_str(), "who is in is led in");
    let added = bob.submit(&people, &[("username", "cyd")]).await?;
    ensure!(added.status() == StatusCode::SEE_OTHER);
    ensure!(cyd.get("/chats/").await?.text().await?.contains("Crossing to Ons"));
    let nobody = bob.submit(&people, &[("username", "nobody-at-all")]).await?;
    ensure!(nobody.status() == StatusCode::BAD_REQUEST);
    ensure!(cyd.get("/chats/0123456789abcde/").await?.status() == StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test]
async fn s3_15_times_are_kept_and_nobody_takes_others_words_along() -> Result<()> {
    let server = Server::start_with(Options { in_files: true, ..Options::default() })?;
    let (ada, bob) = (both(&server, "ada").await?, both(&server, "bob").await?);
    let uri = bob.start().await?;
    ada.join(&uri, "ada").await?;
    bob.say(&uri, "from bob").await?;
    ada.say(&uri, "from ada").await?;
    let (_, chats) = ada.call("GET", "/api/chats/", &[]).await?;
    ensure!(chats["chats"][0]["created_at"].is_string(), "{chats}");
    let said = ada.program.messages(&uri).await?;
    ensure!(said[1]["created_at"].is_string() && said[1]["edited_at"].is_null(), "{said:?}");
    let path = format!("/api/rooms/{uri}/messages/{}/", message_id(&said[1]));
    let (_, edited) = ada.call("PATCH", &path, &[("content", "from ada, better")]).await?;
    ensure!(edited["edited_at"].is_string() && edited["created_at"] == said[1]["created_at"], "{edited}");
    let data = server.directory().join("data");
    let settings = [("TERTULIA_DATA_DIR", data.to_str().context("a path in UTF-8")?)];
    run(&["user", "deactivate", "bob"], &settings)?;
    until("bob to be out", || async {
        let (status, _) = bob.history(&uri).await.ok()?;
        (status == StatusCode::UNAUTHORIZED).then_some(())
    })
    .await?;
    let (status, history) = ada.history(&uri).await?;
    ensure!(status == StatusCode::OK && texts(&history) == ["from bob", "from ada, better"], "{history}");
    let (status, _) = ada.say(&uri, "I am still here").await?;
    ensure!(status == StatusCode::OK, "the conversation goes on");
    Ok(())
}

/// What `curl -X METHOD address --data body -H "Authorization: Token …"` sends; the answer's text.
async fn curl(server: &Server, method: &str, path: &str, token: &str, data: &str) -> Result<String> {
    let mut request = Client::new().request(method.parse()?, format!("{}{path}", server.url()));
    if !token.is_empty() {
        request = request.header("Authorization", format!("Token {token}"));
    }
    if !data.is_empty() {
        let form = "application/x-www-form-urlencoded";
        request = request.header("Content-Type", form).body(data.to_owned());
    }
    let answer = request.send().await?;
    ensure!(answer.status().is_success(), "{method} {path}: {}", answer.status());
    Ok(answer.text().await?)
}

#[tokio::test]
async fn s3_5_to_s3_9_every_command_of_the_document_works_with_its_token_and_uri() -> Result<()> {
    let server = Server::start()?;
    let post = async |path: &str, data: &str| curl(&server, "POST", path, "", data).await;
    post("/auth/users/create/", "username=admin&password=trydjango&email=admin@gmail.com").await?;
    let made = post("/auth/users/create/", "username=alex&password=trydjango").await?;
    ensure!(made.starts_with(r#"{"email":"","username":"alex","id":"#), "{made}");
    let mut tokens = Vec::new();
    for name in ["admin", "alex"] {
        let told = post("/auth/token/create/", &format!("username={name}&password=trydjango")).await?;
        let token = told.strip_prefix(r#"{"auth_token":""#).and_then(|rest| rest.strip_suffix(r#""}"#));
        tokens.push(token.with_context(|| told.clone())?.to_owned());
    }
    let (admin, alex) = (tokens[0].as_str(), tokens[1].as_str());
    let started: Value = serde_json::from_str(&curl(&server, "POST", "/api/chats/", admin, "").await?)?;
    let uri = started["uri"].as_str().context("a uri")?;
    let (one, all) = (format!("/api/chats/{uri}/"), format!("/api/chats/{uri}/messages/"));
    let joined = curl(&server, "PATCH", &one, alex, "username=alex").await?;
    let user = |value: &str| -> Result<String> {
        let value: Value = serde_json::from_str(value)?;
        Ok(value["user"]["id"].to_string())
    };
    let alex_json =
        format!(r#"{{"id":{},"username":"alex","email":"","first_name":"","last_name":""}}"#, user(&joined)?);
    let said = curl(&server, "POST", &all, admin, "message=Hello there").await?;
    let admin_json = |email: &str| -> Result<String> {
        let id = user(&said)?;
        Ok(format!(r#"{{"id":{id},"username":"admin","email":"{email}","first_name":"","last_name":""}}"#))
    };
    let (seen, own) = (admin_json("")?, admin_json("admin@gmail.com")?);
    let expected = format!(
        r#"{{"status":"SUCCESS","members":[{seen},{alex_json}],"message":"alex joined chat session","user":{alex_json}}}"#
    );
    ensure!(joined == expected, "{joined}");
    let expected = format!(r#"{{"status":"SUCCESS","uri":"{uri}","message":"Hello there","user":{own}"#);
    ensure!(said.starts_with(&expected), "{said}");
    curl(&server, "POST", &all, alex, "message=Ohh hey there admin whats up").await?;
    let history: Value = serde_json::from_str(&curl(&server, "GET", &all, admin, "").await?)?;
    ensure!(history["uri"] == uri, "{history}");
    ensure!(texts(&history) == ["Hello there", "Ohh hey there admin whats up"], "{history}");
    Ok(())
}
