//! Who is asking, and what they may do: asked of the application before a handler runs.

use crate::{
    Web,
    credentials::{self, Shown},
    failure::{Door, Failed, WebError},
    router::Asked,
    words::Words,
};
use app::Viewer;
use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use domain::access::{Admin, RoomMember, RoomModerator, RoomOwner, RoomReader, RoomWriter};
use std::{collections::HashMap, marker::PhantomData, net::IpAddr, ops::Deref, sync::Arc};

/// The client's address, worked out once per request by `guard`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientAddress(pub IpAddr);

/// Somebody who is signed in and may act for themselves as a whole; strangers are answered as the door `D` answers them. A token of chosen rooms
/// is not enough, and one that only reads is not where something changes.
pub(crate) struct Signed<D> {
    pub viewer: Arc<Viewer>,
    door: PhantomData<D>,
}

impl<D> Deref for Signed<D> {
    type Target = Viewer;
    fn deref(&self) -> &Viewer {
        &self.viewer
    }
}

impl<D: Door> FromRequestParts<Web> for Signed<D> {
    type Rejection = Failed<D>;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failed<D>> {
        let Known { viewer, door } = Known::<D>::from_request_parts(parts, web).await?;
        viewer.reaches_all()?;
        Ok(Self { viewer, door })
    }
}

/// Somebody who is signed in, however little their token is for: for what asks itself how far that reaches.
pub(crate) struct Known<D> {
    pub viewer: Arc<Viewer>,
    door: PhantomData<D>,
}

impl<D: Door> FromRequestParts<Web> for Known<D> {
    type Rejection = Failed<D>;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failed<D>> {
        let viewer = viewer(parts, web).await?;
        let asked = parts.extensions.get::<Asked>().map_or(&parts.uri, |asked| &asked.0);
        let wanted = asked.path_and_query().map_or("/", |path| path.as_str());
        let viewer = viewer.ok_or_else(|| WebError::Stranger(wanted.to_owned()))?;
        if !parts.method.is_safe() {
            viewer.may_change()?;
        }
        Ok(Self { viewer, door: PhantomData })
    }
}

/// Whose token or cookie this is, if anybody's.
pub(crate) async fn viewer(parts: &Parts, web: &Web) -> Result<Option<Arc<Viewer>>, WebError> {
    let viewer = match credentials::shown(parts.uri.path(), &parts.headers, &web.config)? {
        Shown::Nothing => return Ok(None),
        Shown::Cookie(secret) => web.app.authenticate(secret).await?,
        Shown::Token(secret) => {
            let viewer = web.app.authenticate_token(secret).await?;
            Some(viewer.ok_or(WebError::BadToken(credentials::UNKNOWN))?)
        }
    };
    if let Some(viewer) = &viewer {
        Words::prefer(&viewer.person.locale);
        if let Some(ClientAddress(address)) = parts.extensions.get() {
            web.app.note_use(viewer, &address.to_string()).await?;
        }
    }
    Ok(viewer)
}

/// Somebody who governs the server; to everyone else who is signed in there is no such page.
pub(crate) struct Governs<D> {
    pub admin: Admin,
    pub viewer: Arc<Viewer>,
    door: PhantomData<D>,
}

impl<D: Door> FromRequestParts<Web> for Governs<D> {
    type Rejection = Failed<D>;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failed<D>> {
        let signed = Signed::<D>::from_request_parts(parts, web).await?;
        let admin = Admin::grant(&signed.person).map_err(|_| WebError::NoSuchPage)?;
        // A token that is for some rooms is not for the server.
        signed.viewer.reaches_all()?;
        Ok(Self { admin, viewer: signed.viewer, door: PhantomData })
    }
}

/// Somebody who is signed in and may do something in the room of the path's `slug`: a proof `P` of that right.
pub(crate) struct In<P, D> {
    pub proof: P,
    pub viewer: Arc<Viewer>,
    door: PhantomData<D>,
}

/// A right that a reader may turn out to have.
pub(crate) trait Right: Sized {
    /// Grants it.
    fn of(reader: RoomReader) -> Result<Self, domain::access::Refused>;
}

impl Right for RoomReader {
    fn of(reader: RoomReader) -> Result<Self, domain::access::Refused> {
        Ok(reader)
    }
}

macro_rules! rights {
    ($($right:ident),*) => {
        $(impl Right for $right {
            fn of(reader: RoomReader) -> Result<Self, domain::access::Refused> {
                Self::grant(reader)
            }
        })*
    };
}
rights!(RoomMember, RoomWriter, RoomModerator, RoomOwner);

impl<P: Right, D: Door> FromRequestParts<Web> for In<P, D> {
    type Rejection = Failed<D>;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failed<D>> {
        let Known { viewer, .. } = Known::<D>::from_request_parts(parts, web).await?;
        let path = Path::<HashMap<String, String>>::from_request_parts(parts, web).await;
        let Path(path) = path.map_err(|_| WebError::NoSuchPage)?;
        let slug = path.get("slug").ok_or(WebError::NoSuchPage)?;
        let reader = web.app.room_reader(&viewer, slug).await?;
        if reader.room().slug != *slug && parts.method == axum::http::Method::GET {
            let asked = parts.extensions.get::<Asked>().map_or(&parts.uri, |asked| &asked.0);
            let wanted = asked.path_and_query().map_or("/", |path| path.as_str());
            let present = format!("/{}", reader.room().slug);
            return Err(WebError::Moved(wanted.replacen(&format!("/{slug}"), &present, 1)).into());
        }
        Ok(Self { proof: P::of(reader).map_err(app::Error::from)?, viewer, door: PhantomData })
    }
}
