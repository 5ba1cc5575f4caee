//! What somebody sent: form fields, multipart or JSON, read alike.

mod json_fault;

use crate::{
    Web, credentials,
    failure::{Door, Failed, WebError},
};
use axum::{
    extract::{FromRequest, Multipart, Request, multipart::MultipartError},
    http::{StatusCode, header},
};
use domain::limits;
use serde_json::{Map, Value};
use std::marker::PhantomData;

/// The fields of a body, whatever its type. Numbers and booleans read as their text.
pub(crate) struct Fields<D> {
    /// By name; of a field that came several times, the last.
    fields: Map<String, Value>,
    /// The ones before it.
    earlier: Vec<(String, Value)>,
    door: PhantomData<D>,
}

impl<D> Fields<D> {
    /// A field's text; empty when it is missing.
    pub fn text(&self, name: &str) -> String {
        self.find(name).unwrap_or_default()
    }

    /// A field as it was sent.
    pub fn sent(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    /// A field's text, when it was sent.
    pub fn find(&self, name: &str) -> Option<String> {
        match self.fields.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }

    /// Every text of a field that may come several times: repeated in a form, or as a list in JSON.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let sent = self.earlier.iter().filter(|(field, _)| field == name).map(|(_, value)| value);
        let values = sent.chain(self.fields.get(name)).flat_map(|value| match value {
            Value::Array(list) => list.as_slice(),
            one => std::slice::from_ref(one),
        });
        values
            .filter(|value| !value.is_null())
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .collect()
    }

    /// Whether a box was ticked or a value is true.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.find(name).as_deref(), Some("true" | "on" | "1" | "yes"))
    }

    /// An id, when it was sent and is one.
    pub fn id(&self, name: &str) -> Option<i64> {
        self.find(name).and_then(|text| text.parse().ok())
    }
}

impl<D: Door> FromRequest<Web> for Fields<D> {
    type Rejection = Failed<D>;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Failed<D>> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let token_api = credentials::is_token_api(request.uri().path());
        let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let sent: Vec<(String, Value)> = match kind.as_str() {
            "multipart/form-data" => multipart(request, web).await?,
            "application/json" => json(&bytes(request).await?)?.into_iter().collect(),
            "application/x-www-form-urlencoded" => form(&bytes(request).await?),
            "" if !token_api => form(&bytes(request).await?),
            _ if token_api && bytes(request).await?.is_empty() => Vec::new(),
            other => {
                let other = if other.is_empty() { "text/plain" } else { other };
                let why = format!("Unsupported media type \"{other}\" in request.");
                return Err(WebError::Unreadable(StatusCode::UNSUPPORTED_MEDIA_TYPE, why).into());
            }
        };
        let (mut fields, mut earlier) = (Map::new(), Vec::new());
        for (name, value) in sent {
            if let Some(before) = fields.insert(name.clone(), value) {
                earlier.push((name, before));
            }
        }
        Ok(Self { fields, earlier, door: PhantomData })
    }
}

async fn bytes(request: Request) -> Result<bytes::Bytes, WebError> {
    let body = axum::body::to_bytes(request.into_body(), limits::BODY_BYTES_MAX).await;
    body.map_err(|_| too_large())
}

fn too_large() -> WebError {
    let why = format!("A request has at most {} bytes.", limits::BODY_BYTES_MAX);
    WebError::Unreadable(StatusCode::PAYLOAD_TOO_LARGE, why)
}

fn json(body: &[u8]) -> Result<Map<String, Value>, WebError> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(other) => Err(WebError::NotADictionary(kind(&other))),
        Err(error) => {
            let why = json_fault::fault(body).unwrap_or_else(|| error.to_string());
            Err(unreadable(format!("JSON parse error - {why}")))
        }
    }
}

/// What a value is called in the words of the recorded token API.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "list",
        Value::String(_) => "str",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::Null => "NoneType",
        Value::Object(_) => "dict",
    }
}

fn form(body: &[u8]) -> Vec<(String, Value)> {
    form_urlencoded::parse(body)
        .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
        .collect()
}

async fn multipart(request: Request, web: &Web) -> Result<Vec<(String, Value)>, WebError> {
    let unreadable = |why: String| unreadable(format!("Multipart form parse error - {why}"));
    let broken = |error: MultipartError| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => unreadable(error.body_text()),
    };
    let parts = Multipart::from_request(request, web).await;
    let mut parts = parts.map_err(|error| unreadable(error.body_text()))?;
    let mut fields = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let Some(name) = part.name().map(str::to_owned) else { continue };
        let text = part.text().await.map_err(broken)?;
        fields.push((name, Value::from(text)));
    }
    Ok(fields)
}

fn unreadable(why: String) -> WebError {
    WebError::Unreadable(StatusCode::BAD_REQUEST, why)
}
