//! A good request for every route, so that what an answer depends on is who asks.

use super::scene::Room;
use anyhow::{Result, bail};
use e2e::Body;
use serde_json::json;

/// What to send.
pub struct Ask {
    pub path: String,
    pub body: Option<Body>,
}

fn form(fields: &[(&str, &str)]) -> Option<Body> {
    Some(Body::Form(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()))
}

/// The request for a route about a room, at an address of choice.
pub fn ask_for(method: &str, path: &str, room: &Room, slug: &str) -> Result<Ask> {
    let (message, member, invite) =
        (room.message.to_string(), room.member.to_string(), room.invite.1.to_string());
    let bot = room.bot.to_string();
    let id = match path {
        _ if path.contains("/messages/{id}") => &message,
        _ if path.contains("/members/{id}") => &member,
        _ if path.contains("/invites/{id}") => &invite,
        _ if path.contains("/bots/{id}") => &bot,
        // Nobody's session, and no reply in progress.
        _ => "999999",
    };
    let filled = path
        .replace("{slug}", slug)
        .replace("{id}", id)
        .replace("{missed}", "999999")
        .replace("{person}", &member)
        .replace("{emoji}", "%F0%9F%91%8D")
        .replace("{secret}", &room.invite.0)
        .replace("{file}", "nothing.css");
    let body = match method {
        "GET" | "DELETE" => None,
        _ => body(method, path, &message)?,
    };
    Ok(Ask { path: if filled.ends_with('/') { filled } else { filled + "/" }, body })
}

fn body(method: &str, path: &str, message: &str) -> Result<Option<Body>> {
    let known = match (method, path) {
        ("POST", "/") => form(&[("message", "hello")]),
        ("POST", "/auth") => {
            form(&[("tab", "sign-up"), ("username", "x"), ("password", "x"), ("terms", "on")])
        }
        ("POST", "/login" | "/accounts/login") => {
            form(&[("username", "nobody"), ("password", "nothing at all")])
        }
        ("POST", "/logout" | "/settings/sessions/{id}" | "/invites/{secret}") => form(&[]),
        ("POST", "/settings") => form(&[("theme", "dark")]),
        ("POST", "/settings/password") => form(&[("old", "wrong"), ("new", "another one of them")]),
        ("POST", "/admin/bots/new") => form(&[("username", "made.by.hand"), ("mind", "intents")]),
        ("POST", "/admin/bots/{id}") => {
            form(&[("display_name", "Bot"), ("mind", "intents"), ("is_active", "true")])
        }
        ("POST", "/admin/bots/{id}/intents") => form(&[("threshold", "0.2")]),
        ("POST", "/admin/bots/{id}/missed/{missed}") => form(&[("act", "forget")]),
        ("POST", "/admin/usage") => form(&[("day", "")]),
        ("POST", "/api/tokens") => Some(Body::Json(json!({ "name": "made by api" }))),
        ("POST", "/api/bots") => Some(Body::Json(json!({ "username": "made.by.api" }))),
        ("PATCH", "/api/bots/{id}") => Some(Body::Json(json!({ "display_name": "Bot" }))),
        ("POST", "/api/bots/{id}/missed/{missed}") => Some(Body::Json(json!({ "intent": "joke" }))),
        ("PUT", "/api/budgets") => Some(Body::Json(json!({ "day": 0 }))),
        ("POST", "/rooms/{slug}/messages/{id}/again" | "/rooms/{slug}/replies/{id}/stop") => form(&[]),
        ("POST", "/api/rooms/{slug}/messages/{id}/again" | "/api/rooms/{slug}/replies/{id}/stop") => {
            Some(Body::Json(json!({})))
        }
        ("POST", "/directs") => form(&[("username", "member")]),
        ("POST", "/rooms/new") => form(&[("name", "Made by hand")]),
        ("POST", "/rooms/{slug}" | "/chat/{slug}") => form(&[("content", "hello")]),
        (
            "POST",
            "/rooms/{slug}/join"
            | "/rooms/{slug}/leave"
            | "/rooms/{slug}/invites"
            | "/rooms/{slug}/invites/{id}",
        ) => form(&[]),
        ("POST", "/rooms/{slug}/members") => form(&[("username", "outsider")]),
        ("POST", "/rooms/{slug}/members/{id}") => form(&[("act", "remove")]),
        ("POST", "/rooms/{slug}/settings") => form(&[("name", "Another name"), ("topic", "")]),
        ("POST", "/rooms/{slug}/messages/create") => form(&[("message", "hello")]),
        ("POST", "/rooms/{slug}/messages/{id}/edit") => form(&[("content", "better")]),
        ("POST", "/rooms/{slug}/messages/{id}/delete") => form(&[]),
        ("POST", "/rooms/{slug}/messages/{id}/reactions") => form(&[("emoji", "👍")]),
        ("POST", "/rooms/{slug}/messages/{id}/pin") => form(&[("pinned", "1")]),
        ("POST", "/api/directs") => Some(Body::Json(json!({ "username": "member" }))),
        ("POST", "/api/rooms") => Some(Body::Json(json!({ "name": "Made by hand" }))),
        ("PATCH", "/api/rooms/{slug}") => Some(Body::Json(json!({ "topic": "another" }))),
        ("PUT", "/api/rooms/{slug}/read") => Some(Body::Json(json!({ "id": message }))),
        ("PUT", "/api/rooms/{slug}/level") => Some(Body::Json(json!({ "level": "mentions" }))),
        ("POST", "/api/rooms/{slug}/members") => Some(Body::Json(json!({ "username": "outsider" }))),
        ("PATCH", "/api/rooms/{slug}/members/{person}") => Some(Body::Json(json!({ "role": "moderator" }))),
        ("POST", "/api/rooms/{slug}/messages") => Some(Body::Json(json!({ "content": "hello" }))),
        ("PATCH", "/api/rooms/{slug}/messages/{id}") => Some(Body::Json(json!({ "content": "better" }))),
        ("POST", "/api/rooms/{slug}/join" | "/api/rooms/{slug}/leave" | "/api/rooms/{slug}/invites")
        | ("PUT", "/api/rooms/{slug}/bans/{person}")
        | (
            "PUT",
            "/api/rooms/{slug}/messages/{id}/pin" | "/api/rooms/{slug}/messages/{id}/reactions/{emoji}",
        ) => Some(Body::Json(json!({}))),
        _ => bail!("say what is sent to {method} {path}"),
    };
    Ok(known)
}
