//! The token API of the single-page system: every recorded conversation again, word by word (S3.1–S3.4, S3.7, S3.10, S3.11).

mod seed_tokens {
    pub mod differences;
    pub mod transcript;
    pub mod walk;
}

use anyhow::{Context, Result, ensure};
use e2e::{Options, Person, Postgres, Server};
use reqwest::{Client, Method, StatusCode};
use seed_tokens::{transcript::curl, walk::Walk};
use serde_json::{Value, json};

async fn part(part: &str, rows: usize) -> Result<()> {
    let looked = Walk::new(Options::default()).await?.through(|row| row.part.starts_with(part)).await?;
    ensure!(looked == rows, "{looked} rows of {part:?} were looked at");
    Ok(())
}

#[tokio::test]
async fn s3_1_signing_up_answers_as_recorded() -> Result<()> {
    part("Sign-up", 39).await
}

#[tokio::test]
async fn s3_2_signing_in_by_token_answers_as_recorded() -> Result<()> {
    part("Token login", 14).await
}

#[tokio::test]
async fn s3_3_a_token_is_read_and_refused_as_recorded() -> Result<()> {
    let titles = ["me ", "keyword", "Bearer", "Token with"];
    let mut walk = Walk::new(Options::default()).await?;
    let looked = walk
        .through(|row| {
            row.part.starts_with("Current user") && titles.iter().any(|title| row.title.starts_with(title))
        })
        .await?;
    ensure!(looked == 8, "{looked} rows");
    Ok(())
}

#[tokio::test]
async fn s3_4_accounts_answer_as_recorded() -> Result<()> {
    part("Current user", 32).await
}

#[tokio::test]
async fn s3_4_signing_out_by_token_answers_as_recorded() -> Result<()> {
    part("Logout", 6).await
}

#[tokio::test]
async fn s3_10_what_is_not_there_is_a_404_and_never_a_500() -> Result<()> {
    part("DRF view errors", 13).await
}

#[tokio::test]
async fn s3_11_pages_of_other_sites_are_answered_as_recorded() -> Result<()> {
    part("CORS", 8).await
}

#[tokio::test]
async fn s3_11_pages_of_all_sites_are_answered_as_recorded() -> Result<()> {
    let server = Server::start_with(Options::default().set("CORS_ALLOW_ALL_ORIGINS", "true"))?;
    let url = format!("{}/auth/users/me/", server.url());
    let from = |method| Client::new().request(method, &url).header("Origin", "http://anything.example");
    let preflight = from(Method::OPTIONS).header("Access-Control-Request-Method", "POST").send().await?;
    ensure!(preflight.status() == StatusCode::OK);
    ensure!(preflight.headers()["access-control-allow-origin"] == "*");
    ensure!(preflight.headers()["access-control-allow-methods"] == "DELETE, GET, OPTIONS, PATCH, POST, PUT");
    let refused = from(Method::GET).send().await?;
    ensure!(refused.status() == StatusCode::UNAUTHORIZED);
    ensure!(
        refused.headers()["access-control-allow-origin"] == "*"
            && refused.headers()["vary"] == "Accept, origin"
    );
    ensure!(
        !refused.headers().contains_key("access-control-allow-credentials"),
        "cookies are never promised"
    );
    Ok(())
}

#[tokio::test]
async fn s3_1_to_s3_11_every_recorded_answer_is_the_same_on_postgresql() -> Result<()> {
    let postgres = Postgres::start()?;
    let mut walk = Walk::new(Options::default().set("DATABASE_URL", &postgres.url())).await?;
    ensure!(walk.through(|_| true).await? > 100);
    Ok(())
}

