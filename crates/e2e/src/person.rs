//! Somebody with a browser.

use crate::{EventStream, Server, Socket};
use anyhow::{Context, Result, bail};
use reqwest::{
    Client, Response, StatusCode,
    cookie::{CookieStore, Jar},
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// The password of everybody in the tests.
const PASSWORD: &str = "a tertulia of friends";

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What a request carries.
#[derive(Debug, Clone)]
pub enum Body {
    /// The fields of a form.
    Form(Vec<(String, String)>),
    /// JSON.
    Json(Value),
}

/// Somebody with a browser: cookies, and forms that are posted as browsers post them. Redirects are not followed.
#[derive(Debug, Clone)]
pub struct Person {
    /// What they are called.
    pub name: String,
    http: Client,
    jar: Arc<Jar>,
    base: String,
    /// What a program shows; empty for somebody with a browser.
    token: String,
}

impl Person {
    /// A visitor who has not signed in.
    pub fn stranger(server: &Server) -> Result<Self> {
        Self::stranger_at(&server.url())
    }

    /// A visitor of an address.
    pub fn stranger_at(base: &str) -> Result<Self> {
        Self::stranger_with(base, HeaderMap::new())
    }

    /// A visitor whose requests a proxy passes on for a network address.
    pub fn stranger_from(server: &Server, address: &str) -> Result<Self> {
        let forwarded = HeaderValue::from_str(address)?;
        Self::stranger_with(&server.url(), HeaderMap::from_iter([(X_FORWARDED_FOR, forwarded)]))
    }

    /// A program of somebody: no cookies, and a token with every request.
    pub fn by_token(server: &Server, token: &str) -> Result<Self> {
        let shown = HeaderValue::from_str(&format!("Token {token}"))?;
        let program = Self::stranger_with(&server.url(), HeaderMap::from_iter([(AUTHORIZATION, shown)]))?;
        Ok(Self { token: token.into(), ..program })
    }

    fn stranger_with(base: &str, headers: HeaderMap) -> Result<Self> {
        let jar = Arc::new(Jar::default());
        let http = Client::builder().redirect(Policy::none()).cookie_provider(jar.clone());
        let http = http.default_headers(headers).build()?;
        Ok(Self { name: String::new(), http, jar, base: base.into(), token: String::new() })
    }

    /// Makes an account by the form, with further fields.
    pub async fn sign_up_with(self, name: &str, more: &[(&str, &str)]) -> Result<Self> {
        let fields = [("tab", "sign-up"), ("username", name), ("password", PASSWORD), ("terms", "on")];
        let answer = self.submit("/auth", &[&fields, more].concat()).await?;
        self.let_in(name, answer).await
    }

    /// Makes an account as if a proxy had passed the request on for a network address.
    pub async fn sign_up_from(self, name: &str, address: &str) -> Result<Self> {
        let fields = [("tab", "sign-up"), ("username", name), ("password", PASSWORD), ("terms", "on")];
        let request = self.http.post(format!("{}/auth", self.base)).header("Origin", &self.base);
        let answer = request.header("X-Forwarded-For", address).form(&fields).send().await?;
        self.let_in(name, answer).await
    }

    /// Makes an account by the form and is signed in by it.
    pub async fn sign_up(server: &Server, name: &str) -> Result<Self> {
        let fields = [("tab", "sign-up"), ("username", name), ("password", PASSWORD), ("terms", "on")];
        Self::enter(server, name, "/auth", &fields).await
    }

    /// Signs in by the form.
    pub async fn log_in(server: &Server, name: &str) -> Result<Self> {
        Self::enter(server, name, "/login/", &[("username", name), ("password", PASSWORD)]).await
    }

    async fn enter(server: &Server, name: &str, path: &str, fields: &[(&str, &str)]) -> Result<Self> {
        let person = Self::stranger(server)?;
        let answer = person.submit(path, fields).await?;
        person.let_in(name, answer).await
    }

    /// Themselves under their name, if the answer to a form let them in.
    async fn let_in(self, name: &str, answer: Response) -> Result<Self> {
        if answer.status() != StatusCode::SEE_OTHER {
            bail!("{name} is not let in: {} {}", answer.status(), answer.text().await?);
        }
        Ok(Self { name: name.into(), ..self })
    }

    /// The same browser at another process of the same installation.
    pub fn at(&self, server: &Server) -> Result<Self> {
        let other = Self::stranger(server)?;
        for pair in self.cookie()?.split("; ") {
            other.jar.add_cookie_str(pair, &other.base.parse()?);
        }
        Ok(Self { name: self.name.clone(), ..other })
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Result<Response> {
        Ok(self.http.get(format!("{}{path}", self.base)).send().await?)
    }

    /// `GET` of a JSON answer that must be a success.
    pub async fn json(&self, path: &str) -> Result<Value> {
        let answer = self.get(path).await?;
        let (status, body) = (answer.status(), answer.text().await?);
        if !status.is_success() {
            bail!("GET {path}: {status} {body}");
        }
        serde_json::from_str(&body).with_context(|| format!("GET {path}: {body}"))
    }

    /// Any request, as a page of this very site makes it.
    pub async fn ask(&self, method: &str, path: &str, body: Option<Body>) -> Result<Response> {
        let request = self.http.request(method.parse()?, format!("{}{path}", self.base));
        let request = if self.token.is_empty() { request.header("Origin", &self.base) } else { request };
        let request = match body {
            None => request,
            Some(Body::Form(fields)) => request.form(&fields),
            Some(Body::Json(value)) => request.json(&value),
        };
        Ok(request.send().await?)
    }

    /// Posts a form as a browser on this very site does.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Result<Response> {
        let request = self.http.post(format!("{}{path}", self.base)).header("Origin", &self.base);
        Ok(request.form(fields).send().await?)
    }

    /// Posts a message over the API, once.
    pub async fn try_post(&self, room: &str, content: &str, client_id: &str) -> Result<Response> {
        let body = json!({ "content": content, "client_id": client_id });
        Ok(self.http.post(format!("{}/api/rooms/{room}/messages/", self.base)).json(&body).send().await?)
    }

    /// Posts a message, keeping to the pace the server asks for; the acknowledged message.
    pub async fn post(&self, room: &str, content: &str, client_id: &str) -> Result<Value> {
        loop {
            let answer = self.try_post(room, content, client_id).await?;
            match answer.status() {
                status if status.is_success() => return Ok(answer.json().await?),
                StatusCode::TOO_MANY_REQUESTS => {
                    let pause = answer.headers().get("retry-after").and_then(|after| after.to_str().ok());
                    let pause =
                        pause.and_then(|text| text.parse().ok()).context("429 without Retry-After")?;
                    tokio::time::sleep(Duration::from_secs(pause)).await;
                }
                status => bail!("{} cannot post: {status} {}", self.name, answer.text().await?),
            }
        }
    }

    /// One page of messages with a greater id, ascending.
    pub async fn messages_after(&self, room: &str, after: i64) -> Result<Vec<Value>> {
        let page = self.json(&format!("/api/rooms/{room}/messages/?after={after}")).await?;
        Ok(page["messages"].as_array().context("a page has messages")?.clone())
    }

    /// Every message of a room, ascending, page by page.
    pub async fn messages(&self, room: &str) -> Result<Vec<Value>> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let page = self.messages_after(room, all.last().map_or(0, message_id)).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// The present place in a room, for the live transports.
    pub async fn cursor(&self, room: &str) -> Result<String> {
        let page = self.json(&format!("/api/rooms/{room}/messages/?limit=1")).await?;
        Ok(page["cursor"].as_str().context("a page has a cursor")?.to_owned())
    }

    /// What changed in a room since a place, waiting up to `wait` seconds for it.
    pub async fn changes(&self, room: &str, since: &str, wait: u32) -> Result<Value> {
        self.json(&format!("/api/rooms/{room}/changes?since={since}&wait={wait}")).await
    }

    /// Opens a room's server-sent events after a place.
    pub async fn events(&self, room: &str, since: &str) -> Result<EventStream> {
        let answer = self.get(&format!("/api/rooms/{room}/events?since={since}")).await?;
        if !answer.status().is_success() {
            bail!("the events of {room}: {} {}", answer.status(), answer.text().await?);
        }
        Ok(EventStream::new(answer))
    }

    /// Opens the server-sent events of one's own lane, from now on.
    pub async fn own_events(&self) -> Result<EventStream> {
        let answer = self.get("/api/events").await?;
        if !answer.status().is_success() {
            bail!("one's own events: {} {}", answer.status(), answer.text().await?);
        }
        Ok(EventStream::new(answer))
    }

    /// Opens `/ws` as a page of this site does.
    pub async fn socket(&self) -> Result<Socket> {
        self.socket_at("/ws").await
    }

    /// Opens a WebSocket at another path.
    pub async fn socket_at(&self, path: &str) -> Result<Socket> {
        match self.token.as_str() {
            "" => Socket::open(&self.base, path, &self.cookie()?).await,
            token => Socket::open_by_token(&self.base, path, token).await,
        }
    }

    /// The value of the `Cookie` header.
    pub fn cookie(&self) -> Result<String> {
        let cookies = self.jar.cookies(&self.base.parse()?);
        Ok(cookies.as_ref().map_or(Ok(""), |value| value.to_str())?.to_owned())
    }
}

/// The id of a message's JSON; zero for what has none.
pub fn message_id(message: &Value) -> i64 {
    message["id"].as_i64().unwrap_or_default()
}
