//! Reports, and what administrators do with messages.

use super::{
    Sqlite, Transaction,
    audit::record,
    messages, people,
    rows::{self, profile_columns},
    transaction::{find, list, page, room},
};
use crate::{
    Listed, MessageFilter, Moderation, PersonPatch, Place, ReportCounts, Result, StoreError, Written,
    drafts::gone,
    moderation::listings::{self, report_columns},
    statements::statements,
};
use domain::{
    access::RoomReader,
    audit::Deed,
    ids::MessageId,
    limits,
    messages::Message,
    people::Profile,
    reports::{Found, Look, Report, Resolution},
    rooms::{Room, RoomKind},
};
use jiff::Timestamp;
use rusqlite::{Connection, Row};

statements! {
    REPORT = "INSERT INTO reports (message, reporter, reason, created_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (message, reporter) DO NOTHING";
    ONE = concat!("SELECT ", report_columns!(), " WHERE x.id = ?1");
    OF_MESSAGE = concat!("SELECT ", report_columns!(), " WHERE x.message = ?1 ORDER BY x.id DESC LIMIT ?2");
    COUNTS = "SELECT count(*) FILTER (WHERE resolved_at IS NULL), count(*) FILTER (WHERE resolved_at IS NOT NULL) FROM reports";
    SETTLE = "UPDATE reports SET resolved_at = ?2, resolved_by = ?3, resolution = ?4 WHERE message = ?1 AND resolved_at IS NULL";
    REPORTED = "SELECT 1 FROM reports WHERE message = ?1 LIMIT 1";
    HIDDEN_BY = concat!("SELECT ", profile_columns!(), " FROM messages m JOIN people p ON p.id = m.hidden_by WHERE m.id = ?1");
    NEWEST = "SELECT coalesce(max(id), 0) FROM messages";
}

/// SQLite's `LIKE` knows no case of letters of ASCII, and costs a third of what it does with `lower`.
const CONTAINS: (&str, &str) = (
    "m.content LIKE ? ESCAPE '!'",
    "(m.content LIKE ? ESCAPE '!' OR m.content LIKE ? ESCAPE '!' OR m.content LIKE ? ESCAPE '!')",
);

#[async_trait::async_trait]
impl Moderation for Sqlite {
    async fn report(&self, by: &RoomReader, id: MessageId, reason: &str, now: Timestamp) -> Result<bool> {
        let (by, reason) = (by.clone(), reason.to_owned());
        let written = self.write(now, move |tx| {
            let by = tx.reader(&by)?;
            let message = messages::visible(tx.db, &by, id)?;
            if message.is_gone() {
                return Err(gone(&message));
            }
            Ok(tx.run(REPORT, (id.0, by.person().0, reason, tx.now))? > 0)
        });
        written.await.map(|written| written.value)
    }

    async fn one_report(&self, id: i64) -> Result<Option<Report>> {
        self.read(move |db| find(db, ONE, [id], report)).await
    }

    async fn reports(&self, open: bool, place: &Place, limit: usize) -> Result<Listed<Report>> {
        let (list, place) = (listings::reports(open, place, limit), place.clone());
        self.read(move |db| page(db, list, (&place, limit), report, |report| report.id.to_string())).await
    }

    async fn count_reports(&self) -> Result<ReportCounts> {
        let row = |row: &Row<'_>| Ok(ReportCounts { open: row.get(0)?, resolved: row.get(1)? });
        self.read(move |db| Ok(find(db, COUNTS, [], row)?.unwrap_or_default())).await
    }

    async fn settle_report(
        &self,
        deed: &Deed,
        id: i64,
        resolution: Resolution,
        now: Timestamp,
    ) -> Result<Written<Report>> {
        let deed = deed.clone();
        let settled = self.write(now, move |tx| {
            let report = one(tx.db, id)?;
            if let Some(remedy) = report.remedy(deed.by(), resolution) {
                apply(tx, &remedy, &report, resolution)?;
            }
            record(tx, &deed)?;
            settle(tx, &deed, report.message, resolution)?;
            one(tx.db, id)
        });
        let settled = settled.await?;
        if resolution == Resolution::Erased {
            self.checkpoints.cut_soon();
        }
        Ok(settled)
    }

    async fn look(&self, deed: &Deed, id: MessageId, now: Timestamp) -> Result<Look> {
        let deed = deed.clone();
        let written = self.write(now, move |tx| {
            record(tx, &deed)?;
            look(tx.db, id)
        });
        written.await.map(|written| written.value)
    }

    async fn find_messages(
        &self,
        filter: &MessageFilter,
        place: &Place,
        limit: usize,
    ) -> Result<Listed<Found>> {
        let (filter, place) = (filter.clone(), place.clone());
        self.read(move |db| {
            let newest = find(db, NEWEST, [], |row| row.get(0))?.unwrap_or(0);
            let list = listings::messages(&filter, &place, newest, limit, CONTAINS);
            let found = page(db, list, (&place, limit), found, |found| found.id.to_string())?;
            Ok(listings::go_on(found, &place, newest))
        })
        .await
    }

