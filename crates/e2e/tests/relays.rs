//! Three processes on one database, over each relay: everyone hears everything once and in one order, whatever becomes of the relay.

use anyhow::{Context, Result, ensure};
use e2e::{
    Nats, Options, Outage, Person, Postgres, RabbitMq, Reader, Redis, Server, Transport, Upstream,
    message_id, until,
    upstream::{
        Act,
        chat::{DONE, HEAD, delta, finish, send},
    },
    within,
};
use serde_json::{Value, json};
use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// Nobody has the relay's news before the next comparison of heads; so many in turn would take several times this.
const TURNS: usize = 20;
/// Without a relay a turn takes a quarter of a second and more. A busy machine delays some of them, not most.
const MOST_TURNS_WITHIN: Duration = Duration::from_millis(150);
const LAST_WORDS: &str = "that was all";

/// Three processes, and somebody at each.
struct Three {
    _servers: Vec<Server>,
    people: Vec<Person>,
}

impl Three {
    async fn start(database: &str, relay: &str) -> Result<Self> {
        Self::start_with(Options::default().set("DATABASE_URL", database).set("RELAY_URL", relay)).await
    }

    async fn start_with(options: Options) -> Result<Self> {
        let options = options.set("POSTS_PER_MINUTE", "1000000");
        let (mut servers, mut people) = (Vec::new(), Vec::new());
        for name in ["ada", "bob", "cleo"] {
            let server = Server::start_with(options.clone())?;
            people.push(Person::sign_up(&server, name).await?);
            servers.push(server);
        }
        let three = Self { _servers: servers, people };
        three.relay_is("heard").await?;
        Ok(three)
    }

    /// Waits until each process says so.
    async fn relay_is(&self, state: &str) -> Result<()> {
        for person in &self.people {
            until(&format!("a relay that is {state}"), || async {
                let said: Value = person.get("/readyz").await.ok()?.json().await.ok()?;
                (said["relay"] == state).then_some(())
            })
            .await?;
        }
        Ok(())
    }

    async fn readers(&self) -> Result<Vec<Reader>> {
        let mut readers = Vec::new();
        for person in &self.people {
            readers.push(Reader::follow(person, "general", Transport::Socket).await?);
        }
        Ok(readers)
    }
}

/// Listens for a message with this text.
async fn hear(reader: &mut Reader, text: &str) -> Result<()> {
    within(&format!("{text:?}"), async {
        while reader.heard.last().is_none_or(|message| message["content"] != text) {
            reader.listen().await?;
        }
        Ok(())
    })
    .await?
}

/// What is said at one process is heard at the others sooner than they would look.
async fn what_is_said_at_one_is_heard_at_the_others(postgres: &Postgres, relay: &str) -> Result<()> {
    let three = Three::start(&postgres.url(), relay).await?;
    let mut readers = three.readers().await?;
    let mut took = Vec::new();
    for turn in 0..TURNS {
        let (text, begun) = (format!("turn {turn}"), Instant::now());
        three.people[turn % 3].post("general", &text, &text).await?;
        for reader in &mut readers {
            hear(reader, &text).await?;
        }
        took.push(begun.elapsed());
    }
    took.sort();
    ensure!(took[TURNS / 2] < MOST_TURNS_WITHIN, "the turns took {took:?}");
    Ok(())
}

