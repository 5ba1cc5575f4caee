//! Chat sessions: private rooms whose address cannot be guessed, so that knowing it is enough to come in.

use crate::{
    Invalid,
    access::{Refused, Seat},
    ids::{PersonId, RoomId},
    limits,
    members::{Role, Standing},
    people::Person,
    rooms::{RoomKind, Slug},
};

/// Characters of a chat session's address: 60 bits of chance.
pub const URI_CHARS: usize = 15;

/// An address from random bytes.
pub fn uri(chance: [u8; 8]) -> Result<Slug, Invalid> {
    Slug::new(&format!("{:016x}", u64::from_be_bytes(chance))[..URI_CHARS])
}

/// May let one certain person into a chat session. Like the rights of [`access`](crate::access), only its `grant` makes it, and the
/// store grants it again inside the writing transaction.
#[derive(Debug, Clone)]
pub struct ChatDoor {
    seat: Seat,
    by: PersonId,
    who: PersonId,
}

impl ChatDoor {
    /// Whoever knows the address may come in, unless they are banned, and whoever is in may bring others. To a stranger who would bring
    /// somebody else the session is as unknown as any other.
    pub fn grant(by: &Person, seat: Seat, who: PersonId) -> Result<Self, Refused> {
        let member = seat.member.as_ref().filter(|member| member.is_in());
        let is_banned = seat.member.as_ref().is_some_and(|member| member.standing == Standing::Banned);
        if !by.is_active || seat.room.kind != RoomKind::Session || is_banned {
            return Err(Refused::Unknown);
        }
        match member {
            None if by.id != who => return Err(Refused::Unknown),
            Some(member) if by.id != who && member.role == Role::ReadOnly => {
                return Err(Refused::Forbidden("You may read here, but not bring others in."));
            }
            None if seat.room.archived_at.is_some() => {
                return Err(Refused::Forbidden("This room is closed."));
            }
            _ => {}
        }
        Ok(Self { seat, by: by.id, who })
    }

    /// The session's id.
    pub fn room_id(&self) -> RoomId {
        self.seat.room.id
    }

    /// Whose right it is.
    pub fn by(&self) -> PersonId {
        self.by
    }

    /// Whom they let in.
    pub fn who(&self) -> PersonId {
        self.who
    }

    /// Refuses when as many are in as may be.
    pub fn has_place_for_one_more(members: i64) -> Result<(), Invalid> {
        if members < limits::CHAT_MEMBERS_MAX as i64 {
            return Ok(());
        }
        let text = "A chat session has at most {limit} members.";
        Err(Invalid::limit("username", text, limits::CHAT_MEMBERS_MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_fifteen_hexadecimal_characters() {
        for chance in [[0; 8], [0xff; 8], *b"tertulia"] {
            let uri = uri(chance).unwrap();
            assert_eq!(uri.as_str().len(), URI_CHARS);
            assert!(uri.as_str().bytes().all(|b| b.is_ascii_hexdigit()), "{uri:?}");
        }
    }
}
