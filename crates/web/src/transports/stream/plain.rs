//! The log for browsers that know no declarative shadow root and so cannot place what a streamed page appends: an ordinary
//! page with a *Refresh* link, which refreshes itself.
//!
//! Which browsers these are shows without scripts: the streamed page holds a line that no slot takes. Only where there are
//! no slots is it rendered, and only what is rendered loads its background image, whose address is this very page; so the
//! browser gets a cookie by which it is known. Elsewhere nothing is asked for, and nothing refreshes.

use crate::{
    Web, cookies,
    days::DayStyle,
    extract::In,
    failure::{Page, PageResult},
    fragment::viewer_style,
    pages::{html, room_name},
    words::filters,
};
use askama::Template;
use axum::http::header;
use domain::{
    access::{RoomModerator, RoomReader},
    limits,
};
use store::PageAt;

/// What the line without a slot does when it is rendered.
pub(super) const BEACON: &str = ".older{background:url(\"?plain=1\") no-repeat}";

#[derive(Template)]
#[template(path = "stream_plain.html")]
struct PlainPage<'p> {
    theme: &'p str,
    nonce: &'p str,
    style: String,
    name: String,
    seconds: u64,
    fragments: Vec<String>,
    replies: Vec<String>,
    may_moderate: bool,
}

/// The last messages, for twenty seconds.
pub(super) async fn show(web: &Web, room: &In<RoomReader, Page>, nonce: &str) -> PageResult {
    let (reader, person) = (&room.proof, &room.viewer.person);
    let window = web.app.store().page(reader, PageAt::Latest, web.config.page_messages).await?;
    if let Some(last) = window.messages.last() {
        web.app.mark_shown(reader, last.id).await?;
    }
    let locale = web.locale(person);
    let replies = web.app.store().replies_in(reader).await?;
    let mut page = html(&PlainPage {
        theme: &person.theme,
        nonce,
        style: viewer_style(person.id) + &DayStyle::at(web.app.now(), &locale).css,
        name: room_name(reader),
        seconds: limits::PLAIN_REFRESH.as_secs(),
        fragments: window.messages.iter().map(|message| web.fragment(message, &locale)).collect(),
        replies: replies.iter().map(|reply| web.reply_fragment(reply, &locale)).collect(),
        may_moderate: RoomModerator::grant(reader.clone()).is_ok(),
    })?;
    page.headers_mut().append(header::SET_COOKIE, cookies::plain(&web.config));
    Ok(page)
}
