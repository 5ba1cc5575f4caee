//! What is measured, and how.

use crate::{
    crowd::{Crowd, Heard, Load, Pace},
    http,
    process::{Cores, memory_bytes},
    report::Report,
    subject::{Kind, Need, Subject, people_for},
};
use anyhow::{Context, Result, bail};
use std::{path::PathBuf, process::Command, sync::Arc, time::Duration};

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
    lines: PathBuf,
}

/// A measure: one round of it.
type Round = fn(&mut Run<'_>, usize) -> Result<()>;

const MEASURES: [(&str, Round); 11] = [
    ("start on an empty directory", start),
    ("fan-out to 1,000", fan_out),
    ("50 a second to 200", steady),
    ("idle sockets, 10,000", idle),
    ("posts over WebSocket, 64 rooms", ingest),
    ("posts over HTTP", posts),
    ("empty poll", empty_poll),
    ("poll of 50", full_poll),
    ("room page of 25", page),
    ("a message to 18,000 sockets", everyone),
    ("10,000 sockets after a restart", storm),
];

struct Run<'r> {
    name: &'static str,
    options: &'r Options,
    cores: &'static Cores,
    need: Need,
    report: Report,
}

/// Measures everything and prints it.
pub fn table(options: &Options) -> Result<()> {
    let cores = Cores::split()?;
    let binary = match &options.binary {
        Some(binary) => std::path::absolute(binary)?,
        None => build()?,
    };
    cores.keep_to_generator()?;
    let need = Need { binary, people: 1, rooms: 0, template: String::new(), echo: false };
    let sample = Subject::start(Kind::Tertulia, &need)?.sample()?;
    println!(
        "{} cores for the server, {} for the generator; a delivery has {} bytes",
        cores.servers,
        cores.generators,
        sample.len()
    );
    let need = Need { template: sample, ..need };
    let report = Report::new(&options.lines)?;
    let mut run = Run { name: "", options, cores, need, report };
    for (name, round) in MEASURES.iter().filter(|(name, _)| name.contains(&options.only)) {
        run.name = name;
        let progress = indicatif::ProgressBar::new(options.rounds as u64);
        progress.set_style(indicatif::ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}")?);
        progress.set_message(*name);
        for nth in 0..options.rounds {
            round(&mut run, nth).with_context(|| format!("measuring {name}"))?;
            progress.inc(1);
        }
        progress.finish_and_clear();
        run.report.print(name);
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

impl Run<'_> {
    fn lasts(&self) -> Duration {
        Duration::from_secs_f64(self.options.seconds)
    }

    fn note(&mut self, kind: Kind, round: usize, figures: &[(&'static str, f64)]) -> Result<()> {
        self.report.note(self.name, kind, round, figures)
    }

    fn crowd(&self, subject: &Subject, plans: Vec<crate::crowd::Plan>, pace: Pace) -> Result<Crowd> {
        Crowd::gather(Load {
            address: subject.address,
            plans,
            pace,
            threads: self.cores.generators,
            server: subject.id(),
            echo: false,
        })
    }

    fn note_heard(&mut self, kind: Kind, round: usize, heard: &Heard) -> Result<()> {
        let share = heard.generator_share(self.cores.generators);
        let figures = [
            ("deliveries/s", heard.per_second()),
            ("server CPU s per million", heard.server_cpu / heard.deliveries as f64 * 1e6),
            ("p50 ms", heard.delay_ms(50.0)),
            ("p99 ms", heard.delay_ms(99.0)),
            ("p99.9 ms", heard.delay_ms(99.9)),
            ("missing", heard.missing as f64),
            ("orders", heard.orders as f64),
            ("generator's CPU share", share),
        ];
        self.note(kind, round, &figures)
    }
}

/// Until the server answers, and what it holds then.
fn start(run: &mut Run<'_>, round: usize) -> Result<()> {
    let mut subject = Subject::start(Kind::Tertulia, &run.need)?;
    // What the first start has made is there at the second; making an account needed memory that a server at rest does not hold.
    let again = subject.restart(false)?;
    std::thread::sleep(Duration::from_millis(200));
    let figures = [
        ("first start ms", subject.started_in.as_secs_f64() * 1e3),
        ("next start ms", again.as_secs_f64() * 1e3),
        ("idle memory MB", memory_bytes(subject.id())? as f64 / 1e6),
    ];
    run.note(Kind::Tertulia, round, &figures)
}

/// As many sockets as one process may hold here, and one message a second to all of them.
fn everyone(run: &mut Run<'_>, round: usize) -> Result<()> {
    let sockets = usize::try_from(rlimit::Resource::NOFILE.get_soft()?)?.saturating_sub(500).min(18_000);
    for listeners in [1_000, sockets] {
        let need = Need { people: people_for(listeners), ..run.need.clone() };
        let mut subject = Subject::start(Kind::Tertulia, &need)?;
        subject.restart(false)?;
        let before = memory_bytes(subject.id())?;
        let plans = (0..listeners).map(|nth| match nth {
            0 => subject.talker(nth, 0),
            _ => subject.listener(nth),
        });
        let crowd = run.crowd(&subject, plans.collect(), Pace::Rate(1.0))?;
        let per_socket =
            memory_bytes(subject.id())?.saturating_sub(before) as f64 / listeners as f64 / 1024.0;
        let heard = crowd.talk(run.lasts())?;
        // Beside each other in one line, so that growth shows.
        let names = match listeners {
            1_000 => ["p99 ms at 1,000", "KB per socket at 1,000", "missing at 1,000"],
            _ => ["p99 ms at all", "KB per socket at all", "missing at all"],
        };
        let figures = [heard.delay_ms(99.0), per_socket, heard.missing as f64];
        let figures: Vec<(&'static str, f64)> = names.into_iter().zip(figures).collect();
        run.note(Kind::Tertulia, round, &figures)?;
    }
    Ok(())
}

/// Everyone comes back at once after the server was killed and started again.
fn storm(run: &mut Run<'_>, round: usize) -> Result<()> {
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

/// Talkers who each send again when they have heard themselves; everyone hears everything.
fn fan_out(run: &mut Run<'_>, round: usize) -> Result<()> {
    fan(run, round, 1_000, run.options.talkers, Pace::Closed)
}

fn steady(run: &mut Run<'_>, round: usize) -> Result<()> {
    fan(run, round, 200, 10, Pace::Rate(50.0))
}

fn fan(run: &mut Run<'_>, round: usize, listeners: usize, talkers: usize, pace: Pace) -> Result<()> {
    for kind in [Kind::Tertulia, Kind::LimitDurable, Kind::Limit] {
        let need = Need { people: people_for(listeners), ..run.need.clone() };
        let subject = Subject::start(kind, &need)?;
        let plans = (0..listeners).map(|nth| match nth < talkers {
            true => subject.talker(nth, nth as u32),
            false => subject.listener(nth),
        });
        let heard = run.crowd(&subject, plans.collect(), pace)?.talk(run.lasts())?;
        run.note_heard(kind, round, &heard)?;
    }
    Ok(())
}

fn idle(run: &mut Run<'_>, round: usize) -> Result<()> {
    const SOCKETS: usize = 10_000;
    for kind in [Kind::Tertulia, Kind::Limit] {
        let need = Need { people: people_for(SOCKETS), ..run.need.clone() };
        let mut subject = Subject::start(kind, &need)?;
        // Without what making accounts has left behind.
        subject.restart(false)?;
        let before = memory_bytes(subject.id())?;
        let plans = (0..SOCKETS).map(|nth| subject.listener(nth)).collect();
        let crowd = run.crowd(&subject, plans, Pace::Closed)?;
        let connected_in = crowd.connected_in;
        let per_socket = (memory_bytes(subject.id())?.saturating_sub(before)) as f64 / SOCKETS as f64;
        crowd.leave()?;
        run.note(
            kind,
            round,
            &[("KB per socket", per_socket / 1024.0), ("connected in s", connected_in.as_secs_f64())],
        )?;
    }
    Ok(())
}

fn ingest(run: &mut Run<'_>, round: usize) -> Result<()> {
    const WRITERS: usize = 64;
    for kind in [Kind::Tertulia, Kind::LimitDurable] {
        let need = Need { people: WRITERS, rooms: WRITERS, echo: true, ..run.need.clone() };
        let subject = Subject::start(kind, &need)?;
        let plans = (0..WRITERS).map(|nth| subject.writer(nth)).collect();
        let load = Load {
            address: subject.address,
            plans,
            pace: Pace::Closed,
            threads: run.cores.generators,
            server: subject.id(),
            echo: true,
        };
        let heard = Crowd::gather(load)?.talk(run.lasts())?;
        run.note(
            kind,
            round,
            &[
                ("acknowledged/s", heard.per_second()),
                ("p50 ms", heard.delay_ms(50.0)),
                ("p99 ms", heard.delay_ms(99.0)),
                ("missing", heard.missing as f64),
                ("generator's CPU share", heard.generator_share(run.cores.generators)),
            ],
        )?;
    }
    Ok(())
}

fn ask(run: &mut Run<'_>, round: usize, subject: &Subject, connections: usize, ask: http::Ask) -> Result<()> {
    let load = http::Load {
        address: subject.address,
        connections,
        ask,
        lasts: run.lasts(),
        threads: run.cores.generators,
        server: subject.id(),
    };
    let answered = http::run(&load)?;
    let share = answered.generator_cpu / (answered.took.as_secs_f64() * run.cores.generators as f64);
    run.note(
        subject.kind,
        round,
        &[
            ("answers/s", answered.per_second()),
            ("p50 ms", answered.delays.value_at_percentile(50.0) as f64 / 1e6),
            ("p99 ms", answered.delays.value_at_percentile(99.0) as f64 / 1e6),
            ("server CPU s per million", answered.server_cpu / answered.count as f64 * 1e6),
            ("bytes", answered.bytes as f64),
            ("generator's CPU share", share),
        ],
    )
}

fn posts(run: &mut Run<'_>, round: usize) -> Result<()> {
    let need = Need { people: 64, rooms: 64, ..run.need.clone() };
    let subject = Subject::start(Kind::Tertulia, &need)?;
    let (people, rooms, address) = (subject.people.clone(), subject.rooms.clone(), subject.address);
    let asks: http::Ask = Arc::new(move |connection, nth| {
        let body = format!(
            "{{\"content\":\"Message {nth} of somebody who writes a lot.\",\"client_id\":\"c{nth}\"}}"
        );
        let at = connection % people.len();
        format!(
            "POST /api/rooms/{}/messages/ HTTP/1.1\r\nHost: {address}\r\nCookie: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            rooms[at], people[at], body.len()
        )
        .into_bytes()
    });
    ask(run, round, &subject, 128, asks)
}

/// A server with messages in General, and a request for `path` (with `{last}` for the last id) by one of eight people.
fn reading(run: &Run<'_>, messages: usize, path: &str) -> Result<(Subject, http::Ask)> {
    let need = Need { people: 8, ..run.need.clone() };
    let subject = Subject::start(Kind::Tertulia, &need)?;
    let last = fill(&subject, messages)?;
    let (people, address) = (subject.people.clone(), subject.address);
    let path = path
        .replace("{last}", &last.to_string())
        .replace("{before50}", &(last.saturating_sub(50)).to_string());
    let requests: Vec<Vec<u8>> = people
        .iter()
        .map(|cookie| {
            format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\n\r\n").into_bytes()
        })
        .collect();
    Ok((subject, Arc::new(move |connection, _| requests[connection % requests.len()].clone())))
}

/// Posts so many messages to General; the last one's id.
fn fill(subject: &Subject, messages: usize) -> Result<u64> {
    let (cookie, address) = (subject.cookie(0).to_owned(), subject.address);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let http = reqwest::Client::new();
        let mut last = 0;
        for nth in 0..messages {
            let body = serde_json::json!({ "content": format!("Message {nth}, with **some** `code` in it and a word to @person1.") });
            let request = http.post(format!("http://{address}/api/rooms/general/messages/")).header("Cookie", &cookie);
            let answer: serde_json::Value = request.json(&body).send().await?.error_for_status()?.json().await?;
            last = answer["id"].as_u64().context("a message has an id")?;
        }
        Ok(last)
    })
}

fn empty_poll(run: &mut Run<'_>, round: usize) -> Result<()> {
    let (subject, asks) = reading(run, 60, "/rooms/general/messages/?after={last}")?;
    ask(run, round, &subject, 64, asks)?;
    let hello = Subject::start(Kind::Hello, &run.need)?;
    let request = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", hello.address).into_bytes();
    ask(run, round, &hello, 64, Arc::new(move |_, _| request.clone()))
}

fn full_poll(run: &mut Run<'_>, round: usize) -> Result<()> {
    let (subject, asks) = reading(run, 60, "/rooms/general/messages/?after={before50}")?;
    ask(run, round, &subject, 64, asks)
}

fn page(run: &mut Run<'_>, round: usize) -> Result<()> {
    let (subject, asks) = reading(run, 60, "/rooms/general/")?;
    ask(run, round, &subject, 64, asks)
}
