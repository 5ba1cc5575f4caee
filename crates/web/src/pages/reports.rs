//! The queue of reports. What a reported message says is not here: it is read on the message's own page, and whoever reads it there is in
//! the audit log.

use super::{
    Shell,
    admin::{List, Sought},
    html,
};
use crate::words::{filters, t};
use crate::{
    Web,
    api::messages::Which,
    body::Fields,
    extract::Governs,
    failure::{Page, PageResult},
    guard::Nonce,
    params::{Path, Query},
};
use app::Error;
use askama::Template;
use axum::{Extension, extract::State};
use domain::{
    Invalid, limits,
    reports::{Report, Resolution},
    rooms::RoomKind,
};

const SECTION: &str = "/admin/reports/";

#[derive(Template)]
#[template(path = "admin_reports.html")]
struct ReportsPage {
    shell: Shell,
    list: List,
    rows: Vec<Row>,
}

struct Row {
    report: Report,
    room: String,
    at: String,
    resolution: String,
}

/// `GET /admin/reports/?show=resolved`
pub(crate) async fn index(
    State(web): State<Web>,
    by: Governs<Page>,
    Query(sought): Query<Sought>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let store = web.app.store();
    let open = sought.show != "resolved";
    let page = store.reports(open, &sought.place(), limits::LIST_ROWS).await?;
    let counts = store.count_reports().await?;
    let list = List::around(SECTION, t("Reports"), &page, &sought, &[])
        .filtered([("", t("Open"), Some(counts.open)), ("resolved", t("Resolved"), Some(counts.resolved))]);
    let nothing = if open { t("Nobody has reported anything that is still open.") } else { list.nothing };
    let list = List { nothing, is_sifted: false, ..list };
    let locale = web.locale(&by.viewer.person);
    let row = |report: Report| Row {
        room: room(&report.room),
        at: locale.words.day_and_time(&report.at.to_zoned(locale.zone.clone())),
        resolution: report.resolved.as_ref().map(|(how, ..)| resolution_name(*how)).unwrap_or_default(),
        report,
    };
    let rows = page.rows.into_iter().map(row).collect();
    html(&ReportsPage { shell: web.board(&by, &nonce, SECTION).await?, list, rows })
}

/// `POST /admin/reports/<id>/` with `resolution`: settles this report and the other open ones of the message.
pub(crate) async fn resolve(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(which): Path<Which>,
    fields: Fields<Page>,
) -> PageResult {
    let report = web.app.resolve(&by.admin, which.id, resolution(&fields)?).await?;
    let said = report.resolved.map(|(how, ..)| resolution_name(how)).unwrap_or_default();
    Ok(web.see_saying(SECTION, &t("Settled: {what}.").replace("{what}", &said)))
}

/// Reads what is to come of a report.
pub(crate) fn resolution<D>(fields: &Fields<D>) -> app::Result<Resolution> {
    let text = "A report is dismissed, or its message hidden or erased, or its author deactivated.";
    Resolution::parse(&fields.text("resolution")).ok_or(Error::from(Invalid::new("resolution", text)))
}

/// What came of a report, in words.
pub(crate) fn resolution_name(resolution: Resolution) -> String {
    t(match resolution {
        Resolution::Dismissed => "dismissed",
        Resolution::Hidden => "message hidden",
        Resolution::Erased => "message erased",
        Resolution::Deactivated => "author deactivated",
    })
}

/// What a room is called by somebody who may not be in it.
pub(crate) fn room(room: &domain::rooms::Room) -> String {
    match room.kind {
        RoomKind::Direct => t("A direct room"),
        RoomKind::Group => t("A group"),
        _ => room.name.clone(),
    }
}
