//! A good request for every route, so that what an answer depends on is who asks.

use super::{document, scene::Room};
use anyhow::{Context, Result};
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
        // Deleted they would be missed by the next cell.
        _ if path == "/api/admin/users/{id}" && method == "DELETE" => "999999",
        _ if path.contains("/admin/users/{id}") => &member,
        // *General*.
        _ if path.contains("/admin/rooms/{id}") => "1",
        // Nobody's session, and no reply in progress.
        _ => "999999",
    };
    let filled = path
        .replace("{slug}", slug)
        .replace("{id}", id)
        .replace("{act}", "sign-out")
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
        ("POST", "/logout" | "/settings/sessions/{id}" | "/settings/tokens/{id}" | "/invites/{secret}") => {
            form(&[])
        }
        ("POST", "/settings/tokens") => form(&[("name", "made by hand")]),
        ("POST", "/settings") => form(&[("theme", "dark")]),
        ("POST", "/settings/password") => form(&[("old", "wrong"), ("new", "another one of them")]),
        ("POST", "/reset/{secret}") => form(&[("password", "another one of them")]),
        ("POST", "/admin/users/new") => form(&[("username", "made.on.the.page")]),
        ("POST", "/admin/users/{id}") => form(&[("display_name", "Member")]),
        ("POST", "/admin/rooms/{id}/rename") => form(&[("name", "General")]),
        (
            "POST",
            "/admin/users/{id}/{act}"
            | "/admin/tokens/{id}/revoke"
            | "/admin/rooms/{id}/close"
            | "/admin/rooms/{id}/open"
            | "/admin/replies/{id}/stop",
        ) => form(&[]),
        ("POST", "/api/admin/users") => Some(Body::Json(json!({ "username": "made.by.admin" }))),
        ("PATCH", "/api/admin/users/{id}") => Some(Body::Json(json!({ "display_name": "Member" }))),
        ("POST", "/api/admin/users/{id}/reset" | "/api/admin/replies/{id}/stop") => {
            Some(Body::Json(json!({})))
        }
        ("PATCH", "/api/admin/rooms/{id}") => Some(Body::Json(json!({ "topic": "everything" }))),
        ("POST", "/admin/bots/new") => form(&[("username", "made.by.hand"), ("mind", "intents")]),
        ("POST", "/admin/bots/{id}") => {
            form(&[("display_name", "Bot"), ("mind", "intents"), ("is_active", "true")])
        }
        ("POST", "/admin/bots/{id}/intents") => form(&[("threshold", "0.2")]),
        ("POST", "/admin/bots/{id}/missed/{missed}") => form(&[("act", "forget")]),
        ("POST", "/admin/reports/{id}") => form(&[("resolution", "dismissed")]),
        ("POST", "/admin/messages/{id}") => form(&[("act", "restore")]),
        ("POST", "/admin/settings") => form(&[("has_guests", "1"), ("guests", "true")]),
        ("POST", "/admin/invites" | "/admin/invites/{id}") => form(&[]),
        ("PATCH", "/api/admin/reports/{id}") => Some(Body::Json(json!({ "resolution": "dismissed" }))),
        ("PATCH", "/api/admin/messages/{id}") => Some(Body::Json(json!({ "hidden": false }))),
        ("PATCH", "/api/admin/settings") => Some(Body::Json(json!({ "guests": true }))),
        ("POST", "/api/admin/invites") => Some(Body::Json(json!({ "note": "made by api" }))),
        ("POST", "/rooms/{slug}/messages/{id}/reports") => form(&[("reason", "rude")]),
        ("POST", "/api/rooms/{slug}/messages/{id}/reports") => Some(Body::Json(json!({ "reason": "rude" }))),
        ("POST", "/admin/usage") => form(&[("day", "")]),
        // Strangers may do these, with a cookie or without: it counts for nothing here.
        ("POST", "/auth/users" | "/auth/users/create") => form(&[("username", "x y"), ("password", "x")]),
        // Under another name than at the pages: wrong passwords are limited for each name.
        ("POST", "/auth/token/login" | "/auth/token/create") => {
            form(&[("username", "nobody.by.token"), ("password", "nothing at all")])
        }
        (_, path) if path.starts_with("/auth/") => form(&[("email", "nobody@example.org")]),
        ("POST", "/api/tokens") => Some(Body::Json(json!({ "name": "made by api" }))),
        ("POST", "/api/bots") => Some(Body::Json(json!({ "username": "made.by.api" }))),
        ("POST", "/api/bots/{id}/missed/{missed}") => Some(Body::Json(json!({ "intent": "joke" }))),
        ("POST", "/rooms/{slug}/messages/{id}/again" | "/rooms/{slug}/replies/{id}/stop") => form(&[]),
        ("POST", "/chats") => form(&[("name", "Made by hand")]),
        ("POST", "/chats/{slug}") => form(&[]),
        ("POST", "/chats/{slug}/people") => form(&[("username", "outsider")]),
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
        ("POST", "/rooms/{slug}/level") => form(&[("level", "mentions")]),
        ("POST", "/rooms/{slug}/settings") => form(&[("name", "Another name"), ("topic", "")]),
        ("POST", "/rooms/{slug}/messages/{id}/edit") => form(&[("content", "better")]),
        ("POST", "/rooms/{slug}/messages/{id}/delete") => form(&[]),
        ("POST", "/rooms/{slug}/messages/{id}/reactions") => form(&[("emoji", "👍")]),
        ("POST", "/rooms/{slug}/messages/{id}/pin") => form(&[("pinned", "1")]),
        ("POST", "/api/directs") => Some(Body::Json(json!({ "username": "member" }))),
        ("PUT", "/api/rooms/{slug}/read" | "/api/rooms/{slug}/delivered") => {
            Some(Body::Json(json!({ "id": message })))
        }
        ("PATCH", "/api/chats/{slug}") => Some(Body::Json(json!({ "username": "outsider" }))),
        ("POST", "/api/rooms/{slug}/members") => Some(Body::Json(json!({ "username": "outsider" }))),
        // What is described has an example.
        _ => {
            let example = document::example(method, path);
            Some(example.with_context(|| format!("say what is sent to {method} {path}"))?)
        }
    };
    Ok(known)
}
