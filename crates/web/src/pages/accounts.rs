//! Signing in, signing up, signing out.

use super::{encode, html, see, terms::AtTheDoor};
use crate::words::{Words, filters, t};
use crate::{
    Web,
    body::Fields,
    cookies::{self, Stay},
    extract::{ClientAddress, Signed, viewer},
    failure::{Page, PageResult, WebError, with_retry_after},
    params::Query,
};
use app::{Error, SignUp, SignedIn};
use askama::Template;
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use domain::{limits, people::Person};
use serde::Deserialize;
use std::net::IpAddr;
use store::FirstAdmin;

#[derive(Template, Default)]
#[template(path = "auth.html")]
struct AuthPage {
    server_name: String,
    sign_up: bool,
    next: String,
    setup: String,
    invite: String,
    /// Why nobody signs up here, in place of the form.
    closed: String,
    username: String,
    email: String,
    /// Whether the box to stay signed in is empty.
    leaves: bool,
    field: String,
    error: String,
    /// How many tries are left, when they are few.
    tries: String,
    first: bool,
    guests: bool,
    door: AtTheDoor,
}

#[derive(Template)]
#[template(path = "logout.html")]
struct LogoutPage {
    server_name: String,
}

#[derive(Deserialize, Default)]
pub(crate) struct Ask {
    #[serde(default)]
    next: String,
    #[serde(default)]
    tab: String,
    #[serde(default)]
    setup: String,
    #[serde(default)]
    invite: String,
}

/// `GET /auth`, `GET /login/`
pub(crate) async fn new(State(web): State<Web>, Query(ask): Query<Ask>, parts: Parts) -> PageResult {
    if viewer(&parts, &web).await?.is_some() {
        return Ok(see(&safe_next(&ask.next)));
    }
    let first = !web.app.store().has_admin().await?;
    let sign_up = ask.tab == "sign-up"
        || !ask.setup.is_empty()
        || !ask.invite.is_empty()
        || (first && ask.tab.is_empty() && web.config.is_loopback);
    let closed = match sign_up {
        true => web.app.may_sign_up(web.first_admin(&ask.setup).await?, &ask.invite).await,
        false => Ok(()),
    };
    let closed = match closed {
        Err(Error::Forbidden(why)) => t(why),
        other => other.map(|()| String::new())?,
    };
    let settings = web.app.settings().await?;
    html(&AuthPage {
        sign_up,
        closed,
        next: ask.next,
        setup: ask.setup,
        invite: ask.invite,
        first,
        guests: settings.guests,
        door: AtTheDoor::of(&settings),
        server_name: web.config.server_name.clone(),
        ..AuthPage::default()
    })
}

/// `POST /login/`, and `POST /auth` with the sign-in form
pub(crate) async fn log_in(
    State(web): State<Web>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    headers: HeaderMap,
    Query(ask): Query<Ask>,
    fields: Fields<Page>,
) -> PageResult {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let next = fields.find("next").unwrap_or(ask.next);
    let signed =
        web.app.log_in(&fields.text("username"), &fields.text("password"), &address.to_string(), agent).await;
    match signed {
        Ok(signed) => Ok(enter(&web, &signed, &next, stay(&fields))),
        Err(error) => {
            let (username, leaves) = (fields.text("username"), stay(&fields) == Stay::UntilClosed);
            let tries = counted_down(web.app.tries_left(&username, &address.to_string()));
            refuse(&web, error, AuthPage { next, username, leaves, tries, ..AuthPage::default() }).await
        }
    }
}

/// How many tries are left, when they are few. Names that nobody has are counted alike, so it tells nobody which those are.
fn counted_down(left: usize) -> String {
    const SAID: [&str; limits::LOGIN_TRIES_COUNTED + 1] = [
        "That was the last try before a short pause.",
        "One more try before a short pause.",
        "Two more tries before a short pause.",
        "Three more tries before a short pause.",
    ];
    SAID.get(left).map(|text| t(text)).unwrap_or_default()
}

/// What the box says. A box that is empty sends nothing, so the form says "no" before it; who asks without the form, as the
/// clients of the earlier systems do, stays signed in.
fn stay(fields: &Fields<Page>) -> Stay {
    match fields.texts("keep").last().map(String::as_str) {
        Some("no") => Stay::UntilClosed,
        _ => Stay::SignedIn,
    }
}

