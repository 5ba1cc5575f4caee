//! One job: ask the mind, tell every word, write it down, end it.

use super::{ANSWER_TOKENS, Desk, Signal, context, tools::RoomTools};
use bots::{Cut, Fault, FaultKind, Piece};
use domain::{
    bots::{Bot, Budgets},
    events::Whisper,
    limits,
    markup::parts,
    replies::{Ending, Reply, ReplyState, Step},
};
use futures_util::{StreamExt, stream::BoxStream};
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};
use store::{Close, Job, Leave, Missed, StoreError};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

/// After so long words that were told begin to be written down; the rest of [`limits::REPLY_SAVED_WITHIN`] is for the writing.
const SAVE_AFTER: Duration = Duration::from_millis(120);
/// How long after the database was away it is tried again.
const TRY_AGAIN: Duration = Duration::from_millis(200);
/// Words are gathered this much longer for each reply that runs here, up to [`limits::REPLY_GATHERED`].
const GATHERED_PER_REPLY: Duration = Duration::from_micros(250);

/// Nothing more may be written: somebody else has the reply, or it is left as it is for whoever takes it next.
struct Lost;

/// How an answer ended.
struct End {
    ending: Ending,
    why: String,
    retry_at: Option<Timestamp>,
}

impl End {
    fn new(ending: Ending, why: &str) -> Self {
        Self { ending, why: why.into(), retry_at: None }
    }
}

/// Does something in the store, again and again while the database is away.
macro_rules! insist {
    ($run:expr, $work:expr) => {
        loop {
            match $work.await {
                Ok(value) => break Ok(value),
                Err(error) => {
                    if let Err(lost) = $run.set_back(error).await {
                        break Err(lost);
                    }
                }
            }
        }
    };
}

/// Words of a block that is long and open wait this much longer for each of its bytes, up to [`limits::REPLY_BLOCK_GATHERED`]: pages get the
/// whole block again with each piece, so that no reader is sent more than 250 KB of one reply's source a second.
const GATHERED_PER_OPEN_BYTE: Duration = Duration::from_micros(4);

pub(super) struct Run<'a> {
    desk: &'a Desk,
    job: Job,
    signals: watch::Receiver<Signal>,
    text: String,
    /// Bytes told, and bytes written down.
    told: usize,
    saved: usize,
    told_at: Instant,
    /// Bytes of the block that is open at the end of what was told.
    open_block: u32,
    /// When the first word that is not written down was told.
    unsaved_since: Option<Instant>,
    steps: Vec<Step>,
    usage: bots::Usage,
    cut: Option<Cut>,
}

impl<'a> Run<'a> {
    pub fn new(desk: &'a Desk, job: Job, signals: watch::Receiver<Signal>) -> Self {
        let told_at = Instant::now();
        Self {
            desk,
            job,
            signals,
            text: String::new(),
            told: 0,
            saved: 0,
            told_at,
            open_block: 0,
            unsaved_since: None,
            steps: Vec::new(),
            usage: bots::Usage::default(),
            cut: None,
        }
    }

    /// Does the job. Where it is lost, the reply is left to whoever takes it.
    pub async fn go(mut self) {
        if let Ok(end) = self.answer().await {
            self.close(end).await;
        }
    }

    async fn answer(&mut self) -> Result<End, Lost> {
        let app = &self.desk.app;
        let bot = insist!(self, app.store.bot(self.job.reply.bot.id))?;
        let Some(bot) = bot.filter(|bot| bot.is_active) else {
            return Ok(End::new(Ending::Failed, "settings"));
        };
        if let Some(until) = self.desk.resting(bot.profile.id) {
            let why = FaultKind::Busy.as_str().into();
            return Ok(End { ending: Ending::Failed, why, retry_at: Some(until) });
        }
        let mind = match self.desk.minds.mind(&bot) {
            Ok(mind) => mind,
            Err(fault) => return Ok(self.failed(fault)),
        };
        let (room, question) = (self.job.reply.room, self.job.reply.question);
        let most = limits::CONTEXT_MESSAGES_MAX;
        let history = insist!(self, app.store.shared_history(room, question, most))?;
        let asker = insist!(self, app.store.person(self.job.reply.asker.id))?;
        let Some(asker) = asker.filter(|asker| asker.is_active) else {
            return Ok(End::new(Ending::Failed, "refused"));
        };
        let seat = insist!(self, app.store.seat_in(room, bot.profile.id))?;
        let named = seat.map(|seat| seat.room).filter(|room| !room.kind.is_between_people());
        let tools = RoomTools::new(app.clone(), asker.clone(), room, question, self.zone(&asker));
        let room = named.map(|room| room.name);
        let ask = context::ask(app, &bot, &asker, room, &history, self.zone(&asker), Arc::new(tools));
        let spoken: usize = ask.turns.iter().map(|turn| turn.content.len()).sum();
        match self.begin(spoken as i64 / 3 + ANSWER_TOKENS).await? {
            Leave::Granted => {}
            Leave::StopAsked => return Ok(End::new(Ending::Stopped, "")),
            Leave::OverBudget => return Ok(End::new(Ending::Failed, "budget")),
        }
        let question = ask.turns.last().map(|turn| turn.content.clone()).unwrap_or_default();
        self.listen(mind.answer(ask), &bot, &question).await
    }

