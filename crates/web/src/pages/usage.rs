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
    fn add(&mut self, line: &UsageLine) {
        self.input += line.input;
        self.output += line.output;
    }
}

/// Sums by something, the greatest first.
fn by_person(lines: &[UsageLine], who: impl Fn(&UsageLine) -> &domain::people::Profile) -> Vec<Sum> {
    let mut sums: BTreeMap<PersonId, Sum> = BTreeMap::new();
    for line in lines {
        let sum = sums.entry(who(line).id).or_default();
        sum.name = who(line).display_name.clone();
        sum.add(line);
    }
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
        days.entry(line.day).or_default().add(line);
        total.add(line);
    }
    let by_day =
        days.into_iter().rev().map(|(day, sum)| Sum { name: wire::day(day).to_string(), ..sum }).collect();
    let Budgets { person, room, day } = web.app.budgets().await?;
    Ok(UsagePage {
        shell: web.board(by, nonce, "/admin/usage/").await?,
        days: USAGE_DAYS,
        by_bot: by_person(&lines, |line| &line.bot),
        by_person: by_person(&lines, |line| &line.person),
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
