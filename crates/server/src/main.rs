//! The binary `tertulia`: configuration, wiring, shutdown, command line. Nothing else is decided here.

mod commands;
mod configuration;
mod doctor;
mod file;
mod parts;
mod serve;

use clap::Parser;

fn main() -> std::process::ExitCode {
    match file::into_environment().and_then(|()| commands::run(commands::Cli::parse())) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tertulia: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
