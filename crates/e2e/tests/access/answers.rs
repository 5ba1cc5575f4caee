//! The routes, and what answers are compared by.

use anyhow::{Context, Result};
use e2e::{Options, Server, run};
use reqwest::{Response, header};

/// Method and path of every route.
pub fn routes() -> Result<Vec<(String, String)>> {
    let listed = run(&["routes"], &[])?;
    let rows = listed.lines().map(|line| {
        let (method, path) = line.split_once(' ').context("a route is a method and a path")?;
        Ok((method.to_uppercase(), path.to_owned()))
    });
    rows.collect()
}

/// Lets as much through as the tables ask.
pub fn options() -> Options {
    Options::default().set("POSTS_PER_MINUTE", "100000").set("TRUSTED_PROXIES", "127.0.0.1")
}

/// A server with these options.
pub fn server() -> Result<Server> {
    Server::start_with(options())
}

/// What an answer is compared by, without what differs from request to request by design.
pub async fn comparable(answer: Response, slug: &str) -> Result<String> {
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    let cookies = headers.get_all(header::SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    let names = cookies.filter_map(|cookie| Some(cookie.split_once('=')?.0.to_owned()));
    // It comes with the first page a browser sees, whichever that is.
    let cookies: Vec<String> = names.filter(|name| name != "csrftoken").collect();
    let request = headers.get("x-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    for varying in ["date", "x-request-id", "set-cookie"] {
        headers.remove(varying);
    }
    let policy = headers.get("content-security-policy").and_then(|policy| policy.to_str().ok());
    let nonce =
        policy.and_then(|policy| Some(policy.split_once("'nonce-")?.1.split_once('\'')?.0.to_owned()));
    let mut lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    lines.sort();
    lines.push(format!("cookies: {cookies:?}"));
    let all = format!("{status}\n{}\n{}", lines.join("\n"), answer.text().await?);
    let all = nonce.map_or(all.clone(), |nonce| all.replace(&nonce, "NONCE"));
    let all = request.map_or(all.clone(), |id| all.replace(&id, "REQUEST"));
    Ok(all.replace(slug, "SLUG"))
}

/// Where an answer leads.
pub fn location(answer: &Response) -> &str {
    answer.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default()
}
