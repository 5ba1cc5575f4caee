//! The disk is full, the power is cut, the database is away: it is said, nothing acknowledged is lost, and it heals without a hand.

use anyhow::{Context, Result, ensure};
use e2e::{Options, Person, Postgres, Server, Volume, message_id, until, within};
use reqwest::{Response, StatusCode, header};
use serde_json::Value;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// A volume, or why this machine gives none: then the test says so aloud and proves nothing.
fn or_say(volume: Result<Volume>) -> Option<Volume> {
    volume.inspect_err(|why| eprintln!("NOT TESTED HERE: {why:#}")).ok()
}

/// That it is a 503 which says that nothing was written, and when to try again.
async fn is_clear(answer: Response) -> Result<()> {
    ensure!(answer.status() == StatusCode::SERVICE_UNAVAILABLE, "{}", answer.status());
    let retry_after = answer.headers().get(header::RETRY_AFTER).and_then(|after| after.to_str().ok());
    ensure!(retry_after.and_then(|after| after.parse::<u64>().ok()).is_some_and(|after| after >= 1));
    let text = answer.text().await?;
    ensure!(text.contains("The server cannot write this down now."), "{text}");
    Ok(())
}

#[tokio::test]
async fn when_the_disk_is_full_posting_says_so_reading_goes_on_and_room_heals_it() -> Result<()> {
    let Some(volume) = or_say(Volume::in_memory(6)) else { return Ok(()) };
    let server = Server::start_with(Options { data: Some(volume.path().into()), ..Options::default() })?;
    let ada = Person::sign_up(&server, "ada").await?;
    ada.post("general", "before", "before").await?;
    let rest = volume.path().join("rest");
    let fill = || std::fs::write(&rest, vec![0; 16 << 20]);
    ensure!(fill().is_err(), "the disk is full");
    let long = "x".repeat(7_000);
    let mut taken = Vec::new();
    let mut refusal = None;
    for nth in 0..60 {
        let answer = ada.try_post("general", &long, &format!("full-{nth}")).await?;
        if !answer.status().is_success() {
            refusal = Some(answer);
            break;
        }
        taken.push(message_id(&answer.json().await?));
    }
    is_clear(refusal.context("a full disk refuses")?).await?;
    let page = ada.submit("/rooms/general/", &[("content", &long)]).await?;
    is_clear(page).await?;
    let stored: Vec<i64> = ada.messages("general").await?.iter().map(message_id).collect();
    ensure!(stored.len() == taken.len() + 1 && stored.ends_with(&taken), "reading goes on, nothing is lost");
    ensure!(ada.get("/rooms/general/").await?.status().is_success());
    std::fs::remove_file(&rest)?;
    let after = until("room on the disk", || async {
        let answer = ada.try_post("general", "after", "after").await.ok()?;
        answer.status().is_success().then_some(answer)
    });
    let after = message_id(&after.await?.json().await?);
    ensure!(ada.messages("general").await?.last().map(message_id) == Some(after));
    Ok(())
}

#[tokio::test]
async fn while_the_database_server_is_away_it_is_said_and_when_it_is_back_all_is_as_before() -> Result<()> {
    let mut postgres = Postgres::start()?;
    let server = Server::start_with(Options::default().set("DATABASE_URL", &postgres.url()))?;
    let ada = Person::sign_up(&server, "ada").await?;
    let before = message_id(&ada.post("general", "before", "before").await?);
    ensure!(ada.get("/readyz").await?.status().is_success());
    let mut socket = ada.socket().await?;
    socket.subscribe("general", &ada.cursor("general").await?).await?;
    postgres.stop()?;
    is_clear(ada.try_post("general", "meanwhile", "meanwhile").await?).await?;
    ensure!(ada.get("/readyz").await?.status() == StatusCode::SERVICE_UNAVAILABLE);
    ensure!(ada.get("/healthz").await?.status().is_success(), "the process itself is well");
    postgres.restart()?;
    let after = until("the database", || async {
        let answer = ada.try_post("general", "after", "after").await.ok()?;
        answer.status().is_success().then_some(answer)
    });
    let after = message_id(&after.await?.json().await?);
    let stored: Vec<i64> = ada.messages("general").await?.iter().map(message_id).collect();
    ensure!(stored == [before, after], "{stored:?}");
    let heard = socket.next_of("events").await?;
    ensure!(heard["events"][0]["message"]["id"] == after, "a socket from before hears it: {heard}");
    ensure!(ada.get("/readyz").await?.status().is_success());
    Ok(())
}

