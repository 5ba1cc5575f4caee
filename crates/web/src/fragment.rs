//! A message as HTML: one template for the page, the live frames, the streamed page and the answer to a form.
//!
//! A fragment does not depend on who reads it. What is one's own, and which actions are shown, comes from three custom
//! properties that [`viewer_style`] sets for one viewer.

use crate::Web;
use askama::Template;
use domain::{
    ids::PersonId,
    markup::{MarkupWords, to_html},
    messages::Message,
    people::{Person, Profile},
};
use jiff::tz::TimeZone;

/// What the template shows.
#[derive(Template)]
#[template(path = "message.html")]
struct MessageView<'m> {
    message: &'m Message,
    face: Face,
    base: String,
    day: Option<String>,
    time: String,
    body: String,
    edited: Option<String>,
    continues: bool,
    reactions: Vec<(String, usize, String)>,
}

/// A round (or, for bots, square) sign for somebody.
pub(crate) struct Face {
    pub initials: String,
    pub hue: i64,
    pub is_bot: bool,
}

impl Face {
    pub fn of(profile: &Profile) -> Self {
        Self {
            initials: initials(&profile.display_name),
            hue: profile.id.0.rem_euclid(8),
            is_bot: profile.is_bot,
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

impl Web {
    /// A person's zone by name; empty: the server's.
    pub fn zone_name(&self, person: &Person) -> String {
        person.time_zone.clone()
    }

    /// The zone of that name; the server's where it is empty or unknown.
    pub fn zone(&self, name: &str) -> TimeZone {
        if name.is_empty() {
            self.config.time_zone.clone()
        } else {
            TimeZone::get(name).unwrap_or(self.config.time_zone.clone())
        }
    }

    /// A message's HTML with times in `zone`.
    pub fn fragment(&self, message: &Message, zone: &TimeZone) -> String {
        let at = message.created_at.to_zoned(zone.clone());
        let words = MarkupWords { copy: "Copy".into(), show_all: "Show all {n} lines".into() };
        let people =
            |r: &domain::messages::Reaction| r.people.iter().map(|p| format!(" {p} ")).collect::<String>();
        let view = MessageView {
            message,
            face: Face::of(&message.author),
            base: format!("/rooms/~{}/messages/{}", message.room, message.id),
            day: message.opens_day(zone).then(|| at.strftime("%A, %-d %B %Y").to_string()),
            time: at.strftime("%H:%M").to_string(),
            body: to_html(&message.content, &message.mentions, message.mentions_everyone, &words),
            edited: message
                .edited_at
                .map(|at| at.to_zoned(zone.clone()).strftime("%-d %B, %H:%M").to_string()),
            continues: message.continues(zone),
            reactions: message
                .reactions
                .iter()
                .map(|r| (r.emoji.clone(), r.people.len(), people(r)))
                .collect(),
        };
        view.render().unwrap_or_else(|error| {
            tracing::error!(%error, "a message was not rendered");
            String::new()
        })
    }
}

/// What is this viewer's own, in three custom properties.
pub(crate) fn viewer_style(me: PersonId) -> String {
    format!(
        "[data-author=\"{me}\"]{{--words:var(--green-tint);--name:var(--green);--mine:flex}}\
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
