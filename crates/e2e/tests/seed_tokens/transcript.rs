//! The recorded conversations, read: what was asked with `curl`, and what was answered.

use anyhow::{Context, Result, bail};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

/// Not all of it is text: some questions were asked with bytes that are none.
const RECORDED: &[u8] = include_bytes!("transcripts.md");

/// One question and its answer.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The headline above it, and the one of its part.
    pub title: String,
    pub part: String,
    pub call: Call,
    pub answer: Expected,
}

/// What was asked.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: String,
    /// Host and port, by which the recorded servers differed.
    pub host: String,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// What was answered. Headers and body are missing where only the status was recorded.
#[derive(Debug, Clone)]
pub struct Expected {
    pub status: u16,
    pub headers: Option<HeaderMap>,
    pub body: Option<String>,
}

/// All of them, in order.
pub fn recorded() -> Result<Vec<Recorded>> {
    let (mut part, mut found) = (String::new(), Vec::new());
    let text = String::from_utf8_lossy(RECORDED);
    for chunk in text.split("\n## ").skip(1) {
        let (headline, rest) = chunk.split_once('\n').context("a part has a headline")?;
        part.clear();
        part.push_str(headline);
        for row in rest.split("\n### ").skip(1) {
            let (title, rest) = row.split_once('\n').context("a row has a headline")?;
            let talk = rest.split("```").nth(1).context("a row has a conversation")?;
            let (command, said) = talk.trim_start().split_once('\n').context("a command and an answer")?;
            let call = curl(command.trim_start_matches("$ ")).with_context(|| title.to_owned())?;
            let answer = expected(said).with_context(|| title.to_owned())?;
            found.push(Recorded { title: title.into(), part: part.clone(), call, answer });
        }
    }
    Ok(found)
}

fn expected(said: &str) -> Result<Expected> {
    if !said.starts_with("HTTP/1.1 ") {
        let status = said.split_whitespace().next().context("a status")?.parse()?;
        return Ok(Expected { status, headers: None, body: None });
    }
    let (head, body) = said.split_once("\n\n").unwrap_or((said, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("a status")?.parse()?;
    let headers = lines.filter_map(|line| line.split_once(':')).map(header).collect::<Result<_>>()?;
    Ok(Expected { status, headers: Some(headers), body: Some(body.trim().into()) })
}

fn header((name, value): (&str, &str)) -> Result<(HeaderName, HeaderValue)> {
    // Two bytes that are no text stand in the record as replacement characters.
    let value: Vec<u8> = value
        .trim()
        .chars()
        .flat_map(|c| if c == '\u{fffd}' { vec![0xff] } else { c.to_string().into() })
        .collect();
    Ok((name.to_ascii_lowercase().parse()?, HeaderValue::from_bytes(&value)?))
}

/// Reads a command line of `curl`, as far as the documents use it.
fn curl(command: &str) -> Result<Call> {
    let words = words(command);
    let mut words = words.iter().map(String::as_str);
    let (mut method, mut url, mut headers, mut data, mut form) =
        (None, None, HeaderMap::new(), Vec::new(), Vec::new());
    if words.next() != Some("curl") {
        bail!("no curl: {command}");
    }
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap_or_default();
        match word {
            "-X" => method = Some(value().to_owned()),
            "-I" => method = Some("HEAD".into()),
            "-H" => headers.extend([header(value().split_once(':').context("a header")?)?]),
            "-d" | "--data" | "--data-binary" => data.push(value().to_owned()),
            "--data-urlencode" => data.push(encoded(value())),
            "-F" => form.push(value().to_owned()),
            "-o" | "-w" => drop(value()),
            word if word.starts_with("http") => url = Some(word.to_owned()),
            other => bail!("an option nobody has looked at: {other}"),
        }
    }
    let url = url.context("an address")?;
    let (host, path) = url.trim_start_matches("http://").split_once('/').context("a path")?;
    let posts = !data.is_empty() || !form.is_empty();
    let method = method.unwrap_or_else(|| if posts { "POST" } else { "GET" }.into());
    let mut body = data.join("&").replace('\u{fffd}', "\u{1}").into_bytes();
    body.iter_mut().filter(|byte| **byte == 1).for_each(|byte| *byte = 0xff);
    let mut kind = posts.then(|| "application/x-www-form-urlencoded".to_owned());
    if !form.is_empty() {
        let part = |pair: &String| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            format!("--part\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        body = format!("{}--part--\r\n", form.iter().map(part).collect::<String>()).into_bytes();
        kind = Some("multipart/form-data; boundary=part".into());
    }
    match headers.get("content-type") {
        // `-H Content-Type:` takes the header away.
        Some(none) if none.is_empty() => drop(headers.remove("content-type")),
        Some(_) => {}
        None => headers.extend(kind.map(|kind| header(("content-type", &kind))).transpose()?),
    }
    Ok(Call { method, host: host.into(), path: format!("/{path}"), headers, body })
}

fn encoded(pair: &str) -> String {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let value = value.bytes().map(|byte| format!("%{byte:02x}"));
    format!("{name}={}", value.collect::<String>())
}

/// Splits a command line as a shell does.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut begun) = (Vec::new(), String::new(), None, false);
    for c in line.chars() {
        match (quote, c) {
            (None, '\'' | '"') => (quote, begun) = (Some(c), true),
            (Some(open), c) if c == open => quote = None,
            (None, c) if c.is_whitespace() => {
                if std::mem::take(&mut begun) {
                    words.push(std::mem::take(&mut word));
                }
            }
            (_, c) => {
                word.push(c);
                begun = true;
            }
        }
    }
    // `-d` at the very end of a line: an empty body.
    words.extend(begun.then_some(word));
    words
}
