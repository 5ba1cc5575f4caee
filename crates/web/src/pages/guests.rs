//! `/` for guests: the server's bot, without an account and without a script. A form, an answer, a redirect.
//!
//! The conversation lives in the guest's cookies alone (see `history`), so every process that has the secret key can answer next. The
//! form is answered when the reply is complete, because the cookies that hold it go out with the headers of that answer. What goes
//! wrong is shown in the page at once, with the words still in the form and the conversation as it was.

mod history;

use super::{html, see};
use crate::{
    Web,
    body::Fields,
    cookies,
    extract::{ClientAddress, viewer},
    failure::{Page, PageResult, WebError, with_retry_after},
    fragment::markup_words,
    replies,
    words::{Words, filters, t},
};
use app::{Answer, Asker, DefaultBot, Error, Guest};
use askama::Template;
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use bots::Fault;
use domain::{
    limits,
    markup::{Markup, Voice, to_html},
    messages::content_up_to,
};
use history::{History, Pair};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "guest.html")]
struct GuestPage {
    server_name: String,
    bot: String,
    about: String,
    turns: Vec<Turn>,
    /// Older turns were left out.
    lost: bool,
    /// The form's own number.
    form: String,
    message: String,
    error: String,
}

/// A question and its answer, as they are shown.
struct Turn {
    question: String,
    answer: String,
    cut: bool,
}

/// `GET /`: the bot for a guest; somebody signed in is led to their rooms.
pub(crate) async fn show(State(web): State<Web>, parts: Parts) -> PageResult {
    if viewer(&parts, &web).await?.is_some() {
        return Ok(see("/rooms/"));
    }
    let Some(bot) = web.bot_for_guests().await else { return Ok(see("/auth")) };
    html(&web.guest_page(&bot, &web.history(&parts.headers), String::new(), String::new()))
}

/// `POST /`: a question, or the wish to start over.
pub(crate) async fn create(
    State(web): State<Web>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    parts: Parts,
    fields: Fields<Page>,
) -> PageResult {
    if viewer(&parts, &web).await?.is_some() {
        return Ok(see("/"));
    }
    let Some(bot) = web.bot_for_guests().await else { return Err(WebError::WrongMethod.into()) };
    if fields.text("act") == "start-over" {
        return Ok(keeping(&web, ""));
    }
    let (history, form) = (web.history(&parts.headers), fields.text("form"));
    if history.knows(&form) {
        return Ok(see("/"));
    }
    let asked = Asked { bot, history, typed: fields.text("message") };
    let question = match content_up_to(&asked.typed, limits::GUEST_MESSAGE_CHARS_MAX) {
        Ok(question) => question,
        Err(invalid) => return asked.refuse(&web, invalid.into()),
    };
    if let Err(error) = web.app.pace(Asker::Guest(address)).await {
        return asked.refuse(&web, error);
    }
    let guest = Guest {
        turns: asked.history.asking(&question),
        name: String::new(),
        zone: web.config.time_zone.clone(),
    };
    match Answer::whole(web.app.answer(&asked.bot, guest)).await {
        Ok(Answer { text, cut, .. }) => {
            let pair = Pair { question, answer: text, cut: cut.is_some() };
            Ok(keeping(&web, &asked.history.seal_with(&web.seal, pair, &form)))
        }
        Err(fault) => asked.fail(&web, &fault),
    }
}

/// Back to the page, with this conversation in the browser.
fn keeping(web: &Web, sealed: &str) -> Response {
    let mut response = see("/");
    for cookie in cookies::keep_guest(&web.config, sealed) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// A form that was posted, for the page that shows it again.
struct Asked {
    bot: Arc<DefaultBot>,
    history: History,
    typed: String,
}

impl Asked {
    /// The form again, with the rule that was broken.
    fn refuse(self, web: &Web, error: Error) -> PageResult {
        let status = match &error {
            Error::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::BAD_REQUEST,
        };
        let page = self.again(web, Words::here().error(&error))?;
        Ok(with_retry_after((status, page).into_response(), &WebError::App(error)))
    }

    /// The form again, with why there is no answer. 503, because proxies put pages of their own in the place of 502 and 504.
    fn fail(self, web: &Web, fault: &Fault) -> PageResult {
        tracing::warn!(%fault, "a guest was not answered");
        let why = replies::no_answer(fault, Words::here());
        let why = format!("{why} {}", t("Nothing was kept of it, and your words are still here."));
        let mut response = (StatusCode::SERVICE_UNAVAILABLE, self.again(web, why)?).into_response();
        if let Some(after) = fault.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(replies::seconds(after)));
        }
        Ok(response)
    }

    fn again(self, web: &Web, error: String) -> PageResult {
        html(&web.guest_page(&self.bot, &self.history, self.typed, error))
    }
}

impl Web {
    /// The bot, if there is one and guests may talk with it.
    pub async fn bot_for_guests(&self) -> Option<Arc<DefaultBot>> {
        let settings = self.app.settings().await.ok()?;
        if settings.guests { self.app.default_bot().await } else { None }
    }

    fn history(&self, headers: &HeaderMap) -> History {
        History::open(&self.seal, &cookies::guest(&self.config, headers))
    }

    fn guest_page(&self, bot: &DefaultBot, history: &History, message: String, error: String) -> GuestPage {
        let words = markup_words(Words::here());
        let markup = Markup { mentions: &[], everyone: false, voice: Voice::Machine, words: &words };
        let turns = history.pairs().map(|pair| Turn {
            question: pair.question.clone(),
            answer: to_html(&pair.answer, markup),
            cut: pair.cut,
        });
        GuestPage {
            server_name: self.config.server_name.clone(),
            bot: bot.name.clone(),
            about: bot.about.clone(),
            turns: turns.collect(),
            lost: history.lost,
            form: crate::guard::random()[..16].to_owned(),
            message,
            error,
        }
    }
}
