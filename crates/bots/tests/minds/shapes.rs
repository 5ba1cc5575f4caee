//! Answers that look otherwise than one expects, and are good.

use crate::scene::heard;
use anyhow::{Result, ensure};
use bots::{Cut, FaultKind, Usage};
use e2e::upstream::{
    Act,
    chat::{DONE, HEAD, delta, event, finish, send, usage},
};
use serde_json::json;

fn good() -> String {
    delta("Tea ") + &delta("é") + &delta("🍵") + &finish("stop") + &usage(10, 3) + DONE
}

#[tokio::test]
async fn ends_of_lines_and_comments_do_not_matter() -> Result<()> {
    let crlf = good().replace('\n', "\r\n");
    let comments = format!(": hello\n\n{}", good().replace("data:", ": busy\nevent: message\nid: 1\ndata:"));
    let tight = good().replace("data: ", "data:");
    for stream in [good(), crlf, comments, tight] {
        let heard = heard(vec![send(HEAD), send(stream)]).await?;
        ensure!(heard.text == "Tea é🍵" && heard.fault.is_none(), "{heard:?}");
        ensure!(heard.usage == Some(Usage { input: 10, output: 3 }), "{heard:?}");
    }
    Ok(())
}

#[tokio::test]
async fn characters_may_come_byte_by_byte() -> Result<()> {
    let mut script = vec![send(HEAD)];
    script.extend(good().bytes().map(|byte| Act::Send(vec![byte])));
    let heard = heard(script).await?;
    ensure!(heard.text == "Tea é🍵" && heard.fault.is_none(), "{heard:?}");
    Ok(())
}

#[tokio::test]
async fn a_million_chunks_of_one_byte_are_read() -> Result<()> {
    let words = delta(&"tea ".repeat(5_000)).repeat(3);
    let mut stream: String = words;
    while stream.len() < 1_000_000 {
        stream += ": tea and cake\n";
    }
    stream += &(finish("stop") + DONE);
    let mut chunks = Vec::with_capacity(stream.len() * 6 + 5);
    for byte in stream.bytes() {
        chunks.extend_from_slice(&[b'1', b'\r', b'\n', byte, b'\r', b'\n']);
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    let head = HEAD.replace("connection: close", "transfer-encoding: chunked");
    let heard = heard(vec![send(head), Act::Send(chunks)]).await?;
    ensure!(
        heard.text == "tea ".repeat(15_000) && heard.fault.is_none(),
        "{} bytes, {:?}",
        heard.text.len(),
        heard.fault
    );
    Ok(())
}

#[tokio::test]
async fn what_the_provider_calls_its_answer_does_not_matter() -> Result<()> {
    let heard_as = |kind: &str, body: String| {
        let head = HEAD.replace("text/event-stream", kind);
        heard(vec![send(head), send(body)])
    };
    let plain = heard_as("application/json", good()).await?;
    ensure!(plain.text == "Tea é🍵" && plain.fault.is_none(), "{plain:?}");
    let body = json!({
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Tea é🍵"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 3},
    });
    for kind in ["application/json", "text/event-stream"] {
        let whole = heard_as(kind, format!("\n {body:#}")).await?;
        ensure!(whole.text == "Tea é🍵" && whole.fault.is_none(), "{kind}: {whole:?}");
        ensure!(whole.usage == Some(Usage { input: 10, output: 3 }), "{whole:?}");
    }
    let page = heard_as("text/html", "<html>Welcome</html>".into()).await?;
    ensure!(page.text.is_empty() && page.kind() == Some(FaultKind::Broken), "{page:?}");
    let half = heard_as("application/json", body.to_string()[..60].into()).await?;
    ensure!(half.text.is_empty() && half.kind() == Some(FaultKind::Broken), "{half:?}");
    let error =
        heard_as("application/json", json!({"error": {"code": "rate_limit_exceeded"}}).to_string()).await?;
    ensure!(error.kind() == Some(FaultKind::Busy), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn a_packed_answer_is_refused_in_words() -> Result<()> {
    let head = HEAD.replace("connection", "content-encoding: gzip\r\nconnection");
    let heard = heard(vec![send(head), Act::Send(vec![0x1f, 0x8b, 8, 0])]).await?;
    ensure!(heard.kind() == Some(FaultKind::Broken), "{heard:?}");
    ensure!(heard.fault.is_some_and(|fault| fault.detail.contains("gzip")));
    Ok(())
}

#[tokio::test]
async fn an_answer_that_was_cut_by_the_provider_says_so() -> Result<()> {
    for (reason, cut) in [("length", Cut::Length), ("content_filter", Cut::Filtered)] {
        let heard = heard(vec![send(HEAD), send(delta("Tea") + &finish(reason) + DONE)]).await?;
        ensure!(heard.text == "Tea" && heard.cut == Some(cut) && heard.fault.is_none(), "{heard:?}");
    }
    Ok(())
}

#[tokio::test]
async fn figures_that_are_missing_are_estimated() -> Result<()> {
    let heard = heard(vec![send(HEAD), send(delta(&"tea ".repeat(300)) + &finish("stop") + DONE)]).await?;
    ensure!(
        heard.usage.is_some_and(|usage| usage.input > 10 && (200..600).contains(&usage.output)),
        "{heard:?}"
    );
    Ok(())
}

#[tokio::test]
async fn the_same_words_twice_are_two_words() -> Result<()> {
    // The format cannot tell a repeated delta from a repeated word.
    let heard = heard(vec![send(HEAD), send(delta("ha") + &delta("ha") + &finish("stop"))]).await?;
    ensure!(heard.text == "haha", "{heard:?}");
    Ok(())
}

#[tokio::test]
async fn other_choices_than_the_first_are_not_mixed_in() -> Result<()> {
    let other =
        event(&json!({"choices": [{"index": 1, "delta": {"content": "coffee"}, "finish_reason": "stop"}]}));
    let heard = heard(vec![send(HEAD), send(delta("Te") + &other + &delta("a") + &finish("stop"))]).await?;
    ensure!(heard.text == "Tea" && heard.fault.is_none(), "{heard:?}");
    Ok(())
}
