//! Bots as administrators keep them: taught by what they missed, with keys that nobody is shown.

use anyhow::{Context, Result, ensure};
use e2e::{Body, Person, Server, until};
use reqwest::StatusCode;
use serde_json::{Value, json};

async fn make(by: &Person, bot: Value) -> Result<Value> {
    let answer = by.ask("POST", "/api/bots/", Some(Body::Json(bot))).await?;
    ensure!(answer.status() == StatusCode::CREATED, "{}", answer.text().await?);
    Ok(answer.json().await?)
}

/// What the bot answers to a question.
async fn asked(by: &Person, question: &str) -> Result<String> {
    let message = by.post("general", &format!("@sage {question}"), question).await?;
    let after = message["id"].as_i64().context("an id")?;
    let answer = until("an answer", || async {
        by.messages_after("general", after)
            .await
            .ok()?
            .into_iter()
            .find(|message| message["username"] == "sage")
    })
    .await?;
    Ok(answer["content"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_question_that_was_missed_is_added_to_an_intent_and_understood_from_then_on() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let script = json!({
        "name": "Sage", "threshold": 0.6, "fallback": { "replies": ["I only know of tea."] },
        "intents": [
            { "name": "tea", "phrases": ["when is tea", "tea time", "at what time is tea"], "replies": ["At five."] },
            { "name": "cake", "phrases": ["is there cake", "any cake left"], "replies": ["Lemon."] },
        ],
    });
    let bot = make(&ada, json!({ "username": "sage", "mind": "intents", "settings": script })).await?;
    let member = ada
        .ask("POST", "/api/rooms/general/members/", Some(Body::Json(json!({ "username": "sage" }))))
        .await?;
    ensure!(member.status().is_success(), "{}", member.text().await?);
    ensure!(asked(&bob, "when is tea").await? == "At five.");
    let ferry = "which ferry goes to Cangas tonight";
    ensure!(asked(&bob, ferry).await? == "I only know of tea.");

    let at = format!("/api/bots/{}/missed/", bot["id"]);
    ensure!(bob.get(&at).await?.status() == StatusCode::NOT_FOUND, "bob governs nothing");
    let missed = until("what was missed", || async {
        ada.json(&at).await.ok()?["missed"].as_array()?.first().cloned()
    })
    .await?;
    ensure!(missed["text"].as_str().is_some_and(|text| text.contains(ferry)), "{missed}");
    ensure!(
        ["tea", "cake"].contains(&missed["intent"].as_str().unwrap_or_default()),
        "the nearest: {missed}"
    );
    let one = format!("{at}{}/", missed["id"]);
    let teach = |intent: &str| Some(Body::Json(json!({ "intent": intent })));
    ensure!(bob.ask("POST", &one, teach("cake")).await?.status() == StatusCode::NOT_FOUND);
    ensure!(
        ada.ask("POST", &one, teach("boats")).await?.status() == StatusCode::BAD_REQUEST,
        "no such intent"
    );
    ensure!(ada.ask("POST", &one, teach("cake")).await?.status() == StatusCode::NO_CONTENT);
    ensure!(ada.json(&at).await?["missed"] == json!([]), "it is off the list");
    ensure!(asked(&bob, &format!("{ferry}?")).await? == "Lemon.", "it has learnt");
    let jobs = ada.get("/admin/replies/").await?.text().await?;
    ensure!(
        jobs.contains("@sage") && !jobs.contains("role=\"search\""),
        "a list without a form of nothing: {jobs}"
    );
    Ok(())
}

#[tokio::test]
async fn a_key_is_never_shown_and_does_not_follow_to_another_address() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let settings = json!({ "api_key": "sk-tea", "base_url": "http://127.0.0.1:9/v1", "model": "small" });
    let bot = make(&ada, json!({ "username": "sage", "mind": "openai", "settings": settings })).await?;
    ensure!(bot["keys"] == json!(["api_key"]) && !bot.to_string().contains("sk-tea"), "{bot}");
    let at = format!("/api/bots/{}/", bot["id"]);
    let change = async |settings: Value| -> Result<Value> {
        let answer = ada.ask("PATCH", &at, Some(Body::Json(json!({ "settings": settings })))).await?;
        ensure!(answer.status().is_success(), "{}", answer.text().await?);
        Ok(answer.json().await?)
    };
    let same = change(json!({ "base_url": "http://127.0.0.1:9/v1", "model": "big" })).await?;
    ensure!(same["keys"] == json!(["api_key"]) && same["settings"]["model"] == "big", "{same}");
    for page in [format!("/admin/bots/{}/", bot["id"]), "/admin/bots/".to_owned(), at.clone()] {
        ensure!(!ada.get(&page).await?.text().await?.contains("sk-tea"), "{page} shows the key");
    }
    let moved = change(json!({ "base_url": "http://127.0.0.1:10/v1" })).await?;
    ensure!(moved["keys"] == json!([]), "{moved}");
    let wit = json!({ "token": "t", "base_url": "http://127.0.0.1:9", "replies": { "tea": "At five." } });
    let wit = make(&ada, json!({ "username": "wit", "mind": "wit", "settings": wit })).await?;
    let form = format!("/admin/bots/{}/", wit["id"]);
    let more = r#"{"base_url":"http://127.0.0.1:9","replies":{"tea":"At six."}}"#;
    let fields = [
        ("display_name", "Wit"),
        ("mind", "wit"),
        ("answers", "always"),
        ("is_active", "true"),
        ("more", more),
    ];
    ensure!(ada.submit(&form, &fields).await?.status().is_redirection());
    let saved = ada.json(&format!("/api/bots/{}/", wit["id"])).await?;
    ensure!(saved["keys"] == json!(["token"]) && saved["settings"]["replies"]["tea"] == "At six.", "{saved}");
    ensure!(saved["settings"]["base_url"] == "http://127.0.0.1:9" && saved["answers"] == "always", "{saved}");
    let page = ada.get(&form).await?.text().await?;
    ensure!(page.contains("At six.") && page.contains("127.0.0.1:9"), "the form shows what is saved");
    let another =
        ada.ask("PATCH", &at, Some(Body::Json(json!({ "mind": "intents" })))).await?.json::<Value>().await?;
    ensure!(another["settings"] == json!({}), "another mind has other settings: {another}");
    let broken = ada.ask("PATCH", &at, Some(Body::Json(json!({ "settings": { "name": "Sage" } })))).await?;
    ensure!(broken.status() == StatusCode::BAD_REQUEST, "{}", broken.text().await?);
    Ok(())
}

#[tokio::test]
async fn settings_that_no_mind_can_use_are_refused_with_their_place_and_good_ones_are_saved() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let script = |reply: &str| {
        let fallback = json!({ "replies": ["What?"] });
        let tea = json!({ "name": "tea", "phrases": ["when is tea"], "replies": ["At five.", reply] });
        json!({ "name": "Sage", "fallback": fallback, "intents": [tea] })
    };
    let key =
        json!({ "client_email": "a@b.example", "private_key": "none", "token_uri": "https://a.example/" })
            .to_string();
    let wrong = [
        ("webhook", json!({}), "settings", "url"),
        ("webhook", json!({ "url": "ftp://a.example" }), "url", "http://"),
        ("wit", json!({ "replies": {} }), "token", "WIT_AI_TOKEN"),
        ("dialogflow", json!({}), "credentials", "GOOGLE_APPLICATION_CREDENTIALS"),
        ("dialogflow", json!({ "project_id": "p", "credentials": key }), "credentials", "private_key"),
        ("openai", json!({ "model": "small" }), "api_key", "OPENAI_API_KEY"),
        ("openai", json!({ "base_url": "a.example" }), "base_url", "http://"),
        (
            "openai",
            json!({ "base_url": "http://a.example", "temperature": 3 }),
            "temperature",
            "between 0 and 2",
        ),
        ("openai", json!({ "base_url": "http://a.example", "modle": "small" }), "settings", "modle"),
        ("auto", json!({ "modle": "small" }), "settings", "modle"),
        ("intents", script("At {drinks}."), "script", "intent \"tea\", reply 2"),
        ("intents", json!({ "name": "Sage" }), "script", "fallback"),
    ];
    for (mind, settings, field, why) in wrong {
        let draft = json!({ "username": "sage", "mind": mind, "settings": settings });
        let refused = ada.ask("POST", "/api/bots/", Some(Body::Json(draft))).await?;
        ensure!(refused.status() == StatusCode::BAD_REQUEST, "{mind} {settings} was saved");
        let said: Value = refused.json().await?;
        let words = said["errors"][field][0].as_str().unwrap_or_default();
        ensure!(words.contains(why), "{mind} {settings}: not {field:?} with {why:?} but {said}");
    }
    let good = json!({ "url": "https://a.example/hook" });
    let bot = make(&ada, json!({ "username": "sage", "mind": "webhook", "settings": good })).await?;
    let form = format!("/admin/bots/{}/", bot["id"]);
    let fields = [
        ("display_name", "Sage"),
        ("mind", "openai"),
        ("answers", "always"),
        ("base_url", "a.example"),
        ("script", ""),
    ];
    let page = ada.submit(&form, &fields).await?;
    ensure!(page.status() == StatusCode::BAD_REQUEST);
    let page = page.text().await?;
    let at = page.find("name=\"base_url\"").context("a field")?;
    ensure!(page[at..at + 400].contains("does not begin with http://"), "said at its field: {page}");
    ensure!(
        ada.json(&format!("/api/bots/{}/", bot["id"])).await?["mind"] == "webhook",
        "nothing was changed"
    );
    Ok(())
}

