//! What is wrong with an input, in words that can be shown and translated.

/// An input that breaks a rule. `text` is an English sentence that doubles as the key for translations; a `{limit}`
/// in it stands for `limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invalid {
    /// The form field or JSON key at fault.
    pub field: &'static str,
    /// What happened and what to do, with `{limit}` where the number goes.
    pub text: &'static str,
    /// The limit that was passed, in the unit the text names.
    pub limit: Option<usize>,
}

impl Invalid {
    /// A broken rule that has no number in it.
    pub const fn new(field: &'static str, text: &'static str) -> Self {
        Self { field, text, limit: None }
    }

    /// A limit that was passed.
    pub const fn limit(field: &'static str, text: &'static str, limit: usize) -> Self {
        Self { field, text, limit: Some(limit) }
    }
}

impl std::fmt::Display for Invalid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.limit {
            Some(limit) => f.write_str(&self.text.replace("{limit}", &limit.to_string())),
            None => f.write_str(self.text),
        }
    }
}

impl std::error::Error for Invalid {}
