//! One measure at many sizes, for the plots: what grows, and where it breaks.

use super::{Options, Round, Run, fan, idle};
use crate::{crowd::Pace, report::Figure, subject::Kind};
use anyhow::{Context, Result};
use std::path::Path;

/// Messages a second to 200 sockets, half of which talk, at growing rates.
pub const LATENCY: &str = "latency against load";
/// Sockets that only listen, more and more.
pub const MEMORY: &str = "memory against connections";

const SWEEPS: [(&str, Round); 2] = [(LATENCY, latency), (MEMORY, memory)];

const RATES: [f64; 9] = [20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0];
/// A server whose every other message comes so late does not keep up; higher rates would only lengthen its queue.
const MEDIAN_MS_MAX: f64 = 500.0;

const SOCKETS: [usize; 6] = [1_000, 2_000, 5_000, 10_000, 14_000, 18_000];
/// The largest number at peers.
const PEER_SOCKETS_MAX: usize = 5_000;

/// Measures all that is plotted.
pub fn sweep(options: &Options, peers: Option<&Path>) -> Result<()> {
    super::measure(options, peers, &SWEEPS, |_, _| {})
}

fn latency(run: &mut Run<'_>, round: usize) -> Result<()> {
    let mut kinds = run.with_peers(&[Kind::Tertulia, Kind::LimitDurable]);
    for rate in RATES {
        for kind in kinds.clone() {
            let figures = |run: &Run<'_>| -> Result<Vec<Figure>> {
                let heard = fan::once(run, kind, 200, 100, Pace::Rate(rate))?;
                Ok([vec![("messages/s", rate)], run.heard(&heard)].concat())
            };
            let figures = run.measure(kind, round, figures).with_context(|| format!("{rate} a second"));
            // Whoever breaks under a load has no figure for it; that is said, and the others go on.
            let kept_up = figures.as_ref().is_ok_and(|figures| {
                figures.iter().all(|(name, figure)| *name != "p50 ms" || *figure <= MEDIAN_MS_MAX)
            });
            if let Err(error) = figures {
                run.progress.beside(|| eprintln!("{}: {error:#}", kind.name()));
            }
            if !kept_up {
                kinds.retain(|other| *other != kind);
            }
        }
    }
    Ok(())
}

fn memory(run: &mut Run<'_>, round: usize) -> Result<()> {
    let most = idle::sockets_max()?;
    for sockets in SOCKETS.map(|sockets| sockets.min(most)) {
        let kinds = match sockets <= PEER_SOCKETS_MAX {
            true => run.with_peers(&[Kind::Tertulia, Kind::Limit]),
            false => vec![Kind::Tertulia, Kind::Limit],
        };
        for kind in kinds {
            let figures = |run: &Run<'_>| -> Result<Vec<Figure>> {
                Ok([vec![("sockets", sockets as f64)], idle::once(run, kind, sockets)?].concat())
            };
            run.measure(kind, round, figures)?;
        }
    }
    Ok(())
}
