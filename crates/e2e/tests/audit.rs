//! Whatever an administrator does stands in the audit log.
//!
//! The routes come from the binary, so a new one by which something is governed is a failure here until somebody has said how it is asked for.

use anyhow::{Context, Result, ensure};
use e2e::{
    Body, Options, Person, Server, Upstream, message_id, run, until,
    upstream::{
        Act,
        chat::{HEAD, delta, send},
    },
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What no bot here understands, and nothing that was taught by one of these helps with the next.
const QUESTIONS: [&str; 6] = [
    "which ferry goes to Cangas",
    "who painted the big wall",
    "how deep lies the harbour",
    "where do swallows sleep",
    "why does bread rise slowly",
    "can lighthouses be rented",
];

/// Ada governs; the others have accounts.
struct House {
    ada: Person,
    bob: Person,
    /// A bot that changes, and one that is taught.
    bot: i64,
    taught: i64,
    made: AtomicUsize,
    asked: AtomicUsize,
}

async fn done(by: &Person, method: &str, path: &str, body: Value) -> Result<Value> {
    let answer = by.ask(method, path, Some(Body::Json(body))).await?;
    let (status, text) = (answer.status(), answer.text().await?);
    ensure!(status.is_success(), "{method} {path}: {status} {text}");
    Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? })
}

fn id(of: &Value) -> Result<i64> {
    of["id"].as_i64().with_context(|| format!("it has a number: {of}"))
}

/// The newest line of the log, and what is in it.
async fn newest(by: &Person) -> Result<(i64, String)> {
    let log = by.json("/api/admin/audit/").await?;
    let line = &log["acts"][0];
    let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
    Ok((line["id"].as_i64().unwrap_or(0), format!("{} {} {}", text("act"), text("subject"), text("detail"))))
}

impl House {
    async fn new(server: &Server) -> Result<Self> {
        let (ada, bob) = (Person::sign_up(server, "ada").await?, Person::sign_up(server, "bob").await?);
        let bot =
            id(&done(&ada, "POST", "/api/bots/", json!({ "username": "den", "mind": "intents" })).await?)?;
        let script = json!({ "name": "Sage", "threshold": 0.6, "fallback": { "replies": ["I only know of tea."] }, "intents": [
            { "name": "tea", "phrases": ["when is tea", "tea time"], "replies": ["At five."] },
            { "name": "cake", "phrases": ["is there cake", "any cake left"], "replies": ["Lemon."] },
        ] });
        let taught = json!({ "username": "sage", "mind": "intents", "settings": script });
        let taught = id(&done(&ada, "POST", "/api/bots/", taught).await?)?;
        done(&ada, "POST", "/api/rooms/general/members/", json!({ "username": "sage" })).await?;
        Ok(Self { ada, bob, bot, taught, made: AtomicUsize::new(0), asked: AtomicUsize::new(0) })
    }

    fn name(&self) -> String {
        format!("name{}", self.made.fetch_add(1, Ordering::Relaxed))
    }

    async fn person(&self) -> Result<i64> {
        let made = done(&self.ada, "POST", "/api/admin/users/", json!({ "username": self.name() })).await?;
        id(&made["user"]).or_else(|_| id(&made))
    }

    async fn message(&self) -> Result<i64> {
        Ok(message_id(&self.bob.post("general", "something rude", &self.name()).await?))
    }

    async fn report(&self) -> Result<i64> {
        let path = format!("/api/rooms/general/messages/{}/reports/", self.message().await?);
        done(&self.bob, "POST", &path, json!({ "reason": "rude" })).await?;
        id(&self.ada.json("/api/admin/reports/").await?["reports"][0])
    }

    /// A question that the bot did not understand.
    async fn missed(&self) -> Result<i64> {
        let question = format!("@sage {}", QUESTIONS[self.asked.fetch_add(1, Ordering::Relaxed)]);
        self.bob.post("general", &question, "").await?;
        let path = format!("/api/bots/{}/missed/", self.taught);
        let kept =
            |missed: &Value| missed["missed"][0]["text"].as_str().is_some_and(|text| question.contains(text));
        let missed =
            until("the bot did not understand", || async { self.ada.json(&path).await.ok().filter(kept) });
        id(&missed.await?["missed"][0])
    }

