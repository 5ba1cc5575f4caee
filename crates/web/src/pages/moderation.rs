//! Messages, as administrators find and look at them, and what they do with one.

use super::{
    Shell,
    admin::{List, Sought},
    audit, html, reports,
};
use crate::words::{filters, t};
use crate::{
    Web,
    api::messages::Which,
    body::Fields,
    extract::Governs,
    failure::{Page, PageResult},
    fragment::Locale,
    guard::Nonce,
    params::{Path, Query},
};
use app::{Error, Viewer};
use askama::Template;
use axum::{Extension, extract::State};
use domain::{
    Invalid,
    ids::MessageId,
    limits,
    markup::excerpt,
    messages::Message,
    reports::{Found, Look},
};
use jiff::tz::TimeZone;
use serde::Deserialize;
use store::{Listed, MessageFilter, SeatBySlug};

const SECTION: &str = "/admin/messages/";

/// What of the messages is asked for, as the address says it.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Sieve {
    /// A username.
    pub author: String,
    /// A room's address.
    pub room: String,
    /// Days, both included.
    pub from: String,
    pub until: String,
}

#[derive(Template)]
#[template(path = "admin_messages.html")]
struct MessagesPage {
    shell: Shell,
    list: List,
    sieve: Sieve,
    rows: Vec<Row>,
    error: String,
}

struct Row {
    found: Found,
    room: String,
    at: String,
    /// Its first words, or why there are none.
    words: String,
}

impl Row {
    fn of(found: Found, locale: &Locale) -> Self {
        let words = match &found.content {
            _ if found.is_deleted => t("Message deleted"),
            Some(content) if content.is_empty() => t("no words"),
            Some(content) => excerpt(content, 160),
            None => t("Look at it to read it; that is written down."),
        };
        let at = locale.words.day_and_time(&found.at.to_zoned(locale.zone.clone()));
        Self { room: reports::room(&found.room), at, words, found }
    }
}

/// `GET /admin/messages/?q=&author=&room=&from=&until=&show=`
pub(crate) async fn index(
    State(web): State<Web>,
    by: Governs<Page>,
    Query(sought): Query<Sought>,
    Query(sieve): Query<Sieve>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let locale = web.locale(&by.viewer.person);
    let found = async {
        let filter = filter(&web, &by.viewer, &sought, &sieve, &locale.zone).await?;
        web.app.find_messages(&by.admin, &filter, &sought.place(), limits::LIST_ROWS).await
    };
    let (page, error) = match found.await {
        Ok(page) => (page, String::new()),
        Err(Error::Invalid(invalid)) => {
            (Listed { rows: Vec::new(), previous: None, next: None }, locale.words.invalid(&invalid))
        }
        Err(error) => return Err(error.into()),
    };
    let also = [
        ("author", sieve.author.as_str()),
        ("room", &sieve.room),
        ("from", &sieve.from),
        ("until", &sieve.until),
    ];
    let list = List::around(SECTION, t("Messages"), &page, &sought, &also).filtered([
        ("", t("All"), None),
        ("hidden", t("Hidden"), None),
        ("reported", t("Reported"), None),
    ]);
    let list = List { seek: t("Words"), ..list };
    let rows = page.rows.into_iter().map(|found| Row::of(found, &locale)).collect();
    html(&MessagesPage { shell: web.board(&by, &nonce, SECTION).await?, list, sieve, rows, error })
}

/// What the address asks for.
pub(crate) async fn filter(
    web: &Web,
    viewer: &Viewer,
    sought: &Sought,
    sieve: &Sieve,
    zone: &TimeZone,
) -> app::Result<MessageFilter> {
    let words: Vec<String> = sought.q.split_whitespace().map(str::to_owned).collect();
    if words.len() > limits::FIND_WORDS_MAX {
        let text = "One searches for at most {limit} words.";
        return Err(Invalid::limit("q", text, limits::FIND_WORDS_MAX).into());
    }
    let store = web.app.store();
    let author = match sieve.author.trim().trim_start_matches('@') {
        "" => None,
        name => {
            let person = store.person_by_name(name).await?;
            Some(person.ok_or(Invalid::new("author", "There is nobody of this name."))?.id)
        }
    };
    let room = match sieve.room.trim() {
        "" => None,
        slug => match store.seat(slug, viewer.person.id).await? {
            Some(SeatBySlug::Here(seat) | SeatBySlug::Moved(seat)) => Some(seat.room.id),
            None => return Err(Invalid::new("room", "There is no room at this address.").into()),
        },
    };
    let (from, until) = audit::days(&sieve.from, &sieve.until, zone)?;
    let (hidden, reported) = (sought.show == "hidden", sought.show == "reported");
    Ok(MessageFilter { words, author, room, from, until, hidden, reported })
}

