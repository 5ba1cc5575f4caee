//! What administrators do with messages: hide, restore, erase, and settle what was reported.

use anyhow::{Context, Result, ensure};
use e2e::{Body, Options, Person, Server, StreamedPage, message_id, within};
use reqwest::StatusCode;
use serde_json::{Value, json};

const SECRET: &str = "xyzzy";
const REPORTED: &str = "plugh";

/// The answer in JSON, which must be a success.
async fn done(who: &Person, method: &str, path: &str, body: Value) -> Result<Value> {
    let answer = who.ask(method, path, Some(Body::Json(body))).await?;
    let (status, text) = (answer.status(), answer.text().await?);
    ensure!(status.is_success(), "{method} {path}: {status} {text}");
    Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? })
}

async fn status(who: &Person, method: &str, path: &str, body: Value) -> Result<StatusCode> {
    Ok(who.ask(method, path, Some(Body::Json(body))).await?.status())
}

async fn text(who: &Person, path: &str) -> Result<String> {
    Ok(who.get(path).await?.text().await?)
}

/// The copy of a message in what a transport says.
fn copy(said: &Value, id: i64) -> Option<Value> {
    let events = said["events"].as_array()?;
    events.iter().map(|event| &event["message"]).find(|message| message_id(message) == id).cloned()
}

#[tokio::test]
async fn what_is_hidden_is_taken_from_every_reader_at_once_and_comes_back() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let (bob, cyd) = (Person::sign_up(&server, "bob").await?, Person::sign_up(&server, "cyd").await?);
    let bad = message_id(&bob.post("general", SECRET, "bad").await?);
    let draft = json!({ "content": "why?", "reply_to": bad });
    let answer = message_id(&done(&cyd, "POST", "/api/rooms/general/messages/", draft).await?);
    let place = cyd.cursor("general").await?;
    let mut socket = cyd.socket().await?;
    socket.subscribe("general", &place).await?;
    let mut oldest = cyd.socket_at("/ws/chat/general/").await?;
    let mut events = cyd.events("general", &place).await?;
    let mut page = StreamedPage::open(&cyd, "general").await?;
    page.until_html(SECRET).await?;
    let polled = {
        let cyd = cyd.clone();
        let place = place.clone();
        tokio::spawn(async move { cyd.changes("general", &place, 20).await })
    };

    let path = format!("/api/admin/messages/{bad}/");
    for who in [&bob, &cyd] {
        ensure!(status(who, "PATCH", &path, json!({ "hidden": true })).await? == StatusCode::NOT_FOUND);
    }
    let hidden = done(&ada, "PATCH", &path, json!({ "hidden": true })).await?;
    ensure!(hidden["hidden"] == true && hidden["content"] == "" && hidden["deleted"] == false, "{hidden}");

    let frame = within("a frame", async {
        loop {
            let frame = socket.next_of("events").await?;
            if copy(&frame, bad).is_some() {
                return anyhow::Ok(frame);
            }
        }
    })
    .await??;
    let told = within("an event", async {
        loop {
            let event = events.next().await?.context("the stream goes on")?;
            if copy(&event.data, bad).is_some() {
                return anyhow::Ok(event.data);
            }
        }
    })
    .await??;
    let polled = polled.await??;
    for said in [frame, told, polled] {
        let copy = copy(&said, bad).context("the message is in it")?;
        ensure!(copy["hidden"] == true && copy["content"] == "", "{copy}");
        ensure!(!said.to_string().contains(SECRET), "{said}");
    }
    page.until_html("Hidden by an administrator").await?;

    let room = text(&cyd, "/rooms/general/").await?;
    ensure!(!room.contains(SECRET) && room.contains("Hidden by an administrator"));
    ensure!(!StreamedPage::open(&cyd, "general").await?.html().contains(SECRET));
    for path in ["/rooms/general/messages/?after=0", "/api/rooms/general/messages/?after=0"] {
        let list = cyd.json(path).await?;
        let ids: Vec<i64> = list["messages"].as_array().context("messages")?.iter().map(message_id).collect();
        ensure!(ids == [answer] && !list.to_string().contains(SECRET), "{list}");
    }
    for who in [&bob, &cyd, &ada] {
        let one = who.json(&format!("/api/rooms/general/messages/{bad}/")).await?;
        ensure!(one["content"] == "" && one["hidden"] == true, "its author too: {one}");
        let versions = who.json(&format!("/api/rooms/general/messages/{bad}/versions/")).await?;
        ensure!(versions["versions"] == json!([]), "{versions}");
    }
    let edit = json!({ "content": "again" });
    let edited = status(&bob, "PATCH", &format!("/api/rooms/general/messages/{bad}/"), edit).await?;
    ensure!(edited == StatusCode::CONFLICT, "{edited}");
    let look = ada.json(&path).await?;
    ensure!(look["messages"][0]["content"] == SECRET && look["hidden_by"]["username"] == "ada", "{look}");

    let back = done(&ada, "PATCH", &path, json!({ "hidden": false })).await?;
    ensure!(back["content"] == SECRET && back["hidden"] == false, "{back}");
    let shown = within("a frame", async {
        loop {
            let frame = socket.next_of("events").await?;
            if let Some(copy) = copy(&frame, bad).filter(|copy| copy["hidden"] == false) {
                return anyhow::Ok(copy);
            }
        }
    })
    .await??;
    ensure!(shown["content"] == SECRET, "{shown}");
    ensure!(text(&cyd, "/rooms/general/").await?.contains(SECRET));
    cyd.post("general", "the next one", "next").await?;
    let next = within("a message", oldest.next()).await??;
    ensure!(next["message"] == "the next one", "the oldest dialect has heard nothing in between: {next}");
    Ok(())
}

