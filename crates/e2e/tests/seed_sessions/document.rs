//! The commands of the third document as they stand there, run by `curl` itself (S3.1 to S3.9).
//!
//! Only tokens and addresses of sessions are replaced, as its reader is told to. A `.curlrc` connects port 8000, which the commands
//! name, to the server of the test.

use anyhow::{Context, Result, ensure};
use e2e::Server;
use serde_json::Value;
use std::process::Command;
use tempfile::TempDir;

/// Somebody at a command line.
struct Shell {
    home: TempDir,
}

impl Shell {
    fn at(server: &Server) -> Result<Self> {
        let home = tempfile::tempdir()?;
        let port = server.port();
        let habits =
            format!("silent\nshow-error\nfail-with-body\nconnect-to = \"127.0.0.1:8000:127.0.0.1:{port}\"\n");
        std::fs::write(home.path().join(".curlrc"), habits)?;
        Ok(Self { home })
    }

    /// Runs a command line; what it prints.
    fn run(&self, line: &str) -> Result<String> {
        let ran = Command::new("sh").args(["-c", line]).env("CURL_HOME", self.home.path()).output()?;
        let (said, complained) = (String::from_utf8(ran.stdout)?, String::from_utf8_lossy(&ran.stderr));
        ensure!(ran.status.success(), "{line}: {complained}{said}");
        Ok(said)
    }
}

const SIGN_UP: &str =
    r#"curl -X POST http://127.0.0.1:8000/auth/users/create/ --data "username=alexmhack&password=trydjango""#;
const ADMIN_SIGNS_IN: &str =
    r#"curl -X POST http://127.0.0.1:8000/auth/token/create/ --data "username=admin&password=trydjango""#;
const START: &str = r#"curl -X POST http://127.0.0.1:8000/api/chats/ -H "Authorization: Token TOKEN""#;
const ALEX_SIGNS_IN: &str =
    r#"curl -X POST http://127.0.0.1:8000/auth/token/create/ --data "username=alex&password=trydjango""#;
const JOIN: &str = r#"curl -X PATCH http://127.0.0.1:8000/api/chats/URI/ --data "username=alex" -H "Authorization: Token TOKEN""#;
// In the document the line is broken within the header, after `Token`.
const ADMIN_SAYS: &str = r#"curl -X POST http://127.0.0.1:8000/api/chats/URI/messages/ --data "message=Hello there" -H "Authorization: Token TOKEN""#;
const ALEX_SAYS: &str = r#"curl -X POST http://127.0.0.1:8000/api/chats/URI/messages/ --data "message=Ohh hey there admin whats up" -H "Authorization: Token TOKEN""#;
const HISTORY: &str = r#"curl http://127.0.0.1:8000/api/chats/URI/messages/ -H "Authorization: Token TOKEN""#;

/// A person's JSON as the document prints it.
fn person(id: &Value, username: &str, email: &str) -> String {
    format!(r#"{{"id":{id},"username":"{username}","email":"{email}","first_name":"","last_name":""}}"#)
}

fn token(told: &str) -> Result<&str> {
    let token = told.strip_prefix(r#"{"auth_token":""#).and_then(|rest| rest.strip_suffix(r#""}"#));
    let token = token.filter(|token| token.len() == 40 && token.bytes().all(|b| b.is_ascii_hexdigit()));
    token.with_context(|| told.to_owned())
}

#[tokio::test]
async fn s3_1_to_s3_9_every_command_of_the_document_runs_as_it_is_written() -> Result<()> {
    let server = Server::start()?;
    let shell = Shell::at(&server)?;
    // Who governs is made first, as the document does with `createsuperuser`; and the address is its other field.
    shell.run(
        &SIGN_UP.replace("alexmhack", "admin").replace("trydjango", "trydjango&email=admin@gmail.com"),
    )?;
    let made = shell.run(SIGN_UP)?;
    let id = &serde_json::from_str::<Value>(&made)?["id"];
    ensure!(made == format!(r#"{{"email":"","username":"alexmhack","id":{id}}}"#), "{made}");
    shell.run(&SIGN_UP.replace("alexmhack", "alex"))?;

    let (admin, alex) = (shell.run(ADMIN_SIGNS_IN)?, shell.run(ALEX_SIGNS_IN)?);
    let (admin, alex) = (token(&admin)?, token(&alex)?);
    let started = shell.run(&START.replace("TOKEN", admin))?;
    let uri = serde_json::from_str::<Value>(&started)?["uri"].as_str().context("an address")?.to_owned();
    let expected = format!(r#"{{"status":"SUCCESS","uri":"{uri}","message":"New chat session created"}}"#);
    ensure!(started == expected && uri.len() == 15, "{started}");

    let run = |line: &str, token: &str| shell.run(&line.replace("TOKEN", token).replace("URI", &uri));
    let joined = run(JOIN, alex)?;
    let ids: Value = serde_json::from_str(&joined)?;
    // Others' addresses are not told: alex is not told that of admin.
    let (owner, other) =
        (person(&ids["members"][0]["id"], "admin", ""), person(&ids["user"]["id"], "alex", ""));
    let expected = format!(
        r#"{{"status":"SUCCESS","members":[{owner},{other}],"message":"alex joined chat session","user":{other}}}"#
    );
    ensure!(joined == expected, "{joined}");

    let owner = person(&ids["members"][0]["id"], "admin", "admin@gmail.com");
    let said = run(ADMIN_SAYS, admin)?;
    let expected = format!(r#"{{"status":"SUCCESS","uri":"{uri}","message":"Hello there","user":{owner}"#);
    ensure!(said.starts_with(&expected), "{said}");
    let said = run(ALEX_SAYS, alex)?;
    ensure!(said.contains(r#""message":"Ohh hey there admin whats up","user":{"id":"#), "{said}");

    let history: Value = serde_json::from_str(&run(HISTORY, admin)?)?;
    ensure!(history["id"].is_i64() && history["uri"] == uri, "{history}");
    let told: Vec<String> = history["messages"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| format!("{}: {}", one["user"]["username"], one["message"]))
        .collect();
    ensure!(told == [r#""admin": "Hello there""#, r#""alex": "Ohh hey there admin whats up""#], "{history}");
    Ok(())
}
