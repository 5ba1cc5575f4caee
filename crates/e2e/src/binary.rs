//! Finding the binary, ports and other programs.

use anyhow::{Context, Result, bail};
use std::{
    env,
    fs::File,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

/// The binary under test: `TERTULIA_BIN`, else the one built beside the test.
pub(crate) fn tertulia() -> Result<PathBuf> {
    if let Some(chosen) = env::var_os("TERTULIA_BIN") {
        return Ok(chosen.into());
    }
    let test = env::current_exe().context("where is this test?")?;
    let beside = test.ancestors().skip(2).map(|directory| directory.join("tertulia"));
    match beside.take(1).find(|path| path.is_file()) {
        Some(found) => Ok(found),
        None => bail!("there is no tertulia beside {}: build it first, as bin/check does", test.display()),
    }
}

/// The binary with arguments and these settings, not yet started.
pub fn command(arguments: &[&str], settings: &[(&str, &str)]) -> Result<Command> {
    let mut command = Command::new(tertulia()?);
    command.args(arguments).envs(settings.iter().copied());
    Ok(command)
}

/// Runs the binary with arguments and these settings, and gives its standard output. An error holds what it said.
pub fn run(arguments: &[&str], settings: &[(&str, &str)]) -> Result<String> {
    let output = command(arguments, settings)?.output().context("running tertulia")?;
    if !output.status.success() {
        let [out, err] = [&output.stdout, &output.stderr].map(|said| String::from_utf8_lossy(said));
        bail!("tertulia {}: {out}{err}", arguments.join(" "));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A port nobody listens on. It lies below the range from which the system takes ports for clients: a client that tries again and
/// again while the server is down would sooner or later be given the server's own port, and hold it.
///
/// It is this process's own until it ends: a locked file tells the other tests so, which may ask before anybody listens.
pub fn free_port() -> Result<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    static OWN: Mutex<Vec<File>> = Mutex::new(Vec::new());
    let claims = env::temp_dir().join("tertulia-ports");
    std::fs::create_dir_all(&claims)?;
    let start = std::process::id().wrapping_mul(97);
    for _ in 0..12_000 {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = 20_000 + (start.wrapping_add(step) % 12_000) as u16;
        let claim = File::create(claims.join(port.to_string()))?;
        if claim.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            OWN.lock().unwrap_or_else(PoisonError::into_inner).push(claim);
            return Ok(port);
        }
    }
    bail!("no port between 20000 and 32000 is free")
}

/// Whether this process may do everything.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// A program on the search path.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|directory| directory.join(name)).find(|candidate| Path::is_file(candidate))
}
