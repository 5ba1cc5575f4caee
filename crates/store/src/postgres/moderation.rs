//! Reports, and what administrators do with messages.

use super::{
    Postgres,
    audit::record,
    connection::Connection,
    messages, people,
    rows::{self, profile_columns},
    seats,
    transaction::Transaction,
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
    reports::{Found, Look, Report, Resolution},
    rooms::{Room, RoomKind},
};
use jiff::Timestamp;
use tokio_postgres::Row;

statements! {
    REPORT = "INSERT INTO reports (message, reporter, reason, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (message, reporter) DO NOTHING";
    ONE = concat!("SELECT ", report_columns!(), " WHERE x.id = $1");
    OF_MESSAGE = concat!("SELECT ", report_columns!(), " WHERE x.message = $1 ORDER BY x.id DESC LIMIT $2");
    COUNTS = "SELECT count(*) FILTER (WHERE resolved_at IS NULL), count(*) FILTER (WHERE resolved_at IS NOT NULL) FROM reports";
    SETTLE = "UPDATE reports SET resolved_at = $2, resolved_by = $3, resolution = $4 WHERE message = $1 AND resolved_at IS NULL";
    REPORTED = "SELECT TRUE FROM reports WHERE message = $1 LIMIT 1";
    HIDDEN_BY = concat!("SELECT ", profile_columns!(), " FROM messages m JOIN people p ON p.id = m.hidden_by WHERE m.id = $1");
    NEWEST = "SELECT coalesce(max(id), 0) FROM messages";
}

const CONTAINS: (&str, &str) = (
    "lower(m.content) LIKE ? ESCAPE '!'",
    "(lower(m.content) LIKE ? ESCAPE '!' OR lower(m.content) LIKE ? ESCAPE '!' OR lower(m.content) LIKE ? ESCAPE '!')",
);

#[async_trait::async_trait]
impl Moderation for Postgres {
    async fn report(&self, by: &RoomReader, id: MessageId, reason: &str, now: Timestamp) -> Result<bool> {
        let written = self.write(now, |tx| async move {
            let by = seats::reader(&tx, by, &[]).await?;
            let message = messages::visible(&tx, &by, id).await?;
            if message.is_gone() {
                return Err(gone(&message));
            }
            Ok(tx.run(REPORT, &[&id.0, &by.person().0, &rows::text(reason), &tx.now]).await? > 0)
        });
        written.await.map(|written| written.value)
    }

    async fn one_report(&self, id: i64) -> Result<Option<Report>> {
        self.connection().await?.find(ONE, &[&id], report).await
    }

    async fn reports(&self, open: bool, place: &Place, limit: usize) -> Result<Listed<Report>> {
        let list = listings::reports(open, place, limit);
        self.connection().await?.page(list, (place, limit), report, |report| report.id.to_string()).await
    }

    async fn count_reports(&self) -> Result<ReportCounts> {
        let row = |row: &Row| Ok(ReportCounts { open: row.try_get(0)?, resolved: row.try_get(1)? });
        self.connection().await?.get(COUNTS, &[], row).await
    }

    async fn settle_report(
        &self,
        deed: &Deed,
        id: i64,
        resolution: Resolution,
        now: Timestamp,
    ) -> Result<Written<Report>> {
        self.write(now, |tx| async move {
            let report = one(&tx, id).await?;
            if let Some(remedy) = report.remedy(deed.by(), resolution) {
                apply(&tx, &remedy, &report, resolution).await?;
            }
            record(&tx, deed).await?;
            settle(&tx, deed, report.message, resolution).await?;
            one(&tx, id).await
        })
        .await
    }

    async fn look(&self, deed: &Deed, id: MessageId, now: Timestamp) -> Result<Look> {
        let written = self.write(now, |tx| async move {
            record(&tx, deed).await?;
            look(&tx, id).await
        });
        written.await.map(|written| written.value)
    }

    async fn find_messages(
        &self,
        filter: &MessageFilter,
        place: &Place,
        limit: usize,
    ) -> Result<Listed<Found>> {
        let db = self.connection().await?;
        let newest = db.get(NEWEST, &[], rows::number).await?;
        let list = listings::messages(filter, place, newest, limit, CONTAINS);
        let found = db.page(list, (place, limit), found, |found| found.id.to_string()).await?;
        Ok(listings::go_on(found, place, newest))
    }

