//! How the server is, as administrators see it: what `/readyz`, `/metrics` and `doctor` say, on one page.

use super::{Shell, html};
use crate::words::{filters, t};
use crate::{
    Web,
    extract::Governs,
    failure::{Page, PageResult},
    guard::Nonce,
};
use askama::Template;
use axum::{Extension, extract::State};

const SECTION: &str = "/admin/health/";

#[derive(Template)]
#[template(path = "admin_health.html")]
struct HealthPage {
    shell: Shell,
    lines: Vec<Line>,
    is_well: bool,
    connections: usize,
    people: usize,
    version: &'static str,
}

/// Something that may be well or not.
struct Line {
    name: String,
    said: String,
    is_well: bool,
}

/// `GET /admin/health/`
pub(crate) async fn show(
    State(web): State<Web>,
    by: Governs<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let lines = vec![database(&web).await, durability(&web).await, others(&web)];
    let figures = web.app.hub().figures();
    html(&HealthPage {
        shell: web.board(&by, &nonce, SECTION).await?,
        is_well: lines.iter().all(|line| line.is_well),
        lines,
        connections: figures.connections,
        people: figures.people,
        version: env!("CARGO_PKG_VERSION"),
    })
}

async fn database(web: &Web) -> Line {
    let fault = web.app.store().ping().await.err();
    Line {
        name: t("Database"),
        is_well: fault.is_none(),
        said: fault.map_or_else(|| t("It answers."), |fault| fault.to_string()),
    }
}

async fn durability(web: &Web) -> Line {
    let fault = match web.app.store().durability_fault().await {
        Ok(fault) => fault,
        Err(error) => Some(error.to_string()),
    };
    Line {
        name: t("What is acknowledged"),
        is_well: fault.is_none(),
        said: fault.unwrap_or_else(|| t("It is on disk before anybody hears of it.")),
    }
}

fn others(web: &Web) -> Line {
    let hub = web.app.hub();
    let said = match (hub.has_others(), hub.others_are_heard()) {
        (false, _) => t("There are none: the relay is this process's memory."),
        (true, true) => t("They are heard through the relay."),
        (true, false) => t(
            "They are not heard. What happens there comes from the database, half a second later, and who is here is unknown.",
        ),
    };
    Line { name: t("Other processes"), said, is_well: hub.others_are_heard() }
}
