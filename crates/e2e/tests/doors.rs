//! What is let in at all: hosts, sites, addresses, sizes and rates, over real HTTP.

use anyhow::{Context, Result, ensure};
use e2e::{Body, Options, Person, Server, Socket};
use reqwest::{Client, RequestBuilder, Response, StatusCode, header, redirect::Policy};
use serde_json::{Value, json};
use std::net::UdpSocket;

/// A client without cookies that follows nothing.
fn bare() -> Result<Client> {
    Ok(Client::builder().redirect(Policy::none()).build()?)
}

fn header_of<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

async fn status(request: RequestBuilder) -> Result<u16> {
    Ok(request.send().await?.status().as_u16())
}

#[tokio::test]
async fn the_server_answers_to_its_own_hosts_and_to_no_other() -> Result<()> {
    let server = Server::start_with(
        Options::default()
            .set("PUBLIC_URL", "http://chat.example.org")
            .set("ALLOWED_HOSTS", "inside.example"),
    )?;
    let http = bare()?;
    let login = format!("{}/login/", server.url());
    for ours in
        ["localhost", "127.0.0.1:8000", "[::1]:80", "192.168.1.7", "chat.example.org", "inside.example"]
    {
        ensure!(status(http.get(&login).header("Host", ours)).await? == 200, "{ours}");
    }
    for foreign in ["evil.example", "chat.example.org.evil.example", "xinside.example"] {
        let answer = http.get(&login).header("Host", foreign).send().await?;
        ensure!(answer.status() == StatusCode::MISDIRECTED_REQUEST, "{foreign}");
        ensure!(answer.text().await?.contains("ALLOWED_HOSTS"), "it says what to do");
    }
    ensure!(
        status(http.get(format!("{}/healthz", server.url())).header("Host", "evil.example")).await? == 200
    );
    Ok(())
}

/// Over `base`: posts from this site pass, posts from another do not.
async fn posts_pass_from_this_site_alone(base: &str, ada: &Person) -> Result<()> {
    let http = bare()?;
    let post = || {
        let request =
            http.post(format!("{base}/rooms/general/")).header("Cookie", ada.cookie().unwrap_or_default());
        request.form(&[("content", "hello")])
    };
    let own = base.to_owned();
    ensure!(status(post()).await? == 303, "no browser");
    ensure!(status(post().header("Origin", &own)).await? == 303, "our own page");
    ensure!(status(post().header("Sec-Fetch-Site", "same-origin").header("Origin", "null")).await? == 303);
    ensure!(status(post().header("Sec-Fetch-Site", "none")).await? == 303, "typed by hand");
    for foreign in
        ["http://evil.example", "null", "http://127.0.0.1:1", "https://evil.example/?http://127.0.0.1"]
    {
        let answer = post().header("Origin", foreign).send().await?;
        ensure!(answer.status() == StatusCode::FORBIDDEN, "{foreign}");
    }
    for site in ["cross-site", "same-site"] {
        let answer = post().header("Sec-Fetch-Site", site).header("Origin", &own).send().await?;
        ensure!(answer.status() == StatusCode::FORBIDDEN, "{site}");
    }
    // Signing in sets a cookie, so another site may not do it either.
    let login = http.post(format!("{base}/login/")).header("Origin", "http://evil.example");
    ensure!(status(login.form(&[("username", "ada"), ("password", "x")])).await? == 403);
    Ok(())
}

#[tokio::test]
async fn another_site_posts_nothing_in_adas_name() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    posts_pass_from_this_site_alone(&server.url(), &ada).await
}

/// An address of this machine in its network; nothing is sent to find it. A machine without a network has others of its own.
fn network_address() -> Result<String> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    match socket.connect("192.0.2.1:9") {
        Ok(()) => Ok(socket.local_addr()?.ip().to_string()),
        Err(_) => Ok("127.0.0.2".into()),
    }
}

