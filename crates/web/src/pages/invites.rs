//! Coming in by a link.

use super::{Shell, html, see};
use crate::words::filters;
use crate::{
    Web,
    extract::Signed,
    failure::{Page, PageResult},
    guard::Nonce,
    params::Path,
};
use askama::Template;
use axum::{Extension, extract::State};

#[derive(Template)]
#[template(path = "invite.html")]
struct InvitePage {
    shell: Shell,
    name: String,
    topic: String,
    secret: String,
}

/// `GET /invites/<secret>/`: a question; a GET changes no membership.
pub(crate) async fn show(
    State(web): State<Web>,
    signed: Signed<Page>,
    Path(secret): Path<String>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let (_, room) = web.app.invitation(&signed.person, &secret).await?;
    html(&InvitePage {
        shell: web.shell(&signed, &nonce, "").await?,
        name: room.name,
        topic: room.topic,
        secret,
    })
}

/// `POST /invites/<secret>/`
pub(crate) async fn accept(
    State(web): State<Web>,
    signed: Signed<Page>,
    Path(secret): Path<String>,
) -> PageResult {
    let room = web.app.accept_invite(&signed.person, &secret).await?;
    Ok(see(&format!("/rooms/{}/", room.slug)))
}
