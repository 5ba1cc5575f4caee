//! Chat sessions: starting one, and coming in by its address.

use crate::{App, Error, Result};
use domain::{
    access::Seat,
    chats::{self, ChatDoor},
    people::Person,
    rooms::{self, NewRoom, Room, RoomKind},
};
use store::SeatBySlug;

impl App {
    /// Starts a chat session. Without a name it is called by the first characters of its address, which its members know anyway.
    pub async fn start_chat(&self, by: &Person, name: &str) -> Result<Room> {
        let mut chance = [0; 8];
        self.world.randomize(&mut chance);
        let slug = chats::uri(chance)?;
        let name = match name.trim() {
            "" => format!("Chat {}", &slug.as_str()[..4]),
            name => rooms::room_name(name)?,
        };
        self.rates.create_room(by.id)?;
        let new = NewRoom { name, slug, topic: String::new(), kind: RoomKind::Session };
        Ok(self.tell(self.store.create_room(Some(by.id), new, self.now()).await?))
    }

    /// Lets somebody into the chat session at `uri`: oneself by knowing the address, others as a member. Who that was, and whether they
    /// were not in before. A stranger who would bring others learns neither of the session nor of the name.
    pub async fn enter_chat(&self, by: &Person, uri: &str, username: &str) -> Result<(Person, bool)> {
        let seat = self.chat_seat(by, uri).await?;
        let who = match self.somebody(username).await {
            Err(Error::NotFound(_)) if !is_in(&seat) => return Err(Error::NotFound("room")),
            who => who?,
        };
        let door = ChatDoor::grant(by, seat, who.id)?;
        Ok((who, self.tell(self.store.enter_chat(&door, self.now()).await?)))
    }

    /// The chat session at `uri`, for somebody who may come in, and whether they are in.
    pub async fn chat_at(&self, by: &Person, uri: &str) -> Result<(Room, bool)> {
        let seat = self.chat_seat(by, uri).await?;
        ChatDoor::grant(by, seat.clone(), by.id)?;
        let is_in = is_in(&seat);
        Ok((seat.room, is_in))
    }

    async fn chat_seat(&self, by: &Person, uri: &str) -> Result<Seat> {
        match self.store.seat(uri, by.id).await? {
            Some(SeatBySlug::Here(seat)) => Ok(*seat),
            _ => Err(Error::NotFound("room")),
        }
    }
}

fn is_in(seat: &Seat) -> bool {
    seat.member.as_ref().is_some_and(|member| member.is_in())
}
