//! An acknowledgement means: on disk. A kill alone cannot tell, because the system keeps what a process wrote; so the system
//! calls are read.

use anyhow::{Context, Result, ensure};
use e2e::{Options, Person, Server};
use std::collections::{HashMap, HashSet};

const MESSAGES: usize = 20;

#[tokio::test]
async fn every_acknowledgement_comes_after_the_disk_has_it() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let trace = directory.path().join("trace");
    let mut server = Server::start_with(Options { trace: Some(trace.clone()), ..Options::default() })?;
    let ada = Person::sign_up(&server, "ada").await?;
    ada.post("general", "joins", "joins").await?;
    for number in 0..MESSAGES {
        ada.post("general", &format!("message {number}"), &format!("{number}")).await?;
    }
    server.stop()?;
    let calls = e2e::until("the end of the trace", || async {
        std::fs::read_to_string(&trace).ok().filter(|text| text.contains("+++ exited"))
    });
    let seen = count_acknowledgements(&calls.await?)?;
    ensure!(seen == MESSAGES + 1, "{seen} acknowledgements were seen of {}", MESSAGES + 1);
    Ok(())
}

/// Reads the calls in order. One person posts one message at a time, so between two acknowledgements there must be a
/// write to the log of the database, and after the last such write a completed fsync or fdatasync of it.
fn count_acknowledgements(calls: &str) -> Result<usize> {
    let (mut written, mut synced, mut seen) = (false, false, 0);
    let mut syncing = HashSet::new();
    let mut waiting = HashMap::new();
    for line in calls.lines() {
        let (thread, call) = line.split_once(' ').context("a line names its thread")?;
        let call = call.trim_start();
        let is_log = call.contains("-wal>");
        if call.starts_with("pwrite64(") && is_log {
            (written, synced) = (true, false);
        } else if (call.starts_with("fdatasync(") || call.starts_with("fsync(")) && is_log {
            match call.ends_with("<unfinished ...>") {
                true => drop(syncing.insert(thread)),
                false => synced = call.ends_with("= 0"),
            }
        } else if call.starts_with("<... f") && call.contains("sync resumed") && syncing.remove(thread) {
            synced = call.ends_with("= 0");
        } else if call.contains("\"HTTP/1.1 201") {
            ensure!(written, "acknowledged without a write: {line}\nlast: {waiting:?}");
            ensure!(synced, "acknowledged before the disk had it: {line}");
            (written, synced, seen) = (false, false, seen + 1);
        }
        waiting.insert(thread, call);
    }
    Ok(seen)
}
