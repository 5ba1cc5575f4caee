//! What bots used, and how much they may.

use super::{Shell, html};
use crate::words::{Words, filters, t};
use crate::{
    Web,
    api::bots::{USAGE_DAYS, budgets},
    body::Fields,
    extract::Governs,
    failure::{Page, PageResult},
    guard::Nonce,
    wire,
};
use app::Error;
use askama::Template;
use axum::{Extension, extract::State, http::StatusCode, response::IntoResponse};
use domain::{
    bots::{Budgets, UsageLine},
    ids::PersonId,
    limits,
};
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "admin_usage.html")]
struct UsagePage {
    shell: Shell,
    days: i64,
    by_bot: Vec<Sum>,
    by_person: Vec<Sum>,
    by_day: Vec<Sum>,
    total: Sum,
    budgets: [String; 3],
    error: String,
}

/// Tokens of somebody, or of a day.
#[derive(Default, Clone)]
struct Sum {
    name: String,
    input: i64,
    output: i64,
}

impl Sum {
    fn add(&mut self, input: i64, output: i64) {
        self.input += input;
        self.output += output;
    }
}

/// Sums by somebody.
fn sums(
    lines: &[UsageLine],
    who: impl Fn(&UsageLine) -> &domain::people::Profile,
) -> BTreeMap<PersonId, Sum> {
    let mut sums: BTreeMap<PersonId, Sum> = BTreeMap::new();
    for line in lines {
        let sum = sums.entry(who(line).id).or_default();
        sum.name = who(line).display_name.clone();
        sum.add(line.input, line.output);
    }
    sums
}

/// The greatest first.
fn sorted(sums: BTreeMap<PersonId, Sum>) -> Vec<Sum> {
    let mut sums: Vec<Sum> = sums.into_values().collect();
    sums.sort_by_key(|sum| std::cmp::Reverse(sum.input + sum.output));
    sums
}

async fn page(web: &Web, by: &Governs<Page>, nonce: &str) -> app::Result<UsagePage> {
    let from = web.app.now().as_second().div_euclid(86_400) - USAGE_DAYS;
    let lines = web.app.store().usage(from, limits::USAGE_LINES_MAX).await?;
    let mut days: BTreeMap<i64, Sum> = BTreeMap::new();
    let mut total = Sum::default();
    for line in &lines {
        days.entry(line.day).or_default().add(line.input, line.output);
        total.add(line.input, line.output);
    }
    let mut guests = Sum { name: t("Guests"), ..Sum::default() };
    for line in web.app.store().guest_usage(from).await? {
        for sum in [days.entry(line.day).or_default(), &mut total, &mut guests] {
            sum.add(line.input, line.output);
        }
    }
    let mut by_bot = sums(&lines, |line| &line.bot);
    let mut by_person = sorted(sums(&lines, |line| &line.person));
    if guests.input + guests.output > 0 {
        if let Some(bot) = web.app.first_bot().await? {
            let sum = by_bot.entry(bot.profile.id).or_default();
            sum.name = bot.profile.display_name;
            sum.add(guests.input, guests.output);
        }
        by_person.push(guests);
    }
    let by_day =
        days.into_iter().rev().map(|(day, sum)| Sum { name: wire::day(day).to_string(), ..sum }).collect();
    let Budgets { person, room, day } = web.app.budgets().await?;
    Ok(UsagePage {
        shell: web.board(by, nonce, "/admin/usage/").await?,
        days: USAGE_DAYS,
        by_bot: sorted(by_bot),
        by_person,
        by_day,
        total,
        budgets: [person, room, day]
            .map(|tokens| if tokens == 0 { String::new() } else { tokens.to_string() }),
        error: String::new(),
    })
}

/// `GET /admin/usage/`
pub(crate) async fn show(
    State(web): State<Web>,
    by: Governs<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
) -> PageResult {
    html(&page(&web, &by, &nonce).await?)
}

/// `POST /admin/usage/`: budgets.
pub(crate) async fn save(
    State(web): State<Web>,
    by: Governs<Page>,
    Extension(Nonce(nonce)): Extension<Nonce>,
    fields: Fields<Page>,
) -> PageResult {
    let saved = async { web.app.set_budgets(&by.admin, budgets(&fields)?).await };
    match saved.await {
        Ok(()) => Ok(web.see_saying("/admin/usage/", &t("Saved."))),
        Err(Error::Invalid(invalid)) => {
            let mut page = page(&web, &by, &nonce).await?;
            page.budgets = ["person", "room", "day"].map(|name| fields.text(name));
            page.error = Words::here().invalid(&invalid);
            Ok((StatusCode::BAD_REQUEST, html(&page)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
