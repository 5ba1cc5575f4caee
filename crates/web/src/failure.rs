//! What went wrong, answered: the one place that turns failures into responses and logs them.

use crate::request_id::RequestId;
use crate::words::{Words, filters, t};
use app::Error;
use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use serde_json::json;
use std::marker::PhantomData;

/// By which kind of door somebody came in, which decides how they are answered.
pub(crate) trait Door: Send + Sync + 'static {
    /// Answers a failure here.
    fn answer(error: WebError) -> Response;
}

/// Pages: HTML, and strangers are led to the sign-in.
pub(crate) struct Page;
/// JSON under `/rooms/`: strangers get 403.
pub(crate) struct Rooms;
/// JSON under `/api/`: strangers get 401.
pub(crate) struct Api;

/// What can go wrong at a door.
#[derive(Debug)]
pub(crate) enum WebError {
    /// The use case refused.
    App(Error),
    /// Nobody is signed in; where they wanted to go.
    Stranger(String),
    /// A token was shown, and it is none; why.
    BadToken(&'static str),
    /// The body cannot be read.
    Unreadable(StatusCode, String),
    /// The body is JSON, and no object but this.
    NotADictionary(&'static str),
    /// There is no such page.
    NoSuchPage,
    /// The path exists, but not with this method.
    WrongMethod,
    /// The room is at another address now.
    Moved(String),
}

impl From<Error> for WebError {
    fn from(error: Error) -> Self {
        Self::App(error)
    }
}

/// A failure at a door of kind `D`.
pub(crate) struct Failed<D> {
    error: WebError,
    door: PhantomData<D>,
}

impl<D> From<WebError> for Failed<D> {
    fn from(error: WebError) -> Self {
        Self { error, door: PhantomData }
    }
}

impl<D, E: Into<Error>> From<E> for Failed<D> {
    fn from(error: E) -> Self {
        WebError::App(error.into()).into()
    }
}

impl<D: Door> IntoResponse for Failed<D> {
    fn into_response(self) -> Response {
        D::answer(self.error)
    }
}

/// The result of a page.
pub(crate) type PageResult<T = Response> = Result<T, Failed<Page>>;
/// The result of a call under `/api/`.
pub(crate) type ApiResult<T = Response> = Result<T, Failed<Api>>;
/// The result of a call under `/rooms/`.
pub(crate) type RoomsResult<T = Response> = Result<T, Failed<Rooms>>;

/// Status and words of a failure; the log gets what the words leave out, and the name of the request.
pub(crate) fn status(error: &WebError) -> (StatusCode, String) {
    let request = RequestId::here().map(tracing::field::display);
    let (status, detail) = said_of(error);
    match error {
        WebError::App(Error::Unavailable(why)) => tracing::warn!(request, why, "unavailable"),
        WebError::App(Error::Bug(what)) => tracing::error!(request, what, "a defect"),
        _ => tracing::debug!(request, status = status.as_u16(), detail, "refused"),
    }
    (status, detail)
}

fn said_of(error: &WebError) -> (StatusCode, String) {
    match error {
        WebError::App(error) => {
            let status = match error {
                Error::NotFound(_) => StatusCode::NOT_FOUND,
                Error::Forbidden(_) => StatusCode::FORBIDDEN,
                Error::Invalid(_) | Error::Settings { .. } | Error::WrongPassword => StatusCode::BAD_REQUEST,
                Error::Conflict(_) => StatusCode::CONFLICT,
                Error::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
                Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
                Error::Bug(_) => StatusCode::INTERNAL_SERVER_ERROR,
            };
            (status, error.to_string())
        }
        WebError::Stranger(_) => {
            (StatusCode::UNAUTHORIZED, "Authentication credentials were not provided.".into())
        }
        WebError::BadToken(why) => (StatusCode::UNAUTHORIZED, (*why).into()),
        WebError::Unreadable(status, why) => (*status, why.clone()),
        WebError::NotADictionary(kind) => {
            (StatusCode::BAD_REQUEST, format!("Invalid data. Expected a dictionary, but got {kind}."))
        }
        WebError::NoSuchPage => (StatusCode::NOT_FOUND, "There is no such page.".into()),
        WebError::WrongMethod => {
            (StatusCode::METHOD_NOT_ALLOWED, "This address does not take this method.".into())
        }
        WebError::Moved(to) => (StatusCode::PERMANENT_REDIRECT, to.clone()),
    }
}

/// Says when to try again, where that helps.
pub(crate) fn with_retry_after(mut response: Response, error: &WebError) -> Response {
    let seconds = match error {
        WebError::App(Error::TooMany { retry_after, .. }) => retry_after.as_secs_f64().ceil() as u64,
        WebError::App(Error::Unavailable(_)) => 2,
        _ => return response,
    };
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

fn json_answer(error: &WebError, status: StatusCode, detail: &str) -> Response {
    let body = match error {
        WebError::App(Error::Invalid(invalid)) => {
            json!({ "detail": detail, "errors": { invalid.field: [detail] } })
        }
        WebError::App(Error::Settings { field, .. }) => {
            json!({ "detail": detail, "errors": { *field: [detail] } })
        }
        _ => json!({ "detail": detail }),
    };
    with_retry_after((status, axum::Json(body)).into_response(), error)
}

impl Door for Api {
    fn answer(error: WebError) -> Response {
        let (status, detail) = status(&error);
        if let WebError::Moved(to) = &error {
            return Redirect::permanent(to).into_response();
        }
        let mut response = json_answer(&error, status, &detail);
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Token"));
        }
        response
    }
}

impl Door for Rooms {
    fn answer(error: WebError) -> Response {
        match error {
            WebError::Stranger(_) => {
                json_answer(&error, StatusCode::FORBIDDEN, "Authentication credentials were not provided.")
            }
            error => Api::answer(error),
        }
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    title: String,
    help: &'static str,
    /// The name of the request.
    request: String,
}

impl Door for Page {
    fn answer(error: WebError) -> Response {
        match &error {
            WebError::Stranger(wanted) => {
                let query = serde_json::Value::from(wanted.as_str());
                let next = crate::pages::encode(query.as_str().unwrap_or("/"));
                return Redirect::to(&format!("/login/?next={next}")).into_response();
            }
            WebError::Moved(to) => return Redirect::permanent(to).into_response(),
            _ => {}
        }
        let (status, detail) = status(&error);
        let detail = match &error {
            WebError::App(error) => Words::here().error(error),
            _ => t(&detail),
        };
        let (title, help) = match status {
            StatusCode::NOT_FOUND => (
                t("There is no such page."),
                "The room may have been renamed, closed, or may not be yours to see. If someone sent you the link, ask them to invite you.",
            ),
            StatusCode::FORBIDDEN => (detail, "Nothing was changed."),
            StatusCode::TOO_MANY_REQUESTS => {
                (detail, "Wait a little, then try again. Nothing was lost that the server said it had.")
            }
            StatusCode::SERVICE_UNAVAILABLE => (
                t("The server cannot write this down now."),
                "What was said before is safe. Try again in a moment.",
            ),
            _ => (detail, "Go back, or start again from the rooms."),
        };
        let request = RequestId::here().map(|id| id.to_string()).unwrap_or_default();
        let html = ErrorPage { title, help, request }
            .render()
            .unwrap_or_else(|_| "Something went wrong here.".to_owned());
        with_retry_after((status, Html(html)).into_response(), &error)
    }
}