#[tokio::test]
async fn a_database_server_that_hangs_is_given_up_and_what_was_tried_meanwhile_is_there_once_at_most()
-> Result<()> {
    let postgres = Postgres::start()?;
    let server = Server::start_with(Options::default().set("DATABASE_URL", &postgres.url()))?;
    let ada = Person::sign_up(&server, "ada").await?;
    let before = message_id(&ada.post("general", "before", "before").await?);
    postgres.freeze()?;
    let (posted, ready, page) = within("three answers", async {
        tokio::try_join!(
            ada.try_post("general", "meanwhile", "meanwhile"),
            ada.get("/readyz"),
            ada.get("/rooms/general/")
        )
    })
    .await??;
    is_clear(posted).await?;
    ensure!(ready.status() == StatusCode::SERVICE_UNAVAILABLE, "{}", ready.status());
    is_clear(page).await?;
    ensure!(ada.get("/healthz").await?.status().is_success(), "the process itself is well");
    postgres.thaw()?;
    let again = until("the database", || async {
        let answer = ada.try_post("general", "meanwhile", "meanwhile").await.ok()?;
        answer.status().is_success().then_some(answer)
    });
    let again = message_id(&again.await?.json().await?);
    let stored: Vec<i64> = ada.messages("general").await?.iter().map(message_id).collect();
    ensure!(stored == [before, again], "{stored:?}");
    ensure!(ada.get("/readyz").await?.status().is_success());
    Ok(())
}

/// What writers share with whoever cuts the power under them.
#[derive(Default)]
struct Load {
    /// From here on nobody hears an acknowledgement, as when a machine loses its power. The file system does not stop
    /// at one moment: while it is being shut down, the kernel still calls a sync done that it then throws away.
    unheard: AtomicBool,
    /// The writers end. Later than `unheard`, because power fails while people write.
    stop: AtomicBool,
}

/// Posts without a pause until told to stop; ids of what was acknowledged while the power was on.
async fn write(person: Person, cut: usize, load: Arc<Load>, acknowledged: Arc<Mutex<Vec<i64>>>) {
    for nth in 0.. {
        let client_id = format!("{}-{cut}-{nth}", person.name);
        let Ok(answer) = person.try_post("general", &client_id, &client_id).await else { return };
        if answer.status().is_success()
            && let Ok(message) = answer.json::<Value>().await
        {
            let mut acknowledged = acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
            if !load.unheard.load(Ordering::SeqCst) {
                acknowledged.push(message_id(&message));
            }
        }
        if load.stop.load(Ordering::SeqCst) {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_under_load_takes_nothing_that_was_acknowledged() -> Result<()> {
    let kept = tempfile::tempdir()?;
    let Some(volume) = or_say(Volume::xfs(kept.path())) else { return Ok(()) };
    let options = Options { data: Some(volume.path().into()), ..Options::default() };
    let mut server = Server::start_with(options.set("POSTS_PER_MINUTE", "1000000"))?;
    let mut people = Vec::new();
    for name in ["ada", "bob", "cleo", "dan"] {
        people.push(Person::sign_up(&server, name).await?);
    }
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    for cut in 0..5_usize {
        let had = count(&acknowledged);
        let load = Arc::new(Load::default());
        let writers: Vec<_> = people
            .iter()
            .map(|person| tokio::spawn(write(person.clone(), cut, load.clone(), acknowledged.clone())))
            .collect();
        until("acknowledged messages", || async { (count(&acknowledged) >= had + 100).then_some(()) })
            .await?;
        load.unheard.store(true, Ordering::SeqCst);
        volume.cut_power()?;
        load.stop.store(true, Ordering::SeqCst);
        for writer in writers {
            tokio::time::timeout(Duration::from_secs(30), writer).await.context("a writer hangs")??;
        }
        server.kill()?;
        volume.restore_power()?;
        server.restart()?;
        let stored: Vec<i64> = people[0].messages("general").await?.iter().map(message_id).collect();
        for id in acknowledged.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            ensure!(
                stored.binary_search(id).is_ok(),
                "after cut {cut} the acknowledged message {id} is gone"
            );
        }
    }
    Ok(())
}

fn count(acknowledged: &Mutex<Vec<i64>>) -> usize {
    acknowledged.lock().unwrap_or_else(PoisonError::into_inner).len()
}
