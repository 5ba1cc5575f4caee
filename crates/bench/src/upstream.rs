//! A provider of language models: it answers each question with numbered words at an even pace, over Chat Completions events, and notes when each word went out.
//!
//! All words are equally long, so how much of a text somebody has says which words they heard. A question names the answer it wants:
//! `reply 17`.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{sleep, sleep_until},
};

/// Words a second.
pub const RATE: u32 = 100;
/// Bytes of a word.
pub const WORD: usize = 5;
const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
const END: &str = "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
/// How long a wait on this provider may last.
const PATIENCE: Duration = Duration::from_secs(30);

/// What one answer consists of, and what became of it; times are nanoseconds since the provider began, zero for never.
#[derive(Debug)]
struct Answer {
    words: Vec<AtomicU64>,
    left: AtomicU64,
}

/// The provider.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Where it listens.
    pub address: SocketAddr,
    began: Instant,
    answers: Arc<Vec<Answer>>,
}

impl Upstream {
    /// A provider that knows so many answers of so many words, and answers on the runtime of the caller.
    pub async fn start(answers: usize, words: usize) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let never = || AtomicU64::new(0);
        let answer = || Answer { words: (0..words).map(|_| never()).collect(), left: never() };
        let upstream = Self {
            address: listener.local_addr()?,
            began: Instant::now(),
            answers: Arc::new((0..answers).map(|_| answer()).collect()),
        };
        let serving = upstream.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let upstream = serving.clone();
                tokio::spawn(async move { upstream.serve(stream).await });
            }
        });
        Ok(upstream)
    }

    /// Nanoseconds since the provider began.
    pub fn now(&self) -> u64 {
        self.began.elapsed().as_nanos() as u64
    }

    /// The whole of an answer; they all say the same.
    pub fn text(&self) -> String {
        let words = self.answers.first().map_or(0, |answer| answer.words.len());
        (0..words).map(word).collect()
    }

    /// When a word of an answer went out.
    pub fn sent(&self, answer: usize, word: usize) -> Option<u64> {
        Some(self.answers.get(answer)?.words.get(word)?.load(Ordering::Acquire)).filter(|at| *at > 0)
    }

    /// Waits until so many words of an answer went out.
    pub async fn has_said(&self, answer: usize, words: usize) -> Result<()> {
        self.wait(|| self.sent(answer, words)).await.context("the provider was not asked")?;
        Ok(())
    }

    /// Waits until whoever asked for an answer has closed the connection; when that was.
    pub async fn left(&self, answer: usize) -> Result<u64> {
        let left = || Some(self.answers.get(answer)?.left.load(Ordering::Acquire)).filter(|at| *at > 0);
        self.wait(left).await.context("the connection was not closed")
    }

    async fn wait<T>(&self, seen: impl Fn() -> Option<T>) -> Result<T> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match seen() {
                Some(value) => return Ok(value),
                None if Instant::now() > deadline => bail!("waited {PATIENCE:?}"),
                None => sleep(Duration::from_millis(1)).await,
            }
        }
    }

    async fn serve(&self, mut stream: TcpStream) -> Result<()> {
        stream.set_nodelay(true)?;
        let number = wanted(&mut stream).await?;
        let answer = self.answers.get(number).context("an answer nobody has")?;
        let (mut from, mut to) = stream.split();
        let mut more = [0; 1];
        let said = tokio::select! {
            _ = from.read(&mut more) => false,
            said = self.say(answer, &mut to) => said.is_ok(),
        };
        if !said {
            answer.left.store(self.now(), Ordering::Release);
        }
        Ok(())
    }

    async fn say(&self, answer: &Answer, to: &mut (impl AsyncWriteExt + Unpin)) -> Result<()> {
        to.write_all(HEAD.as_bytes()).await?;
        let began = tokio::time::Instant::now();
        for (nth, sent) in answer.words.iter().enumerate() {
            sleep_until(began + Duration::from_secs(1) * nth as u32 / RATE).await;
            let event = json!({"id": "c1", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": word(nth)}, "finish_reason": null}]});
            sent.store(self.now(), Ordering::Release);
            to.write_all(format!("data: {event}\n\n").as_bytes()).await?;
        }
        to.write_all(END.as_bytes()).await?;
        Ok(to.shutdown().await?)
    }
}

fn word(nth: usize) -> String {
    format!("{nth:04} ")
}

/// Reads a request; the number of the answer that its last turn asks for.
async fn wanted(stream: &mut TcpStream) -> Result<usize> {
    let mut read = Vec::new();
    loop {
        if stream.read_buf(&mut read).await? == 0 {
            bail!("the caller left in the middle of its request");
        }
        let Some(end) = memchr::memmem::find(&read, b"\r\n\r\n") else { continue };
        let Ok(body) = serde_json::from_slice::<Value>(&read[end + 4..]) else { continue };
        let last = body["messages"].as_array().and_then(|turns| turns.last()?["content"].as_str());
        let digits =
            last.and_then(|turn| turn.rsplit_once("reply ")).context("a question without a number")?.1;
        return digits.trim().parse().context("a number");
    }
}

/// Asks the provider itself and notes how long each word took.
pub async fn read_directly(upstream: &Upstream, answer: usize) -> Result<Vec<u64>> {
    let body = json!({"stream": true, "messages": [{"role": "user", "content": format!("reply {answer}")}]})
        .to_string();
    let request = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(upstream.address).await?;
    stream.set_nodelay(true)?;
    stream.write_all(request.as_bytes()).await?;
    let (mut held, mut delays) = (Vec::new(), Vec::new());
    while stream.read_buf(&mut held).await? > 0 {
        let now = upstream.now();
        while let Some(end) = memchr::memmem::find(&held, b"\n\n") {
            if memchr::memmem::find(&held[..end], b"\"content\"").is_some() {
                let sent = upstream.sent(answer, delays.len()).context("a word that was not sent")?;
                delays.push(now.saturating_sub(sent));
            }
            held.drain(..end + 2);
        }
    }
    Ok(delays)
}
