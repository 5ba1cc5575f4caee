//! Who may do what in a room. Each right is a value that only its `grant` makes, from facts somebody else loaded.
//!
//! [`RoomOwner`] ⊃ [`RoomModerator`] ⊃ [`RoomReader`], [`RoomWriter`] ⊃ [`RoomReader`] and [`RoomMember`] ⊃
//! [`RoomReader`], by `Deref`. The store grants again inside the writing transaction, from rows it has locked.
//!
//! Administrators have an owner's rights in public rooms and none in rooms that are not theirs to see.

use crate::{
    ids::{MessageId, PersonId, RoomId},
    members::{Member, Role, Standing},
    people::{Person, Profile},
    rooms::{Posting, Room, RoomKind},
    tokens::{Reach, Scope},
};
use std::ops::Deref;

/// The facts that rights follow from, read together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The room.
    pub room: Room,
    /// The person's tie to it, tombstones included.
    pub member: Option<Member>,
    /// In a direct room or a group, the other people; empty where nobody asks for their names.
    pub others: Vec<Profile>,
}

/// Why a right was not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no such room for this person; said in the same words as for a room that never was.
    #[error("There is no such room.")]
    Unknown,
    /// The person may read, but not this; the text says why.
    #[error("{0}")]
    Forbidden(&'static str),
}

/// Whether a scope allows more than reading.
pub fn may_change(scope: Scope) -> Result<(), Refused> {
    match scope {
        Scope::Write => Ok(()),
        Scope::Read => Err(Refused::Forbidden("This token may read, but change nothing.")),
    }
}

/// Governs the server.
#[derive(Debug, Clone)]
pub struct Admin(Option<PersonId>);

impl Admin {
    /// Active administrators. To everyone else what they govern is not there.
    pub fn grant(person: &Person) -> Result<Self, Refused> {
        if person.is_admin && person.is_active { Ok(Self(Some(person.id))) } else { Err(Refused::Unknown) }
    }

    /// Whoever runs commands on the server's own machine: they have its database at hand.
    pub fn of_the_machine() -> Self {
        Self(None)
    }

    /// Whose right it is; `None` for a command on the machine.
    pub fn person(&self) -> Option<PersonId> {
        self.0
    }
}

/// May read a room.
#[derive(Debug, Clone)]
pub struct RoomReader {
    seat: Seat,
    person: Profile,
    is_admin: bool,
    scope: Scope,
}

impl RoomReader {
    /// Members, and everyone who is signed in where the room is public, except the banned.
    pub fn grant(person: &Person, seat: Seat) -> Result<Self, Refused> {
        let standing = seat.member.as_ref().map(|m| m.standing);
        let may = match (seat.room.kind, standing) {
            _ if !person.is_active => false,
            (_, Some(Standing::Banned)) => false,
            (_, Some(Standing::In)) => true,
            (RoomKind::Public, _) => true,
            _ => false,
        };
        if may {
            Ok(Self { seat, person: person.into(), is_admin: person.is_admin, scope: Scope::Write })
        } else {
            Err(Refused::Unknown)
        }
    }

    /// What is left of this right for somebody who came with less than the person's own: other rooms than those chosen are not
    /// there, and every right to change something that is granted over this one is refused where the scope is reading.
    pub fn within(self, reach: &Reach) -> Result<Self, Refused> {
        if reach.covers(self.room_id()) {
            Ok(Self { scope: reach.scope, ..self })
        } else {
            Err(Refused::Unknown)
        }
    }

    /// Whether more than reading is allowed to what they came with.
    pub fn may_change(&self) -> Result<(), Refused> {
        may_change(self.scope)
    }

    /// The room as it was when the right was given.
    pub fn room(&self) -> &Room {
        &self.seat.room
    }

    /// Its id.
    pub fn room_id(&self) -> RoomId {
        self.seat.room.id
    }

    /// Whose right it is.
    pub fn person(&self) -> PersonId {
        self.person.id
    }

    /// Whose right it is, as others see them.
    pub fn profile(&self) -> &Profile {
        &self.person
    }

    /// The other people of a direct room or a group.
    pub fn others(&self) -> &[Profile] {
        &self.seat.others
    }

    /// Their membership, while they are in.
    pub fn member(&self) -> Option<&Member> {
        self.seat.member.as_ref().filter(|m| m.is_in())
    }

    /// Whether they governed the server when the right was given.
    pub fn is_admin(&self) -> bool {
        self.is_admin
    }

