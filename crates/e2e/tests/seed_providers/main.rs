//! The page without JavaScript with a language model behind it: what it is told (S0.3), what is made of its answers (S0.5, S0.10), and what
//! becomes of everything that can go wrong with it (S0.11). Beside it the bot's socket.

mod counting;
mod socket;

use anyhow::{Context, Result, ensure};
use e2e::{
    Body, Options, Outage, Person, Postgres, Server, Upstream, until,
    upstream::{
        Act, Call,
        chat::{DONE, HEAD, delta, event, finish, refuses, says, send, usage, whole},
        dialogflow,
    },
    within,
};
use reqwest::{Response, StatusCode, header};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn options(upstream: &Upstream) -> Options {
    Options::default()
        .set("OPENAI_BASE_URL", &upstream.url())
        .set("OPENAI_API_KEY", "sk-tea")
        .set("OPENAI_MODEL", "small-talk")
}

/// What the page says, and whether it keeps a conversation.
struct Answered {
    status: StatusCode,
    retry_after: Option<u64>,
    keeps: bool,
    page: String,
}

async fn ask(guest: &Person, text: &str) -> Result<Answered> {
    let answer = within("the answer to a form", guest.submit("/", &[("message", text)])).await??;
    let retry_after = number(&answer, "retry-after");
    let cookies = answer.headers().get_all(header::SET_COOKIE).iter();
    let keeps = cookies.filter_map(|line| line.to_str().ok()).any(|line| line.contains("guest"));
    Ok(Answered { status: answer.status(), retry_after, keeps, page: answer.text().await? })
}

fn number(answer: &Response, name: &str) -> Option<u64> {
    answer.headers().get(name)?.to_str().ok()?.parse().ok()
}

async fn page(guest: &Person) -> Result<String> {
    Ok(guest.get("/").await?.text().await?)
}

/// The message that failed is told, its words are in the form, and nothing of it is kept.
fn failed(answered: &Answered, why: &str) -> Result<()> {
    let Answered { status, keeps, page, .. } = answered;
    ensure!(*status == StatusCode::SERVICE_UNAVAILABLE, "{why}: {status}");
    ensure!(!keeps && page.contains("role=\"alert\"") && page.contains(why), "{why}: {page}");
    let (_, form) = page.split_once("<textarea").context("there is a form")?;
    ensure!(form.contains("a long and precious question"), "{why}: the words are still there");
    ensure!(!page.contains("class=\"msg"), "{why}: no turn is kept");
    Ok(())
}

#[tokio::test]
async fn s0_3_the_model_gets_the_full_history_and_the_configured_parameters() -> Result<()> {
    let upstream = Upstream::start_with(|at, _| says(&["Answer ", &at.to_string()], Duration::ZERO))?;
    let settings = options(&upstream)
        .set("OPENAI_TEMPERATURE", "0.3")
        .set("OPENAI_MAX_TOKENS", "77")
        .set("OPENAI_SYSTEM_PROMPT", "You keep a café.");
    let server = Server::start_with(settings)?;
    let gita = Person::stranger(&server)?;
    for question in ["one", "two\r\nlines", "three"] {
        ensure!(ask(&gita, question).await?.status == StatusCode::SEE_OTHER);
    }
    let calls = upstream.calls();
    let last = calls.last().context("it was asked")?;
    ensure!(
        last.target == "POST /v1/chat/completions" && last.header("authorization") == Some("Bearer sk-tea")
    );
    let sent = last.json();
    ensure!(sent["model"] == "small-talk" && sent["temperature"] == 0.3, "{sent}");
    ensure!(sent["max_tokens"] == 77 || sent["max_completion_tokens"] == 77, "{sent}");
    let said = |role: &str, content: &str| json!({ "role": role, "content": content });
    let expected = [
        said("system", "You keep a café."),
        said("user", "one"),
        said("assistant", "Answer 0"),
        said("user", "two\nlines"),
        said("assistant", "Answer 1"),
        said("user", "three"),
    ];
    ensure!(sent["messages"] == json!(expected), "{sent}");
    ensure!(calls.len() == 3, "each question is asked once");
    Ok(())
}

