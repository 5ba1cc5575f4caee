//! Measures the server against what the machine allows, in the same run.
//!
//! `cargo run --release -p bench -- table` prints every figure of `docs/performance.md`. Server and generator have cores of their own.
//! Everything is done over 127.0.0.1 and ends by itself.

mod crowd;
mod facts;
mod fill;
mod frames;
mod http;
mod limit;
mod measures;
mod peers;
mod plots;
mod process;
mod progress;
mod report;
mod subject;
mod token;
mod upstream;
mod watcher;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::{net::SocketAddr, path::PathBuf};

#[derive(Debug, Parser)]
#[command(name = "bench", about = "Measures the server against what the machine allows")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Every measure, as a table with ratios
    Table {
        #[command(flatten)]
        options: measures::Options,
        /// Measure other servers in the same run: where `crates/bench/peers/setup.sh` has set them up
        #[arg(long)]
        peers: Option<PathBuf>,
    },
    /// What can be measured at other servers too, in the same run
    Peers {
        #[command(flatten)]
        options: measures::Options,
        /// Where `crates/bench/peers/setup.sh` has set them up
        #[arg(long)]
        dir: PathBuf,
    },
    /// Bots' replies alone
    Replies {
        #[command(flatten)]
        options: measures::Options,
    },
    /// Several processes on one PostgreSQL alone, over each relay; needs the servers that `bin/check` installs
    Processes {
        #[command(flatten)]
        options: measures::Options,
    },
    /// Latency against load and memory against connections, as pictures
    Plots(plots::Plots),
    /// The minimal server that the product is compared with
    #[command(hide = true)]
    ServeLimit {
        listen: SocketAddr,
        /// File with the text of a delivery
        template: PathBuf,
        #[arg(long)]
        database: Option<PathBuf>,
        #[arg(long)]
        kept: bool,
        #[arg(long)]
        echo: bool,
        #[arg(long, default_value_t = 1)]
        threads: usize,
    },
    /// An endpoint that answers a constant
    #[command(hide = true)]
    ServeHello { listen: SocketAddr },
}

fn main() -> Result<()> {
    rlimit::increase_nofile_limit(u64::MAX)?;
    match Cli::parse().command {
        Command::Table { options, peers } => measures::table(&options, peers.as_deref()),
        Command::Peers { options, dir } => measures::beside_peers(&options, &dir),
        Command::Replies { options } => measures::replies(&options),
        Command::Processes { options } => measures::processes(&options),
        Command::Plots(plots) => plots::plots(&plots),
        Command::ServeLimit { listen, template, database, kept, echo, threads } => {
            let template = std::fs::read_to_string(template)?;
            limit::serve(listen, &limit::Options { database, kept, echo, template, threads })
        }
        Command::ServeHello { listen } => hello(listen),
    }
}

#[tokio::main]
async fn hello(listen: SocketAddr) -> Result<()> {
    let answer = || async { axum::Json(serde_json::json!({ "messages": [] })) };
    let router = axum::Router::new().fallback(answer);
    Ok(axum::serve(tokio::net::TcpListener::bind(listen).await?, router).await?)
}