#[tokio::test]
async fn over_plain_http_in_a_local_network_the_same_holds_and_the_setup_link_governs_once() -> Result<()> {
    let mut server = Server::start_with(Options { everywhere: true, ..Options::default() })?;
    let base = format!("http://{}:{}", network_address()?, server.port());
    server.await_line("/auth?setup=")?;
    let log = server.log();
    let secret: String = log
        .split("/auth?setup=")
        .nth(1)
        .context("a link")?
        .chars()
        .take_while(char::is_ascii_hexdigit)
        .collect();
    let is_admin =
        async |person: &Person| Ok::<_, anyhow::Error>(person.json("/api/me/").await?["is_admin"] == true);
    let bob = Person::stranger_at(&base)?.sign_up_with("bob", &[]).await?;
    ensure!(!is_admin(&bob).await?, "the first account from the network does not govern");
    let cyd = Person::stranger_at(&base)?.sign_up_with("cyd", &[("setup", "0000")]).await?;
    ensure!(!is_admin(&cyd).await?, "nor with a link that is none");
    let ada = Person::stranger_at(&base)?.sign_up_with("ada", &[("setup", &secret)]).await?;
    ensure!(is_admin(&ada).await?);
    let eve = Person::stranger_at(&base)?.sign_up_with("eve", &[("setup", &secret)]).await?;
    ensure!(!is_admin(&eve).await?, "the link works once");
    posts_pass_from_this_site_alone(&base, &ada).await?;
    // A page of another site opens a socket, as browsers let it, and is told why it hears nothing.
    let mut foreign = Socket::open_from("http://evil.example", &base, "/ws", &ada.cookie()?).await?;
    ensure!(foreign.close_code().await? == 4401);
    let mut own = ada.socket().await?;
    own.next_of("hello").await?;
    Ok(())
}

#[tokio::test]
async fn on_loopback_the_first_account_governs_and_the_second_does_not() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    ensure!(ada.json("/api/me/").await?["is_admin"] == true);
    ensure!(bob.json("/api/me/").await?["is_admin"] == false);
    Ok(())
}

/// Attempts to sign in with a wrong password until one is refused: how many were let through, and the refusal.
async fn attempts(
    server: &Server,
    name: impl Fn(usize) -> String,
    from: impl Fn(usize) -> Option<String>,
) -> Result<(usize, Response)> {
    let http = bare()?;
    for nth in 0..80 {
        let mut request = http.post(format!("{}/login/", server.url()));
        if let Some(from) = from(nth) {
            request = request.header("X-Forwarded-For", from);
        }
        let answer = request.form(&[("username", name(nth).as_str()), ("password", "wrong")]).send().await?;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            return Ok((nth, answer));
        }
        ensure!(answer.status() == StatusCode::OK);
    }
    anyhow::bail!("nobody is ever refused")
}

#[tokio::test]
async fn guessing_is_stopped_for_an_account_from_wherever_it_comes() -> Result<()> {
    let server = Server::start_with(Options::default().set("TRUSTED_PROXIES", "127.0.0.1"))?;
    Person::sign_up(&server, "ada").await?;
    let (let_through, refusal) =
        attempts(&server, |_| "ADA".into(), |nth| Some(format!("198.51.100.{nth}"))).await?;
    ensure!(let_through == 10, "{let_through}");
    let wait: u64 = header_of(&refusal, "retry-after").parse()?;
    ensure!((1..=15 * 60).contains(&wait), "{wait}");
    Person::sign_up(&server, "bob").await?;
    ensure!(Person::log_in(&server, "bob").await.is_ok(), "another account is not stopped");
    Ok(())
}

#[tokio::test]
async fn guessing_is_stopped_for_an_address_that_only_a_trusted_proxy_may_name() -> Result<()> {
    let server = Server::start_with(Options::default().set("TRUSTED_PROXIES", "127.0.0.1"))?;
    let named = |nth| format!("name{nth}");
    // What a client writes before the address that the proxy adds does not help it.
    let spoofed = |nth| Some(format!("198.51.100.{nth}, 203.0.113.9"));
    let (let_through, refusal) = attempts(&server, named, spoofed).await?;
    ensure!(let_through == 50, "{let_through}");
    ensure!((1..=15 * 60).contains(&header_of(&refusal, "retry-after").parse::<u64>()?));
    let elsewhere =
        bare()?.post(format!("{}/login/", server.url())).header("X-Forwarded-For", "203.0.113.10");
    ensure!(status(elsewhere.form(&[("username", "x"), ("password", "x")])).await? == 200, "another address");
    let server = Server::start()?;
    let forged = |nth| Some(format!("198.51.100.{nth}"));
    ensure!(
        attempts(&server, named, forged).await?.0 == 50,
        "without a trusted proxy the header says nothing"
    );
    Ok(())
}