#[tokio::test]
async fn s3_2_tokens_are_kept_as_hashes_and_earlier_ones_stay_good_until_logout() -> Result<()> {
    let server = Server::start_with(Options { in_files: true, ..Options::default() })?;
    Person::sign_up(&server, "ada").await?;
    let login = async || -> Result<String> {
        let fields = [("username", "ada"), ("password", "a tertulia of friends")];
        let url = format!("{}/auth/token/login/", server.url());
        let answer: Value = Client::new().post(url).form(&fields).send().await?.json().await?;
        Ok(answer["auth_token"].as_str().context("a token")?.to_owned())
    };
    let (first, second) = (login().await?, login().await?);
    let (one, other) = (Person::by_token(&server, &first)?, Person::by_token(&server, &second)?);
    ensure!(one.json("/auth/users/me/").await?["username"] == "ada");
    ensure!(other.ask("POST", "/auth/token/logout/", None).await?.status() == StatusCode::NO_CONTENT);
    ensure!(other.get("/auth/users/me/").await?.status() == StatusCode::UNAUTHORIZED);
    ensure!(one.json("/auth/users/me/").await?["username"] == "ada", "the earlier one stays");
    for file in std::fs::read_dir(server.directory().join("data"))? {
        let bytes = std::fs::read(file?.path())?;
        ensure!(!bytes.windows(40).any(|part| part == first.as_bytes()), "the token itself is kept");
    }
    Ok(())
}

#[tokio::test]
async fn s3_11_the_token_api_never_reads_cookies() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    ensure!(ada.get("/api/me/").await?.status() == StatusCode::OK, "elsewhere a session serves");
    for path in ["/auth/users/me/", "/auth/users/", "/auth/me/", "/api/chats/"] {
        let refused = ada.get(path).await?;
        ensure!(refused.status() == StatusCode::UNAUTHORIZED, "{path}: {}", refused.status());
        ensure!(refused.headers()["www-authenticate"] == "Token");
        ensure!(!refused.headers().contains_key("set-cookie"));
    }
    Ok(())
}

#[tokio::test]
async fn s3_2_too_many_wrong_passwords_are_throttled_in_the_frameworks_words() -> Result<()> {
    let server = Server::start()?;
    Person::sign_up(&server, "ada").await?;
    let url = format!("{}/auth/token/login/", server.url());
    let attempt = || Client::new().post(&url).form(&[("username", "ada"), ("password", "wrong")]).send();
    for nth in 0..10 {
        ensure!(attempt().await?.status() == StatusCode::BAD_REQUEST, "the {nth}th");
    }
    let refused = attempt().await?;
    ensure!(refused.status() == StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = refused.headers()["retry-after"].to_str()?.parse()?;
    ensure!(refused.headers()["allow"] == "POST, OPTIONS" && wait > 0);
    let words = format!("Request was throttled. Expected available in {wait} seconds.");
    ensure!(refused.json::<Value>().await? == json!({ "detail": words }));
    Ok(())
}

/// A command of the third document at our server, with only the token replaced.
async fn run(server: &Server, command: &str, token: &str) -> Result<(u16, String)> {
    let call = curl(&command.replace("TOKEN", token))?;
    let request = Client::new().request(call.method.parse()?, format!("{}{}", server.url(), call.path));
    let answer = request.headers(call.headers).body(call.body).send().await?;
    Ok((answer.status().as_u16(), answer.text().await?))
}

#[tokio::test]
async fn s3_1_and_s3_2_the_documents_commands_work_as_they_are_written() -> Result<()> {
    let server = Server::start()?;
    let sign_up = r#"curl -X POST http://127.0.0.1:8000/auth/users/create/ --data "username=alexmhack&password=trydjango""#;
    let (status, body) = run(&server, sign_up, "").await?;
    ensure!(
        status == 201 && body.starts_with(r#"{"email":"","username":"alexmhack","id":"#),
        "{status} {body}"
    );
    for name in ["admin", "alex"] {
        run(&server, &sign_up.replace("alexmhack", name), "").await?;
        let login = format!(
            r#"curl -X POST http://127.0.0.1:8000/auth/token/create/ --data "username={name}&password=trydjango""#
        );
        let (status, body) = run(&server, &login, "").await?;
        let answer: Value = serde_json::from_str(&body)?;
        let token = answer["auth_token"].as_str().context("a token")?;
        ensure!(status == 200 && body == format!(r#"{{"auth_token":"{token}"}}"#), "{status} {body}");
        let me = r#"curl http://127.0.0.1:8000/auth/users/me/ -H "Authorization: Token TOKEN""#;
        let (status, body) = run(&server, me, token).await?;
        ensure!(status == 200 && body.contains(name), "{status} {body}");
    }
    Ok(())
}
