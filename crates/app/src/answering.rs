//! Bots answering: the jobs of this process.
//!
//! A question queues its replies in the transaction that writes it down; whoever posted nudges this process, which takes the job, asks the
//! mind, tells every word and writes it down. Each job is held by a lease that is renewed every [`limits::REPLY_HOLD_INTERVAL`]. What another
//! process let go of is found there too: a job that was only queued is run, one whose mind was asked already ends as interrupted.
//!
//! The surprising part: nothing here ends a reply for its readers. The message does, which the store writes when the job closes.

mod context;
mod run;
mod tools;

use crate::App;
use bots::{Fault, Mind, MindSource};
use domain::{
    bots::Bot,
    ids::{PersonId, ReplyId},
    limits,
};
use jiff::{Timestamp, tz::TimeZone};
use run::Run;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use store::{Holder, Job, Lease};
use tokio::{
    sync::{mpsc, watch},
    task::{JoinHandle, JoinSet},
    time::{MissedTickBehavior, interval, timeout},
};

/// How long the jobs of a process that goes down have to write down what they said.
const ENDING_WITHIN: Duration = Duration::from_secs(5);

/// Tokens that an answer is taken to have before its usage is known.
pub(crate) const ANSWER_TOKENS: i64 = 1_000;

/// Makes minds from what the database says of a bot.
pub trait Minds: Send + Sync + 'static {
    /// The mind of a bot. The same settings give the same mind, which may be kept.
    fn mind(&self, bot: &Bot) -> Result<Arc<dyn Mind>, Fault>;

    /// What is wrong with settings that somebody wants a mind of this kind to have. Nobody is asked.
    fn check(&self, kind: &str, settings: &str) -> Result<(), Fault>;
}

impl Minds for MindSource {
    fn mind(&self, bot: &Bot) -> Result<Arc<dyn Mind>, Fault> {
        Self::mind(self, bot)
    }

    fn check(&self, kind: &str, settings: &str) -> Result<(), Fault> {
        Self::check(self, kind, settings)
    }
}

/// The way to the jobs of this process; harmless where none run.
pub(crate) struct Answering {
    nudges: mpsc::Sender<ReplyId>,
    waiting: Mutex<Option<mpsc::Receiver<ReplyId>>>,
    running: Mutex<HashMap<ReplyId, Running>>,
}

/// A job under way.
struct Running {
    lease: Lease,
    signal: watch::Sender<Signal>,
}

/// What a job is told from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signal {
    /// Go on.
    Nothing,
    /// Somebody may have asked to stop: look.
    Look,
    /// Another process has it: stop at once and write nothing.
    Stale,
    /// The server goes down: end it here.
    GoingDown,
}

impl Default for Answering {
    fn default() -> Self {
        let (nudges, waiting) = mpsc::channel(limits::REPLIES_RUNNING_MAX);
        Self { nudges, waiting: Mutex::new(Some(waiting)), running: Mutex::default() }
    }
}

impl Answering {
    /// Says that a reply waits. A nudge that finds no place is made up for by the next look at what nobody holds.
    pub fn nudge(&self, reply: ReplyId) {
        let _ = self.nudges.try_send(reply);
    }

