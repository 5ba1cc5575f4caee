//! What is measured, and how.

mod asking;
mod deaf;
mod fan;
mod idle;
mod million;
mod processes;
mod replies;
mod rooms;
pub mod sweeps;

use crate::{
    crowd::{Crowd, Heard, Load, Pace, Plan},
    facts, peers,
    process::Cores,
    progress::Progress,
    report::{Figure, Report, SHARE, is_void},
    subject::{Kind, Need, Subject},
};
use anyhow::{Result, bail};
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// What to measure, and how long.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The server to measure; without it, one is built with the profile `dist`
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Rounds; the median counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Seconds of each run
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Who talks in the fan-out, each again when they have heard themselves
    #[arg(long, default_value_t = 8)]
    talkers: usize,
    /// Only measures whose name contains this
    #[arg(long, default_value = "")]
    only: String,
    /// Where the raw figures go, one JSON object a line
    #[arg(long, default_value = "target/bench/lines.jsonl")]
    pub lines: PathBuf,
}

/// A measure: one round of it.
type Round = fn(&mut Run<'_>, usize) -> Result<()>;

/// What is measured at the peers too.
const BESIDE_PEERS: [(&str, Round); 4] = [
    ("fan-out to 1,000", fan::fan_out),
    ("50 a second to 200", fan::steady),
    ("idle sockets, 2,000", idle::few),
    ("posts over WebSocket, 64 rooms", fan::ingest),
];

const MEASURES: [(&str, Round); 12] = [
    ("start on an empty directory", idle::start),
    ("idle sockets, 10,000", idle::idle),
    ("posts over HTTP", asking::posts),
    ("empty poll", asking::empty_poll),
    ("poll of 50", asking::full_poll),
    ("oneself by token", asking::by_token),
    ("room page of 25", asking::page),
    ("a message to 1,000 to 18,000 sockets", idle::everyone),
    ("10,000 sockets after a restart", idle::storm),
    ("10,000 that never read beside 100", deaf::deaf),
    ("a room of 1,000,000 messages", million::million),
    ("10,000 rooms", rooms::rooms),
];

/// Bots' replies while they grow.
const REPLIES: [(&str, Round); 4] = [
    ("a reply to 10 watchers", replies::one),
    ("200 replies to 10 watchers each", replies::many),
    ("a reply is stopped", replies::stop),
    ("killed while 20 replies grow", replies::kill),
];

/// Several processes on one PostgreSQL.
const PROCESSES: [(&str, Round); 3] = [
    ("from process to process, each relay", processes::delay),
    ("from process to process, the relay dead", processes::without_relay),
    ("3 processes of 1,000 sockets", processes::deliveries),
];

/// How often a void run is done again.
const REPEATS_MAX: usize = 1;

struct Run<'r> {
    name: &'static str,
    options: &'r Options,
    cores: &'static Cores,
    need: Need,
    report: Report,
    progress: Progress,
}

/// Measures everything and prints it; at the peers too, when they were set up in a directory.
pub fn table(options: &Options, peers: Option<&Path>) -> Result<()> {
    measure(
        options,
        peers,
        &[BESIDE_PEERS.as_slice(), &MEASURES, &REPLIES, &PROCESSES].concat(),
        Report::print,
    )
}

/// Measures bots' replies alone.
pub fn replies(options: &Options) -> Result<()> {
    measure(options, None, &REPLIES, Report::print)
}

/// Measures several processes alone.
pub fn processes(options: &Options) -> Result<()> {
    measure(options, None, &PROCESSES, Report::print)
}

/// Measures what can be measured at the peers too.
pub fn beside_peers(options: &Options, peers: &Path) -> Result<()> {
    measure(options, Some(peers), &BESIDE_PEERS, Report::print)
}

