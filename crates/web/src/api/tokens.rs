//! One's own tokens: made, listed and revoked. A token may keep tokens too, as far as it reaches itself.

pub(crate) mod docs;

use crate::{
    Web,
    body::Fields,
    extract::Signed,
    failure::{Api, ApiResult},
    params::Path,
    wire,
};
use app::TokenDraft;
use axum::{Json, extract::State, http::StatusCode};
use domain::{Invalid, ids::TokenId, tokens::Scope};
use serde_json::{Value, json};

/// `GET /api/tokens/`: those that are good, the last used first, without their secrets.
pub(crate) async fn index(State(web): State<Web>, signed: Signed<Api>) -> ApiResult<Json<Value>> {
    let tokens = web.app.store().tokens_of(signed.person.id, web.app.now()).await?;
    Ok(Json(json!({ "tokens": tokens.iter().map(wire::Token::from).collect::<Vec<_>>() })))
}

/// `POST /api/tokens/` with `name`, and if wanted `scope`, `rooms` and `expires_at`. The secret is in this answer and nowhere else.
pub(crate) async fn create(
    State(web): State<Web>,
    signed: Signed<Api>,
    fields: Fields<Api>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let (token, secret) = web.app.create_token(&signed, draft(&fields)?).await?;
    let made = wire::MadeToken { about: (&token).into(), token: &secret };
    Ok((StatusCode::CREATED, Json(wire::value(made))))
}

/// `DELETE /api/tokens/<id>/`: it ends, and its connections with it.
pub(crate) async fn destroy(
    State(web): State<Web>,
    signed: Signed<Api>,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let id = id.parse::<TokenId>().map_err(|_| app::Error::NotFound("token"))?;
    web.app.revoke_token(signed.person.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a body says of a token. Rooms are addresses, as a list or with spaces or commas between them.
fn draft<D>(fields: &Fields<D>) -> app::Result<TokenDraft> {
    let scope = match fields.text("scope").as_str() {
        "" => Scope::Write,
        word => Scope::parse(word).ok_or(Invalid::new("scope", "A scope is read or write."))?,
    };
    let expires_at =
        match fields.text("expires_at").as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| {
                Invalid::new("expires_at", "When it ends is a time as in 2030-01-31T12:00:00Z.")
            })?),
        };
    let rooms = fields.texts("rooms");
    let rooms = rooms.iter().flat_map(|text| text.split([' ', ','])).filter(|slug| !slug.is_empty());
    let rooms: Vec<String> = rooms.map(str::to_owned).collect();
    // A program whose list turned out empty did not mean all of them.
    if rooms.is_empty() && fields.find("rooms").is_some() {
        return Err(Invalid::new("rooms", "Name a room, or leave this out for all of them.").into());
    }
    Ok(TokenDraft { name: fields.text("name"), scope, rooms, expires_at })
}
