//! The pages. Each works with scripts off; what they share is the shell with its list of rooms.

pub(crate) mod accounts;
pub(crate) mod admin;
pub(crate) mod audit;
pub(crate) mod bots;
pub(crate) mod chats;
pub(crate) mod directs;
pub(crate) mod governed_rooms;
pub(crate) mod guests;
pub(crate) mod health;
pub(crate) mod invites;
pub(crate) mod jobs;
pub(crate) mod levels;
pub(crate) mod members;
pub(crate) mod messages;
pub(crate) mod moderation;
pub(crate) mod own_tokens;
pub(crate) mod reference;
pub(crate) mod replies;
pub(crate) mod reports;
pub(crate) mod reset;
pub(crate) mod room;
pub(crate) mod room_settings;
pub(crate) mod rooms;
pub(crate) mod server_settings;
pub(crate) mod settings;
pub(crate) mod terms;
pub(crate) mod tokens;
pub(crate) mod training;
pub(crate) mod usage;
pub(crate) mod users;

use crate::{
    Web,
    failure::PageResult,
    fragment::Face,
    notice::{self, Notice},
    words::filters,
};
use app::{Error, Viewer};
use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use domain::{
    access::{RoomModerator, RoomReader},
    limits,
    members::Level,
    people::{Person, Profile},
    rooms::{Room, RoomKind},
};
use form_urlencoded::byte_serialize;
use store::RoomLine;