#[tokio::test]
async fn what_is_erased_is_gone_for_administrators_too() -> Result<()> {
    let server = Server::start_with(Options { in_files: true, ..Options::default() })?;
    let ada = Person::sign_up(&server, "ada").await?;
    let bob = Person::sign_up(&server, "bob").await?;
    let bad = message_id(&bob.post("general", SECRET, "bad").await?);
    let path = format!("/api/admin/messages/{bad}/");
    ensure!(status(&bob, "DELETE", &path, json!({})).await? == StatusCode::NOT_FOUND);
    ensure!(bob.json(&format!("/api/rooms/general/messages/{bad}/")).await?["content"] == SECRET);
    let form = ada.submit(&format!("/admin/messages/{bad}/"), &[("act", "erase")]).await?;
    ensure!(form.status() == StatusCode::SEE_OTHER, "{}", form.status());
    let look = ada.json(&path).await?;
    ensure!(look["messages"][0]["deleted"] == true && !look.to_string().contains(SECRET), "{look}");
    ensure!(status(&ada, "PATCH", &path, json!({ "hidden": false })).await? == StatusCode::CONFLICT);
    let holds = |word: &str| -> Result<bool> {
        for file in ["tertulia.db", "tertulia.db-wal"] {
            let bytes = std::fs::read(server.directory().join("data").join(file)).unwrap_or_default();
            if bytes.windows(word.len()).any(|part| part == word.as_bytes()) {
                return Ok(true);
            }
        }
        Ok(false)
    };
    let gone = async |word: &str| {
        within("the bytes leave the database's files", async {
            while holds(word)? {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            anyhow::Ok(())
        })
        .await?
    };
    gone(SECRET).await?;
    let reported = message_id(&bob.post("general", REPORTED, "worse").await?);
    let reports = format!("/api/rooms/general/messages/{reported}/reports/");
    done(&ada, "POST", &reports, json!({})).await?;
    let report = ada.json("/api/admin/reports/").await?["reports"][0]["id"].clone();
    let settle = json!({ "resolution": "erased" });
    done(&ada, "PATCH", &format!("/api/admin/reports/{report}/"), settle).await?;
    ensure!(ada.json(&format!("/api/rooms/general/messages/{reported}/")).await?["deleted"] == true);
    gone(REPORTED).await?;
    ensure!(holds("General")?, "the rest is there");
    Ok(())
}

#[tokio::test]
async fn a_report_opens_a_direct_message_to_administrators_and_nothing_else() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let (bob, cyd) = (Person::sign_up(&server, "bob").await?, Person::sign_up(&server, "cyd").await?);
    let room = done(&bob, "POST", "/api/directs/", json!({ "username": "cyd" })).await?;
    let slug = room["slug"].as_str().context("a slug")?.to_owned();
    let first = message_id(&bob.post(&slug, "hello", "1").await?);
    let bad = message_id(&bob.post(&slug, SECRET, "2").await?);
    let look = |id: i64| format!("/api/admin/messages/{id}/");
    ensure!(ada.get(&look(bad)).await?.status() == StatusCode::NOT_FOUND);
    ensure!(!text(&ada, "/admin/messages/").await?.contains(&format!("/admin/messages/{bad}/")));

    let reports = format!("/api/rooms/{slug}/messages/{bad}/reports/");
    ensure!(status(&ada, "POST", &reports, json!({})).await? == StatusCode::NOT_FOUND, "not hers to read");
    let long = "x".repeat(501);
    ensure!(status(&cyd, "POST", &reports, json!({ "reason": long })).await? == StatusCode::BAD_REQUEST);
    ensure!(status(&cyd, "POST", &reports, json!({ "reason": "rude" })).await? == StatusCode::CREATED);
    ensure!(status(&cyd, "POST", &reports, json!({ "reason": "ruder" })).await? == StatusCode::OK, "once");
    let page = format!("/rooms/{slug}/messages/{bad}/reports/");
    ensure!(text(&bob, &page).await?.contains("Report this message?"));
    let form = bob.submit(&page, &[("reason", "")]).await?;
    ensure!(form.status() == StatusCode::SEE_OTHER, "{}", form.status());

    let queue = ada.json("/api/admin/reports/").await?;
    let open = queue["reports"].as_array().context("reports")?;
    ensure!(
        open.len() == 2 && open[1]["reason"] == "rude" && open[1]["reporter"]["username"] == "cyd",
        "{queue}"
    );
    ensure!(!queue.to_string().contains(SECRET), "what it says is not in the queue");
    let listed = text(&ada, "/admin/reports/").await?;
    ensure!(
        listed.contains("rude")
            && !listed.contains(SECRET)
            && listed.contains(&format!("/admin/messages/{bad}/"))
    );
    ensure!(bob.get("/admin/reports/").await?.status() == StatusCode::NOT_FOUND);

    let looks = async || -> Result<usize> {
        Ok(text(&ada, "/admin/audit/?act=message.view").await?.matches("Looked at a message</td>").count())
    };
    ensure!(looks().await? == 0, "a refused look shows nothing");
    let seen = text(&ada, &format!("/admin/messages/{bad}/")).await?;
    ensure!(seen.contains(SECRET) && seen.contains("hello"), "with a little around it");
    ensure!(looks().await? == 1);
    ensure!(ada.get(&look(first)).await?.status() == StatusCode::NOT_FOUND, "the other one was not reported");
    ensure!(
        !text(&ada, &format!("/admin/messages/?q={SECRET}"))
            .await?
            .contains(&format!("/admin/messages/{bad}/"))
    );

    let id = open[0]["id"].as_i64().context("an id")?;
    let settled =
        done(&ada, "PATCH", &format!("/api/admin/reports/{id}/"), json!({ "resolution": "hidden" })).await?;
    ensure!(settled["resolution"] == "hidden" && settled["resolved_by"]["username"] == "ada", "{settled}");
    ensure!(ada.json("/api/admin/reports/").await?["reports"] == json!([]), "both of them");
    ensure!(cyd.json(&format!("/api/rooms/{slug}/messages/{bad}/")).await?["hidden"] == true);
    let late = status(&cyd, "POST", &reports, json!({})).await?;
    ensure!(late == StatusCode::CONFLICT, "nothing is left to report: {late}");
    Ok(())
}

