//! Choosing a password by a link that an administrator handed over.

use super::{accounts, html};
use crate::words::{Words, filters};
use crate::{
    Web,
    body::Fields,
    extract::ClientAddress,
    failure::{Page, PageResult},
    params::Path,
};
use app::Error;
use askama::Template;
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};

#[derive(Template)]
#[template(path = "reset.html")]
struct ResetPage {
    server_name: String,
    secret: String,
    username: String,
    error: String,
}

/// `GET /reset/<secret>/`
pub(crate) async fn show(State(web): State<Web>, Path(secret): Path<String>) -> PageResult {
    let username = web.app.reset_of(&secret).await?.username;
    let server_name = web.config.server_name.clone();
    html(&ResetPage { server_name, secret, username, error: String::new() })
}

/// `POST /reset/<secret>/` with `password`: it is kept, and they are signed in.
pub(crate) async fn choose(
    State(web): State<Web>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    headers: HeaderMap,
    Path(secret): Path<String>,
    fields: Fields<Page>,
) -> PageResult {
    match web.app.choose_password(&secret, &fields.text("password")).await {
        Ok(person) => accounts::sign_in(&web, person, address, &headers, "").await,
        Err(Error::Invalid(invalid)) => {
            let username = web.app.reset_of(&secret).await?.username;
            let (server_name, error) = (web.config.server_name.clone(), Words::here().invalid(&invalid));
            let page = ResetPage { server_name, secret, username, error };
            Ok((StatusCode::BAD_REQUEST, html(&page)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
