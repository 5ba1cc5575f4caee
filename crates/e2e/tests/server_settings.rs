//! What administrators set while the server runs: who may make an account, how much one may say, which other sites are let in.

use anyhow::{Context, Result, ensure};
use e2e::{Body, Options, Person, Postgres, Server, within};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

const SETTINGS: &str = "/api/admin/settings/";

async fn patch(who: &Person, settings: Value) -> Result<Value> {
    let answer = who.ask("PATCH", SETTINGS, Some(Body::Json(settings))).await?;
    let (status, text) = (answer.status(), answer.text().await?);
    ensure!(status.is_success(), "{status} {text}");
    Ok(serde_json::from_str(&text)?)
}

/// What comes of the form by which an account is made.
async fn sign_up(server: &Server, name: &str, invite: &str) -> Result<(StatusCode, String)> {
    let fields = [
        ("tab", "sign-up"),
        ("username", name),
        ("password", "a tertulia of friends"),
        ("terms", "on"),
        ("invite", invite),
    ];
    let answer = Person::stranger(server)?.submit("/auth", &fields).await?;
    Ok((answer.status(), answer.text().await?))
}

async fn invite(by: &Person, body: Value) -> Result<(i64, String)> {
    let answer = by.ask("POST", "/api/admin/invites/", Some(Body::Json(body))).await?;
    ensure!(answer.status() == StatusCode::CREATED, "{}", answer.status());
    let made: Value = answer.json().await?;
    let secret =
        made["path"].as_str().and_then(|path| path.strip_prefix("/auth?invite=")).context("a path")?;
    Ok((made["invite"]["id"].as_i64().context("an id")?, secret.to_owned()))
}

#[tokio::test]
async fn a_closed_server_says_so_and_only_on_the_machine_itself_can_one_make_an_account() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    ensure!(sign_up(&server, "bob", "").await?.0 == StatusCode::SEE_OTHER, "open");
    let settings = patch(&ada, json!({ "registration": "closed" })).await?;
    ensure!(settings["registration"] == "closed", "{settings}");
    let (_, secret) = invite(&ada, json!({})).await?;
    for secret in ["", &secret] {
        let (status, page) = sign_up(&server, "cyd", secret).await?;
        ensure!(status == StatusCode::FORBIDDEN && page.contains("takes no new accounts"), "{status} {page}");
    }
    let page = Person::stranger(&server)?.get("/auth?tab=sign-up").await?.text().await?;
    ensure!(page.contains("takes no new accounts") && !page.contains("Make my account"), "{page}");
    let login = Person::stranger(&server)?.get("/login/").await?.text().await?;
    ensure!(login.contains("name=\"password\""), "who has an account signs in: {login}");
    Person::log_in(&server, "bob").await?;

    let data = server.directory().join("data");
    let settings = [("TERTULIA_DATA_DIR", data.to_str().context("a path in UTF-8")?)];
    e2e::run(&["createsuperuser", "--username", "root", "--password", "a tertulia of friends"], &settings)?;
    Person::log_in(&server, "root").await?;
    Ok(())
}

#[tokio::test]
async fn where_it_takes_an_invitation_one_comes_in_by_one_that_works() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let form = [("registration", "invitation"), ("has_guests", "1"), ("guests", "true")];
    let saved = ada.submit("/admin/settings/", &form).await?;
    ensure!(saved.status() == StatusCode::SEE_OTHER, "{}", saved.status());
    let (status, page) = sign_up(&server, "bob", "").await?;
    ensure!(status == StatusCode::FORBIDDEN && page.contains("takes an invitation"), "{status} {page}");
    let (status, _) = sign_up(&server, "bob", &"0".repeat(64)).await?;
    ensure!(status == StatusCode::FORBIDDEN, "{status}");

    let made =
        ada.submit("/admin/invites/", &[("note", "the choir"), ("uses_max", "2"), ("days", "1")]).await?;
    let page = made.text().await?;
    let secret =
        page.split("/auth?invite=").nth(1).and_then(|rest| rest.split('<').next()).context("a link")?;
    ensure!(!ada.get("/admin/settings/").await?.text().await?.contains(secret), "it is shown once");
    let opened = Person::stranger(&server)?.get(&format!("/auth?invite={secret}")).await?.text().await?;
    ensure!(opened.contains("Make my account") && opened.contains(secret), "{opened}");
    ensure!(
        sign_up(&server, "ada", secret).await?.0 == StatusCode::BAD_REQUEST,
        "a taken name uses nothing up"
    );
    for name in ["bob", "cyd"] {
        ensure!(sign_up(&server, name, secret).await?.0 == StatusCode::SEE_OTHER, "{name}");
    }
    ensure!(sign_up(&server, "dan", secret).await?.0 == StatusCode::FORBIDDEN, "a third is one too many");
    let used = Person::stranger(&server)?.get(&format!("/auth?invite={secret}")).await?.text().await?;
    ensure!(used.contains("does not any more") && !used.contains("Make my account"), "{used}");

    let (id, secret) = invite(&ada, json!({ "note": "dan" })).await?;
    let path = format!("/api/admin/invites/{id}/");
    let bob = Person::log_in(&server, "bob").await?;
    ensure!(bob.ask("DELETE", &path, None).await?.status() == StatusCode::NOT_FOUND);
    ensure!(ada.ask("DELETE", &path, None).await?.status() == StatusCode::NO_CONTENT);
    ensure!(sign_up(&server, "dan", &secret).await?.0 == StatusCode::FORBIDDEN, "withdrawn");
    ensure!(ada.json("/api/admin/invites/").await?["invites"] == json!([]));
    let log = ada.get("/admin/audit/").await?.text().await?;
    for line in
        ["Made an invitation", "Withdrew an invitation", "the choir", "Changed a setting", "registration"]
    {
        ensure!(log.contains(line), "{line} is not in the log: {log}");
    }
    Ok(())
}

