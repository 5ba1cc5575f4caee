//! Tokens of programs: what they open, how far they reach, and how they end.

use anyhow::{Context, Result, ensure};
use e2e::{Body, Options, Person, Postgres, Server};
use reqwest::StatusCode;
use serde_json::{Value, json};

async fn ask(who: &Person, method: &str, path: &str, body: Value) -> Result<(StatusCode, Value)> {
    let body = (!body.is_null()).then_some(Body::Json(body));
    let answer = who.ask(method, path, body).await?;
    let (status, text) = (answer.status(), answer.text().await?);
    Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
}

async fn token(who: &Person, draft: Value) -> Result<(i64, String)> {
    let (status, made) = ask(who, "POST", "/api/tokens/", draft).await?;
    ensure!(status == StatusCode::CREATED, "{status} {made}");
    let secret = made["token"].as_str().context("the secret is told once")?;
    ensure!(secret.len() == 40 && secret.bytes().all(|b| b.is_ascii_hexdigit()), "{secret}");
    Ok((made["id"].as_i64().context("an id")?, secret.to_owned()))
}

async fn room(who: &Person, name: &str, kind: &str) -> Result<String> {
    let (_, room) = ask(who, "POST", "/api/rooms/", json!({ "name": name, "kind": kind })).await?;
    Ok(room["slug"].as_str().context("a slug")?.to_owned())
}

async fn a_token_is_its_owner_for_the_api(server: Server) -> Result<()> {
    let ada = Person::sign_up(&server, "ada").await?;
    let tea = room(&ada, "Tea", "private").await?;
    let (id, secret) = token(&ada, json!({ "name": "build server" })).await?;
    let program = Person::by_token(&server, &secret)?;
    ensure!(program.json("/api/me/").await?["username"] == "ada");
    let mut socket = program.socket().await?;
    socket.subscribe(&tea, &program.cursor(&tea).await?).await?;
    program.post(&tea, "by a program", "one").await?;
    let heard = socket.next_of("events").await?;
    ensure!(heard.to_string().contains("by a program"), "{heard}");
    let listed = ada.json("/api/tokens/").await?;
    ensure!(listed["tokens"][0]["id"] == id && listed["tokens"][0]["used_at"].is_string(), "{listed}");
    ensure!(!listed.to_string().contains(&secret), "the secret is told once");
    let (status, _) = ask(&ada, "DELETE", &format!("/api/tokens/{id}/"), Value::Null).await?;
    ensure!(status == StatusCode::NO_CONTENT);
    ensure!(socket.close_code().await? == 4401);
    let refused = program.get("/api/me/").await?;
    ensure!(refused.status() == StatusCode::UNAUTHORIZED);
    ensure!(refused.headers()["www-authenticate"] == "Token");
    ensure!(refused.json::<Value>().await? == json!({ "detail": "Invalid token." }));
    ensure!(ada.json("/api/me/").await?["username"] == "ada", "the browser stays signed in");
    Ok(())
}

#[tokio::test]
async fn a_token_opens_what_is_its_owners_until_it_is_revoked() -> Result<()> {
    a_token_is_its_owner_for_the_api(Server::start()?).await
}

#[tokio::test]
async fn a_token_opens_what_is_its_owners_until_it_is_revoked_on_postgresql() -> Result<()> {
    let postgres = Postgres::start()?;
    a_token_is_its_owner_for_the_api(Server::start_with(
        Options::default().set("DATABASE_URL", &postgres.url()),
    )?)
    .await
}

