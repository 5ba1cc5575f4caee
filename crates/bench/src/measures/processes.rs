//! Several processes on one PostgreSQL: how soon one hears what was posted at another, by each relay and by none, and what three deliver.
//!
//! PostgreSQL and the relay run on the generator's cores, as they would on other machines. `cargo run --release -p bench -- processes`.

use super::Run;
use crate::{
    crowd::{Crowd, Heard, Load, Pace, Plan},
    report::{Figure, SHARE},
    subject::{Kind, Need, Subject, people_for},
};
use anyhow::Result;
use e2e::{Nats, Outage, Postgres, RabbitMq, Redis};
use std::time::Duration;

/// Messages a second in the measures of delay.
const A_SECOND: f64 = 100.0;
/// Who listens at each process in the measure of deliveries.
const LISTENERS: usize = 1_000;
const PROCESSES: usize = 3;
/// What a process that has just started does beside.
const SETTLING: Duration = Duration::from_secs(2);

/// Starts a relay's server, and gives it with its URL; the database itself needs none.
type Start = fn() -> Result<(Option<Box<dyn Outage>>, String)>;

/// The relays, and what their figures are called.
const RELAYS: [(Start, [&str; 3]); 4] = [
    (|| own(Redis::start()?), ["p50 ms, redis", "p99 ms, redis", "missing, redis"]),
    (|| own(Nats::start()?), ["p50 ms, nats", "p99 ms, nats", "missing, nats"]),
    (|| own(RabbitMq::start()?), ["p50 ms, rabbitmq", "p99 ms, rabbitmq", "missing, rabbitmq"]),
    (|| Ok((None, "postgres:".into())), ["p50 ms, postgres", "p99 ms, postgres", "missing, postgres"]),
];

fn own(server: impl Outage + 'static) -> Result<(Option<Box<dyn Outage>>, String)> {
    let url = server.url();
    Ok((Some(Box::new(server)), url))
}

/// Processes of one installation. The first of them made the accounts.
struct Together {
    subjects: Vec<Subject>,
    _postgres: Postgres,
}

impl Together {
    fn start(
        run: &Run<'_>,
        processes: usize,
        people: usize,
        relay: &str,
        cores: Option<String>,
    ) -> Result<Self> {
        let postgres = Postgres::start()?;
        let settings = vec![("DATABASE_URL", postgres.url()), ("RELAY_URL", relay.to_owned())];
        let need = Need { people, settings, cores, ..run.need.clone() };
        let mut subjects = vec![Subject::start(Kind::Tertulia, &need)?];
        for _ in 1..processes {
            let mut subject = Subject::start(Kind::Tertulia, &Need { people: 0, ..need.clone() })?;
            subject.people.clone_from(&subjects[0].people);
            subjects.push(subject);
        }
        std::thread::sleep(SETTLING);
        Ok(Self { subjects, _postgres: postgres })
    }

    fn crowd(&self, run: &Run<'_>, plans: Vec<Plan>, pace: Pace) -> Result<Crowd> {
        Crowd::gather(Load {
            plans,
            pace,
            threads: run.cores.generators,
            servers: self.subjects.iter().map(Subject::id).collect(),
            echo: false,
        })
    }
}

/// One posts at a process, and one listens at another.
pub(super) fn delay(run: &mut Run<'_>, round: usize) -> Result<()> {
    for (start, names) in RELAYS {
        let (_server, url) = start()?;
        let heard = from_one_to_another(run, &url, || Ok(()))?;
        run.note(Kind::Tertulia, round, &figures(names, &heard))?;
    }
    Ok(())
}

/// The same while the relay is dead: the other process looks for itself.
pub(super) fn without_relay(run: &mut Run<'_>, round: usize) -> Result<()> {
    let mut redis = Redis::start()?;
    let url = redis.url();
    let heard = from_one_to_another(run, &url, || redis.kill())?;
    run.note(Kind::Tertulia, round, &figures(["p50 ms", "p99 ms", "missing"], &heard))
}

fn figures(names: [&'static str; 3], heard: &Heard) -> Vec<Figure> {
    let figures = [heard.delay_ms(50.0), heard.delay_ms(99.0), heard.missing as f64];
    names.into_iter().zip(figures).collect()
}

fn from_one_to_another(run: &Run<'_>, relay: &str, then: impl FnOnce() -> Result<()>) -> Result<Heard> {
    let together = Together::start(run, 2, 2, relay, None)?;
    let [here, there] = [0, 1].map(|nth| &together.subjects[nth]);
    let plans = vec![Plan { listens: false, ..here.talker(0, 0) }, there.listener(1)];
    let crowd = together.crowd(run, plans, Pace::Rate(A_SECOND))?;
    then()?;
    crowd.talk(run.lasts())
}

/// How many processes, whether on one core of the server's, and what their figures are called.
const WAYS: [(usize, bool, [&str; 6]); 3] = [
    (
        1,
        true,
        [
            "deliveries/s, one, one core",
            "p99 ms, one, one core",
            "missing, one, one core",
            "repeated, one, one core",
            "orders, one, one core",
            "cores used, one, one core",
        ],
    ),
    (
        1,
        false,
        [
            "deliveries/s, one",
            "p99 ms, one",
            "missing, one",
            "repeated, one",
            "orders, one",
            "cores used, one",
        ],
    ),
    (
        PROCESSES,
        false,
        [
            "deliveries/s, three",
            "p99 ms, three",
            "missing, three",
            "repeated, three",
            "orders, three",
            "cores used, three",
        ],
    ),
];

/// What one process delivers on one core, on all of the server's, and three that share them.
pub(super) fn deliveries(run: &mut Run<'_>, round: usize) -> Result<()> {
    run.measure(Kind::Tertulia, round, |run| {
        let (mut figures, mut share, mut rates) = (Vec::new(), 0.0_f64, Vec::new());
        for (processes, is_on_one_core, names) in WAYS {
            let heard = fan_out(run, processes, is_on_one_core)?;
            let faults = [heard.missing as f64, heard.repeated as f64, heard.orders as f64];
            let used = heard.server_cpu / heard.took.as_secs_f64();
            let all = [heard.per_second(), heard.delay_ms(99.0)].into_iter().chain(faults).chain([used]);
            figures.extend(names.into_iter().zip(all));
            share = share.max(heard.generator_share(run.cores.generators));
            rates.push(heard.per_second());
        }
        figures.push(("three: x one on one core", rates[2] / rates[0]));
        figures.push(("three: x one on all cores", rates[2] / rates[1]));
        figures.push((SHARE, share));
        Ok(figures)
    })?;
    Ok(())
}

/// Everyone hears everyone; the talkers sit at all processes.
fn fan_out(run: &Run<'_>, processes: usize, is_on_one_core: bool) -> Result<Heard> {
    let one_core = run.cores.server.split([',', '-']).next().map(str::to_owned);
    let cores = one_core.filter(|_| is_on_one_core);
    let redis = Redis::start()?;
    let together = Together::start(run, processes, people_for(LISTENERS), &redis.url(), cores)?;
    let plans = (0..processes * LISTENERS).map(|nth| {
        let subject = &together.subjects[nth % processes];
        match nth < run.options.talkers {
            true => subject.talker(nth / processes, nth as u32),
            false => subject.listener(nth / processes),
        }
    });
    together.crowd(run, plans.collect(), Pace::Closed)?.talk(run.lasts())
}
