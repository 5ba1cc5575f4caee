//! Making and changing rooms.

use crate::{App, Result};
use domain::{
    access::RoomOwner,
    circles::Circle,
    limits,
    people::Person,
    rooms::{self, NewRoom, Room, RoomKind, RoomPatch, Slug},
};

/// What somebody fills in to make a room.
#[derive(Debug, Clone)]
pub struct RoomDraft {
    /// Its name.
    pub name: String,
    /// Its address; made from the name when empty.
    pub slug: String,
    /// What it is about; may be empty.
    pub topic: String,
    /// Public or private.
    pub kind: RoomKind,
}

impl RoomDraft {
    /// Checks it.
    pub fn check(self) -> Result<NewRoom> {
        let name = rooms::room_name(&self.name)?;
        let slug = if self.slug.is_empty() { Slug::from_name(&name) } else { Slug::new(&self.slug)? };
        Ok(NewRoom { topic: rooms::room_topic(&self.topic)?, name, slug, kind: self.kind })
    }
}

impl App {
    /// Makes a room; its maker becomes its owner.
    pub async fn create_room(&self, by: &Person, draft: RoomDraft) -> Result<Room> {
        let new = draft.check()?;
        self.rates.create_room(by.id)?;
        Ok(self.tell(self.store.create_room(Some(by.id), new, self.now()).await?))
    }

    /// The direct room with somebody, or the group with several, made when there is none. A group counts as a room made.
    pub async fn direct(&self, by: &Person, usernames: &[String]) -> Result<Room> {
        // More names than a group has people are not looked up; the refusal is the circle's.
        let mut with = Vec::new();
        for username in usernames.iter().take(limits::GROUP_PEOPLE_MAX + 1) {
            with.push(self.somebody(username).await?.id);
        }
        let circle = Circle::new(by.id, &with)?;
        if circle.kind() == RoomKind::Group {
            self.rates.create_room(by.id)?;
        }
        Ok(self.tell(self.store.direct(by.id, circle, self.now()).await?))
    }

    /// Changes name, topic, kind or policy, or closes a room.
    pub async fn update_room(&self, by: &RoomOwner, mut patch: RoomPatch) -> Result<Room> {
        patch.name = patch.name.map(|name| rooms::room_name(&name)).transpose()?;
        patch.topic = patch.topic.map(|topic| rooms::room_topic(&topic)).transpose()?;
        if patch.kind.is_some_and(|kind| !matches!(kind, RoomKind::Public | RoomKind::Private)) {
            return Err(domain::Invalid::new("kind", "A room is public or private.").into());
        }
        Ok(self.tell(self.store.update_room(by, patch, self.now()).await?))
    }
}
