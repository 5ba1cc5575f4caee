//! A reply in progress as HTML: a band below the log, and what its later message says of how it came about.
//!
//! Like a message's fragment it does not depend on who reads it. Its text comes in parts (see [`domain::markup::parts`]), each
//! after an empty comment, so that a browser keeps the first so many of them and puts new ones in place of the rest.

use crate::{
    Web,
    fragment::{Face, Locale, markup_words},
    words::{Words, filters},
};
use askama::Template;
use bots::Fault;
use domain::{
    markup::{Markup, Voice, part_to_html, parts},
    people::Profile,
    replies::{Answer, Ending, Reply, Step},
};
use std::time::Duration;

#[derive(Template)]
#[template(path = "reply.html")]
struct ReplyView<'r> {
    reply: &'r Reply,
    face: Face,
    reading: String,
    answering: String,
    steps: Vec<StepView>,
    text: String,
}

/// A tool that was used, in words.
pub(crate) struct StepView {
    pub icon: &'static str,
    pub line: String,
    pub arguments: String,
    pub outcome: Vec<OutcomeLine>,
}

/// A line of what a tool told, and the message that it begins with, as `search_messages` tells it.
#[derive(Debug, PartialEq)]
pub(crate) struct OutcomeLine {
    /// Address and label.
    pub link: Option<(String, String)>,
    pub text: String,
}

/// What was added to a reply: its first parts stay, the rest is this.
pub(crate) struct Growth {
    pub keep: usize,
    pub html: String,
}

impl Web {
    /// A reply in progress as it stands.
    pub fn reply_fragment(&self, reply: &Reply, locale: &Locale) -> String {
        let Locale { words, .. } = locale;
        let view = ReplyView {
            reply,
            face: Face::of(&reply.bot),
            reading: reading(reply, *words),
            answering: answering(reply, locale),
            steps: steps(&reply.steps, *words),
            text: text(&reply.text, 0, *words),
        };
        words.speak(|| view.render()).unwrap_or_else(|error| {
            tracing::error!(%error, "a reply in progress was not rendered");
            String::new()
        })
    }

    /// What a reply says from a byte on.
    pub fn growth(&self, reply: &Reply, at: usize, locale: &Locale) -> Growth {
        let keep = reply.text.get(..at).map_or(0, |before| parts(before).count() - 1);
        Growth { keep, html: text(&reply.text, keep, locale.words) }
    }
}

/// The parts of a text from one on.
fn text(text: &str, from: usize, words: Words) -> String {
    parts(text).skip(from).map(|part| format!("<!---->{}", part_html(part, words))).collect()
}

/// One part of a bot's text.
pub(crate) fn part_html(part: &str, words: Words) -> String {
    let words = markup_words(words);
    part_to_html(part, Markup { mentions: &[], everyone: false, voice: Voice::Machine, words: &words })
}

/// What a reply says of itself before its first words.
pub(crate) fn reading(reply: &Reply, words: Words) -> String {
    words.t("Reading the room, asked by {name}").replace("{name}", first_name(&reply.asker))
}

/// The same once it speaks. A time, not a count of seconds: it stays true in a page that nobody touches.
pub(crate) fn answering(reply: &Reply, locale: &Locale) -> String {
    let since = reply.since.to_zoned(locale.zone.clone()).strftime("%H:%M").to_string();
    let line = locale.words.t("Answering {name} since {time}");
    line.replace("{time}", &since).replace("{name}", first_name(&reply.asker))
}

/// What one calls somebody at a table, where that can be told from their name.
pub(crate) fn first_name(profile: &Profile) -> &str {
    let name = profile.display_name.as_str();
    name.split_whitespace()
        .next()
        .filter(|first| first.chars().count() > 2 && !first.ends_with('.'))
        .unwrap_or(name)
}

/// Tools in words.
pub(crate) fn steps(steps: &[Step], words: Words) -> Vec<StepView> {
    steps.iter().map(|step| StepView::of(step, words)).collect()
}

impl StepView {
    fn of(step: &Step, words: Words) -> Self {
        let arguments: serde_json::Value = serde_json::from_str(&step.arguments).unwrap_or_default();
        let sought = arguments.as_object().and_then(|all| all.values().find_map(|value| value.as_str()));
        let (icon, line) = match (step.tool.as_str(), sought) {
            ("search_messages", Some(sought)) => {
                ("search", words.t("Looked in this room for “{words}”").replace("{words}", sought))
            }
            ("time", _) => ("clock", words.t("Looked at the clock").to_owned()),
            ("roll_dice", _) => ("rotate-cw", words.t("Rolled the dice").to_owned()),
            _ => ("settings", words.t("Used {tool}").replace("{tool}", &step.tool)),
        };
        let outcome = step.outcome.lines().map(OutcomeLine::of).collect();
        Self { icon, line, arguments: step.arguments.clone(), outcome }
    }
}

impl OutcomeLine {
    fn of(line: &str) -> Self {
        let found = line.strip_prefix('[').and_then(|rest| rest.split_once("](/rooms/"));
        let parts = found.and_then(|(label, rest)| Some((label, rest.split_once(')')?)));
        let of_message = |path: &str| {
            let (slug, rest) = path.split_once("/messages/")?;
            let plain = !slug.contains(['/', '.', '\\', '?', '#', '%']);
            (plain && rest.strip_suffix('/')?.bytes().all(|byte| byte.is_ascii_digit())).then_some(())
        };
        match parts {
            Some((label, (path, text))) if of_message(path).is_some() => {
                let link = Some((format!("/rooms/{path}"), label.to_owned()));
                Self { link, text: text.to_owned() }
            }
            _ => Self { link: None, text: line.to_owned() },
        }
    }
}

