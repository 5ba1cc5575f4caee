//! What a client of the WebSocket rooms relies on, row by row of the contract (S4).

use anyhow::{Result, ensure};
use e2e::{Options, Outage, Person, Redis, Server, within};
use serde_json::{Value, json};

#[tokio::test]
async fn s4_1_everyone_in_the_room_gets_what_one_says_and_nobody_else() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let mut hers = ada.socket_at("/ws/chat/general/").await?;
    let mut other_tab = ada.socket_at("/ws/chat/general/").await?;
    let mut his = bob.socket_at("/ws/chat/general/").await?;
    hers.send(json!({ "message": "hello" })).await?;
    for socket in [&mut hers, &mut other_tab, &mut his] {
        let frame: Value = within("what ada said", socket.next()).await??;
        ensure!(frame["message"] == "hello" && frame["username"] == "ada", "{frame}");
    }
    let stranger = Person::stranger(&server)?;
    ensure!(stranger.socket_at("/ws/chat/general/").await?.close_code().await? == 4401);
    ensure!(bob.socket_at("/ws/chat/no-such-room/").await?.close_code().await? == 4404);
    ensure!(stranger.get("/chat/general/").await?.status().is_redirection());
    ensure!(ada.get("/chat/").await?.status().is_success());
    Ok(())
}

#[tokio::test]
async fn s4_2_two_processes_with_redis_deliver_to_each_other() -> Result<()> {
    let (redis, directory) = (Redis::start()?, tempfile::tempdir()?);
    let database = format!("sqlite:{}/shared.db", directory.path().display());
    let options = || Options::default().set("DATABASE_URL", &database).set("RELAY_URL", &redis.url());
    let (here, there) = (Server::start_with(options())?, Server::start_with(options())?);
    let (ada, bob) = (Person::sign_up(&here, "ada").await?, Person::sign_up(&there, "bob").await?);
    let mut his = bob.socket_at("/ws/chat/general/").await?;
    let mut hers = ada.socket_at("/ws/chat/general/").await?;
    hers.send(json!({ "message": "over there?" })).await?;
    let frame = within("what ada said", his.next()).await??;
    ensure!(frame["message"] == "over there?" && frame["username"] == "ada", "{frame}");
    Ok(())
}

#[tokio::test]
async fn s4_3_and_s4_4_the_page_shows_the_history_with_its_authors() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    ada.post("general", "said before", "one").await?;
    let page = bob.get("/chat/general/").await?.text().await?;
    ensure!(page.contains("said before") && page.contains("ada"));
    Ok(())
}

#[tokio::test]
async fn s4_5_two_people_have_one_direct_room_that_no_third_knows_of() -> Result<()> {
    let server = Server::start()?;
    let mut people = Vec::new();
    for name in ["ada", "bob", "cleo"] {
        people.push(Person::sign_up(&server, name).await?);
    }
    let mut slugs = Vec::new();
    for (by, with) in [(0, "bob"), (1, "ada"), (0, "bob")] {
        let room: Value = people[by].submit("/api/directs/", &[("username", with)]).await?.json().await?;
        slugs.push(room["slug"].as_str().unwrap_or_default().to_owned());
    }
    ensure!(!slugs[0].is_empty() && slugs.iter().all(|slug| *slug == slugs[0]), "{slugs:?}");
    people[0].post(&slugs[0], "between us", "one").await?;
    ensure!(people[1].messages(&slugs[0]).await?.len() == 1);
    let path = |slug: &str| format!("/api/rooms/{slug}/messages/");
    let (hidden, unknown) = (people[2].get(&path(&slugs[0])).await?, people[2].get(&path("no-such")).await?);
    ensure!(hidden.status() == 404 && unknown.status() == 404);
    ensure!(hidden.bytes().await? == unknown.bytes().await?);
    Ok(())
}

#[tokio::test]
async fn s4_5_the_form_leads_both_into_the_same_room() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let mut rooms = Vec::new();
    for (by, with) in [(&ada, "bob"), (&bob, "ada")] {
        let led = by.submit("/directs/", &[("username", with)]).await?;
        ensure!(led.status().is_redirection());
        rooms.push(led.headers()["location"].to_str()?.to_owned());
    }
    ensure!(rooms[0] == rooms[1] && rooms[0].starts_with("/rooms/"), "{rooms:?}");
    ensure!(ada.get(&rooms[0]).await?.text().await?.contains("bob"), "it bears the other one's name");
    let cleo = Person::sign_up(&server, "cleo").await?;
    ensure!(cleo.get(&rooms[0]).await?.status() == 404);
    Ok(())
}

/// What it looks like at 320 px and above is seen in a browser: `browser/talking.mjs`.
#[tokio::test]
async fn s4_7_the_pages_are_styled_and_fit_the_width_of_their_window() -> Result<()> {
    let server = Server::start()?;
    let (ada, stranger) = (Person::sign_up(&server, "ada").await?, Person::stranger(&server)?);
    for (who, path) in [(&ada, "/chat/"), (&ada, "/chat/general/"), (&stranger, "/login/")] {
        let page = who.get(path).await?.text().await?;
        ensure!(page.contains("name=\"viewport\" content=\"width=device-width, initial-scale=1"), "{path}");
        let sheet = page.split("rel=\"stylesheet\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
        let sheet = who.get(sheet.unwrap_or_default()).await?;
        ensure!(sheet.status().is_success() && sheet.headers()["content-type"] == "text/css; charset=utf-8");
        ensure!(sheet.headers()["cache-control"].to_str()?.contains("immutable"), "{path}");
        let sheet = sheet.text().await?;
        let by_width =
            sheet.contains("@container") || sheet.contains("@media (width") || sheet.contains("-width:");
        ensure!(by_width && sheet.contains("prefers-color-scheme") | sheet.contains("light-dark("), "{path}");
    }
    Ok(())
}
