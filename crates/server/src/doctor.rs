//! `tertulia doctor`: looks at everything a server stands on and says what is wrong.

use crate::{
    configuration::{Options, ServeOptions},
    output, parts,
};
use anyhow::{Result, bail};
use std::{os::unix::fs::PermissionsExt, path::Path, time::Duration};
use store::Store;

/// Checks configuration, database, relay, file rights and clock. An error when something is wrong.
pub async fn examine(options: &Options, serve: &ServeOptions, new_epoch: bool) -> Result<()> {
    let (mut wrong, mut said) = (0, Ok(()));
    // Everything is examined, though nobody may be reading any more: what is wrong shows in the exit code too.
    let mut say = |what: &str, outcome: Result<String>| {
        let line = match outcome {
            Ok(fine) => format!("ok     {what}: {fine}"),
            Err(error) => {
                wrong += 1;
                format!("WRONG  {what}: {error:#}")
            }
        };
        if said.is_ok() {
            said = output::say(line);
        }
    };
    let configured =
        serve.listen().and_then(|listen| serve.web(listen).map(|_| format!("would listen on {listen}")));
    let configured = configured.and_then(|fine| serve.configured().map(|_| fine));
    say("configuration", configured);
    say("bots", serve.providers.minds().map(|_| "whom they ask is configured; nobody was asked".into()));
    say("clock", clock());
    match parts::open_store(options).await {
        Err(error) => say("database", Err(error)),
        Ok(store) => {
            say("database", database(&*store).await);
            say("file rights", file_rights(options.database_url().strip_prefix("sqlite:").map(Path::new)));
            let key = options.data_dir().join("secret.key");
            say("secret key", file_rights(Some(&*key).filter(|key| key.exists())));
            say("relay", relay(options, &*store).await);
            if new_epoch {
                say(
                    "epoch",
                    Ok(store
                        .renew_epoch()
                        .await
                        .map(|epoch| format!("now {epoch}; every cursor from before is reset"))?),
                );
            }
        }
    }
    if wrong > 0 {
        bail!("{wrong} {} wrong", if wrong == 1 { "thing is" } else { "things are" });
    }
    said
}

async fn database(store: &dyn Store) -> Result<String> {
    store.ping().await?;
    match store.durability_fault().await? {
        Some(fault) => bail!("it acknowledges before it is durable: {fault}"),
        None => Ok(format!("answers, is durable, epoch {}", store.epoch())),
    }
}

fn file_rights(path: Option<&Path>) -> Result<String> {
    let Some(path) = path else { return Ok("no file of ours".into()) };
    let (mode, path) = (std::fs::metadata(path)?.permissions().mode() & 0o777, path.display());
    if mode & 0o077 != 0 {
        bail!("{path} has mode {mode:o}: others may read it; chmod 600");
    }
    Ok(format!("{path} has mode {mode:o}"))
}

/// A clock that stands before this version was made is wrong.
fn clock() -> Result<String> {
    let now = jiff::Timestamp::now();
    if now < "2026-01-01T00:00:00Z".parse()? {
        bail!("it says {now}, which is past");
    }
    Ok(format!("it is {now}"))
}

async fn relay(options: &Options, store: &dyn Store) -> Result<String> {
    let relay = parts::open_relay(options, store)?;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
    while !relay.is_heard() {
        if tokio::time::Instant::now() > deadline {
            let why = relay.fault().map_or_else(String::new, |why| format!(" ({why})"));
            bail!("not heard within 5 s{why}; processes catch up from the database within a second instead");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let url = options.relay_url();
    Ok(format!("{} is heard", parts::scheme(&url)))
}