#[tokio::test]
async fn a_bots_new_avatar_is_seen_live_by_everyone_in_its_room_and_a_broken_one_is_refused() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let tea = json!({ "name": "tea", "phrases": ["when is tea", "tea time"], "replies": ["At five."] });
    let script = |avatar: &str| json!({ "name": "Sage", "avatar": avatar, "fallback": { "replies": ["At five."] }, "intents": [tea] });
    let draft = json!({ "username": "sage", "mind": "intents", "settings": script("☕") });
    let bot = make(&ada, draft).await?;
    ensure!(bot["avatar"] == "☕", "its script brought it along: {bot}");
    let name = Some(Body::Json(json!({ "username": "sage" })));
    ensure!(ada.ask("POST", "/api/rooms/general/members/", name).await?.status().is_success());
    ensure!(asked(&bob, "when is tea").await? == "At five.");
    let sign = |avatar: &str| format!("<span class=\"sign\">{avatar}</span>");
    let room = async |what: &str| -> Result<bool> {
        Ok(bob.get("/rooms/general/").await?.text().await?.contains(what))
    };
    ensure!(room(&sign("☕")).await?);

    let mut socket = bob.socket().await?;
    socket.subscribe("general", "").await?;
    let at = format!("/api/bots/{}/", bot["id"]);
    let change = async |by: &Person, patch: Value| by.ask("PATCH", &at, Some(Body::Json(patch))).await;
    ensure!(change(&bob, json!({ "avatar": "🍵" })).await?.status() == StatusCode::NOT_FOUND);
    for wrong in ["tea", "<b>", &"☕".repeat(22)] {
        let refused = change(&ada, json!({ "avatar": wrong })).await?;
        ensure!(refused.status() == StatusCode::BAD_REQUEST, "{wrong} was saved");
        let said: Value = refused.json().await?;
        ensure!(said["errors"]["avatar"][0] == "An avatar is one emoji of at most 64 bytes.", "{said}");
    }
    ensure!(ada.json(&at).await?["avatar"] == "☕", "nothing was changed");
    ensure!(change(&ada, json!({ "avatar": " 🍵 " })).await?.status().is_success());
    loop {
        let told = socket.next_of("events").await?;
        let mut sages =
            told["events"].as_array().into_iter().flatten().map(|event| &event["member"]["person"]);
        if sages.any(|sage| sage["username"] == "sage" && sage["avatar"] == "🍵") {
            break;
        }
    }
    ensure!(room(&sign("🍵")).await? && !room(&sign("☕")).await?, "in front of what it said before, too");

    let again = change(&ada, json!({ "settings": script("☕") })).await?.json::<Value>().await?;
    ensure!(again["avatar"] == "🍵", "the script brings nothing new: {again}");
    let other = change(&ada, json!({ "settings": script("🫖") })).await?.json::<Value>().await?;
    ensure!(other["avatar"] == "🫖", "it brings another one: {other}");
    let form = format!("/admin/bots/{}/", bot["id"]);
    let page = ada.submit(&form, &[("mind", "auto"), ("avatar", "tea")]).await?;
    ensure!(page.status() == StatusCode::BAD_REQUEST);
    ensure!(page.text().await?.contains("An avatar is one emoji of at most 64 bytes."));
    let fields = [("mind", "auto"), ("is_active", "true"), ("avatar", "")];
    ensure!(ada.submit(&form, &fields).await?.status().is_redirection());
    ensure!(!room("class=\"sign\"").await? && room("#lamp").await?, "without one it is the lamp");
    Ok(())
}