    async fn hide(&self, deed: &Deed, id: MessageId, now: Timestamp) -> Result<Written<Message>> {
        self.write(now, |tx| async move { hide(&tx, deed, id).await }).await
    }

    async fn restore(&self, deed: &Deed, id: MessageId, now: Timestamp) -> Result<Written<Message>> {
        self.write(now, |tx| async move {
            record(&tx, deed).await?;
            hold(&tx, id).await?;
            messages::restore(&tx, id).await
        })
        .await
    }

    async fn erase(&self, deed: &Deed, id: MessageId, now: Timestamp) -> Result<Written<Message>> {
        self.write(now, |tx| async move { erase(&tx, deed, id).await }).await
    }
}

/// The room of a message that administrators may have to do with.
async fn subject(db: &Connection, id: MessageId) -> Result<Room> {
    let room = seats::room(db, messages::unhidden(db, id).await?.room).await?;
    if room.kind != RoomKind::Public && db.find(REPORTED, &[&id.0], rows::truth).await?.is_none() {
        return Err(StoreError::NotFound("message"));
    }
    Ok(room)
}

/// Holds that room until the end.
async fn hold(tx: &Transaction, id: MessageId) -> Result<()> {
    tx.lock_room(subject(tx, id).await?.id).await
}

async fn one(db: &Connection, id: i64) -> Result<Report> {
    db.find(ONE, &[&id], report).await?.ok_or(StoreError::NotFound("report"))
}

async fn apply(tx: &Transaction, deed: &Deed, report: &Report, resolution: Resolution) -> Result<()> {
    match resolution {
        Resolution::Dismissed => Ok(()),
        Resolution::Hidden => hide(tx, deed, report.message).await.map(drop),
        Resolution::Erased => erase(tx, deed, report.message).await.map(drop),
        Resolution::Deactivated => {
            record(tx, deed).await?;
            let patch = PersonPatch { is_active: Some(false), ..PersonPatch::default() };
            people::update(tx, report.author.id, &patch).await.map(drop)
        }
    }
}

async fn hide(tx: &Transaction, deed: &Deed, id: MessageId) -> Result<Message> {
    record(tx, deed).await?;
    hold(tx, id).await?;
    settle(tx, deed, id, Resolution::Hidden).await?;
    messages::hide(tx, id, deed.by().person()).await
}

async fn erase(tx: &Transaction, deed: &Deed, id: MessageId) -> Result<Message> {
    record(tx, deed).await?;
    hold(tx, id).await?;
    settle(tx, deed, id, Resolution::Erased).await?;
    messages::erase(tx, id, deed.by().person()).await
}

async fn settle(tx: &Transaction, deed: &Deed, id: MessageId, resolution: Resolution) -> Result<u64> {
    let by = deed.by().person().map(|by| by.0);
    tx.run(SETTLE, &[&id.0, &tx.now, &by, &resolution.as_str()]).await
}

async fn look(db: &Connection, id: MessageId) -> Result<Look> {
    let room = subject(db, id).await?;
    let most = limits::PAGE_ROWS_MAX as i64;
    Ok(Look {
        messages: messages::unhidden_around(db, room.id, id, limits::LOOK_AROUND).await?,
        versions: messages::all_versions(db, &messages::unhidden(db, id).await?).await?,
        hidden_by: db.find(HIDDEN_BY, &[&id.0], |row| rows::profile(row, 0)).await?,
        reports: db.list(OF_MESSAGE, &[&id.0, &most], report).await?,
        room,
        id,
    })
}

fn report(row: &Row) -> Result<Report> {
    let resolved = match rows::time_or_none(row, 4)? {
        Some(at) => Some((rows::word(row, 5, Resolution::parse)?, at, rows::profile_or_none(row, 14)?)),
        None => None,
    };
    Ok(Report {
        id: row.try_get(0)?,
        message: MessageId(row.try_get(1)?),
        reason: row.try_get(2)?,
        at: rows::time(row, 3)?,
        resolved,
        author: rows::profile(row, 6)?,
        reporter: rows::profile(row, 10)?,
        room: rows::room(row, 18)?,
    })
}

fn found(row: &Row) -> Result<Found> {
    Ok(Found {
        id: MessageId(row.try_get(0)?),
        content: row.try_get(1)?,
        at: rows::time(row, 2)?,
        is_deleted: row.try_get(3)?,
        is_hidden: row.try_get(4)?,
        reports: row.try_get(5)?,
        author: rows::profile(row, 6)?,
        room: rows::room(row, 10)?,
    })
}
