//! Who is at the other end of the bot's socket: a guest, or somebody signed in.

use super::super::{Kind, connect, frames::close_code, socket::Over, visitors::Visit};
use super::talk::Whom;
use crate::{
    Web, credentials,
    extract::{self, ClientAddress},
    failure::WebError,
    fragment::Locale,
    guard,
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

/// Who comes in, and the bot they meet; or the code and the reason to close with, because browsers cannot read the status of a
/// refused upgrade.
pub(super) async fn receive(web: &Web, parts: &Parts) -> Result<(Company, Arc<DefaultBot>), Over> {
    let path = parts.uri.path();
    if !credentials::without_cookies(path, &parts.headers) && !guard::own_origin(web, &parts.headers) {
        return Err((4401, "opened from another site"));
    }
    let viewer = extract::viewer(parts, web).await.map_err(|error| match error {
        WebError::BadToken(_) => (4401, "sign in first"),
        _ => (1013, "the database is away"),
    })?;
    let bot = web.app.default_bot().await.ok_or((1013, "there is no bot"))?;
    let Some(viewer) = viewer else { return guest(web, parts).await.map(|company| (company, bot)) };
    let Locale { zone, .. } = web.locale(&viewer.person);
    let connected = connect(web, &viewer, Kind::Plain).await;
    let (connection, viewer) = connected.map_err(|error| match error {
        app::Error::Forbidden(_) => (4401, "signed out"),
        app::Error::TooMany { .. } => (1013, "too many connections"),
        _ => (1013, "the database is away"),
    })?;
    Ok((Company::Person { connection, viewer, zone }, bot))
}

async fn guest(web: &Web, parts: &Parts) -> Result<Company, Over> {
    if !web.app.settings().await.map_err(|_| (1013, "the database is away"))?.guests {
        return Err((4401, "sign in first"));
    }
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
