//! A store in memory that can go away.

use domain::{
    events::{Change, Changes, Event, Lane},
    ids::{MessageId, PersonId, ReplyId, RoomId, Seq},
    limits,
    members::{Member, Role, Standing},
    messages::{Message, MessageKind},
    people::Profile,
    replies::{Answer, Ending, Reply, ReplyHead, ReplyState},
};
use jiff::Timestamp;
use live::{Truth, Unread};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// Lanes as lists of changes, and who is in which room.
#[derive(Default)]
pub struct Script(Mutex<State>);

#[derive(Default)]
struct State {
    lanes: HashMap<Lane, Vec<Event>>,
    members: Vec<(PersonId, RoomId)>,
    replies: Vec<Reply>,
    away: bool,
}

impl Script {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Commits a change; the event that would be told of it.
    pub fn write(&self, lane: Lane, change: Change) -> Event {
        let mut state = self.0.lock().unwrap();
        let events = state.lanes.entry(lane).or_default();
        let event = Event { lane, seq: Seq(events.len() as i64 + 1), change };
        events.push(event.clone());
        event
    }

    pub fn put_in(&self, person: PersonId, room: RoomId) {
        self.0.lock().unwrap().members.push((person, room));
    }

    /// Writes an open reply down, over what was there of it.
    pub fn save(&self, reply: &Reply) {
        let mut state = self.0.lock().unwrap();
        state.replies.retain(|held| held.id != reply.id);
        state.replies.push(reply.clone());
    }

    /// Ends a reply by the message it becomes; the event that would be told of it.
    pub fn end(&self, reply: &Reply, id: i64) -> Event {
        self.0.lock().unwrap().replies.retain(|held| held.id != reply.id);
        let mut message = message(id, reply.room);
        message.answer = Some(Box::new(Answer {
            reply: reply.id,
            run: reply.run,
            asker: reply.asker.clone(),
            question: reply.question,
            ending: Ending::Complete,
            why: String::new(),
            retry_at: None,
            steps: Vec::new(),
        }));
        self.write(Lane::Room(reply.room), Change::Message(Box::new(message)))
    }

    pub fn go_away(&self, away: bool) {
        self.0.lock().unwrap().away = away;
    }

    fn read<T>(&self, read: impl FnOnce(&State) -> T) -> Result<T, Unread> {
        let state = self.0.lock().unwrap();
        if state.away { Err(Unread("the store is away".into())) } else { Ok(read(&state)) }
    }
}

#[async_trait::async_trait]
impl Truth for Script {
    async fn heads(&self, lanes: &[Lane]) -> Result<Vec<(Lane, Seq)>, Unread> {
        let head =
            |state: &State, lane: &Lane| Seq(state.lanes.get(lane).map_or(0, |events| events.len() as i64));
        self.read(|state| lanes.iter().map(|lane| (*lane, head(state, lane))).collect())
    }

    async fn changes(&self, lane: Lane, since: Seq) -> Result<Changes, Unread> {
        self.read(|state| {
            let all = state.lanes.get(&lane).cloned().unwrap_or_default();
            let head = Seq(all.len() as i64);
            let mut events: Vec<Event> = all.into_iter().filter(|event| event.seq > since).collect();
            let more = events.len() > limits::CHANGES_PAGE_ROWS;
            events.truncate(limits::CHANGES_PAGE_ROWS);
            let upto = events.last().filter(|_| more).map_or(head, |event| event.seq);
            Changes::Since { events, upto, more }
        })
    }

    async fn roster(&self, room: RoomId, limit: usize) -> Result<Vec<PersonId>, Unread> {
        self.read(|state| {
            state.members.iter().filter(|(_, r)| *r == room).map(|(p, _)| *p).take(limit).collect()
        })
    }

    async fn rooms_of(&self, person: PersonId) -> Result<Vec<RoomId>, Unread> {
        self.read(|state| state.members.iter().filter(|(p, _)| *p == person).map(|(_, r)| *r).collect())
    }

    async fn reply_heads(&self, rooms: &[RoomId]) -> Result<Vec<ReplyHead>, Unread> {
        self.read(|state| {
            state.replies.iter().map(Reply::head).filter(|head| rooms.contains(&head.room)).collect()
        })
    }

    async fn mark_sums(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, i64)>, Unread> {
        self.read(|_| rooms.iter().map(|room| (*room, 0)).collect())
    }

    async fn open_replies(&self, ids: &[ReplyId]) -> Result<Vec<Reply>, Unread> {
        self.read(|state| state.replies.iter().filter(|reply| ids.contains(&reply.id)).cloned().collect())
    }
}

fn profile(id: PersonId) -> Profile {
    Profile {
        id,
        username: format!("p{id}"),
        display_name: format!("p{id}"),
        is_bot: false,
        avatar: String::new(),
    }
}

pub fn message(id: i64, room: RoomId) -> Message {
    Message {
        id: MessageId(id),
        room,
        seq: Seq(id),
        posted: Seq(id),
        kind: MessageKind::Text,
        author: profile(PersonId(1)),
        content: "hello".into(),
        client_id: None,
        reply_to: None,
        mentions: Vec::new(),
        mentions_everyone: false,
        reactions: Vec::new(),
        answer: None,
        pinned: false,
        version: 1,
        created_at: Timestamp::UNIX_EPOCH,
        edited_at: None,
        deleted_at: None,
        hidden_at: None,
        prior: None,
    }
}

/// A bot's reply that has begun, asked for by the first person.
pub fn reply(id: i64, room: RoomId, text: &str) -> Reply {
    Reply {
        id: ReplyId(id),
        room,
        run: 1,
        bot: Profile { is_bot: true, ..profile(PersonId(9)) },
        asker: profile(PersonId(1)),
        question: MessageId(1),
        message: None,
        state: ReplyState::Sent,
        text: text.into(),
        steps: Vec::new(),
        since: Timestamp::UNIX_EPOCH,
    }
}

pub fn member(id: PersonId, room: RoomId, standing: Standing) -> Member {
    Member {
        room,
        profile: profile(id),
        role: Role::Member,
        standing,
        joined_at: Timestamp::UNIX_EPOCH,
        visible_from: MessageId(0),
        seq: Seq(0),
    }
}
