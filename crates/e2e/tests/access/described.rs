//! The description of the API against the server: every operation is asked for with a good request, and what comes is what
//! the document says, member by member.

use super::{
    answers::server,
    document::{Operation, check, operations, resolved},
    requests::{Ask, ask_for},
    scene::{Room, Scene},
};
use anyhow::{Context, Result, ensure};
use e2e::{Body, Person, Server, until};
use futures_util::{StreamExt, stream};
use reqwest::Response;
use serde_json::{Value, json};
use std::sync::Arc;

/// What the scene has none of: nobody is answering there, its bot understood everything, and nobody has a token.
const NOTHING_THERE: [&str; 6] = [
    "replies_stop",
    "replies_again",
    "bots_teach",
    "tokens_destroy",
    "administration_stop_reply",
    "administration_revoke_token",
];

impl Operation {
    fn name(&self) -> &str {
        self.says["operationId"].as_str().unwrap_or_default()
    }

    fn is_for_anyone(&self) -> bool {
        self.says["security"] == json!([])
    }

    fn takes_tokens_only(&self) -> bool {
        self.says["security"] == json!([{ "token": [] }])
    }

    /// That an answer is one of those that are described.
    async fn agrees(&self, answer: Response) -> Result<u16> {
        let status = answer.status().as_u16();
        let said = resolved(&self.says["responses"][status.to_string()]).clone();
        let media = answer.headers().get("content-type").and_then(|media| media.to_str().ok());
        let media = media.unwrap_or_default().split(';').next().unwrap_or_default().to_owned();
        let text = if media == "text/event-stream" { String::new() } else { answer.text().await? };
        ensure!(said.is_object(), "{status} is not described: {text}");
        let Some(content) = said["content"].as_object() else {
            ensure!(text.is_empty(), "{status} has no body: {text}");
            return Ok(status);
        };
        let described = content.get(&media).with_context(|| format!("{status} comes as {media}"))?;
        if media == "application/json" {
            check(&described["schema"], &serde_json::from_str(&text)?)
                .with_context(|| format!("{status}"))?;
        }
        Ok(status)
    }
}

