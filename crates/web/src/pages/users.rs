//! People, as administrators see them: a list, an account made, one account.

mod account;
pub(crate) mod acts;

pub(crate) use account::{show, update};

use super::{
    Shell,
    admin::{List, Sought},
    html,
};
use crate::words::{Words, filters, t};
use crate::{
    Web,
    body::Fields,
    extract::Governs,
    failure::{Page, PageResult},
    fragment::{Face, Locale},
    guard::Nonce,
    params::Query,
};
use acts::acts_on;
use app::{AccountDraft, Error};
use askama::Template;
use axum::{Extension, extract::State, http::StatusCode, response::IntoResponse};
use domain::{
    events::Presence,
    ids::PersonId,
    limits,
    people::{Person, Profile},
};
use jiff::Zoned;
use store::{PeopleFilter, PersonLine};

/// Where people are kept.
pub(super) const SECTION: &str = "/admin/users/";

#[derive(Template)]
#[template(path = "admin_users.html")]
struct UsersPage {
    shell: Shell,
    list: List,
    rows: Vec<Row>,
}

struct Row {
    line: PersonLine,
    face: Face,
    path: String,
    seen: String,
    joined: String,
    acts: Vec<(&'static str, String)>,
}

impl Row {
    fn of(line: PersonLine, me: PersonId, presence: &Presence, locale: &Locale, now: &Zoned) -> Self {
        let person = &line.person;
        let seen = match line.seen_at {
            _ if presence.here.contains(&person.id) => t("Here now"),
            _ if presence.away.contains(&person.id) => t("Away"),
            _ if person.is_bot => t("Always"),
            Some(at) => locale.words.ago(&at.to_zoned(locale.zone.clone()), now),
            None => t("never"),
        };
        Self {
            face: Face::of(&Profile::from(person)),
            path: path_of(person),
            seen,
            joined: locale.words.short_date(&person.created_at.to_zoned(locale.zone.clone())),
            acts: acts_on(person, me),
            line,
        }
    }
}

/// Where somebody is kept.
fn path_of(person: &Person) -> String {
    let section = if person.is_bot { super::bots::SECTION } else { SECTION };
    format!("{section}{}/", person.id)
}

/// The filter of an address; whatever is none shows all.
pub(crate) fn filter(show: &str) -> PeopleFilter {
    match show {
        "admins" => PeopleFilter::Admins,
        "bots" => PeopleFilter::Bots,
        "inactive" => PeopleFilter::Inactive,
        _ => PeopleFilter::All,
    }
}

/// `GET /admin/users/?q=&show=`
pub(crate) async fn index(
    State(web): State<Web>,
    by: Governs<Page>,
    Query(sought): Query<Sought>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let store = web.app.store();
    let page = store.list_people(filter(&sought.show), &sought.q, &sought.place(), limits::LIST_ROWS).await?;
    let counts = store.count_people().await?;
    let list = List::around(SECTION, t("Users"), &page, &sought, &[]).filtered([
        ("", t("All"), Some(counts.all)),
        ("admins", t("Administrators"), Some(counts.admins)),
        ("bots", t("Bots"), Some(counts.bots)),
        ("inactive", t("Deactivated"), Some(counts.inactive)),
    ]);
    let summary = t("{people} people, {bots} bots")
        .replace("{people}", &(counts.all - counts.bots).to_string())
        .replace("{bots}", &counts.bots.to_string());
    let list = List { seek: t("Name or email"), summary, ..list };
    let (locale, me) = (web.locale(&by.viewer.person), by.viewer.person.id);
    let now = web.app.now().to_zoned(locale.zone.clone());
    let presence = web.app.hub().presence_of(&page.rows.iter().map(|line| line.person.id).collect());
    let rows = page.rows.into_iter().map(|line| Row::of(line, me, &presence, &locale, &now)).collect();
    html(&UsersPage { shell: web.board(&by, &nonce, SECTION).await?, list, rows })
}

#[derive(Template)]
#[template(path = "admin_user_new.html")]
struct NewPage {
    shell: Shell,
    draft: AccountDraft,
    field: String,
    error: String,
}

/// `GET /admin/users/new/`
pub(crate) async fn new(
    State(web): State<Web>,
    by: Governs<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let shell = web.board(&by, &nonce, SECTION).await?;
    html(&NewPage { shell, draft: AccountDraft::default(), field: String::new(), error: String::new() })
}

/// `POST /admin/users/new/`: the account, and the link by which its password is chosen.
pub(crate) async fn create(
    State(web): State<Web>,
    by: Governs<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let draft = draft(&fields);
    match web.app.make_person(&by.admin, draft.clone()).await {
        Ok((person, secret)) => {
            let link = secret.map(|secret| web.reset_link(&secret)).unwrap_or_default();
            html(&account::page(&web, &by, &nonce, person, link).await?)
        }
        Err(Error::Invalid(invalid)) => {
            let shell = web.board(&by, &nonce, SECTION).await?;
            let error = Words::here().invalid(&invalid);
            let page = NewPage { shell, draft, field: invalid.field.to_owned(), error };
            Ok((StatusCode::BAD_REQUEST, html(&page)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// What a body says of an account.
pub(crate) fn draft<D>(fields: &Fields<D>) -> AccountDraft {
    AccountDraft {
        username: fields.text("username"),
        display_name: fields.text("display_name"),
        email: fields.text("email"),
        is_admin: fields.flag("is_admin"),
        password: None,
    }
}

impl Web {
    /// The link by which somebody chooses a password.
    pub(crate) fn reset_link(&self, secret: &str) -> String {
        format!("{}/reset/{secret}/", self.config.public_url.as_deref().unwrap_or_default())
    }
}
