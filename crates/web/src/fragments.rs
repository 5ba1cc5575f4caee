//! What was made of a message, kept: as long as a message is at the same place of its room's order, its JSON and its HTML in one
//! language and zone are the same.
//!
//! Names and avatars are the exception: they change without the message changing, so they are part of the key. Who has read the message
//! goes by those in it; who has read its key only goes by the store's count of their changes.

use domain::{
    ids::{MessageId, Seq},
    limits,
    messages::Message,
    people::Profile,
};
use foldhash::fast::RandomState;
use live::Format;
use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash, Hasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use store::{Key, Window};

/// Whose text, as of which place, made how, and under which names.
type Sought = (MessageId, Seq, Format, Names);

/// Which names a text holds for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Names {
    /// A hash of those in it.
    In(u64),
    /// All that there are, by how often one has changed.
    Of(i64),
}

/// Two generations: what is asked for moves to the young one, and when that is full it becomes the old one and the old one goes.
#[derive(Default)]
pub(crate) struct Fragments {
    held: Mutex<Generations>,
    hashing: RandomState,
}

#[derive(Default)]
struct Generations {
    young: HashMap<Sought, Arc<str>, RandomState>,
    old: HashMap<Sought, Arc<str>, RandomState>,
    /// Bytes of the young.
    bytes: usize,
}

impl Fragments {
    /// What was made of this message in this format; `make` runs when nothing is kept.
    pub fn get(&self, message: &Message, format: Format, make: impl FnOnce() -> String) -> Arc<str> {
        let key = (message.id, message.seq, format, Names::In(names(&self.hashing, message)));
        let found = self.lock().find(&key);
        found.unwrap_or_else(|| self.keep(key, make().into()))
    }

    /// What was made of a part of a room's history, without those that are gone, if all of it is kept.
    pub fn ready(&self, outline: &Window<Key>, format: Format) -> Option<Window<Arc<str>>> {
        let mut held = self.lock();
        let alive = outline.messages.iter().filter(|key| !key.gone);
        let find = |key: &Key| held.find(&(key.id, key.seq, format, Names::Of(outline.names)));
        Some(outline.with(alive.map(find).collect::<Option<_>>()?))
    }

    /// The same with what is missing made, and all kept for those who have an outline only.
    pub fn get_all(
        &self,
        window: &Window,
        format: Format,
        make: impl Fn(&Message) -> String,
    ) -> Window<Arc<str>> {
        let alive = window.messages.iter().filter(|message| !message.is_gone());
        let text = |message: &Message| {
            let key = (message.id, message.seq, format, Names::Of(window.names));
            self.keep(key, self.get(message, format, || make(message)))
        };
        window.with(alive.map(text).collect())
    }

    fn keep(&self, key: Sought, made: Arc<str>) -> Arc<str> {
        self.lock().insert(key, made.clone());
        made
    }

    fn lock(&self) -> MutexGuard<'_, Generations> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn find(&mut self, key: &Sought) -> Option<Arc<str>> {
        if let Some(kept) = self.young.get(key) {
            return Some(kept.clone());
        }
        let kept = self.old.remove(key)?;
        self.insert(*key, kept.clone());
        Some(kept)
    }

    fn insert(&mut self, key: Sought, made: Arc<str>) {
        let bytes = made.len() + size_of::<(Sought, Arc<str>)>();
        if self.bytes + bytes > limits::FRAGMENTS_BYTES_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        if self.young.insert(key, made).is_none() {
            self.bytes += bytes;
        }
    }
}

/// The names and avatars that show in what is made of a message.
fn names(hashing: &RandomState, message: &Message) -> u64 {
    let mut hasher = hashing.build_hasher();
    let mut note =
        |profile: &Profile| (&profile.username, &profile.display_name, &profile.avatar).hash(&mut hasher);
    note(&message.author);
    if let Some(quote) = &message.reply_to {
        note(&quote.author);
    }
    if let Some(answer) = &message.answer {
        note(&answer.asker);
    }
    for mention in &message.mentions {
        mention.key.hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: i64, seq: i64, name: &str) -> Message {
        let author = Profile {
            id: domain::ids::PersonId(1),
            username: "ada".into(),
            display_name: name.into(),
            is_bot: false,
            avatar: String::new(),
        };
        Message {
            id: MessageId(id),
            room: domain::ids::RoomId(1),
            seq: Seq(seq),
            posted: Seq(seq),
            kind: domain::messages::MessageKind::Text,
            author,
            content: String::new(),
            client_id: None,
            reply_to: None,
            mentions: Vec::new(),
            mentions_everyone: false,
            reactions: Vec::new(),
            answer: None,
            pinned: false,
            version: 1,
            created_at: jiff::Timestamp::UNIX_EPOCH,
            edited_at: None,
            deleted_at: None,
            hidden_at: None,
            prior: None,
        }
    }

    #[test]
    fn a_message_is_made_once_until_it_or_a_name_in_it_changes() {
        let (fragments, made) = (Fragments::default(), std::cell::Cell::new(0));
        let ask = |message: Message, format: u32| {
            fragments.get(&message, Format(format), || {
                made.set(made.get() + 1);
                made.get().to_string()
            })
        };
        assert_eq!((&*ask(message(1, 1, "Ada"), 0), &*ask(message(1, 1, "Ada"), 0)), ("1", "1"));
        assert_eq!(&*ask(message(1, 2, "Ada"), 0), "2", "it was changed");
        assert_eq!(&*ask(message(1, 2, "Ada L."), 0), "3", "she was renamed");
        assert_eq!(&*ask(message(1, 2, "Ada L."), 16), "4", "another format");
        assert_eq!(&*ask(message(1, 1, "Ada"), 0), "1");
    }

    #[test]
    fn what_is_kept_has_a_bound_and_what_is_asked_for_stays() {
        let fragments = Fragments::default();
        let long = || "x".repeat(64 * 1024);
        for id in 0..2_000 {
            fragments.get(&message(id, 1, "Ada"), Format(0), long);
            let first = fragments.get(&message(0, 1, "Ada"), Format(0), || "made again".into());
            assert_ne!(&*first, "made again", "after {id} others");
        }
        let held = fragments.held.lock().unwrap();
        let bytes: usize = held.young.values().chain(held.old.values()).map(|kept| kept.len()).sum();
        assert!(bytes <= limits::FRAGMENTS_BYTES_MAX, "{bytes}");
    }
}
