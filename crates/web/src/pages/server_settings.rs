//! The settings of the server, and the links by which people are invited to it.

use super::{Shell, html};
use crate::words::{Words, filters, t};
use crate::{
    Web,
    api::messages::Which,
    body::Fields,
    extract::Governs,
    failure::{Page, PageResult},
    guard::Nonce,
    params::Path,
};
use app::Error;
use askama::Template;
use axum::{Extension, extract::State, http::StatusCode, response::IntoResponse};
use domain::{
    Invalid,
    ids::InviteId,
    invites::{NewServerInvite, ServerInvite},
    settings::{Configured, Origins, Registration, ServerSettings},
};

const SECTION: &str = "/admin/settings/";

#[derive(Template)]
#[template(path = "admin_settings.html")]
struct SettingsPage {
    shell: Shell,
    form: Form,
    configured: Configured,
    invites: Vec<Line>,
    /// The link that was just made; it is shown once.
    link: String,
    field: String,
    error: String,
}

/// The settings as they stand in the form.
struct Form {
    registration: String,
    guests: bool,
    guest_posts_per_minute: String,
    posts_per_minute: String,
    message_chars_max: String,
    allowed_origins: String,
    keeper: String,
    dialogue: String,
    terms: String,
}

impl Form {
    fn of(settings: &ServerSettings) -> Self {
        Self {
            registration: settings.registration.as_str().to_owned(),
            guests: settings.guests,
            guest_posts_per_minute: settings.guest_posts_per_minute.to_string(),
            posts_per_minute: settings.posts_per_minute.to_string(),
            message_chars_max: settings.message_chars_max.to_string(),
            allowed_origins: settings.allowed_origins.iter().collect::<Vec<_>>().join("\n"),
            keeper: settings.keeper.clone(),
            dialogue: settings.dialogue.clone(),
            terms: settings.terms.clone(),
        }
    }

    fn read(fields: &Fields<Page>) -> Self {
        Self {
            registration: fields.text("registration"),
            guests: fields.flag("guests"),
            guest_posts_per_minute: fields.text("guest_posts_per_minute"),
            posts_per_minute: fields.text("posts_per_minute"),
            message_chars_max: fields.text("message_chars_max"),
            allowed_origins: fields.text("allowed_origins"),
            keeper: fields.text("keeper"),
            dialogue: fields.text("dialogue"),
            terms: fields.text("terms"),
        }
    }
}

/// An invitation as it is listed.
struct Line {
    invite: ServerInvite,
    until: String,
}

async fn page(web: &Web, by: &Governs<Page>, nonce: &str) -> app::Result<SettingsPage> {
    let locale = web.locale(&by.viewer.person);
    let invites = web.app.store().server_invites(web.app.now()).await?;
    let line = |invite: ServerInvite| Line {
        until: locale.words.day_and_time(&invite.expires_at.to_zoned(locale.zone.clone())),
        invite,
    };
    let settings = web.app.configured().over(web.app.stored_settings().await?);
    Ok(SettingsPage {
        shell: web.board(by, nonce, SECTION).await?,
        form: Form::of(&settings),
        configured: web.app.configured().clone(),
        invites: invites.into_iter().map(line).collect(),
        link: String::new(),
        field: String::new(),
        error: String::new(),
    })
}

/// `GET /admin/settings/`
pub(crate) async fn show(
    State(web): State<Web>,
    by: Governs<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    html(&page(&web, &by, &nonce).await?)
}

/// `POST /admin/settings/`
pub(crate) async fn save(
    State(web): State<Web>,
    by: Governs<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let saved = async {
        let before = web.app.stored_settings().await?;
        // A box that is not ticked is not sent, so the form says by another field that it has one.
        let new = settings(&fields, before)?;
        let guests = if fields.find("has_guests").is_some() { fields.flag("guests") } else { new.guests };
        web.app.set_settings(&by.admin, ServerSettings { guests, ..new }).await
    };
    match saved.await {
        Ok(_) => Ok(web.see_saying(SECTION, &t("Saved."))),
        Err(Error::Invalid(invalid)) => {
            let page = page(&web, &by, &nonce).await?;
            refuse(SettingsPage { form: Form::read(&fields), ..page }, &invalid)
        }
        Err(error) => Err(error.into()),
    }
}