/// `POST /auth`: the tab's own form.
pub(crate) async fn create(
    state: State<Web>,
    address: Extension<ClientAddress>,
    headers: HeaderMap,
    query: Query<Ask>,
    fields: Fields<Page>,
) -> PageResult {
    if fields.text("tab") != "sign-up" && query.tab != "sign-up" {
        return log_in(state, address, headers, query, fields).await;
    }
    let (State(web), Extension(ClientAddress(address))) = (state, address);
    let (username, email) = (fields.text("username"), fields.text("email"));
    let next = fields.find("next").unwrap_or(query.0.next);
    let (setup, invite) = (fields.text("setup"), fields.text("invite"));
    let page = AuthPage {
        sign_up: true,
        next: next.clone(),
        setup: setup.clone(),
        invite: invite.clone(),
        username: username.clone(),
        email: email.clone(),
        ..AuthPage::default()
    };
    let form = SignUp {
        username,
        password: fields.text("password"),
        display_name: fields.text("display_name"),
        email,
        invitation: invite,
    };
    let made = async {
        if fields.find("terms").is_none() {
            return Err(domain::Invalid::new("terms", "To have an account here, accept the terms.").into());
        }
        web.app.sign_up(form, web.first_admin(&setup).await?, &address.to_string()).await
    };
    match made.await {
        Ok(person) => sign_in(&web, person, address, &headers, &next).await,
        Err(error) => refuse(&web, error, page).await,
    }
}

impl Web {
    /// Whether somebody with this secret of a set-up link (or with none) may make the first administrator's account.
    async fn first_admin(&self, setup: &str) -> app::Result<FirstAdmin> {
        let may_govern =
            self.config.is_loopback || (!setup.is_empty() && self.app.is_setup_secret(setup).await?);
        Ok(if may_govern { FirstAdmin::IfNone } else { FirstAdmin::No })
    }
}

/// Signs in somebody who has proved who they are.
pub(super) async fn sign_in(
    web: &Web,
    person: Person,
    address: IpAddr,
    headers: &HeaderMap,
    next: &str,
) -> PageResult {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let signed = web.app.open_session(person, &address.to_string(), agent).await?;
    Ok(enter(web, &signed, next, Stay::SignedIn))
}

fn enter(web: &Web, signed: &SignedIn, next: &str, stay: Stay) -> Response {
    let mut response = see(&safe_next(next));
    let cookie = cookies::keep_session(&web.config, &signed.secret, stay);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// The form again, with what was wrong and what was typed, except the password.
async fn refuse(web: &Web, error: Error, mut page: AuthPage) -> PageResult {
    let status = match &error {
        Error::Invalid(invalid) => {
            page.field = invalid.field.into();
            StatusCode::BAD_REQUEST
        }
        Error::WrongPassword => StatusCode::OK,
        Error::TooMany { .. } => {
            page.tries.clear();
            StatusCode::TOO_MANY_REQUESTS
        }
        Error::Forbidden(why) => {
            page.closed = t(why);
            StatusCode::FORBIDDEN
        }
        _ => return Err(error.into()),
    };
    page.error = Words::here().error(&error);
    page.server_name = web.config.server_name.clone();
    let settings = web.app.settings().await?;
    (page.guests, page.door) = (settings.guests, AtTheDoor::of(&settings));
    let answer = (status, html(&page)?).into_response();
    Ok(with_retry_after(answer, &WebError::App(error)))
}

/// `GET /logout/`: a button; a GET changes nothing.
pub(crate) async fn leaving(State(web): State<Web>, _: Signed<Page>) -> PageResult {
    html(&LogoutPage { server_name: web.config.server_name.clone() })
}

/// `POST /logout/`
pub(crate) async fn log_out(State(web): State<Web>, signed: Signed<Page>) -> PageResult {
    web.app.log_out(&signed).await?;
    let mut response = see("/login/");
    response.headers_mut().append(header::SET_COOKIE, cookies::forget_session(&web.config));
    Ok(response)
}

/// Where to go next: a path on this very site, or the rooms. Browsers read `//x` and `/\x` as other hosts, and drop tabs and line ends.
fn safe_next(next: &str) -> String {
    let fits = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(['\\', '\t', '\r', '\n'])
        && !next.contains(char::is_control);
    if fits { next.split('/').map(encode_part).collect::<Vec<_>>().join("/") } else { "/rooms/".to_owned() }
}

/// Part of a path, with what a header cannot carry encoded.
fn encode_part(part: &str) -> String {
    if part.is_ascii() && !part.contains(' ') { part.to_owned() } else { encode(part) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_never_leads_to_another_site() {
        assert_eq!(safe_next("/rooms/general/?after=3"), "/rooms/general/?after=3");
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "javascript:alert(1)",
        ] {
            assert_eq!(safe_next(bad), "/rooms/", "{bad:?}");
        }
    }
}
