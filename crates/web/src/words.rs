//! The interface's words in the reader's language. The key of a text *is* the text in English, so English needs no
//! catalogue and a text without a translation is still a text; a test sees to it that there is none.
//!
//! The surprising part: templates and failures ask for the language of the request being answered
//! ([`Words::here`]), which is kept with the task. What outlives a request (sockets, streamed pages) takes its
//! language along and [speaks](Words::speak) it.

pub(crate) mod dates;
pub(crate) mod filters;

use app::Error;
use axum::http::{HeaderMap, header};
use domain::Invalid;
use std::{cell::Cell, collections::HashMap, sync::LazyLock};

/// One language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words(&'static Language);

#[derive(Debug)]
struct Language {
    tag: &'static str,
    /// Its own name for itself.
    name: &'static str,
    texts: HashMap<String, String>,
}

static LANGUAGES: LazyLock<[Language; 2]> = LazyLock::new(|| {
    let spanish = toml::from_str(include_str!("../words/es.toml")).expect("a test reads the catalogue");
    [
        Language { tag: "en", name: "English", texts: HashMap::new() },
        Language { tag: "es", name: "Español", texts: spanish },
    ]
});

tokio::task_local! {
    static HERE: Cell<Words>;
}

impl PartialEq for Words {
    fn eq(&self, other: &Self) -> bool {
        self.0.tag == other.0.tag
    }
}

impl Words {
    /// Every language there is, English first.
    pub fn all() -> impl Iterator<Item = Self> {
        LANGUAGES.iter().map(Self)
    }

    /// The language everything is written in first.
    pub fn english() -> Self {
        Self(&LANGUAGES[0])
    }

    /// The language of a tag (BCP 47), whatever its region.
    pub fn of(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        Self::all().find(|words| words.0.tag.eq_ignore_ascii_case(language))
    }

    /// The best of the languages a browser asks for (RFC 9110, 12.5.4).
    pub fn accepted(headers: &HeaderMap) -> Self {
        let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|asked| asked.to_str().ok()).unwrap_or("");
        let weighed = asked.split(',').filter_map(|part| {
            let (tag, weight) = part.split_once(";q=").unwrap_or((part, "1"));
            let weight: f32 = weight.trim().parse().ok()?;
            Some((Self::of(tag.trim())?, weight)).filter(|(_, weight)| *weight > 0.0)
        });
        // The first of equals: `max_by` would take the last.
        let best = weighed.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map_or_else(Self::english, |(words, _)| words)
    }

    /// The language of the request being answered; English outside of one.
    pub fn here() -> Self {
        HERE.try_with(Cell::get).unwrap_or_else(|_| Self::english())
    }

    /// Answers a request in this language, unless its reader [prefers](Self::prefer) another.
    /// Not an `async fn`: that would hold `answer` twice, and sockets hold it for days.
    pub fn answering<F: Future>(self, answer: F) -> impl Future<Output = F::Output> {
        HERE.scope(Cell::new(self), answer)
    }

    /// From here on the request is answered in the language its reader has chosen, if they have.
    pub fn prefer(locale: &str) {
        if let Some(words) = Self::of(locale) {
            let _ = HERE.try_with(|here| here.set(words));
        }
    }

    /// Renders something in this language.
    pub fn speak<T>(self, render: impl FnOnce() -> T) -> T {
        HERE.sync_scope(Cell::new(self), render)
    }

    /// Its tag.
    pub fn tag(self) -> &'static str {
        self.0.tag
    }

    /// Its own name for itself.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// A text in this language.
    pub fn t(self, key: &str) -> &str {
        self.0.texts.get(key).map_or(key, String::as_str)
    }

    /// What is wrong with an input.
    pub fn invalid(self, invalid: &Invalid) -> String {
        let text = self.t(invalid.text);
        invalid.limit.map_or_else(|| text.to_owned(), |limit| text.replace("{limit}", &limit.to_string()))
    }

    /// What went wrong.
    pub fn error(self, error: &Error) -> String {
        match error {
            Error::NotFound(_) => self.t("There is no such page.").to_owned(),
            Error::Invalid(invalid) => self.invalid(invalid),
            Error::Settings { what, .. } => {
                self.t("These settings cannot be used: {what}").replace("{what}", what)
            }
            Error::TooMany { what, .. } => self.invalid(what),
            Error::Forbidden(text) | Error::Conflict(text) => self.t(text).to_owned(),
            other => self.t(&other.to_string()).to_owned(),
        }
    }

    /// The texts that scripts use, as JSON for a page; `{}` in English.
    pub fn for_scripts(self) -> String {
        let mine = SCRIPT_KEYS.iter().filter_map(|key| Some((*key, self.0.texts.get(*key)?)));
        // Inside a `<script>` element only `<` needs care.
        serde_json::json!(mine.collect::<HashMap<_, _>>()).to_string().replace('<', "\\u003c")
    }
}

/// A text in the language of the request being answered.
pub(crate) fn t(key: &str) -> String {
    Words::here().t(key).to_owned()
}

static SCRIPT_KEYS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| crate::assets::scripts().flat_map(keys_called).collect());

/// Every text that a program asks for by `t(…)`.
fn keys_called(program: &str) -> impl Iterator<Item = &str> {
    program.match_indices("t(\"").filter_map(move |(at, opens)| {
        let is_longer_name = program[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let (key, _) = program[at + opens.len()..].split_once('"')?;
        (!is_longer_name).then_some(key)
    })
}

#[cfg(test)]
mod tests;