fn refuse(mut page: SettingsPage, invalid: &Invalid) -> PageResult {
    (page.field, page.error) = (invalid.field.to_owned(), Words::here().invalid(invalid));
    Ok((StatusCode::BAD_REQUEST, html(&page)?).into_response())
}

/// Reads settings; what is not sent stays as it was.
pub(crate) fn settings<D>(fields: &Fields<D>, before: ServerSettings) -> app::Result<ServerSettings> {
    let registration = fields.find("registration").map(|word| {
        let text = "Registration is open, invitation or closed.";
        Registration::parse(&word).ok_or(Invalid::new("registration", text))
    });
    Ok(ServerSettings {
        registration: registration.transpose()?.unwrap_or(before.registration),
        guests: fields.find("guests").map_or(before.guests, |_| fields.flag("guests")),
        guest_posts_per_minute: number(fields, "guest_posts_per_minute", before.guest_posts_per_minute)?,
        posts_per_minute: number(fields, "posts_per_minute", before.posts_per_minute)?,
        message_chars_max: number(fields, "message_chars_max", before.message_chars_max)?,
        allowed_origins: match fields.find("allowed_origins") {
            Some(text) => Origins::read(&text)?,
            None => before.allowed_origins,
        },
        keeper: fields.find("keeper").unwrap_or(before.keeper),
        dialogue: fields.find("dialogue").unwrap_or(before.dialogue),
        terms: fields.find("terms").unwrap_or(before.terms),
    })
}

fn number<D, N: std::str::FromStr>(fields: &Fields<D>, name: &'static str, before: N) -> Result<N, Invalid> {
    match fields.find(name) {
        Some(text) => text.trim().parse().map_err(|_| Invalid::new(name, "This is a whole number.")),
        None => Ok(before),
    }
}

/// `POST /admin/invites/`: shows the new link once.
pub(crate) async fn invite(
    State(web): State<Web>,
    by: Governs<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let made = async { web.app.invite_to_server(&by.admin, new_invite(&fields)?).await };
    match made.await {
        Ok((_, secret)) => {
            let mut page = page(&web, &by, &nonce).await?;
            let address = web.config.public_url.as_deref().unwrap_or_default();
            page.link = format!("{address}{}", path(&secret));
            html(&page)
        }
        Err(Error::Invalid(invalid)) => refuse(page(&web, &by, &nonce).await?, &invalid),
        Err(error) => Err(error.into()),
    }
}

/// Reads what an invitation is to be like: for one account within a week, unless said otherwise.
pub(crate) fn new_invite<D>(fields: &Fields<D>) -> app::Result<NewServerInvite> {
    let number = |name, otherwise: i64| match fields.text(name).trim() {
        "" => Ok(otherwise),
        _ => number(fields, name, otherwise),
    };
    Ok(NewServerInvite {
        note: fields.text("note"),
        uses_max: number("uses_max", 1)?,
        days: number("days", 7)?,
    })
}

/// Where a link leads.
pub(crate) fn path(secret: &str) -> String {
    format!("/auth?invite={secret}")
}

/// `POST /admin/invites/<id>/`: withdraws a link.
pub(crate) async fn withdraw(
    State(web): State<Web>,
    by: Governs<Page>,
    Path(which): Path<Which>,
) -> PageResult {
    web.app.withdraw_server_invite(&by.admin, InviteId(which.id)).await?;
    Ok(web.see_saying("/admin/settings/#invites", &t("The link no longer works.")))
}
