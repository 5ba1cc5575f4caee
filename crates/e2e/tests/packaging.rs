//! What lies in `packaging/`, as far as a machine without it can tell.

use anyhow::{Result, ensure};
use std::process::Command;

const UNITS: [(&str, &str); 2] = [
    ("tertulia.service", include_str!("../../../packaging/tertulia.service")),
    ("tertulia@8001.service", include_str!("../../../packaging/tertulia@.service")),
];

#[test]
fn systemd_finds_nothing_wrong_with_its_units() -> Result<()> {
    let directory = tempfile::tempdir()?;
    for (name, unit) in UNITS {
        let path = directory.path().join(name);
        // The program has to be there for the check.
        std::fs::write(&path, unit.replace("/usr/local/bin/tertulia", "/bin/true"))?;
        let Ok(checked) = Command::new("systemd-analyze").arg("verify").arg(&path).output() else {
            eprintln!("NOT TESTED HERE: systemd-analyze is missing");
            return Ok(());
        };
        let said = String::from_utf8_lossy(&checked.stderr);
        ensure!(checked.status.success() && !said.contains(name), "{name}: {said}");
        let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/tertulia "));
        ensure!(start.is_some_and(|start| start.starts_with("serve")), "{name} starts something else");
    }
    Ok(())
}
