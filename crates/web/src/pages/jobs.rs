//! Replies as jobs, for administrators: which run, which failed, and stopping one. What is said stays where it is said.

use super::{
    Shell,
    admin::{List, Sought},
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
use domain::{ids::ReplyId, limits};
use store::{RepliesFilter, ReplyFacts};

const SECTION: &str = "/admin/replies/";

#[derive(Template)]
#[template(path = "admin_replies.html")]
struct RepliesPage {
    shell: Shell,
    list: List,
    rows: Vec<Row>,
}

struct Row {
    facts: ReplyFacts,
    face: Face,
    since: String,
    state: String,
    is_wrong: bool,
}

impl Row {
    fn of(facts: ReplyFacts, locale: &Locale) -> Self {
        Self {
            face: Face::of(&facts.bot),
            since: locale.words.day_and_time(&facts.since.to_zoned(locale.zone.clone())),
            state: state_name(&facts.state),
            is_wrong: ["interrupted", "failed"].contains(&facts.state.as_str()),
            facts,
        }
    }
}

fn state_name(state: &str) -> String {
    match state {
        "queued" => t("waiting"),
        "sent" => t("answering"),
        "complete" => t("complete"),
        "stopped" => t("stopped"),
        "interrupted" => t("interrupted"),
        _ => t("failed"),
    }
}

/// The filter of an address; whatever is none shows all.
pub(crate) fn filter(show: &str) -> RepliesFilter {
    match show {
        "open" => RepliesFilter::Open,
        "failed" => RepliesFilter::Failed,
        _ => RepliesFilter::All,
    }
}

/// `GET /admin/replies/?show=`
pub(crate) async fn index(
    State(web): State<Web>,
    by: Governs<Page>,
    Query(sought): Query<Sought>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let page = web.app.store().list_replies(filter(&sought.show), &sought.place(), limits::LIST_ROWS).await?;
    let list = List::around(SECTION, t("Reply jobs"), &page, &sought, &[]).filtered([
        ("", t("All"), None),
        ("open", t("In progress"), None),
        ("failed", t("Failed"), None),
    ]);
    let locale = web.locale(&by.viewer.person);
    let rows = page.rows.into_iter().map(|facts| Row::of(facts, &locale)).collect();
    html(&RepliesPage { shell: web.board(&by, &nonce, SECTION).await?, list, rows })
}

/// `POST /admin/replies/<id>/stop/`
pub(crate) async fn stop(State(web): State<Web>, by: Governs<Page>, Path(which): Path<Which>) -> PageResult {
    web.app.halt_reply(&by.admin, ReplyId(which.id)).await?;
    Ok(web.see_saying(SECTION, &t("Asked to stop.")))
}