#[tokio::test]
async fn s0_2_and_s0_5_neither_a_blank_message_nor_a_form_posted_twice_asks_the_model() -> Result<()> {
    let upstream = Upstream::start_with(|_, _| says(&["Yes."], Duration::ZERO))?;
    let server = Server::start_with(options(&upstream))?;
    let gita = Person::stranger(&server)?;
    ensure!(ask(&gita, " \n ").await?.status == StatusCode::BAD_REQUEST);
    ensure!(upstream.calls().is_empty());
    for _ in 0..2 {
        let fields = [("message", "hello"), ("form", "00112233445566aa")];
        ensure!(gita.submit("/", &fields).await?.status() == StatusCode::SEE_OTHER);
    }
    ensure!(upstream.calls().len() == 1);
    Ok(())
}

#[tokio::test]
async fn s0_5_a_reply_that_is_too_long_is_cut_visibly_and_the_conversation_goes_on() -> Result<()> {
    let long = |_: usize, call: &Call| match call.json()["messages"].as_array().map_or(0, Vec::len) {
        2 => {
            let words: String =
                (0..40_000_u32).map(|n| format!("{} ", n.wrapping_mul(2_654_435_761) >> 7)).collect();
            vec![send(HEAD), send(delta(&words)), Act::Hold]
        }
        _ => says(&["Short."], Duration::ZERO),
    };
    let upstream = Upstream::start_with(long)?;
    let server = Server::start_with(options(&upstream))?;
    let gita = Person::stranger(&server)?;
    ensure!(ask(&gita, "tell me everything").await?.status == StatusCode::SEE_OTHER);
    upstream.left(1).await?;
    let shown = page(&gita).await?;
    ensure!(shown.contains("The answer stops here: it was too long."), "the cut is visible");
    ensure!((4_000..9_000).contains(&shown.len()), "{}", shown.len());
    ensure!(ask(&gita, "and shorter?").await?.status == StatusCode::SEE_OTHER);
    ensure!(page(&gita).await?.contains("Short."));
    Ok(())
}

#[tokio::test]
async fn s0_10_markdown_is_rendered_and_nothing_in_a_reply_is_fetched_or_run() -> Result<()> {
    let reply = "**Bold** and `code`:\n\n- one\n- two\n\n![spy](https://evil.example/pixel.png) [go](javascript:alert(1)) \
                 <script>alert(1)</script> <img src=x onerror=alert(1)>";
    let upstream = Upstream::start_with(move |_, _| says(&[reply], Duration::ZERO))?;
    let server = Server::start_with(options(&upstream))?;
    let gita = Person::stranger(&server)?;
    ask(&gita, "<b>mine</b> & \"yours\"").await?;
    let shown = page(&gita).await?;
    for good in
        ["<strong>Bold</strong>", "<code>code</code>", "<li>one</li>", "&#60;b&#62;mine&#60;/b&#62; &#38; "]
    {
        ensure!(shown.contains(good), "{good}: {shown}");
    }
    for bad in ["<script", "<img", "onerror=alert(1)>", "href=\"javascript:", "src=\"https://evil.example"] {
        ensure!(!shown.contains(bad), "{bad}: {shown}");
    }
    Ok(())
}