    /// What a route is asked with: the number in its path, and its fields.
    async fn good(&self, method: &str, path: &str) -> Result<(i64, Value)> {
        let number = match path {
            _ if path.contains("/missed/") => self.missed().await?,
            _ if path.ends_with("/intents") => self.taught,
            _ if path.contains("/bots/{id}") => self.bot,
            _ if path.contains("/users/{id}") => self.person().await?,
            _ if path.contains("/tokens/{id}") => {
                id(&done(&self.bob, "POST", "/api/tokens/", json!({ "name": "clock" })).await?)?
            }
            _ if path.contains("/rooms/{id}") => 1,
            _ if path.contains("/reports/{id}") => self.report().await?,
            _ if path.contains("/messages/{id}") => self.message().await?,
            _ if path.contains("/invites/{id}") => {
                id(&done(&self.ada, "POST", "/api/admin/invites/", json!({})).await?["invite"])?
            }
            _ if path.contains("/replies/{id}") => {
                self.missed().await?;
                id(&self.ada.json("/api/admin/replies/").await?["replies"][0])?
            }
            _ => 0,
        };
        let fields = match (method, path) {
            ("DELETE", _) => Value::Null,
            (_, "/admin/users/new" | "/api/admin/users") => json!({ "username": self.name() }),
            (_, "/admin/bots/new" | "/api/bots") => json!({ "username": self.name(), "mind": "intents" }),
            (_, "/admin/users/{id}" | "/api/admin/users/{id}") => json!({ "display_name": self.name() }),
            (_, "/admin/rooms/{id}/rename" | "/api/admin/rooms/{id}") => json!({ "name": self.name() }),
            (_, "/admin/bots/{id}" | "/api/bots/{id}") => {
                json!({ "display_name": self.name(), "mind": "intents", "is_active": "true" })
            }
            (_, "/admin/bots/{id}/intents") => json!({ "threshold": "0.7" }),
            (_, "/admin/bots/{id}/missed/{missed}") => json!({ "act": "forget" }),
            (_, "/api/bots/{id}/missed/{missed}") => json!({ "intent": "tea" }),
            (_, "/admin/usage" | "/api/budgets") => json!({ "day": "1000000000" }),
            (_, "/admin/reports/{id}" | "/api/admin/reports/{id}") => json!({ "resolution": "dismissed" }),
            (_, "/admin/messages/{id}") => json!({ "act": "hide" }),
            (_, "/api/admin/messages/{id}") => json!({ "hidden": true }),
            (_, "/admin/settings" | "/api/admin/settings") => {
                json!({ "registration": "open", "message_chars_max": (1_000 + self.asked.load(Ordering::Relaxed)).to_string(), "guests": "true", "has_guests": "1" })
            }
            _ => json!({}),
        };
        Ok((number, fields))
    }
}

/// Every route by which something is governed.
fn governing() -> Result<Vec<(String, String)>> {
    let listed = run(&["routes"], &[])?;
    let rows = listed.lines().filter_map(|line| line.split_once(' '));
    let rows = rows.map(|(method, path)| (method.to_uppercase(), path.to_owned()));
    let governs = |path: &str| {
        ["/admin/", "/api/admin/", "/api/bots", "/api/budgets"].iter().any(|start| path.starts_with(start))
    };
    Ok(rows.filter(|(method, path)| method != "GET" && governs(path)).collect())
}

