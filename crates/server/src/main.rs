//! The binary `tertulia`: configuration, wiring, shutdown, command line. Nothing else is decided here.

mod bots;
mod commands;
mod configuration;
mod doctor;
mod file;
mod minds;
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
        Err(error) => {
            eprintln!("tertulia: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