    fn zone(&self, person: &domain::people::Person) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(&person.time_zone).unwrap_or_else(|_| self.desk.zone.clone())
    }

    /// Asks leave, and says that the bot is being asked.
    async fn begin(&mut self, estimate: i64) -> Result<Leave, Lost> {
        if *self.signals.borrow() == Signal::GoingDown {
            // Nobody was asked yet: whoever takes it next does.
            return Err(Lost);
        }
        let app = &self.desk.app;
        let budgets: Budgets = insist!(self, app.budgets())?;
        let lease = self.job.lease;
        let leave = insist!(self, app.store.begin_reply(lease, estimate, budgets, app.now()))?;
        if leave == Leave::Granted {
            self.tell_state();
        }
        Ok(leave)
    }

    async fn listen(
        &mut self,
        mut pieces: BoxStream<'static, Result<Piece, Fault>>,
        bot: &Bot,
        question: &str,
    ) -> Result<End, Lost> {
        let mut look_at = Instant::now() + limits::REPLY_SAVED_WITHIN;
        loop {
            let save_at = self.unsaved_since.map_or(look_at, |since| since + SAVE_AFTER);
            let tell_at = self.told_at + self.gather();
            let stop = tokio::select! {
                piece = pieces.next() => match piece {
                    None => return Ok(self.complete()),
                    Some(Err(fault)) => return Ok(self.failed(fault)),
                    Some(Ok(Piece::Guess { intent, nearest, confidence })) => {
                        if intent == bots::OUT_OF_SCOPE {
                            self.note_missed(bot, question, nearest, confidence).await;
                        }
                        false
                    }
                    Some(Ok(piece)) => {
                        if !self.take(piece).await? {
                            self.cut = Some(Cut::Length);
                            return Ok(self.complete());
                        }
                        false
                    }
                },
                () = sleep_until(tell_at), if self.told < self.text.len() => {
                    self.tell();
                    false
                }
                () = sleep_until(save_at), if self.unsaved_since.is_some() => {
                    look_at = Instant::now() + limits::REPLY_SAVED_WITHIN;
                    self.save().await?
                }
                () = sleep_until(look_at), if self.unsaved_since.is_none() => {
                    look_at = Instant::now() + limits::REPLY_SAVED_WITHIN;
                    self.stop_asked().await?
                }
                _ = self.signals.changed() => {
                    let signal = *self.signals.borrow_and_update();
                    match signal {
                        Signal::Nothing => false,
                        Signal::Look => self.stop_asked().await?,
                        Signal::Stale => return Err(Lost),
                        Signal::GoingDown => return Ok(End::new(Ending::Interrupted, "lost")),
                    }
                }
            };
            if stop {
                return Ok(End::new(Ending::Stopped, ""));
            }
        }
    }

    /// Takes a piece in; whether all of it found room.
    async fn take(&mut self, piece: Piece) -> Result<bool, Lost> {
        match piece {
            Piece::Text(words) => {
                let room = limits::REPLY_BYTES_MAX - self.text.len();
                // No database keeps NUL, so nobody is shown one.
                let fitting = &words[..words.floor_char_boundary(room)];
                self.text.push_str(&fitting.replace('\0', " "));
                if self.told_at.elapsed() >= self.gather() {
                    self.tell();
                }
                return Ok(fitting.len() == words.len());
            }
            Piece::Step(step) => {
                self.steps.push(step);
                self.save().await?;
                self.tell_state();
            }
            Piece::Usage(usage) => self.usage = usage,
            Piece::Cut(cut) => self.cut = Some(cut),
            Piece::Guess { .. } => {}
        }
        Ok(true)
    }

    /// Keeps a question that an embedded bot did not understand, for whoever teaches it. Losing one loses nobody's words.
    async fn note_missed(&self, bot: &Bot, question: &str, intent: String, confidence: f64) {
        let at = self.desk.app.now();
        let text: String = question.chars().take(limits::MISSED_CHARS_MAX).collect();
        let missed = Missed { id: 0, text, intent, confidence, at };
        if let Err(error) = self.desk.app.store.keep_missed(bot.profile.id, missed).await {
            tracing::warn!(%error, "a question that was not understood was not kept");
        }
    }

    /// How long words wait for more of them: hardly when little is going on, up to a limit when many replies run here or their block is long.
    fn gather(&self) -> Duration {
        let running = self.desk.app.answering.running().len() as u32;
        let load = (GATHERED_PER_REPLY * running).min(limits::REPLY_GATHERED);
        load.max((GATHERED_PER_OPEN_BYTE * self.open_block).min(limits::REPLY_BLOCK_GATHERED))
    }

    /// Tells the words that were not told yet.
    fn tell(&mut self) {
        let reply = &self.job.reply;
        let words = self.text[self.told..].to_owned();
        let whisper = Whisper::ReplyGrown {
            room: reply.room,
            reply: reply.id,
            run: reply.run,
            at: self.told,
            text: words,
        };
        self.desk.app.hub.whisper(whisper);
        self.told = self.text.len();
        self.told_at = Instant::now();
        self.open_block = parts(&self.text).last().map_or(0, |part| part.len() as u32);
        self.unsaved_since.get_or_insert(self.told_at);
    }

    /// Tells the reply as it stands.
    fn tell_state(&mut self) {
        let reply = Reply {
            state: ReplyState::Sent,
            text: self.text.clone(),
            steps: self.steps.clone(),
            ..self.job.reply.clone()
        };
        self.desk.app.hub.whisper(Whisper::Reply(Box::new(reply)));
        self.told = self.text.len();
    }

    /// Writes down all there is; whether somebody asked to stop. While the database is away nothing more is told.
    async fn save(&mut self) -> Result<bool, Lost> {
        let app = &self.desk.app;
        let (lease, at, text, steps) = (self.job.lease, self.saved, &self.text[self.saved..], &self.steps);
        let stop = insist!(self, app.store.append_reply(lease, at, text, steps, app.now()))?;
        self.saved = self.text.len();
        self.unsaved_since = None;
        Ok(stop)
    }

    async fn stop_asked(&self) -> Result<bool, Lost> {
        let lease = self.job.lease;
        insist!(self, self.desk.app.store.stop_asked(lease))
    }

    fn complete(&self) -> End {
        match self.cut {
            _ if self.text.trim().is_empty() => End::new(Ending::Failed, FaultKind::Empty.as_str()),
            Some(Cut::Length) => End::new(Ending::Complete, "length"),
            Some(Cut::Filtered) => End::new(Ending::Complete, "filtered"),
            None => End::new(Ending::Complete, ""),
        }
    }

    fn failed(&self, fault: Fault) -> End {
        tracing::warn!(bot = %self.job.reply.bot.username, reply = %self.job.reply.id, %fault, "a bot could not answer");
        let ending = if self.text.trim().is_empty() { Ending::Failed } else { Ending::Interrupted };
        let after = fault.retry_after.map(|after| after.min(limits::RETRY_AFTER_MAX));
        let retry_at = after.and_then(|after| self.desk.app.now().checked_add(after).ok());
        if let Some(until) = retry_at {
            self.desk.rest(self.job.reply.bot.id, until);
        }
        End { ending, why: fault.kind.as_str().into(), retry_at }
    }

    /// The tokens written. Words that came before the provider counted them cost all the same, about a token for three bytes.
    fn written(&self, ending: Ending) -> u64 {
        let asked = self.usage.input > 0;
        let heard = if asked && ending != Ending::Complete { self.text.len() as u64 / 3 } else { 0 };
        self.usage.output.max(heard)
    }

    async fn close(&mut self, end: End) {
        let close = Close {
            ending: end.ending,
            why: end.why,
            retry_at: end.retry_at,
            at: self.saved,
            rest: self.text[self.saved..].to_owned(),
            steps: std::mem::take(&mut self.steps),
            input: self.usage.input as i64,
            output: self.written(end.ending) as i64,
        };
        let (app, lease) = (&self.desk.app, self.job.lease);
        let closed = insist!(self, app.store.close_reply(lease, close.clone(), app.now()));
        if let Ok(written) = closed {
            let posted = app.tell(written);
            app.ask_bots(posted.replies);
        }
    }

    /// Waits after the database did not take something, to try again. Only a job of a server that goes down gives up, and one that
    /// was taken over.
    async fn set_back(&self, error: StoreError) -> Result<(), Lost> {
        match error {
            StoreError::Unavailable(why) => {
                tracing::warn!(reply = %self.job.reply.id, why, "a reply waits for the database");
            }
            StoreError::Stale | StoreError::NotFound(_) => return Err(Lost),
            error => {
                tracing::error!(reply = %self.job.reply.id, %error, "a reply is given up");
                return Err(Lost);
            }
        }
        if matches!(*self.signals.borrow(), Signal::GoingDown | Signal::Stale) {
            return Err(Lost);
        }
        sleep(TRY_AGAIN).await;
        Ok(())
    }
}
