//! One listener: a WebSocket, an event stream, a streamed page or a waiting poll.

use crate::{Entry, Hub, Unread, entry::What, lane::Lane, wake::Wake};
use domain::{
    events::{Change, Changes, Lane as Name, Whisper},
    ids::{MessageId, PersonId, Seq},
    limits,
    members::{Member, Standing},
    replies::Reply,
    rooms::RoomKind,
    tokens::PassId,
};
use std::{future::poll_fn, pin::Pin, sync::Arc, task::Poll, time::Duration};
use tokio::time::Sleep;

/// What a connection may hear of a room, as found when its rights were checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// The room is public: who is not a member reads on.
    pub public: bool,
    /// They are a member; a reader of a public room otherwise.
    pub member: bool,
    /// The first message they may read; zero: all.
    pub visible_from: MessageId,
}

impl Rights {
    /// The rights in one's own lane.
    pub const OWN: Self = Self { public: false, member: true, visible_from: MessageId(0) };
}

/// What a connection hears, in its lane's order.
#[derive(Debug, Clone)]
pub enum Delivery {
    /// Something happened.
    Entry(Arc<Entry>),
    /// The lane went on, with nothing this reader may see: tell the range, so that they know they missed nothing.
    Skipped {
        /// Where.
        lane: Name,
        /// The first place covered.
        from: Seq,
        /// The last place covered.
        to: Seq,
    },
    /// This connection fell behind what the lane keeps. Call [`Connection::watch`] again from [`Connection::place`].
    Lagged(Name),
    /// The right to hear this lane is gone; nothing of it follows.
    Ended(Name, Ended),
    /// The whole connection is over; nothing follows.
    Closed(Closed),
}

/// Why a lane ended for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// They left a room that does not exist for outsiders.
    Left,
    /// They were removed from one.
    Removed,
    /// They were banned.
    Banned,
    /// The room became private and they are not a member.
    Hidden,
}

impl Ended {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Removed => "removed",
            Self::Banned => "banned",
            Self::Hidden => "hidden",
        }
    }
}

/// Why a connection is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// Its session or token was revoked, or is over.
    SignedOut,
    /// Its person was deactivated.
    Deactivated,
    /// The server goes down; resume elsewhere.
    GoingAway,
    /// The same session opened more streamed pages than it may; this one was the oldest.
    Displaced,
}

impl Closed {
    pub(crate) const ALL: [Self; 4] = [Self::SignedOut, Self::Deactivated, Self::GoingAway, Self::Displaced];
}

/// A place in one lane.
struct Seat {
    lane: Arc<Lane>,
    /// Among the lane's listeners.
    place: usize,
    position: u64,
    /// The last place this connection has.
    last: Seq,
    rights: Rights,
    /// Fell behind; hears nothing until it is watched again.
    lagged: bool,
    /// The replies in progress when it came, told first.
    replies: Vec<Arc<Reply>>,
}

/// One listener. Dropping it leaves every lane and, when it was the person's last here, their presence.
pub struct Connection {
    hub: Hub,
    person: PersonId,
    pass: Option<PassId>,
    wake: Arc<Wake>,
    seats: Vec<Seat>,
    away: bool,
    over: bool,
    read: Vec<Arc<Entry>>,
    ends: Option<Pin<Box<Sleep>>>,
}

impl Connection {
    pub(crate) fn new(hub: Hub, person: PersonId, pass: Option<PassId>, wake: Arc<Wake>) -> Self {
        let (seats, read) = (Vec::new(), Vec::new());
        Self { hub, person, pass, wake, seats, away: false, over: false, read, ends: None }
    }

    /// Ends it as revoked after some time: what it hangs on is over then.
    pub fn end_after(&mut self, time: Duration) {
        self.ends = Some(Box::pin(tokio::time::sleep(time)));
    }

    /// Whose connection it is.
    pub fn person(&self) -> PersonId {
        self.person
    }

