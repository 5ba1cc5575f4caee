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
    bots::{Budgets, UsageSum, UsageSums},
    ids::PersonId,
    limits,
    people::Profile,
};
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "admin_usage.html")]
struct UsagePage {
    shell: Shell,
    days: i64,
    by_bot: Vec<Sum>,
    /// What the sums of people are called.
    people: String,
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

impl<T> From<UsageSum<T>> for Sum
where
    T: Named,
{
    fn from(sum: UsageSum<T>) -> Self {
        Self { name: sum.of.name(), input: sum.input, output: sum.output }
    }
}

/// What stands beside a sum.
trait Named {
    fn name(&self) -> String;
}

impl Named for Profile {
    fn name(&self) -> String {
        self.display_name.clone()
    }
}

impl Named for i64 {
    fn name(&self) -> String {
        wire::day(*self).to_string()
    }
}

async fn page(web: &Web, by: &Governs<Page>, nonce: &str) -> app::Result<UsagePage> {
    let from = web.app.now().as_second().div_euclid(86_400) - USAGE_DAYS;
    let UsageSums { days, bots, people } = web.app.store().usage_sums(from).await?;
    let mut days: BTreeMap<i64, Sum> = days.into_iter().map(|sum| (sum.of, sum.into())).collect();
    let mut by_bot: BTreeMap<PersonId, Sum> = bots.into_iter().map(|sum| (sum.of.id, sum.into())).collect();
    let mut by_person: Vec<Sum> = people.into_iter().map(Sum::from).collect();
    let mut guests = Sum { name: t("Guests"), ..Sum::default() };
    for line in web.app.store().guest_usage(from).await? {
        for sum in [days.entry(line.day).or_default(), &mut guests] {
            sum.name = if sum.name.is_empty() { line.day.name() } else { std::mem::take(&mut sum.name) };
            sum.add(line.input, line.output);
        }
    }
    let mut total = Sum::default();
    days.values().for_each(|day| total.add(day.input, day.output));
    if guests.input + guests.output > 0 {
        if let Some(bot) = web.app.first_bot().await? {
            let sum = by_bot.entry(bot.profile.id).or_default();
            sum.name = bot.profile.display_name;
            sum.add(guests.input, guests.output);
        }
        by_person.push(guests);
    }
    let mut by_bot: Vec<Sum> = by_bot.into_values().collect();
    by_bot.sort_by_key(|sum| std::cmp::Reverse(sum.input + sum.output));
    let Budgets { person, room, day } = web.app.budgets().await?;
    Ok(UsagePage {
        shell: web.board(by, nonce, "/admin/usage/").await?,
        days: USAGE_DAYS,
        by_bot,
        people: match by_person.len() >= limits::USAGE_PEOPLE_MAX {
            true => t("The {n} people who used most").replace("{n}", &limits::USAGE_PEOPLE_MAX.to_string()),
            false => t("By person"),
        },
        by_person,
        by_day: days.into_values().rev().collect(),
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
