//! A room's people.

use super::{Shell, html, room_name};
use crate::words::{Words, filters, t};
use crate::{
    Web,
    body::Fields,
    extract::In,
    failure::{Page, PageResult},
    fragment::Face,
    guard::Nonce,
    params::{Path, Query},
};
use app::Error;
use askama::Template;
use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    Invalid,
    access::{RoomModerator, RoomOwner, RoomReader},
    events::Presence,
    ids::{InviteId, PersonId},
    limits,
    members::{Member, Role},
};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "members.html")]
struct MembersPage {
    shell: Shell,
    slug: String,
    name: String,
    members: Vec<Row>,
    banned: Vec<Row>,
    total: i64,
    next: Option<usize>,
    may_moderate: bool,
    may_govern: bool,
    invites: Vec<(i64, String, i64)>,
    link: String,
    error: String,
}

struct Row {
    member: Member,
    face: Face,
    role: String,
    is_me: bool,
    /// "here", "away" or "elsewhere"; empty where nobody can tell.
    state: &'static str,
}

impl Row {
    fn of(member: Member, me: PersonId, presence: &Presence) -> Self {
        let role = match member.role {
            Role::Owner => t("Owner"),
            Role::Moderator => t("Moderator"),
            Role::Member if member.profile.is_bot => t("Bot"),
            Role::Member => t("Member"),
            Role::ReadOnly => t("Reads only"),
        };
        let id = member.profile.id;
        let state = match presence {
            Presence { counts: None, .. } => "",
            known if known.here.contains(&id) => "here",
            known if known.away.contains(&id) => "away",
            _ => "elsewhere",
        };
        Self { face: Face::of(&member.profile), role, is_me: id == me, state, member }
    }
}

#[derive(Deserialize, Default)]
pub(crate) struct Part {
    #[serde(default)]
    offset: u32,
}

/// `GET /rooms/<slug>/members/`
pub(crate) async fn index(
    State(web): State<Web>,
    room: In<RoomReader, Page>,
    Query(part): Query<Part>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    html(&page(&web, &room, part.offset as usize, &nonce).await?)
}

async fn page(
    web: &Web,
    room: &In<RoomReader, Page>,
    offset: usize,
    nonce: &str,
) -> app::Result<MembersPage> {
    let (by, store) = (&room.proof, web.app.store());
    let found = store.members(by, offset, limits::PAGE_ROWS_MAX).await?;
    let moderator = RoomModerator::grant(by.clone()).ok();
    let (banned, invites) = match &moderator {
        Some(moderator) => (store.banned(moderator).await?, store.invites(moderator, web.app.now()).await?),
        None => Default::default(),
    };
    let shown = offset + found.members.len();
    let locale = web.locale(&room.viewer.person);
    let until = |at: jiff::Timestamp| locale.words.day(&at.to_zoned(locale.zone.clone()));
    let presence = web.app.hub().presence(by.room_id());
    let row = |member| Row::of(member, by.person(), &presence);
    Ok(MembersPage {
        shell: web.shell(&room.viewer, nonce, &by.room().slug).await?,
        slug: by.room().slug.clone(),
        name: room_name(by),
        members: found.members.into_iter().map(row).collect(),
        banned: banned.into_iter().map(row).collect(),
        next: (found.total > shown as i64).then_some(shown),
        total: found.total,
        may_moderate: moderator.is_some(),
        may_govern: RoomOwner::grant(by.clone()).is_ok(),
        invites: invites.into_iter().map(|i| (i.id.0, until(i.expires_at), i.uses)).collect(),
        link: String::new(),
        error: String::new(),
    })
}

/// `POST /rooms/<slug>/members/`: brings somebody in by name.
pub(crate) async fn create(
    State(web): State<Web>,
    room: In<RoomReader, Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let moderator = RoomModerator::grant(room.proof.clone()).map_err(Error::from)?;
    match web.app.add_member(&moderator, &fields.text("username")).await {
        Ok(member) => {
            Ok(said(&web, &room.proof, &t("{name} is in.").replace("{name}", &member.profile.display_name)))
        }
        Err(error @ (Error::NotFound(_) | Error::Conflict(_) | Error::Invalid(_))) => {
            let mut page = page(&web, &room, 0, &nonce).await?;
            page.error = match error {
                Error::NotFound(_) => t("Nobody here has this name."),
                error => Words::here().error(&error),
            };
            Ok((StatusCode::BAD_REQUEST, html(&page)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Back to the people, with a line about what was done.
fn said(web: &Web, by: &RoomReader, text: &str) -> Response {
    web.see_saying(&format!("/rooms/{}/members/", by.room().slug), text)
}

#[derive(Deserialize)]
pub(crate) struct Who {
    id: i64,
}

/// `POST /rooms/<slug>/members/<id>/` with `act`: remove, ban, unban, transfer, or a role.
pub(crate) async fn update(
    State(web): State<Web>,
    room: In<RoomModerator, Page>,
    Path(who): Path<Who>,
    fields: Fields<Page>,
) -> PageResult {
    let (by, person) = (&room.proof, PersonId(who.id));
    let owner = || RoomOwner::grant(RoomReader::clone(by)).map_err(Error::from);
    let done = match fields.text("act").as_str() {
        "remove" => {
            web.app.remove(by, person).await?;
            t("Removed. They hear nothing more from this room.")
        }
        "ban" => {
            web.app.ban(by, person).await?;
            t("Banned. For them this room does not exist.")
        }
        "unban" => {
            web.app.unban(by, person).await?;
            t("The ban is lifted.")
        }
        "transfer" => {
            web.app.transfer(&owner()?, person).await?;
            t("The room is handed over.")
        }
        role => {
            let role = Role::parse(role)
                .ok_or(Error::from(Invalid::new("act", "Remove, ban, unban, transfer, or a role.")))?;
            web.app.set_role(&owner()?, person, role).await?;
            t("The role is changed.")
        }
    };
    Ok(said(&web, by, &done))
}

/// `POST /rooms/<slug>/invites/`: shows the new link once.
pub(crate) async fn invite(
    State(web): State<Web>,
    room: In<RoomReader, Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let moderator = RoomModerator::grant(room.proof.clone()).map_err(Error::from)?;
    let (_, secret) = web.app.invite(&moderator).await?;
    let mut page = page(&web, &room, 0, &nonce).await?;
    page.link = format!("{}/invites/{secret}/", web.config.public_url.as_deref().unwrap_or_default());
    html(&page)
}

/// `POST /rooms/<slug>/invites/<id>/`: withdraws a link.
pub(crate) async fn withdraw(
    State(web): State<Web>,
    room: In<RoomModerator, Page>,
    Path(who): Path<Who>,
) -> PageResult {
    web.app.withdraw_invite(&room.proof, InviteId(who.id)).await?;
    Ok(said(&web, &room.proof, &t("The link no longer works.")))
}