#[derive(Template)]
#[template(path = "admin_message.html")]
struct LookPage {
    shell: Shell,
    look: Look,
    room: String,
    lines: Vec<Line>,
    /// Its earlier texts.
    versions: Vec<(u32, String, String)>,
    is_hidden: bool,
    is_deleted: bool,
    hidden_by: String,
    author: String,
    reports: Vec<Said>,
    /// A report that is open, by which the others are settled too.
    open: Option<i64>,
}

/// A message among those that are shown.
struct Line {
    id: i64,
    name: String,
    at: String,
    content: String,
    /// What is said beside it, or instead of it.
    mark: String,
    is_subject: bool,
}

/// A report as it is told.
struct Said {
    by: String,
    reason: String,
    at: String,
    resolution: String,
}

/// `GET /admin/messages/<id>/`
pub(crate) async fn show(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(which): Path<Which>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let look = web.app.look(&by.admin, MessageId(which.id)).await?;
    let locale = web.locale(&by.viewer.person);
    let at = |at: jiff::Timestamp| locale.words.day_and_time(&at.to_zoned(locale.zone.clone()));
    let line = |message: &Message| Line {
        id: message.id.0,
        name: message.author.display_name.clone(),
        at: at(message.created_at),
        content: message.content.clone(),
        mark: match () {
            () if message.is_deleted() => t("Message deleted"),
            () if message.is_hidden() => t("hidden"),
            () => String::new(),
        },
        is_subject: message.id == look.id,
    };
    let earlier = look.versions.len().saturating_sub(1);
    let said = |report: &domain::reports::Report| Said {
        by: report.reporter.display_name.clone(),
        reason: report.reason.clone(),
        at: at(report.at),
        resolution: report.resolved.as_ref().map(|r| reports::resolution_name(r.0)).unwrap_or_default(),
    };
    let message = look.message();
    html(&LookPage {
        shell: web.board(&by, &nonce, SECTION).await?,
        room: reports::room(&look.room),
        lines: look.messages.iter().map(line).collect(),
        versions: look.versions[..earlier]
            .iter()
            .map(|version| (version.version, at(version.at), version.content.clone()))
            .collect(),
        is_hidden: message.is_some_and(Message::is_hidden),
        is_deleted: message.is_some_and(Message::is_deleted),
        hidden_by: look.hidden_by.as_ref().map(|who| who.display_name.clone()).unwrap_or_default(),
        author: message.map(|message| message.author.display_name.clone()).unwrap_or_default(),
        reports: look.reports.iter().map(said).collect(),
        open: look.reports.iter().find(|report| report.resolved.is_none()).map(|report| report.id),
        look,
    })
}

/// `POST /admin/messages/<id>/` with `act`: hide, restore or erase.
pub(crate) async fn update(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(which): Path<Which>,
    fields: Fields<Page>,
) -> PageResult {
    let id = MessageId(which.id);
    let said = match fields.text("act").as_str() {
        "hide" => {
            web.app.hide(&by.admin, id).await?;
            "The message is hidden. Readers see that an administrator hid it."
        }
        "restore" => {
            web.app.restore(&by.admin, id).await?;
            "The message is shown again."
        }
        "erase" => {
            web.app.erase(&by.admin, id).await?;
            "The message is erased for good."
        }
        _ => return Err(Invalid::new("act", "Hide, restore or erase.").into()),
    };
    Ok(web.see_saying(&format!("{SECTION}{id}/"), &t(said)))
}

#[derive(Template)]
#[template(path = "admin_erase.html")]
struct ErasePage {
    shell: Shell,
    id: i64,
}

/// `GET /admin/messages/<id>/erase/`: a question; a GET erases nothing.
pub(crate) async fn confirm(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(which): Path<Which>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    html(&ErasePage { shell: web.board(&by, &nonce, SECTION).await?, id: which.id })
}
