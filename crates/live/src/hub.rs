//! The hub: every lane somebody here listens to, and the tasks that keep them true.
//!
//! Locks are taken in this order: `lanes`, then `people`, then a lane's own; none is held across an await. The tasks
//! hold the hub weakly and end with it.

mod tasks;

use crate::{
    Closed, Connection, Hint, HintNews, ProcessId, Relay, Truth, Unread,
    connection::PER_PERSON,
    lane::{Applied, Lane},
    listeners::Calls,
    presence::People,
    wake::Wake,
};
use domain::{
    events::{Change, Changes, Event, Lane as Name, Presence, Whisper},
    ids::{PersonId, ReplyId, RoomId, Seq},
    limits,
    replies::Reply,
    tokens::PassId,
};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::{sync::mpsc, task::AbortHandle};

/// Every lane somebody here listens to. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    truth: Arc<dyn Truth>,
    relay: Arc<dyn Relay>,
    process: ProcessId,
    lanes: Mutex<HashMap<Name, Arc<Lane>>>,
    people: Mutex<People>,
    chores: mpsc::UnboundedSender<Chore>,
    calls: Calls,
    /// Lanes with a chore under way, so that the queue holds each once.
    mending: Mutex<HashSet<Name>>,
    tasks: Mutex<Vec<AbortHandle>>,
    repairs: AtomicU64,
}

/// Something a lane needs that takes a read.
enum Chore {
    /// Its room's members.
    Open(Name),
    /// What changed since its last place. Whether to give predecessors on their way a moment first.
    Mend { lane: Name, wait: bool },
    /// What a reply in progress says so far.
    Read(ReplyId),
}

/// Why a connection was not made.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ConnectError {
    /// One person has as many connections to this process as one may have.
    #[error("At most {PER_PERSON} live connections are open for one person.")]
    TooMany,
    /// The truth cannot be read now.
    #[error(transparent)]
    Unread(#[from] Unread),
}

/// What the hub is doing, for `/metrics`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Figures {
    /// Open connections.
    pub connections: usize,
    /// People connected.
    pub people: usize,
    /// Lanes that somebody listens to.
    pub lanes: usize,
    /// Times a lane had to read the truth.
    pub repairs: u64,
    /// Hints that were not sent.
    pub hints_dropped: u64,
}

impl Hub {
    /// A hub and its tasks, which end when [`Hub::close`] is called or the last clone is dropped. Needs a running tokio runtime.
    pub fn new(truth: Arc<dyn Truth>, relay: Arc<dyn Relay>, process: ProcessId) -> Self {
        let (chores, waiting) = mpsc::unbounded_channel();
        let (calls, asked) = mpsc::unbounded_channel();
        let hub = Self(Arc::new(Inner {
            truth,
            relay,
            process,
            lanes: Mutex::default(),
            people: Mutex::default(),
            chores,
            calls,
            mending: Mutex::default(),
            tasks: Mutex::default(),
            repairs: AtomicU64::new(0),
        }));
        *lock(&hub.0.tasks) = tasks::start(&hub, waiting, asked);
        hub
    }

    /// Tells what was just committed here: [`Hub::apply`], and a hint to the other processes. Never waits.
    pub fn tell(&self, events: Vec<Event>) {
        for event in events {
            if self.0.relay.reaches_others() {
                self.hint(HintNews::Event(Box::new(event.clone())));
            }
            self.apply(event);
        }
    }

    /// Tells a passing sign, here and to the other processes. Never waits.
    pub fn whisper(&self, whisper: Whisper) {
        if self.0.relay.reaches_others() {
            self.hint(HintNews::Whisper(whisper.clone()));
        }
        self.hear(whisper);
    }

    /// Takes in a change, from here or from another process. Idempotent: a lane goes on by its next place only; an
    /// earlier one is ignored, a later one waits [`limits::GAP_WAIT`] for its predecessors, then the lane reads the truth.
    pub fn apply(&self, event: Event) {
        self.look_into(&event);
        if let Some(lane) = self.lane(event.lane)
            && lane.apply(event) == Applied::Gap
        {
            self.mend(lane.name, true);
        }
    }

    /// A new connection of a person. It hears of its own end (session or token revoked, person deactivated) without watching anything.
    /// Authenticate again *after* this returned: what was revoked before that is found then, what is revoked later is heard.
    pub async fn connect(&self, person: PersonId, pass: Option<PassId>) -> Result<Connection, ConnectError> {
        self.connect_as(person, pass, Kind::Plain).await
    }

