//! Writing to one person.

use super::{Shell, html, see};
use crate::words::{Words, filters, t};
use crate::{
    Web,
    body::Fields,
    extract::Signed,
    failure::{Page, PageResult},
    guard::Nonce,
    params::Query,
};
use app::Error;
use askama::Template;
use axum::{Extension, extract::State, http::StatusCode, response::IntoResponse};
use domain::people::Person;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "directs.html")]
struct DirectsPage {
    shell: Shell,
    found: Vec<Person>,
    username: String,
    error: String,
}

#[derive(Deserialize, Default)]
pub(crate) struct Ask {
    #[serde(default)]
    username: String,
}

/// `GET /directs/?username=`: people whose name begins so.
pub(crate) async fn new(
    State(web): State<Web>,
    signed: Signed<Page>,
    Query(ask): Query<Ask>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let mut found = web.app.store().find_people(&ask.username, 20).await?;
    found.retain(|person| person.id != signed.person.id);
    html(&DirectsPage {
        shell: web.shell(&signed, &nonce, "").await?,
        found,
        username: ask.username,
        error: String::new(),
    })
}

/// `POST /directs/`
pub(crate) async fn create(
    State(web): State<Web>,
    signed: Signed<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let username = fields.text("username");
    let error = match web.app.direct(&signed.person, &username).await {
        Ok(room) => return Ok(see(&format!("/rooms/{}/", room.slug))),
        Err(Error::NotFound(_)) => t("Nobody here has this name."),
        Err(Error::Invalid(invalid)) => Words::here().invalid(&invalid),
        Err(error) => return Err(error.into()),
    };
    let page =
        DirectsPage { shell: web.shell(&signed, &nonce, "").await?, found: Vec::new(), username, error };
    Ok((StatusCode::BAD_REQUEST, html(&page)?).into_response())
}
