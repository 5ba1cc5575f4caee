//! What administrators do, as it is written down beside the act itself.
//!
//! A [`Deed`] can only be had from an [`Admin`], so whatever the store asks a deed for cannot be done without the right to, and not without
//! being written down.

use crate::{
    access::{Admin, RoomReader},
    ids::{InviteId, MessageId, PersonId, ReplyId, RoomId},
    limits,
    members::Role,
};
use jiff::Timestamp;

macro_rules! acts {
    ($($(#[$doc:meta])* $act:ident = $word:literal,)*) => {
        /// Something an administrator does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Act {
            $($(#[$doc])* $act,)*
        }

        impl Act {
            /// All there are.
            pub const ALL: &'static [Self] = &[$(Self::$act),*];

            /// The word kept in databases and shown in the API.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$act => $word,)*
                }
            }
        }
    };
}

acts! {
    /// Makes an account.
    CreatePerson = "person.create",
    /// Changes a name or an address.
    UpdatePerson = "person.update",
    /// Makes somebody an administrator.
    PromotePerson = "person.promote",
    /// Makes an administrator a member like others.
    DemotePerson = "person.demote",
    /// Keeps somebody from signing in.
    DeactivatePerson = "person.deactivate",
    /// Lets them sign in again.
    ActivatePerson = "person.activate",
    /// Takes a password away, for a link by which its owner chooses another.
    ResetPassword = "person.reset",
    /// Gives somebody a password.
    SetPassword = "person.password",
    /// Signs somebody out everywhere.
    EndSessions = "person.sessions",
    /// Deletes an account.
    DeletePerson = "person.delete",
    /// Makes a token void.
    RevokeToken = "token.revoke",
    /// Makes a room.
    CreateRoom = "room.create",
    /// Changes a room's name or topic.
    UpdateRoom = "room.update",
    /// Closes a room.
    CloseRoom = "room.close",
    /// Opens it again.
    OpenRoom = "room.open",
    /// Makes somebody a member of a room.
    AddMember = "member.add",
    /// Gives a member another role.
    ChangeRole = "member.role",
    /// Sends a member away.
    RemoveMember = "member.remove",
    /// Keeps somebody out of a room.
    BanMember = "member.ban",
    /// Lets them in again.
    LiftBan = "member.unban",
    /// Makes a link by which people come into a room.
    InviteToRoom = "room.invite",
    /// Withdraws it.
    CloseRoomInvite = "room.uninvite",
    /// Stops a reply in progress.
    StopReply = "reply.stop",
    /// Has a bot answer again.
    RepeatReply = "reply.again",
    /// Looks at a message and those around it.
    ViewMessage = "message.view",
    /// Searches messages.
    FindMessages = "message.find",
    /// Takes a message out of sight.
    HideMessage = "message.hide",
    /// Shows it again.
    RestoreMessage = "message.restore",
    /// Deletes somebody else's message.
    DeleteMessage = "message.delete",
    /// Erases a message for good.
    EraseMessage = "message.erase",
    /// Settles the reports of a message.
    SettleReport = "report.settle",
    /// Makes a link by which somebody may make an account.
    InvitePerson = "invite.create",
    /// Withdraws it.
    WithdrawInvite = "invite.withdraw",
    /// Makes a bot.
    CreateBot = "bot.create",
    /// Changes a bot.
    UpdateBot = "bot.update",
    /// Changes a setting of the server.
    ChangeSetting = "setting.change",
}

impl Act {
    /// Reads the word back.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|act| act.as_str() == text)
    }
}

/// What was acted upon: a kind and a number, `person/7`, or a setting's name, `setting/budgets`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject(String);

impl Subject {
    /// Reads it back; `None` for what is none.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() <= limits::SUBJECT_CHARS_MAX && text.contains('/');
        fits.then(|| Self(text.to_owned()))
    }

    /// A token.
    pub fn token(id: i64) -> Self {
        Self(format!("token/{id}"))
    }

    /// A setting of the server.
    pub fn setting(name: &str) -> Self {
        Self(format!("setting/{name}"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The kind, and the number or name.
    pub fn parts(&self) -> (&str, &str) {
        self.0.split_once('/').unwrap_or((&self.0, ""))
    }
}

macro_rules! subjects {
    ($($id:ident as $kind:literal),*) => {
        $(impl From<$id> for Subject {
            fn from(id: $id) -> Self {
                Self(format!(concat!($kind, "/{}"), id))
            }
        })*
    };
}
subjects!(PersonId as "person", RoomId as "room", MessageId as "message", ReplyId as "reply", InviteId as "invite");

/// An act that is about to be done by somebody who has the right to.
#[derive(Debug, Clone)]
pub struct Deed {
    by: Admin,
    act: Act,
    subject: Subject,
    detail: String,
}

impl Deed {
    /// An act upon something; the detail says in a few words what a reader of the log wants to know, such as the name it had.
    pub fn new(by: &Admin, act: Act, subject: impl Into<Subject>, detail: impl Into<String>) -> Self {
        let detail: String = detail.into();
        let detail = detail.chars().take(limits::DEED_DETAIL_CHARS_MAX).collect();
        Self { by: by.clone(), act, subject: subject.into(), detail }
    }

    /// What somebody does in a room as those of a role do; none where their own role allows it, and not only that they govern the server.
    pub fn in_office(
        by: &RoomReader,
        role: Role,
        act: Act,
        subject: impl Into<Subject>,
        detail: &str,
    ) -> Option<Self> {
        Some(Self::new(&by.office(role)?, act, subject, detail))
    }

    /// The same upon something that got its number only now.
    #[must_use]
    pub fn on(&self, subject: impl Into<Subject>) -> Self {
        Self { subject: subject.into(), ..self.clone() }
    }

    /// Who does it.
    pub fn by(&self) -> &Admin {
        &self.by
    }

    /// What is done.
    pub fn act(&self) -> Act {
        self.act
    }

    /// What it is done to.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// In a few words.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Counted up in the order of writing.
    pub id: i64,
    /// Who did it: id and username; `None` for a command on the server's own machine.
    pub by: Option<(PersonId, String)>,
    /// What was done; a word this version does not know stays as it is.
    pub act: String,
    /// What it was done to.
    pub subject: Subject,
    /// In a few words.
    pub detail: String,
    /// When.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_is_read_back_from_its_word_and_no_other_is() {
        for act in Act::ALL {
            assert_eq!(Act::parse(act.as_str()), Some(*act));
        }
        assert_eq!(Act::parse("person.praise"), None);
    }

    #[test]
    fn a_subject_has_a_kind_and_a_number() {
        let subject = Subject::from(PersonId(7));
        assert_eq!((subject.as_str(), subject.parts()), ("person/7", ("person", "7")));
        assert_eq!(Subject::parse("person/7"), Some(subject));
        assert_eq!(Subject::parse("7"), None);
        assert_eq!(Subject::parse(&format!("person/{}", "7".repeat(200))), None);
    }

    #[test]
    fn a_detail_has_an_end() {
        let admin = Admin::of_the_machine();
        let deed = Deed::new(&admin, Act::UpdateRoom, RoomId(1), "x".repeat(5_000));
        assert_eq!(deed.detail().len(), limits::DEED_DETAIL_CHARS_MAX);
    }
}