#[tokio::test]
async fn whatever_an_administrator_does_is_in_the_log_and_what_is_refused_is_not() -> Result<()> {
    let server = Server::start_with(Options::default().set("POSTS_PER_MINUTE", "10000"))?;
    let house = House::new(&server).await?;
    let routes = governing()?;
    ensure!(routes.len() > 30, "they are all looked at: {}", routes.len());
    for (method, path) in routes {
        let acts: &[&str] = match path.as_str() {
            "/admin/users/{id}/{act}" => {
                &["reset", "sign-out", "promote", "demote", "deactivate", "activate", "delete"]
            }
            _ => &[""],
        };
        let (number, fields) =
            house.good(&method, &path).await.with_context(|| format!("{method} {path}"))?;
        for act in acts {
            let asked = match path.contains("/missed/") {
                true => {
                    path.replace("{id}", &house.taught.to_string()).replace("{missed}", &number.to_string())
                }
                false => path.replace("{id}", &number.to_string()).replace("{act}", act),
            } + "/";
            let (before, _) = newest(&house.ada).await?;
            let body = if path.starts_with("/api/") { Body::Json(fields.clone()) } else { form(&fields) };
            let refused = house.bob.ask(&method, &asked, Some(body.clone())).await?.status();
            ensure!(refused == StatusCode::NOT_FOUND, "bob governs nothing: {method} {asked} {refused}");
            ensure!(newest(&house.ada).await?.0 == before, "what bob was refused is written down: {asked}");
            let answer = house.ada.ask(&method, &asked, Some(body)).await?;
            let status = answer.status();
            ensure!(
                status.is_success() || status == StatusCode::SEE_OTHER,
                "{method} {asked}: {status} {}",
                answer.text().await?
            );
            ensure!(newest(&house.ada).await?.0 > before, "nothing is written down of {method} {asked}");
        }
    }
    Ok(())
}

/// The fields as a browser posts them.
fn form(fields: &Value) -> Body {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let fields = fields.as_object().into_iter().flatten();
    Body::Form(fields.map(|(name, value)| (name.clone(), text(value))).collect())
}

#[tokio::test]
async fn what_an_administrator_does_in_a_room_of_others_is_in_the_log_and_what_its_owner_does_is_not()
-> Result<()> {
    let server = Server::start()?;
    let house = House::new(&server).await?;
    let (ada, bob) = (&house.ada, &house.bob);
    let cyd = Person::sign_up(&server, "cyd").await?;
    let cyd_id = id(&cyd.json("/api/me/").await?)?;
    done(bob, "POST", "/api/rooms/", json!({ "name": "Harbour", "slug": "harbour" })).await?;
    let (member, ban) =
        (format!("/api/rooms/harbour/members/{cyd_id}/"), format!("/api/rooms/harbour/bans/{cyd_id}/"));
    let acts = [
        ("POST", "/api/rooms/harbour/members/", json!({ "username": "cyd" }), "member.add"),
        ("PATCH", &member, json!({ "role": "moderator" }), "member.role"),
        ("DELETE", &member, Value::Null, "member.remove"),
        ("PUT", &ban, Value::Null, "member.ban"),
        ("DELETE", &ban, Value::Null, "member.unban"),
        ("POST", "/api/rooms/harbour/invites/", Value::Null, "room.invite"),
        ("PATCH", "/api/rooms/harbour/", json!({ "topic": "Ships" }), "room.update"),
        ("PATCH", "/api/rooms/harbour/", json!({ "archived": true }), "room.close"),
        ("PATCH", "/api/rooms/harbour/", json!({ "archived": false }), "room.open"),
    ];
    let (begun, _) = newest(ada).await?;
    for (method, path, body, _) in &acts {
        done(bob, method, path, body.clone()).await?;
    }
    let said = message_id(&cyd.post("harbour", "something rude", "").await?);
    done(bob, "DELETE", &format!("/api/rooms/harbour/messages/{said}/"), Value::Null).await?;
    done(bob, "DELETE", &member, Value::Null).await?;
    ensure!(newest(ada).await?.0 == begun, "bob owns the room: {:?}", newest(ada).await?);

    for (method, path, body, act) in &acts {
        let (before, _) = newest(ada).await?;
        done(ada, method, path, body.clone()).await.context("she governs every public room")?;
        let (after, line) = newest(ada).await?;
        ensure!(after > before && line.starts_with(act) && line.ends_with("Harbour"), "{act}: {line}");
    }
    let said = message_id(&cyd.post("harbour", "something rude", "again").await?);
    let path = format!("/api/rooms/harbour/messages/{said}/");
    done(ada, "DELETE", &path, Value::Null).await?;
    ensure!(newest(ada).await?.1 == format!("message.delete message/{said} Harbour"));
    let (before, _) = newest(ada).await?;
    let own = message_id(&ada.post("harbour", "I take it back", "").await?);
    done(ada, "DELETE", &format!("/api/rooms/harbour/messages/{own}/"), Value::Null).await?;
    ensure!(newest(ada).await?.0 == before, "her own words are no matter of office");
    Ok(())
}