#[tokio::test]
async fn a_token_that_only_reads_changes_nothing_by_any_door() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let tea = room(&ada, "Tea", "public").await?;
    let said = ada.post(&tea, "hello", "one").await?;
    let (_, secret) = token(&ada, json!({ "name": "reader", "scope": "read" })).await?;
    let reader = Person::by_token(&server, &secret)?;
    ensure!(reader.messages(&tea).await?.len() == 1, "it reads");
    let message = format!("/api/rooms/{tea}/messages/{}/", said["id"]);
    let doors = [
        ("POST", format!("/api/rooms/{tea}/messages/"), json!({ "content": "no" })),
        ("PATCH", message.clone(), json!({ "content": "no" })),
        ("DELETE", message.clone(), Value::Null),
        ("PUT", format!("{message}pin/"), json!({})),
        ("POST", format!("/api/rooms/{tea}/leave/"), json!({})),
        ("PUT", format!("/api/rooms/{tea}/read/"), json!({ "id": said["id"] })),
        ("PATCH", format!("/api/rooms/{tea}/"), json!({ "topic": "no" })),
        ("POST", "/api/rooms/".into(), json!({ "name": "no" })),
        ("POST", "/api/tokens/".into(), json!({ "name": "no" })),
    ];
    for (method, path, body) in doors {
        let (status, answer) = ask(&reader, method, &path, body).await?;
        ensure!(status == StatusCode::FORBIDDEN, "{method} {path}: {status} {answer}");
    }
    let mut socket = reader.socket().await?;
    socket.subscribe(&tea, &reader.cursor(&tea).await?).await?;
    for kind in ["post", "edit", "delete", "react", "typing", "read"] {
        let frame = json!({ "type": kind, "room": tea, "id": said["id"], "content": "no", "emoji": "👍" });
        socket.send(frame).await?;
        let answer = socket.next_of("error").await?;
        ensure!(answer["code"] == "forbidden", "{kind}: {answer}");
    }
    ensure!(ada.messages(&tea).await?.len() == 1, "nothing was changed");
    Ok(())
}

#[tokio::test]
async fn a_token_for_chosen_rooms_knows_no_other() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let (tea, cake) = (room(&ada, "Tea", "private").await?, room(&ada, "Cake", "public").await?);
    let (_, secret) = token(&ada, json!({ "name": "tea only", "rooms": [tea] })).await?;
    for none in [json!([]), json!([""])] {
        let chosen = Some(Body::Json(json!({ "name": "none", "rooms": none })));
        let refused = ada.ask("POST", "/api/tokens/", chosen).await?.status();
        ensure!(refused == StatusCode::BAD_REQUEST, "no room chosen is not all of them: {refused}");
    }
    let program = Person::by_token(&server, &secret)?;
    program.post(&tea, "in there", "one").await?;
    let hidden = program.get(&format!("/api/rooms/{cake}/messages/")).await?;
    let unknown = program.get("/api/rooms/nowhere/messages/").await?;
    ensure!(hidden.status() == StatusCode::NOT_FOUND && unknown.status() == StatusCode::NOT_FOUND);
    ensure!(hidden.bytes().await? == unknown.bytes().await?, "as for a room that never was");
    ensure!(program.try_post(&cake, "no", "two").await?.status() == StatusCode::NOT_FOUND);
    let rooms = program.json("/api/rooms/").await?;
    ensure!(rooms["rooms"].as_array().map(Vec::len) == Some(1), "{rooms}");
    ensure!(rooms["public"] == json!([]), "{rooms}");
    for path in ["/api/events", "/api/tokens/", "/api/people/?prefix=a"] {
        ensure!(program.get(path).await?.status() == StatusCode::FORBIDDEN, "{path}");
    }
    let mut socket = program.socket().await?;
    socket.send(json!({ "type": "subscribe", "room": cake })).await?;
    ensure!(socket.next_of("error").await?["code"] == "not_found");
    socket.send(json!({ "type": "subscribe", "lane": "me" })).await?;
    ensure!(socket.next_of("error").await?["code"] == "forbidden");
    let path = format!("/ws/chat/{cake}/");
    ensure!(program.socket_at(&path).await?.close_code().await? == 4404);
    Ok(())
}

