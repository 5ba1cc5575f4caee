//! Talking with the server's bot outside of any room: a guest on the page at `/`, anybody on the bot's socket.
//!
//! Nothing of such a conversation is kept here. Whoever asks brings all of it along, so any process can answer next. What bounds it:
//! how often one may ask, how many answers run at once, how long one may take and how long it may become.

mod spending;

use crate::{App, DefaultBot, Error, Result, chance, rates::Window};
use bots::{Ask, Cut, Fault, FaultKind, NoTools, Piece, Turn};
use domain::{ids::PersonId, limits};
use futures_util::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use jiff::tz::TimeZone;
use spending::{Owed, Spending};
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout, timeout_at},
};

/// Who asks, as far as limits are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// A guest from a network address; all of an IPv6 network of 64 bits, which is what one subscriber has, count as one.
    Guest(IpAddr),
    /// Somebody signed in.
    Person(PersonId),
}

/// A conversation outside of any room, the question last.
#[derive(Debug, Clone)]
pub struct Guest {
    /// Oldest first.
    pub turns: Vec<Turn>,
    /// What the one who asks is called; empty for somebody unknown.
    pub name: String,
    /// In which zone they live.
    pub zone: TimeZone,
}

/// An answer, gathered piece by piece.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// What was said, as Markdown.
    pub text: String,
    /// It stops before its end.
    pub cut: Option<Cut>,
    /// What the question was taken for, and how sure that is, from 0 to 1.
    pub guess: Option<(String, f64)>,
}

/// What bounds the conversations of one process.
pub(crate) struct Guests {
    pace: Window,
    running: Arc<Semaphore>,
    owed: Owed,
}

impl Default for Guests {
    fn default() -> Self {
        let running = Arc::new(Semaphore::new(limits::GUEST_REPLIES_RUNNING_MAX));
        let pace = Window::new(limits::GUEST_WINDOW, limits::GUEST_POSTS_PER_MINUTE);
        Self { pace, running, owed: Owed::default() }
    }
}

impl Guests {
    /// From now on so many messages a minute from one asker.
    pub fn allow_posts(&self, per_minute: u32) {
        self.pace.allow(per_minute);
    }
}

impl App {
    /// Counts a message to the bot, unless it is one too many.
    pub async fn pace(&self, asker: Asker) -> Result<()> {
        if !self.settings().await?.guests && matches!(asker, Asker::Guest(_)) {
            return Err(Error::Forbidden("Here the bot talks with people who are signed in."));
        }
        let text = "That is more than {limit} messages within a minute. Wait a little, then send it again.";
        self.guests.pace.note(&asker.key(), text)
    }

    /// Answers a conversation piece by piece, at most [`limits::GUEST_REPLY_CHARS_MAX`] characters. Dropping it cancels it.
    pub fn answer(
        &self,
        bot: &DefaultBot,
        guest: Guest,
    ) -> BoxStream<'static, std::result::Result<Piece, Fault>> {
        let Ok(permit) = self.guests.running.clone().try_acquire_owned() else {
            return stream::iter([Err(crowded())]).boxed();
        };
        let spoken: usize = guest.turns.iter().map(|turn| turn.content.len()).sum();
        let pieces = bot.mind.answer(self.ask(bot, guest));
        let app = self.clone();
        let granted = async move {
            let answer = Answering {
                spending: Spending::begin(app, spoken).await?,
                pieces,
                chars_left: limits::GUEST_REPLY_CHARS_MAX,
                deadline: Instant::now() + limits::GUEST_REPLY_WITHIN,
                is_full: false,
                is_over: false,
                _permit: permit,
            };
            Ok(stream::unfold(answer, |mut answer| async { Some((answer.next().await?, answer)) }))
        };
        stream::once(granted).try_flatten().boxed()
    }

    /// The same with what the bot's guesser takes the question for, whatever its mind does.
    pub fn answer_guessing(
        &self,
        bot: &DefaultBot,
        guest: Guest,
    ) -> BoxStream<'static, std::result::Result<Piece, Fault>> {
        if Arc::ptr_eq(&bot.mind, &bot.guesser) {
            return self.answer(bot, guest);
        }
        let guess = guess(bot.guesser.answer(self.ask(bot, guest.clone())));
        let guess = stream::once(guess).filter_map(async |guess| guess.map(Ok));
        let answer = self.answer(bot, guest);
        let words = answer.filter(|piece| std::future::ready(!matches!(piece, Ok(Piece::Guess { .. }))));
        stream::select(words, guess).boxed()
    }

    fn ask(&self, bot: &DefaultBot, guest: Guest) -> Ask {
        Ask {
            turns: guest.turns,
            bot: bot.name.clone(),
            asker: guest.name,
            room: None,
            now: self.now().to_zoned(guest.zone),
            chance: chance(&*self.world),
            tools: Arc::new(NoTools),
        }
    }
}

