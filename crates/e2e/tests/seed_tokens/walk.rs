//! Asks a server what was asked of the recorded one, in the same order, and compares.

use super::{
    differences::{DIFFERENCES, Difference, ECHO, HOLDERS, TOYS},
    transcript::{Call, Expected, Recorded, recorded},
};
use anyhow::{Context, Result, ensure};
use e2e::{Options, Server};
use reqwest::{
    Client, Response,
    header::{self, HeaderMap, HeaderValue},
};
use serde_json::Value;
use std::collections::HashMap;

/// A server at which the conversations are held again.
pub struct Walk {
    server: Server,
    http: Client,
    /// Recorded ids and tokens, and ours.
    ids: HashMap<i64, i64>,
    tokens: HashMap<String, String>,
}

impl Walk {
    /// At a server that lets in the origin that the recorded ones did.
    pub async fn new(options: Options) -> Result<Self> {
        Self::at(options.set("CORS_ALLOWED_ORIGINS", "http://localhost:8080")).await
    }

    /// At a server that is configured otherwise.
    pub async fn at(options: Options) -> Result<Self> {
        let server = Server::start_with(options)?;
        let (http, ids, tokens) = (Client::new(), HashMap::new(), HashMap::new());
        let walk = Self { server, http, ids, tokens };
        // The first account governs, and the last one that does may not go; in the record nobody does.
        walk.sign_up("governs").await?;
        Ok(walk)
    }

    async fn sign_up(&self, name: &str) -> Result<()> {
        let fields = [("username", name), ("password", "trydjango77")];
        let url = format!("{}/auth/users/", self.server.url());
        self.http.post(url).form(&fields).send().await?;
        Ok(())
    }

    /// Holds every conversation, and looks at the answers of those that `part` names. How many these were.
    pub async fn through(&mut self, looks: impl Fn(&Recorded) -> bool) -> Result<usize> {
        let mut looked = 0;
        for row in recorded()? {
            if TOYS.iter().any(|toy| is_toy(&row.call, toy)) {
                continue;
            }
            let said = self.ask(&row.call).await.with_context(|| row.title.clone())?;
            let compared = self.compare(&row, said).await;
            if looks(&row) {
                compared.with_context(|| format!("{}: {}", row.part, row.title))?;
                looked += 1;
            }
        }
        Ok(looked)
    }

    async fn ask(&mut self, call: &Call) -> Result<Response> {
        let base = self.server.url();
        let mut path = call.path.replace(ECHO.0, ECHO.1);
        if let Some(id) =
            path.strip_prefix("/auth/users/").and_then(|rest| rest.trim_matches('/').parse().ok())
        {
            path = format!("/auth/users/{}/", self.ids.get(&id).unwrap_or(&id));
        }
        let mut headers = call.headers.clone();
        if let Some(shown) = headers.get("authorization").and_then(|shown| shown.to_str().ok())
            && let Some((word, token)) = shown.split_once(' ')
        {
            let ours = self.token(token).await?;
            headers.insert("authorization", format!("{word} {ours}").parse()?);
        }
        let request = self.http.request(call.method.parse()?, format!("{base}{path}"));
        Ok(request.headers(headers).body(call.body.clone()).send().await?)
    }

    /// Our token for a recorded one; what was never one stays as it is.
    async fn token(&mut self, recorded: &str) -> Result<String> {
        if let Some(ours) = self.tokens.get(recorded) {
            return Ok(ours.clone());
        }
        let Some((_, username, password)) = HOLDERS.iter().find(|(token, ..)| *token == recorded) else {
            return Ok(recorded.into());
        };
        let url = format!("{}/auth/token/login/", self.server.url());
        let fields = [("username", username), ("password", password)];
        let answer: Value = self.http.post(url).form(&fields).send().await?.json().await?;
        let ours = answer["auth_token"].as_str().with_context(|| format!("{username}: {answer}"))?.to_owned();
        self.tokens.insert(recorded.into(), ours.clone());
        Ok(ours)
    }

