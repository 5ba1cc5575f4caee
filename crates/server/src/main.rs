//! The binary `tertulia`: configuration, wiring, shutdown, command line. Nothing else is decided here.

// It panics where nobody reads any more; `output` does not.
#![deny(clippy::print_stdout)]

mod bots;
mod commands;
mod configuration;
mod doctor;
mod file;
mod minds;
mod output;
mod parts;
mod providers;
mod secret;
mod serve;
mod tokens;
mod users;

use clap::Parser;

/// Many small things are made on one thread and let go on another here; the system's allocator is slow at that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    match file::into_environment().and_then(|()| commands::run(commands::Cli::parse())) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) if error.is::<output::Unread>() => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tertulia: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
