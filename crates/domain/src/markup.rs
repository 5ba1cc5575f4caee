//! Markdown to safe HTML, and the names in a text.
