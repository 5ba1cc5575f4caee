//! What a bot that answers by intents has learnt: the questions it missed, what its threshold does, and a box to try it in.

use super::{Shell, html};
use crate::words::{filters, t};
use crate::{
    Web,
    api::bots::Which,
    body::Fields,
    extract::Governs,
    failure::{Page, PageResult},
    guard::Nonce,
    params::{Path, Query},
};
use app::Error;
use askama::Template;
use axum::{Extension, extract::State};
use bots::{
    Ask, NoTools, Speaker, Turn,
    intents::{Effect, Responder, Script, THRESHOLD, confidence, script_of, starter, threshold_effects},
};
use domain::{Invalid, bots::Bot, ids::PersonId, limits};
use serde::Deserialize;
use std::sync::Arc;
use store::Missed;

#[derive(Template)]
#[template(path = "admin_training.html")]
struct TrainingPage {
    shell: Shell,
    id: i64,
    name: String,
    /// It has a script of its own.
    may_learn: bool,
    missed: Vec<Missed>,
    intents: Vec<String>,
    threshold: f32,
    effects: Vec<Effect>,
    tried: String,
    guesses: Vec<(String, String)>,
    reply: String,
}

#[derive(Deserialize, Default)]
pub(crate) struct Try {
    #[serde(default)]
    text: String,
}

/// Thresholds whose effect is shown, in hundredths.
const STEPS: [u8; 9] = [2, 5, 8, 14, 20, 30, 40, 55, 70];
/// Times the phrases are learnt anew to see what a threshold does.
const FOLDS: usize = 5;
/// Guesses shown.
const TOP: usize = 5;

/// What a page takes out of a script; it is work, so it is done on a thread of its own.
struct Learnt {
    effects: Vec<Effect>,
    guesses: Vec<(String, String)>,
    reply: String,
}

fn learn(script: &Script, threshold: f32, ask: Option<Ask>) -> Learnt {
    let mut steps: Vec<f32> =
        STEPS.map(|step| f32::from(step) / 100.0).into_iter().chain([threshold]).collect();
    // Two that are written alike are one.
    steps.retain(|step| *step == threshold || (step - threshold).abs() >= 0.005);
    steps.sort_by(f32::total_cmp);
    steps.dedup();
    let effects = threshold_effects(script, FOLDS, &steps);
    let answered = ask.and_then(|ask| {
        let responder = Responder::new(script).ok()?;
        let ranked = responder.rank(&ask).into_iter().take(TOP);
        let guesses = ranked.map(|guess| (guess.intent.to_owned(), format!("{:.2}", guess.confidence())));
        Some((guesses.collect(), responder.respond(&ask).text))
    });
    let (guesses, reply) = answered.unwrap_or_default();
    Learnt { effects, guesses, reply }
}

/// `GET /admin/bots/<id>/intents/?text=`
pub(crate) async fn show(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(which): Path<Which>,
    Query(tried): Query<Try>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let bot = web.app.bot(PersonId(which.id)).await?;
    let own = (bot.mind == "intents").then(|| script_of(&bot.settings)).flatten();
    let may_learn = own.is_some();
    // One that thinks with whatever there is has the starter's.
    let script = own.or_else(|| (bot.mind == "auto").then(starter));
    let script = script.ok_or(Error::Conflict("This bot does not think by intents of its own."))?;
    let threshold = script.threshold.unwrap_or_else(|| confidence(THRESHOLD));
    let intents = script.intents.iter().map(|intent| intent.name.clone()).collect();
    let text: String = tried.text.trim().chars().take(limits::MESSAGE_CHARS_MAX).collect();
    let ask = (!text.is_empty()).then(|| ask(&web, &by, &bot, &text));
    let learnt = tokio::task::spawn_blocking(move || learn(&script, threshold, ask)).await;
    let learnt = learnt.map_err(|error| Error::Bug(error.to_string()))?;
    html(&TrainingPage {
        shell: web.board(&by, &nonce, super::bots::SECTION).await?,
        id: which.id,
        name: bot.profile.display_name.clone(),
        may_learn,
        missed: web.app.store().missed(bot.profile.id, limits::PAGE_ROWS_MAX).await?,
        intents,
        threshold,
        effects: learnt.effects,
        tried: text,
        guesses: learnt.guesses,
        reply: learnt.reply,
    })
}

fn ask(web: &Web, by: &Governs<Page>, bot: &Bot, text: &str) -> Ask {
    let person = &by.viewer.person;
    Ask {
        turns: vec![Turn { speaker: Speaker::Other(person.display_name.clone()), content: text.to_owned() }],
        bot: bot.profile.display_name.clone(),
        asker: person.display_name.clone(),
        room: None,
        now: web.app.now().to_zoned(web.locale(person).zone),
        chance: 0,
        tools: Arc::new(NoTools),
    }
}

/// `POST /admin/bots/<id>/intents/` with `threshold`
pub(crate) async fn set_threshold(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(which): Path<Which>,
    fields: Fields<Page>,
) -> PageResult {
    let threshold = fields.text("threshold").replace(',', ".").parse::<f32>();
    let threshold =
        threshold.map_err(|_| Invalid::new("threshold", "A confidence is a number from 0 to 1."))?;
    web.app.set_threshold(&by.admin, PersonId(which.id), threshold).await?;
    Ok(web.see_saying(&format!("/admin/bots/{}/intents/", which.id), &t("Saved.")))
}

/// `POST /admin/bots/<id>/missed/<missed>/` with `intent`: adds the question to it. With `act=forget`: takes it off the list.
pub(crate) async fn teach(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(which): Path<Which>,
    fields: Fields<Page>,
) -> PageResult {
    let id = PersonId(which.id);
    let said = if fields.text("act") == "forget" {
        web.app.forget_missed(&by.admin, id, which.missed).await?;
        t("Taken off the list.")
    } else {
        web.app.teach(&by.admin, id, which.missed, &fields.text("intent")).await?;
        t("Added to {intent}.").replace("{intent}", &fields.text("intent"))
    };
    Ok(web.see_saying(&format!("/admin/bots/{}/intents/#missed", which.id), &said))
}

/// A confidence as it is written.
fn hundredths(confidence: &f32) -> String {
    format!("{confidence:.2}")
}