    /// Has the job of a reply look whether it is to stop, if it runs here.
    pub fn look(&self, reply: ReplyId) {
        if let Some(running) = self.running().get(&reply) {
            running.signal.send_replace(Signal::Look);
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<ReplyId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many more jobs may run.
    fn room(&self) -> usize {
        limits::REPLIES_RUNNING_MAX.saturating_sub(self.running().len())
    }
}

/// The jobs of this process, until they are ended.
pub struct Answerer {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Answerer {
    /// Ends them: what was said is written down and ends as interrupted, what was not begun is left to another process. A database that does not
    /// answer is waited for five seconds in all; then it is as after a crash.
    pub async fn end(mut self) {
        self.stop.send_replace(true);
        match timeout(ENDING_WITHIN, &mut self.task).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => tracing::error!("the task that runs bots had ended already"),
            Err(_) => {
                tracing::warn!("some replies were not ended; another process will, or the next start");
                self.task.abort();
            }
        }
    }
}

impl App {
    /// Has this process answer for bots. `zone` is the time zone of those who have chosen none. Called once; needs a running tokio runtime.
    pub fn start_answering(&self, minds: Arc<dyn Minds>, zone: TimeZone) -> Option<Answerer> {
        let waiting = self.answering.waiting.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let (stop, stopping) = watch::channel(false);
        let desk = Arc::new(Desk { app: self.clone(), minds, zone, resting: Mutex::default() });
        Some(Answerer { stop, task: tokio::spawn(work(desk, waiting, stopping)) })
    }
}

/// What jobs need.
struct Desk {
    app: App,
    minds: Arc<dyn Minds>,
    zone: TimeZone,
    /// Bots whose provider asked to be left alone, and until when: nobody is sent there before.
    resting: Mutex<HashMap<PersonId, Timestamp>>,
}

async fn work(desk: Arc<Desk>, mut waiting: mpsc::Receiver<ReplyId>, mut stopping: watch::Receiver<bool>) {
    let mut ticks = interval(limits::REPLY_HOLD_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut jobs = JoinSet::new();
    loop {
        tokio::select! {
            _ = stopping.changed() => break,
            _ = ticks.tick() => desk.hold(&mut jobs).await,
            Some(reply) = waiting.recv() => desk.take(reply, &mut jobs).await,
            Some(ended) = jobs.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "a job ended badly; its reply ends as interrupted when its lease does");
                }
            }
        }
    }
    for running in desk.app.answering.running().values() {
        running.signal.send_replace(Signal::GoingDown);
    }
    while jobs.join_next().await.is_some() {}
}

impl Desk {
    /// Until when a bot is left alone, if it is.
    fn resting(&self, bot: PersonId) -> Option<Timestamp> {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.app.now();
        resting.retain(|_, until| *until > now);
        resting.get(&bot).copied()
    }

    /// Leaves a bot alone for as long as its provider asked for.
    fn rest(&self, bot: PersonId, until: Timestamp) {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner).insert(bot, until);
    }

    fn holder(&self) -> Holder {
        Holder { process: format!("{:016x}", self.app.process.0), until: self.app.now() + limits::REPLY_HELD }
    }

    /// Takes a reply that was queued here, if there is room; without, it is left for whoever has some.
    async fn take(self: &Arc<Self>, reply: ReplyId, jobs: &mut JoinSet<()>) {
        if self.app.answering.room() == 0 {
            return;
        }
        match self.app.store.take_reply(reply, &self.holder(), self.app.now()).await {
            Ok(Some(job)) => self.start(job, jobs),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "a reply was not taken; trying again"),
        }
    }

    /// Goes on holding what runs here, and takes what nobody holds.
    async fn hold(self: &Arc<Self>, jobs: &mut JoinSet<()>) {
        let leases: Vec<Lease> = self.app.answering.running().values().map(|running| running.lease).collect();
        let now = self.app.now();
        if !leases.is_empty() {
            match self.app.store.hold_replies(&leases, now + limits::REPLY_HELD, now).await {
                Ok(kept) => self.drop_stale(&leases, &kept),
                Err(error) => tracing::warn!(%error, "replies were not held; trying again"),
            }
        }
        match self.app.store.take_lapsed(&self.holder(), self.app.answering.room(), now).await {
            Ok(taken) => {
                for job in self.app.tell(taken) {
                    self.start(job, jobs);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "replies that nobody holds were not looked for; trying again")
            }
        }
    }

    fn drop_stale(&self, asked: &[Lease], kept: &[Lease]) {
        let running = self.app.answering.running();
        for lease in asked.iter().filter(|lease| !kept.contains(lease)) {
            if let Some(running) = running.get(&lease.reply).filter(|running| running.lease == *lease) {
                running.signal.send_replace(Signal::Stale);
            }
        }
    }

    fn start(self: &Arc<Self>, job: Job, jobs: &mut JoinSet<()>) {
        let (signal, signals) = watch::channel(Signal::Nothing);
        let lease = job.lease;
        self.app.answering.running().insert(lease.reply, Running { lease, signal });
        let desk = self.clone();
        jobs.spawn(async move {
            let _listed = Listed { app: &desk.app, lease };
            Run::new(&desk, job, signals).go().await;
        });
    }
}

/// Takes a job off the list of those under way when it ends, however it does.
struct Listed<'a> {
    app: &'a App,
    lease: Lease,
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        let mut running = self.app.answering.running();
        // A later run of the same reply may have begun already.
        if running.get(&self.lease.reply).is_some_and(|running| running.lease == self.lease) {
            running.remove(&self.lease.reply);
        }
    }
}