#[tokio::test]
async fn after_signing_in_one_is_led_within_the_site_only() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let http = bare()?;
    let log_in = async |next: &str| {
        let fields = [("username", "ada"), ("password", "a tertulia of friends"), ("next", next)];
        let answer = http.post(format!("{}/login/", server.url())).form(&fields).send().await?;
        ensure!(answer.status() == StatusCode::SEE_OTHER);
        Ok(header_of(&answer, "location").to_owned())
    };
    ensure!(log_in("/rooms/general/?after=3").await? == "/rooms/general/?after=3");
    for foreign in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "/\r\nLocation: //evil.example",
        "/\u{7f}/evil.example",
        "javascript:alert(1)",
        "",
        "rooms",
    ] {
        let to = log_in(foreign).await?;
        ensure!(to == "/rooms/", "{foreign:?} leads to {to:?}");
        // Whoever is signed in already is led on at once.
        let query: String = foreign.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let led = ada.get(&format!("/login/?next={query}")).await?;
        ensure!(header_of(&led, "location") == "/rooms/", "{foreign:?}");
    }
    Ok(())
}

#[tokio::test]
async fn limits_are_named_when_they_are_reached() -> Result<()> {
    let server = Server::start_with(Options::default().set("POSTS_PER_MINUTE", "50"))?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let long = json!({ "content": "x".repeat(300 * 1024) });
    let answer = ada.ask("POST", "/api/rooms/general/messages/", Some(Body::Json(long))).await?;
    ensure!(answer.status() == StatusCode::PAYLOAD_TOO_LARGE);
    ensure!(answer.text().await?.contains("262144"), "the body's limit");
    let mut refused = None;
    for nth in 0..12 {
        let answer = ada.try_post("general", &format!("{nth}"), &format!("id{nth}")).await?;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            refused = Some((nth, answer));
            break;
        }
    }
    let (nth, answer) = refused.context("the rate has a limit")?;
    ensure!(nth == 10, "a fifth of a minute's at once, not {nth}");
    ensure!(header_of(&answer, "retry-after").parse::<u64>()? >= 1);
    ensure!(
        answer.json::<Value>().await?["detail"].as_str().is_some_and(|text| text.contains("50 a minute"))
    );
    let again = ada.try_post("general", "0", "id0").await?;
    ensure!(again.status().is_success(), "what was acknowledged is acknowledged again, whatever the rate");
    ensure!(bob.try_post("general", "mine", "b").await?.status().is_success(), "others are not held up");
    Ok(())
}

