//! What templates say of texts: `{{ "Say something in {room}"|t|put("room", name) }}`.

use super::Words;
use std::fmt::Display;

/// The text in the reader's language.
#[askama::filter_fn]
pub fn t(key: &str, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(Words::here().t(key).to_owned())
}

/// The text with `value` where `{name}` stands.
#[askama::filter_fn]
pub fn put<S: Display, T: Display>(
    text: S,
    _: &dyn askama::Values,
    name: &str,
    value: T,
) -> askama::Result<String> {
    Ok(text.to_string().replace(&format!("{{{name}}}"), &value.to_string()))
}
