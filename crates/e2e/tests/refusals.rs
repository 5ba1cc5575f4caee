//! How the server says no: in the form that was spoken, with the limit's name, under the same strict policy, and telling nobody more
//! than they may know.

use anyhow::{Context, Result, ensure};
use e2e::{Body, Options, Person, Server, Socket};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, header, redirect::Policy};
use serde_json::{Value, json};

/// A client without cookies that follows nothing.
fn bare() -> Result<Client> {
    Ok(Client::builder().redirect(Policy::none()).build()?)
}

fn header_of<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// A request in somebody's name, to be completed.
fn as_person(base: &str, who: &Person, method: Method, path: &str) -> Result<RequestBuilder> {
    Ok(bare()?.request(method, format!("{base}{path}")).header("Cookie", who.cookie()?))
}

#[tokio::test]
async fn a_body_that_is_too_large_is_told_the_limit_in_whatever_form_it_comes() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let long = "x".repeat(300 * 1024);
    let multipart =
        format!("--cut\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\n{long}\r\n--cut--\r\n");
    let bodies = [
        ("multipart/form-data; boundary=cut", multipart),
        ("application/x-www-form-urlencoded", format!("content={long}")),
        ("application/json", json!({ "content": long }).to_string()),
    ];
    for path in ["/rooms/general/", "/rooms/general/messages/create/", "/api/rooms/general/messages/"] {
        for (kind, body) in &bodies {
            let post = as_person(&server.url(), &ada, Method::POST, path)?.header("Content-Type", *kind);
            let answer = post.body(body.clone()).send().await?;
            ensure!(answer.status() == StatusCode::PAYLOAD_TOO_LARGE, "{path}, {kind}: {}", answer.status());
            ensure!(answer.text().await?.contains("at most 262144 bytes"), "{path}, {kind}");
        }
    }
    ensure!(ada.messages("general").await?.is_empty(), "nothing of it was written");
    Ok(())
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_answered_in_the_form_that_is_spoken_there() -> Result<()> {
    let server = Server::start()?;
    let (ada, stranger) = (Person::sign_up(&server, "ada").await?, Person::stranger(&server)?);
    for (path, status) in [
        ("/api/rooms/general/messages/first/", 404),
        ("/api/rooms/general/messages/?after=first", 400),
        ("/api/rooms/general/messages/?after=1&after=2", 400),
        ("/rooms/general/messages/?after=first", 400),
        ("/api/rooms/general/members/?offset=x", 400),
        ("/api/rooms/general/members/?offset=18446744073709551615", 400),
        ("/api/rooms/general/changes?wait=1&wait=2", 400),
        ("/api/no-such-thing/", 404),
    ] {
        let answer = ada.get(path).await?;
        ensure!(answer.status() == status, "{path}: {}", answer.status());
        ensure!(answer.json::<Value>().await.is_ok_and(|body| body["detail"].is_string()), "{path}");
    }
    for (path, status) in [
        ("/rooms/general/messages/first/", 404),
        ("/rooms/general/?around=first", 400),
        ("/rooms/general/members/?offset=18446744073709551615", 400),
        ("/directs/?username=a&username=b", 400),
        ("/no/such/page/", 404),
    ] {
        let answer = ada.get(path).await?;
        ensure!(answer.status() == status, "{path}: {}", answer.status());
        ensure!(header_of(&answer, "content-type").starts_with("text/html"), "{path}");
    }
    for (path, status) in [("/api/rooms/general/join/", 401), ("/rooms/general/messages/create/", 403)] {
        ensure!(stranger.get(path).await?.status() == status, "a stranger hears that first, at {path}");
        let answer = ada.get(path).await?;
        ensure!(answer.status() == StatusCode::METHOD_NOT_ALLOWED, "{path}: {}", answer.status());
        ensure!(answer.json::<Value>().await?["detail"].is_string(), "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_refused_carries_the_same_policy_with_a_nonce_of_its_own() -> Result<()> {
    let server = Server::start()?;
    let (base, http) = (server.url(), bare()?);
    let ada = Person::sign_up(&server, "ada").await?;
    let post = |path: &str| as_person(&base, &ada, Method::POST, path);
    let refused = [
        (http.get(format!("{base}/rooms/")).header("Host", "evil.example"), 421),
        (post("/rooms/general/")?.header("Origin", "null"), 403),
        (as_person(&base, &ada, Method::GET, "/rooms/nowhere/")?, 404),
        (as_person(&base, &ada, Method::DELETE, "/rooms/general/")?, 405),
        (
            post("/rooms/general/")?.body("x".repeat(300 * 1024)).header("Content-Type", "application/json"),
            413,
        ),
        (post("/rooms/general/")?.body("<a>").header("Content-Type", "text/xml"), 415),
        (post("/rooms/general/")?.form(&[("content", " ")]), 400),
    ];
    let mut nonces = Vec::new();
    for (request, status) in refused {
        let answer = request.send().await?;
        ensure!(answer.status() == status, "{} instead of {status}", answer.status());
        let policy = header_of(&answer, "content-security-policy").to_owned();
        for rule in ["default-src 'none'", "script-src 'self';", "base-uri 'none'", "frame-ancestors 'self'"]
        {
            ensure!(policy.contains(rule), "{status}: {policy}");
        }
        ensure!(!policy.contains("unsafe") && !policy.contains('*'), "{status}: {policy}");
        let nonce = policy.split("'nonce-").nth(1).context("a nonce")?.split('\'').next().unwrap_or_default();
        ensure!(nonce.len() >= 22, "{status}: {nonce}");
        nonces.push(nonce.to_owned());
        let page = answer.text().await?;
        ensure!(page.starts_with("<!doctype html>"), "{status} is a page: {page}");
        ensure!(!page.contains(" style=\"") && !page.contains(" onclick"), "{status}: {page}");
    }
    let count = nonces.len();
    nonces.sort();
    nonces.dedup();
    ensure!(nonces.len() == count, "no nonce is used twice");
    Ok(())
}

#[tokio::test]
async fn a_proxy_says_whose_address_it_is_and_nothing_else() -> Result<()> {
    let server = Server::start_with(
        Options::default().set("PUBLIC_URL", "https://chat.example.org").set("TRUSTED_PROXIES", "127.0.0.1"),
    )?;
    let (base, http) = (server.url(), bare()?);
    let forwarded = |request: RequestBuilder| {
        let request = request.header("X-Forwarded-Proto", "http").header("X-Forwarded-Host", "evil.example");
        request.header("Forwarded", "host=evil.example;proto=http")
    };
    let led = forwarded(http.get(format!("{base}/rooms/"))).send().await?;
    ensure!(header_of(&led, "location").starts_with("/login/?next="), "{}", header_of(&led, "location"));
    let fields =
        [("tab", "sign-up"), ("username", "ada"), ("password", "a tertulia of friends"), ("terms", "on")];
    let sign_up =
        |origin: &str| forwarded(http.post(format!("{base}/auth"))).header("Origin", origin.to_owned());
    let refused = sign_up("http://evil.example").form(&fields).send().await?;
    ensure!(refused.status() == StatusCode::FORBIDDEN, "the host that was forwarded is not ours");
    let let_in = sign_up("https://chat.example.org").form(&fields).send().await?;
    ensure!(let_in.status() == StatusCode::SEE_OTHER, "the public one is: {}", let_in.status());
    let mut cookies = let_in.headers().get_all(header::SET_COOKIE).iter().filter_map(|c| c.to_str().ok());
    let session = cookies.find(|cookie| cookie.starts_with("__Host-sessionid=")).context("a session")?;
    ensure!(session.contains("; Secure"), "the public address decides: {session}");
    let plain = Server::start()?;
    let claimed = http.post(format!("{}/auth", plain.url())).header("X-Forwarded-Proto", "https");
    let answer = claimed.form(&fields).send().await?;
    let mut cookies = answer.headers().get_all(header::SET_COOKIE).iter().filter_map(|c| c.to_str().ok());
    ensure!(cookies.all(|cookie| !cookie.contains("Secure")), "what a client claims changes no cookie");
    Ok(())
}

#[tokio::test]
async fn guessing_tells_nobody_which_names_there_are_and_the_right_word_comes_too_late() -> Result<()> {
    let server = Server::start()?;
    // Names that are part of no word of the page.
    let (taken, free) = ("ada77", "eve77");
    Person::sign_up(&server, taken).await?;
    let http = bare()?;
    let attempt = async |name: &str, password: &str| {
        let fields = [("username", name), ("password", password)];
        Ok::<_, anyhow::Error>(http.post(format!("{}/login/", server.url())).form(&fields).send().await?)
    };
    let words = |page: String, name: &str| page.replace(name, "NAME");
    let known = words(attempt(taken, "wrong").await?.text().await?, taken);
    let unknown = words(attempt(free, "wrong").await?.text().await?, free);
    ensure!(
        known == unknown,
        "one page for a name that is taken:\n{known}\nanother for one that is not:\n{unknown}"
    );
    for name in [taken, free] {
        while attempt(name, "wrong").await?.status() != StatusCode::TOO_MANY_REQUESTS {}
        let refused = attempt(name, "a tertulia of friends").await?;
        ensure!(refused.status() == StatusCode::TOO_MANY_REQUESTS, "{name}: {}", refused.status());
        ensure!(header_of(&refused, "retry-after").parse::<u64>()? >= 1);
    }
    Ok(())
}

#[tokio::test]
async fn sockets_open_for_pages_of_this_site_and_for_programs_and_close_for_other_sites() -> Result<()> {
    let server = Server::start_with(Options::default().set("PUBLIC_URL", "http://chat.example.org"))?;
    let ada = Person::sign_up(&server, "ada").await?;
    let open =
        async |origin: &str, path: &str| Socket::open_from(origin, &server.url(), path, &ada.cookie()?).await;
    for foreign in
        ["http://evil.example", "null", "http://127.0.0.1:1", "http://chat.example.org.evil.example"]
    {
        for path in ["/ws", "/ws/chat/general/", "/ws/chat/nowhere/"] {
            ensure!(open(foreign, path).await?.close_code().await? == 4401, "{foreign} at {path}");
        }
    }
    for own in [server.url().as_str(), "http://chat.example.org"] {
        open(own, "/ws").await?.next_of("hello").await?;
        let mut listener = open(own, "/ws/chat/general/").await?;
        let said =
            ada.ask("POST", "/api/rooms/general/messages/", Some(Body::Json(json!({ "content": own }))));
        ensure!(said.await?.status().is_success());
        ensure!(listener.next().await?["message"] == own);
    }
    Ok(())
}
