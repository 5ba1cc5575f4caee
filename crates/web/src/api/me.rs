//! Oneself, and people one can write to.

pub(crate) mod docs;

use crate::{
    Web,
    body::Fields,
    extract::{Known, Signed},
    failure::{Api, ApiResult},
    params::Query,
    wire,
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

/// `GET /api/me/`
pub(crate) async fn show(known: Known<Api>) -> Json<Value> {
    Json(wire::person(&known.viewer.person))
}

#[derive(Deserialize)]
pub(crate) struct Prefix {
    #[serde(default)]
    prefix: String,
}

/// `GET /api/people/?prefix=`: the first ten people whose name begins so.
pub(crate) async fn people(
    State(web): State<Web>,
    _: Signed<Api>,
    Query(query): Query<Prefix>,
) -> ApiResult<Json<Value>> {
    let people = web.app.store().find_people(&query.prefix, 10).await?;
    let people: Vec<Value> = people.iter().map(|person| wire::profile(&person.into())).collect();
    Ok(Json(json!({ "people": people })))
}

/// `POST /api/directs/`: the one room of two people, or of a few when several are named.
pub(crate) async fn direct(
    State(web): State<Web>,
    signed: Signed<Api>,
    fields: Fields<Api>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let room = web.app.direct(&signed.person, &fields.texts("username")).await?;
    Ok((StatusCode::OK, Json(wire::room(&room))))
}
