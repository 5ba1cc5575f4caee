//! Loads what a proof of right needs and asks the domain for it.

use crate::{App, Error, Result, Viewer};
use domain::{access::RoomReader, ids::RoomId, people::Person};
use store::SeatBySlug;

impl App {
    /// The right to read the room at an address, as far as what the viewer showed reaches. When the room has moved, its present address is in
    /// `reader.room().slug`; whoever must not know of it gets `NotFound` either way. `~7` is the room with id 7, for links that must not depend on a
    /// room's present address.
    pub async fn room_reader(&self, viewer: &Viewer, slug: &str) -> Result<RoomReader> {
        Ok(self.room_reader_of(&viewer.person, slug).await?.within(viewer.reach())?)
    }

    /// The same for somebody who shows nothing, because they act within the server.
    pub(crate) async fn room_reader_of(&self, person: &Person, slug: &str) -> Result<RoomReader> {
        let seat = match slug.strip_prefix('~').map(str::parse::<RoomId>) {
            Some(id) => self.store.seat_in(id.map_err(|_| Error::NotFound("room"))?, person.id).await?,
            None => match self.store.seat(slug, person.id).await? {
                Some(SeatBySlug::Here(seat) | SeatBySlug::Moved(seat)) => Some(*seat),
                None => None,
            },
        };
        Ok(RoomReader::grant(person, seat.ok_or(Error::NotFound("room"))?)?)
    }
}
