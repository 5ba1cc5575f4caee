//! Who is connected, here and elsewhere, and which rooms' news they want.

use crate::{Closed, ProcessId, connection::PER_PERSON, wake::Wake};
use domain::{
    events::{Presence, PresenceCounts, Whisper},
    ids::{PersonId, RoomId},
    limits,
    messages::Message,
    tokens::PassId,
};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Weak},
};
use tokio::time::Instant;

/// Everyone who is connected.
#[derive(Default)]
pub(crate) struct People {
    here: HashMap<PersonId, Here>,
    elsewhere: HashMap<ProcessId, (Instant, HashMap<PersonId, bool>)>,
    /// Which of the people here are in a room.
    audience: HashMap<RoomId, HashSet<PersonId>>,
    news: HashMap<RoomId, News>,
    /// Something about presence changed since it was last told.
    stirred: bool,
}

/// One person's connections to this process.
#[derive(Default)]
struct Here {
    connections: Vec<Open>,
    attentive: i64,
    rooms: HashSet<RoomId>,
}

struct Open {
    pass: Option<PassId>,
    wake: Weak<Wake>,
    stream: bool,
}

/// What was posted in a room since its members were last told.
struct News {
    last: domain::ids::MessageId,
    author: PersonId,
    posted: u32,
}

impl People {
    /// Notes a connection; `false` when the person has too many. One stream too many of a session ends its oldest.
    pub fn connect(
        &mut self,
        person: PersonId,
        pass: Option<PassId>,
        wake: &Arc<Wake>,
        stream: bool,
    ) -> bool {
        let here = self.here.entry(person).or_default();
        if here.connections.len() >= PER_PERSON {
            return false;
        }
        if stream {
            let open = here.connections.iter().filter(|open| open.stream && open.pass == pass);
            let open: Vec<Arc<Wake>> = open.filter_map(|open| open.wake.upgrade()).collect();
            let over = (open.len() + 1).saturating_sub(limits::STREAMS_PER_SESSION_MAX);
            open.iter().take(over).for_each(|wake| wake.close(Closed::Displaced));
        }
        here.connections.push(Open { pass, wake: Arc::downgrade(wake), stream });
        here.attentive += 1;
        self.stirred = true;
        true
    }

    /// Forgets a connection; whether the person has others.
    pub fn disconnect(
        &mut self,
        person: PersonId,
        _pass: Option<PassId>,
        wake: &Arc<Wake>,
        away: bool,
    ) -> bool {
        let Some(here) = self.here.get_mut(&person) else { return false };
        here.connections.retain(|open| !std::ptr::eq(open.wake.as_ptr(), Arc::as_ptr(wake)));
        here.attentive -= i64::from(!away);
        self.stirred = true;
        if !here.connections.is_empty() {
            return true;
        }
        if let Some(here) = self.here.remove(&person) {
            here.rooms.iter().for_each(|room| self.forget_audience(*room, person));
        }
        false
    }

    /// Counts one attentive connection more or fewer.
    pub fn attend(&mut self, person: PersonId, by: i64) {
        if let Some(here) = self.here.get_mut(&person) {
            // A connection that goes away takes its one off; one that comes back puts it on again.
            here.attentive += by.signum();
            self.stirred = true;
        }
    }

    pub fn is_connected(&self, person: PersonId) -> bool {
        self.here.contains_key(&person)
    }

    /// How many people, and how many connections.
    pub fn count(&self) -> (usize, usize) {
        (self.here.len(), self.here.values().map(|here| here.connections.len()).sum())
    }

    pub fn close_pass(&mut self, person: PersonId, pass: PassId, why: Closed) {
        self.close_where(person, why, |open| open.pass == Some(pass));
    }

    pub fn close_person(&mut self, person: PersonId, why: Closed) {
        self.close_where(person, why, |_| true);
    }

    pub fn close_all(&mut self, why: Closed) {
        let all: Vec<PersonId> = self.here.keys().copied().collect();
        all.into_iter().for_each(|person| self.close_person(person, why));
    }

    fn close_where(&mut self, person: PersonId, why: Closed, which: impl Fn(&Open) -> bool) {
        let open = self.here.get(&person).into_iter().flat_map(|here| &here.connections);
        open.filter(|open| which(open))
            .filter_map(|open| open.wake.upgrade())
            .for_each(|wake| wake.close(why));
    }

