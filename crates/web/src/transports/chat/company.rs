//! Who is at the other end of the bot's socket: a guest, or somebody signed in.

use super::super::{
    Kind, connect,
    entering::{self, AWAY, Caller, Unnamed, caller, ready},
    frames::close_code,
    socket::Over,
    visitors::Visit,
};
use super::talk::Whom;
use crate::{
    Web,
    extract::ClientAddress,
    fragment::Locale,
    guard,
    websocket::{Socket, frame},
};
use app::{Asker, DefaultBot, Viewer};
use axum::http::request::Parts;
use jiff::tz::TimeZone;
use live::Connection;
use std::{net::IpAddr, sync::Arc};

/// Who is at the other end.
pub(super) enum Company {
    /// Somebody without an account.
    Guest { visit: Visit, address: IpAddr, zone: TimeZone },
    /// Somebody signed in, for as long as they are.
    Person { connection: Connection, viewer: Arc<Viewer>, zone: TimeZone },
}

/// Who comes in: known at once, or by what they say first.
pub(super) enum Visitor {
    Met(Company),
    Unnamed(Unnamed),
}

/// Who comes in, and the bot they meet; or the code and the reason to close with, because browsers cannot read the status of a
/// refused upgrade. A stranger on a page of our own is a guest, where guests may come.
pub(super) async fn receive(web: &Web, parts: &Parts) -> Result<(Visitor, Arc<DefaultBot>), Over> {
    let caller = caller(web, parts).await?;
    let bot = web.app.default_bot().await.ok_or((1013, "there is no bot"))?;
    let visitor = match caller {
        Caller::Known(viewer) => Visitor::Met(person(web, &viewer).await?),
        Caller::Unnamed(unnamed) if guard::own_origin(web, &parts.headers) => {
            match web.app.settings().await.map_err(|_| AWAY)?.guests {
                true => {
                    drop(unnamed);
                    Visitor::Met(guest(web, parts)?)
                }
                false => Visitor::Unnamed(unnamed),
            }
        }
        Caller::Unnamed(unnamed) => Visitor::Unnamed(unnamed),
    };
    Ok((visitor, bot))
}

/// Waits for the token of somebody, and says that the bot listens.
pub(super) async fn introduce(
    web: &Web,
    unnamed: Unnamed,
    socket: &mut Socket,
) -> Result<Company, Option<Over>> {
    let viewer = unnamed.name(web, socket).await?;
    let company = person(web, &viewer).await.map_err(Some)?;
    socket.queue(frame::text(&ready().to_string()));
    Ok(company)
}

/// A guest whose first frame shows that they are somebody.
pub(super) async fn named(web: &Web, guest: &Company, frame: &str) -> Result<Option<Company>, Over> {
    let Company::Guest { address, .. } = guest else { return Ok(None) };
    match entering::named(web, frame, *address).await? {
        Some(viewer) => person(web, &viewer).await.map(Some),
        None => Ok(None),
    }
}

async fn person(web: &Web, viewer: &Viewer) -> Result<Company, Over> {
    let Locale { zone, .. } = web.locale(&viewer.person);
    let connected = connect(web, viewer, Kind::Plain).await;
    let (connection, viewer) = connected.map_err(|error| match error {
        app::Error::Forbidden(_) => (4401, "signed out"),
        app::Error::TooMany { .. } => (1013, "too many connections"),
        _ => AWAY,
    })?;
    Ok(Company::Person { connection, viewer, zone })
}

fn guest(web: &Web, parts: &Parts) -> Result<Company, Over> {
    let Some(ClientAddress(address)) = parts.extensions.get().copied() else {
        return Err((1011, "no address"));
    };
    let visit = web.visitors.enter(address).ok_or((1013, "too many guests"))?;
    Ok(Company::Guest { visit, address, zone: web.config.time_zone.clone() })
}

impl Company {
    /// Waits until they have to go. Cancel-safe.
    pub async fn over(&mut self) -> Over {
        match self {
            Self::Guest { visit, .. } => {
                visit.over().await;
                close_code(live::Closed::GoingAway)
            }
            Self::Person { connection, .. } => close_code(connection.over().await),
        }
    }

    /// Who they are to the bot.
    pub fn whom(&self) -> Whom {
        match self {
            Self::Guest { address, zone, .. } => {
                Whom { asker: Asker::Guest(*address), name: String::new(), zone: zone.clone() }
            }
            Self::Person { viewer, zone, .. } => Whom {
                asker: Asker::Person(viewer.person.id),
                name: viewer.person.display_name.clone(),
                zone: zone.clone(),
            },
        }
    }

    /// Whether they have no account.
    pub fn is_guest(&self) -> bool {
        matches!(self, Self::Guest { .. })
    }
}