#[tokio::test]
async fn s0_11_whatever_the_provider_does_wrong_is_said_in_the_page_and_the_words_are_kept() -> Result<()> {
    let cut = |text: &str| vec![send(format!("{HEAD}{}", delta(text)))];
    let json_error =
        event(&json!({ "error": { "message": "sk-tea is overloaded", "type": "server_error" } }));
    let cases: Vec<(&str, Vec<Act>)> = vec![
        ("does not accept the key", refuses("401 Unauthorized", r#"{"error":{"code":"invalid_api_key"}}"#)),
        ("does not accept the key", refuses("403 Forbidden", "{}")),
        ("knows no such model", refuses("404 Not Found", r#"{"error":{"code":"model_not_found"}}"#)),
        ("has too much to do", refuses("429 Too Many Requests", "{}")),
        ("the provider failed", refuses("500 Internal Server Error", "oh no")),
        ("the provider", refuses("503 Service Unavailable", "{}")),
        ("the answer broke off", cut("half an ")),
        ("the answer broke off", vec![send(HEAD), send(delta("half")), Act::Reset]),
        ("the answer broke off", vec![send("HTTP/1.1 200 OK\r\n"), Act::Reset]),
        ("No answer:", vec![send(format!("{HEAD}{json_error}"))]),
        ("the answer broke off", vec![send(format!("{HEAD}data: no JSON at all\n\n"))]),
        ("the answer was empty", vec![send(format!("{HEAD}{}{DONE}", finish("stop")))]),
        ("the answer broke off", whole("200 OK", "text/html", "<h1>a portal</h1>")),
        ("No answer:", refuses("302 Found\r\nlocation: /elsewhere", "")),
    ];
    let scripts = cases.iter().map(|(_, script)| script.clone()).collect();
    let upstream = Upstream::start(scripts)?;
    let server = Server::start_with(options(&upstream))?;
    let gita = Person::stranger(&server)?;
    for (nth, (why, _)) in cases.iter().enumerate() {
        failed(&ask(&gita, "a long and precious question").await?, why)?;
        ensure!(upstream.calls().len() == nth + 1, "{why}: it is asked once");
    }
    ensure!(!server.log().contains("precious") && !server.log().contains("sk-tea"), "{}", server.log());
    Ok(())
}

#[tokio::test]
async fn s0_11_when_the_provider_says_when_to_come_back_so_does_the_page() -> Result<()> {
    let busy = refuses("429 Too Many Requests\r\nretry-after: 17", "{}");
    let upstream = Upstream::start(vec![busy, says(&["Here I am."], Duration::ZERO)])?;
    let server = Server::start_with(options(&upstream))?;
    let gita = Person::stranger(&server)?;
    let refused = ask(&gita, "a long and precious question").await?;
    failed(&refused, "Try again in 17 seconds.")?;
    ensure!(refused.retry_after == Some(17), "{:?}", refused.retry_after);
    ensure!(ask(&gita, "a long and precious question").await?.status == StatusCode::SEE_OTHER);
    ensure!(page(&gita).await?.contains("Here I am."));
    Ok(())
}

#[tokio::test]
async fn s0_11_a_provider_that_cannot_be_reached_spoils_nothing_that_was_said_before() -> Result<()> {
    let upstream = Upstream::start(vec![says(&["Good evening."], Duration::ZERO)])?;
    let server = Server::start_with(options(&upstream))?;
    let gita = Person::stranger(&server)?;
    ask(&gita, "hello").await?;
    drop(upstream);
    let refused = ask(&gita, "are you there?").await?;
    ensure!(refused.status == StatusCode::SERVICE_UNAVAILABLE && !refused.keeps);
    ensure!(
        refused.page.contains("nobody answers at the provider&#39;s address")
            || refused.page.contains("nobody answers at the provider"),
        "{}",
        refused.page
    );
    ensure!(refused.page.contains("Good evening.") && refused.page.contains("are you there?"));
    ensure!(page(&gita).await?.matches("class=\"msg").count() == 2);
    Ok(())
}

#[tokio::test]
async fn s0_11_a_guest_who_leaves_ends_the_answer_upstream() -> Result<()> {
    let upstream = Upstream::start(vec![vec![send(HEAD), send(delta("I was just ")), Act::Hold]])?;
    let server = Server::start_with(options(&upstream))?;
    let gita = Person::stranger(&server)?;
    let asking = tokio::spawn(async move { gita.submit("/", &[("message", "hello")]).await.map(drop) });
    until("the call", || std::future::ready((!upstream.calls().is_empty()).then_some(()))).await?;
    let left = Instant::now();
    asking.abort();
    upstream.left(1).await?;
    ensure!(left.elapsed() < Duration::from_secs(2), "{:?}", left.elapsed());
    Ok(())
}