    /// Learns which rooms somebody here is in.
    pub fn set_rooms(&mut self, person: PersonId, rooms: Vec<RoomId>) {
        rooms.into_iter().for_each(|room| self.set_room(person, room, true));
    }

    /// Somebody came into a room, or went.
    pub fn set_room(&mut self, person: PersonId, room: RoomId, is_in: bool) {
        let Some(here) = self.here.get_mut(&person) else { return };
        if is_in && here.rooms.insert(room) {
            self.audience.entry(room).or_default().insert(person);
        } else if !is_in && here.rooms.remove(&room) {
            self.forget_audience(room, person);
        }
    }

    fn forget_audience(&mut self, room: RoomId, person: PersonId) {
        if let Some(people) = self.audience.get_mut(&room) {
            people.remove(&person);
            if people.is_empty() {
                self.audience.remove(&room);
                self.news.remove(&room);
            }
        }
    }

    /// Gathers a new message for its room's members.
    pub fn note_message(&mut self, message: &Message) {
        if !message.is_news() || !self.audience.contains_key(&message.room) {
            return;
        }
        let news = self.news.entry(message.room).or_insert(News {
            last: message.id,
            author: message.author.id,
            posted: 0,
        });
        if message.id >= news.last {
            (news.last, news.author) = (message.id, message.author.id);
            news.posted += 1;
        }
    }

    /// What was gathered, and for whom.
    pub fn take_news(&mut self) -> Vec<(Whisper, Vec<PersonId>)> {
        let news = std::mem::take(&mut self.news).into_iter();
        news.map(|(room, news)| {
            let people =
                self.audience.get(&room).map(|people| people.iter().copied().collect()).unwrap_or_default();
            (Whisper::News { room, last: news.last, author: news.author, posted: news.posted }, people)
        })
        .collect()
    }

    /// Believes what another process says about who is there.
    pub fn hear(&mut self, process: ProcessId, people: Vec<(PersonId, bool)>, now: Instant) {
        let people: HashMap<PersonId, bool> = people.into_iter().collect();
        self.stirred |= self.elsewhere.get(&process).is_none_or(|(_, before)| *before != people);
        if people.is_empty() {
            self.elsewhere.remove(&process);
        } else {
            self.elsewhere.insert(process, (now, people));
        }
    }

    /// Presence is to be told again.
    pub fn stir(&mut self) {
        self.stirred = true;
    }

    /// Whether presence is to be told; processes not heard of for too long are forgotten first.
    pub fn take_stirred(&mut self, now: Instant) -> bool {
        let before = self.elsewhere.len();
        self.elsewhere.retain(|_, (heard, _)| now.duration_since(*heard) < limits::PRESENCE_EXPIRES);
        self.stirred |= self.elsewhere.len() != before;
        std::mem::take(&mut self.stirred)
    }

    /// Everyone connected here, and whether they are away.
    pub fn here(&self) -> Vec<(PersonId, bool)> {
        self.here.iter().map(|(person, here)| (*person, here.attentive <= 0)).collect()
    }

    /// Who of these people is connected somewhere. Somebody attentive anywhere is here.
    pub fn presence(&self, roster: &HashSet<PersonId>) -> Presence {
        let (mut here, mut away) = (Vec::new(), Vec::new());
        for person in roster {
            match self.state(*person) {
                Some(false) => here.push(*person),
                Some(true) => away.push(*person),
                None => {}
            }
        }
        let counts = PresenceCounts { here: here.len(), away: away.len(), members: roster.len() };
        for people in [&mut here, &mut away] {
            people.sort_unstable();
            if people.len() > limits::PRESENCE_NAMES_MAX {
                people.clear();
            }
        }
        Presence { counts: Some(counts), here, away }
    }

    /// `None`: not connected; else whether they are away.
    fn state(&self, person: PersonId) -> Option<bool> {
        let here = self.here.get(&person).map(|here| here.attentive <= 0);
        let elsewhere = self.elsewhere.values().filter_map(|(_, people)| people.get(&person).copied());
        elsewhere.chain(here).reduce(|one, other| one && other)
    }
}
