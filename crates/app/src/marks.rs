//! How far people took and read what is said.
//!
//! A mark that nobody waits for is gathered: what all connections of this process say within [`limits::MARKS_GATHERED`] is written in one
//! transaction, at most one mark for a person and room, however many messages came. Whoever looks at their list of rooms in that time gets
//! their own written first, so that nothing they saw is news to them. A process that dies takes a second of them with it, and their
//! people are told again what they had seen.

use crate::{App, Error, Result};
use domain::{
    access::RoomReader,
    ids::{MessageId, PersonId, RoomId},
    limits,
    receipts::{Mark, Moved},
};
use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
};
use store::RoomLine;

/// What is gathered.
#[derive(Default)]
pub(crate) struct Marks(Mutex<Waiting>);

type ByReader = BTreeMap<(PersonId, RoomId), Mark>;

#[derive(Default)]
struct Waiting {
    /// To write, or being written: they go when they are.
    marks: ByReader,
    /// Written with what somebody said, for whoever writes has read; to tell.
    written: ByReader,
    /// Somebody will write them in a moment.
    timed: bool,
}

impl Marks {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Has read up to a message; kept when this returns. Readers of a public room who are not members keep no mark.
    pub async fn mark_read(&self, by: &RoomReader, upto: MessageId) -> Result<()> {
        by.may_change()?;
        if by.member().is_some() {
            self.mark(&[mark(by, upto, upto)]).await?;
        }
        Ok(())
    }

    /// Marks as read what a page shows. A page is read even where nothing can be written now; the mark then stays where it is.
    pub async fn mark_shown(&self, by: &RoomReader, upto: MessageId) -> Result<()> {
        match self.mark_read(by, upto).await {
            Err(Error::Unavailable(why)) => {
                tracing::warn!(why, "a read mark stays where it is");
                Ok(())
            }
            done => done,
        }
    }

    /// Has read up to a message, kept in a moment.
    pub async fn note_read(&self, by: &RoomReader, upto: MessageId) -> Result<()> {
        self.note(by, mark(by, upto, upto)).await
    }

    /// A device of theirs took what was said up to a message, kept in a moment.
    pub async fn note_delivered(&self, by: &RoomReader, upto: MessageId) -> Result<()> {
        self.note(by, mark(by, upto, MessageId(0))).await
    }

    async fn note(&self, by: &RoomReader, mark: Mark) -> Result<()> {
        by.may_change()?;
        if by.member().is_none() {
            return Ok(());
        }
        if self.gather(mark, |waiting| &mut waiting.marks) { Ok(()) } else { self.mark(&[mark]).await }
    }

    /// Has read what was unread, by saying something: the mark is kept with that, and the authors are told in a moment.
    pub(crate) fn note_said(&self, by: &RoomReader, said: MessageId) {
        let said = mark(by, said, said);
        // With more people writing than may wait, authors see it when they look.
        if !self.gather(said, |waiting| &mut waiting.written) {
            tracing::warn!("more marks wait than may; authors see these when they look");
        }
    }

    /// Keeps a mark until those of this moment are written or told; `false` when too many wait.
    fn gather(&self, mark: Mark, place: fn(&mut Waiting) -> &mut ByReader) -> bool {
        let mut waiting = self.marks.waiting();
        if waiting.marks.len() + waiting.written.len() >= limits::MARKS_WAITING_MAX {
            return false;
        }
        if !std::mem::replace(&mut waiting.timed, true) {
            let app = self.clone();
            tokio::spawn(async move {
                tokio::time::sleep(limits::MARKS_GATHERED).await;
                app.write_marks().await;
            });
        }
        let held = place(&mut waiting).entry((mark.person, mark.room)).or_insert(mark);
        *held = held.max(mark);
        true
    }

    /// Writes what was gathered; also called when the server stops.
    pub async fn write_marks(&self) {
        let (marks, written) = {
            let mut waiting = self.marks.waiting();
            waiting.timed = false;
            (waiting.marks.values().copied().collect(), std::mem::take(&mut waiting.written))
        };
        self.write(marks).await;
        // Where each was before is not known; the latest messages behind it are enough.
        let nowhere = |mark: Mark| Mark { delivered: MessageId(0), read: MessageId(0), ..mark };
        let written: Vec<Moved> =
            written.into_values().map(|now| Moved { before: nowhere(now), now }).collect();
        if !written.is_empty() {
            self.tell_authors(written).await;
        }
    }

    /// The rooms of a person, as far as they have read them by now: those of their marks that wait are written first. Where that fails it is
    /// logged, and the rooms are read all the same.
    pub async fn rooms_of(&self, person: PersonId) -> Result<Vec<RoomLine>> {
        let theirs = (person, RoomId(i64::MIN))..=(person, RoomId(i64::MAX));
        let marks = self.marks.waiting().marks.range(theirs).map(|(_, mark)| *mark).collect();
        self.write(marks).await;
        Ok(self.store.rooms_of(person).await?)
    }

    /// Writes marks that wait. Two who write the same one change nothing more.
    async fn write(&self, marks: Vec<Mark>) {
        for marks in marks.chunks(limits::MARKS_AT_ONCE) {
            if let Err(error) = self.mark(marks).await {
                tracing::warn!(%error, marks = marks.len(), "marks stay where they are");
            }
            let mut waiting = self.marks.waiting();
            for mark in marks {
                if let Entry::Occupied(held) = waiting.marks.entry((mark.person, mark.room))
                    && held.get() == mark
                {
                    held.remove();
                }
            }
        }
    }

    async fn mark(&self, marks: &[Mark]) -> Result<()> {
        let moved = self.tell(self.store.mark(marks, self.now()).await?);
        if !moved.is_empty() {
            // Who moved a mark does not wait until its authors were found.
            let app = self.clone();
            tokio::spawn(async move { app.tell_authors(moved).await });
        }
        Ok(())
    }

    async fn tell_authors(&self, moved: Vec<Moved>) {
        match self.store.moved(&moved).await {
            Ok(whispers) => whispers.into_iter().for_each(|whisper| self.hub.whisper(whisper)),
            Err(error) => tracing::warn!(%error, "authors are not told now; they see it when they look"),
        }
    }
}

fn mark(by: &RoomReader, delivered: MessageId, read: MessageId) -> Mark {
    Mark { room: by.room_id(), person: by.person(), delivered, read }
}