#[tokio::test]
async fn an_administrator_who_stops_or_repeats_a_reply_to_somebody_else_is_in_the_log() -> Result<()> {
    let upstream = Upstream::start_with(|_, _| vec![send(HEAD), send(delta("The ferry")), Act::Hold])?;
    let server = Server::start_with(Options::default().model(&upstream))?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let cyd = Person::sign_up(&server, "cyd").await?;
    done(&bob, "POST", "/api/rooms/", json!({ "name": "Harbour", "slug": "harbour" })).await?;
    done(&bob, "POST", "/api/rooms/harbour/members/", json!({ "username": "tertulia" })).await?;
    // Whoever stops what somebody asked, has it answered again and stops that; what is said of it in the log.
    let meddle = async |by: &Person, asker: &Person, id: &str| -> Result<Vec<String>> {
        let question = asker.ask_bot("harbour", "when does it leave?", id).await?;
        let (before, _) = newest(&ada).await?;
        let reply = by.growing("harbour", question, 1).await?;
        ensure!(by.stop_reply("harbour", &reply).await? < 300, "stopped by who may");
        let answer = by.answer_to("harbour", question).await?;
        ensure!(by.ask_again("harbour", &answer).await? < 300, "answered again for who may");
        let again = by.growing("harbour", question, 1).await?;
        ensure!(by.stop_reply("harbour", &again).await? < 300);
        let log = ada.json("/api/admin/audit/").await?;
        let lines = log["acts"].as_array().context("a list")?.iter();
        let new = lines.filter(|line| line["id"].as_i64() > Some(before) && line["detail"] == "Harbour");
        let reply = reply["id"].to_string();
        let said = new.map(|line| format!("{} {}", line["act"], line["subject"]).replace(&reply, "id"));
        Ok(said.map(|line| line.replace('"', "")).rev().collect())
    };
    let governed = meddle(&ada, &cyd, "1").await?;
    ensure!(
        governed == ["reply.stop reply/id", "reply.again reply/id", "reply.stop reply/id"],
        "{governed:?}"
    );
    ensure!(meddle(&bob, &cyd, "2").await?.is_empty(), "he owns the room");
    ensure!(meddle(&ada, &ada, "3").await?.is_empty(), "what she asked herself is no matter of office");
    Ok(())
}

/// Of a chat session an administrator reads nothing; that they closed it is written down, under its address at most.
#[tokio::test]
async fn an_administrator_who_closes_a_chat_session_of_others_is_in_the_log() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    bob.submit("/chats/", &[]).await?;
    let rooms = ada.json("/api/admin/rooms/").await?;
    let session = rooms["rooms"].as_array().context("a list")?.iter().find(|room| room["kind"] == "session");
    let path = format!("/api/admin/rooms/{}/", id(session.context("bob's session")?)?);
    for (closed, act) in [(true, "room.close"), (false, "room.open")] {
        ensure!(
            bob.ask("PATCH", &path, Some(Body::Json(json!({ "archived": closed })))).await?.status() == 404
        );
        let (before, _) = newest(&ada).await?;
        done(&ada, "PATCH", &path, json!({ "archived": closed })).await?;
        let (after, line) = newest(&ada).await?;
        ensure!(after > before && line.starts_with(act), "{line}");
    }
    Ok(())
}