#[tokio::test]
async fn a_program_shows_its_invitation_as_a_field() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let stranger = Person::stranger(&server)?;
    let sign_up = async |name: &str, invitation: Option<&str>| {
        let mut fields = json!({ "username": name, "password": "a tertulia of friends" });
        if let Some(invitation) = invitation {
            fields["invitation"] = json!(invitation);
        }
        let answer = stranger.ask("POST", "/auth/users/", Some(Body::Json(fields))).await?;
        anyhow::Ok((answer.status(), answer.text().await?))
    };
    let (_, secret) = invite(&ada, json!({})).await?;
    ensure!(sign_up("bob", None).await?.0 == StatusCode::CREATED, "open");
    patch(&ada, json!({ "registration": "invitation" })).await?;
    for wrong in [None, Some(""), Some("0000")] {
        let (status, said) = sign_up("cyd", wrong).await?;
        ensure!(status == StatusCode::BAD_REQUEST, "{wrong:?}: {status} {said}");
        let said: Value = serde_json::from_str(&said)?;
        let why = said["invitation"][0].as_str().context("a list of what is wrong with the field")?;
        ensure!(
            why.contains("invitation") && said.as_object().map(serde_json::Map::len) == Some(1),
            "{said}"
        );
    }
    let (status, said) = sign_up("bob", None).await?;
    let fields: Vec<&str> =
        said.split('"').filter(|word| ["username", "invitation"].contains(word)).collect();
    ensure!(status == StatusCode::BAD_REQUEST && fields == ["username", "invitation"], "all at once: {said}");
    let (status, said) = sign_up("cyd", Some(&secret)).await?;
    ensure!(
        status == StatusCode::CREATED && said.starts_with(r#"{"email":"","username":"cyd","id":"#),
        "{said}"
    );
    ensure!(sign_up("dan", Some(&secret)).await?.0 == StatusCode::BAD_REQUEST, "it was for one");
    patch(&ada, json!({ "registration": "closed" })).await?;
    let (status, said) = sign_up("dan", Some(&secret)).await?;
    ensure!(status == StatusCode::FORBIDDEN && said.starts_with(r#"{"detail":"#), "{status} {said}");
    Ok(())
}

#[tokio::test]
async fn limits_hold_as_soon_as_they_are_set() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let guest = Person::stranger(&server)?;
    ensure!(guest.get("/").await?.status() == StatusCode::OK);
    patch(&ada, json!({ "guests": false, "message_chars_max": 20 })).await?;
    let away = guest.get("/").await?;
    ensure!(away.status() == StatusCode::SEE_OTHER, "no guests: {}", away.status());
    let long = ada.try_post("general", &"x".repeat(21), "1").await?;
    ensure!(long.status() == StatusCode::BAD_REQUEST, "{}", long.status());
    ensure!(long.text().await?.contains("at most 20 characters"));
    ensure!(ada.try_post("general", &"x".repeat(20), "2").await?.status() == StatusCode::CREATED);
    patch(&ada, json!({ "posts_per_minute": 5 })).await?;
    ensure!(ada.try_post("general", "one", "3").await?.status() == StatusCode::CREATED);
    let fast = ada.try_post("general", "two", "4").await?;
    ensure!(fast.status() == StatusCode::TOO_MANY_REQUESTS, "{}", fast.status());
    patch(&ada, json!({ "posts_per_minute": 600 })).await?;
    ensure!(ada.try_post("general", "two", "4").await?.status() == StatusCode::CREATED);
    for (field, value) in [
        ("posts_per_minute", json!(0)),
        ("guest_posts_per_minute", json!("many")),
        ("message_chars_max", json!(10_001)),
        ("registration", json!("ajar")),
        ("allowed_origins", json!("https://app.example.org/path")),
        ("keeper", json!("x".repeat(101))),
        ("dialogue", json!("one\ntwo\nthree")),
        ("terms", json!("x".repeat(10_001))),
    ] {
        let answer = ada.ask("PATCH", SETTINGS, Some(Body::Json(json!({ field: value })))).await?;
        ensure!(answer.status() == StatusCode::BAD_REQUEST, "{field}: {}", answer.status());
        ensure!(answer.json::<Value>().await?["errors"][field].is_array(), "{field} is named");
        let form = ada.submit("/admin/settings/", &[(field, value.as_str().unwrap_or("0"))]).await?;
        ensure!(form.status() == StatusCode::BAD_REQUEST, "{field}: {}", form.status());
    }
    ensure!(ada.json(SETTINGS).await?["message_chars_max"] == 20, "what was wrong changed nothing");
    Ok(())
}

#[tokio::test]
async fn what_the_configuration_says_wins_and_the_page_says_so() -> Result<()> {
    let options =
        Options::default().set("GUESTS", "false").set("CORS_ALLOWED_ORIGINS", "https://app.example.org");
    let server = Server::start_with(options)?;
    let ada = Person::sign_up(&server, "ada").await?;
    let settings = patch(&ada, json!({ "guests": true, "allowed_origins": "https://evil.example" })).await?;
    ensure!(settings["guests"] == false, "{settings}");
    ensure!(settings["allowed_origins"] == json!(["https://app.example.org"]), "{settings}");
    ensure!(settings["configured"] == json!(["guests", "allowed_origins"]), "{settings}");
    let page = ada.get("/admin/settings/").await?.text().await?;
    ensure!(
        page.contains("GUESTS in the server") && page.contains("CORS_ALLOWED_ORIGINS in the server"),
        "{page}"
    );
    ensure!(!page.contains("POSTS_PER_MINUTE in the server"), "the others are left to her: {page}");
    Ok(())
}

#[tokio::test]
async fn a_setting_reaches_every_process_within_a_second() -> Result<()> {
    let postgres = Postgres::start()?;
    let options = Options::default().set("DATABASE_URL", &postgres.url());
    let (here, there) = (Server::start_with(options.clone())?, Server::start_with(options)?);
    let ada = Person::sign_up(&here, "ada").await?;
    ensure!(sign_up(&there, "bob", "").await?.0 == StatusCode::SEE_OTHER);
    let set = std::time::Instant::now();
    patch(&ada, json!({ "registration": "closed" })).await?;
    ensure!(sign_up(&here, "cyd", "").await?.0 == StatusCode::FORBIDDEN, "here at once");
    let closed = within("the other process closes", async {
        while Person::stranger(&there)?
            .get("/auth?tab=sign-up")
            .await?
            .text()
            .await?
            .contains("Make my account")
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::Ok(set.elapsed())
    })
    .await??;
    ensure!(closed < Duration::from_secs(2), "{closed:?}");
    ensure!(sign_up(&there, "cyd", "").await?.0 == StatusCode::FORBIDDEN);
    Ok(())
}

#[tokio::test]
async fn the_terms_and_who_keeps_the_server_stand_at_the_door_as_administrators_wrote_them() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let bob = Person::sign_up(&server, "bob").await?;
    let stranger = Person::stranger(&server)?;
    let door = stranger.get("/auth?tab=sign-up").await?.text().await?;
    ensure!(door.contains("href=\"/terms/\"") && door.contains("Who is here tonight?"), "{door}");
    let own = stranger.get("/terms/").await?.text().await?;
    ensure!(
        own.contains("<li>") && own.contains("at a table") && !own.contains("keeps this server."),
        "{own}"
    );

    let form = [
        ("keeper", "Ría <Ferries>"),
        ("dialogue", "Any news?\r\nThe boat is late."),
        ("terms", "## Short\r\n\r\n**No** <script>alert(1)</script> umbrellas."),
    ];
    ensure!(bob.submit("/admin/settings/", &form).await?.status() == StatusCode::NOT_FOUND, "bob may not");
    ensure!(ada.submit("/admin/settings/", &form).await?.status() == StatusCode::SEE_OTHER);
    let door = stranger.get("/login/").await?.text().await?;
    for said in ["Any news?", "The boat is late.", "keeps this server. What is said here stays on it."] {
        ensure!(door.contains(said), "{said}: {door}");
    }
    ensure!(!door.contains("tonight") && !door.contains("<Ferries>"), "{door}");
    let wrong =
        stranger.submit("/login/", &[("username", "ada"), ("password", "wrong")]).await?.text().await?;
    ensure!(wrong.contains("Any news?"), "after a wrong password too: {wrong}");
    for reader in [&stranger, &bob] {
        let page = reader.get("/terms/").await?.text().await?;
        ensure!(page.contains("<strong>No</strong>") && page.contains("umbrellas"), "{page}");
        ensure!(!page.contains("<script>alert") && !page.contains("at a table"), "{page}");
    }
    ensure!(ada.json(SETTINGS).await?["terms"] == "## Short\n\n**No** <script>alert(1)</script> umbrellas.");
    let settings = patch(&ada, json!({ "terms": "", "dialogue": " ", "keeper": "" })).await?;
    ensure!(settings["dialogue"] == "", "{settings}");
    let own = stranger.get("/terms/").await?.text().await?;
    ensure!(
        own.contains("at a table") && !own.contains("umbrellas"),
        "empty is the server's own again: {own}"
    );
    Ok(())
}
