//! What administrators may do to others' accounts, tokens and rooms, what nobody else may, and the log that says who did it.

use anyhow::{Context, Result, ensure};
use e2e::{Body, Person, Postgres, Server, run, until};
use reqwest::StatusCode;
use serde_json::{Value, json};

async fn id_of(by: &Person, name: &str) -> Result<i64> {
    let list = by.json(&format!("/api/admin/users/?q={name}")).await?;
    list["users"][0]["id"].as_i64().with_context(|| format!("{name} in {list}"))
}

async fn status(by: &Person, method: &str, path: &str, body: Option<Value>) -> Result<u16> {
    Ok(by.ask(method, path, body.map(Body::Json)).await?.status().as_u16())
}

/// The acts in the log, the newest first, as `act detail`.
async fn acts(by: &Person, query: &str) -> Result<Vec<String>> {
    let log = by.json(&format!("/api/admin/audit/{query}")).await?;
    let line = |line: &Value| Some(format!("{} {}", line["act"].as_str()?, line["detail"].as_str()?));
    Ok(log["acts"].as_array().context("acts")?.iter().filter_map(line).collect())
}

/// What a command beside the server prints.
fn command(server: &Server, words: &[&str]) -> Result<String> {
    let data = server.directory().join("data");
    run(words, &[("TERTULIA_DATA_DIR", data.to_str().context("a path in UTF-8")?)])
}

/// The link that an answer tells.
fn path_of(answer: &Value) -> Result<String> {
    let link = answer["link"].as_str().context("a link")?;
    link.find("/reset/").map(|at| link[at..].to_owned()).with_context(|| link.to_owned())
}

#[tokio::test]
async fn somebody_deactivated_is_out_of_everything_at_once_and_back_when_they_may() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let made = bob.ask("POST", "/api/tokens/", Some(Body::Json(json!({ "name": "clock" })))).await?;
    let made: Value = made.json().await?;
    let clock = Person::by_token(&server, made["token"].as_str().context("a token")?)?;
    ensure!(status(&clock, "GET", "/api/me/", None).await? == 200);
    let mut socket = bob.socket().await?;
    let mut events = bob.events("general", &bob.cursor("general").await?).await?;
    let path = format!("/api/admin/users/{}/", id_of(&ada, "bob").await?);
    ensure!(
        status(&bob, "PATCH", &path, Some(json!({ "is_active": false }))).await? == 404,
        "bob governs nobody"
    );
    ensure!(status(&ada, "PATCH", &path, Some(json!({ "is_active": false }))).await? == 200);
    ensure!(socket.close_code().await? == 4401);
    while events.next().await?.is_some() {}
    ensure!(status(&bob, "GET", "/api/me/", None).await? == 401);
    ensure!(status(&clock, "GET", "/api/me/", None).await? == 401);
    ensure!(Person::log_in(&server, "bob").await.is_err(), "bob cannot sign in");
    ensure!(status(&ada, "PATCH", &path, Some(json!({ "is_active": true }))).await? == 200);
    Person::log_in(&server, "bob").await?;
    ensure!(acts(&ada, "").await? == ["person.activate @bob", "person.deactivate @bob"]);
    Ok(())
}

#[tokio::test]
async fn the_last_administrator_stays_one_whoever_asks() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let (hers, his) = (id_of(&ada, "ada").await?, id_of(&ada, "bob").await?);
    let (hers, his) = (format!("/api/admin/users/{hers}/"), format!("/api/admin/users/{his}/"));
    for refused in [json!({ "is_admin": false }), json!({ "is_active": false })] {
        ensure!(status(&ada, "PATCH", &hers, Some(refused)).await? == 409);
    }
    ensure!(status(&ada, "DELETE", &hers, None).await? == 409);
    ensure!(
        status(&ada, "POST", &format!("{hers}reset/"), Some(json!({}))).await? == 409,
        "she might lose the link"
    );
    let refused = command(&server, &["user", "demote", "ada"]);
    ensure!(refused.is_err_and(|error| error.to_string().contains("Somebody must govern")));
    ensure!(status(&ada, "GET", "/admin/users/", None).await? == 200, "she still governs");
    ensure!(status(&ada, "PATCH", &his, Some(json!({ "is_admin": true }))).await? == 200);
    ensure!(status(&bob, "PATCH", &hers, Some(json!({ "is_admin": false }))).await? == 200);
    ensure!(status(&ada, "GET", &his, None).await? == 404, "she governs no more");
    ensure!(
        acts(&bob, "").await? == ["person.demote @ada", "person.promote @bob"],
        "what was refused is no act"
    );
    Ok(())
}