#[tokio::test]
async fn settling_a_report_dismisses_it_or_deactivates_the_author() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let (bob, cyd) = (Person::sign_up(&server, "bob").await?, Person::sign_up(&server, "cyd").await?);
    let report = async |who: &Person, id: i64| -> Result<i64> {
        done(who, "POST", &format!("/api/rooms/general/messages/{id}/reports/"), json!({})).await?;
        let queue = ada.json("/api/admin/reports/").await?;
        queue["reports"][0]["id"].as_i64().context("it is the newest")
    };
    let fine = message_id(&cyd.post("general", "fine", "1").await?);
    let id = report(&bob, fine).await?;
    let form = ada.submit(&format!("/admin/reports/{id}/"), &[("resolution", "dismissed")]).await?;
    ensure!(form.status() == StatusCode::SEE_OTHER, "{}", form.status());
    ensure!(bob.json(&format!("/api/rooms/general/messages/{fine}/")).await?["content"] == "fine");
    ensure!(cyd.get("/api/me/").await?.status() == StatusCode::OK);

    let bad = message_id(&bob.post("general", "bad", "1").await?);
    let id = report(&cyd, bad).await?;
    let path = format!("/api/admin/reports/{id}/");
    let nonsense = status(&ada, "PATCH", &path, json!({ "resolution": "shouted at" })).await?;
    ensure!(nonsense == StatusCode::BAD_REQUEST, "{nonsense}");
    ensure!(
        status(&cyd, "PATCH", &path, json!({ "resolution": "deactivated" })).await? == StatusCode::NOT_FOUND
    );
    done(&ada, "PATCH", &path, json!({ "resolution": "deactivated" })).await?;
    ensure!(bob.get("/api/me/").await?.status() == StatusCode::UNAUTHORIZED);
    ensure!(
        cyd.json(&format!("/api/rooms/general/messages/{bad}/")).await?["content"] == "bad",
        "what he wrote stays"
    );

    let own = message_id(&ada.post("general", "mine", "1").await?);
    let id = report(&cyd, own).await?;
    let mine =
        status(&ada, "PATCH", &format!("/api/admin/reports/{id}/"), json!({ "resolution": "deactivated" }))
            .await?;
    ensure!(mine == StatusCode::CONFLICT, "not oneself: {mine}");
    let resolved = ada.json("/api/admin/reports/?show=resolved").await?;
    let how: Vec<_> =
        resolved["reports"].as_array().context("reports")?.iter().map(|r| r["resolution"].clone()).collect();
    ensure!(how == ["deactivated", "dismissed"], "{resolved}");
    Ok(())
}

