//! The load generator for sockets: a crowd of WebSocket clients on a few threads, each with its own `epoll`.
//!
//! Every listener keeps the count and a running hash of the tokens it has heard, so that at the end one comparison says whether
//! all heard every message once and in one order.

mod client;
mod worker;

pub use client::Plan;

use crate::process::{cpu_seconds, family_cpu_seconds};
use anyhow::{Result, bail};
use hdrhistogram::Histogram;
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// How the senders send.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// Each sends its next message when it has heard its last one.
    Closed,
    /// So many messages a second, all senders together, whether heard or not.
    Rate(f64),
}

/// What to do.
pub struct Load {
    /// Every client.
    pub plans: Vec<Plan>,
    /// How senders send.
    pub pace: Pace,
    /// Each message is heard by its sender alone, not by every listener.
    pub echo: bool,
    /// Threads.
    pub threads: usize,
    /// The servers' processes.
    pub servers: Vec<u32>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Heard {
    /// Messages sent.
    pub sent: u64,
    /// Messages heard by listeners, over all of them.
    pub deliveries: u64,
    /// Messages that a listener should have heard and did not.
    pub missing: u64,
    /// Messages that a listener heard again, or after a later one of the same sender.
    pub repeated: u64,
    /// Different orders in which listeners heard; 1 is right.
    pub orders: usize,
    /// From sending to hearing, in nanoseconds.
    pub delays: Histogram<u64>,
    /// From the first message to the last delivery.
    pub took: Duration,
    /// Until every client was connected and ready.
    pub connected_in: Duration,
    /// CPU seconds of the server meanwhile.
    pub server_cpu: f64,
    /// CPU seconds of the generator meanwhile.
    pub generator_cpu: f64,
}

impl Heard {
    /// Deliveries a second.
    pub fn per_second(&self) -> f64 {
        self.deliveries as f64 / self.took.as_secs_f64()
    }

    /// The generator's use of its cores; a run above 0.9 says nothing about the server.
    pub fn generator_share(&self, cores: usize) -> f64 {
        self.generator_cpu / (self.took.as_secs_f64() * cores as f64)
    }

    /// A percentile of the delay, in milliseconds.
    pub fn delay_ms(&self, percentile: f64) -> f64 {
        self.delays.value_at_percentile(percentile) as f64 / 1e6
    }
}

/// Where the crowd stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Phase {
    Gathering,
    Talking,
    Listening,
    Over,
}

/// What the threads share.
struct Shared {
    phase: AtomicU8,
    origin: Instant,
    ready: AtomicUsize,
    sent: AtomicU64,
    heard: AtomicU64,
}

impl Shared {
    fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Gathering,
            1 => Phase::Talking,
            2 => Phase::Listening,
            _ => Phase::Over,
        }
    }

    fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Release);
    }

    fn now(&self) -> u64 {
        self.origin.elapsed().as_nanos() as u64
    }
}

/// A crowd that is connected.
pub struct Crowd {
    shared: Arc<Shared>,
    workers: Vec<std::thread::JoinHandle<Result<worker::Result>>>,
    /// Until every client was connected and ready.
    pub connected_in: Duration,
    /// How many hear a message.
    audience: u64,
    servers: Vec<u32>,
}

/// How long everybody may take to connect.
const GATHER_MAX: Duration = Duration::from_secs(60);
/// How long nothing may arrive until what is missing counts as lost.
const SILENCE_MAX: Duration = Duration::from_secs(5);