impl Asker {
    /// What tells one from another.
    pub fn key(self) -> String {
        match self {
            Self::Guest(IpAddr::V6(address)) => format!("{:x}/64", address.to_bits() >> 64),
            Self::Guest(address) => address.to_string(),
            Self::Person(person) => format!("person {person}"),
        }
    }
}

impl Answer {
    /// Takes a piece in; the words that are new.
    pub fn take(&mut self, piece: Piece) -> Option<String> {
        match piece {
            Piece::Text(text) => {
                self.text.push_str(&text);
                return Some(text);
            }
            Piece::Cut(cut) => self.cut = Some(cut),
            Piece::Guess { intent, confidence, .. } => self.guess = Some((intent, confidence)),
            Piece::Step(_) | Piece::Usage(_) => {}
        }
        None
    }

    /// Everything a mind answers, or how it failed. Nothing at all is a failure too.
    pub async fn whole(
        mut pieces: BoxStream<'static, std::result::Result<Piece, Fault>>,
    ) -> std::result::Result<Self, Fault> {
        let mut answer = Self::default();
        while let Some(piece) = pieces.next().await {
            answer.take(piece?);
        }
        answer.checked()
    }

    /// Itself, if it says anything.
    pub fn checked(mut self) -> std::result::Result<Self, Fault> {
        self.text.truncate(self.text.trim_end().len());
        match self.text.trim().is_empty() {
            true => Err(Fault::new(FaultKind::Empty, "no text came")),
            false => Ok(self),
        }
    }
}

/// An answer under way, within its bounds.
struct Answering {
    pieces: BoxStream<'static, std::result::Result<Piece, Fault>>,
    chars_left: usize,
    deadline: Instant,
    is_full: bool,
    is_over: bool,
    spending: Spending,
    _permit: OwnedSemaphorePermit,
}

impl Answering {
    /// The next piece. With the last one, and before it is given, what the answer used is counted.
    async fn next(&mut self) -> Option<std::result::Result<Piece, Fault>> {
        let piece = self.piece().await;
        if self.is_over || piece.is_none() {
            self.spending.end().await;
        }
        piece
    }

    async fn piece(&mut self) -> Option<std::result::Result<Piece, Fault>> {
        if self.is_over {
            return None;
        }
        if self.is_full {
            return self.cut();
        }
        let piece = match timeout_at(self.deadline, self.pieces.next()).await {
            Ok(piece) => piece?,
            Err(_) => Err(Fault::new(FaultKind::Silent, "the answer was not complete in time")),
        };
        self.is_over = piece.is_err();
        if let Ok(Piece::Usage(usage)) = piece {
            self.spending.used = usage;
        }
        match piece.map(|piece| self.within_length(piece)) {
            Ok(Piece::Text(text)) if text.is_empty() => self.cut(),
            piece => Some(piece),
        }
    }

    fn cut(&mut self) -> Option<std::result::Result<Piece, Fault>> {
        self.is_over = true;
        Some(Ok(Piece::Cut(Cut::Length)))
    }