#[tokio::test]
async fn a_token_that_expires_ends_its_connections_and_makes_none_that_lasts_longer() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let tea = room(&ada, "Tea", "public").await?;
    let (status, refused) =
        ask(&ada, "POST", "/api/tokens/", json!({ "name": "x", "expires_at": "2001-01-01T00:00:00Z" }))
            .await?;
    ensure!(status == StatusCode::BAD_REQUEST && refused["errors"]["expires_at"].is_array(), "{refused}");
    let end = jiff::Timestamp::now() + std::time::Duration::from_secs(8);
    let (_, secret) = token(&ada, json!({ "name": "brief", "expires_at": end.to_string() })).await?;
    let program = Person::by_token(&server, &secret)?;
    let (status, _) = ask(&program, "POST", "/api/tokens/", json!({ "name": "for ever" })).await?;
    ensure!(status == StatusCode::BAD_REQUEST);
    let mut socket = program.socket().await?;
    socket.subscribe(&tea, &program.cursor(&tea).await?).await?;
    ensure!(socket.close_code().await? == 4401);
    e2e::until("the end of the token", || async {
        (program.get("/api/me/").await.ok()?.status() == StatusCode::UNAUTHORIZED).then_some(())
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn with_an_authorization_header_cookies_count_for_nothing() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let bob = Person::sign_up(&server, "bob").await?;
    let (_, secret) = token(&bob, json!({ "name": "bob's" })).await?;
    let http = reqwest::Client::new();
    let get = |authorization: &str| {
        let request = http.get(format!("{}/api/me/", server.url())).header("Authorization", authorization);
        request.header("Cookie", ada.cookie().unwrap_or_default()).send()
    };
    ensure!(get(&format!("Token {secret}")).await?.json::<Value>().await?["username"] == "bob");
    ensure!(get(&format!("Bearer {secret}")).await?.json::<Value>().await?["username"] == "bob");
    for other in ["Token deadbeef", "Basic YWRhOmFkYQ==", "Token"] {
        ensure!(get(other).await?.status() == StatusCode::UNAUTHORIZED, "{other}");
    }
    // With no cookie that counts, it makes no difference from which site a request comes.
    let post = |authorization: Option<String>| {
        let request =
            http.post(format!("{}/api/rooms/", server.url())).header("Origin", "https://evil.example");
        let request =
            request.header("Cookie", ada.cookie().unwrap_or_default()).json(&json!({ "name": "x" }));
        match authorization {
            Some(value) => request.header("Authorization", value).send(),
            None => request.send(),
        }
    };
    ensure!(post(Some(format!("Token {secret}"))).await?.status() == StatusCode::CREATED);
    ensure!(post(None).await?.status() == StatusCode::FORBIDDEN, "by a cookie it does");
    Ok(())
}

#[tokio::test]
async fn a_token_is_made_told_once_and_revoked_in_the_settings_without_scripts() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let fields = [("name", "garden lamp"), ("scope", "read"), ("rooms", "general"), ("days", "30")];
    let page = ada.submit("/settings/tokens/", &fields).await?.text().await?;
    let told = page.split("<code class=\"link\">").nth(1).and_then(|rest| rest.split("</code>").next());
    let program = Person::by_token(&server, told.context("the secret is told")?)?;
    ensure!(program.get("/api/rooms/general/messages/").await?.status() == StatusCode::OK);
    ensure!(program.try_post("general", "no", "one").await?.status() == StatusCode::FORBIDDEN);
    let later = ada.get("/settings/").await?.text().await?;
    ensure!(later.contains("garden lamp") && !later.contains(told.unwrap_or_default()), "it is told once");
    for (field, value) in [("name", ""), ("rooms", "nowhere")] {
        let mut wrong = fields.to_vec();
        wrong.iter_mut().filter(|(name, _)| *name == field).for_each(|pair| pair.1 = value);
        let refused = ada.submit("/settings/tokens/", &wrong).await?;
        ensure!(refused.status() == StatusCode::BAD_REQUEST);
        let page = refused.text().await?;
        ensure!(page.contains(&format!("id=\"token_{field}\"")) && page.contains("aria-invalid"), "{field}");
    }
    let id = ada.json("/api/tokens/").await?["tokens"][0]["id"].clone();
    let bob = Person::sign_up(&server, "bob").await?;
    let stolen = bob.submit(&format!("/settings/tokens/{id}/"), &[]).await?;
    ensure!(stolen.status() == StatusCode::NOT_FOUND);
    ensure!(program.get("/api/me/").await?.status() == StatusCode::OK);
    ada.submit(&format!("/settings/tokens/{id}/"), &[]).await?;
    ensure!(program.get("/api/me/").await?.status() == StatusCode::UNAUTHORIZED);
    ensure!(!ada.get("/settings/").await?.text().await?.contains("garden lamp"));
    Ok(())
}
