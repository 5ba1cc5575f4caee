//! One's own settings: name, zone, theme, password, sessions.

use super::{Shell, html, own_tokens::TokenList};
use crate::words::{Words, filters, t};
use crate::{
    Web,
    body::Fields,
    extract::{ClientAddress, Signed},
    failure::{Page, PageResult},
    guard::Nonce,
    params::Path,
};
use app::Error;
use askama::Template;
use axum::{Extension, extract::State, http::StatusCode, response::IntoResponse};
use domain::{Invalid, ids::SessionId, people::Person, sessions::Session};
use store::PersonPatch;

#[derive(Template)]
#[template(path = "settings.html")]
pub(super) struct SettingsPage {
    shell: Shell,
    person: Person,
    sessions: Vec<(Session, String, bool)>,
    pub tokens: TokenList,
    pub field: String,
    pub error: String,
}

/// `GET /settings/`
pub(crate) async fn show(
    State(web): State<Web>,
    signed: Signed<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    html(&page(&web, &signed, &nonce).await?)
}

pub(super) async fn page(web: &Web, signed: &Signed<Page>, nonce: &str) -> app::Result<SettingsPage> {
    let locale = web.locale(&signed.person);
    let sessions = web.app.store().sessions_of(signed.person.id, web.app.now()).await?;
    let sessions = sessions.into_iter().map(|session| {
        let used = locale.words.day_and_time(&session.used_at.to_zoned(locale.zone.clone()));
        let own = Some(session.id) == signed.session().map(|session| session.id);
        (session, used, own)
    });
    Ok(SettingsPage {
        shell: web.shell(signed, nonce, "").await?,
        person: signed.person.clone(),
        sessions: sessions.collect(),
        tokens: TokenList::of(web, signed, &locale).await?,
        field: String::new(),
        error: String::new(),
    })
}

/// `POST /settings/`
pub(crate) async fn save(
    State(web): State<Web>,
    signed: Signed<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let patch = PersonPatch {
        display_name: fields.find("display_name"),
        email: fields.find("email"),
        time_zone: fields.find("time_zone"),
        theme: fields.find("theme"),
        locale: fields.find("locale"),
        ..PersonPatch::default()
    };
    let saved = web.app.update_person(signed.person.id, patch).await;
    answer(&web, &signed, &nonce, saved.map(drop), "Saved.").await
}

/// `POST /settings/password/`
pub(crate) async fn password(
    State(web): State<Web>,
    signed: Signed<Page>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let changed = web
        .app
        .change_password(&signed, &fields.text("old"), &fields.text("new"), &address.to_string())
        .await;
    answer(&web, &signed, &nonce, changed, "The password is changed. Other browsers are signed out.").await
}

/// `POST /settings/sessions/<id>/`: ends a session; `others` ends all but this one.
pub(crate) async fn end_session(
    State(web): State<Web>,
    signed: Signed<Page>,
    Path(id): Path<String>,
) -> PageResult {
    match id.parse::<SessionId>() {
        Ok(id) => web.app.revoke_session(&signed, id).await?,
        Err(_) if id == "others" => web.app.revoke_other_sessions(&signed).await?,
        Err(_) => return Err(Error::NotFound("session").into()),
    }
    Ok(web.see_saying("/settings/#sessions", &t("Signed out there.")))
}

async fn answer(
    web: &Web,
    signed: &Signed<Page>,
    nonce: &str,
    done: app::Result<()>,
    said: &str,
) -> PageResult {
    let invalid = match done {
        Ok(()) => return Ok(web.see_saying("/settings/", &t(said))),
        Err(Error::Invalid(invalid)) => invalid,
        Err(Error::WrongPassword) => Invalid::new("old", "This is not your present password."),
        Err(error) => return Err(error.into()),
    };
    let mut page = page(web, signed, nonce).await?;
    (page.field, page.error) = (invalid.field.into(), Words::here().invalid(&invalid));
    Ok((StatusCode::BAD_REQUEST, html(&page)?).into_response())
}
