//! The frame of the administration: its sections, and what its long lists have in common (search, filters, pages).

use super::{Shell, audit::Line, encode, html};
use crate::words::{filters, t};
use crate::{
    Web,
    extract::Governs,
    failure::{Page, PageResult},
    guard::Nonce,
};
use askama::Template;
use axum::{Extension, extract::State};
use domain::limits;
use serde::Deserialize;
use store::{AuditFilter, Listed, PeopleCounts, Place, RepliesFilter};

/// Lines of the audit log on the first page.
const LAST_ACTS: usize = 10;

/// The sections, under their headings: address and name.
pub(crate) fn sections() -> [(String, Vec<(&'static str, String)>); 2] {
    let governed = vec![
        ("/admin/users/", t("Users")),
        ("/admin/tokens/", t("Tokens")),
        ("/admin/rooms/", t("Rooms")),
        ("/admin/messages/", t("Messages")),
        ("/admin/reports/", t("Reports")),
        ("/admin/sessions/", t("Chat sessions")),
        ("/admin/bots/", t("Bots")),
        ("/admin/replies/", t("Reply jobs")),
        ("/admin/audit/", t("Audit log")),
    ];
    let server = vec![
        ("/admin/health/", t("Health")),
        ("/admin/usage/", t("Usage")),
        ("/admin/settings/", t("Settings")),
    ];
    [(t("Administration"), governed), (t("Server"), server)]
}

#[derive(Template)]
#[template(path = "admin_home.html")]
struct Home {
    shell: Shell,
    counts: PeopleCounts,
    /// Replies in progress, counted to a page.
    open: String,
    lines: Vec<Line>,
}

/// `GET /admin/`
pub(crate) async fn home(
    State(web): State<Web>,
    by: Governs<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let store = web.app.store();
    let open = store.list_replies(RepliesFilter::Open, &Place::First, limits::LIST_ROWS).await?;
    let more = if open.next.is_some() { "+" } else { "" };
    let last = store.audit(&AuditFilter::default(), &Place::First, LAST_ACTS).await?;
    let locale = web.locale(&by.viewer.person);
    html(&Home {
        shell: web.board(&by, &nonce, "/admin/").await?,
        counts: store.count_people().await?,
        open: format!("{}{more}", open.rows.len()),
        lines: last.rows.into_iter().map(|entry| Line::of(entry, &locale)).collect(),
    })
}

/// A question before an act, with what comes of it.
#[derive(Template)]
#[template(path = "admin_confirm.html")]
pub(crate) struct Confirm {
    pub shell: Shell,
    pub question: String,
    /// One sentence.
    pub consequence: String,
    /// Where the form goes.
    pub action: String,
    /// Where whoever leaves it goes.
    pub back: String,
    pub verb: String,
    /// It cannot be undone, or locks somebody out.
    pub is_grave: bool,
    pub error: String,
}

impl Web {
    /// The shell of a page of the administration.
    pub async fn board(&self, by: &Governs<Page>, nonce: &str, section: &'static str) -> app::Result<Shell> {
        Ok(Shell { section, ..self.shell(&by.viewer, nonce, "").await? })
    }
}

/// What the address of a list asks for.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(crate) struct Sought {
    /// The beginning of a name, or whatever the list is searched by.
    pub q: String,
    /// Which filter.
    pub show: String,
    pub after: String,
    pub before: String,
    /// Which row of the list the page begins with, counted from 1, as the link to it said.
    pub from: String,
}

impl Sought {
    /// Where the page is.
    pub fn place(&self) -> Place {
        match (self.after.as_str(), self.before.as_str()) {
            ("", "") => Place::First,
            ("", before) => Place::Before(before.to_owned()),
            (after, _) => Place::After(after.to_owned()),
        }
    }

    /// Which row of the list the page begins with, as far as it is known.
    fn first<T>(&self, page: &Listed<T>) -> Option<usize> {
        if page.previous.is_none() { Some(1) } else { self.from.parse().ok() }
    }
}

/// A link that shows some of a list.
pub(crate) struct Filter {
    pub path: String,
    pub name: String,
    pub count: Option<i64>,
    pub is_current: bool,
}

/// What stands around the rows of a list.
pub(crate) struct List {
    pub title: String,
    /// How much there is, in words; may be empty.
    pub summary: String,
    pub path: &'static str,
    /// What the field for searching says.
    pub seek: String,
    pub q: String,
    pub show: String,
    pub filters: Vec<Filter>,
    /// What is said when there are no rows.
    pub nothing: String,
    pub is_empty: bool,
    /// Whether something is left out.
    pub is_sifted: bool,
    pub previous: Option<String>,
    pub next: Option<String>,
    /// The first and the last row of the page, as they are counted in the list; and how many the list has. As far as they are known.
    pub rows: Option<(usize, usize)>,
    pub all: Option<usize>,
}

impl List {
    /// Around one page of a list at `path`. `also` are further fields of the address, kept by the links to other pages.
    pub fn around<T>(
        path: &'static str,
        title: String,
        page: &Listed<T>,
        sought: &Sought,
        also: &[(&str, &str)],
    ) -> Self {
        let asked = [("q", sought.q.as_str()), ("show", sought.show.as_str())];
        let kept: Vec<(&str, &str)> =
            asked.iter().chain(also).copied().filter(|(_, value)| !value.is_empty()).collect();
        let first = sought.first(page);
        let rows = first.map(|first| (first, first + page.rows.len().saturating_sub(1)));
        let to = |place: &Place| {
            let (word, key, from) = match place {
                Place::First => return query(path, &kept),
                Place::After(key) => ("after", key, rows.map(|(_, last)| last + 1)),
                Place::Before(key) => {
                    ("before", key, first.map(|first| first.saturating_sub(limits::LIST_ROWS).max(1)))
                }
            };
            let from = from.map(|from| from.to_string()).unwrap_or_default();
            query(path, &[&kept[..], &[(word, key), ("from", &from)]].concat())
        };
        Self {
            title,
            summary: String::new(),
            path,
            seek: t("Search"),
            q: sought.q.clone(),
            show: sought.show.clone(),
            filters: Vec::new(),
            nothing: if kept.is_empty() { t("There is nothing here yet.") } else { t("Nothing fits.") },
            is_empty: page.rows.is_empty(),
            is_sifted: !kept.is_empty(),
            previous: page.previous.as_ref().map(to),
            next: page.next.as_ref().map(to),
            all: rows.filter(|_| page.next.is_none()).map(|(_, last)| last),
            rows,
        }
    }

    /// "1 to 8 of 44", as far as it is known.
    pub fn range(&self) -> String {
        let Some((first, last)) = self.rows else { return String::new() };
        let of = if self.all.is_some() { t("{from} to {to} of {all}") } else { t("{from} to {to}") };
        let all = self.all.unwrap_or_default().max(last);
        of.replace("{from}", &first.to_string())
            .replace("{to}", &last.to_string())
            .replace("{all}", &all.to_string())
    }

    /// With links that show some of it: the word in the address, the name, how many there are.
    #[must_use]
    pub fn filtered(self, filters: impl IntoIterator<Item = (&'static str, String, Option<i64>)>) -> Self {
        let filter = |(word, name, count)| Filter {
            path: query(self.path, &[("q", &self.q), ("show", word)]),
            name,
            count,
            is_current: word == self.show,
        };
        let filters: Vec<Filter> = filters.into_iter().map(filter).collect();
        // What is searched for besides is not counted.
        let counted = filters.iter().find(|filter| filter.is_current && self.q.is_empty());
        let all = counted.and_then(|filter| usize::try_from(filter.count?).ok());
        Self { all: self.all.or(all), filters, ..self }
    }
}

/// An address with a query of those fields that say something.
pub(crate) fn query(path: &str, fields: &[(&str, &str)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    if fields.is_empty() { path.to_owned() } else { format!("{path}?{}", fields.join("&")) }
}
