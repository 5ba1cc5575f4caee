//! A file system of its own, small enough to fill and safe to break. Making one needs root and leave to mount.

use crate::binary::find_program;
use anyhow::{Context, Result, bail};
use std::{
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// A mounted file system. Dropping it unmounts it.
pub struct Volume {
    directory: TempDir,
    image: Option<PathBuf>,
}

impl Volume {
    /// So many mebibytes in memory; an error says what forbids it.
    pub fn in_memory(mebibytes: u32) -> Result<Self> {
        let volume = Self { directory: tempfile::tempdir()?, image: None };
        let size = format!("size={mebibytes}m");
        run(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(volume.path()))?;
        Ok(volume)
    }

    /// An XFS in a file; an error says what forbids it.
    pub fn xfs(kept_in: &Path) -> Result<Self> {
        for program in ["mkfs.xfs", "xfs_io"] {
            find_program(program)
                .with_context(|| format!("{program} is missing: apt-get install xfsprogs"))?;
        }
        let image = kept_in.join("xfs.img");
        // XFS is not made smaller than 300 MiB.
        std::fs::File::create(&image)?.set_len(320 << 20)?;
        run(Command::new("mkfs.xfs").arg("-q").arg(&image))?;
        let volume = Self { directory: tempfile::tempdir()?, image: Some(image) };
        volume.mount()?;
        Ok(volume)
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Stops it as a power cut would: what was not made durable is gone, and so is every open file.
    pub fn cut_power(&self) -> Result<()> {
        // Without `-f` the log in memory is not written out first.
        run(Command::new("xfs_io").args(["-x", "-c", "shutdown"]).arg(self.path()))
    }

    /// Mounts it again after [`Self::cut_power`], as a machine does that starts anew.
    pub fn restore_power(&self) -> Result<()> {
        run(Command::new("umount").arg(self.path()))?;
        self.mount()
    }

    fn mount(&self) -> Result<()> {
        let image = self.image.as_ref().context("what is in memory is not mounted again")?;
        run(Command::new("mount").args(["-o", "loop"]).arg(image).arg(self.path()))
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // Lazily: a server that is about to end may still have it open.
        let _ = Command::new("umount").arg("-l").arg(self.path()).output();
    }
}

fn run(command: &mut Command) -> Result<()> {
    let done = command.output().with_context(|| format!("{command:?}"))?;
    if !done.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&done.stderr).trim());
    }
    Ok(())
}
