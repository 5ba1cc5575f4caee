//! Bots, as administrators see and edit them.

mod form;

use super::{Shell, html};
use crate::words::{Words, filters, t};
use crate::{
    Web,
    api::bots::{Which, answers, mind},
    body::Fields,
    extract::Governs,
    failure::{Page, PageResult},
    fragment::Face,
    guard::Nonce,
    params::Path,
};
use app::{BotDraft, Error};
use askama::Template;
use axum::{Extension, extract::State, http::StatusCode, response::IntoResponse};
use bots::{MINDS, intents::Script};
use domain::{Invalid, bots::Bot, ids::PersonId, replies::Answers};
use form::Written;
use store::BotPatch;

/// Where bots are kept.
pub(super) const SECTION: &str = "/admin/bots/";

#[derive(Template)]
#[template(path = "admin_bots.html")]
struct BotsPage {
    shell: Shell,
    bots: Vec<(Bot, Face)>,
}

#[derive(Template)]
#[template(path = "admin_bot.html")]
struct BotPage {
    shell: Shell,
    /// The bot that is edited; a new one has none.
    id: Option<i64>,
    draft: Written,
    /// It has a key, which nobody is shown.
    has_key: bool,
    /// Other keys it has.
    keys: String,
    field: String,
    error: String,
}

/// `GET /admin/bots/`
pub(crate) async fn index(
    State(web): State<Web>,
    by: Governs<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let bots = web.app.store().bots().await?;
    let bots = bots.into_iter().map(|bot| (bot.clone(), Face::of(&bot.profile))).collect();
    html(&BotsPage { shell: web.board(&by, &nonce, SECTION).await?, bots })
}

async fn page(web: &Web, by: &Governs<Page>, nonce: &str, bot: Option<&Bot>) -> app::Result<BotPage> {
    let mut keys = bot.map(crate::wire::bot_keys).unwrap_or_default();
    let all = keys.len();
    keys.retain(|key| key != "api_key");
    Ok(BotPage {
        shell: web.board(by, nonce, SECTION).await?,
        id: bot.map(|bot| bot.profile.id.0),
        draft: bot.map_or_else(Written::nobody, Written::of),
        has_key: keys.len() < all,
        keys: keys.join(", "),
        field: String::new(),
        error: String::new(),
    })
}

/// `GET /admin/bots/new/`
pub(crate) async fn new(
    State(web): State<Web>,
    by: Governs<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    html(&page(&web, &by, &nonce, None).await?)
}

/// `GET /admin/bots/<id>/`
pub(crate) async fn edit(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(which): Path<Which>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let bot = web.app.bot(PersonId(which.id)).await?;
    html(&page(&web, &by, &nonce, Some(&bot)).await?)
}

/// `POST /admin/bots/new/`
pub(crate) async fn create(
    State(web): State<Web>,
    by: Governs<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let written = Written::read(&fields);
    let made = async {
        let draft = BotDraft {
            username: written.username.clone(),
            display_name: written.display_name.clone(),
            avatar: written.avatar.clone(),
            mind: mind(&fields)?.unwrap_or_else(|| MINDS[0].to_owned()),
            answers: answers(&fields)?.unwrap_or(Answers::Mentioned),
            settings: written.settings(&fields)?,
        };
        web.app.create_bot(&by.admin, draft).await
    };
    match made.await {
        Ok(bot) => {
            let text = t("{name} is made. Bring it into a room by its name.")
                .replace("{name}", &bot.profile.display_name);
            Ok(web.see_saying(&format!("/admin/bots/{}/", bot.profile.id), &text))
        }
        Err(error) => refuse(error, page(&web, &by, &nonce, None).await?, written),
    }
}

/// `POST /admin/bots/<id>/`
pub(crate) async fn update(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(which): Path<Which>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let bot = web.app.bot(PersonId(which.id)).await?;
    let written = Written { username: bot.profile.username.clone(), ..Written::read(&fields) };
    let saved = async {
        let patch = BotPatch {
            display_name: fields.find("display_name"),
            avatar: fields.find("avatar"),
            is_active: Some(written.is_active),
            mind: mind(&fields)?,
            answers: answers(&fields)?,
            settings: Some(written.settings(&fields)?),
        };
        web.app.update_bot(&by.admin, bot.profile.id, patch).await
    };
    match saved.await {
        Ok(bot) => Ok(web.see_saying(&format!("/admin/bots/{}/", bot.profile.id), &t("Saved."))),
        Err(error) => refuse(error, page(&web, &by, &nonce, Some(&bot)).await?, written),
    }
}

/// The form again with what was written and what is wrong with it; a script's fault with its place.
fn refuse(error: Error, mut page: BotPage, written: Written) -> PageResult {
    let field = match &error {
        Error::Invalid(Invalid { field, .. }) | Error::Settings { field, .. } => *field,
        _ => return Err(error.into()),
    };
    page.error = match (field, Script::read(&written.script)) {
        ("script", Err(fault)) => fault.to_string(),
        _ => Words::here().error(&error),
    };
    page.field = written.field(field).to_owned();
    page.draft = written;
    Ok((StatusCode::BAD_REQUEST, html(&page)?).into_response())
}

/// What a mind is called on pages.
fn mind_name(mind: &str) -> String {
    t(match mind {
        "auto" => "The server's language model, else intents",
        "intents" => "Intents, inside this server",
        "openai" => "A language model",
        "webhook" => "A webhook",
        "wit" => "Wit.ai",
        "dialogflow" => "Dialogflow",
        other => return other.to_owned(),
    })
}

/// When a bot answers, in words.
fn answers_name(answers: &str) -> String {
    t(match answers {
        "always" => "Always",
        "direct" => "In direct rooms only",
        _ => "When it is named",
    })
}
