//! Bots and what they used, for administrators.

pub(crate) mod docs;

use crate::{
    Web,
    body::Fields,
    extract::Governs,
    failure::{Api, ApiResult},
    params::Path,
    wire,
};
use app::BotDraft;
use axum::{Json, extract::State, http::StatusCode};
use domain::{Invalid, bots::Budgets, ids::PersonId, limits, replies::Answers};
use serde::Deserialize;
use serde_json::{Value, json};
use store::BotPatch;

/// A bot named by the path, and a question it did not understand.
#[derive(Deserialize)]
pub(crate) struct Which {
    pub id: i64,
    #[serde(default)]
    pub missed: i64,
}

/// Reads when a bot answers.
pub(crate) fn answers<D>(fields: &Fields<D>) -> app::Result<Option<Answers>> {
    let read = |word: String| {
        Answers::parse(&word)
            .ok_or(Invalid::new("answers", "A bot answers when mentioned, always, or in direct rooms."))
    };
    Ok(fields.find("answers").map(read).transpose()?)
}

/// Reads what a bot thinks with.
pub(crate) fn mind<D>(fields: &Fields<D>) -> app::Result<Option<String>> {
    let known = |mind: String| match bots::MINDS.contains(&mind.as_str()) {
        true => Ok(mind),
        false => {
            Err(Invalid::new("mind", "A bot thinks by auto, intents, openai, webhook, wit or dialogflow."))
        }
    };
    Ok(fields.find("mind").map(known).transpose()?)
}

/// `GET /api/bots/`
pub(crate) async fn index(State(web): State<Web>, _: Governs<Api>) -> ApiResult<Json<Value>> {
    let bots = web.app.store().bots().await?;
    Ok(Json(json!({ "bots": bots.iter().map(wire::bot).collect::<Vec<_>>() })))
}

/// `POST /api/bots/`
pub(crate) async fn create(
    State(web): State<Web>,
    by: Governs<Api>,
    fields: Fields<Api>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let draft = BotDraft {
        username: fields.text("username"),
        display_name: fields.text("display_name"),
        avatar: fields.text("avatar"),
        mind: mind(&fields)?.unwrap_or_else(|| "auto".to_owned()),
        answers: answers(&fields)?.unwrap_or(Answers::Mentioned),
        settings: fields.find("settings").unwrap_or_else(|| "{}".to_owned()),
    };
    Ok((StatusCode::CREATED, Json(wire::bot(&web.app.create_bot(&by.admin, draft).await?))))
}

/// `GET /api/bots/<id>/`
pub(crate) async fn show(
    State(web): State<Web>,
    _: Governs<Api>,
    Path(which): Path<Which>,
) -> ApiResult<Json<Value>> {
    Ok(Json(wire::bot(&web.app.bot(PersonId(which.id)).await?)))
}

/// `PATCH /api/bots/<id>/`
pub(crate) async fn update(
    State(web): State<Web>,
    by: Governs<Api>,
    Path(which): Path<Which>,
    fields: Fields<Api>,
) -> ApiResult<Json<Value>> {
    let patch = BotPatch {
        display_name: fields.find("display_name"),
        avatar: fields.find("avatar"),
        is_active: fields.find("is_active").map(|_| fields.flag("is_active")),
        mind: mind(&fields)?,
        answers: answers(&fields)?,
        settings: fields.find("settings"),
    };
    Ok(Json(wire::bot(&web.app.update_bot(&by.admin, PersonId(which.id), patch).await?)))
}

/// `GET /api/bots/<id>/missed/`
pub(crate) async fn missed(
    State(web): State<Web>,
    _: Governs<Api>,
    Path(which): Path<Which>,
) -> ApiResult<Json<Value>> {
    let bot = web.app.bot(PersonId(which.id)).await?;
    let missed = web.app.store().missed(bot.profile.id, limits::PAGE_ROWS_MAX).await?;
    Ok(Json(json!({ "missed": missed.iter().map(wire::missed).collect::<Vec<_>>() })))
}

/// `POST /api/bots/<id>/missed/<missed>/` with `intent`: adds it to that intent's phrases.
pub(crate) async fn teach(
    State(web): State<Web>,
    by: Governs<Api>,
    Path(which): Path<Which>,
    fields: Fields<Api>,
) -> ApiResult<StatusCode> {
    web.app.teach(&by.admin, PersonId(which.id), which.missed, &fields.text("intent")).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/bots/<id>/missed/<missed>/`
pub(crate) async fn forget(
    State(web): State<Web>,
    by: Governs<Api>,
    Path(which): Path<Which>,
) -> ApiResult<StatusCode> {
    web.app.forget_missed(&by.admin, PersonId(which.id), which.missed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Days that are looked back on.
pub(crate) const USAGE_DAYS: i64 = 31;

/// `GET /api/usage/`: tokens by day, bot, person and room.
pub(crate) async fn usage(State(web): State<Web>, _: Governs<Api>) -> ApiResult<Json<Value>> {
    let from = web.app.now().as_second().div_euclid(86_400) - USAGE_DAYS;
    let mut lines = web.app.store().usage(from, limits::USAGE_LINES_MAX + 1).await?;
    let more = lines.len() > limits::USAGE_LINES_MAX;
    lines.truncate(limits::USAGE_LINES_MAX);
    let lines: Vec<Value> = lines.iter().map(wire::usage).collect();
    let guests: Vec<Value> = web.app.store().guest_usage(from).await?.iter().map(wire::guest_usage).collect();
    Ok(Json(json!({ "usage": lines, "more": more, "guests": guests, "budgets": web.app.budgets().await? })))
}

/// Reads budgets; one that is not named is none.
pub(crate) fn budgets<D>(fields: &Fields<D>) -> app::Result<Budgets> {
    let tokens = |name: &str| match fields.text(name).trim() {
        "" => Ok(0),
        text => text
            .parse()
            .map_err(|_| Invalid::new("budgets", "A budget is a number of tokens; zero for any number.")),
    };
    Ok(Budgets { person: tokens("person")?, room: tokens("room")?, day: tokens("day")? })
}

/// `PUT /api/budgets/` with `person`, `room`, `day`
pub(crate) async fn budget(
    State(web): State<Web>,
    by: Governs<Api>,
    fields: Fields<Api>,
) -> ApiResult<Json<Value>> {
    let budgets = budgets(&fields)?;
    web.app.set_budgets(&by.admin, budgets).await?;
    Ok(Json(json!(budgets)))
}
