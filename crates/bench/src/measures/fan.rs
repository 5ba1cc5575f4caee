//! Messages on their way to many, and into many rooms.

use super::Run;
use crate::{
    crowd::{Crowd, Heard, Load, Pace},
    subject::{Kind, Need, Subject, people_for},
};
use anyhow::Result;

/// Talkers who each send again when they have heard themselves; everyone hears everything.
pub(super) fn fan_out(run: &mut Run<'_>, round: usize) -> Result<()> {
    fan(run, round, 1_000, run.options.talkers, Pace::Closed)
}

pub(super) fn steady(run: &mut Run<'_>, round: usize) -> Result<()> {
    fan(run, round, 200, 10, Pace::Rate(50.0))
}

fn fan(run: &mut Run<'_>, round: usize, listeners: usize, talkers: usize, pace: Pace) -> Result<()> {
    for kind in run.with_peers(&[Kind::Tertulia, Kind::LimitDurable, Kind::Limit]) {
        run.measure(kind, round, |run| Ok(run.heard(&once(run, kind, listeners, talkers, pace)?)))?;
    }
    Ok(())
}

/// So many who listen in one room, of whom some talk.
pub(super) fn once(run: &Run<'_>, kind: Kind, listeners: usize, talkers: usize, pace: Pace) -> Result<Heard> {
    let need = Need { people: people_for(listeners), ..run.need.clone() };
    let subject = Subject::start(kind, &need)?;
    let plans = (0..listeners).map(|nth| match nth < talkers {
        true => subject.talker(nth, nth as u32),
        false => subject.listener(nth),
    });
    run.crowd(&subject, plans.collect(), pace)?.talk(run.lasts())
}

pub(super) fn ingest(run: &mut Run<'_>, round: usize) -> Result<()> {
    const WRITERS: usize = 64;
    for kind in run.with_peers(&[Kind::Tertulia, Kind::LimitKept, Kind::LimitDurable]) {
        run.measure(kind, round, |run| {
            let need = Need { people: WRITERS, rooms: WRITERS, echo: true, ..run.need.clone() };
            let subject = Subject::start(kind, &need)?;
            let load = Load {
                plans: (0..WRITERS).map(|nth| subject.writer(nth)).collect(),
                pace: Pace::Closed,
                threads: run.cores.generators,
                servers: vec![subject.id()],
                echo: true,
            };
            let heard = Crowd::gather(load)?.talk(run.lasts())?;
            // Each hears only its own, so there is no order to compare.
            let heard = run.heard(&heard).into_iter().filter(|(name, _)| *name != "orders");
            Ok(heard
                .map(
                    |(name, figure)| {
                        if name == "deliveries/s" { ("acknowledged/s", figure) } else { (name, figure) }
                    },
                )
                .collect())
        })?;
    }
    Ok(())
}
