//! The bot's socket with a language model, Wit.ai or Dialogflow behind it (S1).

use super::*;

/// Between two words, so that a busy machine does not read them together.
const APART: Duration = Duration::from_secs(1);

#[tokio::test]
async fn s1_2_and_s1_3_a_language_model_writes_and_the_intent_is_said_all_the_same() -> Result<()> {
    let words = ["Good ", "evening, ", "Gita."];
    let upstream = Upstream::start_with(move |_, _| says(&words, APART))?;
    let server = Server::start_with(options(&upstream))?;
    let mut socket = Person::stranger(&server)?.socket_at("/ws/chat/?stream=1").await?;
    socket.send(json!({ "message": "good evening" })).await?;
    let mut deltas = Vec::new();
    let said = loop {
        let frame: Value = within("a frame", socket.next()).await??;
        match frame["delta"].as_str() {
            Some(delta) => deltas.push(delta.to_owned()),
            None => break frame,
        }
    };
    ensure!(deltas.len() == 3 && deltas.concat() == words.concat(), "word by word: {deltas:?}");
    ensure!(said["message"] == words.concat() && said["intent"] == "greeting", "{said}");
    ensure!(said["confidence"].as_f64().is_some_and(|sure| sure > 0.3), "{said}");
    Ok(())
}

#[tokio::test]
async fn s1_3_wit_finds_the_intent_where_it_is_configured_and_the_reply_comes_all_the_same() -> Result<()> {
    let intents =
        json!({ "text": "hello", "intents": [{ "id": "7", "name": "salute", "confidence": 0.875 }] });
    let finds = move |at: usize, _: &Call| match at {
        0 => whole("200 OK", "application/json", &intents.to_string()),
        _ => refuses("500 Internal Server Error", "{}"),
    };
    let wit = Upstream::start_with(finds)?;
    let settings = Options::default().set("WIT_AI_TOKEN", "wt-tea").set("WIT_AI_BASE_URL", &wit.origin());
    let server = Server::start_with(settings)?;
    let mut socket = Person::stranger(&server)?.socket_at("/ws/chat/").await?;
    socket.send(json!({ "message": "hello" })).await?;
    let said = within("a frame", socket.next()).await??;
    ensure!(said["intent"] == "salute" && said["confidence"] == 0.875, "{said}");
    ensure!(said["message"].as_str().is_some_and(|text| !text.is_empty()), "the starter bot writes: {said}");
    let call = wit.calls().remove(0);
    ensure!(
        call.target.starts_with("GET /message?") && call.header("authorization") == Some("Bearer wt-tea")
    );
    socket.send(json!({ "message": "hello" })).await?;
    let said = within("a frame", socket.next()).await??;
    ensure!(said["intent"].is_null() && said["confidence"] == 0.0, "what nobody found is nothing: {said}");
    ensure!(said["message"].as_str().is_some_and(|text| !text.is_empty()), "{said}");
    Ok(())
}

#[tokio::test]
async fn s1_3_dialogflow_finds_the_intent_where_a_service_account_is_configured() -> Result<()> {
    let google = Upstream::start_with(|_, call| dialogflow::answers(call))?;
    let place = tempfile::tempdir()?;
    let file = place.path().join("key.json");
    std::fs::write(&file, dialogflow::key_file(&google, &dialogflow::private_key()?).to_string())?;
    let settings = Options::default()
        .set("DIALOGFLOW_PROJECT_ID", "tea-room")
        .set("DIALOGFLOW_BASE_URL", &google.origin())
        .set("GOOGLE_APPLICATION_CREDENTIALS", file.to_str().context("a path in UTF-8")?);
    let server = Server::start_with(settings)?;
    let mut socket = Person::stranger(&server)?.socket_at("/ws/chat/").await?;
    for question in ["is there tea?", "and now?"] {
        socket.send(json!({ "message": question })).await?;
        let said = within("a frame", socket.next()).await??;
        ensure!(said["intent"] == "tea" && said["confidence"] == 0.75, "{said}");
        ensure!(said["message"].as_str().is_some_and(|text| !text.is_empty()), "{said}");
    }
    let calls = google.calls();
    let targets: Vec<&str> =
        calls.iter().map(|call| call.target.split('/').nth(1).unwrap_or_default()).collect();
    ensure!(targets == ["token", "v2", "v2"], "one token for both questions: {targets:?}");
    ensure!(calls[0].body.contains("assertion="), "{}", calls[0].body);
    let asked = &calls[1];
    ensure!(asked.target.starts_with("POST /v2/projects/tea-room/agent/sessions/"), "{}", asked.target);
    ensure!(asked.header("authorization") == Some("Bearer sk-tea"), "{}", asked.headers);
    ensure!(asked.json()["queryInput"]["text"]["text"] == "is there tea?", "{}", asked.body);
    Ok(())
}

#[tokio::test]
async fn s1_4_a_provider_that_fails_is_said_on_the_socket_and_the_next_question_is_asked() -> Result<()> {
    let busy = refuses("429 Too Many Requests\r\nretry-after: 3", "{}");
    let upstream = Upstream::start(vec![busy, says(&["Now."], Duration::ZERO)])?;
    let server = Server::start_with(options(&upstream))?;
    let mut socket = Person::stranger(&server)?.socket_at("/chat/").await?;
    socket.send(json!({ "message": "first" })).await?;
    let refused = within("a frame", socket.next()).await??;
    ensure!(refused["retry_after"] == 3, "{refused}");
    ensure!(refused["error"].as_str().is_some_and(|why| why.contains("too much to do")), "{refused}");
    socket.send(json!({ "message": "second" })).await?;
    ensure!(within("a frame", socket.next()).await??["message"] == "Now.");
    let sent = upstream.calls().last().context("it was asked")?.json();
    let turns = sent["messages"].as_array().context("there are messages")?.iter();
    let said: Vec<&str> = turns.filter_map(|turn| turn["content"].as_str()).skip(1).collect();
    ensure!(said == ["second"], "what was not answered is no part of the conversation: {said:?}");
    Ok(())
}

#[tokio::test]
async fn s1_4_who_leaves_the_socket_ends_the_answer_and_only_so_many_wait() -> Result<()> {
    let upstream = Upstream::start(vec![vec![send(HEAD), Act::Hold]])?;
    let server = Server::start_with(options(&upstream))?;
    let mut socket = Person::stranger(&server)?.socket_at("/ws/chat/").await?;
    for nth in 0..6 {
        socket.send(json!({ "message": format!("message {nth}") })).await?;
    }
    let refused = within("a frame", socket.next()).await??;
    ensure!(refused["error"] == "At most 4 messages wait while the bot answers.", "{refused}");
    until("the call", || std::future::ready((!upstream.calls().is_empty()).then_some(()))).await?;
    drop(socket);
    upstream.left(1).await?;
    ensure!(upstream.calls().len() == 1);
    Ok(())
}