/// What never enters the database, or not at once: who types, who is here, and the words of a growing reply.
async fn passing_signs_go_over(postgres: &Postgres, relay: &str) -> Result<()> {
    const WORDS: usize = 60;
    let mut acts = vec![send(HEAD)];
    for word in 0..WORDS {
        acts.extend([send(delta(&format!("w{word} "))), Act::Wait(Duration::from_millis(25))]);
    }
    acts.push(send(finish("stop") + DONE));
    let upstream = Upstream::start(vec![acts])?;
    let options = Options::default().set("DATABASE_URL", &postgres.url()).set("RELAY_URL", relay);
    let three = Three::start_with(options.model(&upstream)).await?;
    for person in &three.people {
        // Who has written is a member, and members are shown.
        person.post("general", "hello", "hello").await?;
    }
    let [ada, bob, cleo] = [0, 1, 2].map(|nth| &three.people[nth]);
    let (mut hers, mut his) = (ada.socket().await?, bob.socket().await?);
    for (socket, person) in [(&mut hers, ada), (&mut his, bob)] {
        socket.subscribe("general", &person.cursor("general").await?).await?;
    }
    hers.send(json!({ "type": "typing", "room": "general" })).await?;
    let typing = his.next_of("typing").await?;
    ensure!(typing["name"] == "ada" && typing["typing"] == true, "{typing}");
    let mut third = cleo.socket().await?;
    third.subscribe("general", &cleo.cursor("general").await?).await?;
    within("all three to be here", async {
        while his.next_of("presence").await?["counts"]["here"] != 3 {}
        anyhow::Ok(())
    })
    .await??;
    let mut reader = Reader::follow(bob, "general", Transport::Socket).await?;
    ada.ask_bot("general", "when is tea?", "one").await?;
    within("the answer", async {
        while reader.heard.iter().all(|message| message["answer"].is_null()) {
            reader.listen().await?;
        }
        anyhow::Ok(())
    })
    .await??;
    // Without the relay they look twice a second, and this takes a second and a half.
    ensure!(reader.replies.pieces > WORDS / 4, "it grew in {} pieces", reader.replies.pieces);
    Ok(())
}

/// Where the writers stand.
#[derive(Default)]
struct Load {
    acknowledged: AtomicUsize,
    stop: AtomicBool,
}

impl Load {
    /// Waits until so many more are acknowledged.
    async fn more(&self, count: usize) -> Result<()> {
        let goal = self.acknowledged.load(Ordering::SeqCst) + count;
        until("messages", || async { (self.acknowledged.load(Ordering::SeqCst) >= goal).then_some(()) }).await
    }
}

/// Writes until told to stop; each message until it is acknowledged.
async fn write(person: Person, load: Arc<Load>) -> Result<()> {
    for number in 0.. {
        let text = format!("{} {number}", person.name);
        until("an acknowledgement", || async {
            person.try_post("general", &text, &text).await.ok().filter(|answer| answer.status().is_success())
        })
        .await?;
        load.acknowledged.fetch_add(1, Ordering::SeqCst);
        if load.stop.load(Ordering::SeqCst) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    Ok(())
}

/// Three write and three read while `happens` does something to the relay; then everyone must have heard what is stored.
async fn nothing_is_lost_or_repeated_while<F>(
    three: &Three,
    happens: impl FnOnce(Arc<Load>) -> F,
) -> Result<()>
where
    F: Future<Output = Result<()>>,
{
    let load = Arc::new(Load::default());
    let readers: Vec<_> = three
        .readers()
        .await?
        .into_iter()
        .map(|mut reader| {
            tokio::spawn(async move { listen_to_the_end(&mut reader).await.map(|()| reader.heard) })
        })
        .collect();
    let writers = three.people.iter().cloned().map(|person| tokio::spawn(write(person, load.clone())));
    let writers: Vec<_> = writers.collect();
    load.more(50).await?;
    let happened = happens(load.clone()).await;
    load.stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await??;
    }
    happened?;
    three.people[0].post("general", LAST_WORDS, "last").await?;
    let stored = three.people[1].messages("general").await?;
    ensure!(stored.len() == load.acknowledged.load(Ordering::SeqCst) + 1, "{} are stored", stored.len());
    for reader in readers {
        let heard = reader.await??;
        ensure!(ids(&heard) == ids(&stored), "somebody heard something else: {:?}", ids(&heard));
    }
    Ok(())
}

