//! Requests over HTTP: posts, polls and pages.

use super::Run;
use crate::{
    http,
    report::SHARE,
    subject::{Kind, Need, Subject},
};
use anyhow::{Context, Result};
use serde_json::json;
use std::sync::Arc;

pub(super) fn posts(run: &mut Run<'_>, round: usize) -> Result<()> {
    let need = Need { people: 64, rooms: 64, ..run.need.clone() };
    let subject = Subject::start(Kind::Tertulia, &need)?;
    let (people, rooms, address) = (subject.people.clone(), subject.rooms.clone(), subject.address);
    let asks: http::Ask = Arc::new(move |connection, nth| {
        let body = format!(
            "{{\"content\":\"Message {nth} of somebody who writes a lot.\",\"client_id\":\"c{nth}\"}}"
        );
        let at = connection % people.len();
        format!(
            "POST /api/rooms/{}/messages/ HTTP/1.1\r\nHost: {address}\r\nCookie: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            rooms[at], people[at], body.len()
        )
        .into_bytes()
    });
    ask(run, round, &subject, 128, asks)
}

pub(super) fn empty_poll(run: &mut Run<'_>, round: usize) -> Result<()> {
    let (subject, asks) = reading(run, 60, "/rooms/general/messages/?after={last}")?;
    ask(run, round, &subject, 64, asks)?;
    beside_hello(run, round)
}

/// The least that a token is shown for.
pub(super) fn by_token(run: &mut Run<'_>, round: usize) -> Result<()> {
    let subject = Subject::start(Kind::Tertulia, &Need { people: 8, ..run.need.clone() })?;
    let mut requests = Vec::new();
    for nth in 0..subject.people.len() {
        let made = subject.ask(nth, "POST", "/api/tokens/", Some(json!({ "name": "bench" })))?;
        let token = made["token"].as_str().context("a token has a secret")?;
        let head =
            format!("GET /api/me/ HTTP/1.1\r\nHost: {}\r\nAuthorization: Token {token}", subject.address);
        requests.push(format!("{head}\r\n\r\n").into_bytes());
    }
    ask(
        run,
        round,
        &subject,
        64,
        Arc::new(move |connection, _| requests[connection % requests.len()].clone()),
    )?;
    beside_hello(run, round)
}

/// The same load on a server that says hello and nothing else.
fn beside_hello(run: &mut Run<'_>, round: usize) -> Result<()> {
    let hello = Subject::start(Kind::Hello, &run.need)?;
    let request = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", hello.address).into_bytes();
    ask(run, round, &hello, 64, Arc::new(move |_, _| request.clone()))
}

pub(super) fn full_poll(run: &mut Run<'_>, round: usize) -> Result<()> {
    let (subject, asks) = reading(run, 60, "/rooms/general/messages/?after={before50}")?;
    ask(run, round, &subject, 64, asks)
}

pub(super) fn page(run: &mut Run<'_>, round: usize) -> Result<()> {
    let (subject, asks) = reading(run, 60, "/rooms/general/")?;
    ask(run, round, &subject, 64, asks)
}

/// A server with messages in General, and a request for `path` (with `{last}` for the last id) by one of eight people.
fn reading(run: &Run<'_>, messages: usize, path: &str) -> Result<(Subject, http::Ask)> {
    let need = Need { people: 8, ..run.need.clone() };
    let subject = Subject::start(Kind::Tertulia, &need)?;
    let last = post_some(&subject, "general", messages)?;
    let path = path
        .replace("{last}", &last.to_string())
        .replace("{before50}", &(last.saturating_sub(50)).to_string());
    let asks = request(&subject, subject.people.len(), &path);
    Ok((subject, asks))
}

/// Reads a path, each connection as one of the first so many people.
pub(super) fn request(subject: &Subject, people: usize, path: &str) -> http::Ask {
    let requests: Vec<Vec<u8>> = (0..people)
        .map(|nth| {
            let (address, cookie) = (subject.address, subject.cookie(nth));
            format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\n\r\n").into_bytes()
        })
        .collect();
    Arc::new(move |connection, _| requests[connection % requests.len()].clone())
}

/// Posts so many messages to a room; the last one's id.
pub(super) fn post_some(subject: &Subject, room: &str, messages: usize) -> Result<u64> {
    let mut last = 0;
    for nth in 0..messages {
        let body = json!({ "content": format!("Message {nth}, with **some** `code` in it and a word to @person1.") });
        let answer = subject.ask(0, "POST", &format!("/api/rooms/{room}/messages/"), Some(body))?;
        last = answer["id"].as_u64().context("a message has an id")?;
    }
    Ok(last)
}

fn ask(run: &mut Run<'_>, round: usize, subject: &Subject, connections: usize, ask: http::Ask) -> Result<()> {
    run.measure(subject.kind, round, |run| {
        let answered = http::run(&http::Load {
            address: subject.address,
            connections,
            ask: ask.clone(),
            lasts: run.lasts(),
            threads: run.cores.generators,
            server: subject.id(),
        })?;
        let delay_ms = |percentile| answered.delays.value_at_percentile(percentile) as f64 / 1e6;
        Ok(vec![
            ("answers/s", answered.per_second()),
            ("p50 ms", delay_ms(50.0)),
            ("p99 ms", delay_ms(99.0)),
            ("p99.9 ms", delay_ms(99.9)),
            ("server CPU s per million", answered.server_cpu / answered.count as f64 * 1e6),
            ("bytes", answered.bytes as f64),
            (SHARE, answered.generator_cpu / (answered.took.as_secs_f64() * run.cores.generators as f64)),
        ])
    })?;
    Ok(())
}
