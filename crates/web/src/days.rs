//! Today and yesterday by their names. A message's markup is the same for every reader at every hour, so its day mark
//! has a date; which date is today is said by a style of the page around it.

use crate::fragment::Locale;
use jiff::{Timestamp, ToSpan, civil::Date};

/// The style that names two days in a reader's language and zone.
pub(crate) struct DayStyle {
    pub zone: String,
    pub today: Date,
    pub yesterday: Date,
    pub css: String,
}

impl DayStyle {
    pub fn at(now: Timestamp, locale: &Locale) -> Self {
        let today = now.to_zoned(locale.zone.clone()).date();
        let yesterday = today.saturating_sub(1.day());
        let css =
            [(today, "Today"), (yesterday, "Yesterday")].map(|(day, word)| name(day, locale.words.t(word)));
        let zone = locale.zone.iana_name().unwrap_or_default().to_owned();
        Self { zone, today, yesterday, css: css.concat() }
    }

    /// The style for a later moment when the day has turned since, for a page that is still open.
    pub fn turned(&self, now: Timestamp, locale: &Locale) -> Option<Self> {
        let mut next = Self::at(now, locale);
        (next.today != self.today).then(|| {
            for day in [self.today, self.yesterday] {
                if day != next.today && day != next.yesterday {
                    next.css.push_str(&format!(
                        ".day[data-date=\"{day}\"]>span{{display:inline}}.day[data-date=\"{day}\"]::before{{content:none}}"
                    ));
                }
            }
            next
        })
    }
}

fn name(day: Date, word: &str) -> String {
    format!(
        ".day[data-date=\"{day}\"]>span{{display:none}}.day[data-date=\"{day}\"]::before{{content:\"{word}\"}}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Words;
    use jiff::tz::TimeZone;

    fn locale(zone: &str) -> Locale {
        Locale { words: Words::english(), zone: TimeZone::get(zone).expect("a zone") }
    }

    #[test]
    fn today_is_the_readers_own_and_not_the_servers() {
        let now: Timestamp = "2026-11-21T23:30:00Z".parse().expect("a time");
        assert_eq!(DayStyle::at(now, &locale("Europe/London")).today.to_string(), "2026-11-21");
        let madrid = DayStyle::at(now, &locale("Europe/Madrid"));
        assert_eq!(madrid.today.to_string(), "2026-11-22");
        assert!(madrid.css.contains("[data-date=\"2026-11-21\"]::before{content:\"Yesterday\"}"));
    }

    #[test]
    fn the_day_turns_once_and_the_day_before_yesterday_has_its_date_again() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let locale = locale("UTC");
        let before = DayStyle::at(at("2026-11-21T23:59:00Z"), &locale);
        assert!(before.turned(at("2026-11-21T23:59:59Z"), &locale).is_none());
        let after = before.turned(at("2026-11-22T00:00:01Z"), &locale).expect("midnight has passed");
        assert!(after.css.contains("[data-date=\"2026-11-22\"]::before{content:\"Today\"}"));
        assert!(after.css.contains("[data-date=\"2026-11-20\"]::before{content:none}"));
        assert!(!after.css.contains("[data-date=\"2026-11-21\"]::before{content:none}"));
    }
}