#[tokio::test]
async fn a_password_is_reset_by_a_link_that_is_good_once() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let path = format!("/api/admin/users/{}/reset/", id_of(&ada, "bob").await?);
    ensure!(status(&bob, "POST", &path, Some(json!({}))).await? == 404);
    let answer: Value = ada.ask("POST", &path, Some(Body::Json(json!({})))).await?.json().await?;
    let link = path_of(&answer)?;
    ensure!(status(&bob, "GET", "/api/me/", None).await? == 401, "bob is signed out");
    ensure!(Person::log_in(&server, "bob").await.is_err(), "the old password is void");
    let stranger = Person::stranger(&server)?;
    ensure!(stranger.submit(&link, &[("password", "short")]).await?.status() == StatusCode::BAD_REQUEST);
    let chosen = stranger.submit(&link, &[("password", "another quiet evening")]).await?;
    ensure!(chosen.status() == StatusCode::SEE_OTHER, "{}", chosen.status());
    ensure!(stranger.json("/api/me/").await?["username"] == "bob", "who chose it is signed in");
    ensure!(stranger.get(&link).await?.status() == StatusCode::NOT_FOUND, "once");
    let log = ada.get("/api/admin/audit/").await?.text().await?;
    ensure!(
        !log.contains(link.trim_matches('/').rsplit('/').next().context("a secret")?),
        "the log tells no secret"
    );
    Ok(())
}

#[tokio::test]
async fn s3_13_people_tokens_and_rooms_are_listed_for_administrators_and_for_nobody_else() -> Result<()> {
    let postgres = Postgres::start()?;
    let server = Server::start_with(e2e::Options::default().set("DATABASE_URL", &postgres.url()))?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let answer = bob.ask("POST", "/api/tokens/", Some(Body::Json(json!({ "name": "clock" })))).await?;
    let secret = answer.json::<Value>().await?["token"].as_str().context("a token")?.to_owned();
    let room = json!({ "name": "Back room", "kind": "private" });
    ensure!(status(&bob, "POST", "/api/rooms/", Some(room)).await? == 201);
    bob.post("back-room", "nobody else reads this", "one").await?;
    for page in ["users", "tokens", "rooms", "sessions", "replies", "audit", "bots", "usage", "health"] {
        let path = format!("/admin/{page}/");
        ensure!(bob.get(&path).await?.status() == StatusCode::NOT_FOUND, "{path} is not there for bob");
        let shown = ada.get(&path).await?;
        ensure!(shown.status() == StatusCode::OK, "{path}: {}", shown.status());
        let html = shown.text().await?;
        ensure!(!html.contains(&secret) && !html.contains("nobody else reads this"), "{path} tells too much");
    }
    for list in ["users", "tokens", "rooms", "replies", "audit"] {
        ensure!(status(&bob, "GET", &format!("/api/admin/{list}/"), None).await? == 404);
        ensure!(status(&ada, "GET", &format!("/api/admin/{list}/"), None).await? == 200);
    }
    let tokens = ada.json("/api/admin/tokens/?q=bob").await?;
    let clock = &tokens["tokens"][0];
    ensure!(clock["name"] == "clock" && clock["owner"]["username"] == "bob", "{tokens}");
    ensure!(clock["created_at"].is_string() && clock.get("token").is_none() && clock.get("secret").is_none());
    let rooms = ada.json("/api/admin/rooms/?q=back").await?;
    ensure!(rooms["rooms"][0]["owner"] == "bob" && rooms["rooms"][0]["members"] == 1, "{rooms}");
    ensure!(ada.get("/rooms/back-room/").await?.status() == StatusCode::NOT_FOUND, "its words stay hidden");

    let path = format!("/api/admin/tokens/{}/", clock["id"]);
    let program = Person::by_token(&server, &secret)?;
    ensure!(status(&bob, "DELETE", &path, None).await? == 404);
    ensure!(status(&program, "GET", "/api/me/", None).await? == 200);
    ensure!(status(&ada, "DELETE", &path, None).await? == 204);
    ensure!(status(&program, "GET", "/api/me/", None).await? == 401);
    Ok(())
}

