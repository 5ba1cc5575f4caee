//! Writing to one person, or to a few. Who was chosen so far stands in the address, so that it works by links alone.

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
use app::{Error, Viewer};
use askama::Template;
use axum::{Extension, extract::State, http::StatusCode, response::IntoResponse};
use domain::{limits, people::Person};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "directs.html")]
struct DirectsPage {
    shell: Shell,
    found: Vec<Person>,
    chosen: Vec<Chosen>,
    /// Their names, as the address holds them.
    with: String,
    is_full: bool,
    username: String,
    error: String,
}

/// Somebody to write to, and the names of those who are left without them.
struct Chosen {
    person: Person,
    rest: String,
}

#[derive(Deserialize, Default)]
pub(crate) struct Ask {
    #[serde(default)]
    username: String,
    /// Usernames, separated by commas, which no username has.
    #[serde(default)]
    with: String,
}

/// `GET /directs/?username=&with=`: people whose name begins so, and those chosen before.
pub(crate) async fn new(
    State(web): State<Web>,
    signed: Signed<Page>,
    Query(ask): Query<Ask>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let with: Vec<String> = ask.with.split(',').map(str::to_owned).collect();
    html(&page(&web, &signed, &nonce, &with, ask.username, String::new()).await?)
}

/// `POST /directs/`
pub(crate) async fn create(
    State(web): State<Web>,
    signed: Signed<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let usernames = fields.texts("username");
    let error = match web.app.direct(&signed.person, &usernames).await {
        Ok(room) => return Ok(see(&format!("/rooms/{}/", room.slug))),
        Err(Error::NotFound(_)) => t("Nobody here has this name."),
        Err(Error::Invalid(invalid)) => Words::here().invalid(&invalid),
        Err(error) => return Err(error.into()),
    };
    let (with, username) = match usernames.as_slice() {
        [one] => (&[][..], one.clone()),
        several => (several, String::new()),
    };
    let page = page(&web, &signed, &nonce, with, username, error).await?;
    Ok((StatusCode::BAD_REQUEST, html(&page)?).into_response())
}

async fn page(
    web: &Web,
    viewer: &Viewer,
    nonce: &str,
    with: &[String],
    username: String,
    error: String,
) -> app::Result<DirectsPage> {
    let (store, me) = (web.app.store(), viewer.person.id);
    let mut people: Vec<Person> = Vec::new();
    for name in with.iter().filter(|name| !name.is_empty()).take(limits::GROUP_PEOPLE_MAX) {
        let person = store.person_by_name(name).await?.filter(|person| person.is_active && person.id != me);
        people.extend(person.filter(|person| people.iter().all(|chosen| chosen.id != person.id)));
    }
    people.truncate(limits::GROUP_PEOPLE_MAX - 1);
    let mut found = store.find_people(&username, 20).await?;
    found.retain(|person| person.id != me && people.iter().all(|chosen| chosen.id != person.id));
    Ok(DirectsPage {
        shell: web.shell(viewer, nonce, "").await?,
        found: if error.is_empty() { found } else { Vec::new() },
        with: names(&people, None),
        is_full: people.len() == limits::GROUP_PEOPLE_MAX - 1,
        chosen: people
            .iter()
            .map(|one| Chosen { rest: names(&people, Some(one)), person: one.clone() })
            .collect(),
        username,
        error,
    })
}

/// Usernames as the address holds them, without one.
fn names(people: &[Person], without: Option<&Person>) -> String {
    let people = people.iter().filter(|person| without.is_none_or(|one| one.id != person.id));
    people.map(|person| person.username.as_str()).collect::<Vec<_>>().join(",")
}
