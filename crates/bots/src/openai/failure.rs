//! How a provider says no, in our words.
//!
//! Of its error only the code is kept: the sentence beside it may quote a key or somebody's words.

use crate::{
    Fault, FaultKind,
    outside::{Answer, kind_of, refusal},
};
use http::StatusCode;
use serde_json::Value;

/// The fault of an answer whose status says no.
pub(super) async fn fault_of(answer: Answer, now: &jiff::Zoned) -> Fault {
    let mut fault = refusal(&answer, now);
    // What cannot be read explains nothing more.
    let body = answer.whole().await.unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let code = code_of(&body["error"]);
    if fault.kind == FaultKind::Settings && code.contains("context_length") {
        fault.kind = FaultKind::TooLong;
    }
    if !code.is_empty() {
        fault.detail = format!("{} ({code})", fault.detail);
    }
    fault
}

/// The fault of an error in the middle of an answer.
pub(super) fn fault_in_stream(error: &Value) -> Fault {
    let code = code_of(error);
    let status = error["code"].as_u64().and_then(|code| StatusCode::from_u16(code.try_into().ok()?).ok());
    let kind = match status {
        Some(status) if status.as_u16() >= 400 => kind_of(status),
        _ if code.contains("rate_limit") || code.contains("overloaded") || code.contains("quota") => {
            FaultKind::Busy
        }
        _ if code.contains("context_length") => FaultKind::TooLong,
        _ => FaultKind::Failed,
    };
    let code = if code.is_empty() { "no code" } else { &code };
    Fault::new(kind, format!("the provider ended the answer with an error ({code})"))
}

/// The code of an error, else its type, as far as it looks like one.
fn code_of(error: &Value) -> String {
    let said = ["code", "type"].iter().find_map(|key| match &error[*key] {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    let is_code = |text: &String| {
        text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
    };
    said.filter(is_code).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_error_in_the_stream_is_known_by_its_code() {
        let kind = |error: Value| fault_in_stream(&error).kind;
        assert_eq!(kind(json!({"message": "m", "code": "rate_limit_exceeded"})), FaultKind::Busy);
        assert_eq!(kind(json!({"message": "m", "code": 401})), FaultKind::Refused);
        assert_eq!(kind(json!({"message": "m", "type": "server_error", "code": null})), FaultKind::Failed);
        assert_eq!(kind(json!("tea")), FaultKind::Failed);
    }

    #[test]
    fn no_sentence_of_the_provider_is_kept() {
        let fault = fault_in_stream(&json!({"message": "your key sk-tea", "code": "your key sk-tea"}));
        assert!(!fault.to_string().contains("tea"));
    }
}
