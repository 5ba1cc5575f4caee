//! Accounts and rooms of the product, made over HTTP as people make them.

use super::{Need, Subject};
use anyhow::{Context, Result, bail};
use reqwest::{Client, Method, header, redirect::Policy};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};

/// How long an answer may take.
const ANSWER_MAX: Duration = Duration::from_secs(30);

impl Subject {
    /// Accounts and rooms.
    pub(super) async fn furnish(&mut self, need: &Need) -> Result<()> {
        let http = Client::builder().redirect(Policy::none()).build()?;
        let mut made = tokio::task::JoinSet::new();
        for nth in 0..need.people {
            // The first account governs; it is made before the others.
            made.spawn(sign_up(http.clone(), self.address, nth));
            if nth == 0 || made.len() >= 8 {
                let (nth, cookie) = made.join_next().await.context("an account")???;
                keep(&mut self.people, nth, cookie);
            }
        }
        while let Some(done) = made.join_next().await {
            let (nth, cookie) = done??;
            keep(&mut self.people, nth, cookie);
        }
        for nth in 0..need.rooms {
            let request = http
                .post(format!("http://{}/api/rooms/", self.address))
                .header(header::COOKIE, self.cookie(nth));
            let name = format!("Room {nth}");
            let answer =
                request.json(&json!({ "name": name, "kind": "public" })).send().await?.error_for_status()?;
            let room: Value = answer.json().await?;
            self.rooms.push(room["slug"].as_str().context("a room has a slug")?.to_owned());
        }
        Ok(())
    }

    /// Asks the API as one of the people.
    pub fn ask(&self, nth: usize, method: &str, path: &str, body: Option<Value>) -> Result<Value> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let request = Client::new()
            .request(Method::from_bytes(method.as_bytes())?, format!("http://{}{path}", self.address))
            .header(header::COOKIE, self.cookie(nth))
            .timeout(ANSWER_MAX);
        let request = body.into_iter().fold(request, |request, body| request.json(&body));
        let answer = runtime.block_on(async { request.send().await?.error_for_status()?.bytes().await })?;
        Ok(if answer.is_empty() { Value::Null } else { serde_json::from_slice(&answer)? })
    }
}

fn keep(people: &mut Vec<String>, nth: usize, cookie: String) {
    if people.len() <= nth {
        people.resize(nth + 1, String::new());
    }
    people[nth] = cookie;
}

async fn sign_up(http: Client, address: SocketAddr, nth: usize) -> Result<(usize, String)> {
    let name = format!("person{nth}");
    let fields = [
        ("tab", "sign-up"),
        ("username", name.as_str()),
        ("password", "a tertulia of friends"),
        ("terms", "on"),
    ];
    let request =
        http.post(format!("http://{address}/auth")).header(header::ORIGIN, format!("http://{address}"));
    // Accounts are limited per address; each here comes from its own.
    let from = format!("10.{}.{}.{}", nth / 65_536, nth / 256 % 256, nth % 256);
    let answer = request.header("X-Forwarded-For", from).form(&fields).send().await?;
    let cookies = answer.headers().get_all(header::SET_COOKIE).iter();
    let pairs: Vec<&str> = cookies.filter_map(|value| value.to_str().ok()?.split(';').next()).collect();
    if answer.status() != 303 || pairs.is_empty() {
        bail!("{name} cannot sign up: {}", answer.status());
    }
    Ok((nth, pairs.join("; ")))
}
