//! Processes and what they cost: cores they may use, CPU seconds, memory.

use anyhow::{Context, Result, bail};
use std::{
    fs, iter,
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::Duration,
};

/// Which cores are whose.
#[derive(Debug, Clone)]
pub struct Cores {
    /// The server's, as `taskset` writes them.
    pub server: String,
    /// How many those are.
    pub servers: usize,
    /// The generator's.
    pub generator: String,
    /// How many those are.
    pub generators: usize,
}

impl Cores {
    /// One half each of the cores this process may use.
    pub fn split() -> Result<&'static Self> {
        static CORES: OnceLock<Cores> = OnceLock::new();
        if let Some(cores) = CORES.get() {
            return Ok(cores);
        }
        let all = allowed(&fs::read_to_string("/proc/self/status")?).context("no Cpus_allowed_list")?;
        if all.len() < 2 {
            bail!("a server and a generator need a core each; there is one");
        }
        let (server, generator) = (&all[..all.len() / 2], &all[all.len() / 2..all.len() / 2 * 2]);
        let list = |cores: &[usize]| cores.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
        let cores = Self {
            server: list(server),
            servers: server.len(),
            generator: list(generator),
            generators: generator.len(),
        };
        Ok(CORES.get_or_init(|| cores))
    }

    /// Keeps this process, and the threads it is going to start, to the generator's cores.
    pub fn keep_to_generator(&self) -> Result<()> {
        let own = std::process::id().to_string();
        let done = Command::new("taskset").args(["-a", "-cp", &self.generator, &own]).output();
        let done = done.context("taskset, of util-linux, is needed to keep server and generator apart")?;
        if !done.status.success() {
            bail!("taskset: {}", String::from_utf8_lossy(&done.stderr));
        }
        Ok(())
    }

    /// A command that runs on the server's cores.
    pub fn serve(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        self.serve_on(None, program)
    }

    /// A command that runs on some of the server's cores; none: on all.
    pub fn serve_on(&self, some: Option<&str>, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("taskset");
        command.args(["-c", some.unwrap_or(&self.server)]).arg(program);
        command
    }
}

/// Bytes that the kernel holds for TCP, both ends of every connection of this machine together (`/proc/net/sockstat`, in pages).
pub fn tcp_bytes() -> Result<u64> {
    const PAGE: u64 = 4096;
    let text = fs::read_to_string("/proc/net/sockstat")?;
    let line = text.lines().find_map(|line| line.strip_prefix("TCP:")).context("no TCP in sockstat")?;
    let pages = line.split_whitespace().skip_while(|word| *word != "mem").nth(1);
    Ok(pages.and_then(|pages| pages.parse::<u64>().ok()).context("no mem in sockstat")? * PAGE)
}

/// The cores a process may use, from its status in proc(5): `0-1,4`.
fn allowed(status: &str) -> Option<Vec<usize>> {
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    let ranges = list.trim().split(',').map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some(first.parse().ok()?..=last.parse().ok()?)
    });
    ranges.collect::<Option<Vec<_>>>().map(|ranges| ranges.into_iter().flatten().collect())
}

/// A child that ends with its owner, and its own children with it.
pub struct Running(pub Child);

impl Running {
    /// Its process id.
    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // What cannot be killed any more has ended.
        let all = family(self.id());
        let ids = all.iter().map(u32::to_string);
        let _ = Command::new("kill").arg("-KILL").args(ids).stderr(Stdio::null()).status();
        let _ = self.0.wait();
        // Until then a descendant may still hold the port.
        while all.iter().any(|id| is_alive(*id)) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Whether a process has not ended; one that nobody has waited for yet (a zombie) has.
fn is_alive(id: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains(['Z', 'X']))
}

/// CPU seconds a process has used: user and system together (proc(5), `/proc/pid/stat`).
pub fn cpu_seconds(id: u32) -> Result<f64> {
    const TICKS_PER_SECOND: f64 = 100.0;
    let text = fs::read_to_string(format!("/proc/{id}/stat"))?;
    let after_name = text.rsplit_once(')').context("no name in stat")?.1;
    let mut fields = after_name.split_whitespace().skip(11);
    let mut next = || fields.next().and_then(|field| field.parse::<f64>().ok()).context("no times in stat");
    Ok((next()? + next()?) / TICKS_PER_SECOND)
}

/// CPU seconds of a process and everything it has started that still runs.
pub fn family_cpu_seconds(id: u32) -> Result<f64> {
    family(id).into_iter().map(cpu_seconds).sum()
}

/// Bytes of memory only this process, and everything it has started, has: what it costs beside shared program text (`Private_Dirty`).
pub fn memory_bytes(id: u32) -> Result<u64> {
    family(id).into_iter().map(private_bytes).sum()
}

/// The same, of a server at rest: when it has stopped changing for a while. What starting used and let go of is given back only some
/// milliseconds later, and would else be taken for memory that the sockets coming next do not need.
pub fn memory_at_rest(id: u32) -> Result<u64> {
    const LOOKS: usize = 100;
    let (mut last, mut same) = (memory_bytes(id)?, 0);
    for _ in 0..LOOKS {
        std::thread::sleep(Duration::from_millis(20));
        let now = memory_bytes(id)?;
        same = if now == last { same + 1 } else { 0 };
        last = now;
        if same >= 15 {
            break;
        }
    }
    Ok(last)
}

/// A process and all its descendants (proc(5), `/proc/pid/task/tid/children`).
fn family(id: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    let children: String =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok()).collect();
    let children = children.split_whitespace().filter_map(|child| child.parse().ok());
    iter::once(id).chain(children.flat_map(family)).collect()
}

fn private_bytes(id: u32) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/smaps_rollup"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("Private_Dirty:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).and_then(|n| n.parse::<u64>().ok());
    Ok(kilobytes.context("no Private_Dirty")? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn what_a_child_has_started_ends_with_it() {
        let mut command = Command::new("sh");
        let running = Running(command.args(["-c", "sleep 60 & sleep 60 & wait"]).spawn().unwrap());
        let deadline = Instant::now() + Duration::from_secs(5);
        while family(running.id()).len() < 3 {
            assert!(Instant::now() < deadline, "the children are seen");
            std::thread::yield_now();
        }
        let all = family(running.id());
        assert!(all.iter().all(|id| is_alive(*id)));
        assert!(memory_bytes(running.id()).unwrap() > private_bytes(running.id()).unwrap());
        drop(running);
        assert!(!all.into_iter().any(is_alive));
    }

    #[test]
    fn the_cores_one_may_use_are_read_and_others_are_not() {
        assert_eq!(allowed("Name:\tbench\nCpus_allowed_list:\t0-1,4\n"), Some(vec![0, 1, 4]));
        assert_eq!(allowed("Name:\tbench\nCpus_allowed:\tf\n"), None);
    }
}