    /// A connection that counts against [`limits::STREAMS_PER_SESSION_MAX`]: when one too many is open, the oldest of this
    /// session ends with [`Closed::Displaced`].
    pub async fn connect_stream(
        &self,
        person: PersonId,
        pass: Option<PassId>,
    ) -> Result<Connection, ConnectError> {
        self.connect_as(person, pass, Kind::Stream).await
    }

    async fn connect_as(
        &self,
        person: PersonId,
        pass: Option<PassId>,
        kind: Kind,
    ) -> Result<Connection, ConnectError> {
        let wake = Arc::new(Wake::default());
        let own = Name::Person(person);
        {
            let mut lanes = lock(&self.0.lanes);
            if !lock(&self.0.people).connect(person, pass, &wake, kind == Kind::Stream) {
                return Err(ConnectError::TooMany);
            }
            lanes.entry(own).or_insert_with(|| Arc::new(Lane::new(own, self.0.calls.clone())));
        }
        // From here on dropping the connection undoes its registration, so errors below may simply return.
        let connection = Connection::new(self.clone(), person, pass, wake);
        if let Some(lane) = self.lane(own).filter(|lane| lane.last().is_none()) {
            let head = self.head(own).await?;
            if lane.learn(head) == Applied::Gap {
                self.mend(own, true);
            }
            let rooms = self.0.truth.rooms_of(person).await?;
            lock(&self.0.people).set_rooms(person, rooms);
        }
        Ok(connection)
    }

    /// Who of a room's members is connected somewhere, as known now. Without a lane open here nothing is known.
    pub fn presence(&self, room: RoomId) -> Presence {
        self.lane(Name::Room(room)).map_or_else(Presence::default, |lane| self.presence_in(&lane))
    }

    /// Ends every connection with [`Closed::GoingAway`] and stops the tasks.
    pub fn close(&self) {
        lock(&self.0.people).close_all(Closed::GoingAway);
        self.hint(HintNews::Here(Vec::new()));
        for task in lock(&self.0.tasks).drain(..) {
            task.abort();
        }
    }

    /// Who of these people is connected somewhere, as far as it is known.
    pub fn presence_of(&self, people: &HashSet<PersonId>) -> Presence {
        if self.others_are_heard() { lock(&self.0.people).presence(people) } else { Presence::default() }
    }

    /// Whether there may be other processes.
    pub fn has_others(&self) -> bool {
        self.0.relay.reaches_others()
    }

    /// Whether other processes, if there may be any, can be heard.
    pub fn others_are_heard(&self) -> bool {
        !self.has_others() || self.relay_is_heard()
    }

    /// Whether other processes can be heard.
    pub fn relay_is_heard(&self) -> bool {
        self.0.relay.is_heard()
    }

    /// What the hub is doing.
    pub fn figures(&self) -> Figures {
        let (people, connections) = lock(&self.0.people).count();
        Figures {
            connections,
            people,
            lanes: lock(&self.0.lanes).len(),
            repairs: self.0.repairs.load(Ordering::Relaxed),
            hints_dropped: self.0.relay.dropped(),
        }
    }

    fn hint(&self, news: HintNews) {
        self.0.relay.publish(Hint { from: self.0.process, news });
    }

    fn lane(&self, name: Name) -> Option<Arc<Lane>> {
        lock(&self.0.lanes).get(&name).cloned()
    }

    /// Acts on what concerns connections themselves, known place or not: acting twice is the same as once.
    fn look_into(&self, event: &Event) {
        match (event.lane, &event.change) {
            (Name::Person(person), Change::SessionEnded(session)) => {
                lock(&self.0.people).close_pass(person, PassId::Session(*session), Closed::SignedOut);
            }
            (Name::Person(person), Change::TokenEnded(token)) => {
                lock(&self.0.people).close_pass(person, PassId::Token(*token), Closed::SignedOut);
            }
            (Name::Person(person), Change::Person(now)) if !now.is_active => {
                lock(&self.0.people).close_person(person, Closed::Deactivated);
            }
            (Name::Person(person), Change::Reading(reading)) => {
                lock(&self.0.people).set_room(
                    person,
                    reading.room,
                    reading.standing == domain::members::Standing::In,
                );
            }
            (Name::Room(_), Change::Message(message)) => lock(&self.0.people).note_message(message),
            _ => {}
        }
    }