/// Text as part of a query.
pub(crate) fn encode(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// Renders a template as a page.
pub(crate) fn html(page: &impl Template) -> PageResult {
    match page.render() {
        Ok(text) => Ok(Html(text).into_response()),
        Err(error) => Err(Error::Bug(error.to_string()).into()),
    }
}

/// Faces before the name of a group.
const FACES: usize = 2;

/// What stands around every page of somebody who is signed in.
pub(crate) struct Shell {
    pub server_name: String,
    pub theme: String,
    pub nonce: String,
    pub style: String,
    pub me: Profile,
    pub face: Face,
    pub rooms: Vec<Line>,
    pub others: Vec<Line>,
    pub directs: Vec<Line>,
    /// What came of the form before this page.
    pub notice: Option<Notice>,
    /// The address of the section of the administration that this page belongs to; empty elsewhere.
    pub section: &'static str,
    /// Other processes are heard, if there may be any; administrators are told.
    pub is_heard: bool,
    /// Some other room has a mention or unread words, for the dot on the menu button.
    pub news: bool,
    /// How much is unread in other rooms, as far as one wants to hear of it; empty where there is nothing.
    pub told: String,
}

/// One line of the list of rooms.
pub(crate) struct Line {
    pub id: i64,
    pub slug: String,
    pub name: String,
    pub unread: String,
    pub mentions: String,
    pub is_private: bool,
    pub is_muted: bool,
    /// What one wants to hear, and how much of it is unread; scripts count on from there, what comes after the last message.
    pub level: &'static str,
    pub told: i64,
    pub last: i64,
    pub is_current: bool,
    /// Of the others in a direct room or a group, some.
    pub faces: Vec<Face>,
    pub is_between_people: bool,
    /// The other one, where there is just one.
    pub partner: i64,
}

impl Web {
    /// The shell for a viewer, with the room at `current` marked.
    pub async fn shell(&self, viewer: &Viewer, nonce: &str, current: &str) -> app::Result<Shell> {
        let mine = self.app.rooms_of(viewer.person.id).await?;
        self.shell_with(&mine, viewer, nonce, current).await
    }

    /// The same for a page that has read the viewer's rooms already.
    pub async fn shell_with(
        &self,
        mine: &[RoomLine],
        viewer: &Viewer,
        nonce: &str,
        current: &str,
    ) -> app::Result<Shell> {
        let store = self.app.store();
        let public = store.public_rooms(viewer.person.id, 0, 50).await?;
        let lines: Vec<Line> = mine.iter().map(|line| Line::of(line, current)).collect();
        let told = lines.iter().map(|line| line.told).sum();
        let (directs, rooms) = lines.into_iter().partition(|line| line.is_between_people);
        let others = public.into_iter().filter(|found| !found.joined).map(|found| Line {
            is_current: found.room.slug == current,
            id: found.room.id.0,
            slug: found.room.slug,
            name: found.room.name,
            unread: String::new(),
            mentions: String::new(),
            is_private: false,
            is_muted: false,
            level: Level::All.as_str(),
            told: 0,
            last: 0,
            faces: Vec::new(),
            is_between_people: false,
            partner: 0,
        });
        let me = Profile::from(&viewer.person);
        Ok(Shell {
            server_name: self.config.server_name.clone(),
            theme: viewer.person.theme.clone(),
            nonce: nonce.to_owned(),
            style: crate::fragment::viewer_style(me.id),
            face: Face::of(&me),
            me,
            rooms,
            others: others.collect(),
            directs,
            notice: notice::take(),
            section: "",
            is_heard: self.app.hub().others_are_heard(),
            news: told > 0,
            told: counted(told),
        })
    }
}

impl Line {
    fn of(line: &RoomLine, current: &str) -> Self {
        let is_current = line.room.slug == current;
        let (unread, mentions) = match line.level {
            Level::Nothing => (0, 0),
            _ if is_current => (0, 0),
            Level::Mentions => (line.mentions, line.mentions),
            Level::All => (line.unread, line.mentions),
        };
        let partner = line.others.first().filter(|_| line.room.kind == RoomKind::Direct);
        Self {
            id: line.room.id.0,
            slug: line.room.slug.clone(),
            name: names(&line.room, &line.others),
            unread: counted(unread),
            mentions: counted(mentions),
            is_private: matches!(line.room.kind, RoomKind::Private | RoomKind::Session),
            is_muted: line.level == Level::Nothing,
            level: line.level.as_str(),
            told: unread,
            last: line.last.0,
            is_current,
            faces: line.others.iter().take(FACES).map(Face::of).collect(),
            is_between_people: line.room.kind.is_between_people(),
            partner: partner.map_or(0, |partner| partner.id.0),
        }
    }
}

fn counted(n: i64) -> String {
    match n {
        0 => String::new(),
        n if n > limits::UNREAD_MAX => "99+".to_owned(),
        n => n.to_string(),
    }
}

/// The name of a room for this reader: of a direct room or a group, the other people's.
pub(crate) fn room_name(reader: &RoomReader) -> String {
    names(reader.room(), reader.others())
}

fn names(room: &Room, others: &[Profile]) -> String {
    match others {
        [] => room.name.clone(),
        others => others.iter().map(|other| other.display_name.as_str()).collect::<Vec<_>>().join(", "),
    }
}

#[derive(Template)]
#[template(path = "stream.html")]
struct StreamHead<'s> {
    theme: &'s str,
    nonce: &'s str,
    style: &'s str,
    name: String,
    may_moderate: bool,
    slots: usize,
}

/// The beginning of a streamed page, up to where its chunks follow.
pub(crate) fn stream_head(
    reader: &RoomReader,
    person: &Person,
    nonce: &str,
    style: &str,
    slots: usize,
) -> app::Result<String> {
    let may_moderate = RoomModerator::grant(reader.clone()).is_ok();
    let head =
        StreamHead { theme: &person.theme, nonce, style, name: room_name(reader), may_moderate, slots };
    head.render().map_err(|error| Error::Bug(error.to_string()))
}

impl Web {
    /// Goes on to a page after a form, which says what came of it.
    pub fn see_saying(&self, path: &str, text: &str) -> Response {
        notice::saying(&self.config, see(path), text)
    }
}

/// Goes on to a page after a form.
pub(crate) fn see(path: &str) -> Response {
    axum::response::Redirect::to(path).into_response()
}
