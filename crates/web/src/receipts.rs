//! What has become of one's own messages: ticks, and the words for them.
//!
//! A message's HTML is the same for everybody and says "sent". What is more is put in its place for its author's own page.

use crate::words::Words;
use askama::Template;
use domain::receipts::{Receipt, State};

/// A tick, as it stands in a message.
#[derive(Template)]
#[template(path = "tick.html")]
struct Tick {
    base: String,
    state: &'static str,
    /// What has become of it in words, and whether it is more than sent; on the streamed page all that may become of it, of
    /// which a style shows one.
    all: Vec<(&'static str, String, bool)>,
}

/// The words of what has become of a message.
pub(crate) fn line(receipt: &Receipt, words: Words) -> String {
    let counted = |text: &str, n: usize| {
        words.t(text).replace("{n}", &n.to_string()).replace("{people}", &receipt.people.to_string())
    };
    match &receipt.each {
        Some(each) if each.len() > 1 => {
            let of = |wanted: State| {
                let some = each.iter().filter(|(_, state)| *state == wanted);
                some.map(|(profile, _)| profile.display_name.as_str()).collect::<Vec<_>>().join(", ")
            };
            let named = |text: &str, names: String| {
                (!names.is_empty()).then(|| words.t(text).replace("{names}", &names))
            };
            let parts = [
                named("Read by {names}", of(State::Read)),
                named("Delivered to {names}", of(State::Delivered)),
            ];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            if parts.is_empty() { words.t("Sent").to_owned() } else { parts.join(" · ") }
        }
        Some(_) => word(receipt.state(), words).to_owned(),
        None if receipt.read > 0 => counted("Read by {n} of {people}", receipt.read),
        None if receipt.delivered > 0 => counted("Delivered to {n} of {people}", receipt.delivered),
        None => words.t("Sent").to_owned(),
    }
}

/// One word for it.
pub(crate) fn word(state: State, words: Words) -> &'static str {
    words.t(match state {
        State::Sent => "Sent",
        State::Delivered => "Delivered",
        State::Read => "Read",
    })
}

fn class(state: State) -> &'static str {
    match state {
        State::Sent => "was-sent",
        State::Delivered => "was-delivered",
        State::Read => "was-read",
    }
}

/// A message's HTML with what has become of it.
pub(crate) fn ticked(html: &str, base: &str, receipt: &Receipt, words: Words) -> String {
    let state = receipt.state();
    let all = vec![("", line(receipt, words), state > State::Sent)];
    put(html, Tick { base: base.to_owned(), state: class(state), all }, words)
}

/// A message's HTML with all that may become of it; [`shown`] says which is shown.
pub(crate) fn with_all(html: &str, base: &str, words: Words) -> String {
    let all = [State::Sent, State::Delivered, State::Read];
    let all = all.map(|state| (class(state), word(state, words).to_owned(), state > State::Sent));
    put(html, Tick { base: base.to_owned(), state: "all", all: all.to_vec() }, words)
}

/// The style that shows one of all in a chunk.
pub(crate) fn shown(chunk: usize, state: State) -> String {
    // As strong as what was written before, so that the last one counts.
    let class = class(state);
    format!("#c{chunk} .sent.all>:not(.{class}){{display:none}}#c{chunk} .sent.all>.{class}{{display:flex}}")
}

fn put(html: &str, tick: Tick, words: Words) -> String {
    let Ok(tick) = words.speak(|| tick.render()) else { return html.to_owned() };
    // What people write stands before it and brings no such tag.
    let Some(start) = html.rfind("<a class=\"sent\"") else { return html.to_owned() };
    let end = html[start..].find("</a>").map_or(html.len(), |at| start + at + "</a>".len());
    format!("{}{}{}", &html[..start], tick.trim_end(), &html[end..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        ids::{MessageId, PersonId},
        people::Profile,
    };

    fn receipt(each: &[(&str, State)]) -> Receipt {
        let count = |least| each.iter().filter(|(_, state)| *state >= least).count();
        let profile = |name: &str| Profile {
            id: PersonId(1),
            username: name.into(),
            display_name: name.into(),
            is_bot: false,
            avatar: String::new(),
        };
        let (people, delivered, read) = (each.len(), count(State::Delivered), count(State::Read));
        let each = Some(each.iter().map(|(name, state)| (profile(name), *state)).collect());
        Receipt { message: MessageId(1), people, delivered, read, each }
    }

    #[test]
    fn a_pair_needs_a_word_a_group_names_and_a_crowd_numbers() {
        let words = Words::english();
        assert_eq!(line(&receipt(&[("Bob", State::Read)]), words), "Read");
        let group = receipt(&[("Bob", State::Read), ("Cy", State::Delivered), ("Dan", State::Sent)]);
        assert_eq!(line(&group, words), "Read by Bob · Delivered to Cy");
        assert_eq!(line(&Receipt { each: None, ..group }, words), "Read by 1 of 3");
        assert_eq!(line(&receipt(&[("Bob", State::Sent), ("Cy", State::Sent)]), words), "Sent");
    }

    #[test]
    fn the_tick_takes_the_place_of_what_everybody_gets() {
        let html = "<p>…</p><a class=\"sent\" href=\"/x/\" title=\"Sent\"><svg></svg></a><div></div>";
        let put = ticked(html, "/rooms/~1/messages/1", &receipt(&[("Bob", State::Read)]), Words::english());
        assert!(
            put.starts_with("<p>…</p><a class=\"sent was-read\"") && put.ends_with("</a><div></div>"),
            "{put}"
        );
        assert!(put.contains("title=\"Read\"") && put.contains("#check-check"), "{put}");
    }
}