#[tokio::test]
async fn messages_are_found_by_what_is_asked_for() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let bob = Person::sign_up(&server, "bob").await?;
    bob.post("general", "Green TEA", "1").await?;
    ada.post("general", "black tea", "2").await?;
    done(&bob, "POST", "/api/rooms/", json!({ "name": "Ale" })).await?;
    bob.post("ale", "pale ale", "3").await?;
    let find = async |query: &str| -> Result<Vec<String>> {
        let page = ada.json(&format!("/api/admin/messages/?{query}")).await?;
        let found = page["messages"].as_array().context("messages")?;
        Ok(found.iter().filter_map(|one| one["content"].as_str().map(str::to_owned)).collect())
    };
    ensure!(find("").await? == ["pale ale", "black tea", "Green TEA"]);
    ensure!(find("q=tea").await? == ["black tea", "Green TEA"]);
    ensure!(find("q=tea&author=bob").await? == ["Green TEA"]);
    ensure!(find("room=ale").await? == ["pale ale"]);
    ensure!(find("until=2000-01-01").await?.is_empty() && find("from=2000-01-01").await?.len() == 3);
    for wrong in ["author=nobody", "room=nowhere", "from=yesterday", "q=a+b+c+d+e+f+g+h+i", "after=x"] {
        let answer = ada.get(&format!("/api/admin/messages/?{wrong}")).await?;
        ensure!(answer.status() == StatusCode::BAD_REQUEST, "{wrong}: {}", answer.status());
        let page = ada.get(&format!("/admin/messages/?{wrong}")).await?;
        ensure!(page.status() == StatusCode::OK, "{wrong}: {}", page.status());
    }
    ensure!(
        text(&ada, "/admin/audit/?act=message.find").await?.contains("tea"),
        "what was looked for is written down"
    );
    ensure!(bob.get("/api/admin/messages/").await?.status() == StatusCode::NOT_FOUND);
    Ok(())
}
