//! Reports, messages as administrators see them, the server's settings and invitations to it.

use super::{Message, Profile, messages::Version, rooms::Room, value};
use crate::Web;
use domain::{
    ids::{InviteId, MessageId},
    invites, reports,
    settings::{Configured, Registration, ServerSettings},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// Somebody's wish that the administrators look at a message.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Report<'r> {
    #[schemars(example = 3)]
    id: i64,
    message_id: MessageId,
    /// Where the message is.
    room: Room<'r>,
    /// Who wrote it.
    author: Profile<'r>,
    /// Who asks.
    reporter: Profile<'r>,
    /// Why; may be empty.
    #[schemars(example = &"This is advertising")]
    reason: &'r str,
    at: Timestamp,
    /// What came of it: `dismissed`, `hidden`, `erased` or `deactivated`; null while it is open.
    #[schemars(example = Value::Null)]
    resolution: Option<&'static str>,
    #[schemars(example = Value::Null)]
    resolved_at: Option<Timestamp>,
    /// Who settled it.
    #[schemars(example = Value::Null)]
    resolved_by: Option<Profile<'r>>,
}

impl<'r> From<&'r reports::Report> for Report<'r> {
    fn from(report: &'r reports::Report) -> Self {
        let resolved = report.resolved.as_ref();
        Self {
            id: report.id,
            message_id: report.message,
            room: (&report.room).into(),
            author: (&report.author).into(),
            reporter: (&report.reporter).into(),
            reason: &report.reason,
            at: report.at,
            resolution: resolved.map(|(how, ..)| how.as_str()),
            resolved_at: resolved.map(|(_, at, _)| *at),
            resolved_by: resolved.and_then(|(.., who)| who.as_ref()).map(Profile::from),
        }
    }
}

pub(crate) fn report(report: &reports::Report) -> Value {
    value(Report::from(report))
}

/// A message among those that administrators may find.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Found<'f> {
    #[schemars(example = 42)]
    id: MessageId,
    room: Room<'f>,
    author: Profile<'f>,
    /// Markdown, hidden or not; null where the room is not public.
    #[schemars(example = &"Hello **world**")]
    content: Option<&'f str>,
    created_at: Timestamp,
    deleted: bool,
    hidden: bool,
    /// Open reports of it.
    reports: i64,
}

pub(crate) fn found(found: &reports::Found) -> Value {
    value(Found {
        id: found.id,
        room: (&found.room).into(),
        author: (&found.author).into(),
        content: found.content.as_deref(),
        created_at: found.at,
        deleted: found.is_deleted,
        hidden: found.is_hidden,
        reports: found.reports,
    })
}

/// What an administrator sees who looks at a message.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Look<'l> {
    #[schemars(example = 42)]
    id: MessageId,
    room: Room<'l>,
    /// The message and some before and after it, with their texts even when they are hidden.
    messages: Vec<Message<'l>>,
    /// Its texts, the oldest first.
    versions: Vec<Version<'l>>,
    /// Who hid it.
    #[schemars(example = Value::Null)]
    hidden_by: Option<Profile<'l>>,
    /// Every report of it, the newest first.
    reports: Vec<Report<'l>>,
}

impl Web {
    /// What an administrator sees who looks at a message.
    pub fn look(&self, look: &reports::Look) -> Value {
        value(Look {
            id: look.id,
            room: (&look.room).into(),
            messages: look.messages.iter().map(|message| self.shape(message)).collect(),
            versions: look.versions.iter().map(Version::from).collect(),
            hidden_by: look.hidden_by.as_ref().map(Profile::from),
            reports: look.reports.iter().map(Report::from).collect(),
        })
    }
}

/// The settings of the server that hold.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Settings<'s> {
    /// Who may make an account.
    registration: Registration,
    /// Whether people without an account may talk with the bot.
    guests: bool,
    /// Messages a minute from one guest's address.
    #[schemars(example = 20)]
    guest_posts_per_minute: u32,
    /// Messages a minute from one person.
    #[schemars(example = 600)]
    posts_per_minute: u32,
    /// Characters of a message.
    #[schemars(example = 10_000)]
    message_chars_max: usize,
    /// Other sites whose pages may use the API and open sockets.
    allowed_origins: Vec<&'s str>,
    /// Who keeps the server; may be empty.
    #[schemars(example = &"Ría Ferries")]
    keeper: &'s str,
    /// Lines of dialogue on the page for signing in; empty for the server's own.
    #[schemars(example = &"Who is here tonight?")]
    dialogue: &'s str,
    /// What is accepted with an account, in Markdown; empty for the server's own.
    terms: &'s str,
    /// Those of these that the configuration decides.
    #[schemars(example = ["guests"])]
    configured: Vec<&'static str>,
}

pub(crate) fn settings(settings: &ServerSettings, configured: &Configured) -> Value {
    let decided = [
        ("guests", configured.guests.is_some()),
        ("guest_posts_per_minute", configured.guest_posts_per_minute.is_some()),
        ("posts_per_minute", configured.posts_per_minute.is_some()),
        ("allowed_origins", configured.allowed_origins.is_some()),
    ];
    value(Settings {
        registration: settings.registration,
        guests: settings.guests,
        guest_posts_per_minute: settings.guest_posts_per_minute,
        posts_per_minute: settings.posts_per_minute,
        message_chars_max: settings.message_chars_max,
        allowed_origins: settings.allowed_origins.iter().collect(),
        keeper: &settings.keeper,
        dialogue: &settings.dialogue,
        terms: &settings.terms,
        configured: decided.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect(),
    })
}

/// A link by which somebody may make an account.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ServerInvite<'i> {
    id: InviteId,
    /// Whom it is for.
    #[schemars(example = &"The choir")]
    note: &'i str,
    /// The username of who made it.
    #[schemars(example = &"ada")]
    created_by: &'i str,
    created_at: Timestamp,
    /// When it stops working.
    expires_at: Timestamp,
    /// Accounts made by it.
    uses: i64,
    /// Accounts that may be.
    #[schemars(example = 30)]
    uses_max: i64,
}

pub(crate) fn server_invite(invite: &invites::ServerInvite) -> Value {
    value(ServerInvite {
        id: invite.id,
        note: &invite.note,
        created_by: &invite.created_by,
        created_at: invite.created_at,
        expires_at: invite.expires_at,
        uses: invite.uses,
        uses_max: invite.uses_max,
    })
}
