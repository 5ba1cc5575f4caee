//! What administrators see of people, tokens, rooms and replies, and of what was done.

use super::{Person, Profile, Room, Token};
use domain::{
    audit,
    ids::{PersonId, ReplyId, RoomId},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use store::{Listed, PersonLine, Place, ReplyFacts, RoomFacts, TokenFacts};

/// Somebody, with what only administrators see.
#[derive(Serialize, JsonSchema)]
pub(crate) struct GovernedPerson<'p> {
    #[serde(flatten)]
    about: Person<'p>,
    /// Whether they can sign in.
    is_active: bool,
    created_at: Timestamp,
}

impl<'p> From<&'p domain::people::Person> for GovernedPerson<'p> {
    fn from(person: &'p domain::people::Person) -> Self {
        Self { about: person.into(), is_active: person.is_active, created_at: person.created_at }
    }
}

/// Somebody in the list of people.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ListedPerson<'p> {
    #[serde(flatten)]
    about: GovernedPerson<'p>,
    /// When they last used a browser they are signed in with.
    seen_at: Option<Timestamp>,
    /// How many tokens they have.
    tokens: i64,
}

impl<'p> From<&'p PersonLine> for ListedPerson<'p> {
    fn from(line: &'p PersonLine) -> Self {
        Self { about: (&line.person).into(), seen_at: line.seen_at, tokens: line.tokens }
    }
}

/// An account, and the link by which its owner chooses a password, which is told this once.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ResetPerson<'p> {
    #[serde(flatten)]
    pub about: GovernedPerson<'p>,
    /// Good for a day. A path only where the server does not know its own address (`PUBLIC_URL`).
    #[schemars(example = &"https://chat.example/reset/467f53e4…/")]
    pub link: String,
}

/// A token of somebody.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ListedToken<'t> {
    #[serde(flatten)]
    about: Token<'t>,
    owner: Profile<'t>,
}

impl<'t> From<&'t TokenFacts> for ListedToken<'t> {
    fn from(facts: &'t TokenFacts) -> Self {
        Self { about: (&facts.token).into(), owner: (&facts.owner).into() }
    }
}

/// A room, and how busy it is.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ListedRoom<'r> {
    #[serde(flatten)]
    about: Room<'r>,
    /// How many are in it.
    members: i64,
    /// The username of whoever has owned it for longest; direct rooms have no owner.
    #[schemars(example = &"ada")]
    owner: Option<&'r str>,
    /// When something was last said.
    last_message_at: Option<Timestamp>,
}

impl<'r> From<&'r RoomFacts> for ListedRoom<'r> {
    fn from(facts: &'r RoomFacts) -> Self {
        Self {
            about: (&facts.room).into(),
            members: facts.members,
            owner: facts.owner.as_deref(),
            last_message_at: facts.last_at,
        }
    }
}

/// A reply as a job.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ListedReply<'r> {
    id: ReplyId,
    room_id: RoomId,
    /// The room's name.
    #[schemars(example = &"General")]
    room: &'r str,
    bot: Profile<'r>,
    asker: Profile<'r>,
    /// `queued`, `sent`, `complete`, `stopped`, `interrupted` or `failed`.
    #[schemars(example = &"sent")]
    state: &'r str,
    /// Why it failed, as a word; empty where there is nothing to say.
    #[schemars(example = &"")]
    why: &'r str,
    /// How often it was asked for.
    runs: i64,
    /// Somebody asked to stop it.
    stop_asked: bool,
    /// Tokens read.
    input: i64,
    /// Tokens written.
    output: i64,
    /// When its last run was asked for.
    since: Timestamp,
}

impl<'r> From<&'r ReplyFacts> for ListedReply<'r> {
    fn from(facts: &'r ReplyFacts) -> Self {
        Self {
            id: facts.id,
            room_id: facts.room,
            room: &facts.room_name,
            bot: (&facts.bot).into(),
            asker: (&facts.asker).into(),
            state: &facts.state,
            why: &facts.why,
            runs: facts.runs,
            stop_asked: facts.stop_asked,
            input: facts.tokens.0,
            output: facts.tokens.1,
            since: facts.since,
        }
    }
}

/// A line of the audit log.
#[derive(Serialize, JsonSchema)]
pub(crate) struct AuditLine<'a> {
    id: i64,
    /// Who did it; null: a command on the server's own machine.
    by: Option<Actor<'a>>,
    /// What was done.
    #[schemars(example = &"person.deactivate")]
    act: &'a str,
    /// What it was done to.
    #[schemars(example = &"person/7")]
    subject: &'a str,
    /// In a few words, such as the name it had.
    #[schemars(example = &"@bob")]
    detail: &'a str,
    at: Timestamp,
}

/// Who did something.
#[derive(Serialize, JsonSchema)]
struct Actor<'a> {
    id: PersonId,
    #[schemars(example = &"ada")]
    username: &'a str,
}

impl<'a> From<&'a audit::Entry> for AuditLine<'a> {
    fn from(entry: &'a audit::Entry) -> Self {
        Self {
            id: entry.id,
            by: entry.by.as_ref().map(|(id, username)| Actor { id: *id, username }),
            act: &entry.act,
            subject: entry.subject.as_str(),
            detail: &entry.detail,
            at: entry.at,
        }
    }
}

/// The key of the page after this one; `None` on the last.
pub(crate) fn next<T>(page: &Listed<T>) -> Option<String> {
    match &page.next {
        Some(Place::After(key)) => Some(key.clone()),
        _ => None,
    }
}
