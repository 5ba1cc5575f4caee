//! Bots, as administrators see and edit them.

use super::{Shell, html, see};
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
use bots::{
    MINDS,
    intents::{STARTER, Script, script_of, settings_of},
    without_secrets,
};
use domain::{Invalid, bots::Bot, ids::PersonId, replies::Answers};
use serde_json::{Map, Value, json};
use store::BotPatch;

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

/// What a form says of a bot.
struct Written {
    username: String,
    display_name: String,
    mind: String,
    answers: String,
    is_active: bool,
    prompt: String,
    model: String,
    temperature: String,
    base_url: String,
    script: String,
    /// Settings that have no field of their own, as JSON.
    more: String,
}

impl Written {
    fn of(bot: &Bot) -> Self {
        let own = if bot.mind == "intents" { script_of(&bot.settings) } else { None };
        let script =
            own.as_ref().filter(|_| bot.settings != "{}").map_or_else(|| STARTER.to_owned(), Script::write);
        let rest = if own.is_some() { "{}".to_owned() } else { without_secrets(&bot.settings) };
        let mut rest: Map<String, Value> = serde_json::from_str(&rest).unwrap_or_default();
        let mut take = |name: &str| match rest.remove(name) {
            Some(Value::String(text)) => text,
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        };
        let [prompt, model, temperature, base_url] =
            ["system_prompt", "model", "temperature", "base_url"].map(&mut take);
        Self {
            username: bot.profile.username.clone(),
            display_name: bot.profile.display_name.clone(),
            mind: bot.mind.clone(),
            answers: bot.answers.as_str().to_owned(),
            is_active: bot.is_active,
            prompt,
            model,
            temperature,
            base_url,
            script,
            more: if rest.is_empty() {
                String::new()
            } else {
                serde_json::to_string_pretty(&rest).unwrap_or_default()
            },
        }
    }

    /// A bot nobody has thought of yet.
    fn nobody() -> Self {
        let empty = String::new;
        Self {
            username: empty(),
            display_name: empty(),
            mind: MINDS[0].to_owned(),
            answers: Answers::Mentioned.as_str().to_owned(),
            is_active: true,
            prompt: empty(),
            model: empty(),
            temperature: empty(),
            base_url: empty(),
            script: STARTER.to_owned(),
            more: empty(),
        }
    }

    fn read(fields: &Fields<Page>) -> Self {
        Self {
            username: fields.text("username"),
            display_name: fields.text("display_name"),
            mind: fields.text("mind"),
            answers: fields.text("answers"),
            is_active: fields.flag("is_active"),
            prompt: fields.text("prompt").replace("\r\n", "\n"),
            model: fields.text("model"),
            temperature: fields.text("temperature"),
            base_url: fields.text("base_url"),
            script: fields.text("script").replace("\r\n", "\n"),
            more: fields.text("more"),
        }
    }

    /// The settings it comes to, as JSON text.
    fn settings(&self, fields: &Fields<Page>) -> Result<String, Invalid> {
        if self.mind == "intents" {
            let script = match self.script.trim() {
                "" => STARTER,
                script => script,
            };
            // What exactly is wrong with it is said in `refuse`.
            let wrong = |_| Invalid::new("script", "The script cannot be read as TOML of this form.");
            return Script::read(script).map(|script| settings_of(&script)).map_err(wrong);
        }
        let mut all: Map<String, Value> = match self.more.trim() {
            "" => Map::new(),
            text => serde_json::from_str(text)
                .map_err(|_| Invalid::new("more", "The settings of a bot are a JSON object."))?,
        };
        let mut put = |name: &str, value: &str| {
            if !value.trim().is_empty() {
                all.insert(name.to_owned(), json!(value.trim()));
            }
        };
        put("system_prompt", &self.prompt);
        put("model", &self.model);
        put("base_url", &self.base_url);
        put("api_key", &fields.text("api_key"));
        if !self.temperature.trim().is_empty() {
            let degrees = self.temperature.trim().replace(',', ".").parse::<f64>().ok();
            let degrees = degrees.filter(|degrees| (0.0..=2.0).contains(degrees));
            let wrong = Invalid::new("temperature", "A temperature is a number from 0 to 2.");
            all.insert("temperature".to_owned(), json!(degrees.ok_or(wrong)?));
        }
        if fields.flag("key_goes") {
            all.entry("api_key").or_insert(Value::Null);
        }
        Ok(Value::Object(all).to_string())
    }
}

/// `GET /admin/`
pub(crate) async fn home(_: Governs<Page>) -> PageResult {
    Ok(see("/admin/bots/"))
}

/// `GET /admin/bots/`
pub(crate) async fn index(
    State(web): State<Web>,
    by: Governs<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let bots = web.app.store().bots().await?;
    let bots = bots.into_iter().map(|bot| (bot.clone(), Face::of(&bot.profile))).collect();
    html(&BotsPage { shell: web.shell(&by.viewer, &nonce, "").await?, bots })
}

async fn page(web: &Web, by: &Governs<Page>, nonce: &str, bot: Option<&Bot>) -> app::Result<BotPage> {
    let mut keys = bot.map(crate::wire::bot_keys).unwrap_or_default();
    let all = keys.len();
    keys.retain(|key| key != "api_key");
    Ok(BotPage {
        shell: web.shell(&by.viewer, nonce, "").await?,
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
    let Error::Invalid(invalid) = error else { return Err(error.into()) };
    page.error = match (invalid.field, Script::read(&written.script)) {
        ("script", Err(fault)) => fault.to_string(),
        _ => Words::here().invalid(&invalid),
    };
    (page.field, page.draft) = (invalid.field.to_owned(), written);
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
