//! A message as HTML: one template for the page, the live frames, the streamed page and the answer to a form.
//!
//! A fragment does not depend on who reads it. What is one's own, and which actions are shown, comes from three custom
//! properties that [`viewer_style`] sets for one viewer.

use crate::{
    Web,
    replies::{EndingView, StepView, first_name, steps},
    words::{Words, filters},
};
use askama::Template;
use domain::{
    ids::PersonId,
    markup::{Markup, MarkupWords, Voice, to_html},
    messages::Message,
    people::{Person, Profile},
    replies::Answer,
};
use jiff::{Zoned, tz::TimeZone};

/// What the template shows.
#[derive(Template)]
#[template(path = "message.html")]
struct MessageView<'m> {
    message: &'m Message,
    face: Face,
    base: String,
    day: Option<String>,
    date: String,
    time: String,
    body: String,
    edited: Option<String>,
    continues: bool,
    reactions: Vec<(String, usize, String)>,
    answer: Option<AnswerView<'m>>,
}

/// What a bot's message says of the reply it was.
struct AnswerView<'m> {
    answer: &'m Answer,
    asker: &'m str,
    ending: Option<EndingView>,
    steps: Vec<StepView>,
}

/// A round (or, for bots, square) sign for somebody.
pub(crate) struct Face {
    pub initials: String,
    pub hue: i64,
    pub is_bot: bool,
    /// What a bot shows in place of the lamp; may be empty.
    pub avatar: String,
}

impl Face {
    pub fn of(profile: &Profile) -> Self {
        Self {
            initials: initials(&profile.display_name),
            hue: profile.id.0.rem_euclid(8),
            is_bot: profile.is_bot,
            avatar: profile.avatar.clone(),
        }
    }
}

/// The first letters of the first and last word of a name.
fn initials(name: &str) -> String {
    let mut words = name.split([' ', '.', '_', '-']).filter(|word| !word.is_empty());
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// In which language, and with which clock, something is told.
#[derive(Debug, Clone)]
pub(crate) struct Locale {
    /// The language.
    pub words: Words,
    /// The zone of its times.
    pub zone: TimeZone,
}

impl Locale {
    /// What tells this locale from others.
    pub fn key(&self) -> String {
        format!("{} {}", self.words.tag(), self.zone.iana_name().unwrap_or_default())
    }
}

impl Web {
    /// The locale of somebody whose request is being answered: their own settings, else the browser's language and the
    /// server's zone.
    pub fn locale(&self, person: &Person) -> Locale {
        let zone = Some(person.time_zone.as_str()).filter(|name| !name.is_empty());
        let zone = zone.and_then(|name| TimeZone::get(name).ok());
        Locale {
            words: Words::of(&person.locale).unwrap_or_else(Words::here),
            zone: zone.unwrap_or_else(|| self.config.time_zone.clone()),
        }
    }

    /// A message's HTML for readers of this locale.
    pub fn fragment(&self, message: &Message, locale: &Locale) -> String {
        let format = self.local(&locale.key(), 0);
        self.fragments.get(message, format, || self.render(message, locale)).to_string()
    }

    fn render(&self, message: &Message, locale: &Locale) -> String {
        let Locale { words, zone } = locale;
        let at = message.created_at.to_zoned(zone.clone());
        let voice = if message.author.is_bot { Voice::Machine } else { Voice::Person };
        let markup = Markup {
            mentions: &message.mentions,
            everyone: message.mentions_everyone,
            voice,
            words: &markup_words(*words),
        };
        let people =
            |r: &domain::messages::Reaction| r.people.iter().map(|p| format!(" {p} ")).collect::<String>();
        let view = MessageView {
            message,
            face: Face::of(&message.author),
            base: base(message),
            day: message.opens_day(zone).then(|| day_mark(message, &at, *words)),
            date: at.date().to_string(),
            time: at.strftime("%H:%M").to_string(),
            body: if message.content.is_empty() { String::new() } else { to_html(&message.content, markup) },
            edited: message.edited_at.map(|at| words.day_and_time(&at.to_zoned(zone.clone()))),
            continues: message.continues(zone),
            reactions: message
                .reactions
                .iter()
                .map(|r| (r.emoji.clone(), r.people.len(), people(r)))
                .collect(),
            answer: message.answer.as_deref().map(|answer| AnswerView {
                answer,
                asker: first_name(&answer.asker),
                ending: EndingView::of(answer, locale),
                steps: steps(&answer.steps, *words),
            }),
        };
        words.speak(|| view.render()).unwrap_or_else(|error| {
            tracing::error!(%error, "a message was not rendered");
            String::new()
        })
    }
}

/// Where a message's pages are, whatever its room is called.
pub(crate) fn base(message: &Message) -> String {
    format!("/rooms/~{}/messages/{}", message.room, message.id)
}

/// The words of a text's own HTML.
pub(crate) fn markup_words(words: Words) -> MarkupWords {
    MarkupWords { copy: words.t("Copy").to_owned(), show_all: words.t("Show all {n} lines").to_owned() }
}

/// The day, with its year where the message before it is from another one.
fn day_mark(message: &Message, at: &Zoned, words: Words) -> String {
    let same_year =
        message.prior.as_ref().is_some_and(|p| p.at.to_zoned(at.time_zone().clone()).year() == at.year());
    if same_year { words.day(at) } else { words.day_and_year(at) }
}

/// What is this viewer's own, in three custom properties.
pub(crate) fn viewer_style(me: PersonId) -> String {
    format!(
        "[data-author=\"{me}\"]{{--words:var(--green-tint);--name:var(--green);--mine:flex}}\
         [data-asker=\"{me}\"]{{--asked:flex}}\
         .msg:has(.at[data-person=\"{me}\"]),.msg:has(.at[data-person=\"all\"]):not([data-author=\"{me}\"]){{--words:var(--brass-tint);--hails:inline-flex}}\
         .at[data-person=\"{me}\"],.at[data-person=\"all\"]{{color:var(--brass);font-weight:600}}\
         .chip[data-people*=\" {me} \"]{{border-color:var(--green);background:var(--green-tint)}}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_take_the_first_and_the_last_word() {
        assert_eq!(initials("Ana Ruiz"), "AR");
        assert_eq!(initials("ada"), "A");
        assert_eq!(initials("marta.de.iglesias"), "MI");
        assert_eq!(initials("أمل حداد"), "أح");
    }
}
