//! The opening handshake (RFC 6455, 4.2).

use super::{Socket, offer::Agreement};
use crate::failure::{Api, Failed, WebError};
use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::limits;
use hyper::upgrade::OnUpgrade;
use hyper_util::{rt::TokioIo, server::conn::auto::upgrade::downcast};
use sha1::{Digest, Sha1};
use std::future::Future;
use tokio::net::TcpStream;

/// A request that asks for a socket.
pub(crate) struct Upgrade {
    accept: HeaderValue,
    agreement: Option<Agreement>,
    /// Bytes of a message that the socket takes.
    pub(super) bytes_max: usize,
    upgraded: OnUpgrade,
}

/// What every key is answered with (RFC 6455, 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

impl<S: Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Failed<Api>;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failed<Api>> {
        let headers = &parts.headers;
        let asked = parts.method == Method::GET
            && has(headers, header::CONNECTION, "upgrade")
            && has(headers, header::UPGRADE, "websocket");
        if !asked {
            return refuse("This address speaks WebSocket.");
        }
        if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
            return refuse("This server speaks version 13 of WebSocket.");
        }
        let Some(key) = headers.get(header::SEC_WEBSOCKET_KEY) else {
            return refuse("Sec-WebSocket-Key is missing.");
        };
        let digest = Sha1::new().chain_update(key.as_bytes()).chain_update(GUID).finalize();
        let accept = HeaderValue::from_str(&STANDARD.encode(digest)).map_err(|_| defect())?;
        let agreement = Agreement::choose(values(headers, header::SEC_WEBSOCKET_EXTENSIONS));
        let upgraded = parts.extensions.remove::<OnUpgrade>().ok_or_else(defect)?;
        Ok(Self { accept, agreement, bytes_max: limits::FRAME_BYTES_MAX, upgraded })
    }
}

fn refuse<T>(why: &str) -> Result<T, Failed<Api>> {
    Err(WebError::Unreadable(StatusCode::BAD_REQUEST, why.into()).into())
}

fn defect() -> Failed<Api> {
    WebError::App(app::Error::Bug("a connection cannot be upgraded".into())).into()
}

/// Whether a header's comma-separated values hold a word.
fn has(headers: &HeaderMap, name: header::HeaderName, word: &str) -> bool {
    values(headers, name)
        .flat_map(|value| value.split(','))
        .any(|part| part.trim().eq_ignore_ascii_case(word))
}

fn values(headers: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = &str> {
    headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok())
}

impl Upgrade {
    /// Whether a request asks for a socket at all.
    pub fn is_asked(headers: &HeaderMap) -> bool {
        has(headers, header::UPGRADE, "websocket")
    }

    /// Answers the handshake; `serve` gets the socket in a task of its own.
    pub fn serve<F: Future<Output = ()> + Send + 'static>(
        self,
        serve: impl FnOnce(Socket) -> F + Send + 'static,
    ) -> Response {
        let Self { accept, agreement, bytes_max, upgraded } = self;
        tokio::spawn(async move {
            match upgraded.await.map(downcast::<TokioIo<TcpStream>>) {
                // A task of its own, as large as serving is; this one was as large as the upgrade.
                Ok(Ok(parts)) => {
                    let socket =
                        Socket::new(parts.io.into_inner(), parts.read_buf.to_vec(), bytes_max, agreement);
                    tokio::spawn(serve(socket));
                }
                Ok(Err(_)) => tracing::error!("a connection is not the TCP connection it should be"),
                Err(error) => tracing::debug!(%error, "an upgrade was given up"),
            }
        });
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        answer.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        answer.headers_mut().insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        if let Some(agreed) = agreement.and_then(|agreement| HeaderValue::from_str(&agreement.answer()).ok())
        {
            answer.headers_mut().insert(header::SEC_WEBSOCKET_EXTENSIONS, agreed);
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_the_standard_gets_the_answer_of_the_standard() {
        let digest = Sha1::new().chain_update(b"dGhlIHNhbXBsZSBub25jZQ==").chain_update(GUID).finalize();
        assert_eq!(STANDARD.encode(digest), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
