//! People, rooms and proofs for the promises.

use crate::{
    BotPatch, Close, FirstAdmin, Holder, Job, Key, Leave, NewBot, NewPerson, NewSession, PageAt, Posted,
    SeatBySlug, Secret, Store, Window, Written,
};
use domain::{
    access::{RoomModerator, RoomOwner, RoomReader, RoomWriter},
    bots::Budgets,
    circles::Circle,
    events::{Change, Changes, Event, Lane},
    ids::{MessageId, PersonId, Seq},
    messages::{Draft, Message},
    people::{Person, Username},
    receipts::{Mark, Moved},
    replies::{Answers, Ending, Reply},
    rooms::{NewRoom, Room, RoomKind, Slug},
};
use jiff::Timestamp;
use std::sync::Arc;

/// A store with somebody in it.
#[derive(Clone)]
pub struct Scene {
    /// The store under test.
    pub store: Arc<dyn Store>,
}

impl Scene {
    /// A scene in an empty store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// A fixed time, some seconds after another.
    pub fn at(&self, seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).expect("the year 2023 is a time")
    }

    /// Now, as far as the scene goes.
    pub fn now(&self) -> Timestamp {
        self.at(0)
    }

    /// Somebody's account.
    pub async fn person(&self, name: &str) -> Person {
        self.account(name, FirstAdmin::No).await.expect("the name is free")
    }

    /// An account, or why there is none.
    pub async fn account(&self, name: &str, admin: FirstAdmin) -> crate::Result<Person> {
        let new = NewPerson {
            username: Username::new(name).expect("a name that may be used"),
            display_name: String::new(),
            email: String::new(),
            password_hash: "$hash".into(),
            admin,
            is_bot: false,
            avatar: String::new(),
        };
        self.store.sign_up(new, self.now()).await.map(|written| written.value)
    }

    /// A bot's account.
    pub async fn bot(&self, name: &str, answers: Answers) -> Person {
        let new = NewBot {
            username: Username::new(name).expect("a name that may be used"),
            display_name: String::new(),
            avatar: String::new(),
            owner: None,
            mind: "intents".into(),
            answers,
            settings: "{}".into(),
        };
        let bot = self.store.create_bot(None, new, self.now()).await.expect("the name is free").value;
        self.store.bot_person(bot.profile.id).await.expect("the store answers").expect("it was just made")
    }

    /// Switches a bot on or off.
    pub async fn switch(&self, bot: &Person, is_active: bool) {
        let patch = BotPatch { is_active: Some(is_active), ..BotPatch::default() };
        self.store.update_bot(None, bot.id, patch, self.now()).await.expect("a bot can be changed");
    }

    /// Lets somebody into a room.
    pub async fn add(&self, owner: &Person, room: &Room, person: &Person) {
        let moderator = self.moderator(owner, room).await;
        self.store.add_member(&moderator, person.id, self.now()).await.expect("there is room");
    }

    /// Says something to which one bot answers.
    pub async fn ask(&self, person: &Person, room: &Room, content: &str) -> Reply {
        let draft = Draft::new(content, None, None).expect("a good draft");
        let mut replies = self.post(person, room, draft).await.value.replies;
        assert_eq!(replies.len(), 1, "one bot answers {content:?}");
        replies.pop().expect("there is one")
    }

    /// A process that holds what it takes for eight seconds from the scene's now.
    pub fn holder(&self, process: &str) -> Holder {
        Holder { process: process.into(), until: self.at(8) }
    }

    /// Takes a reply that nobody holds.
    pub async fn take(&self, reply: &Reply, process: &str) -> Job {
        let taken = self.store.take_reply(reply.id, &self.holder(process), self.now()).await;
        taken.expect("the store answers").expect("nobody holds it")
    }

    /// Takes a reply and begins, with nothing set aside.
    pub async fn begin(&self, reply: &Reply, process: &str) -> Job {
        let job = self.take(reply, process).await;
        let leave = self.store.begin_reply(job.lease, 0, Budgets::default(), self.now()).await;
        assert_eq!(leave.expect("the lease is good"), Leave::Granted);
        job
    }

    /// The end of a reply of which nothing was kept yet.
    pub fn end(&self, ending: Ending, text: &str) -> Close {
        Close {
            ending,
            why: String::new(),
            retry_at: None,
            at: 0,
            rest: text.into(),
            steps: Vec::new(),
            input: 0,
            output: 0,
        }
    }

    /// Begins a reply and ends it with a text.
    pub async fn answer(&self, reply: &Reply, text: &str) -> Written<Posted> {
        let job = self.begin(reply, "one").await;
        let close = self.end(Ending::Complete, text);
        self.store.close_reply(job.lease, close, self.now()).await.expect("the lease is good")
    }

    /// A session of somebody with the secret `[n; 32]`.
    pub async fn session(&self, person: &Person, n: u8) -> domain::sessions::Session {
        let new = NewSession {
            person: person.id,
            secret: Secret([n; 32]),
            user_agent: "browser".into(),
            address: "192.0.2.1".into(),
            expires_at: self.at(1_000),
        };
        self.store.log_in(new, self.now()).await.expect("somebody may sign in").value
    }

    /// A room that somebody owns.
    pub async fn room(&self, owner: &Person, name: &str, kind: RoomKind) -> Room {
        let new = NewRoom { name: name.into(), slug: Slug::from_name(name), topic: String::new(), kind };
        self.store.create_room(Some(owner.id), new, self.now()).await.expect("a room can be made").value
    }

    /// The room of somebody and others.
    pub async fn direct(&self, by: &Person, with: &[&Person]) -> Written<Room> {
        let with: Vec<PersonId> = with.iter().map(|person| person.id).collect();
        let circle = Circle::new(by.id, &with).expect("a good circle");
        self.store.direct(by.id, circle, self.now()).await.expect("a direct room can be made")
    }

    /// The right to read, or why not.
    pub async fn try_reader(
        &self,
        person: &Person,
        room: &Room,
    ) -> Result<RoomReader, domain::access::Refused> {
        let found = self.store.seat(&room.slug, person.id).await.expect("the store answers");
        let Some(SeatBySlug::Here(seat) | SeatBySlug::Moved(seat)) = found else {
            return Err(domain::access::Refused::Unknown);
        };
        RoomReader::grant(person, *seat)
    }

    /// The right to read.
    pub async fn reader(&self, person: &Person, room: &Room) -> RoomReader {
        self.try_reader(person, room).await.expect("they may read")
    }

    /// The right to write.
    pub async fn writer(&self, person: &Person, room: &Room) -> RoomWriter {
        RoomWriter::grant(self.reader(person, room).await).expect("they may write")
    }

    /// The right to keep order.
    pub async fn moderator(&self, person: &Person, room: &Room) -> RoomModerator {
        RoomModerator::grant(self.reader(person, room).await).expect("they may keep order")
    }

    /// The right to govern.
    pub async fn owner(&self, person: &Person, room: &Room) -> RoomOwner {
        RoomOwner::grant(self.reader(person, room).await).expect("they may govern")
    }

    /// Says something.
    pub async fn say(&self, person: &Person, room: &Room, content: &str) -> Message {
        self.post(person, room, Draft::new(content, None, None).expect("a good draft")).await.value.message
    }

    /// Posts a draft.
    pub async fn post(&self, person: &Person, room: &Room, draft: Draft) -> Written<Posted> {
        let writer = self.writer(person, room).await;
        self.store.post(&writer, draft, self.now()).await.expect("it is written")
    }

    /// Reads up to a message.
    pub async fn read(&self, person: &Person, room: &Room, upto: MessageId) -> Written<Vec<Moved>> {
        let mark = Mark { room: room.id, person: person.id, delivered: upto, read: upto };
        self.store.mark(&[mark], self.now()).await.expect("it can be marked")
    }

    /// A part of the history, whose outline is the same part.
    pub async fn page(&self, person: &Person, room: &Room, at: PageAt, limit: usize) -> Window {
        let reader = self.reader(person, room).await;
        let page = self.store.page(&reader, at, limit).await.expect("it can be read");
        let outline = self.store.outline(&reader, at, limit).await.expect("it can be outlined");
        let key = |message: &Message| Key { id: message.id, seq: message.seq, gone: message.is_gone() };
        assert_eq!(outline, page.with(page.messages.iter().map(key).collect()));
        page
    }

    /// The ids of a part of the history.
    pub async fn ids(&self, person: &Person, room: &Room, at: PageAt, limit: usize) -> Vec<MessageId> {
        self.page(person, room, at, limit).await.messages.iter().map(|message| message.id).collect()
    }

    /// All changes of a lane since a place, in pages of three.
    pub async fn since(&self, lane: Lane, since: Seq) -> Vec<Event> {
        let (mut all, mut place) = (Vec::new(), since);
        loop {
            match self.store.changes(lane, place, 3).await.expect("it can be read") {
                Changes::Since { events, upto, more } => {
                    all.extend(events);
                    place = upto;
                    if !more {
                        return all;
                    }
                }
                Changes::Reset { .. } => panic!("the place {since} was reset"),
            }
        }
    }

    /// What a person's own lane says.
    pub async fn told(&self, person: PersonId) -> Vec<Change> {
        self.since(Lane::Person(person), Seq(0)).await.into_iter().map(|event| event.change).collect()
    }
}