#[tokio::test]
async fn s3_13_a_token_says_when_it_was_used_last() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let answer = bob.ask("POST", "/api/tokens/", Some(Body::Json(json!({ "name": "clock" })))).await?;
    let secret = answer.json::<Value>().await?["token"].as_str().context("a token")?.to_owned();
    let listed = async || anyhow::Ok(ada.json("/api/admin/tokens/?q=bob").await?["tokens"][0].clone());
    // Of its use and of its end.
    let nevers = |page: &str| page.matches("never").count();
    ensure!(listed().await?["used_at"].is_null(), "it was not used");
    ensure!(nevers(&ada.get("/admin/tokens/").await?.text().await?) == 2);
    let before = jiff::Timestamp::now();
    Person::by_token(&server, &secret)?.json("/api/me/").await?;
    let used = until("its use", || async {
        listed().await.ok()?["used_at"].as_str().and_then(|at| at.parse::<jiff::Timestamp>().ok())
    })
    .await?;
    let since = used.duration_since(before).as_secs();
    ensure!((-1..=30).contains(&since), "{used} and {before}");
    ensure!(nevers(&ada.get("/admin/tokens/").await?.text().await?) == 1);
    Ok(())
}

#[tokio::test]
async fn a_room_is_renamed_closed_and_opened_and_a_direct_one_is_not() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    ensure!(
        status(&bob, "POST", "/api/rooms/", Some(json!({ "name": "Back room", "kind": "private" }))).await?
            == 201
    );
    ensure!(status(&bob, "POST", "/api/directs/", Some(json!({ "username": "ada" }))).await? < 300);
    let list = ada.json("/api/admin/rooms/").await?;
    let of = |kind: &str| {
        let found = list["rooms"].as_array().into_iter().flatten().find(|room| room["kind"] == kind);
        found.map(|room| format!("/api/admin/rooms/{}/", room["id"])).context("a room of this kind")
    };
    let (back, direct) = (of("private")?, of("direct")?);
    ensure!(status(&bob, "PATCH", &back, Some(json!({ "archived": true }))).await? == 404);
    ensure!(status(&ada, "PATCH", &direct, Some(json!({ "archived": true }))).await? == 400);
    ensure!(status(&ada, "PATCH", &back, Some(json!({ "name": "Front room" }))).await? == 200);
    ensure!(status(&ada, "PATCH", &back, Some(json!({ "archived": true }))).await? == 200);
    ensure!(bob.try_post("front-room", "hello", "one").await?.status() == StatusCode::FORBIDDEN);
    ensure!(status(&ada, "PATCH", &back, Some(json!({ "archived": false }))).await? == 200);
    bob.post("front-room", "hello", "two").await?;
    let subject =
        format!("?subject=room/{}", back.trim_end_matches('/').rsplit('/').next().context("an id")?);
    let written = acts(&ada, &subject).await?;
    ensure!(
        written == ["room.open Front room", "room.close Front room", "room.update Back room → Front room"],
        "{written:?}"
    );
    Ok(())
}

#[tokio::test]
async fn s3_15_a_deleted_person_leaves_words_and_conversations_behind() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let cyd = Person::sign_up(&server, "cyd").await?;
    bob.post("general", "the kettle is on", "one").await?;
    cyd.post("general", "I bring the cups", "two").await?;
    let path = format!("/api/admin/users/{}/", id_of(&ada, "bob").await?);
    ensure!(status(&cyd, "DELETE", &path, None).await? == 404);
    ensure!(status(&ada, "DELETE", &path, None).await? == 204);
    ensure!(status(&bob, "GET", "/api/me/", None).await? == 401);
    let words = until("both messages", || async {
        let all = cyd.messages("general").await.ok()?;
        let said: Vec<_> = all.iter().filter_map(|m| Some(m["content"].as_str()?.to_owned())).collect();
        (said.len() >= 2).then_some(said)
    })
    .await?;
    ensure!(
        words.contains(&"the kettle is on".into()) && words.contains(&"I bring the cups".into()),
        "{words:?}"
    );
    ensure!(cyd.get("/rooms/general/").await?.text().await?.contains("bob"), "they stay under a name");
    ensure!(status(&ada, "GET", &path, None).await? == 404);
    let again = Person::sign_up(&server, "bob").await?;
    ensure!(again.get("/rooms/general/").await?.status() == StatusCode::OK, "the name is free");
    Ok(())
}

