//! What an answer means whose status is no success.

use super::Answer;
use crate::{Fault, FaultKind};
use domain::limits::RETRY_AFTER_MAX;
use http::{HeaderMap, HeaderName, StatusCode, header};
use jiff::{Timestamp, Zoned, fmt::rfc2822};
use std::time::Duration;

/// The fault of such an answer.
pub(crate) fn refusal(answer: &Answer, now: &Zoned) -> Fault {
    Fault {
        retry_after: retry_after(&answer.headers, now),
        ..Fault::new(kind_of(answer.status), format!("the provider answered {}", answer.status))
    }
}

/// What a status says.
pub(crate) fn kind_of(status: StatusCode) -> FaultKind {
    match status.as_u16() {
        401..=403 => FaultKind::Refused,
        404 | 410 => FaultKind::Unknown,
        408 => FaultKind::Silent,
        413 => FaultKind::TooLong,
        429 | 503 | 529 => FaultKind::Busy,
        // Redirects too: whoever wrote the address down can write down the other one.
        300..500 => FaultKind::Settings,
        _ => FaultKind::Failed,
    }
}

/// `Retry-After` (RFC 9110, section 10.2.3): how long to wait, from seconds or from a date; a date counts from the provider's own clock when it shows one.
fn retry_after(headers: &HeaderMap, now: &Zoned) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let said = text(header::RETRY_AFTER)?;
    let wait = match said.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let now = text(header::DATE).and_then(read_date).unwrap_or_else(|| now.timestamp());
            Duration::try_from(read_date(said)?.duration_since(now)).unwrap_or_default()
        }
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

fn read_date(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(headers: &[(HeaderName, &str)]) -> Option<u64> {
        let now = "2026-11-21T08:00:00[UTC]".parse().unwrap();
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        retry_after(&headers, &now).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_dates_say_how_long() {
        let after = |text| (header::RETRY_AFTER, text);
        assert_eq!(wait(&[]), None);
        assert_eq!(wait(&[after("17")]), Some(17));
        assert_eq!(wait(&[after("Sat, 21 Nov 2026 08:01:30 GMT")]), Some(90));
        let date = (header::DATE, "Sat, 21 Nov 2026 08:01:20 GMT");
        assert_eq!(wait(&[after("Sat, 21 Nov 2026 08:01:30 GMT"), date]), Some(10), "their clock is ahead");
        assert_eq!(wait(&[after("Sat, 21 Nov 2026 07:00:00 GMT")]), Some(0));
        assert_eq!(wait(&[after("soon")]), None);
        assert_eq!(wait(&[after("-1")]), None);
        assert_eq!(wait(&[after("99999999999")]), Some(RETRY_AFTER_MAX.as_secs()));
    }
}