#[tokio::test]
async fn every_page_carries_its_policy_and_cookies_their_flags() -> Result<()> {
    let server = Server::start_with(Options::default().set("PUBLIC_URL", "https://chat.example.org"))?;
    let http = bare()?;
    let fields =
        [("tab", "sign-up"), ("username", "ada"), ("password", "a tertulia of friends"), ("terms", "on")];
    let answer = http.post(format!("{}/auth", server.url())).form(&fields).send().await?;
    let cookies: Vec<&str> = answer
        .headers()
        .get_all(header::SET_COOKIE)
        .iter()
        .filter_map(|cookie| cookie.to_str().ok())
        .collect();
    let session =
        cookies.iter().find(|cookie| cookie.starts_with("__Host-sessionid=")).context("a session")?;
    for flag in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        ensure!(session.contains(flag), "{flag}: {session}");
    }
    let cookie = session.split(';').next().unwrap_or_default();
    for path in
        ["/auth", "/rooms/", "/rooms/general/", "/rooms/general/stream/", "/settings/", "/no-such-page/"]
    {
        let page = http.get(format!("{}{path}", server.url())).header("Cookie", cookie).send().await?;
        let policy = header_of(&page, "content-security-policy");
        ensure!(
            policy.contains("default-src 'none'") && policy.contains("script-src 'self'"),
            "{path}: {policy}"
        );
        ensure!(!policy.contains("unsafe"), "{path}: {policy}");
        ensure!(header_of(&page, "x-content-type-options") == "nosniff", "{path}");
        ensure!(header_of(&page, "referrer-policy") == "same-origin", "{path}");
    }
    let plain = Server::start()?;
    let answer = http.post(format!("{}/auth", plain.url())).form(&fields).send().await?;
    let session =
        answer.headers().get_all(header::SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    let session = session.into_iter().find(|cookie| cookie.starts_with("sessionid=")).context("a session")?;
    ensure!(session.contains("HttpOnly") && !session.contains("Secure"), "over plain HTTP: {session}");
    Ok(())
}

/// What a page for signing in says after a wrong password, of the tries that are left.
async fn after_a_wrong_password(server: &Server, name: &str) -> Result<String> {
    let form = [("username", name), ("password", "wrong")];
    let answer = bare()?.post(format!("{}/login/", server.url())).form(&form).send().await?;
    let page = answer.text().await?;
    let said = page.split("role=\"alert\"").nth(1).and_then(|rest| rest.split("</p>").next());
    let text = said.and_then(|said| said.split("<span>").nth(1)).context("what is wrong")?;
    Ok(text.trim_end_matches("</span>").to_owned())
}

#[tokio::test]
async fn the_last_tries_are_counted_down_whether_or_not_somebody_has_the_name() -> Result<()> {
    let server = Server::start()?;
    Person::sign_up(&server, "ada").await?;
    let mut said = Vec::new();
    for _ in 0..11 {
        let (of_ada, of_nobody) = tokio::try_join!(
            after_a_wrong_password(&server, "ada"),
            after_a_wrong_password(&server, "nobody")
        )?;
        ensure!(of_ada == of_nobody, "{of_ada} {of_nobody}");
        said.push(of_ada);
    }
    ensure!(said[..6].iter().all(|text| text == "Name and password do not match."), "{said:?}");
    for (text, left) in said[6..10].iter().zip(["Three more tries", "Two more", "One more", "the last try"]) {
        ensure!(text.contains("do not match. ") && text.contains(left), "{left}: {text}");
    }
    ensure!(said[10].starts_with("Too many attempts") && !said[10].contains("try"), "{}", said[10]);
    Ok(())
}

#[tokio::test]
async fn a_page_that_refuses_names_the_request_as_the_log_does() -> Result<()> {
    let mut server = Server::start_with(Options::default().set("LOG", "debug"))?;
    let ada = Person::sign_up(&server, "ada").await?;
    let mut names = Vec::new();
    for _ in 0..2 {
        let refused = ada.get("/rooms/nowhere/").await?;
        let name = header_of(&refused, "x-request-id").to_owned();
        ensure!(name.len() == 16 && refused.status() == StatusCode::NOT_FOUND, "{name}");
        let page = refused.text().await?;
        ensure!(page.contains(&format!("Request {name}")), "{page}");
        server.await_line(&name)?;
        names.push(name);
    }
    ensure!(names[0] != names[1], "each request has its own: {names:?}");
    let json = ada.get("/api/rooms/nowhere/").await?;
    let name = header_of(&json, "x-request-id").to_owned();
    ensure!(name.len() == 16, "{name}");
    server.await_line(&name)?;
    let other_host = bare()?.get(server.url()).header("Host", "evil.example").send().await?;
    ensure!(header_of(&other_host, "x-request-id").len() == 16, "before any handler too");
    let fine = ada.get("/rooms/").await?;
    ensure!(header_of(&fine, "x-request-id").is_empty() && !fine.text().await?.contains("Request "));
    Ok(())
}
