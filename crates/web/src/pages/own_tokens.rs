//! One's own tokens, in the settings: made, told once, listed, revoked.

use super::{html, settings};
use crate::{
    Web,
    body::Fields,
    extract::Signed,
    failure::{Page, PageResult},
    fragment::Locale,
    guard::Nonce,
    params::Path,
    words::{Words, t},
};
use app::{Error, TokenDraft, Viewer};
use axum::{Extension, extract::State, http::StatusCode, response::IntoResponse};
use domain::{
    Invalid,
    ids::TokenId,
    tokens::{Scope, Token},
};
use std::time::Duration;

/// What the settings show of somebody's tokens.
#[derive(Default)]
pub(super) struct TokenList {
    /// Those with a name.
    pub named: Vec<TokenLine>,
    /// How many came of logins by the API.
    pub logins: usize,
    /// The secret of the one that was just made.
    pub told: String,
}

pub(super) struct TokenLine {
    pub id: TokenId,
    pub name: String,
    pub reads_only: bool,
    pub rooms: Option<usize>,
    pub made: String,
    pub used: String,
    pub ends: String,
}

impl TokenList {
    pub async fn of(web: &Web, viewer: &Viewer, locale: &Locale) -> app::Result<Self> {
        let all = web.app.store().tokens_of(viewer.person.id, web.app.now()).await?;
        let (logins, named): (Vec<Token>, Vec<Token>) =
            all.into_iter().partition(|token| token.name.is_empty());
        let named = named.into_iter().map(|token| TokenLine::of(token, locale)).collect();
        Ok(Self { named, logins: logins.len(), told: String::new() })
    }
}

impl TokenLine {
    fn of(token: Token, locale: &Locale) -> Self {
        let when = |at: jiff::Timestamp| locale.words.day_and_time(&at.to_zoned(locale.zone.clone()));
        Self {
            id: token.id,
            reads_only: token.reach.scope == Scope::Read,
            rooms: token.reach.rooms.as_ref().map(|rooms| rooms.len()),
            made: when(token.created_at),
            used: token.used_at.map(when).unwrap_or_default(),
            ends: token.expires_at.map(when).unwrap_or_default(),
            name: token.name,
        }
    }
}

/// `POST /settings/tokens/`: the page again, with the secret, this once.
pub(crate) async fn create(
    State(web): State<Web>,
    signed: Signed<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let made = async { web.app.create_token(&signed, draft(&web, &fields)?).await };
    let mut invalid = None;
    let mut told = String::new();
    match made.await {
        Ok((_, secret)) => told = secret,
        Err(Error::Invalid(why)) => invalid = Some(why),
        Err(error) => return Err(error.into()),
    }
    let mut page = settings::page(&web, &signed, &nonce).await?;
    page.tokens.told = told;
    let Some(invalid) = invalid else { return html(&page) };
    (page.field, page.error) = (format!("token_{}", invalid.field), Words::here().invalid(&invalid));
    Ok((StatusCode::BAD_REQUEST, html(&page)?).into_response())
}

fn draft(web: &Web, fields: &Fields<Page>) -> app::Result<TokenDraft> {
    let days = match fields.text("days").as_str() {
        "" => None,
        text => {
            Some(text.parse::<u16>().map_err(|_| Invalid::new("expires_at", "A token ends in the future."))?)
        }
    };
    let expires_at = days.map(|days| web.app.now() + Duration::from_secs(u64::from(days) * 86_400));
    let scope = if fields.text("scope") == "read" { Scope::Read } else { Scope::Write };
    let rooms = fields.text("rooms");
    let rooms = rooms.split([' ', ',']).filter(|slug| !slug.is_empty()).map(str::to_owned).collect();
    Ok(TokenDraft { name: fields.text("name"), scope, rooms, expires_at })
}

/// `POST /settings/tokens/<id>/`: revokes one; `logins` revokes all that came of logins by the API.
pub(crate) async fn destroy(
    State(web): State<Web>,
    signed: Signed<Page>,
    Path(id): Path<String>,
) -> PageResult {
    let me = signed.person.id;
    match id.parse::<TokenId>() {
        Ok(id) => web.app.revoke_token(me, id).await?,
        Err(_) if id == "logins" => {
            let all = web.app.store().tokens_of(me, web.app.now()).await?;
            for token in all.iter().filter(|token| token.name.is_empty()) {
                web.app.revoke_token(me, token.id).await?;
            }
        }
        Err(_) => return Err(Error::NotFound("token").into()),
    }
    Ok(web.see_saying("/settings/#tokens", &t("Revoked.")))
}
