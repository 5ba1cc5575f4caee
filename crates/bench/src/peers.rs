//! Other servers beside ours, each with a small chat that stores a message before it sends it. `peers/setup.sh` sets them up.
//!
//! They know rooms, and neither accounts nor rights: a room is named by the address of the socket, and whoever is in it hears of a message,
//! its sender too, once it is on disk.

use crate::{process::Cores, subject::Kind};
use anyhow::{Result, bail};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

/// Every one of them.
pub const ALL: [Kind; 3] = [Kind::NodeWs, Kind::SocketIo, Kind::DjangoChannels];

/// The directory they were set up in; says how to, when they were not.
pub fn find(directory: &Path) -> Result<PathBuf> {
    if !directory.join("node_modules/better-sqlite3").is_dir()
        || !directory.join("python/bin/uvicorn").exists()
    {
        let directory = directory.display();
        bail!("no peers in {directory}; to set them up: crates/bench/peers/setup.sh {directory}");
    }
    Ok(std::path::absolute(directory)?)
}

/// Starts one of them; its data goes where it runs.
pub fn command(kind: Kind, directory: &Path, cores: &Cores, address: SocketAddr) -> Command {
    let port = address.port().to_string();
    match kind {
        Kind::DjangoChannels => {
            let mut command = cores.serve(directory.join("django_chat.sh"));
            command.args([port, cores.servers.to_string()]);
            command
        }
        _ => {
            let script = if kind == Kind::SocketIo { "socketio.js" } else { "ws.js" };
            let mut command = cores.serve("node");
            command.arg(directory.join(script)).arg(port).env("NODE_ENV", "production");
            command
        }
    }
}

/// Where a socket of a room is opened.
pub fn path(kind: Kind, room: &str) -> String {
    match kind {
        Kind::DjangoChannels => format!("/ws/{room}/"),
        Kind::SocketIo => format!("/socket.io/?EIO=4&transport=websocket&room={room}"),
        _ => format!("/{room}"),
    }
}

/// What a client says once connected, and how many frames come until it is ready. In Socket.IO's own framing: «connect», after
/// Engine.IO's «open» came, and before its answer.
pub fn greetings(kind: Kind) -> (Vec<String>, usize) {
    match kind {
        Kind::SocketIo => (vec!["40".to_owned()], 2),
        _ => (Vec::new(), 0),
    }
}

/// The frame of a message.
pub fn post(kind: Kind, content: &str) -> String {
    let message = serde_json::json!({ "content": content });
    match kind {
        Kind::SocketIo => format!("42[\"post\",{message}]"),
        _ => message.to_string(),
    }
}
