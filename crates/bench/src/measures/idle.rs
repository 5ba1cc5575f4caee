//! What a server costs that hardly anything is asked of: its start, sockets that only listen, and everyone at once after a restart.

use super::Run;
use crate::{
    crowd::Pace,
    process::memory_at_rest,
    report::Figure,
    subject::{Kind, Need, Subject, people_for},
};
use anyhow::Result;

/// Until the server answers, and what it holds then.
pub(super) fn start(run: &mut Run<'_>, round: usize) -> Result<()> {
    let mut subject = Subject::start(Kind::Tertulia, &run.need)?;
    // What the first start has made is there at the second; making an account needed memory that a server at rest does not hold.
    let again = subject.restart(false)?;
    let figures = [
        ("first start ms", subject.started_in.as_secs_f64() * 1e3),
        ("next start ms", again.as_secs_f64() * 1e3),
        ("idle memory MB", memory_at_rest(subject.id())? as f64 / 1e6),
    ];
    run.note(Kind::Tertulia, round, &figures)
}

pub(super) fn idle(run: &mut Run<'_>, round: usize) -> Result<()> {
    listening(run, round, 10_000, &[Kind::Tertulia, Kind::Limit])
}

/// Few enough for the peers.
pub(super) fn few(run: &mut Run<'_>, round: usize) -> Result<()> {
    listening(run, round, 2_000, &run.with_peers(&[Kind::Tertulia, Kind::Limit]))
}

fn listening(run: &mut Run<'_>, round: usize, sockets: usize, kinds: &[Kind]) -> Result<()> {
    for kind in kinds.iter().copied() {
        run.measure(kind, round, |run| once(run, kind, sockets))?;
    }
    Ok(())
}

/// So many sockets that only listen.
pub(super) fn once(run: &Run<'_>, kind: Kind, sockets: usize) -> Result<Vec<Figure>> {
    let need = Need { people: people_for(sockets), ..run.need.clone() };
    let mut subject = Subject::start(kind, &need)?;
    // Without what making accounts has left behind.
    subject.restart(false)?;
    let before = memory_at_rest(subject.id())?;
    let plans = (0..sockets).map(|nth| subject.listener(nth)).collect();
    let crowd = run.crowd(&subject, plans, Pace::Closed)?;
    let connected_in = crowd.connected_in;
    let memory = memory_at_rest(subject.id())?;
    let per_socket = memory.saturating_sub(before) as f64 / sockets as f64;
    crowd.leave()?;
    Ok(vec![
        ("KB per socket", per_socket / 1024.0),
        ("memory MB", memory as f64 / 1e6),
        ("connected in s", connected_in.as_secs_f64()),
    ])
}

/// As many sockets as one process may hold here, up to 18,000.
pub(super) fn sockets_max() -> Result<usize> {
    Ok(usize::try_from(rlimit::Resource::NOFILE.get_soft()?)?.saturating_sub(500).min(18_000))
}

/// Sizes of the crowd, and what their figures are called.
const GROWTH: [(usize, [&str; 3]); 5] = [
    (1_000, ["KB per socket, 1,000", "p99 ms, 1,000", "missing, 1,000"]),
    (2_000, ["KB per socket, 2,000", "p99 ms, 2,000", "missing, 2,000"]),
    (5_000, ["KB per socket, 5,000", "p99 ms, 5,000", "missing, 5,000"]),
    (10_000, ["KB per socket, 10,000", "p99 ms, 10,000", "missing, 10,000"]),
    (18_000, ["KB per socket, 18,000", "p99 ms, 18,000", "missing, 18,000"]),
];

/// More and more sockets, as far as one process may hold them here, and one message a second to all of them.
pub(super) fn everyone(run: &mut Run<'_>, round: usize) -> Result<()> {
    let most = sockets_max()?;
    let mut figures = Vec::new();
    for (listeners, names) in GROWTH.into_iter().filter(|(sockets, _)| *sockets <= most) {
        let need = Need { people: people_for(listeners), ..run.need.clone() };
        let mut subject = Subject::start(Kind::Tertulia, &need)?;
        subject.restart(false)?;
        let before = memory_at_rest(subject.id())?;
        let plans = (0..listeners).map(|nth| match nth {
            0 => subject.talker(nth, 0),
            _ => subject.listener(nth),
        });
        let crowd = run.crowd(&subject, plans.collect(), Pace::Rate(1.0))?;
        let per_socket =
            memory_at_rest(subject.id())?.saturating_sub(before) as f64 / listeners as f64 / 1024.0;
        let heard = crowd.talk(run.lasts() / 2)?;
        figures.extend(names.into_iter().zip([per_socket, heard.delay_ms(99.0), heard.missing as f64]));
    }
    run.note(Kind::Tertulia, round, &figures)
}

/// Everyone comes back at once after the server was killed and started again.
pub(super) fn storm(run: &mut Run<'_>, round: usize) -> Result<()> {
    const SOCKETS: usize = 10_000;
    let need = Need { people: people_for(SOCKETS), ..run.need.clone() };
    let mut subject = Subject::start(Kind::Tertulia, &need)?;
    let plans = |subject: &Subject| (0..SOCKETS).map(|nth| subject.listener(nth)).collect::<Vec<_>>();
    run.crowd(&subject, plans(&subject), Pace::Closed)?.leave()?;
    let started = subject.restart(false)?;
    let crowd = run.crowd(&subject, plans(&subject), Pace::Closed)?;
    let figures = [
        ("started in ms", started.as_secs_f64() * 1e3),
        ("all resumed in s", crowd.connected_in.as_secs_f64()),
    ];
    crowd.leave()?;
    run.note(Kind::Tertulia, round, &figures)
}