#[tokio::test]
async fn what_the_command_line_does_is_in_the_log_as_done_there() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let command = |words: &[&str]| command(&server, words);
    command(&["user", "promote", "bob"])?;
    command(&["user", "password", "bob", "--password", "another quiet evening"])?;
    command(&["room", "create", "--name", "Cellar"])?;
    let link = command(&["user", "reset", "bob"])?;
    ensure!(link.trim().starts_with("/reset/"), "{link}");
    let log = ada.json("/api/admin/audit/").await?;
    ensure!(log["acts"].as_array().into_iter().flatten().all(|line| line["by"].is_null()), "{log}");
    let written = acts(&ada, "").await?;
    ensure!(
        written == ["person.reset @bob", "room.create Cellar", "person.password @bob", "person.promote @bob"],
        "{written:?}"
    );
    ensure!(acts(&ada, "?act=room.create").await?.len() == 1);
    ensure!(acts(&ada, "?by=ada").await?.is_empty());
    ensure!(status(&bob, "GET", "/api/admin/audit/", None).await? == 401, "bob was signed out");
    Ok(())
}

/// The row of somebody in the list of users.
fn row_of<'p>(page: &'p str, name: &str) -> Result<&'p str> {
    page.split("<tr>").find(|row| row.contains(&format!("@{name}<"))).context("a row")
}

#[tokio::test]
async fn the_list_of_users_says_who_is_here_and_which_rows_of_how_many_it_shows() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    for n in 0..60 {
        let new = json!({ "username": format!("p{n:02}") });
        ensure!(status(&ada, "POST", "/api/admin/users/", Some(new)).await? == 201);
    }
    let bob = Person::sign_up(&server, "bob").await?;
    let page = ada.get("/admin/users/").await?.text().await?;
    ensure!(row_of(&page, "bob")?.contains("Just now") && row_of(&page, "p00")?.contains("never"), "{page}");
    let socket = bob.socket().await?;
    let page = until("bob to be here", || async {
        let page = ada.get("/admin/users/").await.ok()?.text().await.ok()?;
        row_of(&page, "bob").ok()?.contains("Here now").then_some(page)
    })
    .await?;
    ensure!(!row_of(&page, "ada")?.contains("Here now"), "ada holds no connection: {page}");
    drop(socket);
    until("bob to be gone", || async {
        let page = ada.get("/admin/users/").await.ok()?.text().await.ok()?;
        (!row_of(&page, "bob").ok()?.contains("Here now")).then_some(())
    })
    .await?;

    // 62 people and the bot.
    ensure!(page.contains(">1 to 50 of 63<"), "{page}");
    let link = |page: &str, rel: &str| {
        let link = page
            .split("<a class=\"button small\" href=\"")
            .find(|part| part.contains(&format!("rel=\"{rel}\"")));
        link.and_then(|part| part.split('"').next()).map(|path| path.replace("&#38;", "&")).context("a link")
    };
    let second = ada.get(&link(&page, "next")?).await?.text().await?;
    ensure!(second.contains(">51 to 63 of 63<"), "{second}");
    let first = ada.get(&link(&second, "prev")?).await?.text().await?;
    ensure!(first.contains(">1 to 50 of 63<"), "{first}");
    let sought = ada.get("/admin/users/?q=p").await?.text().await?;
    ensure!(sought.contains(">1 to 50<"), "how many fit is not counted: {sought}");
    let few = ada.get("/admin/users/?show=bots").await?.text().await?;
    ensure!(!few.contains("class=\"range\""), "one page needs no numbers: {few}");
    Ok(())
}
