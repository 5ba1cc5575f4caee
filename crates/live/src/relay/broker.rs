//! What all relays over a server have in common: queues, deadlines, heartbeats, and connecting again and again.
//!
//! Sending has a queue and a task of its own, and every call a deadline, so that a frozen server costs nobody anything. Hints that
//! waited while others were sent go together. Hearing happens on a connection of its own; the process hears its own heartbeats on
//! it, and when it does not, for whatever reason, the relay counts as not heard and the connection is made anew.
//!
//! Each kind of server says in its own file, as a [`Dialect`], how it is spoken with, and nothing else.

use crate::{Hint, HintNews, Relay};
use async_trait::async_trait;
use domain::limits;
use std::{
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{sync::mpsc, task::AbortHandle, time::timeout};

/// How long the server may take to do anything.
pub(super) const DEADLINE: Duration = Duration::from_secs(2);
/// How often a process says something to itself.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// Silence after which the relay counts as not heard.
const SILENCE: Duration = Duration::from_secs(3);
/// The pause between attempts to connect.
const RETRY: Duration = Duration::from_millis(500);
/// Hints that are sent together at most.
const TOGETHER_MAX: usize = 256;

/// Why something could not be said or heard. Never holds a password.
pub(super) type Fault = Box<dyn std::error::Error + Send + Sync>;

/// How one kind of server is spoken with. Whoever calls sets a deadline, and what is dropped closes its connection.
#[async_trait]
pub(super) trait Dialect: Send + Sync + 'static {
    type Mouth: Mouth;
    type Ear: Ear;

    /// A connection for what this process says.
    async fn speak(&self) -> Result<Self::Mouth, Fault>;

    /// A connection on which everything is heard that anybody says from now on, this process too.
    async fn listen(&self) -> Result<Self::Ear, Fault>;
}

#[async_trait]
pub(super) trait Mouth: Send {
    /// Says these, in this order, to everyone who listens. The server has them when this returns.
    async fn say(&mut self, hints: &[Vec<u8>]) -> Result<(), Fault>;
}

#[async_trait]
pub(super) trait Ear: Send {
    /// What was said next.
    async fn hear(&mut self) -> Result<Vec<u8>, Fault>;
}

/// The URL does not say how to reach a server of its kind.
#[derive(Debug, thiserror::Error)]
#[error("RELAY_URL: {0}")]
pub struct NotAUrl(pub String);

/// A relay over a server, which may be away: connecting is tried for ever in the background. Dropping it ends its tasks.
pub struct Broker {
    queue: mpsc::Sender<Vec<u8>>,
    hints: Mutex<Option<mpsc::Receiver<Hint>>>,
    state: Arc<State>,
    tasks: Vec<AbortHandle>,
}

struct State {
    started: Instant,
    /// Milliseconds after `started` at which something was heard last; zero: never.
    heard: AtomicU64,
    dropped: AtomicU64,
    /// Why nothing is heard; nothing while something is.
    fault: Mutex<Option<String>>,
}

