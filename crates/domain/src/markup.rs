//! Markdown to safe HTML, and the names in a text.
//!
//! The HTML is *generated* from a whitelist of Markdown's parts, never cleaned afterwards: raw HTML comes out as text,
//! images as links, and an address that is not http, https or mailto as its own text.

mod blocks;
mod escape;
mod names;
mod plain;

pub use blocks::{MarkupWords, to_html};
pub use escape::escape;
pub use names::{Mentions, mentions};
pub use plain::excerpt;
