//! The audit log: what administrators did.

use super::{
    Shell,
    admin::{List, Sought},
    html,
};
use crate::words::{filters, t};
use crate::{
    Web,
    extract::Governs,
    failure::{Page, PageResult},
    fragment::Locale,
    guard::Nonce,
    params::Query,
};
use app::Error;
use askama::Template;
use axum::{Extension, extract::State};
use domain::{
    Invalid,
    audit::{Act, Entry, Subject},
    limits,
};
use jiff::{civil::Date, tz::TimeZone};
use serde::Deserialize;
use store::{AuditFilter, Listed};

const SECTION: &str = "/admin/audit/";

/// What of the log is asked for, as the address says it.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Sieve {
    /// A username.
    pub by: String,
    pub act: String,
    pub subject: String,
    /// Days, both included.
    pub from: String,
    pub until: String,
}

#[derive(Template)]
#[template(path = "admin_audit.html")]
struct AuditPage {
    shell: Shell,
    list: List,
    sieve: Sieve,
    lines: Vec<Line>,
    error: String,
}

/// A line of the log.
pub(crate) struct Line {
    pub entry: Entry,
    pub at: String,
}

impl Line {
    pub fn of(entry: Entry, locale: &Locale) -> Self {
        Self { at: locale.words.day_and_time(&entry.at.to_zoned(locale.zone.clone())), entry }
    }
}

/// `GET /admin/audit/?by=&act=&subject=&from=&until=`
pub(crate) async fn index(
    State(web): State<Web>,
    by: Governs<Page>,
    Query(sought): Query<Sought>,
    Query(sieve): Query<Sieve>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    let locale = web.locale(&by.viewer.person);
    let (page, error) = match filter(&web, &sieve, &locale.zone).await {
        Ok(filter) => {
            (web.app.store().audit(&filter, &sought.place(), limits::LIST_ROWS).await?, String::new())
        }
        Err(Error::Invalid(invalid)) => {
            (Listed { rows: Vec::new(), previous: None, next: None }, locale.words.invalid(&invalid))
        }
        Err(error) => return Err(error.into()),
    };
    let also = [
        ("by", sieve.by.as_str()),
        ("act", &sieve.act),
        ("subject", &sieve.subject),
        ("from", &sieve.from),
        ("until", &sieve.until),
    ];
    let list = List::around(SECTION, t("Audit log"), &page, &sought, &also);
    let lines = page.rows.into_iter().map(|entry| Line::of(entry, &locale)).collect();
    html(&AuditPage { shell: web.board(&by, &nonce, SECTION).await?, list, sieve, lines, error })
}

/// What the address asks for; a day begins and ends in the reader's zone.
pub(crate) async fn filter(web: &Web, sieve: &Sieve, zone: &TimeZone) -> app::Result<AuditFilter> {
    let mut filter = AuditFilter::default();
    if !sieve.by.is_empty() {
        let name = sieve.by.trim().trim_start_matches('@');
        let person = web.app.store().person_by_name(name).await?;
        filter.by = Some(person.ok_or(Invalid::new("by", "There is nobody of this name."))?.id);
    }
    if !sieve.act.is_empty() {
        filter.act = Some(Act::parse(&sieve.act).ok_or(Invalid::new("act", "There is no such act."))?);
    }
    if !sieve.subject.is_empty() {
        let subject = Subject::parse(&sieve.subject);
        filter.subject = Some(subject.ok_or(Invalid::new("subject", "There is no such subject."))?);
    }
    (filter.from, filter.until) = days(&sieve.from, &sieve.until, zone)?;
    Ok(filter)
}

/// From the beginning of one day up to the end of another; either may be left out.
pub(crate) fn days(
    from: &str,
    until: &str,
    zone: &TimeZone,
) -> Result<(Option<jiff::Timestamp>, Option<jiff::Timestamp>), Invalid> {
    let from = day(from)?.map(|day| start(day, zone)).transpose()?;
    let last = day(until)?.map(|day| day.tomorrow()).transpose();
    let until = last.map_err(|_| no_day())?.map(|day| start(day, zone)).transpose()?;
    Ok((from, until))
}

fn day(text: &str) -> Result<Option<Date>, Invalid> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| no_day()) }
}

fn start(day: Date, zone: &TimeZone) -> Result<jiff::Timestamp, Invalid> {
    day.to_zoned(zone.clone()).map(|zoned| zoned.timestamp()).map_err(|_| no_day())
}

fn no_day() -> Invalid {
    Invalid::new("from", "A day is written as year, month and day: 2026-11-21.")
}

/// What an act is called on pages.
pub(crate) fn act_name(act: &str) -> String {
    match Act::parse(act) {
        Some(Act::CreatePerson) => t("Made an account"),
        Some(Act::UpdatePerson) => t("Changed an account"),
        Some(Act::PromotePerson) => t("Made an administrator"),
        Some(Act::DemotePerson) => t("Made a member again"),
        Some(Act::DeactivatePerson) => t("Deactivated an account"),
        Some(Act::ActivatePerson) => t("Activated an account"),
        Some(Act::ResetPassword) => t("Reset a password"),
        Some(Act::SetPassword) => t("Set a password"),
        Some(Act::EndSessions) => t("Ended sessions"),
        Some(Act::DeletePerson) => t("Deleted an account"),
        Some(Act::RevokeToken) => t("Revoked a token"),
        Some(Act::CreateRoom) => t("Made a room"),
        Some(Act::UpdateRoom) => t("Changed a room"),
        Some(Act::CloseRoom) => t("Closed a room"),
        Some(Act::OpenRoom) => t("Opened a room"),
        Some(Act::AddMember) => t("Added a member"),
        Some(Act::ChangeRole) => t("Changed a role"),
        Some(Act::RemoveMember) => t("Removed a member"),
        Some(Act::BanMember) => t("Banned somebody"),
        Some(Act::LiftBan) => t("Lifted a ban"),
        Some(Act::InviteToRoom) => t("Made a link into a room"),
        Some(Act::CloseRoomInvite) => t("Withdrew a link into a room"),
        Some(Act::RepeatReply) => t("Had a bot answer again"),
        Some(Act::DeleteMessage) => t("Deleted a message"),
        Some(Act::StopReply) => t("Stopped a reply"),
        Some(Act::ViewMessage) => t("Looked at a message"),
        Some(Act::FindMessages) => t("Searched messages"),
        Some(Act::HideMessage) => t("Hid a message"),
        Some(Act::RestoreMessage) => t("Restored a message"),
        Some(Act::EraseMessage) => t("Erased a message"),
        Some(Act::SettleReport) => t("Settled a report"),
        Some(Act::InvitePerson) => t("Made an invitation"),
        Some(Act::WithdrawInvite) => t("Withdrew an invitation"),
        Some(Act::CreateBot) => t("Made a bot"),
        Some(Act::UpdateBot) => t("Changed a bot"),
        Some(Act::ChangeSetting) => t("Changed a setting"),
        None => act.to_owned(),
    }
}