impl Broker {
    /// Needs a running tokio runtime.
    pub(super) fn new(dialect: impl Dialect) -> Self {
        let dialect = Arc::new(dialect);
        let (queue, outgoing) = mpsc::channel(limits::RELAY_QUEUE_MAX);
        let (incoming, hints) = mpsc::channel(limits::RELAY_QUEUE_MAX);
        let state = Arc::new(State {
            started: Instant::now(),
            heard: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            fault: Mutex::new(None),
        });
        let send = send_all(dialect.clone(), outgoing, state.clone());
        let hear = hear_for_ever(dialect, incoming, state.clone());
        let tasks = vec![tokio::spawn(send).abort_handle(), tokio::spawn(hear).abort_handle()];
        Self { queue, hints: Mutex::new(Some(hints)), state, tasks }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl Relay for Broker {
    fn publish(&self, hint: Hint) {
        let Some(bytes) = encode(&hint) else { return self.state.drop_one("it is too large to send") };
        if self.queue.try_send(bytes).is_err() {
            self.state.drop_one("the queue is full");
        }
    }

    fn subscribe(&self) -> mpsc::Receiver<Hint> {
        lock(&self.hints).take().unwrap_or_else(|| mpsc::channel(1).1)
    }

    fn is_heard(&self) -> bool {
        let heard = self.state.heard.load(Ordering::Relaxed);
        heard > 0 && self.state.started.elapsed().saturating_sub(Duration::from_millis(heard)) < SILENCE
    }

    fn fault(&self) -> Option<String> {
        lock(&self.state.fault).clone()
    }

    fn dropped(&self) -> u64 {
        self.state.dropped.load(Ordering::Relaxed)
    }
}

/// A change that is too large travels as the place it took. Nothing: too large for any server.
fn encode(hint: &Hint) -> Option<Vec<u8>> {
    let bytes = serde_json::to_vec(hint).ok()?;
    match &hint.news {
        HintNews::Event(event) if bytes.len() > limits::RELAY_EVENT_BYTES_MAX => {
            let moved = Hint { from: hint.from, news: HintNews::Moved(event.lane, event.seq) };
            serde_json::to_vec(&moved).ok()
        }
        _ => Some(bytes).filter(|bytes| bytes.len() <= limits::RELAY_HINT_BYTES_MAX),
    }
}

impl State {
    fn drop_one(&self, why: &str) {
        if self.dropped.fetch_add(1, Ordering::Relaxed).is_multiple_of(1000) {
            tracing::warn!(why, "hints to other processes are dropped; they catch up from the database");
        }
    }

    /// Something was heard. The log says so when it was not so before.
    fn is_up(&self) {
        self.heard.store(self.started.elapsed().as_millis().max(1) as u64, Ordering::Relaxed);
        if lock(&self.fault).take().is_some() {
            tracing::info!("the relay is heard again");
        }
    }

    /// Nothing is heard. The log says so once, until something is.
    fn is_down(&self, fault: &Fault) {
        let why = because(fault);
        if lock(&self.fault).replace(why.clone()).is_none() {
            tracing::warn!(
                why,
                "the relay is not heard; processes catch up from the database meanwhile, and it is tried again"
            );
        }
    }
}

/// An error with its causes, as far as each says something new.
fn because(fault: &Fault) -> String {
    let mut text = fault.to_string();
    let mut cause = fault.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

/// Gives the server [`DEADLINE`] to do something.
async fn in_time<T>(what: &str, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    match timeout(DEADLINE, work).await {
        Ok(done) => done,
        Err(_) => Err(format!("{what} took more than {DEADLINE:?}").into()),
    }
}

async fn send_all<D: Dialect>(dialect: Arc<D>, mut queue: mpsc::Receiver<Vec<u8>>, state: Arc<State>) {
    let mut mouth: Option<D::Mouth> = None;
    let mut beat = tokio::time::interval(HEARTBEAT);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut hints = Vec::with_capacity(TOGETHER_MAX);
    loop {
        tokio::select! {
            count = queue.recv_many(&mut hints, TOGETHER_MAX) => if count == 0 { return },
            // An empty message is a heartbeat.
            _ = beat.tick() => hints.push(Vec::new()),
        }
        let sent = async {
            let open = match &mut mouth {
                Some(open) => open,
                None => mouth.insert(in_time("connecting", dialect.speak()).await?),
            };
            in_time("sending", open.say(&hints)).await
        };
        if let Err(fault) = sent.await {
            mouth = None;
            tokio::time::sleep(RETRY).await;
            while let Ok(hint) = queue.try_recv() {
                hints.push(hint);
            }
            let why = because(&fault);
            hints.iter().filter(|hint| !hint.is_empty()).for_each(|_| state.drop_one(&why));
        }
        hints.clear();
    }
}

async fn hear_for_ever<D: Dialect>(dialect: Arc<D>, hints: mpsc::Sender<Hint>, state: Arc<State>) {
    while let Err(fault) = hear(&*dialect, &hints, &state).await {
        state.is_down(&fault);
        tokio::time::sleep(RETRY).await;
    }
}

/// Hears until the connection ends or is silent for too long, which is an error, or until nobody wants to know any more.
async fn hear<D: Dialect>(dialect: &D, hints: &mpsc::Sender<Hint>, state: &State) -> Result<(), Fault> {
    let mut ear = in_time("connecting", dialect.listen()).await?;
    loop {
        let Ok(heard) = timeout(SILENCE, ear.hear()).await else {
            return Err(format!("nothing was heard for {SILENCE:?}, not even this process itself").into());
        };
        let bytes = heard?;
        state.is_up();
        if bytes.is_empty() {
            continue;
        }
        match serde_json::from_slice(&bytes) {
            Ok(hint) => {
                if hints.send(hint).await.is_err() {
                    return Ok(());
                }
            }
            Err(error) => tracing::warn!(%error, "a hint that this version does not understand is left out"),
        }
    }
}

/// No code panics while it holds one of these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
