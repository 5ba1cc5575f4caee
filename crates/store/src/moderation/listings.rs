//! The statements that both back ends share: long lists of reports and of messages.

use super::MessageFilter;
use crate::{
    Listed, Place,
    listing::{Key, Listing, Value},
};
use domain::{limits, reports::Found};

/// The columns of a report: `id, message, reason, created_at, resolved_at, resolution`, the author, the reporter and who resolved it, then the room.
macro_rules! report_columns {
    () => {
        "x.id, x.message, x.reason, x.created_at, x.resolved_at, x.resolution, a.id, a.username, a.display_name, CASE WHEN a.is_bot THEN a.avatar END,
            b.id, b.username, b.display_name, CASE WHEN b.is_bot THEN b.avatar END, c.id, c.username, c.display_name, CASE WHEN c.is_bot THEN c.avatar END, r.id, r.slug, r.name, r.topic, r.kind, r.posting, r.history, r.archived_at, r.created_at, r.seq
         FROM reports x JOIN messages m ON m.id = x.message JOIN people a ON a.id = m.author JOIN people b ON b.id = x.reporter
         LEFT JOIN people c ON c.id = x.resolved_by JOIN rooms r ON r.id = m.room"
    };
}
pub(crate) use report_columns;

/// A page of reports.
pub(crate) fn reports(open: bool, place: &Place, limit: usize) -> Listing {
    let mut list = Listing::new(concat!("SELECT ", report_columns!()), Key::Newest("x.id"), place, limit);
    list.only(if open { "x.resolved_at IS NULL" } else { "x.resolved_at IS NOT NULL" }, []);
    list
}

/// The statement for a page of messages, of columns `id, content` (or none), `created_at`, whether deleted, whether hidden, open reports, the author,
/// then the room. `newest` is the highest id there is; `contains` says that a text is like one pattern, or like one of three, whatever the case of
/// letters of ASCII.
pub(crate) fn messages(
    filter: &MessageFilter,
    place: &Place,
    newest: i64,
    limit: usize,
    contains: (&'static str, &'static str),
) -> Listing {
    let select = "SELECT m.id, CASE WHEN r.kind = 'public' THEN m.content END, m.created_at, m.deleted_at IS NOT NULL, m.hidden_at IS NOT NULL AND m.deleted_at IS NULL,
            (SELECT count(*) FROM reports x WHERE x.message = m.id AND x.resolved_at IS NULL), a.id, a.username, a.display_name, CASE WHEN a.is_bot THEN a.avatar END,
            r.id, r.slug, r.name, r.topic, r.kind, r.posting, r.history, r.archived_at, r.created_at, r.seq
         FROM messages m JOIN people a ON a.id = m.author JOIN rooms r ON r.id = m.room";
    let mut list = Listing::new(select, Key::Newest("m.id"), place, limit);
    list.only("m.id > ?", [Value::Number(floor(place, newest))]);
    match filter.words.is_empty() {
        true => {
            list.only("(r.kind = 'public' OR EXISTS (SELECT 1 FROM reports x WHERE x.message = m.id))", [])
        }
        false => list.only("r.kind = 'public'", []),
    }
    for word in &filter.words {
        let patterns = patterns(word).map(Value::Text);
        match word.is_ascii() {
            true => list.only(contains.0, patterns.into_iter().take(1)),
            false => list.only(contains.1, patterns),
        }
    }
    let numbers = [
        ("m.author = ?", filter.author.map(|id| id.0)),
        ("m.room = ?", filter.room.map(|id| id.0)),
        ("m.created_at >= ?", filter.from.map(jiff::Timestamp::as_millisecond)),
        ("m.created_at < ?", filter.until.map(jiff::Timestamp::as_millisecond)),
    ];
    for (condition, number) in numbers {
        if let Some(number) = number {
            list.only(condition, [Value::Number(number)]);
        }
    }
    if filter.hidden {
        list.only("m.hidden_at IS NOT NULL AND m.deleted_at IS NULL", []);
    }
    if filter.reported {
        list.only("EXISTS (SELECT 1 FROM reports y WHERE y.message = m.id)", []);
    }
    list
}

/// The id down to which a page looks.
fn floor(place: &Place, newest: i64) -> i64 {
    let from = match place {
        Place::After(id) => id.parse().unwrap_or(newest),
        Place::First | Place::Before(_) => newest,
    };
    match place {
        Place::Before(_) => 0,
        _ => (from - limits::FIND_MESSAGES_MAX).max(0),
    }
}

/// The page with a next one where it stopped looking before the first message.
pub(crate) fn go_on(mut page: Listed<Found>, place: &Place, newest: i64) -> Listed<Found> {
    let floor = floor(place, newest);
    if page.next.is_none() && floor > 0 {
        page.next = Some(Place::After((floor + 1).to_string()));
    }
    page
}

/// What contains a word in small letters, in great ones, or with a great one at its beginning: of letters beyond ASCII not every database knows
/// that they are the same. `!` makes the next character an ordinary one.
fn patterns(word: &str) -> [String; 3] {
    let mut letters = word.chars();
    let first = letters.next().map(char::to_uppercase);
    let named: String = first.into_iter().flatten().chain(letters.flat_map(char::to_lowercase)).collect();
    [word.to_lowercase(), word.to_uppercase(), named].map(|word| {
        let word = word.to_ascii_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
        format!("%{word}%")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stands_for_itself_alone() {
        assert_eq!(patterns("100%_Sure!")[0], "%100!%!_sure!!%");
        assert_eq!(patterns("éCOLE"), ["%école%", "%École%", "%École%"]);
    }

    #[test]
    fn a_page_that_looked_far_enough_leads_on_from_there() {
        let none = || Listed { rows: Vec::new(), previous: None, next: None };
        let newest = limits::FIND_MESSAGES_MAX + 10;
        let next = go_on(none(), &Place::First, newest).next;
        assert_eq!(next, Some(Place::After("11".into())));
        assert_eq!(go_on(none(), &next.expect("there is one"), newest).next, None);
        assert_eq!(go_on(none(), &Place::First, 10).next, None);
    }
}