    /// Listens to a lane from a place on, and returns what changed since. Without a place it starts at the head. The registration
    /// comes first and the read second, so nothing falls between them; what the read returned is not delivered again. Watching a lane again
    /// takes the new place and the new rights.
    pub async fn watch(&mut self, lane: Name, rights: Rights, since: Option<Seq>) -> Result<Changes, Unread> {
        self.unwatch(lane);
        let (shared, place, position, replies) = self.hub.listen(lane, &self.wake);
        let seat =
            Seat { lane: shared.clone(), place, position, last: Seq(0), rights, lagged: false, replies };
        self.seats.push(seat);
        let changes = match since {
            Some(since) => self.hub.changes(lane, since).await,
            None => {
                self.hub.head(lane).await.map(|upto| Changes::Since { events: Vec::new(), upto, more: false })
            }
        };
        let changes = match changes {
            Ok(changes) => filter(changes, rights),
            Err(error) => {
                self.unwatch(lane);
                return Err(error);
            }
        };
        let head = match &changes {
            Changes::Since { upto, .. } => *upto,
            Changes::Reset { head } => *head,
        };
        let learned = shared.learn(head);
        if let Some(seat) = self.seat(lane) {
            seat.last = head;
        }
        self.hub.settle(&shared, learned);
        Ok(changes)
    }

    /// Stops listening to a lane.
    pub fn unwatch(&mut self, lane: Name) {
        if let Some(at) = self.seats.iter().position(|seat| seat.lane.name == lane) {
            let seat = self.seats.swap_remove(at);
            self.hub.unlisten(&seat.lane, seat.place);
        }
    }

    /// How far this connection has come in a lane.
    pub fn place(&self, lane: Name) -> Option<Seq> {
        self.seats.iter().find(|seat| seat.lane.name == lane).map(|seat| seat.last)
    }

    /// The rights it has in a lane now.
    pub fn rights(&self, lane: Name) -> Option<Rights> {
        self.seats.iter().find(|seat| seat.lane.name == lane).map(|seat| seat.rights)
    }