    /// The right to act as somebody of a role does, where only governing the server gives it to them: what comes of it is an act of an administrator.
    pub fn office(&self, role: Role) -> Option<Admin> {
        let own = self.member().map(|member| member.role);
        (own < Some(role) && self.role() >= Some(role)).then_some(Admin(Some(self.person.id)))
    }

    /// The first message they may read; zero: all.
    pub fn visible_from(&self) -> MessageId {
        self.member().map_or(MessageId(0), |m| m.visible_from)
    }

    /// The role with which somebody who is not in comes in: whoever was read-only stays so, others are members.
    fn role_on_return(&self) -> Role {
        let before = self.seat.member.as_ref().map(|member| member.role);
        before.filter(|role| *role == Role::ReadOnly).unwrap_or(Role::Member)
    }

    fn role(&self) -> Option<Role> {
        let role = self.member().map(|m| m.role);
        match self.seat.room.kind {
            RoomKind::Public if self.is_admin => Some(Role::Owner),
            _ => role,
        }
    }
}

macro_rules! right_over {
    ($right:ident is $under:ident) => {
        impl Deref for $right {
            type Target = $under;
            fn deref(&self) -> &$under {
                &self.0
            }
        }
    };
}

/// Is in a room: may leave it, and choose what to hear of it.
#[derive(Debug, Clone)]
pub struct RoomMember(RoomReader);
right_over!(RoomMember is RoomReader);

impl RoomMember {
    /// Everyone who is in.
    pub fn grant(reader: RoomReader) -> Result<Self, Refused> {
        reader.may_change()?;
        if reader.member().is_some() {
            Ok(Self(reader))
        } else {
            Err(Refused::Forbidden("You are not a member of this room."))
        }
    }
}

/// May write in a room. In a public room that includes readers: their first message makes them members.
#[derive(Debug, Clone)]
pub struct RoomWriter(RoomReader);
right_over!(RoomWriter is RoomReader);

impl RoomWriter {
    /// Members who are not read-only and whom the posting policy allows; readers of a public room as new members.
    pub fn grant(reader: RoomReader) -> Result<Self, Refused> {
        reader.may_change()?;
        let room = reader.room();
        let role = reader.role().unwrap_or_else(|| reader.role_on_return());
        if room.archived_at.is_some() {
            return Err(Refused::Forbidden("This room is closed. Nobody writes here any more."));
        }
        if role == Role::ReadOnly {
            return Err(Refused::Forbidden("You may read here, but not write."));
        }
        if room.posting == Posting::Moderators && role < Role::Moderator {
            return Err(Refused::Forbidden("Only owners and moderators write here."));
        }
        Ok(Self(reader))
    }

    /// Whether their next message makes them a member.
    pub fn joins(&self) -> bool {
        self.member().is_none()
    }
}

/// May keep order: delete others' messages, invite, remove and ban.
#[derive(Debug, Clone)]
pub struct RoomModerator(RoomReader);
right_over!(RoomModerator is RoomReader);

const NEITHER: &str = "A direct room belongs to both and is governed by neither.";
const NOBODY: &str = "A group belongs to all of its people and is governed by nobody.";

impl RoomModerator {
    /// Owners, moderators, and administrators where the room is public.
    pub fn grant(reader: RoomReader) -> Result<Self, Refused> {
        reader.may_change()?;
        match reader.room().kind {
            RoomKind::Direct => Err(Refused::Forbidden(NEITHER)),
            RoomKind::Group => Err(Refused::Forbidden(NOBODY)),
            _ if reader.role() >= Some(Role::Moderator) => Ok(Self(reader)),
            _ => Err(Refused::Forbidden("Only owners and moderators may do this.")),
        }
    }

    /// The highest role they may act upon or give: owners over everyone, moderators over members.
    pub fn outranks(&self, role: Role) -> bool {
        self.role() == Some(Role::Owner) || self.role() > Some(role)
    }
}

/// May govern a room: name, topic, policy, roles, closing, handing over.
#[derive(Debug, Clone)]
pub struct RoomOwner(RoomModerator);
right_over!(RoomOwner is RoomModerator);

impl RoomOwner {
    /// Owners, and administrators where the room is public.
    pub fn grant(reader: RoomReader) -> Result<Self, Refused> {
        let moderator = RoomModerator::grant(reader)?;
        if moderator.role() == Some(Role::Owner) {
            Ok(Self(moderator))
        } else {
            Err(Refused::Forbidden("Only owners may do this."))
        }
    }
}
