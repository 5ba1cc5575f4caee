//! One who watches a reply grow over a WebSocket: what of it they were told, when, and whether every piece fitted where the last one ended.

use crate::{
    crowd::Plan,
    frames,
    upstream::{Upstream, WORD},
};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What a watcher saw of one reply.
#[derive(Debug, Default)]
pub struct Watched {
    /// The text as it was told.
    pub text: String,
    /// The message that it became says this; none while it is in progress.
    pub ended: Option<String>,
    /// When how much of it was there, in the provider's nanoseconds.
    pub told: Vec<(u64, usize)>,
    /// From the provider's sending to hearing, of each word, in nanoseconds.
    pub delays: Vec<u64>,
    /// Pieces that began after the end of what was told.
    pub gaps: u64,
    /// Pieces that began before it.
    pub overlaps: u64,
}

/// A watcher who has subscribed.
pub struct Watcher {
    stream: TcpStream,
    held: Vec<u8>,
    watched: Watched,
}

impl Watcher {
    /// Connects and waits until everything it asks for has been answered.
    pub async fn connect(address: SocketAddr, plan: Plan) -> Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        stream.write_all(plan.upgrade.as_bytes()).await?;
        let mut watcher = Self { stream, held: Vec::new(), watched: Watched::default() };
        let end = loop {
            watcher.read().await?;
            if let Some(end) = memchr::memmem::find(&watcher.held, b"\r\n\r\n") {
                break end;
            }
        };
        if !watcher.held.starts_with(b"HTTP/1.1 101") {
            bail!("no upgrade: {}", String::from_utf8_lossy(&watcher.held));
        }
        watcher.held.drain(..end + 4);
        let mut said = Vec::new();
        for greeting in &plan.greetings {
            frames::from_client(1, greeting.as_bytes(), &mut said);
        }
        watcher.stream.write_all(&said).await?;
        for _ in 0..plan.answers {
            while watcher.next()?.is_none() {
                watcher.read().await?;
            }
        }
        Ok(watcher)
    }

    /// Watches the reply of this number until it has ended, or the server has.
    pub async fn watch(mut self, upstream: &Upstream, answer: usize) -> Result<Watched> {
        while self.watched.ended.is_none() {
            let now = upstream.now();
            let mut before = self.watched.text.len();
            while let Some(frame) = self.next()? {
                self.hear(&frame)?;
                let length = self.watched.ended.as_ref().unwrap_or(&self.watched.text).len();
                if length > before {
                    self.watched.told.push((now, length));
                    let sent =
                        (before / WORD..length.div_ceil(WORD)).filter_map(|word| upstream.sent(answer, word));
                    self.watched.delays.extend(sent.map(|sent| now.saturating_sub(sent)));
                    before = length;
                }
            }
            // A server that was killed leaves what it had sent; then there is nothing more.
            if self.watched.ended.is_none() && !matches!(self.read().await, Ok(1..)) {
                break;
            }
        }
        Ok(self.watched)
    }

    async fn read(&mut self) -> Result<usize> {
        Ok(self.stream.read_buf(&mut self.held).await?)
    }

    /// The next text frame that is whole.
    fn next(&mut self) -> Result<Option<Value>> {
        while let Some(frame) = frames::first(&self.held) {
            let text =
                (frame.opcode == 1).then(|| serde_json::from_slice(&self.held[frame.start..frame.end]));
            let closed = frame.opcode == 8;
            self.held.drain(..frame.end);
            if closed {
                bail!("a watcher's socket was closed");
            }
            if let Some(text) = text {
                return Ok(Some(text?));
            }
        }
        Ok(None)
    }

    fn hear(&mut self, frame: &Value) -> Result<()> {
        match frame["type"].as_str() {
            Some("reply") => {
                let text = frame["reply"]["text"].as_str().context("a reply has a text")?;
                match text.starts_with(&self.watched.text) {
                    true => text.clone_into(&mut self.watched.text),
                    false => self.watched.overlaps += 1,
                }
            }
            Some("reply_delta") => {
                let at = frame["at"].as_u64().context("a piece has a place")? as usize;
                match at.cmp(&self.watched.text.len()) {
                    std::cmp::Ordering::Equal => {
                        self.watched.text.push_str(frame["text"].as_str().unwrap_or_default())
                    }
                    std::cmp::Ordering::Greater => self.watched.gaps += 1,
                    std::cmp::Ordering::Less => self.watched.overlaps += 1,
                }
            }
            Some("error") => bail!("refused: {frame}"),
            _ => {}
        }
        let messages = frame["events"].as_array().into_iter().flatten().map(|event| &event["message"]);
        // The last words may come with the message that the reply has become.
        let answer = messages
            .filter(|message| message["answer"].is_object())
            .find_map(|message| message["content"].as_str());
        self.watched.ended = self.watched.ended.take().or(answer.map(str::to_owned));
        Ok(())
    }
}