    async fn compare(&mut self, row: &Recorded, said: Response) -> Result<()> {
        let difference = DIFFERENCES.iter().find(|known| row.title.starts_with(known.title));
        let Expected { status, headers, body } = difference.map_or_else(|| row.answer.clone(), Into::into);
        let (ours, their_headers) = (said.status().as_u16(), said.headers().clone());
        let text = said.text().await?;
        if let (Ok(theirs), Ok(ours)) = (
            serde_json::from_str::<Value>(row.answer.body.as_deref().unwrap_or("")),
            serde_json::from_str(&text),
        ) {
            self.learn(&theirs, &ours);
        }
        ensure!(ours == status, "{ours} instead of {status}: {text}");
        ensure!(!their_headers.contains_key("set-cookie"), "a cookie is set");
        if let Some(headers) = &headers {
            let is_preflight = headers.get("content-type").is_some_and(|kind| kind != "application/json");
            for name in LOOKED_AT {
                let (theirs, ours) = (headers.get(*name), their_headers.get(*name));
                // A browser reads no `Allow` of a preflight; ours has one.
                let more = is_preflight && *name == "allow" && theirs.is_none();
                ensure!(more || theirs == ours, "{name}: {ours:?} instead of {theirs:?}");
            }
            for (name, value) in ON_EVERY_ANSWER {
                let ours = their_headers.get(*name);
                ensure!(is_preflight || ours.is_some_and(|ours| ours == value), "{name}: {ours:?}");
            }
        }
        if let Some(body) = &body {
            let body = self.as_ours(body, &text);
            ensure!(text == body, "{text} instead of {body}");
        }
        Ok(())
    }

    /// Keeps which id and which token of ours stand for those of the record.
    fn learn(&mut self, theirs: &Value, ours: &Value) {
        if let (Some(theirs), Some(ours)) = (theirs["auth_token"].as_str(), ours["auth_token"].as_str()) {
            self.tokens.insert(theirs.into(), ours.into());
        }
        if let (Some(theirs), Some(ours)) = (theirs["id"].as_i64(), ours["id"].as_i64()) {
            self.ids.entry(theirs).or_insert(ours);
        }
    }

    /// A recorded body with our ids, and our token. What we were told for the first time is as we were told it: its shape counts.
    fn as_ours(&self, body: &str, told: &str) -> String {
        let value =
            |text: &str, key: &str| serde_json::from_str::<Value>(text).ok().map(|value| value[key].clone());
        if let Some(Value::String(theirs)) = value(body, "auth_token")
            && let Some(Value::String(ours)) = value(told, "auth_token")
            && ours.len() == 40
            && ours.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        {
            return body.replace(&theirs, &ours);
        }
        let (Some(theirs), Some(ours)) = (id_in(body), id_in(told)) else { return body.to_owned() };
        let ours = if theirs == 0 { ours } else { self.ids.get(&theirs).copied().unwrap_or(theirs) };
        body.replace(&format!("\"id\":{theirs}"), &format!("\"id\":{ours}"))
    }
}

/// The first id in a body.
fn id_in(body: &str) -> Option<i64> {
    let (_, rest) = body.split_once("\"id\":")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

impl From<&Difference> for Expected {
    fn from(known: &Difference) -> Self {
        let mut headers = HeaderMap::new();
        let json = known.body.is_none_or(|body| !body.is_empty()) || known.title == "HEAD";
        headers.extend(json.then(|| (header::CONTENT_TYPE, HeaderValue::from_static("application/json"))));
        if known.status == 401 {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Token"));
        }
        let vary = if known.allow.is_some() { "Accept, origin" } else { "origin" };
        headers.insert(header::VARY, HeaderValue::from_static(vary));
        headers.extend(known.allow.map(|allow| (header::ALLOW, HeaderValue::from_static(allow))));
        Self { status: known.status, headers: Some(headers), body: known.body.map(str::to_owned) }
    }
}

/// What the record says of every answer, once for all. Preflights are answered before anything of it is added.
const ON_EVERY_ANSWER: &[(&str, &str)] = &[
    ("x-frame-options", "DENY"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// Headers in which we answer as recorded; the others are each server's own.
const LOOKED_AT: &[&str] = &[
    "content-type",
    "www-authenticate",
    "vary",
    "allow",
    "retry-after",
    "location",
    "access-control-allow-origin",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-credentials",
    "access-control-max-age",
];

fn is_toy(call: &Call, toy: &str) -> bool {
    let (path, body) = toy.split_once(' ').unwrap_or((toy, ""));
    call.path.starts_with(path) && call.body.starts_with(body.as_bytes())
}
