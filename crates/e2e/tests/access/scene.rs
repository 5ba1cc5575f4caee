//! Everybody a room knows, and rooms for them.

use anyhow::{Context, Result, ensure};
use e2e::{Person, Server, message_id};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::atomic::{AtomicUsize, Ordering},
};

/// The columns: the administrator is in no room.
pub const ROLES: [&str; 9] =
    ["anonymous", "outsider", "removed", "banned", "read-only", "member", "moderator", "owner", "admin"];

/// Rooms one account may make within an hour; then the next one makes them.
const ROOMS_PER_OWNER: usize = 90;
const OWNERS: usize = 16;

pub struct Scene {
    people: HashMap<&'static str, (Person, i64)>,
    owners: Vec<Person>,
    made: AtomicUsize,
    server: String,
    newcomers: AtomicUsize,
    bot: i64,
}

/// A room in which each role is somebody.
pub struct Room {
    pub slug: String,
    /// Written by the member.
    pub message: i64,
    /// A link to come in by, and its id.
    pub invite: (String, i64),
    /// The member's id, upon whom others act.
    pub member: i64,
    owner: Person,
    /// A bot that is in no room.
    pub bot: i64,
}

impl Scene {
    pub async fn new(server: &Server) -> Result<Self> {
        let admin = Person::sign_up(server, "ada").await?;
        let bot =
            answer(&admin, "POST", "/api/bots/", json!({ "username": "bot", "mind": "intents" })).await?;
        let bot = bot["id"].as_i64().context("a bot has an id")?;
        let mut people = HashMap::from([("admin", (admin.clone(), id_of(&admin).await?))]);
        people.insert("anonymous", (Person::stranger(server)?, 0));
        for role in ["outsider", "removed", "banned", "read-only", "member", "moderator"] {
            let somebody = Person::sign_up(server, &role.replace('-', "_")).await?;
            let id = id_of(&somebody).await?;
            people.insert(role, (somebody, id));
        }
        let mut owners = Vec::new();
        for nth in 0..OWNERS {
            owners.push(Person::sign_up(server, &format!("owner{nth}")).await?);
        }
        let (made, newcomers) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Ok(Self { people, owners, made, server: server.url(), newcomers, bot })
    }

    /// Somebody nobody has seen.
    pub async fn newcomer(&self) -> Result<Person> {
        let nth = self.newcomers.fetch_add(1, Ordering::Relaxed);
        let stranger = Person::stranger_at(&self.server)?;
        // Accounts are limited per address, so each of them comes from an address of their own.
        stranger.sign_up_from(&format!("new{nth}"), &format!("192.0.2.{nth}")).await
    }

    /// A room with everyone in their place.
    pub async fn room(&self, kind: &str) -> Result<Room> {
        let nth = self.made.fetch_add(1, Ordering::Relaxed);
        let owner = self.owners.get(nth / ROOMS_PER_OWNER).context("more owners are needed")?.clone();
        let made =
            answer(&owner, "POST", "/api/rooms/", json!({ "name": format!("Room {nth}"), "kind": kind }))
                .await?;
        let slug = made["slug"].as_str().context("a room has a slug")?.to_owned();
        let at = |path: &str| format!("/api/rooms/{slug}/{path}");
        for role in ["read-only", "member", "moderator", "removed", "banned"] {
            answer(&owner, "POST", &at("members/"), json!({ "username": role.replace('-', "_") })).await?;
        }
        let id = |role: &str| self.people[role].1;
        for (role, word) in [("read-only", "read_only"), ("moderator", "moderator")] {
            answer(&owner, "PATCH", &at(&format!("members/{}/", id(role))), json!({ "role": word })).await?;
        }
        answer(&owner, "DELETE", &at(&format!("members/{}/", id("removed"))), Value::Null).await?;
        answer(&owner, "PUT", &at(&format!("bans/{}/", id("banned"))), Value::Null).await?;
        let said =
            answer(&self.people["member"].0, "POST", &at("messages/"), json!({ "content": "hello" })).await?;
        let invite = answer(&owner, "POST", &at("invites/"), Value::Null).await?;
        let link = invite["path"].as_str().context("an invitation has a link")?;
        let secret = link.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
        let invite = (secret, invite["id"].as_i64().context("an invitation has an id")?);
        Ok(Room { message: message_id(&said), invite, member: id("member"), owner, bot: self.bot, slug })
    }
}

impl Room {
    pub fn person(&self, scene: &Scene, role: &str) -> Person {
        scene.people.get(role).map_or(&self.owner, |(person, _)| person).clone()
    }
}

async fn id_of(person: &Person) -> Result<i64> {
    person.json("/api/me/").await?["id"].as_i64().context("a person has an id")
}

/// The JSON of an answer that must be a success.
async fn answer(who: &Person, method: &str, path: &str, body: Value) -> Result<Value> {
    let answer = who.ask(method, path, Some(e2e::Body::Json(body))).await?;
    let (status, text) = (answer.status(), answer.text().await?);
    ensure!(status.is_success(), "{method} {path}: {status} {text}");
    Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? })
}
