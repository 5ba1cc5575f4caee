//! A provider of bots, as wrong as a test wants it: it reads requests over HTTP/1.1 and answers byte by byte as scripted.
//!
//! It runs on a thread of its own, so a test may block. A script is a list of acts; [`chat`] writes those of the Chat Completions API,
//! [`dialogflow`] those of Google's.
//! After the last act the connection is closed in order. A caller that leaves ends the script and is counted.

pub mod chat;
pub mod dialogflow;
pub mod encrypted;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::{
    net::{SocketAddr, TcpListener as Listener},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{oneshot, watch},
    time::sleep,
};

/// One thing that the provider does.
#[derive(Debug, Clone)]
pub enum Act {
    /// Sends bytes as they are.
    Send(Vec<u8>),
    /// Waits.
    Wait(Duration),
    /// Says nothing more and keeps the connection open until the caller leaves.
    Hold,
    /// Tears the connection (RST).
    Reset,
}

/// A reset throws away what was sent and not read. By then it is read, on a busy machine too.
pub const READ_BY_THEN: Duration = Duration::from_secs(1);

/// A request that came.
#[derive(Debug, Clone)]
pub struct Call {
    /// `POST /v1/chat/completions`.
    pub target: String,
    /// The head's lines after the first, as they came.
    pub headers: String,
    /// The body, as text.
    pub body: String,
}

impl Call {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut pairs = self.headers.lines().filter_map(|line| line.split_once(':'));
        pairs.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

type Script = dyn Fn(usize, &Call) -> Vec<Act> + Send + Sync;

struct Shared {
    script: Box<Script>,
    calls: Mutex<Vec<Call>>,
    left: watch::Sender<usize>,
}

/// The provider. Dropping it ends it; from then on nobody answers at its address.
pub struct Upstream {
    address: SocketAddr,
    shared: Arc<Shared>,
    running: Option<(oneshot::Sender<()>, JoinHandle<Result<()>>)>,
}

impl Drop for Upstream {
    fn drop(&mut self) {
        if let Some((running, thread)) = self.running.take() {
            drop(running);
            // How it ended is of no interest any more.
            let _ = thread.join();
        }
    }
}

impl Upstream {
    /// A provider that answers the first call with the first script, and so on. A call too many is answered with 500.
    pub fn start(scripts: Vec<Vec<Act>>) -> Result<Self> {
        Self::start_with(move |at, _| {
            scripts.get(at).cloned().unwrap_or_else(|| chat::refuses("500 Too Many Calls", "{}"))
        })
    }

    /// A provider that answers each call, counted from 0, as the script says.
    pub fn start_with(script: impl Fn(usize, &Call) -> Vec<Act> + Send + Sync + 'static) -> Result<Self> {
        let listener = Listener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (left, _) = watch::channel(0);
        let shared = Arc::new(Shared { script: Box::new(script), calls: Mutex::default(), left });
        let (running, dropped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let serving = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = dropped => Ok(()),
                    failed = accept(listener, serving) => failed,
                }
            })
        });
        Ok(Self { address, shared, running: Some((running, thread)) })
    }

    /// Its address, as `OPENAI_BASE_URL` wants it.
    pub fn url(&self) -> String {
        format!("{}/v1", self.origin())
    }

    /// Its address without a path.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until so many callers have left before their answer was complete.
    pub async fn left(&self, callers: usize) -> Result<()> {
        let mut left = self.shared.left.subscribe();
        crate::within("callers to leave", left.wait_for(|left| *left >= callers)).await??;
        Ok(())
    }
}

async fn accept(listener: Listener, shared: Arc<Shared>) -> Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        let shared = Arc::clone(&shared);
        // A caller that breaks off in the middle of its request is of no interest.
        tokio::spawn(async move { shared.serve(stream).await });
    }
}

impl Shared {
    async fn serve(&self, mut stream: TcpStream) -> Result<()> {
        stream.set_nodelay(true)?;
        let call = read_call(&mut stream).await?;
        let at = {
            let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            calls.push(call.clone());
            calls.len() - 1
        };
        let acts = (self.script)(at, &call);
        if matches!(acts.last(), Some(Act::Reset)) {
            stream.set_zero_linger()?;
        }
        let (mut from, mut to) = stream.split();
        let mut more = [0; 1];
        let told = tokio::select! {
            _ = from.read(&mut more) => false,
            // Nobody is there any more to write to.
            done = perform(&mut to, acts) => done.is_ok(),
        };
        if !told {
            self.left.send_modify(|left| *left += 1);
        }
        Ok(())
    }
}

async fn perform(to: &mut (impl AsyncWriteExt + Unpin), acts: Vec<Act>) -> Result<()> {
    for act in acts {
        match act {
            Act::Send(bytes) => to.write_all(&bytes).await?,
            Act::Wait(time) => sleep(time).await,
            Act::Hold => std::future::pending().await,
            Act::Reset => return Ok(()),
        }
    }
    Ok(to.shutdown().await?)
}

async fn read_call(stream: &mut TcpStream) -> Result<Call> {
    let mut read = Vec::new();
    loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(read[..end].to_vec())?;
            let (first, headers) = head.split_once("\r\n").context("a request without headers")?;
            let target = first.trim_end_matches(" HTTP/1.1").to_owned();
            let mut call = Call { target, headers: headers.to_owned(), body: String::new() };
            let length = call.header("content-length").map_or(Ok(0), str::parse::<usize>)?;
            let mut body = read.split_off(end + 4);
            let here = body.len();
            body.resize(length, 0);
            stream.read_exact(&mut body[here..]).await?;
            call.body = String::from_utf8(body)?;
            return Ok(call);
        }
        if stream.read_buf(&mut read).await? == 0 {
            bail!("the caller left in the middle of its request");
        }
    }
}
