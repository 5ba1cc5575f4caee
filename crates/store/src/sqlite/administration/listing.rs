//! Long lists: the beginnings of their statements, and their rows.

use crate::administration::{
    people::{COUNTS, more_of_people},
    replies::more_of_replies,
    rooms::more_of_rooms,
};
use crate::sqlite::rows::{self, person_columns, profile_columns, room_columns, token_columns};
use crate::{PeopleCounts, PersonLine, ReplyFacts, RoomFacts, TokenFacts, statements::statements};
use domain::ids::{ReplyId, RoomId};
use rusqlite::{Result, Row};

statements! {
    PEOPLE = concat!("SELECT ", person_columns!(), more_of_people!());
    COUNT_PEOPLE = COUNTS;
    ROOMS = concat!("SELECT ", room_columns!(), more_of_rooms!());
    ONE_ROOM = concat!("SELECT ", room_columns!(), more_of_rooms!(), " WHERE r.id = ?1");
    REPLIES = concat!("SELECT ", profile_columns!(), more_of_replies!());
    TOKENS = concat!("SELECT ", token_columns!(), ", ", profile_columns!(), " FROM tokens t JOIN people p ON p.id = t.person");
    GOOD_TOKEN = concat!("SELECT ", token_columns!(), " FROM tokens t
        WHERE t.id = ?1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ?2)");
}

pub(super) fn person(row: &Row<'_>) -> Result<PersonLine> {
    Ok(PersonLine {
        person: rows::person(row, 0)?,
        seen_at: rows::time_or_none(row, 11)?,
        tokens: row.get(12)?,
    })
}

pub(super) fn counts(row: &Row<'_>) -> Result<PeopleCounts> {
    Ok(PeopleCounts { all: row.get(0)?, admins: row.get(1)?, bots: row.get(2)?, inactive: row.get(3)? })
}

pub(super) fn room(row: &Row<'_>) -> Result<RoomFacts> {
    Ok(RoomFacts {
        room: rows::room(row, 0)?,
        members: row.get(10)?,
        owner: row.get(11)?,
        last_at: rows::time_or_none(row, 12)?,
    })
}

pub(super) fn reply(row: &Row<'_>) -> Result<ReplyFacts> {
    Ok(ReplyFacts {
        bot: rows::profile(row, 0)?,
        asker: rows::profile(row, 4)?,
        id: ReplyId(row.get(8)?),
        room: RoomId(row.get(9)?),
        room_name: row.get(10)?,
        state: row.get(11)?,
        why: row.get(12)?,
        runs: row.get(13)?,
        stop_asked: row.get(14)?,
        tokens: (row.get(15)?, row.get(16)?),
        since: rows::time(row, 17)?,
    })
}

pub(super) fn token(row: &Row<'_>) -> Result<TokenFacts> {
    Ok(TokenFacts { token: rows::token(row, 0)?, owner: rows::profile(row, 8)? })
}
