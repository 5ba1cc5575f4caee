//! A bot's answer while it grows, over every transport: whoever listens has the whole text, and then the one message it becomes.

use anyhow::{Context, Result, ensure};
use e2e::{Options, Person, Server, Upstream, until, upstream::chat::says, within};
use reqwest::Response;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const WORDS: usize = 30;

fn answer() -> Vec<String> {
    let ends = |n| if n % 7 == 6 { ".\n\n" } else { " " };
    (0..WORDS).map(|n| format!("wörd{n}{}", ends(n))).collect()
}

/// A server whose bot speaks for some seconds, so that on a busy machine too it is seen in several states.
fn server() -> Result<(Server, Upstream)> {
    let words = answer();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let upstream = Upstream::start(vec![says(&words, Duration::from_millis(200))])?;
    let options = Options::default().set("OPENAI_BASE_URL", &upstream.url()).set("OPENAI_API_KEY", "sk-tea");
    Ok((Server::start_with(options)?, upstream))
}

/// What somebody who listens puts together: the texts a reply had, one longer than the other, and the message.
#[derive(Default)]
struct Heard {
    texts: Vec<String>,
    message: Value,
}

impl Heard {
    /// Takes in a frame as a client does; whether the message is there.
    fn take(&mut self, frame: &Value) -> Result<bool> {
        let now = self.texts.last().cloned().unwrap_or_default();
        match frame["type"].as_str() {
            Some("reply") => self.grow(frame["reply"]["text"].as_str().context("a text")?.to_owned())?,
            Some("reply_delta") => {
                ensure!(frame["at"] == now.len(), "the words follow on {} bytes: {frame}", now.len());
                self.grow(now + frame["text"].as_str().context("words")?)?;
            }
            _ => {}
        }
        let events = frame["events"].as_array().map_or(&[][..], Vec::as_slice);
        let ends = |event: &&Value| !event["message"]["answer"].is_null();
        for event in events.iter().filter(ends) {
            ensure!(self.message.is_null(), "it is told once: {event}");
            self.message = event["message"].clone();
        }
        Ok(!self.message.is_null())
    }

    fn grow(&mut self, text: String) -> Result<()> {
        ensure!(text.starts_with(self.texts.last().map_or("", String::as_str)), "it only grows: {text}");
        self.texts.push(text);
        Ok(())
    }

    /// Holds them to the answer; `late` are those who came while it was there in part.
    fn check(&self, who: &str, late: bool) -> Result<()> {
        let whole = answer().concat().trim_end().to_owned();
        ensure!(self.message["content"] == *whole, "{who}: {:#}", self.message);
        ensure!(
            self.texts.last().map(|text| text.trim_end()) == Some(&whole),
            "{who}: {:?}",
            self.texts.last()
        );
        let first = self.texts.iter().find(|text| !text.is_empty()).context("it grew")?;
        ensure!(self.texts.len() > 4 && first.len() < whole.len(), "{who} saw it grow: {:?}", self.texts);
        ensure!(!late || first.split_whitespace().count() > 5, "{who} came late: {first}");
        Ok(())
    }
}

async fn over_socket(who: Person, late: bool) -> Result<()> {
    let mut socket = who.socket().await?;
    socket.send(json!({ "type": "subscribe", "room": "general" })).await?;
    let mut heard = Heard::default();
    while !heard.take(&socket.next().await?)? {}
    heard.check("on a socket", late)
}

async fn over_events(who: Person, late: bool) -> Result<()> {
    let mut events = who.events("general", &who.cursor("general").await?).await?;
    let mut heard = Heard::default();
    loop {
        let event = events.next().await?.context("the stream goes on")?;
        let is_reply = event.kind.starts_with("reply") && event.kind == event.data["type"];
        let is_sign = is_reply || event.kind == "sign";
        ensure!(is_sign == event.id.is_empty(), "only what has a place has an id: {event:?}");
        if heard.take(&event.data)? {
            return heard.check("over events", late);
        }
    }
}

async fn over_poll(who: Person, late: bool) -> Result<()> {
    let (mut since, mut heard, mut polls) = (who.cursor("general").await?, Heard::default(), 0);
    let started = Instant::now();
    loop {
        let changes = who.changes("general", &since, 20).await?;
        since = changes["cursor"].as_str().context("a cursor")?.to_owned();
        polls += 1;
        for reply in changes["replies"].as_array().context("replies are always told")? {
            heard.grow(reply["text"].as_str().unwrap_or_default().to_owned())?;
        }
        if heard.take(&changes)? {
            ensure!(changes["replies"] == json!([]), "it is not open any more: {changes}");
            break;
        }
    }
    let often = started.elapsed().as_millis() / 250 + 3;
    ensure!(polls < often, "{polls} polls in {:?}: gathered, and not one for each word", started.elapsed());
    // The last words may come with the message only.
    heard.grow(heard.message["content"].as_str().unwrap_or_default().to_owned()).ok();
    ensure!(heard.texts.len() > 3, "polling it grew: {:?}", heard.texts);
    ensure!(
        heard.message["content"] == *answer().concat().trim_end() && (!late || heard.texts[0].len() > 20)
    );
    Ok(())
}

