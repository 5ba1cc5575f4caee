//! What figures were taken with, as it stands in every line of the raw ones: when the run began, machine, cores, commit, versions.

use crate::{process::Cores, subject::Need};
use serde_json::{Map, Value, json};
use std::{fs, path::Path, process::Command};

/// The facts of a run.
pub fn of(need: &Need, cores: &Cores) -> Map<String, Value> {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let machine = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let mut facts = Map::new();
    facts.insert("run".into(), json!(jiff::Timestamp::now().to_string()));
    facts.insert("machine".into(), json!(machine.map(|(_, name)| name)));
    facts.insert(
        "kernel".into(),
        json!(fs::read_to_string("/proc/sys/kernel/osrelease").ok().as_deref().map(str::trim)),
    );
    facts.insert("server_cores".into(), json!(cores.server));
    facts.insert("generator_cores".into(), json!(cores.generator));
    facts.insert("commit".into(), said("git", &["describe", "--always", "--dirty", "--exclude=*"]));
    facts.insert("version".into(), said(&need.binary, &["--version"]));
    if let Some(peers) = &need.peers {
        facts.insert("node".into(), said("node", &["--version"]));
        facts.insert("python".into(), said(peers.join("python/bin/python"), &["--version"]));
        facts.insert("redis".into(), said("redis-server", &["--version"]));
    }
    facts
}

/// The first line a program says; null when it says none.
fn said(program: impl AsRef<Path>, arguments: &[&str]) -> Value {
    let said = Command::new(program.as_ref()).args(arguments).output();
    said.map_or(Value::Null, |said| json!(String::from_utf8_lossy(&said.stdout).lines().next()))
}
