//! One account.

use super::{SECTION, acts, acts_on};
use crate::pages::{Shell, html};
use crate::words::{Words, filters, t};
use crate::{
    Web,
    api::bots::Which,
    body::Fields,
    extract::Governs,
    failure::{Page, PageResult},
    fragment::Face,
    guard::Nonce,
    params::Path,
};
use acts::consequence;
use app::Error;
use askama::Template;
use axum::{Extension, extract::State, http::StatusCode, response::IntoResponse};
use domain::{
    ids::PersonId,
    people::{Person, Profile},
    sessions::Session,
};

#[derive(Template)]
#[template(path = "admin_user.html")]
pub(super) struct UserPage {
    shell: Shell,
    person: Person,
    face: Face,
    joined: String,
    sessions: Vec<(Session, String)>,
    acts: Vec<(&'static str, String)>,
    /// Shown name and address as they stand in the form.
    written: (String, String),
    /// Told once.
    link: String,
    field: String,
    error: String,
}

pub(super) async fn page(
    web: &Web,
    by: &Governs<Page>,
    nonce: &str,
    person: Person,
    link: String,
) -> app::Result<UserPage> {
    let locale = web.locale(&by.viewer.person);
    let sessions = web.app.store().sessions_of(person.id, web.app.now()).await?;
    let sessions = sessions.into_iter().map(|session| {
        let used = locale.words.day_and_time(&session.used_at.to_zoned(locale.zone.clone()));
        (session, used)
    });
    Ok(UserPage {
        shell: web.board(by, nonce, SECTION).await?,
        face: Face::of(&Profile::from(&person)),
        joined: locale.words.short_date(&person.created_at.to_zoned(locale.zone.clone())),
        sessions: sessions.collect(),
        acts: acts_on(&person, by.viewer.person.id),
        written: (person.display_name.clone(), person.email.clone()),
        person,
        link,
        field: String::new(),
        error: String::new(),
    })
}

/// `GET /admin/users/<id>/`
pub(crate) async fn show(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(which): Path<Which>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let person = web.app.governed(PersonId(which.id)).await?;
    html(&page(&web, &by, &nonce, person, String::new()).await?)
}

/// `POST /admin/users/<id>/`: shown name and address.
pub(crate) async fn update(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(which): Path<Which>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let id = PersonId(which.id);
    let saved = web.app.rename_person(&by.admin, id, fields.find("display_name"), fields.find("email")).await;
    match saved {
        Ok(_) => Ok(web.see_saying(&format!("{SECTION}{id}/"), &t("Saved."))),
        Err(Error::Invalid(invalid)) => {
            let person = web.app.governed(id).await?;
            let mut page = page(&web, &by, &nonce, person, String::new()).await?;
            page.written = (fields.text("display_name"), fields.text("email"));
            (page.field, page.error) = (invalid.field.to_owned(), Words::here().invalid(&invalid));
            Ok((StatusCode::BAD_REQUEST, html(&page)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
