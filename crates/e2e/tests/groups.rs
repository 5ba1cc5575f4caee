//! Small groups beside the direct rooms of pairs (S4.5), and what one person sees of a room on all of their devices.

use anyhow::{Context, Result, ensure};
use e2e::{Body, Options, Outage, Person, Postgres, Redis, Server};
use reqwest::StatusCode;
use serde_json::{Value, json};

async fn people<const N: usize>(server: &Server, names: [&str; N]) -> Result<[Person; N]> {
    let mut people = Vec::new();
    for name in names {
        people.push(Person::sign_up(server, name).await?);
    }
    people.try_into().ok().context("as many people as names")
}

/// Asks for the room of somebody and others.
async fn with(by: &Person, names: &[&str]) -> Result<Value> {
    let answer = by.ask("POST", "/api/directs/", Some(Body::Json(json!({ "username": names })))).await?;
    ensure!(answer.status() == StatusCode::OK, "{}", answer.text().await?);
    Ok(answer.json().await?)
}

fn slug(room: &Value) -> String {
    room["slug"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn s4_5_a_few_people_have_one_group_that_nobody_else_knows_of() -> Result<()> {
    let server = Server::start()?;
    let [ada, bob, cleo, dan] = people(&server, ["ada", "bob", "cleo", "dan"]).await?;
    let group = with(&ada, &["bob", "cleo"]).await?;
    ensure!(group["kind"] == "group", "{group}");
    let room = slug(&group);
    for (by, names) in [(&bob, ["cleo", "ada"]), (&cleo, ["ada", "bob"]), (&ada, ["cleo", "bob"])] {
        ensure!(slug(&with(by, &names).await?) == room, "{names:?}");
    }
    // Repeated fields of a form mean the same.
    let led = bob.submit("/directs/", &[("username", "ada"), ("username", "cleo")]).await?;
    ensure!(led.headers()["location"].to_str()? == format!("/rooms/{room}/"));
    ensure!(slug(&with(&ada, &["bob"]).await?) != room, "the two of them have their own");
    ada.post(&room, "between the three of us", "one").await?;
    for who in [&bob, &cleo] {
        ensure!(who.messages(&room).await?.len() == 1);
    }
    let at = |slug: &str| format!("/api/rooms/{slug}/messages/");
    let (hidden, unknown) = (dan.get(&at(&room)).await?, dan.get(&at("no-such")).await?);
    ensure!(hidden.status() == 404 && hidden.bytes().await? == unknown.bytes().await?);
    ensure!(slug(&with(&dan, &["ada", "bob", "cleo"]).await?) != room, "with him it is another one");
    Ok(())
}

#[tokio::test]
async fn s4_5_a_group_bears_the_names_of_the_others_on_every_page() -> Result<()> {
    let server = Server::start()?;
    let [ada, bob, cleo] = people(&server, ["ada", "bob", "cleo"]).await?;
    let room = slug(&with(&ada, &["bob", "cleo"]).await?);
    let title = |page: &str| {
        page.split("<h1 class=\"title\" dir=\"auto\">")
            .nth(1)
            .map(|rest| rest.split('<').next().unwrap_or_default().to_owned())
    };
    for (who, shown) in [(&ada, "bob, cleo"), (&bob, "ada, cleo"), (&cleo, "ada, bob")] {
        let page = who.get(&format!("/rooms/{room}/")).await?.text().await?;
        ensure!(title(&page).as_deref() == Some(shown), "{:?}", title(&page));
        ensure!(page.contains("only the 3 of you read"), "{shown}");
    }
    let list = |who: &Person| {
        let who = who.clone();
        async move {
            let rooms = who.json("/api/rooms/").await?;
            let line = rooms["rooms"]
                .as_array()
                .and_then(|all| all.iter().find(|room| room["kind"] == "group").cloned());
            Ok::<_, anyhow::Error>(line)
        }
    };
    ensure!(list(&ada).await?.is_some(), "whoever made it sees it at once");
    ensure!(list(&bob).await?.is_none(), "nobody has said anything to him yet");
    ada.post(&room, "good evening", "one").await?;
    let line = list(&bob).await?.context("now it is in his list")?;
    let others: Vec<&str> =
        line["others"].as_array().into_iter().flatten().filter_map(|one| one["username"].as_str()).collect();
    ensure!(others == ["ada", "cleo"] && line["partner"].is_null() && line["unread"] == 1, "{line}");
    Ok(())
}

#[tokio::test]
async fn s4_5_everyone_may_leave_a_group_and_nobody_governs_it() -> Result<()> {
    let server = Server::start()?;
    let [ada, bob, cleo, dan] = people(&server, ["ada", "bob", "cleo", "dan"]).await?;
    let room = slug(&with(&ada, &["bob", "cleo", "dan"]).await?);
    ada.post(&room, "hello", "one").await?;
    let at = |path: &str| format!("/api/rooms/{room}/{path}");
    let id = bob.json("/api/me/").await?["id"].clone();
    for (method, path, body) in [
        ("POST", at("members/"), json!({ "username": "eva" })),
        ("DELETE", at(&format!("members/{id}/")), Value::Null),
        ("PATCH", at(""), json!({ "name": "The four" })),
        ("POST", at("invites/"), Value::Null),
    ] {
        let answer = ada.ask(method, &path, Some(Body::Json(body))).await?;
        ensure!(answer.status() == StatusCode::FORBIDDEN, "{method} {path}: {}", answer.status());
    }
    let left = dan.ask("POST", &at("leave/"), None).await?;
    ensure!(left.status() == StatusCode::NO_CONTENT, "{}", left.text().await?);
    ensure!(dan.get(&at("messages/")).await?.status() == 404, "he does not know of it any more");
    ensure!(dan.ask("POST", &at("join/"), None).await?.status() == 404, "and does not come back by himself");
    ensure!(bob.messages(&room).await?.len() == 1, "the others do");
    ensure!(slug(&with(&cleo, &["ada", "bob"]).await?) == room, "it is found by those who stayed");
    ensure!(slug(&with(&ada, &["bob", "cleo", "dan"]).await?) != room, "and by nobody else");
    let pair = slug(&with(&ada, &["bob"]).await?);
    let answer = ada.ask("POST", &format!("/api/rooms/{pair}/leave/"), None).await?;
    ensure!(answer.status() == StatusCode::CONFLICT, "a direct room of two is not left");
    Ok(())
}

#[tokio::test]
async fn s4_5_a_group_has_a_limit_that_is_named_and_no_unknown_people() -> Result<()> {
    let server = Server::start()?;
    let names: Vec<String> = (0..10).map(|n| format!("person{n}")).collect();
    let ada = Person::sign_up(&server, "ada").await?;
    for name in &names {
        Person::sign_up(&server, name).await?;
    }
    let ask = async |names: Value| {
        ada.ask("POST", "/api/directs/", Some(Body::Json(json!({ "username": names })))).await
    };
    let eight = json!(names[..8]);
    ensure!(ask(eight).await?.status() == StatusCode::OK, "nine with herself");
    let nine = ask(json!(names[..9])).await?;
    ensure!(nine.status() == StatusCode::BAD_REQUEST && nine.text().await?.contains('9'));
    ensure!(ask(json!(["person1", "nobody.here"])).await?.status() == StatusCode::NOT_FOUND);
    ensure!(ask(json!(["ada"])).await?.status() == StatusCode::BAD_REQUEST);
    ensure!(ask(json!([])).await?.status() == StatusCode::BAD_REQUEST);
    let twice = ask(json!(["person1", "ada", "person1"])).await?;
    ensure!(twice.json::<Value>().await?["kind"] == "direct", "herself and one other");
    Ok(())
}

#[tokio::test]
async fn s4_5_without_scripts_people_are_chosen_one_by_one() -> Result<()> {
    let server = Server::start()?;
    let [ada, _bob, _cleo] = people(&server, ["ada", "bob", "cleo"]).await?;
    let page = ada.get("/directs/?username=b").await?.text().await?;
    ensure!(page.contains("href=\"/directs/?with=bob\""), "bob can be added");
    let page = ada.get("/directs/?with=bob&username=cle").await?.text().await?;
    ensure!(
        page.contains("href=\"/directs/?with=bob,cleo\"") && page.contains("name=\"username\" value=\"bob\"")
    );
    let page = ada.get("/directs/?with=bob,cleo,nobody,ada").await?.text().await?;
    ensure!(page.contains("Write to all 2") && page.contains("href=\"/directs/?with=cleo\""), "{page}");
    let led = ada.submit("/directs/", &[("username", "bob"), ("username", "cleo")]).await?;
    ensure!(led.status() == StatusCode::SEE_OTHER);
    let room = ada.get(led.headers()["location"].to_str()?).await?.text().await?;
    ensure!(
        room.contains("bob, cleo") && room.contains("href=\"/directs/?with=bob%2Ccleo\""),
        "and more can be asked"
    );
    let refused = ada.submit("/directs/", &[("username", "bob"), ("username", "nobody")]).await?;
    ensure!(
        refused.status() == StatusCode::BAD_REQUEST
            && refused.text().await?.contains("Nobody here has this name.")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_5_a_group_of_two_processes_is_one_and_speaks_with_the_relay_dead() -> Result<()> {
    let (postgres, mut redis) = (Postgres::start()?, Redis::start()?);
    let options = || Options::default().set("DATABASE_URL", &postgres.url()).set("RELAY_URL", &redis.url());
    let (here, there) = (Server::start_with(options())?, Server::start_with(options())?);
    let [ada, bob] = people(&here, ["ada", "bob"]).await?;
    let [cleo] = people(&there, ["cleo"]).await?;
    let (one, other) = tokio::join!(with(&ada, &["bob", "cleo"]), with(&cleo, &["ada", "bob"]));
    let room = slug(&one?);
    ensure!(slug(&other?) == room, "made at once in both");
    let mut hers = cleo.socket().await?;
    hers.subscribe(&room, "").await?;
    ada.post(&room, "over there?", "one").await?;
    ensure!(hers.next_of("events").await?["events"][0]["message"]["content"] == "over there?");
    redis.kill()?;
    ada.post(&room, "and now?", "two").await?;
    ensure!(hers.next_of("events").await?["events"][0]["message"]["content"] == "and now?");
    let left = bob.at(&there)?.ask("POST", &format!("/api/rooms/{room}/leave/"), None).await?;
    ensure!(left.status() == StatusCode::NO_CONTENT);
    ensure!(slug(&with(&ada, &["cleo"]).await?) != room, "a group of two is not their direct room");
    Ok(())
}
