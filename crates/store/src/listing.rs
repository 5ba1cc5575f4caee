//! Long lists for administrators, a page at a time: how a page is asked for, and the statement that reads it.
//!
//! A page begins after (or ends before) a row's key, never at an offset, so any page of a million rows costs as much as the first. Both back ends
//! have the same tables and write parameters alike, so the statement is put together here once, out of fixed pieces; what somebody wrote only ever
//! becomes a value.

use crate::Result;
use crate::people::prefix_range;
use domain::Invalid;

/// Where a page is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Place {
    /// At the beginning.
    #[default]
    First,
    /// After the row of this key.
    After(String),
    /// Before the row of this key.
    Before(String),
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// Its rows, in the list's order.
    pub rows: Vec<T>,
    /// Where the page before this one is, if there is one.
    pub previous: Option<Place>,
    /// Where the next one is, if there is one.
    pub next: Option<Place>,
}

impl<T> Listed<T> {
    /// The same rows as something else.
    pub fn map<U>(self, row: impl FnMut(T) -> U) -> Listed<U> {
        Listed { rows: self.rows.into_iter().map(row).collect(), previous: self.previous, next: self.next }
    }
}

/// A value of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Number(i64),
}

/// By what a list is sorted; no two rows have the same key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Key {
    /// A text, ascending.
    Text(&'static str),
    /// A number, the greatest first: what is newest.
    Newest(&'static str),
}

/// A page that is being asked for.
#[derive(Debug)]
pub(crate) struct Listing {
    sql: String,
    values: Vec<Value>,
    key: Key,
    place: Place,
    limit: usize,
}

impl Listing {
    /// A list that begins with `SELECT … FROM …`.
    pub fn new(select: &'static str, key: Key, place: &Place, limit: usize) -> Self {
        let sql = format!("{select} WHERE TRUE");
        Self { sql, values: Vec::new(), key, place: place.clone(), limit }
    }

    /// Leaves out rows for which a condition does not hold; it has a `?` for each value.
    pub fn only(&mut self, condition: &'static str, values: impl IntoIterator<Item = Value>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
        self.values.extend(values);
    }

    /// Leaves out rows where none of the columns begins with a folded text; the condition is `a >= ? AND a < ?` for each column, joined by `OR`.
    pub fn only_beginning(&mut self, condition: &'static str, text: &str) {
        let (from, to) = prefix_range(text);
        let columns = condition.matches('?').count() / 2;
        self.only(
            condition,
            (0..columns).flat_map(|_| [from.clone(), to.clone()]).map(Value::Text).collect::<Vec<_>>(),
        );
    }

    /// The statement and its values. It asks for one row more than the page has, to know whether there is another page.
    pub fn statement(mut self) -> Result<(String, Vec<Value>)> {
        let (column, after, before, forth, back) = match self.key {
            Key::Text(column) => (column, ">", "<", "", " DESC"),
            Key::Newest(column) => (column, "<", ">", " DESC", ""),
        };
        let (sign, text, direction) = match self.place {
            Place::First => ("", "", forth),
            Place::After(ref text) => (after, text.as_str(), forth),
            Place::Before(ref text) => (before, text.as_str(), back),
        };
        if !sign.is_empty() {
            self.sql.push_str(&format!(" AND {column} {sign} ?"));
            self.values.push(match self.key {
                Key::Text(_) => Value::Text(text.to_owned()),
                Key::Newest(_) => Value::Number(text.parse().map_err(|_| unknown_place())?),
            });
        }
        self.sql.push_str(&format!(" ORDER BY {column}{direction} LIMIT ?"));
        self.values.push(Value::Number(self.limit as i64 + 1));
        Ok((numbered(&self.sql), self.values))
    }
}

fn unknown_place() -> Invalid {
    Invalid::new("after", "There is no such page.")
}

/// Parameters as both back ends write them: `$1`, `$2`, …
fn numbered(sql: &str) -> String {
    let mut parts = sql.split('?');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.enumerate().fold(first, |sql, (n, part)| format!("{sql}${}{part}", n + 1))
}

/// What came back, as a page: in the list's order, without the row that only shows that there are more.
pub(crate) fn page_of<T>(
    mut rows: Vec<T>,
    place: &Place,
    limit: usize,
    key: impl Fn(&T) -> String,
) -> Listed<T> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    let backwards = matches!(place, Place::Before(_));
    if backwards {
        rows.reverse();
    }
    let has_previous = if backwards { more } else { *place != Place::First };
    let has_next = backwards || more;
    let previous = rows.first().filter(|_| has_previous).map(|row| Place::Before(key(row)));
    let next = rows.last().filter(|_| has_next).map(|row| Place::After(key(row)));
    Listed { rows, previous, next }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_has_a_parameter_for_each_value() {
        let mut list = Listing::new("SELECT a FROM t", Key::Newest("a"), &Place::Before("7".into()), 10);
        list.only("b", []);
        list.only_beginning("(c >= ? AND c < ?)", "Ad");
        let (sql, values) = list.statement().expect("a number");
        assert_eq!(
            sql,
            "SELECT a FROM t WHERE TRUE AND b AND (c >= $1 AND c < $2) AND a > $3 ORDER BY a LIMIT $4"
        );
        assert_eq!(values.len(), 4);
        assert_eq!(values[2], Value::Number(7));
    }

    #[test]
    fn a_place_that_is_no_number_is_refused_where_numbers_are_the_key() {
        let place = Place::After("x'; DROP TABLE t".into());
        assert!(Listing::new("SELECT a FROM t", Key::Newest("a"), &place, 10).statement().is_err());
        let (sql, _) =
            Listing::new("SELECT a FROM t", Key::Text("a"), &place, 10).statement().expect("a text");
        assert!(!sql.contains("DROP"), "{sql}");
    }

    #[test]
    fn pages_lead_both_ways_and_end() {
        let page = |rows: &[i64], place| page_of(rows.to_vec(), &place, 2, i64::to_string);
        let first = page(&[9, 8, 7], Place::First);
        assert_eq!(
            (first.rows, first.previous, first.next),
            (vec![9, 8], None, Some(Place::After("8".into())))
        );
        let last = page(&[7], Place::After("8".into()));
        assert_eq!((last.rows, last.previous, last.next), (vec![7], Some(Place::Before("7".into())), None));
        let back = page(&[8, 9], Place::Before("7".into()));
        assert_eq!((back.rows, back.previous, back.next), (vec![9, 8], None, Some(Place::After("8".into()))));
    }
}