    async fn hide(&self, deed: &Deed, id: MessageId, now: Timestamp) -> Result<Written<Message>> {
        let deed = deed.clone();
        self.write(now, move |tx| hide(tx, &deed, id)).await
    }

    async fn restore(&self, deed: &Deed, id: MessageId, now: Timestamp) -> Result<Written<Message>> {
        let deed = deed.clone();
        self.write(now, move |tx| {
            record(tx, &deed)?;
            subject(tx.db, id)?;
            messages::restore(tx, id)
        })
        .await
    }

    async fn erase(&self, deed: &Deed, id: MessageId, now: Timestamp) -> Result<Written<Message>> {
        let deed = deed.clone();
        let erased = self.write(now, move |tx| erase(tx, &deed, id)).await?;
        self.checkpoints.cut_soon();
        Ok(erased)
    }
}

/// The room of a message that administrators may have to do with.
fn subject(db: &Connection, id: MessageId) -> Result<Room> {
    let room = room(db, messages::unhidden(db, id)?.room)?;
    if room.kind != RoomKind::Public && find(db, REPORTED, [id.0], |_| Ok(()))?.is_none() {
        return Err(StoreError::NotFound("message"));
    }
    Ok(room)
}

fn one(db: &Connection, id: i64) -> Result<Report> {
    find(db, ONE, [id], report)?.ok_or(StoreError::NotFound("report"))
}

fn apply(tx: &mut Transaction<'_>, deed: &Deed, report: &Report, resolution: Resolution) -> Result<()> {
    match resolution {
        Resolution::Dismissed => Ok(()),
        Resolution::Hidden => hide(tx, deed, report.message).map(drop),
        Resolution::Erased => erase(tx, deed, report.message).map(drop),
        Resolution::Deactivated => {
            record(tx, deed)?;
            let patch = PersonPatch { is_active: Some(false), ..PersonPatch::default() };
            people::update(tx, report.author.id, patch).map(drop)
        }
    }
}

fn hide(tx: &mut Transaction<'_>, deed: &Deed, id: MessageId) -> Result<Message> {
    record(tx, deed)?;
    subject(tx.db, id)?;
    settle(tx, deed, id, Resolution::Hidden)?;
    messages::hide(tx, id, deed.by().person())
}

fn erase(tx: &mut Transaction<'_>, deed: &Deed, id: MessageId) -> Result<Message> {
    record(tx, deed)?;
    subject(tx.db, id)?;
    settle(tx, deed, id, Resolution::Erased)?;
    messages::erase(tx, id, deed.by().person())
}

fn settle(tx: &Transaction<'_>, deed: &Deed, id: MessageId, resolution: Resolution) -> Result<u64> {
    let by = deed.by().person().map(|by| by.0);
    Ok(tx.run(SETTLE, (id.0, tx.now, by, resolution.as_str()))? as u64)
}

fn look(db: &Connection, id: MessageId) -> Result<Look> {
    let room = subject(db, id)?;
    Ok(Look {
        messages: messages::unhidden_around(db, room.id, id, limits::LOOK_AROUND)?,
        versions: messages::all_versions(db, &messages::unhidden(db, id)?)?,
        hidden_by: find(db, HIDDEN_BY, [id.0], |row| rows::profile(row, 0))?,
        reports: list(db, OF_MESSAGE, (id.0, limits::PAGE_ROWS_MAX as i64), report)?,
        room,
        id,
    })
}

fn report(row: &Row<'_>) -> rusqlite::Result<Report> {
    let resolved = match rows::time_or_none(row, 4)? {
        Some(at) => Some((rows::word(row, 5, Resolution::parse)?, at, profile_or_none(row, 14)?)),
        None => None,
    };
    Ok(Report {
        id: row.get(0)?,
        message: MessageId(row.get(1)?),
        reason: row.get(2)?,
        at: rows::time(row, 3)?,
        resolved,
        author: rows::profile(row, 6)?,
        reporter: rows::profile(row, 10)?,
        room: rows::room(row, 18)?,
    })
}

fn profile_or_none(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Profile>> {
    row.get::<_, Option<i64>>(at)?.map(|_| rows::profile(row, at)).transpose()
}

fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    Ok(Found {
        id: MessageId(row.get(0)?),
        content: row.get(1)?,
        at: rows::time(row, 2)?,
        is_deleted: row.get(3)?,
        is_hidden: row.get(4)?,
        reports: row.get(5)?,
        author: rows::profile(row, 6)?,
        room: rows::room(row, 10)?,
    })
}
