//! All rooms, as administrators see them: what kind they are and how busy, never what is said in them.

use super::{
    Shell,
    admin::{Confirm, List, Sought},
    html,
};
use crate::words::{Words, filters, t};
use crate::{
    Web,
    api::bots::Which,
    body::Fields,
    extract::Governs,
    failure::{Page, PageResult},
    fragment::Locale,
    guard::Nonce,
    params::{Path, Query},
};
use app::Error;
use askama::Template;
use axum::{Extension, extract::State, http::StatusCode, response::IntoResponse};
use domain::{
    ids::RoomId,
    limits,
    rooms::{Room, RoomKind, RoomPatch},
};
use jiff::Timestamp;
use store::{RoomFacts, RoomsFilter};

const SECTION: &str = "/admin/rooms/";
const SESSIONS: &str = "/admin/sessions/";

#[derive(Template)]
#[template(path = "admin_rooms.html")]
struct RoomsPage {
    shell: Shell,
    list: List,
    rows: Vec<Row>,
}

struct Row {
    facts: RoomFacts,
    kind: String,
    last: String,
    made: String,
    may_change: bool,
    may_rename: bool,
}

impl Row {
    fn of(facts: RoomFacts, locale: &Locale) -> Self {
        let zoned = |at: Timestamp| at.to_zoned(locale.zone.clone());
        let kind = facts.room.kind;
        Self {
            kind: kind_name(kind),
            last: facts.last_at.map_or_else(|| t("never"), |at| locale.words.day_and_time(&zoned(at))),
            made: locale.words.short_date(&zoned(facts.room.created_at)),
            may_change: RoomPatch::default().check(kind).is_ok(),
            may_rename: RoomPatch { name: Some(String::new()), ..RoomPatch::default() }.check(kind).is_ok(),
            facts,
        }
    }
}

fn kind_name(kind: RoomKind) -> String {
    match kind.as_str() {
        "public" => t("public"),
        "private" => t("private"),
        "direct" => t("direct"),
        "group" => t("group"),
        "session" => t("chat session"),
        other => other.to_owned(),
    }
}

/// The filter of an address; whatever is none shows all.
pub(crate) fn filter(show: &str) -> RoomsFilter {
    match show {
        "closed" => RoomsFilter::Closed,
        word => RoomKind::parse(word).map_or(RoomsFilter::All, RoomsFilter::Kind),
    }
}

/// `GET /admin/rooms/?q=&show=`
pub(crate) async fn index(
    State(web): State<Web>,
    by: Governs<Page>,
    Query(sought): Query<Sought>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let filters = [
        ("", t("All"), None),
        ("public", t("Public"), None),
        ("private", t("Private"), None),
        ("direct", t("Direct"), None),
        ("group", t("Groups"), None),
        ("closed", t("Closed"), None),
    ];
    let filter = filter(&sought.show);
    let page = web.app.store().list_rooms(filter, &sought.q, &sought.place(), limits::LIST_ROWS).await?;
    let list = List::around(SECTION, t("Rooms"), &page, &sought, &[]).filtered(filters);
    show(&web, &by, &nonce, SECTION, list, page.rows).await
}

/// `GET /admin/sessions/?q=`: chat sessions, which programs open.
pub(crate) async fn sessions(
    State(web): State<Web>,
    by: Governs<Page>,
    Query(sought): Query<Sought>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let filter = RoomsFilter::Kind(RoomKind::Session);
    let page = web.app.store().list_rooms(filter, &sought.q, &sought.place(), limits::LIST_ROWS).await?;
    let list = List::around(SESSIONS, t("Chat sessions"), &page, &sought, &[]);
    show(&web, &by, &nonce, SESSIONS, list, page.rows).await
}

async fn show(
    web: &Web,
    by: &Governs<Page>,
    nonce: &str,
    section: &'static str,
    list: List,
    rows: Vec<RoomFacts>,
) -> PageResult {
    let locale = web.locale(&by.viewer.person);
    let rows = rows.into_iter().map(|facts| Row::of(facts, &locale)).collect();
    let list = List { seek: t("Name or address"), ..list };
    html(&RoomsPage { shell: web.board(by, nonce, section).await?, list, rows })
}

async fn found(web: &Web, id: i64) -> app::Result<Room> {
    let facts = web.app.store().room_facts(RoomId(id)).await?;
    Ok(facts.ok_or(Error::NotFound("room"))?.room)
}

#[derive(Template)]
#[template(path = "admin_room_name.html")]
struct NamePage {
    shell: Shell,
    id: i64,
    before: String,
    name: String,
    error: String,
}

/// `GET /admin/rooms/<id>/rename/`
pub(crate) async fn rename(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(which): Path<Which>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let name = found(&web, which.id).await?.name;
    let shell = web.board(&by, &nonce, SECTION).await?;
    html(&NamePage { shell, id: which.id, before: name.clone(), name, error: String::new() })
}

/// `POST /admin/rooms/<id>/rename/` with `name`
pub(crate) async fn save_name(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(which): Path<Which>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let patch = RoomPatch { name: Some(fields.text("name")), ..RoomPatch::default() };
    match web.app.govern_room(&by.admin, RoomId(which.id), patch).await {
        Ok(_) => Ok(web.see_saying(SECTION, &t("Saved."))),
        Err(Error::Invalid(invalid)) => {
            let before = found(&web, which.id).await?.name;
            let shell = web.board(&by, &nonce, SECTION).await?;
            let error = Words::here().invalid(&invalid);
            let page = NamePage { shell, id: which.id, before, name: fields.text("name"), error };
            Ok((StatusCode::BAD_REQUEST, html(&page)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /admin/rooms/<id>/close/`
pub(crate) async fn closing(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(which): Path<Which>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let room = found(&web, which.id).await?;
    html(&Confirm {
        shell: web.board(&by, &nonce, SECTION).await?,
        question: t("Close {name}?").replace("{name}", &room.name),
        consequence: t("Its members still read it and nobody writes there any more. You can open it again."),
        action: format!("{SECTION}{}/close/", which.id),
        back: SECTION.to_owned(),
        verb: t("Close the room"),
        is_grave: true,
        error: String::new(),
    })
}

/// `GET /admin/rooms/<id>/open/`
pub(crate) async fn opening(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(which): Path<Which>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let room = found(&web, which.id).await?;
    html(&Confirm {
        shell: web.board(&by, &nonce, SECTION).await?,
        question: t("Open {name} again?").replace("{name}", &room.name),
        consequence: t("Its members write there again."),
        action: format!("{SECTION}{}/open/", which.id),
        back: SECTION.to_owned(),
        verb: t("Open the room"),
        is_grave: false,
        error: String::new(),
    })
}

/// `POST /admin/rooms/<id>/close/`
pub(crate) async fn close(web: State<Web>, by: Governs<Page>, which: Path<Which>) -> PageResult {
    archive(web, by, which, true).await
}

/// `POST /admin/rooms/<id>/open/`
pub(crate) async fn open(web: State<Web>, by: Governs<Page>, which: Path<Which>) -> PageResult {
    archive(web, by, which, false).await
}

async fn archive(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(which): Path<Which>,
    archived: bool,
) -> PageResult {
    let patch = RoomPatch { archived: Some(archived), ..RoomPatch::default() };
    web.app.govern_room(&by.admin, RoomId(which.id), patch).await?;
    Ok(web.see_saying(SECTION, &t("Done.")))
}