    /// Passes a sign on to whoever listens here.
    fn hear(&self, whisper: Whisper) {
        let name = match &whisper {
            Whisper::Typing { room, .. } | Whisper::News { room, .. } => Name::Room(*room),
            Whisper::Receipt { room, .. } | Whisper::Receipts { room } => Name::Room(*room),
            Whisper::Reply(reply) => Name::Room(reply.room),
            Whisper::ReplyGrown { room, .. } => Name::Room(*room),
            Whisper::Presence(_) => return,
        };
        if let Some(lane) = self.lane(name)
            && let Some(reply) = lane.whisper(whisper)
        {
            // The queue is gone only while the server goes down. A reply is asked for again at most every half second by the comparison.
            let _ = self.0.chores.send(Chore::Read(reply));
        }
    }

    fn presence_in(&self, lane: &Lane) -> Presence {
        let people = lock(&self.0.people);
        let heard = self.others_are_heard();
        match lane.with_roster(|roster| people.presence(roster)) {
            Some(presence) if heard => presence,
            _ => Presence::default(),
        }
    }

    /// Has a lane read what it misses; a lane that is being mended already is not queued again.
    fn mend(&self, lane: Name, wait: bool) {
        if lock(&self.0.mending).insert(lane) {
            // The queue is gone only while the server goes down.
            let _ = self.0.chores.send(Chore::Mend { lane, wait });
        }
    }

    pub(crate) fn settle(&self, lane: &Lane, applied: Applied) {
        if applied == Applied::Gap {
            self.mend(lane.name, true);
        }
    }

    /// The lane, the place among its listeners, the position to read from, and the replies in progress there.
    pub(crate) fn listen(&self, name: Name, wake: &Arc<Wake>) -> (Arc<Lane>, usize, u64, Vec<Arc<Reply>>) {
        let mut lanes = lock(&self.0.lanes);
        let lane = lanes.entry(name).or_insert_with(|| {
            let _ = self.0.chores.send(Chore::Open(name));
            Arc::new(Lane::new(name, self.0.calls.clone()))
        });
        let (place, position, replies) = lane.listen(wake);
        (lane.clone(), place, position, replies)
    }

    pub(crate) fn unlisten(&self, lane: &Arc<Lane>, place: usize) {
        let mut lanes = lock(&self.0.lanes);
        lane.unlisten(place);
        let needed = match lane.name {
            Name::Person(person) => lock(&self.0.people).is_connected(person),
            Name::Room(_) => lane.is_needed(),
        };
        if !needed && lanes.get(&lane.name).is_some_and(|held| Arc::ptr_eq(held, lane)) {
            lanes.remove(&lane.name);
        }
    }

    pub(crate) fn disconnect(&self, person: PersonId, pass: Option<PassId>, wake: &Arc<Wake>, away: bool) {
        let mut lanes = lock(&self.0.lanes);
        if !lock(&self.0.people).disconnect(person, pass, wake, away) {
            lanes.remove(&Name::Person(person));
        }
    }

    pub(crate) fn attend(&self, person: PersonId, by: i64) {
        lock(&self.0.people).attend(person, by);
    }

    pub(crate) async fn head(&self, lane: Name) -> Result<Seq, Unread> {
        let heads = self.0.truth.heads(&[lane]).await?;
        heads.first().map(|(_, seq)| *seq).ok_or_else(|| Unread("there is no such lane".into()))
    }

    /// Everything that changed in a lane since a place, page by page, up to what is too much to tell.
    pub(crate) async fn changes(&self, lane: Name, since: Seq) -> Result<Changes, Unread> {
        let (mut all, mut place) = (Vec::new(), since);
        loop {
            match self.0.truth.changes(lane, place).await? {
                Changes::Since { events, upto, more } => {
                    all.extend(events);
                    place = upto;
                    if !more {
                        return Ok(Changes::Since { events: all, upto, more: false });
                    }
                }
                Changes::Reset { head } => return Ok(Changes::Reset { head }),
            }
            if all.len() as i64 > limits::CHANGES_ROWS_MAX {
                return Ok(Changes::Reset { head: self.head(lane).await? });
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Stream,
}

/// No code panics while it holds one of these locks in a way that leaves the value half-changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
