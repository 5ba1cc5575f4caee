//! The live transports, all over one subscription and one cursor.

pub(crate) mod chat;
pub(crate) mod entering;
pub(crate) mod events;
pub(crate) mod frames;
pub(crate) mod longpoll;
pub(crate) mod seed;
pub(crate) mod socket;
pub(crate) mod stream;
pub(crate) mod visitors;

use crate::Web;
use app::Viewer;
use domain::{access::RoomReader, cursors::Cursor, ids::Seq};
use live::{ConnectError, Connection, Rights};
use std::sync::Arc;

/// What a reader may hear of their room.
pub(crate) fn rights(reader: &RoomReader) -> Rights {
    Rights {
        public: reader.room().kind == domain::rooms::RoomKind::Public,
        member: reader.member().is_some(),
        visible_from: reader.visible_from(),
    }
}

impl From<ConnectError> for crate::failure::WebError {
    fn from(error: ConnectError) -> Self {
        Self::App(refused(error))
    }
}

/// A connection that was not made, in the application's words.
pub(crate) fn refused(error: ConnectError) -> app::Error {
    match error {
        ConnectError::TooMany => app::Error::TooMany {
            what: domain::Invalid::limit(
                "connections",
                "At most {limit} live connections are open for one person.",
                domain::limits::CONNECTIONS_PER_PERSON_MAX,
            ),
            retry_after: std::time::Duration::from_secs(30),
        },
        ConnectError::Unread(why) => app::Error::Unavailable(why.to_string()),
    }
}

/// A connection of somebody whose session or token is good *now*: asked again after the hub began to listen, past any memory of an earlier answer.
pub(crate) async fn connect(
    web: &Web,
    viewer: &Viewer,
    kind: Kind,
) -> app::Result<(Connection, Arc<Viewer>)> {
    let (person, pass) = (viewer.person.id, Some(viewer.pass_id()));
    let connection = match kind {
        Kind::Plain => web.app.hub().connect(person, pass).await,
        Kind::Stream => web.app.hub().connect_stream(person, pass).await,
    };
    let mut connection = connection.map_err(refused)?;
    let viewer = web.app.authenticate_again(viewer).await?;
    let viewer = viewer.ok_or(app::Error::Forbidden("Your session is over."))?;
    if let Some(end) = viewer.token().and_then(|token| token.expires_at) {
        connection.end_after(end.duration_since(web.app.now()).try_into().unwrap_or_default());
    }
    Ok((connection, viewer))
}

/// Whether a connection counts among the streamed pages of its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    Stream,
}

/// The place a cursor names in this database; the place of another incarnation is beyond every head, which resets.
pub(crate) fn place(web: &Web, cursor: &Cursor) -> Seq {
    if cursor.epoch == web.app.store().epoch() { cursor.seq } else { Seq((1 << 53) - 1) }
}
