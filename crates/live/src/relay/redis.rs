//! Redis publish and subscribe. Hints travel as JSON on one channel for each database.
//!
//! Sending has a queue and a task of its own, and every call a deadline, so that a frozen server costs nobody anything. Hearing
//! happens on a connection of its own; the process hears its own heartbeats on it, and when it does not, for whatever reason,
//! the relay counts as not heard and the connection is made anew.

use crate::{Hint, HintNews, Relay};
use domain::{cursors::Epoch, limits};
use futures_util::StreamExt;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{sync::mpsc, task::AbortHandle, time::timeout};

/// How long the server may take to do anything.
const DEADLINE: Duration = Duration::from_secs(2);
/// How often a process says something to itself.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// Silence after which the relay counts as not heard.
const SILENCE: Duration = Duration::from_secs(3);
/// The pause between attempts to connect.
const RETRY: Duration = Duration::from_millis(500);

/// A relay over a Redis server. Dropping it ends its tasks.
pub struct Redis {
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
}

/// The URL is not one of a Redis server.
#[derive(Debug, thiserror::Error)]
#[error("RELAY_URL: {0}")]
pub struct NotARedisUrl(String);

impl Redis {
    /// A relay over the server at `url`, among the processes of the database `epoch` names. The server may be away: connecting is
    /// tried for ever in the background. Needs a running tokio runtime.
    pub fn new(url: &str, epoch: &Epoch) -> Result<Self, NotARedisUrl> {
        let client = redis::Client::open(url).map_err(|error| NotARedisUrl(error.to_string()))?;
        let channel = format!("tertulia:{epoch}");
        let (queue, outgoing) = mpsc::channel(limits::RELAY_QUEUE_MAX);
        let (incoming, hints) = mpsc::channel(limits::RELAY_QUEUE_MAX);
        let state =
            Arc::new(State { started: Instant::now(), heard: AtomicU64::new(0), dropped: AtomicU64::new(0) });
        let send = send_all(client.clone(), channel.clone(), outgoing, state.clone());
        let hear = hear_for_ever(client, channel, incoming, state.clone());
        let tasks = vec![tokio::spawn(send).abort_handle(), tokio::spawn(hear).abort_handle()];
        Ok(Self { queue, hints: Mutex::new(Some(hints)), state, tasks })
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl Relay for Redis {
    fn publish(&self, hint: Hint) {
        match encode(&hint).map(|bytes| self.queue.try_send(bytes)) {
            Some(Ok(())) => {}
            _ => drop_one(&self.state, "the queue is full"),
        }
    }

    fn subscribe(&self) -> mpsc::Receiver<Hint> {
        let held = self.hints.lock().unwrap_or_else(PoisonError::into_inner).take();
        held.unwrap_or_else(|| mpsc::channel(1).1)
    }

    fn is_heard(&self) -> bool {
        let heard = self.state.heard.load(Ordering::Relaxed);
        heard > 0 && self.state.started.elapsed().saturating_sub(Duration::from_millis(heard)) < SILENCE
    }

    fn dropped(&self) -> u64 {
        self.state.dropped.load(Ordering::Relaxed)
    }
}

/// A change that is too large travels as the place it took.
fn encode(hint: &Hint) -> Option<Vec<u8>> {
    let bytes = serde_json::to_vec(hint).ok()?;
    match &hint.news {
        HintNews::Event(event) if bytes.len() > limits::RELAY_EVENT_BYTES_MAX => {
            let moved = Hint { from: hint.from, news: HintNews::Moved(event.lane, event.seq) };
            serde_json::to_vec(&moved).ok()
        }
        _ => Some(bytes),
    }
}

fn drop_one(state: &State, why: &str) {
    if state.dropped.fetch_add(1, Ordering::Relaxed).is_multiple_of(1000) {
        tracing::warn!(why, "hints to other processes are dropped; they catch up from the database");
    }
}

async fn send_all(
    client: redis::Client,
    channel: String,
    mut queue: mpsc::Receiver<Vec<u8>>,
    state: Arc<State>,
) {
    let mut connection: Option<redis::aio::MultiplexedConnection> = None;
    let mut beat = tokio::time::interval(HEARTBEAT);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        // An empty message is a heartbeat.
        let bytes = tokio::select! {
            hint = queue.recv() => match hint { Some(bytes) => bytes, None => return },
            _ = beat.tick() => Vec::new(),
        };
        if connection.is_none() {
            connection =
                timeout(DEADLINE, client.get_multiplexed_async_connection()).await.ok().and_then(Result::ok);
        }
        let Some(open) = &mut connection else {
            drop_one(&state, "the relay is away");
            while queue.try_recv().is_ok() {
                drop_one(&state, "the relay is away");
            }
            tokio::time::sleep(RETRY).await;
            continue;
        };
        let sent =
            timeout(DEADLINE, redis::cmd("PUBLISH").arg(&channel).arg(bytes).query_async::<i64>(open)).await;
        if !matches!(sent, Ok(Ok(_))) {
            drop_one(&state, "the relay does not answer");
            connection = None;
        }
    }
}

async fn hear_for_ever(client: redis::Client, channel: String, hints: mpsc::Sender<Hint>, state: Arc<State>) {
    loop {
        if hear(&client, &channel, &hints, &state).await.is_err() && hints.is_closed() {
            return;
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// Hears until the connection ends or is silent for too long.
async fn hear(
    client: &redis::Client,
    channel: &str,
    hints: &mpsc::Sender<Hint>,
    state: &State,
) -> Result<(), ()> {
    let mut pubsub = timeout(DEADLINE, client.get_async_pubsub()).await.map_err(drop)?.map_err(drop)?;
    timeout(DEADLINE, pubsub.subscribe(channel)).await.map_err(drop)?.map_err(drop)?;
    let mut messages = pubsub.into_on_message();
    while let Some(message) = timeout(SILENCE, messages.next()).await.map_err(drop)? {
        state.heard.store(state.started.elapsed().as_millis().max(1) as u64, Ordering::Relaxed);
        let bytes = message.get_payload_bytes();
        if bytes.is_empty() {
            continue;
        }
        match serde_json::from_slice(bytes) {
            Ok(hint) => hints.send(hint).await.map_err(drop)?,
            Err(error) => tracing::warn!(%error, "a hint that this version does not understand is left out"),
        }
    }
    Err(())
}
