//! What the binary prints, and who reads it: all of it, some of it, or nobody.

use anyhow::{Context, Result, ensure};
use e2e::{command, run};
use std::{
    fs::OpenOptions,
    io::{Write, pipe},
    path::Path,
    process::{Output, Stdio},
};

/// Runs a command whose output nobody reads, and says what else came of it.
fn unread(arguments: &[&str], settings: &[(&str, &str)]) -> Result<Output> {
    let (reader, writer) = pipe()?;
    drop(reader);
    let mut command = command(arguments, settings)?;
    let running = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).spawn()?;
    Ok(running.wait_with_output()?)
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path in UTF-8")
}

#[test]
fn a_command_whose_reader_has_had_enough_ends_quietly_and_has_done_what_it_was_asked_for() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let settings = [("TERTULIA_DATA_DIR", text(directory.path())?), ("LOG", "warn")];
    let train = directory.path().join("train.tsv");
    std::fs::write(
        &train,
        "red apple\tfruit\nsweet pear\tfruit\nold car\tcar\nfast car\tcar\nblue sky\toos\n",
    )?;
    let train = text(&train)?;
    for arguments in [
        &["migrate"][..],
        &["createsuperuser", "--username", "ada", "--password", "a tertulia of friends"],
        &["user", "list"],
        &["user", "reset", "ada"],
        &["token", "create", "ada", "--name", "build"],
        &["token", "list", "ada"],
        &["room", "create", "--name", "Tea"],
        &["room", "list"],
        &["bot", "create", "--username", "keeper", "--mind", "intents"],
        &["bot", "list"],
        &["bot", "export", "keeper"],
        &["bot", "eval", "--train", train],
        &["bot", "eval", "--train", train, "--test", train],
        &["doctor", "--new-epoch"],
        &["openapi"],
        &["routes"],
        &["completions", "bash"],
        &["--help"],
    ] {
        let ended = unread(arguments, &settings)?;
        let said = String::from_utf8_lossy(&ended.stderr);
        ensure!(ended.status.success() && said.is_empty(), "{arguments:?}: {}, {said}", ended.status);
    }
    ensure!(run(&["token", "list", "ada"], &settings)?.contains("\tbuild\t"));
    ensure!(run(&["room", "list"], &settings)?.contains("\ttea\t"));
    let wrong = unread(&["doctor"], &[settings[0], ("TIME_ZONE", "Mars/Base")])?;
    ensure!(!wrong.status.success(), "what is wrong shows without a reader too");
    Ok(())
}

/// Its input never ends, so it has to hear that nobody listens.
#[test]
fn texts_are_classified_as_long_as_somebody_reads() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let train = directory.path().join("train.tsv");
    std::fs::write(&train, "red apple\tfruit\nold car\tcar\n")?;
    let (reader, writer) = pipe()?;
    drop(reader);
    let mut classify = command(&["bot", "classify", "--train", text(&train)?], &[])?;
    let mut running = classify.stdin(Stdio::piped()).stdout(writer).stderr(Stdio::piped()).spawn()?;
    let mut texts = running.stdin.take().context("its input")?;
    texts.write_all(b"a red apple\n")?;
    let ended = running.wait_with_output()?;
    drop(texts);
    ensure!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
    Ok(())
}

#[test]
fn what_cannot_be_written_is_an_error_that_says_why() -> Result<()> {
    let full = OpenOptions::new().write(true).open("/dev/full")?;
    let ended =
        command(&["openapi"], &[])?.stdout(full).stderr(Stdio::piped()).spawn()?.wait_with_output()?;
    let said = String::from_utf8_lossy(&ended.stderr);
    ensure!(!ended.status.success() && said.contains("No space left"), "{}, {said}", ended.status);
    Ok(())
}
