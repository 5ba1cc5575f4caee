//! Ten thousand rooms with a few members each.

use super::{Run, asking::request};
use crate::{
    crowd::{Crowd, Load, Pace},
    fill, http,
    process::{cpu_seconds, memory_bytes},
    subject::{Kind, Need, Subject},
};
use anyhow::Result;
use std::time::Duration;

const ROOMS: i64 = 10_000;
/// Enough to fill the list; what it is compared with.
const FEW: i64 = 200;
const PEOPLE: usize = 100;
const WRITERS: usize = 64;
const ROOMS_A_SOCKET: usize = 10;

/// Start, memory, the list of rooms for somebody who is in ten of them, what comparing all heads costs at rest, and posts.
pub(super) fn rooms(run: &mut Run<'_>, round: usize) -> Result<()> {
    let need = Need { people: PEOPLE, ..run.need.clone() };
    let mut subject = Subject::start(Kind::Tertulia, &need)?;
    subject.stop();
    fill::rooms(&subject.database(), 0, FEW)?;
    subject.restart(false)?;
    let few = list(run, &subject)?;
    subject.stop();
    fill::rooms(&subject.database(), FEW, ROOMS)?;
    let started = subject.restart(false)?;
    std::thread::sleep(Duration::from_secs(1));
    let idle = memory_bytes(subject.id())?;
    let many = list(run, &subject)?;

    subject.restart(false)?;
    subject.rooms = (0..ROOMS).map(fill::slug).collect();
    let before = memory_bytes(subject.id())?;
    let plans =
        subject.rooms.chunks(ROOMS_A_SOCKET).enumerate().map(|(nth, rooms)| subject.listener_to(nth, rooms));
    let crowd = run.crowd(&subject, plans.collect(), Pace::Closed)?;
    let per_room = memory_bytes(subject.id())?.saturating_sub(before) as f64 / ROOMS as f64;
    // What connecting left to do is done by then.
    std::thread::sleep(Duration::from_secs(3));
    let at_rest = cpu_seconds(subject.id())?;
    std::thread::sleep(run.lasts());
    let at_rest = (cpu_seconds(subject.id())? - at_rest) / run.options.seconds;
    let load = Load {
        plans: (0..WRITERS).map(|nth| subject.writer(nth)).collect(),
        pace: Pace::Closed,
        threads: run.cores.generators,
        servers: vec![subject.id()],
        echo: true,
    };
    let heard = Crowd::gather(load)?.talk(run.lasts())?;
    crowd.leave()?;
    let figures = [
        ("start ms", started.as_secs_f64() * 1e3),
        ("idle memory MB", idle as f64 / 1e6),
        ("list of rooms: p50 ms", many.0),
        ("list against 200 rooms: x time", many.1 / few.1),
        ("KB per room listened to", per_room / 1024.0),
        ("CPU at rest, % of a core", at_rest * 100.0),
        ("acknowledged/s", heard.per_second()),
        ("post p99 ms", heard.delay_ms(99.0)),
        ("missing", heard.missing as f64),
    ];
    run.note(Kind::Tertulia, round, &figures)
}

/// The page of rooms of the first person: the median in milliseconds, and the seconds of an answer when four ask at once.
fn list(run: &Run<'_>, subject: &Subject) -> Result<(f64, f64)> {
    let answered = http::run(&http::Load {
        address: subject.address,
        connections: 4,
        ask: request(subject, 1, "/rooms/"),
        lasts: run.lasts() / 5,
        threads: run.cores.generators,
        server: subject.id(),
    })?;
    Ok((answered.delays.value_at_percentile(50.0) as f64 / 1e6, 1.0 / answered.per_second()))
}