fn measure(
    options: &Options,
    peers: Option<&Path>,
    measures: &[(&'static str, Round)],
    show: fn(&Report, &str),
) -> Result<()> {
    let measures: Vec<_> = measures.iter().filter(|(name, _)| name.contains(&options.only)).collect();
    let mut run = Run::prepare(options, peers, measures.len() * options.rounds)?;
    let mut failed = Vec::new();
    for (name, round) in measures {
        run.name = name;
        for nth in 0..options.rounds {
            run.say(nth, None);
            // The others are measured all the same.
            if let Err(error) = round(&mut run, nth) {
                run.progress.beside(|| eprintln!("{name}, round {}: {error:#}", nth + 1));
                failed.push(*name);
            }
            run.progress.advance();
        }
        run.progress.beside(|| show(&run.report, name));
    }
    if !failed.is_empty() {
        bail!("not everything could be measured: {}", failed.join(", "));
    }
    Ok(())
}

fn build() -> Result<PathBuf> {
    let done = Command::new("cargo").args(["build", "--profile", "dist", "--package", "server"]).status()?;
    if !done.success() {
        bail!("the server could not be built");
    }
    Ok(std::path::absolute("target/dist/tertulia")?)
}

impl<'r> Run<'r> {
    fn prepare(options: &'r Options, peers: Option<&Path>, steps: usize) -> Result<Self> {
        let peers = peers.map(peers::find).transpose()?;
        let cores = Cores::split()?;
        let binary = match &options.binary {
            Some(binary) => std::path::absolute(binary)?,
            None => build()?,
        };
        cores.keep_to_generator()?;
        let need = Need {
            binary,
            people: 1,
            rooms: 0,
            template: String::new(),
            echo: false,
            peers,
            model: None,
            settings: Vec::new(),
            cores: None,
        };
        let sample = Subject::start(Kind::Tertulia, &need)?.sample()?;
        println!(
            "{} cores for the server, {} for the generator; a delivery has {} bytes",
            cores.servers,
            cores.generators,
            sample.len()
        );
        let need = Need { template: sample, ..need };
        let report = Report::new(&options.lines, facts::of(&need, cores))?;
        Ok(Self { name: "", options, cores, need, report, progress: Progress::new(steps)? })
    }

    /// Says what is under way.
    fn say(&self, round: usize, kind: Option<Kind>) {
        let kind = kind.map_or_else(String::new, |kind| format!(": {}", kind.name()));
        self.progress.say(format!("{}, round {} of {}{kind}", self.name, round + 1, self.options.rounds));
    }

    fn lasts(&self) -> Duration {
        Duration::from_secs_f64(self.options.seconds)
    }

    /// The peers, when there are any, after what is measured anyway.
    fn with_peers(&self, kinds: &[Kind]) -> Vec<Kind> {
        let peers = self.need.peers.iter().flat_map(|_| peers::ALL);
        kinds.iter().copied().chain(peers).collect()
    }

    fn note(&mut self, kind: Kind, round: usize, figures: &[Figure]) -> Result<()> {
        self.report.note(self.name, kind, round, figures)
    }

    /// Notes what `once` measures. A run whose generator had no time to spare says more about the generator than about the server: it is
    /// void, and done again a few times.
    fn measure(
        &mut self,
        kind: Kind,
        round: usize,
        once: impl Fn(&Self) -> Result<Vec<Figure>>,
    ) -> Result<Vec<Figure>> {
        self.say(round, Some(kind));
        let mut figures = Vec::new();
        for _ in 0..=REPEATS_MAX {
            figures = once(self)?;
            self.note(kind, round, &figures)?;
            if !is_void(&figures) {
                break;
            }
        }
        Ok(figures)
    }

    fn crowd(&self, subject: &Subject, plans: Vec<Plan>, pace: Pace) -> Result<Crowd> {
        Crowd::gather(Load {
            plans,
            pace,
            threads: self.cores.generators,
            servers: vec![subject.id()],
            echo: false,
        })
    }

    fn heard(&self, heard: &Heard) -> Vec<Figure> {
        vec![
            ("deliveries/s", heard.per_second()),
            ("server CPU s per million", heard.server_cpu / heard.deliveries as f64 * 1e6),
            ("p50 ms", heard.delay_ms(50.0)),
            ("p99 ms", heard.delay_ms(99.0)),
            ("p99.9 ms", heard.delay_ms(99.9)),
            ("missing", heard.missing as f64),
            ("repeated", heard.repeated as f64),
            ("orders", heard.orders as f64),
            (SHARE, heard.generator_share(self.cores.generators)),
        ]
    }
}
