//! People, as administrators see them.

use super::{
    Shell,
    admin::{List, Sought},
    html,
};
use crate::words::{filters, t};
use crate::{
    Web,
    extract::Governs,
    failure::{Page, PageResult},
    fragment::{Face, Locale},
    guard::Nonce,
    params::Query,
};
use askama::Template;
use axum::{Extension, extract::State};
use domain::{limits, people::Profile};
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
    seen: String,
    joined: String,
}

impl Row {
    fn of(line: PersonLine, locale: &Locale) -> Self {
        let seen = line.seen_at.map(|at| locale.words.day_and_time(&at.to_zoned(locale.zone.clone())));
        let never = if line.person.is_bot { t("Always") } else { t("never") };
        Self {
            face: Face::of(&Profile::from(&line.person)),
            seen: seen.unwrap_or(never),
            joined: locale.words.short_date(&line.person.created_at.to_zoned(locale.zone.clone())),
            line,
        }
    }
}

/// The filter of an address; `None` for a word that is none.
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
    let locale = web.locale(&by.viewer.person);
    let rows = page.rows.into_iter().map(|line| Row::of(line, &locale)).collect();
    html(&UsersPage { shell: web.board(&by, &nonce, SECTION).await?, list, rows })
}
