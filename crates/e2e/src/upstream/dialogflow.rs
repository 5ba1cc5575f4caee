//! A service account of Google and the Dialogflow agent it opens, as their public documentation describes them.

use super::{Act, Call, Upstream, chat::whole};
use crate::binary::find_program;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::process::Command;

/// A key as Google's console makes them.
pub fn private_key() -> Result<String> {
    let openssl = find_program("openssl").context("openssl is missing: apt-get install openssl")?;
    let made = Command::new(openssl)
        .args(["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
        .output()?;
    ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Ok(String::from_utf8(made.stdout)?)
}

/// The key file of an account whose tokens are sold here.
pub fn key_file(upstream: &Upstream, private_key: &str) -> Value {
    json!({
        "type": "service_account", "project_id": "tea-house", "private_key_id": "1", "private_key": private_key,
        "client_email": "sage@tea-house.iam.gserviceaccount.com", "token_uri": format!("{}/token", upstream.origin()),
    })
}

/// Sells a token, and takes every question for one about tea.
pub fn answers(call: &Call) -> Vec<Act> {
    let answer = match call.target.as_str() {
        "POST /token" => json!({"access_token": "sk-tea", "expires_in": 3599, "token_type": "Bearer"}),
        _ => json!({
            "responseId": "1",
            "queryResult": {
                "queryText": "Tea?", "languageCode": "es", "fulfillmentText": "A las cinco.",
                "intent": {"name": "projects/tea-house/agent/intents/7", "displayName": "tea"},
                "intentDetectionConfidence": 0.75,
            },
        }),
    };
    whole("200 OK", "application/json", &answer.to_string())
}
