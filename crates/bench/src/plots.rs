//! Pictures of the raw lines: latency against load, memory against connections.

mod chart;

use crate::{
    measures::{
        Options,
        sweeps::{self, LATENCY, MEMORY},
    },
    subject::Kind,
};
use anyhow::{Context, Result, bail};
use chart::{Axis, Chart, Panel, Point, Series};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// What to draw, and where to.
#[derive(Debug, clap::Args)]
pub struct Plots {
    #[command(flatten)]
    options: Options,
    /// Measure other servers too: where `crates/bench/peers/setup.sh` has set them up
    #[arg(long)]
    peers: Option<PathBuf>,
    /// Measure nothing; draw the last run in the raw lines
    #[arg(long)]
    draw: bool,
    /// Where the pictures go
    #[arg(long, default_value = "docs/pictures")]
    to: PathBuf,
}

/// In this order they are drawn, ours last and so on top; the class gives the colour.
const SUBJECTS: [(Kind, &str); 6] = [
    (Kind::Limit, "quiet"),
    (Kind::LimitDurable, "quiet"),
    (Kind::DjangoChannels, "red"),
    (Kind::SocketIo, "brass"),
    (Kind::NodeWs, "blue"),
    (Kind::Tertulia, "green"),
];

/// Measures, unless told not to, and draws.
pub fn plots(plots: &Plots) -> Result<()> {
    if !plots.draw {
        sweeps::sweep(&plots.options, plots.peers.as_deref())?;
    }
    let lines = read(&plots.options.lines)?;
    fs::create_dir_all(&plots.to)?;
    let latency = Lines::last_run(&lines, LATENCY)?;
    let rate = Axis { title: "messages a second, each to 200 sockets", logarithmic: true };
    let chart = Chart {
        title: "Milliseconds from sending to hearing",
        hollow: "hollow: messages were lost",
        x: rate,
        y: Axis { title: "ms", logarithmic: true },
        panels: vec![
            Panel { title: "median (p50)", series: latency.series("messages/s", "p50 ms") },
            Panel { title: "99 of 100 sooner (p99)", series: latency.series("messages/s", "p99 ms") },
        ],
    };
    fs::write(plots.to.join("latency.svg"), chart.svg())?;
    let memory = Lines::last_run(&lines, MEMORY)?;
    let chart = Chart {
        title: "Memory of the server in MB",
        hollow: "",
        x: Axis { title: "open WebSockets that only listen", logarithmic: false },
        y: Axis { title: "MB", logarithmic: false },
        panels: vec![Panel { title: "", series: memory.series("sockets", "memory MB") }],
    };
    fs::write(plots.to.join("memory.svg"), chart.svg())?;
    Ok(())
}

fn read(path: &Path) -> Result<Vec<Value>> {
    let text = fs::read_to_string(path).with_context(|| format!("no raw lines in {}", path.display()))?;
    Ok(text.lines().map(serde_json::from_str).collect::<serde_json::Result<_>>()?)
}

/// What one measure gave in one run.
struct Lines<'l>(Vec<&'l Value>);

impl<'l> Lines<'l> {
    fn last_run(lines: &'l [Value], measure: &str) -> Result<Self> {
        let mut of: Vec<&Value> = lines.iter().filter(|line| line["measure"] == measure).collect();
        let Some(last) = of.last().map(|line| line["run"].clone()) else {
            bail!("nobody has measured {measure} yet")
        };
        of.retain(|line| line["run"] == last && line["void"] == false);
        Ok(Self(of))
    }

    /// Medians over the rounds, of each subject; hollow where a message was lost in any round.
    fn series(&self, x: &str, y: &str) -> Vec<Series> {
        let of = |kind: Kind| {
            let mut points: BTreeMap<u64, (Vec<f64>, bool)> = BTreeMap::new();
            for line in self.0.iter().filter(|line| line["subject"] == kind.name()) {
                if let (Some(x), Some(y)) = (line[x].as_f64(), line[y].as_f64()) {
                    let (all, lost) = points.entry(x as u64).or_default();
                    all.push(y);
                    *lost |= line["missing"].as_f64().is_some_and(|missing| missing > 0.0);
                }
            }
            // Where most rounds broke, the few that did not say too little.
            let rounds = points.values().map(|(all, _)| all.len()).max().unwrap_or_default();
            points.retain(|_, (all, _)| all.len() * 2 > rounds);
            let point = |(x, (all, hollow))| Point { x: x as f64, y: median(all), hollow };
            points.into_iter().map(point).collect::<Vec<_>>()
        };
        let series =
            SUBJECTS.into_iter().map(|(kind, class)| Series { name: kind.name(), class, points: of(kind) });
        series.filter(|series| !series.points.is_empty()).collect()
    }
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_medians_of_the_last_run_are_drawn_and_others_are_not() {
        let line = |run: &str, sockets: f64, memory: f64, void: bool| {
            json!({
                "measure": MEMORY, "run": run, "subject": "tertulia", "void": void,
                "sockets": sockets, "memory MB": memory, "missing": sockets - 1000.0,
            })
        };
        let lines = [
            line("monday", 1000.0, 99.0, false),
            line("tuesday", 2000.0, 4.0, false),
            line("tuesday", 2000.0, 4.0, false),
            line("tuesday", 5000.0, 9.0, false),
            line("tuesday", 1000.0, 3.0, false),
            line("tuesday", 1000.0, 1.0, false),
            line("tuesday", 1000.0, 2.0, false),
            line("tuesday", 1000.0, 50.0, true),
        ];
        let series = Lines::last_run(&lines, MEMORY).unwrap().series("sockets", "memory MB");
        assert_eq!(series.len(), 1);
        assert_eq!(
            series[0].points,
            [Point { x: 1000.0, y: 2.0, hollow: false }, Point { x: 2000.0, y: 4.0, hollow: true }]
        );
        assert!(Lines::last_run(&lines, LATENCY).is_err());
    }
}
