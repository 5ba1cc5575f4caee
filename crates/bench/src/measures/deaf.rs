//! Many who never read beside a few who do.

use super::Run;
use crate::{
    crowd::{Pace, Plan},
    process::{memory_bytes, tcp_bytes},
    subject::{Kind, Need, Subject, people_for},
};
use anyhow::Result;
use std::time::Duration;

const DEAF: usize = 10_000;
const HONEST: usize = 100;
const TALKERS: usize = 10;
const A_SECOND: f64 = 2_000.0;
/// Until the deaf ones have taken what they take.
const FILLING: Duration = Duration::from_secs(2);

/// Ten thousand subscribers of a busy room never read. The honest ones must not notice, and what waits must be bounded.
pub(super) fn deaf(run: &mut Run<'_>, round: usize) -> Result<()> {
    run.measure(Kind::Tertulia, round, |run| {
        let need = Need { people: people_for(DEAF + HONEST), ..run.need.clone() };
        let mut subject = Subject::start(Kind::Tertulia, &need)?;
        subject.restart(false)?;
        let plans =
            (0..DEAF).map(|nth| Plan { deaf: true, listens: false, ..subject.listener(HONEST + nth) });
        let deaf = run.crowd(&subject, plans.collect(), Pace::Closed)?;
        let before = (memory_bytes(subject.id())?, tcp_bytes()?);
        let honest = || {
            let plans = (0..HONEST).map(|nth| match nth < TALKERS {
                true => subject.talker(nth, nth as u32),
                false => subject.listener(nth),
            });
            run.crowd(&subject, plans.collect(), Pace::Rate(A_SECOND))
        };
        let filling = honest()?.talk(FILLING)?;
        let heard = honest()?.talk(run.lasts())?;
        let grown = |now: u64, before: u64| now.saturating_sub(before) as f64 / DEAF as f64 / 1024.0;
        let (user, kernel) = (grown(memory_bytes(subject.id())?, before.0), grown(tcp_bytes()?, before.1));
        let mut figures = run.heard(&heard);
        figures.extend([
            ("p99 ms while they fill", filling.delay_ms(99.0)),
            ("missing while they fill", filling.missing as f64),
            ("KB per deaf one, server", user),
            ("KB per deaf one, kernel", kernel),
            ("deaf ones cut off", deaf.leave()? as f64),
        ]);
        Ok(figures)
    })?;
    Ok(())
}
