//! The token API of the single-page system: every recorded conversation again, word by word (S3.1–S3.4, S3.7, S3.10, S3.11).

mod seed_tokens {
    pub mod differences;
    pub mod transcript;
    pub mod walk;
}

use anyhow::{Context, Result, ensure};
use e2e::{Options, Person, Postgres, Server};
use reqwest::{Client, StatusCode};
use seed_tokens::{differences::ALL_ORIGINS, walk::Walk};
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
    let mut walk = Walk::at(Options::default().set("CORS_ALLOW_ALL_ORIGINS", "true")).await?;
    let looked = walk.through(|row| row.call.host == ALL_ORIGINS).await?;
    ensure!(looked == 3, "{looked} rows");
    Ok(())
}

#[tokio::test]
async fn s3_1_to_s3_11_every_recorded_answer_is_the_same_on_postgresql() -> Result<()> {
    let postgres = Postgres::start()?;
    let mut walk = Walk::new(Options::default().set("DATABASE_URL", &postgres.url())).await?;
    ensure!(walk.through(|row| row.call.host != ALL_ORIGINS).await? == 112);
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
