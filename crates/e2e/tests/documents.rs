//! What the documents tell people to type: the first conversation of `docs/api.md` is had with a server, as it stands there.

use anyhow::{Context, Result, ensure};
use e2e::{Body, Person, Server};
use serde_json::json;
use std::process::{Command, Output};
use tokio::task::spawn_blocking;

/// What the document says the server is, and Ada's password.
const SERVER: &str = "http://127.0.0.1:8000";
const PASSWORD: &str = "a quiet evening";

/// The blocks of code of a language, one after the other.
fn code(language: &str) -> Result<String> {
    let document = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api.md"))?;
    let blocks = document.split("```").skip(1).step_by(2);
    let code: String = blocks.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n')).collect();
    ensure!(!code.is_empty(), "the document has no {language}");
    Ok(code)
}

/// Runs code with a command, within a minute; what it printed, if it went well.
async fn run(command: &'static str, arguments: &[&str], server: &Server, token: &str) -> Result<String> {
    let work = tempfile::tempdir()?;
    let mut running = Command::new("timeout");
    running.args(["60", command]).args(arguments).current_dir(work.path());
    running.env("SERVER", server.url()).env("TOKEN", token);
    let Output { status, stdout, stderr } = spawn_blocking(move || running.output()).await??;
    let (said, wrong) = (String::from_utf8(stdout)?, String::from_utf8(stderr)?);
    ensure!(status.success(), "{command} ends with {status}: {said}\n{wrong}");
    Ok(said)
}

/// Ada, as the document knows her, and a token of hers.
async fn ada(server: &Server) -> Result<(Person, String)> {
    let ada = Person::sign_up(server, "ada").await?;
    let words =
        ada.submit("/settings/password", &[("old", "a tertulia of friends"), ("new", PASSWORD)]).await?;
    ensure!(words.status().as_u16() == 303, "the password is another one now: {}", words.status());
    let made = ada.ask("POST", "/api/tokens/", Some(Body::Json(json!({ "name": "script" })))).await?;
    let made: serde_json::Value = made.json().await?;
    Ok((ada, made["token"].as_str().context("a token has a secret")?.to_owned()))
}

async fn said(ada: &Person, words: &str) -> Result<bool> {
    Ok(ada.messages("general").await?.iter().any(|message| message["content"] == words))
}

#[tokio::test]
async fn the_first_conversation_with_curl_goes_as_it_is_written() -> Result<()> {
    let server = Server::start()?;
    let (ada, _) = ada(&server).await?;
    let script = code("sh")?.replace(SERVER, &server.url());
    let heard = run("bash", &["-euo", "pipefail", "-c", &script], &server, "").await?;
    let changes = heard.trim_end().rsplit('\n').next().unwrap_or_default();
    let changes: serde_json::Value = serde_json::from_str(changes).context("the last answer is JSON")?;
    ensure!(
        changes["events"][0]["message"]["content"] == "Is anybody here?",
        "the change was missed: {heard}"
    );
    ensure!(said(&ada, "Good *evening*").await?, "ada said nothing");
    Ok(())
}

#[tokio::test]
async fn the_first_conversation_in_python_goes_as_it_is_written() -> Result<()> {
    let server = Server::start()?;
    let (ada, token) = ada(&server).await?;
    let heard = run("python3", &["-c", &code("python")?], &server, &token).await?;
    ensure!(heard.contains("ada says: Hello from Python"), "python heard nothing: {heard}");
    ensure!(said(&ada, "Hello from Python").await?, "python said nothing");
    Ok(())
}

#[tokio::test]
async fn the_first_conversation_in_javascript_goes_as_it_is_written() -> Result<()> {
    let server = Server::start()?;
    let (ada, token) = ada(&server).await?;
    let heard = run("node", &["--input-type=module", "-e", &code("js")?], &server, &token).await?;
    ensure!(heard.contains("ada says: Hello from JavaScript"), "javascript heard nothing: {heard}");
    ensure!(said(&ada, "Hello from JavaScript").await?, "javascript said nothing");
    Ok(())
}

#[tokio::test]
async fn without_a_token_the_conversation_does_not_begin() -> Result<()> {
    let server = Server::start()?;
    let (_, token) = ada(&server).await?;
    let refused =
        run("python3", &["-c", &code("python")?], &server, &token.replace(char::is_numeric, "z")).await;
    ensure!(refused.is_err_and(|why| why.to_string().contains("401")), "whoever has no token is let in");
    Ok(())
}