#[tokio::test]
async fn a_bots_shown_name_is_held_to_what_is_asked_of_a_persons() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let (long, longest) = ("x".repeat(81), "x".repeat(80));
    let bot = make(&ada, json!({ "username": "sage", "display_name": " " })).await?;
    ensure!(bot["display_name"] == "sage", "one that is made without is called by its username: {bot}");
    let at = format!("/api/bots/{}/", bot["id"]);
    let form = format!("/admin/bots/{}/", bot["id"]);
    let wrong = [
        ("", "A name needs at least one character."),
        (&*long, "A name has at most 80 characters."),
        ("Sa\u{7}ge", "A name has no control characters."),
    ];
    for (name, why) in wrong {
        let draft = Some(Body::Json(json!({ "display_name": name })));
        let refused = ada.ask("PATCH", &at, draft).await?;
        ensure!(refused.status() == StatusCode::BAD_REQUEST, "{name:?} was saved");
        let said: Value = refused.json().await?;
        ensure!(said["errors"]["display_name"][0] == why, "{name:?}: {said}");
        let page = ada.submit(&form, &[("display_name", name), ("mind", "auto")]).await?;
        ensure!(page.status() == StatusCode::BAD_REQUEST && page.text().await?.contains(why), "{name:?}");
    }
    let draft = json!({ "username": "oracle", "display_name": long });
    let refused = ada.ask("POST", "/api/bots/", Some(Body::Json(draft))).await?;
    ensure!(refused.status() == StatusCode::BAD_REQUEST, "nor is a new one called so");
    ensure!(ada.json(&at).await?["display_name"] == "sage", "nothing was changed");
    for (name, kept) in [("  The   sage ", "The sage"), (&*longest, &*longest)] {
        let draft = Some(Body::Json(json!({ "display_name": name })));
        ensure!(ada.ask("PATCH", &at, draft).await?.json::<Value>().await?["display_name"] == kept);
    }
    Ok(())
}
