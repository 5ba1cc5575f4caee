//! Days and times as one says them.

use super::Words;
use jiff::{Zoned, civil::Weekday};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// As lists write them.
const MONTHS_SHORT: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

impl Words {
    /// "Thursday, 19 November".
    pub fn day(self, at: &Zoned) -> String {
        self.date("{weekday}, {day} {month}", at)
    }

    /// "Thursday, 19 November 2026".
    pub fn day_and_year(self, at: &Zoned) -> String {
        self.date("{weekday}, {day} {month} {year}", at)
    }

    /// "19 Nov 2026".
    pub fn short_date(self, at: &Zoned) -> String {
        self.date("{day} {mon} {year}", at)
    }

    /// "19 Nov, 18:04".
    pub fn day_and_time(self, at: &Zoned) -> String {
        self.date("{day} {mon}, {time}", at)
    }

    /// "Today, 18:04", "Yesterday, 18:04", or the day.
    pub fn lately(self, at: &Zoned, now: &Zoned) -> String {
        let day = match at.date() {
            day if day == now.date() => "Today",
            day if now.date().yesterday().is_ok_and(|yesterday| day == yesterday) => "Yesterday",
            _ => return self.day_and_time(at),
        };
        format!("{}, {}", self.t(day), at.strftime("%H:%M"))
    }

    /// "12 minutes ago" within the hour, else [as one says it lately](Self::lately).
    pub fn ago(self, at: &Zoned, now: &Zoned) -> String {
        match now.timestamp().as_second() - at.timestamp().as_second() {
            ..60 => self.t("Just now").to_owned(),
            60..120 => self.t("1 minute ago").to_owned(),
            seconds @ 120..3600 => self.t("{n} minutes ago").replace("{n}", &(seconds / 60).to_string()),
            _ => self.lately(at, now),
        }
    }

    fn date(self, pattern: &str, at: &Zoned) -> String {
        let month = usize::from(at.month().unsigned_abs()).saturating_sub(1) % 12;
        self.t(pattern)
            .replace("{weekday}", self.t(weekday(at.weekday())))
            .replace("{day}", &at.day().to_string())
            .replace("{month}", self.t(MONTHS[month]))
            .replace("{mon}", self.t(MONTHS_SHORT[month]))
            .replace("{year}", &at.year().to_string())
            .replace("{time}", &at.strftime("%H:%M").to_string())
    }
}
