//! Bots' replies while they grow: how long a word takes from the provider to those who watch, what becomes of *Stop*, and what a killed server has lost.

use super::Run;
use crate::{
    process::{cpu_seconds, family_cpu_seconds},
    report::{Figure, SHARE},
    subject::{Kind, Need, Subject, people_for},
    upstream::{RATE, Upstream, WORD, read_directly},
    watcher::{Watched, Watcher},
};
use anyhow::{Context, Result, ensure};
use hdrhistogram::Histogram;
use rusqlite::Connection;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::{runtime::Runtime, task::JoinSet};

/// Who watches each reply.
const WATCHERS: usize = 10;
/// Readers of the provider itself, beside the server.
const DIRECT: usize = 4;
/// Presses of *Stop* in one run.
const STOPS: usize = 10;
/// Replies under way when the server is killed.
const KILLED: usize = 20;

pub(super) fn one(run: &mut Run<'_>, round: usize) -> Result<()> {
    run.measure(Kind::Tertulia, round, |run| grow(run, 1))?;
    Ok(())
}

pub(super) fn many(run: &mut Run<'_>, round: usize) -> Result<()> {
    run.measure(Kind::Tertulia, round, |run| grow(run, 200))?;
    Ok(())
}

/// A server whose bot asks a provider of ours, with the bot in so many rooms.
struct Stage {
    upstream: Upstream,
    subject: Subject,
    runtime: Runtime,
}

impl Stage {
    fn set(run: &Run<'_>, rooms: usize, answers: usize, words: usize) -> Result<Self> {
        let threads = run.cores.generators;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
        let upstream = runtime.block_on(Upstream::start(answers, words))?;
        let people = people_for(rooms * WATCHERS).max(2);
        let need = Need { people, rooms, model: Some(upstream.address), ..run.need.clone() };
        let subject = Subject::start(Kind::Tertulia, &need)?;
        for (nth, room) in subject.rooms.iter().enumerate() {
            let bot = json!({ "username": "tertulia" });
            subject.ask(nth, "POST", &format!("/api/rooms/{room}/members/"), Some(bot))?;
        }
        Ok(Self { upstream, subject, runtime })
    }

    fn room(&self, reply: usize) -> &str {
        self.subject.rooms.get(reply % self.subject.rooms.len().max(1)).map_or("general", String::as_str)
    }

    /// Asks for a reply; the question's author owns the room.
    fn ask(&self, reply: usize) -> impl Future<Output = Result<()>> + Send + 'static {
        let url = format!("http://{}/api/rooms/{}/messages/", self.subject.address, self.room(reply));
        let rooms = self.subject.rooms.len().max(1);
        let request = reqwest::Client::new().post(url).header("Cookie", self.subject.cookie(reply % rooms));
        let question =
            json!({ "content": format!("@tertulia reply {reply}"), "client_id": format!("q{reply}") });
        async move {
            request.json(&question).send().await?.error_for_status()?;
            Ok(())
        }
    }

    /// Has everyone watch their reply, and asks for all of them at once. What each watcher saw, with the reply's number.
    async fn watch(&self, replies: usize, watchers: usize) -> Result<JoinSet<Result<(usize, Watched)>>> {
        let mut connecting = JoinSet::new();
        for nth in 0..replies * watchers {
            let plan = self.subject.listener_to(nth, &[self.room(nth % replies).to_owned()]);
            let address = self.subject.address;
            connecting.spawn(async move {
                Ok::<_, anyhow::Error>((nth % replies, Watcher::connect(address, plan).await?))
            });
        }
        let mut watching = JoinSet::new();
        for connected in connecting.join_all().await {
            let (reply, watcher) = connected?;
            let upstream = self.upstream.clone();
            watching.spawn(async move { Ok((reply, watcher.watch(&upstream, reply).await?)) });
        }
        let mut asking = JoinSet::new();
        for reply in 0..replies {
            asking.spawn(self.ask(reply));
        }
        asking.join_all().await.into_iter().collect::<Result<()>>()?;
        Ok(watching)
    }
}

/// So many replies at once, each watched from its first word to the message that it becomes.
fn grow(run: &Run<'_>, replies: usize) -> Result<Vec<Figure>> {
    let words = (run.options.seconds * f64::from(RATE)) as usize;
    let stage = Stage::set(run, replies, replies + DIRECT, words)?;
    let (server, own) = (stage.subject.id(), std::process::id());
    let before = (family_cpu_seconds(server)?, cpu_seconds(own)?);
    let started = Instant::now();
    let (seen, direct) = stage.runtime.block_on(async {
        let watching = stage.watch(replies, WATCHERS).await?;
        let mut reading = JoinSet::new();
        for nth in 0..DIRECT {
            let upstream = stage.upstream.clone();
            reading.spawn(async move { read_directly(&upstream, replies + nth).await });
        }
        let direct = reading.join_all().await.into_iter().collect::<Result<Vec<_>>>()?;
        let all = tokio::time::timeout(run.lasts() + PATIENCE, watching.join_all()).await;
        let seen = all.context("a watcher waits for the end")?.into_iter().collect::<Result<Vec<_>>>()?;
        Ok::<_, anyhow::Error>((seen, direct.concat()))
    })?;
    let took = started.elapsed().as_secs_f64();
    let (server_cpu, own_cpu) = (family_cpu_seconds(server)? - before.0, cpu_seconds(own)? - before.1);
    let said = stage.upstream.text();
    let seen: Vec<Watched> = seen.into_iter().map(|(_, watched)| watched).collect();
    let through = histogram(seen.iter().flat_map(|watched| watched.delays.iter().copied()))?;
    let direct = histogram(direct)?;
    let ms = |of: &Histogram<u64>, percentile| of.value_at_percentile(percentile) as f64 / 1e6;
    Ok(vec![
        ("p50 ms above direct", ms(&through, 50.0) - ms(&direct, 50.0)),
        ("p99 ms above direct", ms(&through, 99.0) - ms(&direct, 99.0)),
        ("p50 ms", ms(&through, 50.0)),
        ("p99 ms", ms(&through, 99.0)),
        ("p50 ms, direct", ms(&direct, 50.0)),
        ("p99 ms, direct", ms(&direct, 99.0)),
        ("pieces/s", seen.iter().map(|watched| watched.told.len()).sum::<usize>() as f64 / took),
        ("missing", seen.iter().map(|watched| lost(watched, &said)).sum::<u64>() as f64),
        ("repeated", seen.iter().map(|watched| doubled(watched, &said)).sum::<u64>() as f64),
        ("server CPU cores", server_cpu / took),
        (SHARE, own_cpu / (took * run.cores.generators as f64)),
    ])
}

