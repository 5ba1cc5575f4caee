//! Whatever goes wrong at a provider, the room sees what is true: the words that came, how it ended and why, once; and the provider was
//! asked no more often than the policy says, which is once, and once more for each round of tools.

use anyhow::{Context, Result, ensure};
use e2e::{
    Options, Person, Reader, Server, Transport, Upstream,
    upstream::{
        Act, Call, READ_BY_THEN,
        chat::{DONE, HEAD, call, delta, event, finish, refuses, says, send, usage, whole},
    },
};
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use std::{collections::HashMap, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// What a provider does, and what the room is to see of it.
struct Case {
    name: &'static str,
    scripts: Vec<Vec<Act>>,
    text: String,
    ending: &'static str,
    why: &'static str,
}

fn case(
    name: &'static str,
    script: Vec<Act>,
    text: impl Into<String>,
    ending: &'static str,
    why: &'static str,
) -> Case {
    Case { name, scripts: vec![script], text: text.into(), ending, why }
}

/// The provider says this after "At five".
fn said(rest: Vec<Act>) -> Vec<Act> {
    [vec![send(HEAD), send(delta("At ") + &delta("five"))], rest].concat()
}

fn half(text: &str, bytes: usize) -> Act {
    Act::Send(delta(text).into_bytes()[..bytes].to_vec())
}

fn chunked(body: &str) -> Vec<Act> {
    let mut chunks = Vec::with_capacity(body.len() * 6 + 5);
    for byte in body.bytes() {
        chunks.extend_from_slice(&[b'1', b'\r', b'\n', byte, b'\r', b'\n']);
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    vec![send(HEAD.replace("connection: close", "transfer-encoding: chunked")), Act::Send(chunks)]
}

fn refusals() -> Vec<Case> {
    let no = |name, status: &str, why| case(name, refuses(status, "{}"), "", "failed", why);
    let elsewhere = "307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/v1/chat/completions";
    vec![
        no("401", "401 Unauthorized", "refused"),
        no("403", "403 Forbidden", "refused"),
        no("404", "404 Not Found", "unknown"),
        no("429", "429 Too Many Requests", "busy"),
        no("500", "500 Internal Server Error", "failed"),
        no("503", "503 Service Unavailable", "busy"),
        no("redirect", elsewhere, "settings"),
    ]
}

fn cuts() -> Vec<Case> {
    let broken = |name, rest| case(name, said(rest), "At five", "interrupted", "broken");
    let in_character = delta("tea 🍵").find('🍵').unwrap_or(0) + 2;
    let code = vec![send(HEAD), send(delta("```rust\nlet tea = ")), Act::Wait(Duration::from_millis(50))];
    vec![
        broken("a cut between events", vec![]),
        broken("a cut in an event", vec![half("three", 40)]),
        broken("a cut in a character", vec![half("tea 🍵", in_character)]),
        broken("a reset", vec![Act::Wait(READ_BY_THEN), Act::Reset]),
        broken("no JSON", vec![send("data: {tea\n\n")]),
        broken("a line of 10 MB", vec![send(format!("data: {}", "x".repeat(10 << 20)))]),
        case("a cut in code", code, "```rust\nlet tea =", "interrupted", "broken"),
        case("a cut before words", vec![send(HEAD)], "", "failed", "broken"),
        case("hung up", vec![], "", "failed", "broken"),
    ]
}

fn ends() -> Vec<Case> {
    let complete = |name, end: String| case(name, said(vec![send(end)]), "At five", "complete", "");
    let error = event(&json!({"error": {"message": "sk-tea is tired", "type": "server_error"}}));
    let empty = event(&json!({"choices": []}));
    let null = event(&json!({"choices": [{"delta": {"role": "assistant", "content": null}}]}));
    let silent = vec![send(HEAD), send(empty.clone() + &null + &finish("stop") + DONE)];
    let endless = vec![send(HEAD), send(delta(&"tea ".repeat(256)).repeat(1_000)), Act::Hold];
    vec![
        complete("no [DONE]", finish("stop")),
        complete("no reason", DONE.into()),
        complete("[DONE] twice", finish("stop") + DONE + DONE),
        complete("empty choices", empty + &null + &finish("stop") + DONE),
        complete("no usage", finish("stop") + DONE),
        complete("its words once more", finish("stop") + &delta("At ") + &delta("five") + DONE),
        case("only empty choices", silent, "", "failed", "empty"),
        case("an error in the stream", said(vec![send(error)]), "At five", "interrupted", "failed"),
        case("length", said(vec![send(finish("length") + DONE)]), "At five", "complete", "length"),
        case(
            "a filter",
            said(vec![send(finish("content_filter") + DONE)]),
            "At five",
            "complete",
            "filtered",
        ),
        case("an endless stream", endless, "tea ".repeat(16 * 1024).trim_end(), "complete", "length"),
    ]
}

fn shapes() -> Vec<Case> {
    let good = delta("At ") + &delta("five") + &finish("stop") + &usage(9, 2) + DONE;
    let crlf = good.replace('\n', "\r\n").replace("data:", ": busy\r\ndata:");
    let complete = |name, script| case(name, script, "At five", "complete", "");
    let body = json!({"choices": [{"message": {"role": "assistant", "content": "At five"}, "finish_reason": "stop"}]});
    let packed = vec![
        send(HEAD.replace("connection", "content-encoding: gzip\r\nconnection")),
        Act::Send(vec![0x1f, 0x8b]),
    ];
    let mut long: String = delta("At five");
    while long.len() < 1_000_000 {
        long += ": tea and cake\n";
    }
    vec![
        complete("CRLF and comments", vec![send(HEAD), send(crlf)]),
        complete("byte by byte", chunked(&good)),
        complete("a million chunks", chunked(&(long + &finish("stop") + DONE))),
        complete(
            "another type",
            vec![send(HEAD.replace("text/event-stream", "application/json")), send(&good)],
        ),
        complete("a full body", whole("200 OK", "application/json", &body.to_string())),
        case("a page", whole("200 OK", "text/html", "<html>Hi</html>"), "", "failed", "broken"),
        case("gzip", packed, "", "failed", "broken"),
        case(
            "NUL",
            vec![send(HEAD), send(delta("a\0") + &delta("\0b") + &finish("stop"))],
            "a  b",
            "complete",
            "",
        ),
    ]
}

fn tools() -> Vec<Case> {
    let part = |part: Value| call(&part);
    let begin = |name: &str, arguments: &str| {
        part(
            json!({"index": 0, "id": "c7", "type": "function", "function": {"name": name, "arguments": arguments}}),
        )
    };
    let more = |arguments: &str| part(json!({"index": 0, "function": {"arguments": arguments}}));
    let asks = |parts: String| vec![send(HEAD), send(parts + &finish("tool_calls") + &usage(9, 3) + DONE)];
    let used = |name, parts| Case {
        name,
        scripts: vec![asks(parts), says(&["At ", "five"], Duration::ZERO)],
        text: "At five".into(),
        ending: "complete",
        why: "",
    };
    vec![
        used("a tool call in pieces", begin("roll_dice", "{\"cou") + &more("nt\": 1") + &more("}")),
        used("a tool call with bad JSON", begin("roll_dice", "{tea")),
        used("an unknown tool", begin("coffee", "{}")),
    ]
}

/// The last thing that somebody asked.
fn question(call: &Call) -> String {
    let turns = call.json()["messages"].as_array().cloned().unwrap_or_default();
    let asked = turns.iter().rev().find(|turn| turn["role"] == "user");
    let said = asked.and_then(|turn| turn["content"].as_str()).unwrap_or_default();
    said.rsplit("what of ").next().unwrap_or_default().to_owned()
}

/// A provider that does with each question what its case says.
fn provider(cases: &[Case]) -> Result<Upstream> {
    let scripts: HashMap<String, Vec<Vec<Act>>> =
        cases.iter().map(|case| (case.name.to_owned(), case.scripts.clone())).collect();
    Upstream::start_with(move |_, call| {
        let rounds = call.json()["messages"].as_array().map_or(0, |turns| {
            turns
                .iter()
                .rev()
                .take_while(|turn| turn["role"] != "user")
                .filter(|t| t["role"] == "tool")
                .count()
        });
        let script = scripts.get(&question(call)).and_then(|scripts| scripts.get(rounds));
        script.cloned().unwrap_or_else(|| refuses("500 Too Many Calls", "{}"))
    })
}

async fn ends_as_said(person: &Person, case: &Case) -> Result<()> {
    let asked = person.ask_bot("general", &format!("what of {}", case.name), case.name).await?;
    let message = person.answer_within(Duration::from_secs(100), "general", asked).await?;
    let answer = &message["answer"];
    let name = case.name;
    ensure!(message["content"] == case.text.as_str(), "{name}: {message:#}");
    ensure!(answer["ending"] == case.ending && answer["why"] == case.why, "{name}: {answer:#}");
    ensure!(answer["retry_at"].is_null(), "{name}: {answer:#}");
    ensure!(answer["steps"].as_array().map(Vec::len) == Some(case.scripts.len() - 1), "{name}: {answer:#}");
    Ok(())
}

/// Asks all of them, `at_once` at the same time, while somebody watches.
async fn all_end_as_said(cases: Vec<Case>, at_once: usize) -> Result<()> {
    let upstream = provider(&cases)?;
    let server = Server::start_with(Options::default().model(&upstream))?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let mut watcher = Reader::follow(&bob, "general", Transport::Socket).await?;
    let count = cases.len();
    let watching = tokio::spawn(async move {
        while watcher.heard.iter().filter(|message| !message["answer"].is_null()).count() < count {
            watcher.listen().await?;
        }
        anyhow::Ok(watcher)
    });
    for some in cases.chunks(at_once) {
        try_join_all(some.iter().map(|case| ends_as_said(&ada, case))).await?;
    }
    let watcher = e2e::within("the watcher to have heard all", watching).await???;
    ensure!(watcher.replies.count() == 0, "nothing types for ever");
    ensure!(bob.replies("general").await?.is_empty());
    let mut calls: HashMap<String, usize> = HashMap::new();
    upstream.calls().iter().for_each(|call| *calls.entry(question(call)).or_default() += 1);
    for case in &cases {
        let asked = calls.get(case.name).copied().unwrap_or_default();
        ensure!(asked == case.scripts.len(), "{}: asked {asked} times", case.name);
    }
    ensure!(!server.log().contains("sk-tea"), "what a provider says may hold the key");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_at_a_provider_is_told_as_it_was() -> Result<()> {
    let cases = [refusals(), cuts(), ends(), shapes(), tools()];
    all_end_as_said(cases.into_iter().flatten().collect(), 8).await
}

/// Only time tells these apart, so they take theirs: all of them together, a little more than the longest silence that is borne.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_provider_is_waited_for_and_a_silent_one_is_not() -> Result<()> {
    let pause = |seconds| Act::Wait(Duration::from_secs(seconds));
    let end = || send(delta("five") + &finish("stop") + DONE);
    let cases = vec![
        case(
            "a late first word",
            vec![send(HEAD), pause(25), send(delta("At ")), end()],
            "At five",
            "complete",
            "",
        ),
        case(
            "a late head",
            vec![pause(25), send(HEAD), send(delta("At ")), end()],
            "At five",
            "complete",
            "",
        ),
        case("a pause", vec![send(HEAD), send(delta("At ")), pause(40), end()], "At five", "complete", ""),
        case("silence after the head", vec![send(HEAD), Act::Hold], "", "failed", "silent"),
        case("silence", vec![Act::Hold], "", "failed", "silent"),
        case("silence after words", said(vec![Act::Hold]), "At five", "interrupted", "silent"),
    ];
    all_end_as_said(cases, 6).await
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_is_a_notice() -> Result<()> {
    let plain = TcpListener::bind("127.0.0.1:0").await?;
    let encrypted = format!("https://{}/v1", plain.local_addr()?);
    let serving = tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await?;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await?;
        let mut came = Vec::new();
        stream.read_to_end(&mut came).await?;
        anyhow::Ok(came)
    });
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    ada.make_room(json!({ "name": "Tea" })).await?;
    let refused = format!("http://127.0.0.1:{}/v1", e2e::free_port()?);
    for (name, address) in [("refused", refused), ("encrypted", encrypted)] {
        let settings = json!({ "base_url": address }).to_string();
        let draft = json!({ "username": name, "mind": "openai", "settings": settings });
        ada.make_bot(draft, &["tea"]).await?;
        let asked = ada.post("tea", &format!("@{name} tea?"), name).await?;
        let message = ada.answer_to("tea", asked["id"].as_i64().context("an id")?).await?;
        let answer = &message["answer"];
        ensure!(message["content"] == "" && message["kind"] == "notice", "{message:#}");
        ensure!(answer["ending"] == "failed" && answer["why"] == "unreachable", "{name}: {answer:#}");
    }
    let came = String::from_utf8_lossy(&serving.await??).into_owned();
    ensure!(!came.contains("POST"), "no request was sent to who speaks no TLS");
    Ok(())
}
