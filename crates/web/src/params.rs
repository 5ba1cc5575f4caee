//! What the path and the query of an address say. An address that cannot be read is answered as everything else there is: a page where
//! pages live, JSON where JSON does.

use crate::{Web, failure::WebError, guard};
use axum::{
    extract::{self, FromRequestParts},
    http::{StatusCode, request::Parts},
    response::Response,
};
use serde::de::DeserializeOwned;
use std::ops::Deref;

/// The parts of the path. What does not fit (a message's id that is no number) is no such page.
pub(crate) struct Path<T>(pub T);

/// The query.
pub(crate) struct Query<T>(pub T);

impl<T> Deref for Query<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<Web> for Path<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let found = extract::Path::from_request_parts(parts, web).await;
        found.map(|path| Self(path.0)).map_err(|_| guard::answer(parts.uri.path(), WebError::NoSuchPage))
    }
}

impl<T: DeserializeOwned> FromRequestParts<Web> for Query<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Response> {
        extract::Query::try_from_uri(&parts.uri).map(|query| Self(query.0)).map_err(|error| {
            let why = format!("The query cannot be read - {}", error.body_text());
            guard::answer(parts.uri.path(), WebError::Unreadable(StatusCode::BAD_REQUEST, why))
        })
    }
}
