//! Chat sessions, in the words of the single-page client's own API.

use domain::{ids::MessageId, ids::RoomId, people::Person, rooms::Room};
use schemars::JsonSchema;
use serde::Serialize;
use store::ChatLine;

/// Somebody, as chat sessions show them.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ChatUser<'p> {
    id: domain::ids::PersonId,
    /// The name to sign in with.
    #[schemars(example = &"alex")]
    username: &'p str,
    /// Empty unless it is one's own, or one governs the server.
    #[schemars(example = &"alex@example.org")]
    email: &'p str,
    /// The shown name, where it is another than the username.
    #[schemars(example = &"Alex")]
    first_name: &'p str,
    /// Always empty: a shown name is not taken apart.
    last_name: &'static str,
}

impl<'p> ChatUser<'p> {
    /// What `viewer` sees of `person`.
    pub fn seen_by(viewer: &Person, person: &'p Person) -> Self {
        let sees_email = viewer.id == person.id || viewer.is_admin;
        let has_shown_name = person.display_name != person.username;
        Self {
            id: person.id,
            username: &person.username,
            email: if sees_email { &person.email } else { "" },
            first_name: if has_shown_name { &person.display_name } else { "" },
            last_name: "",
        }
    }
}

/// That it was done.
#[derive(Serialize, JsonSchema)]
pub(crate) enum Status {
    /// It was.
    #[serde(rename = "SUCCESS")]
    Success,
}

/// A chat session that was started.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ChatStarted {
    pub status: Status,
    /// Its address. Whoever knows it may come in.
    #[schemars(example = &"467f53e415044c0")]
    pub uri: String,
    #[schemars(example = &"New chat session created")]
    pub message: &'static str,
}

/// Who is in a chat session after somebody came in.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ChatJoined<'p> {
    pub status: Status,
    /// The owner first, then in the order in which they came.
    pub members: Vec<ChatUser<'p>>,
    #[schemars(example = &"alex joined chat session")]
    pub message: String,
    /// Who came in.
    pub user: ChatUser<'p>,
}

/// A message that was posted.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ChatPosted<'p> {
    pub status: Status,
    #[schemars(example = &"467f53e415044c0")]
    pub uri: &'p str,
    #[schemars(example = &"Hello there")]
    pub message: &'p str,
    /// Who said it.
    pub user: ChatUser<'p>,
    /// The message's id, as `/ws` and the rooms' API name it.
    pub id: MessageId,
}

/// What was said.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ChatHistory<'p> {
    pub id: RoomId,
    #[schemars(example = &"467f53e415044c0")]
    pub uri: &'p str,
    /// Oldest first.
    pub messages: Vec<ChatMessage<'p>>,
}

/// One message.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ChatMessage<'p> {
    user: ChatUser<'p>,
    /// Markdown, as it was typed.
    #[schemars(example = &"Hello there")]
    message: &'p str,
    /// The message's id, as `/ws` and the rooms' API name it.
    id: MessageId,
}

impl<'p> ChatMessage<'p> {
    /// What `viewer` sees of it.
    pub fn seen_by(viewer: &Person, line: &'p ChatLine) -> Self {
        Self { user: ChatUser::seen_by(viewer, &line.author), message: &line.content, id: line.id }
    }
}

/// A chat session of one's own.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Chat<'p> {
    id: RoomId,
    #[schemars(example = &"467f53e415044c0")]
    uri: &'p str,
    #[schemars(example = &"Chat 467f")]
    name: &'p str,
    created_at: String,
}

impl<'p> From<&'p Room> for Chat<'p> {
    fn from(room: &'p Room) -> Self {
        Self { id: room.id, uri: &room.slug, name: &room.name, created_at: room.created_at.to_string() }
    }
}

/// A chat session and who is in it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShownChat<'p> {
    #[serde(flatten)]
    pub chat: Chat<'p>,
    /// The owner first, then in the order in which they came.
    pub members: Vec<ChatUser<'p>>,
}