    fn within_length(&mut self, piece: Piece) -> Piece {
        let Piece::Text(mut text) = piece else { return piece };
        match text.char_indices().nth(self.chars_left) {
            Some((end, _)) => {
                text.truncate(end);
                self.is_full = true;
            }
            None => self.chars_left -= text.chars().count(),
        }
        Piece::Text(text)
    }
}

/// The first guess of a mind, if it makes one in time. That it fails is no failure of the reply.
async fn guess(mut pieces: BoxStream<'static, std::result::Result<Piece, Fault>>) -> Option<Piece> {
    let found = async {
        while let Some(piece) = pieces.next().await {
            match piece {
                Ok(piece @ Piece::Guess { .. }) => return Some(piece),
                Ok(_) => {}
                Err(fault) => {
                    tracing::warn!(%fault, "the intent of a message was not found");
                    return None;
                }
            }
        }
        None
    };
    timeout(limits::GUESS_WITHIN, found).await.ok().flatten()
}

fn crowded() -> Fault {
    let what = format!("{} guests are being answered", limits::GUEST_REPLIES_RUNNING_MAX);
    Fault { retry_after: Some(Duration::from_secs(5)), ..Fault::new(FaultKind::Busy, what) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bots::Usage;

    fn answering(pieces: Vec<Piece>, chars: usize, within: Duration) -> Answering {
        let running = Arc::new(Semaphore::new(1));
        Answering {
            pieces: stream::iter(pieces.into_iter().map(Ok)).chain(stream::pending()).boxed(),
            chars_left: chars,
            deadline: Instant::now() + within,
            is_full: false,
            is_over: false,
            spending: Spending::default(),
            _permit: running.try_acquire_owned().expect("it is the first"),
        }
    }

    fn says(words: &[&str]) -> Vec<Piece> {
        words.iter().map(|word| Piece::Text((*word).to_owned())).collect()
    }

    #[tokio::test]
    async fn an_answer_that_grows_too_long_is_cut_between_two_characters_and_says_so() {
        let mut long = answering(says(&["añ", "ñó", "more"]), 3, Duration::from_secs(10));
        let mut answer = Answer::default();
        while let Some(piece) = long.next().await {
            answer.take(piece.expect("no fault"));
        }
        assert_eq!((answer.text.as_str(), answer.cut), ("aññ", Some(Cut::Length)));
        let mut exact = answering(says(&["aññ", "more"]), 3, Duration::from_secs(10));
        assert_eq!(exact.next().await, Some(Ok(Piece::Text("aññ".into()))));
        assert_eq!(exact.next().await, Some(Ok(Piece::Cut(Cut::Length))));
        assert_eq!(exact.next().await, None);
        let mut fits = answering(says(&["añ", "ñ"]), 3, Duration::from_millis(20));
        assert_eq!(fits.next().await, Some(Ok(Piece::Text("añ".into()))));
        assert_eq!(fits.next().await, Some(Ok(Piece::Text("ñ".into()))));
        assert!(matches!(fits.next().await, Some(Err(fault)) if fault.kind == FaultKind::Silent));
        assert_eq!(fits.next().await, None, "a fault is the last thing");
    }

    #[test]
    fn an_answer_of_nothing_but_space_is_none() {
        let mut answer = Answer::default();
        answer.take(Piece::Usage(Usage::default()));
        assert_eq!(answer.take(Piece::Text(" \n".into())).as_deref(), Some(" \n"));
        assert!(matches!(answer.clone().checked(), Err(fault) if fault.kind == FaultKind::Empty));
        answer.take(Piece::Text("Yes. \n".into()));
        assert_eq!(answer.checked().expect("it says something").text, " \nYes.");
    }

    #[test]
    fn an_ipv6_network_counts_as_one_guest_and_its_neighbour_as_another() {
        let key = |address: &str| Asker::Guest(address.parse().expect("an address")).key();
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}