/// Says this and that in a room, so that its lists are not empty.
async fn furnish(room: &Room, who: &Person) -> Result<()> {
    let at = |path: &str| format!("/api/rooms/{}/{path}", room.slug);
    let said = who.post(&room.slug, "When does the ferry leave?", "").await?["id"].clone();
    let acts = [
        ("PATCH", format!("messages/{said}/"), json!({ "content": "When does *the ferry* leave, @member?" })),
        ("PUT", format!("messages/{said}/reactions/☕/"), json!({})),
        ("PUT", format!("messages/{said}/pin/"), json!({})),
        ("POST", "messages/".into(), json!({ "content": "At nine", "reply_to": said, "client_id": "nine" })),
        ("POST", "members/".into(), json!({ "username": "bot" })),
        ("POST", "messages/".into(), json!({ "content": "@bot tell me a joke" })),
    ];
    for (method, path, body) in acts {
        let answer = who.ask(method, &at(&path), Some(Body::Json(body))).await?;
        ensure!(answer.status().is_success(), "{method} {path}: {}", answer.text().await?);
    }
    let answered = |said: &Value| !said["answer"].is_null();
    until("the bot has answered", || async {
        who.messages(&room.slug).await.ok().filter(|messages| messages.iter().any(answered))
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn every_operation_answers_as_the_document_says_and_strangers_are_refused() -> Result<()> {
    let server = server()?;
    let scene = Arc::new(Scene::new(&server).await?);
    let walks = stream::iter(operations()).map(|operation| {
        let (scene, server) = (scene.clone(), &server);
        async move {
            walk(&operation, &scene, server).await.err().map(|why| format!("{}: {why:#}", operation.name()))
        }
    });
    let faults: Vec<String> = walks.buffered(4).filter_map(async |fault| fault).collect().await;
    ensure!(faults.is_empty(), "{}", faults.join("\n\n"));
    Ok(())
}

/// Somebody's program, and a chat session of theirs.
async fn program(server: &Server, who: &Person) -> Result<(Person, String)> {
    let draft = Some(Body::Json(json!({ "name": "walk" })));
    let made: Value = who.ask("POST", "/api/tokens/", draft).await?.json().await?;
    let program = Person::by_token(server, made["token"].as_str().context("a token is told once")?)?;
    let started: Value = program.ask("POST", "/api/chats/", None).await?.json().await?;
    Ok((program, started["uri"].as_str().context("a session has an address")?.to_owned()))
}

/// The number of something that administrators look after and rooms have none of, made for this: a report of a message, a way in, or an account.
async fn looked_after(path: &str, room: &Room, scene: &Scene) -> Result<Option<i64>> {
    let (owner, admin) = (room.person(scene, "owner"), room.person(scene, "admin"));
    let message = room.message;
    if path.starts_with("/api/admin/reports/{id}") || path.starts_with("/api/admin/messages/{id}") {
        let report = format!("/api/rooms/{}/messages/{message}/reports/", room.slug);
        let told = owner.ask("POST", &report, Some(Body::Json(json!({ "reason": "rude" })))).await?;
        ensure!(told.status().is_success(), "it cannot be reported: {}", told.text().await?);
        let reports = admin.json("/api/admin/reports/").await?;
        let mut reports = reports["reports"].as_array().into_iter().flatten();
        let report = reports.find(|report| report["message_id"] == message).context("it was reported")?;
        return Ok(if path.contains("reports") { report["id"].as_i64() } else { Some(message) });
    }
    if path.starts_with("/api/admin/users/{id}") {
        return Ok(scene.newcomer().await?.json("/api/me/").await?["id"].as_i64());
    }
    if path.starts_with("/api/admin/invites/{id}") {
        let made = admin.ask("POST", "/api/admin/invites/", Some(Body::Json(json!({})))).await?;
        return Ok(made.json::<Value>().await?["invite"]["id"].as_i64());
    }
    Ok(None)
}

async fn walk(operation: &Operation, scene: &Scene, server: &Server) -> Result<()> {
    let room = scene.room("private").await?;
    let role = if operation.path.contains("{slug}") { "owner" } else { "admin" };
    let who = room.person(scene, role);
    if role == "owner" {
        furnish(&room, &who).await?;
    }
    // What somebody does to their own account must not meet the others.
    let is_account = operation.path.starts_with("/auth/");
    let who = if is_account { scene.newcomer().await? } else { who };
    let (who, slug) = match operation.takes_tokens_only() {
        true => program(server, &who).await?,
        false => (who, room.slug.clone()),
    };
    let Ask { path, body } = ask_for(&operation.method, operation.path.trim_end_matches('/'), &room, &slug)?;
    let path = match looked_after(&operation.path, &room, scene).await? {
        Some(id) => operation.path.replace("{id}", &id.to_string()),
        None => path,
    };
    let refused = room.person(scene, "anonymous").ask(&operation.method, &path, body.clone()).await?;
    let refused = operation.agrees(refused).await.context("to a stranger")?;
    ensure!(operation.is_for_anyone() != matches!(refused, 401 | 403), "a stranger gets {refused}");
    let who = match operation.name() {
        // One's own message is edited and looked after, and the last owner cannot leave.
        "messages_update" | "receipts_show" | "rooms_leave" => room.person(scene, "member"),
        "members_unban" => {
            who.ask("PUT", &path, None).await?;
            who
        }
        _ => who,
    };
    let given = operation.agrees(who.ask(&operation.method, &path, body).await?).await?;
    if is_account {
        // Passwords, codes and mail are none of an example: `seed_tokens.rs` says these.
        return Ok(());
    }
    let nothing_there = NOTHING_THERE.contains(&operation.name());
    ensure!(nothing_there != (given < 300), "{} is answered with {given}", operation.name());
    Ok(())
}

#[test]
fn every_example_is_as_its_schema_says() -> Result<()> {
    for operation in operations() {
        let answers =
            operation.says["responses"].as_object().into_iter().flat_map(|answers| answers.values());
        for side in answers.map(resolved).chain([&operation.says["requestBody"]]) {
            for media in side["content"].as_object().into_iter().flat_map(|media| media.values()) {
                let Some(example) = media.get("example") else { continue };
                check(&media["schema"], example)
                    .with_context(|| format!("an example of {}", operation.name()))?;
            }
        }
        ensure!(
            operation.says["summary"].as_str().is_some_and(|text| !text.is_empty() && !text.ends_with('.')),
            "{} has no title",
            operation.name()
        );
    }
    Ok(())
}

#[test]
fn a_member_that_is_not_described_is_a_fault() -> Result<()> {
    let profile = json!({ "$ref": "#/components/schemas/Profile" });
    let ada = json!({ "id": 1, "username": "ada", "display_name": "Ada", "is_bot": false, "avatar": "" });
    check(&profile, &ada)?;
    let mut more = ada.clone();
    more["email"] = json!("ada@example.org");
    let less: Value = json!({ "id": 1 });
    ensure!(check(&profile, &more).is_err() && check(&profile, &less).is_err(), "the test sees nothing");
    Ok(())
}
