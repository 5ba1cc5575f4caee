//! Everybody's tokens, as administrators see them: whose, how far they reach and when they were used, never their secrets.

use super::{
    Shell,
    admin::{Confirm, List, Sought},
    html,
};
use crate::words::{filters, t};
use crate::{
    Web,
    api::bots::Which,
    extract::Governs,
    failure::{Page, PageResult},
    fragment::{Face, Locale},
    guard::Nonce,
    params::{Path, Query},
};
use askama::Template;
use axum::{Extension, extract::State};
use domain::{ids::TokenId, limits, tokens::Scope};
use jiff::Timestamp;
use store::{Listed, TokenFacts};

const SECTION: &str = "/admin/tokens/";

#[derive(Template)]
#[template(path = "admin_tokens.html")]
struct TokensPage {
    shell: Shell,
    list: List,
    rows: Vec<Row>,
}

struct Row {
    facts: TokenFacts,
    face: Face,
    reach: String,
    made: String,
    used: String,
    ends: String,
}

impl Row {
    fn of(facts: TokenFacts, locale: &Locale) -> Self {
        let date = |at: Timestamp| locale.words.short_date(&at.to_zoned(locale.zone.clone()));
        let token = &facts.token;
        let scope = match token.reach.scope {
            Scope::Read => t("reads"),
            Scope::Write => t("reads and writes"),
        };
        let rooms = token.reach.rooms.as_ref().map(|rooms| rooms.len());
        Self {
            face: Face::of(&facts.owner),
            reach: match rooms {
                Some(n) => {
                    t("{scope}, in {n} rooms").replace("{scope}", &scope).replace("{n}", &n.to_string())
                }
                None => scope,
            },
            made: date(token.created_at),
            used: token.used_at.map_or_else(|| t("never"), date),
            ends: token.expires_at.map_or_else(|| t("never"), date),
            facts,
        }
    }
}

/// `GET /admin/tokens/?q=`: of all, or of one person.
pub(crate) async fn index(
    State(web): State<Web>,
    by: Governs<Page>,
    Query(sought): Query<Sought>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let page = page(&web, &sought.q, &sought).await?;
    let list = List::around(SECTION, t("Tokens"), &page, &sought, &[]);
    let list = List { seek: t("Username of the owner"), ..list };
    let locale = web.locale(&by.viewer.person);
    let rows = page.rows.into_iter().map(|facts| Row::of(facts, &locale)).collect();
    html(&TokensPage { shell: web.board(&by, &nonce, SECTION).await?, list, rows })
}

/// A page of tokens of somebody, or of all.
pub(crate) async fn page(web: &Web, owner: &str, sought: &Sought) -> app::Result<Listed<TokenFacts>> {
    let store = web.app.store();
    let of = match owner.trim().trim_start_matches('@') {
        "" => None,
        name => match store.person_by_name(name).await? {
            Some(person) => Some(person.id),
            None => return Ok(Listed { rows: Vec::new(), previous: None, next: None }),
        },
    };
    Ok(store.list_tokens(of, &sought.place(), limits::LIST_ROWS, web.app.now()).await?)
}

/// `GET /admin/tokens/<id>/revoke/`
pub(crate) async fn confirm(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(which): Path<Which>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    html(&Confirm {
        shell: web.board(&by, &nonce, SECTION).await?,
        question: t("Revoke this token?"),
        consequence: t("Whatever uses it is cut off at once. There is no way back."),
        action: format!("{SECTION}{}/revoke/", which.id),
        back: SECTION.to_owned(),
        verb: t("Revoke"),
        is_grave: true,
        error: String::new(),
    })
}

/// `POST /admin/tokens/<id>/revoke/`
pub(crate) async fn revoke(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(which): Path<Which>,
) -> PageResult {
    web.app.void_token(&by.admin, TokenId(which.id)).await?;
    Ok(web.see_saying(SECTION, &t("The token is revoked.")))
}
