//! What a client of the token API's chat sessions relies on, row by row of the contract (S3.5 to S3.12, S3.15).

mod document;
mod doors;
mod messages;
mod pages;
mod times;

use anyhow::{Context, Result, ensure};
use e2e::{Body, Options, Person, Postgres, Server};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

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