impl Crowd {
    /// Connects everyone and waits until each is ready.
    pub fn gather(load: Load) -> Result<Self> {
        let shared = Arc::new(Shared {
            phase: AtomicU8::new(0),
            origin: Instant::now(),
            ready: AtomicUsize::new(0),
            sent: AtomicU64::new(0),
            heard: AtomicU64::new(0),
        });
        let all = load.plans.len();
        let listeners = load.plans.iter().filter(|plan| plan.listens).count() as u64;
        let audience = if load.echo { 1 } else { listeners };
        let senders = load.plans.iter().filter(|plan| plan.post.is_some()).count();
        let mut shares: Vec<Vec<Plan>> = (0..load.threads).map(|_| Vec::new()).collect();
        for (at, plan) in load.plans.into_iter().enumerate() {
            shares[at % load.threads].push(plan);
        }
        let started = Instant::now();
        let workers = shares.into_iter().map(|plans| {
            let mut worker = worker::Worker::new(plans, load.pace, senders, shared.clone())?;
            Ok(std::thread::spawn(move || worker.run()))
        });
        let workers = workers.collect::<Result<Vec<_>>>()?;
        while shared.ready.load(Ordering::Acquire) < all {
            if started.elapsed() > GATHER_MAX || workers.iter().any(|worker| worker.is_finished()) {
                shared.enter(Phase::Over);
                for worker in workers {
                    worker.join().map_err(|_| anyhow::anyhow!("a generator thread panicked"))??;
                }
                bail!("{} of {all} clients were ready", shared.ready.load(Ordering::Acquire));
            }
            std::thread::sleep(Duration::from_micros(500));
        }
        Ok(Self { shared, workers, connected_in: started.elapsed(), audience, servers: load.servers })
    }

    /// Lets the senders send for a while, then waits until everything is heard or nothing more comes.
    pub fn talk(self, lasts: Duration) -> Result<Heard> {
        let own = std::process::id();
        let (server_before, own_before) = (self.server_cpu_seconds()?, cpu_seconds(own)?);
        let started = Instant::now();
        self.shared.enter(Phase::Talking);
        std::thread::sleep(lasts);
        self.shared.enter(Phase::Listening);
        let mut last = (self.shared.heard.load(Ordering::Acquire), Instant::now());
        loop {
            let heard = self.shared.heard.load(Ordering::Acquire);
            if heard != last.0 {
                last = (heard, Instant::now());
            }
            let complete = heard >= self.shared.sent.load(Ordering::Acquire) * self.audience;
            if (complete && last.1.elapsed() > Duration::from_millis(20)) || last.1.elapsed() > SILENCE_MAX {
                break;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        let (server_cpu, generator_cpu) =
            (self.server_cpu_seconds()? - server_before, cpu_seconds(own)? - own_before);
        let took = last.1.duration_since(started);
        self.end(Heard {
            sent: 0,
            deliveries: 0,
            missing: 0,
            repeated: 0,
            orders: 0,
            delays: Histogram::new_with_bounds(1, 60_000_000_000, 3)?,
            took,
            connected_in: Duration::ZERO,
            server_cpu,
            generator_cpu,
        })
    }

    fn server_cpu_seconds(&self) -> Result<f64> {
        self.servers.iter().copied().map(family_cpu_seconds).sum()
    }

    /// Everyone goes; how many of the deaf ones had lost their connection before.
    pub fn leave(self) -> Result<u64> {
        self.shared.enter(Phase::Over);
        let ends = self.workers.into_iter().map(|worker| {
            let end = worker.join().map_err(|_| anyhow::anyhow!("a generator thread panicked"))??;
            Ok(end.lost)
        });
        ends.sum()
    }

    fn end(self, mut heard: Heard) -> Result<Heard> {
        self.shared.enter(Phase::Over);
        heard.connected_in = self.connected_in;
        let mut orders = HashSet::new();
        for worker in self.workers {
            let part = worker.join().map_err(|_| anyhow::anyhow!("a generator thread panicked"))??;
            heard.delays.add(&part.delays)?;
            orders.extend(part.orders);
            heard.repeated += part.repeated;
        }
        heard.sent = self.shared.sent.load(Ordering::Acquire);
        heard.deliveries = self.shared.heard.load(Ordering::Acquire);
        heard.missing = (heard.sent * self.audience).saturating_sub(heard.deliveries - heard.repeated);
        heard.orders = orders.len();
        Ok(heard)
    }
}