    /// Waits until something is there, then appends all that is there to `out`. Cancel-safe. Pending for ever once it is over.
    pub async fn next(&mut self, out: &mut Vec<Delivery>) {
        let before = out.len();
        loop {
            self.drain(out);
            if out.len() > before {
                return;
            }
            let (wake, ends) = (&self.wake, &mut self.ends);
            poll_fn(|context| {
                wake.register(ends, context);
                if wake.take() { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    }

    /// Waits until the whole connection is over, leaving what there is to hear where it is: for a transport that cannot pass it on
    /// yet. Lanes do not wake it meanwhile, so ten thousand clients that never read cost the others nothing. Cancel-safe.
    pub async fn over(&mut self) -> Closed {
        let (wake, ends) = (&self.wake, &mut self.ends);
        poll_fn(|context| {
            wake.register(ends, context);
            // `next` takes what is pending.
            wake.hold();
            wake.closed().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// Says whether the person behind this connection is attentive. They are away when all their connections are.
    pub fn set_away(&mut self, away: bool) {
        if self.away != away {
            self.away = away;
            self.hub.attend(self.person, i64::from(!away) - i64::from(away));
        }
    }

    fn seat(&mut self, lane: Name) -> Option<&mut Seat> {
        self.seats.iter_mut().find(|seat| seat.lane.name == lane)
    }

    /// Appends what every lane has for this connection.
    fn drain(&mut self, out: &mut Vec<Delivery>) {
        if self.over {
            return;
        }
        if let Some(why) = self.wake.closed() {
            self.over = true;
            return out.push(Delivery::Closed(why));
        }
        let mut ended = Vec::new();
        for seat in self.seats.iter_mut().filter(|seat| seat.has_news()) {
            for reply in std::mem::take(&mut seat.replies).into_iter().filter(|reply| seat.may_hear(reply)) {
                let what = What::Reply { reply, at: None };
                out.push(Delivery::Entry(Arc::new(Entry::new(seat.lane.name, seat.last, seat.last, what))));
            }
            self.read.clear();
            if !seat.lane.read_from(seat.position, &mut self.read) {
                seat.lagged = true;
                out.push(Delivery::Lagged(seat.lane.name));
                continue;
            }
            seat.position += self.read.len() as u64;
            for entry in self.read.drain(..) {
                if let Some(why) = seat.hear(self.person, entry, out) {
                    out.push(Delivery::Ended(seat.lane.name, why));
                    ended.push(seat.lane.name);
                    break;
                }
            }
        }
        for lane in ended {
            self.unwatch(lane);
        }
    }
}

impl Seat {
    fn has_news(&self) -> bool {
        !self.lagged && (self.lane.position() != self.position || !self.replies.is_empty())
    }

    /// Whether the message that a reply becomes again is this reader's to read.
    fn may_hear(&self, reply: &Reply) -> bool {
        reply.message.is_none_or(|message| message >= self.rights.visible_from)
    }

    /// Passes on one entry as this reader may hear it. Returns why the lane ends for them, when it does.
    fn hear(&mut self, me: PersonId, entry: Arc<Entry>, out: &mut Vec<Delivery>) -> Option<Ended> {
        let change = match &entry.what {
            What::Reply { reply, .. } if !self.may_hear(reply) => return None,
            // Who has read is the author's to know.
            What::Whisper(Whisper::Receipt { author, .. }) if *author != me => return None,
            What::Whisper(_) | What::Reply { .. } => {
                out.push(Delivery::Entry(entry));
                return None;
            }
            _ if entry.to <= self.last => return None,
            What::Change(change) => Some(change),
            What::Nothing | What::Reset => None,
        };
        let (from, to) = (entry.from, entry.to);
        self.last = to;
        match change {
            Some(Change::Message(message)) if message.id < self.rights.visible_from => {
                out.push(Delivery::Skipped { lane: self.lane.name, from, to });
                return None;
            }
            Some(Change::Member(member)) if member.profile.id == me => {
                if let Some(why) = self.rights.follow(member) {
                    return Some(why);
                }
            }
            Some(Change::Room(room)) => {
                self.rights.public = room.kind == RoomKind::Public;
                if self.rights.public {
                    self.rights.visible_from = MessageId(0);
                }
                if !self.rights.public && !self.rights.member {
                    return Some(Ended::Hidden);
                }
            }
            _ => {}
        }
        out.push(Delivery::Entry(entry));
        None
    }
}

impl Rights {
    /// What one's own membership leaves of one's rights; why nothing, when it does.
    fn follow(&mut self, member: &Member) -> Option<Ended> {
        let why = match member.standing {
            Standing::In => {
                (self.member, self.visible_from) = (true, member.visible_from);
                return None;
            }
            Standing::Banned => return Some(Ended::Banned),
            Standing::Left => Ended::Left,
            Standing::Removed => Ended::Removed,
        };
        (self.member, self.visible_from) = (false, MessageId(0));
        (!self.public).then_some(why)
    }
}

/// Leaves out what is before a member's first visible message.
fn filter(changes: Changes, rights: Rights) -> Changes {
    match changes {
        Changes::Since { mut events, upto, more } => {
            events.retain(|event| !matches!(&event.change, Change::Message(m) if m.id < rights.visible_from));
            Changes::Since { events, upto, more }
        }
        reset => reset,
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        for seat in std::mem::take(&mut self.seats) {
            self.hub.unlisten(&seat.lane, seat.place);
        }
        self.hub.disconnect(self.person, self.pass, &self.wake, self.away);
    }
}

/// How many connections one person may have here; in one place, for the error's words.
pub(crate) const PER_PERSON: usize = limits::CONNECTIONS_PER_PERSON_MAX;
