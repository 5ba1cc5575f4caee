//! Whether the server lives, is ready, and what it is doing.

use crate::{Web, extract::ClientAddress};
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use prometheus_client::{encoding::text::encode, metrics::gauge::Gauge, registry::Registry};
use serde_json::json;

/// `GET /healthz`: the process answers.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers too. A relay that is away is named, and does not make the server unready (law 3).
pub(crate) async fn ready(State(web): State<Web>) -> Response {
    let database = web.app.store().ping().await;
    let relay = if web.app.hub().relay_is_heard() { "heard" } else { "not heard" };
    match database {
        Ok(()) => axum::Json(json!({ "database": "answers", "relay": relay })).into_response(),
        Err(error) => {
            let body = json!({ "database": error.to_string(), "relay": relay });
            (StatusCode::SERVICE_UNAVAILABLE, axum::Json(body)).into_response()
        }
    }
}

/// `GET /metrics`: Prometheus text, for loopback or with the configured token.
pub(crate) async fn metrics(
    State(web): State<Web>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    headers: HeaderMap,
) -> Response {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "));
    let has_token = web.config.metrics_token.is_some() && bearer == web.config.metrics_token.as_deref();
    if !address.is_loopback() && !has_token {
        return (StatusCode::NOT_FOUND, "There is no such page.\n").into_response();
    }
    let figures = web.app.hub().figures();
    let mut registry = Registry::with_prefix("tertulia");
    let gauges = [
        ("connections", "Live connections open", figures.connections as i64),
        ("people", "People connected", figures.people as i64),
        ("lanes", "Rooms and people somebody listens to", figures.lanes as i64),
        ("lane_repairs", "Times a lane read the database to catch up, since start", figures.repairs as i64),
        (
            "hints_dropped",
            "Hints to other processes that were not sent, since start",
            figures.hints_dropped as i64,
        ),
        ("relay_heard", "Whether other processes can be heard", i64::from(web.app.hub().relay_is_heard())),
    ];
    for (name, help, value) in gauges {
        let gauge = Gauge::<i64>::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    }
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "metrics were not written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