async fn listen_to_the_end(reader: &mut Reader) -> Result<()> {
    let all = async {
        while reader.heard.last().is_none_or(|message| message["content"] != LAST_WORDS) {
            reader.listen().await?;
        }
        Ok(())
    };
    tokio::time::timeout(Duration::from_secs(200), all).await.context("the end did not come")?
}

fn ids(messages: &[Value]) -> Vec<i64> {
    messages.iter().map(message_id).collect()
}

/// The relay is killed, started again, frozen and thawed, and is heard again each time.
async fn nothing_is_lost_or_repeated_when_it_dies_or_freezes(
    three: &Three,
    relay: &mut dyn Outage,
) -> Result<()> {
    nothing_is_lost_or_repeated_while(three, async |load| {
        relay.kill()?;
        three.relay_is("not heard").await?;
        relay.restart()?;
        three.relay_is("heard").await?;
        load.more(50).await?;
        relay.freeze()?;
        three.relay_is("not heard").await?;
        relay.thaw()?;
        three.relay_is("heard").await?;
        load.more(50).await
    })
    .await
}

/// The same tests for each relay with a server of its own.
macro_rules! three_processes_over {
    ($name:ident, $server:ty) => {
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread")]
            async fn what_is_said_at_one_is_heard_at_the_others() -> Result<()> {
                super::what_is_said_at_one_is_heard_at_the_others(
                    &Postgres::start()?,
                    &<$server>::start()?.url(),
                )
                .await
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn passing_signs_go_over() -> Result<()> {
                super::passing_signs_go_over(&Postgres::start()?, &<$server>::start()?.url()).await
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn nothing_is_lost_or_repeated_when_it_dies_or_freezes() -> Result<()> {
                let (postgres, mut relay) = (Postgres::start()?, <$server>::start()?);
                let three = Three::start(&postgres.url(), &relay.url()).await?;
                super::nothing_is_lost_or_repeated_when_it_dies_or_freezes(&three, &mut relay).await
            }
        }
    };
}

three_processes_over!(redis, Redis);
three_processes_over!(nats, Nats);
three_processes_over!(rabbitmq, RabbitMq);

/// The relay is the database: when it dies, so does everything, and the relay's own connections can die alone.
mod postgres {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_said_at_one_is_heard_at_the_others() -> Result<()> {
        super::what_is_said_at_one_is_heard_at_the_others(&Postgres::start()?, "postgres:").await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn passing_signs_go_over() -> Result<()> {
        super::passing_signs_go_over(&Postgres::start()?, "postgres:").await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nothing_is_lost_or_repeated_when_it_dies_or_freezes() -> Result<()> {
        let mut postgres = Postgres::start()?;
        let three = Three::start(&postgres.url(), "postgres:").await?;
        super::nothing_is_lost_or_repeated_when_it_dies_or_freezes(&three, &mut postgres).await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nothing_is_lost_or_repeated_when_its_own_connections_die_or_freeze() -> Result<()> {
        const OWN: &str = "SELECT pid FROM pg_stat_activity WHERE application_name = 'tertulia relay'";
        let postgres = Postgres::start()?;
        let three = Three::start(&postgres.url(), "postgres:").await?;
        nothing_is_lost_or_repeated_while(&three, async |load| {
            for _ in 0..5 {
                postgres.execute(&format!("SELECT pg_terminate_backend(pid) FROM ({OWN}) own"))?;
                load.more(30).await?;
            }
            let own = until("two connections of each process", || async {
                postgres.list(OWN).ok().filter(|own| own.len() == 6)
            })
            .await?;
            three.relay_is("heard").await?;
            let signal = |signal: &str| Command::new("kill").arg(signal).args(&own).status();
            signal("-STOP")?;
            three.relay_is("not heard").await?;
            load.more(50).await?;
            signal("-CONT")?;
            three.relay_is("heard").await?;
            load.more(50).await
        })
        .await
    }
}
