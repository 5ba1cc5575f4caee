//! Markdown to safe HTML, and the names in a text.
//!
//! The HTML is *generated* from a whitelist of Markdown's parts, never cleaned afterwards: raw HTML comes out as text,
//! images as links, and an address that is not http, https or mailto as its own text.
//!
//! The surprising part: reference definitions (`[note]: address`) are text here, as is a message of which Markdown
//! shows nothing. In a conversation a line that vanishes is a line that was lost.

mod addresses;
mod blocks;
mod code;
mod escape;
mod growing;
mod names;
mod plain;
mod source;

#[cfg(test)]
mod tests;

pub use blocks::{Markup, MarkupWords, Voice, part_to_html, to_html};
pub use escape::escape;
pub use growing::parts;
pub use names::{Mentions, mentions};
pub use plain::excerpt;
