//! What somebody accepts who makes an account, and what is said at the door, where one signs in: as the administrators
//! wrote it, else as it comes with the server. Anybody may read it.

use super::html;
use crate::words::{Words, filters, t};
use crate::{Web, failure::PageResult, fragment::markup_words};
use askama::Template;
use axum::extract::State;
use domain::{
    markup::{Markup, Voice, to_html},
    settings::ServerSettings,
};

#[derive(Template)]
#[template(path = "terms.html")]
struct TermsPage {
    server_name: String,
    keeper: String,
    words: String,
}

/// `GET /terms/`
pub(crate) async fn show(State(web): State<Web>) -> PageResult {
    let settings = web.app.settings().await?;
    let own = own_terms();
    let text = if settings.terms.is_empty() { &own } else { &settings.terms };
    let words = markup_words(Words::here());
    let markup = Markup { mentions: &[], everyone: false, voice: Voice::Person, words: &words };
    html(&TermsPage {
        server_name: web.config.server_name.clone(),
        keeper: settings.keeper.clone(),
        words: to_html(text, markup),
    })
}

/// The terms that come with the server: what is so on every one of them.
fn own_terms() -> String {
    let lines = [
        t("Speak to others here as you would at a table."),
        t(
            "What you write stays on this server until it is deleted. Whoever may read a room reads what is written in it.",
        ),
        t("What you write to a bot may go to the service that it thinks with."),
        t("Whoever keeps this server may hide messages, close rooms and end accounts."),
    ];
    lines.map(|line| format!("- {line}")).join("\n")
}

/// What is said on the page for signing in.
#[derive(Default)]
pub(crate) struct AtTheDoor {
    pub keeper: String,
    pub dialogue: Vec<String>,
}

impl AtTheDoor {
    pub fn of(settings: &ServerSettings) -> Self {
        let own = || vec![t("Who is here tonight?"), t("Nearly everyone. Sit down.")];
        let lines: Vec<String> = settings.dialogue.lines().map(str::to_owned).collect();
        Self { keeper: settings.keeper.clone(), dialogue: if lines.is_empty() { own() } else { lines } }
    }
}
