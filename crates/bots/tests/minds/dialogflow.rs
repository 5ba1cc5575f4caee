//! Dialogflow v2 with a service account, as its public documentation describes them.

use crate::scene::{Heard, ask, listen};
use anyhow::{Context, Result, anyhow, ensure};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bots::{FaultKind, dialogflow::Dialogflow, outside::Outside};
use e2e::{
    Upstream,
    upstream::{
        Act, Call,
        chat::{refuses, whole},
        dialogflow::{answers, key_file, private_key},
    },
};
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde_json::{Value, json};

fn mind(upstream: &Upstream, private_key: &str) -> Result<Dialogflow> {
    let file = key_file(upstream, private_key);
    // As text or as it stands.
    let settings = json!({"credentials": file, "base_url": upstream.origin(), "language": "es"});
    Ok(Dialogflow::new(serde_json::from_value(settings)?, Outside::new())?)
}

/// What a call to the token address says, when its signature is good.
fn statement(call: &Call, private_key: &str) -> Result<Value> {
    let assertion = call.body.split("assertion=").nth(1).context("an assertion")?;
    let (said, signature) = assertion.rsplit_once('.').context("a signature")?;
    let key = PrivatePkcs8KeyDer::from_pem_slice(private_key.as_bytes())?;
    let pair = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).map_err(|error| anyhow!("{error}"))?;
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref());
    let is_good = public.verify(said.as_bytes(), &URL_SAFE_NO_PAD.decode(signature)?).is_ok();
    ensure!(is_good, "the signature is not good");
    let (head, claims) = said.split_once('.').context("claims")?;
    let read = |part: &str| anyhow::Ok(serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part)?)?);
    ensure!(read(head)? == json!({"alg": "RS256", "typ": "JWT"}));
    read(claims)
}

#[tokio::test]
async fn a_signed_statement_buys_a_token_that_is_used_until_it_ends() -> Result<()> {
    let key = private_key()?;
    let upstream = Upstream::start_with(|_, call| answers(call))?;
    let mind = mind(&upstream, &key)?;
    let mut question = ask("Tea?");
    for _ in 0..2 {
        let heard = listen(&mind, question.clone()).await?;
        ensure!(heard.text == "A las cinco." && heard.fault.is_none(), "{heard:?}");
        ensure!(heard.guess == Some(("tea".into(), 0.75)), "{heard:?}");
    }
    question.now = question.now.checked_add(jiff::Span::new().hours(1))?;
    listen(&mind, question).await?;

    let calls = upstream.calls();
    let targets: Vec<&str> =
        calls.iter().map(|call| call.target.split('/').nth(1).unwrap_or_default()).collect();
    ensure!(targets == ["token", "v2", "v2", "token", "v2"], "{targets:?}");
    ensure!(calls[0].body.starts_with("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&"));
    let expected = json!({
        "iss": "sage@tea-house.iam.gserviceaccount.com", "scope": "https://www.googleapis.com/auth/dialogflow",
        "aud": format!("{}/token", upstream.origin()), "iat": 1_795_251_600, "exp": 1_795_255_200,
    });
    ensure!(statement(&calls[0], &key)? == expected);
    let (path, verb) = calls[1].target.rsplit_once(':').context("a verb")?;
    let session =
        path.strip_prefix("POST /v2/projects/tea-house/agent/sessions/").context(path.to_owned())?;
    ensure!(verb == "detectIntent" && session.len() <= 36 && !session.contains("Ada"), "{}", calls[1].target);
    ensure!(calls[1].target == calls[2].target, "one conversation, one session");
    ensure!(calls[1].header("authorization") == Some("Bearer sk-tea"));
    ensure!(calls[1].json() == json!({"queryInput": {"text": {"text": "Tea?", "languageCode": "es"}}}));
    Ok(())
}

#[tokio::test]
async fn what_google_refuses_is_refused_and_a_dead_token_is_not_used_again() -> Result<()> {
    let key = private_key()?;
    let heard = |answers: Vec<Vec<Act>>| {
        let mind = |upstream: &Upstream| mind(upstream, &key);
        async move {
            let upstream = Upstream::start(answers)?;
            let mind = mind(&upstream)?;
            let first: Heard = listen(&mind, ask("Tea?")).await?;
            let calls = upstream.calls().len();
            listen(&mind, ask("Tea?")).await?;
            let second = upstream.calls().get(calls).map(|call| call.target.clone());
            anyhow::Ok((first, calls, second.unwrap_or_default()))
        }
    };
    let token = || whole("200 OK", "application/json", r#"{"access_token": "sk-tea", "expires_in": 3599}"#);
    let bad_key = refuses("400 Bad Request", r#"{"error": "invalid_grant"}"#);
    let (first, calls, second) = heard(vec![bad_key]).await?;
    ensure!(
        first.kind() == Some(FaultKind::Refused) && calls == 1 && second == "POST /token",
        "{first:?} {second}"
    );
    let (first, calls, second) = heard(vec![token(), refuses("401 Unauthorized", "{}")]).await?;
    ensure!(
        first.kind() == Some(FaultKind::Refused) && calls == 2 && second == "POST /token",
        "{first:?} {second}"
    );
    let (first, calls, second) = heard(vec![token(), refuses("503 Service Unavailable", "{}")]).await?;
    ensure!(
        first.kind() == Some(FaultKind::Busy) && calls == 2 && second.starts_with("POST /v2/"),
        "{first:?} {second}"
    );
    Ok(())
}

#[tokio::test]
async fn what_the_agent_does_not_understand_is_no_intent() -> Result<()> {
    let upstream = Upstream::start_with(|_, call| match call.target.as_str() {
        "POST /token" => answers(call),
        _ => {
            let result = json!({"fulfillmentText": "¿Cómo?", "intent": {"displayName": "Default Fallback Intent", "isFallback": true}});
            whole("200 OK", "application/json", &json!({"queryResult": result}).to_string())
        }
    })?;
    let heard = listen(&mind(&upstream, &private_key()?)?, ask("?")).await?;
    ensure!(heard.guess == Some(("oos".into(), 0.0)) && heard.text == "¿Cómo?", "{heard:?}");
    Ok(())
}

#[test]
fn a_key_that_is_none_is_said_to_be_none_and_not_shown() -> Result<()> {
    for credentials in [
        json!(null),
        json!("{}"),
        json!(r#"{"client_email":"a","private_key":"sk-tea","token_uri":"https://a.example"}"#),
    ] {
        let settings = serde_json::from_value(json!({"credentials": credentials, "project_id": "tea"}))?;
        let fault = Dialogflow::new(settings, Outside::new()).err().context("it was taken")?;
        ensure!(fault.kind == FaultKind::Settings && !fault.to_string().contains("sk-tea"), "{fault}");
    }
    Ok(())
}
