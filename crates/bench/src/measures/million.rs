//! A room of a million messages beside one of a hundred.

use super::{
    Run,
    asking::{post_some, request},
};
use crate::{
    fill, http,
    process::memory_bytes,
    report::Figure,
    subject::{Kind, Need, Subject},
};
use anyhow::{Context, Result};
use std::time::Duration;

const MANY: usize = 1_000_000;
const FEW: usize = 100;
/// How often small and large take turns, so that a busy moment of the machine meets both.
const TURNS: usize = 4;
const CONNECTIONS: usize = 4;

/// What is read of both rooms; the room's own ids and cursors are put in.
const READ: [(&str, &str); 7] = [
    ("room page: x time", "/rooms/{room}/"),
    ("page around the middle: x time", "/rooms/{room}/?around={middle}"),
    ("page before the middle: x time", "/rooms/{room}/?before={middle}"),
    ("page after the middle: x time", "/rooms/{room}/?after={middle}"),
    ("50 before the middle: x time", "/api/rooms/{room}/messages/?before={middle}&limit=50"),
    ("empty poll: x time", "/rooms/{room}/messages/?after={last}"),
    ("50 changes: x time", "/api/rooms/{room}/changes?since={cursor}"),
];

/// How much longer anything takes in the large room, and how long the server takes to start with it.
pub(super) fn million(run: &mut Run<'_>, round: usize) -> Result<()> {
    let need = Need { people: 8, rooms: 2, ..run.need.clone() };
    let mut subject = Subject::start(Kind::Tertulia, &need)?;
    for room in subject.rooms.clone() {
        for nth in 0..subject.people.len() {
            subject.ask(nth, "POST", &format!("/api/rooms/{room}/join"), None)?;
        }
        post_some(&subject, &room, FEW)?;
    }
    subject.stop();
    let large = subject.rooms[1].clone();
    fill::messages(&subject.database(), &large, MANY)?;
    let mut figures = vec![("start ms", subject.restart(false)?.as_secs_f64() * 1e3)];
    std::thread::sleep(Duration::from_secs(1));
    figures.push(("idle memory MB", memory_bytes(subject.id())? as f64 / 1e6));
    for (name, path) in READ {
        figures.push(ratio(run, &subject, name, path)?);
    }
    run.note(Kind::Tertulia, round, &figures)
}

/// The time of an answer about the large room, as a multiple of the small one's.
fn ratio(run: &Run<'_>, subject: &Subject, name: &'static str, path: &str) -> Result<Figure> {
    let loads =
        subject.rooms.iter().map(|room| load(run, subject, room, path)).collect::<Result<Vec<_>>>()?;
    let mut all = [(0.0, 0); 2];
    for _ in 0..TURNS {
        for (load, (seconds, answers)) in loads.iter().zip(&mut all) {
            let answered = http::run(load)?;
            *seconds += answered.took.as_secs_f64();
            *answers += answered.count;
        }
    }
    let [small, large] = all.map(|(seconds, answers)| seconds / answers as f64);
    Ok((name, large / small))
}

fn load(run: &Run<'_>, subject: &Subject, room: &str, path: &str) -> Result<http::Load> {
    let seen = subject.ask(0, "GET", &format!("/api/rooms/{room}/changes"), None)?;
    let (epoch, head) = seen["cursor"].as_str().and_then(|c| c.rsplit_once('.')).context("no cursor")?;
    let newest =
        subject.ask(0, "GET", &format!("/api/rooms/{room}/messages/?before={}", 1_u64 << 52), None)?;
    let last = newest["messages"].as_array().and_then(|m| m.last()?["id"].as_u64()).context("no message")?;
    let count = if room == subject.rooms[0] { FEW } else { MANY } as u64;
    let path = path
        .replace("{room}", room)
        .replace("{middle}", &(last - count / 2 + 1).to_string())
        .replace("{last}", &last.to_string())
        .replace("{cursor}", &format!("{epoch}.{}", head.parse::<u64>()? - 50));
    Ok(http::Load {
        address: subject.address,
        connections: CONNECTIONS,
        ask: request(subject, subject.people.len(), &path),
        lasts: (run.lasts() / 25).max(Duration::from_millis(100)),
        threads: run.cores.generators,
        server: subject.id(),
    })
}