/// How long after its last word a reply may take to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// Words that a watcher was not told: the message must say all of them, and what was shown before is its beginning.
fn lost(watched: &Watched, said: &str) -> u64 {
    let said = said.trim_end();
    let ended = watched.ended.as_deref().unwrap_or_default();
    let told = said.bytes().zip(ended.bytes()).take_while(|(said, told)| said == told).count();
    watched.gaps
        + u64::from(!said.starts_with(watched.text.trim_end()))
        + (said.len() - told).div_ceil(WORD) as u64
}

/// Words that a watcher was told again.
fn doubled(watched: &Watched, said: &str) -> u64 {
    let ended = watched.ended.as_deref().map_or(0, str::len);
    watched.overlaps + ended.saturating_sub(said.len()).div_ceil(WORD) as u64
}

fn histogram(all: impl IntoIterator<Item = u64>) -> Result<Histogram<u64>> {
    let mut histogram = Histogram::new_with_bounds(1, 60_000_000_000, 3)?;
    all.into_iter().for_each(|delay| histogram.saturating_record(delay));
    Ok(histogram)
}

/// From pressing *Stop* to the end of the connection to the provider.
pub(super) fn stop(run: &mut Run<'_>, round: usize) -> Result<()> {
    let stage = Stage::set(run, 0, STOPS, 60 * RATE as usize)?;
    let (runtime, upstream) = (&stage.runtime, &stage.upstream);
    let mut delays = Vec::new();
    for reply in 0..STOPS {
        runtime.block_on(stage.ask(reply))?;
        // Each at another moment between two saves.
        runtime.block_on(upstream.has_said(reply, 30 + reply * 7))?;
        let open = stage.subject.ask(0, "GET", "/api/rooms/general/replies/", None)?;
        let id = open["replies"][0]["id"].as_u64().context("a reply in progress")?;
        let pressed = upstream.now();
        let asked = stage.subject.ask(0, "POST", &format!("/api/rooms/general/replies/{id}/stop/"), None);
        asked.context("pressing Stop")?;
        delays.push(runtime.block_on(upstream.left(reply))?.saturating_sub(pressed));
    }
    let delays = histogram(delays)?;
    let figures = [
        ("p50 ms", delays.value_at_percentile(50.0) as f64 / 1e6),
        ("longest ms", delays.max() as f64 / 1e6),
    ];
    run.note(Kind::Tertulia, round, &figures)
}

/// The server is killed while replies grow: what their watchers were shown, and the database does not have.
pub(super) fn kill(run: &mut Run<'_>, round: usize) -> Result<()> {
    let mut stage = Stage::set(run, KILLED, KILLED, 60 * RATE as usize)?;
    let watching = stage.runtime.block_on(stage.watch(KILLED, 2))?;
    // Another moment in each round.
    stage.runtime.block_on(stage.upstream.has_said(0, 150 + round * 17))?;
    let killed = stage.upstream.now();
    stage.subject.stop();
    let seen = stage.runtime.block_on(watching.join_all()).into_iter().collect::<Result<Vec<_>>>()?;
    let database = Connection::open(stage.subject.database())?;
    let said = stage.upstream.text();
    let (mut lost, mut longest) = (0, 0);
    for (reply, watched) in seen {
        let saved = saved(&database, stage.room(reply))?;
        ensure!(said.starts_with(&saved), "what was saved was never said: {saved:?}");
        ensure!(said.starts_with(&watched.text), "what was shown was never said: {:?}", watched.text);
        let missing = watched.told.iter().find(|(_, length)| *length > saved.len());
        longest = longest.max(missing.map_or(0, |(shown, _)| killed.saturating_sub(*shown)));
        lost = lost.max(watched.text.len().saturating_sub(saved.len()) / WORD);
    }
    let stream = lost as f64 / f64::from(RATE) * 1e3;
    run.note(
        Kind::Tertulia,
        round,
        &[("ms of stream lost, most", stream), ("shown so long before, ms", longest as f64 / 1e6)],
    )
}

/// What the database has of the reply in a room.
fn saved(database: &Connection, room: &str) -> Result<String> {
    let mut chunks = database.prepare_cached(
        "SELECT c.text FROM reply_chunks c JOIN replies p ON p.id = c.reply JOIN rooms r ON r.id = p.room WHERE r.slug = ?1 ORDER BY c.start",
    )?;
    let texts = chunks.query_map([room], |row| row.get::<_, String>(0))?;
    Ok(texts.collect::<rusqlite::Result<String>>()?)
}