async fn over_streamed_page(who: Person, _: bool) -> Result<()> {
    let mut page: Response = who.get("/rooms/general/stream/").await?;
    let (mut html, mut sights) = (String::new(), 0);
    while !html.contains("data-reply=\"1\"") {
        html.push_str(&String::from_utf8_lossy(&page.chunk().await?.context("the page goes on")?));
        sights += 1;
    }
    ensure!(sights > 5, "it came in {sights} pieces");
    for word in answer() {
        let word = word.trim_end();
        ensure!(html.contains(word.trim_end_matches('.')), "{word} is missing on the streamed page");
    }
    ensure!(
        html.contains("slot=\"r1\"") && html.contains("::part(r1){display:none}"),
        "the band came and went"
    );
    Ok(())
}

async fn over_oldest_socket(who: Person, _: bool) -> Result<()> {
    let mut socket = who.socket_at("/ws/chat/general/").await?;
    loop {
        let frame = socket.next().await?;
        let text = frame["message"].as_str().context("this dialect knows messages only")?.to_owned();
        if frame["username"] == "tertulia" {
            ensure!(text == answer().concat().trim_end(), "once, and complete: {text}");
            return Ok(());
        }
    }
}

async fn over_oldest_poll(who: Person, _: bool) -> Result<()> {
    let texts = until("the answer", || async {
        let all = who.json("/rooms/general/messages/?after=0").await.ok()?;
        let of_bot = all["messages"].as_array()?.iter().filter(|message| message["username"] == "tertulia");
        let texts: Vec<String> =
            of_bot.filter_map(|message| Some(message["content"].as_str()?.to_owned())).collect();
        (!texts.is_empty()).then_some(texts)
    })
    .await?;
    ensure!(texts == [answer().concat().trim_end()], "once, and complete: {texts:?}");
    Ok(())
}

/// Everyone who listens, over every transport.
fn all_listen(who: &Person, late: bool) -> Vec<(&'static str, tokio::task::JoinHandle<Result<()>>)> {
    vec![
        ("socket", tokio::spawn(over_socket(who.clone(), late))),
        ("events", tokio::spawn(over_events(who.clone(), late))),
        ("long poll", tokio::spawn(over_poll(who.clone(), late))),
        ("streamed page", tokio::spawn(over_streamed_page(who.clone(), late))),
        ("oldest socket", tokio::spawn(over_oldest_socket(who.clone(), late))),
        ("oldest poll", tokio::spawn(over_oldest_poll(who.clone(), late))),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn over_every_transport_an_answer_is_seen_growing_and_then_once_whenever_one_came() -> Result<()> {
    let (server, _upstream) = server()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    let mut listening = all_listen(&bob, false);
    ada.post("general", "@tertulia tell us", "one").await?;
    until("ten words", || async {
        let open = ada.json("/api/rooms/general/replies/").await.ok()?;
        (open["replies"][0]["text"].as_str()?.split_whitespace().count() > 10).then_some(())
    })
    .await?;
    listening.extend(all_listen(&ada, true));
    for (how, listener) in listening {
        within(how, listener).await??.with_context(|| how.to_owned())?;
    }
    let open = ada.json("/api/rooms/general/replies/").await?;
    ensure!(open["replies"] == json!([]), "nothing is open any more: {open}");
    Ok(())
}

#[tokio::test]
async fn words_for_a_page_come_as_parts_of_which_the_first_stay() -> Result<()> {
    let (server, _upstream) = server()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let mut socket = ada.socket().await?;
    socket.send(json!({ "type": "subscribe", "room": "general", "html": true })).await?;
    ada.post("general", "@tertulia tell us", "one").await?;
    let (mut parts, mut length): (Vec<String>, u64) = (Vec::new(), 0);
    let split = |html: &str| html.split("<!---->").skip(1).map(str::to_owned).collect::<Vec<_>>();
    let fragment = loop {
        let frame = socket.next().await?;
        if frame["type"] == "reply_delta" {
            parts.truncate(frame["keep"].as_u64().context("keep")? as usize);
            parts.extend(split(frame["html"].as_str().context("html")?));
            length = frame["length"].as_u64().context("length")?;
        }
        if !frame["events"][0]["message"]["answer"].is_null() {
            break frame["events"][0]["html"].as_str().context("a fragment")?.to_owned();
        }
    };
    ensure!(parts.len() == WORDS / 7 + 1 && length as usize == answer().concat().len(), "{parts:?}");
    ensure!(
        fragment.contains(parts.concat().trim()),
        "the message looks as the reply did:\n{fragment}\n{parts:?}"
    );
    Ok(())
}