/// How a reply ended that a message was.
pub(crate) struct EndingView {
    pub line: String,
    /// Nothing was said, or not everything.
    pub is_wrong: bool,
}

impl EndingView {
    /// Nothing where everything was said.
    pub fn of(answer: &Answer, locale: &Locale) -> Option<Self> {
        let words = locale.words;
        let why = words.t(reason(&answer.why));
        let line = match answer.ending {
            Ending::Complete if answer.why.is_empty() => return None,
            Ending::Complete => words.t("Ends here: {why}.").replace("{why}", why),
            Ending::Stopped => words.t("Stopped.").to_owned(),
            Ending::Interrupted => words.t("Interrupted: {why}.").replace("{why}", why),
            Ending::Failed => words.t("No answer: {why}.").replace("{why}", why),
        };
        let again = answer.retry_at.map(|at| {
            let time = at.to_zoned(locale.zone.clone()).strftime("%H:%M").to_string();
            format!(" {}", words.t("It may be asked again from {time}.").replace("{time}", &time))
        });
        let is_wrong = matches!(answer.ending, Ending::Interrupted | Ending::Failed);
        Some(Self { line: line + &again.unwrap_or_default(), is_wrong })
    }
}

/// Why somebody outside of any room is not answered, and when to try again where that is known.
pub(crate) fn no_answer(fault: &Fault, words: Words) -> String {
    let why = words.t("No answer: {why}.").replace("{why}", words.t(reason(fault.kind.as_str())));
    match fault.retry_after {
        None => why,
        Some(after) => {
            let again = words.t("Try again in {n} seconds.").replace("{n}", &seconds(after).to_string());
            format!("{why} {again}")
        }
    }
}

/// Whole seconds to wait, at least one.
pub(crate) fn seconds(after: Duration) -> u64 {
    (after.as_secs_f64().ceil() as u64).max(1)
}

/// Why a reply ended, as part of a sentence.
fn reason(why: &str) -> &'static str {
    match why {
        "unreachable" => "nobody answers at the provider's address",
        "refused" => "the provider does not accept the key",
        "unknown" => "the provider knows no such model",
        "busy" => "the provider has too much to do",
        "failed" => "the provider failed",
        "silent" => "the provider said nothing for too long",
        "broken" => "the answer broke off",
        "empty" => "the answer was empty",
        "too_long" => "the question is longer than the bot can read",
        "settings" => "the bot's settings are not complete",
        "length" => "the greatest length is reached",
        "filtered" => "the provider withholds the rest",
        "lost" => "the server that asked went down",
        "budget" => "today's budget is used up",
        "loop" => "bots have answered each other often enough",
        "" => "somebody stopped it",
        _ => "something went wrong",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_a_tool_found_is_a_link_and_nothing_else_is() {
        let found = OutcomeLine::of(
            "[2026-11-21 14:32](/rooms/tea-cake/messages/17/) Ada: [so](/rooms/x/messages/1/)",
        );
        let link = Some(("/rooms/tea-cake/messages/17/".to_owned(), "2026-11-21 14:32".to_owned()));
        assert_eq!(found, OutcomeLine { link, text: " Ada: [so](/rooms/x/messages/1/)".to_owned() });
        for line in [
            "",
            "6, 4 (together 10)",
            "see [a](/rooms/x/messages/1/)",
            "[a](/rooms/../messages/1/) b",
            "[a](/rooms/x/messages/1/edit/) b",
            "[a](/rooms/x/messages/1",
            "[a](https://example.org/) b",
        ] {
            assert_eq!(OutcomeLine::of(line), OutcomeLine { link: None, text: line.to_owned() });
        }
    }

    #[test]
    fn what_is_kept_and_what_is_added_are_the_whole() {
        let whole = "One.\n\n```rust\nfn f() {\n\n}\n```\n1. a\n2. b\n\nThe end.";
        let all = |from| text(whole, from, Words::english());
        for (at, _) in whole.char_indices() {
            let keep = parts(&whole[..at]).count() - 1;
            let before = text(&whole[..at], 0, Words::english());
            let kept: String =
                before.split("<!---->").skip(1).take(keep).map(|part| format!("<!---->{part}")).collect();
            assert_eq!(kept + &all(keep), all(0), "at {at}");
        }
    }

    #[test]
    fn somebody_is_called_by_their_first_name_where_they_have_one() {
        let named = |name: &str| Profile {
            id: domain::ids::PersonId(1),
            username: "x".into(),
            display_name: name.into(),
            is_bot: false,
            avatar: String::new(),
        };
        let first = |name| first_name(&named(name)).to_owned();
        assert_eq!(
            [first("Ana Ruiz"), first("J. Weber"), first("Lu Xun"), first("ada")],
            ["Ana", "J. Weber", "Lu Xun", "ada"]
        );
    }

    #[test]
    fn every_reason_has_words_in_every_language() {
        let spanish = Words::of("es").expect("it is there");
        for kind in ["", "no such reason"] {
            assert_ne!(spanish.t(reason(kind)), reason(kind));
        }
        for kind in [
            "unreachable",
            "refused",
            "unknown",
            "busy",
            "failed",
            "silent",
            "broken",
            "empty",
            "too_long",
            "settings",
            "too_long",
            "length",
            "filtered",
            "lost",
            "budget",
            "loop",
        ] {
            assert_ne!(reason(kind), reason("no such reason"), "{kind}");
            assert_ne!(spanish.t(reason(kind)), reason(kind), "{kind}");
        }
    }
}
