//! Loads what a proof of right needs and asks the domain for it.

use crate::{App, Error, Result};
use domain::{access::RoomReader, people::Person};
use store::SeatBySlug;

impl App {
    /// The right to read the room at an address. When the room has moved, its present address is in
    /// `reader.room().slug`; whoever must not know of it gets `NotFound` either way.
    pub async fn room_reader(&self, person: &Person, slug: &str) -> Result<RoomReader> {
        let seat = match self.store.seat(slug, person.id).await? {
            Some(SeatBySlug::Here(seat) | SeatBySlug::Moved(seat)) => *seat,
            None => return Err(Error::NotFound("room")),
        };
        Ok(RoomReader::grant(person, seat)?)
    }
}
