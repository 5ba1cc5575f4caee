//! The public suite of the field, Autobahn|Testsuite, against this framing as an echo. `bin/autobahn` fetches it and runs this.

use super::{Incoming, Socket, Upgrade, deflated, frame};
use axum::{Router, response::Response, routing::get};
use bytes::Bytes;
use serde_json::{Value, json};
use std::{collections::BTreeMap, process::Command};

/// The suite's longest message has 16 MiB; the product's bound has tests of its own.
const BYTES_MAX: usize = 16 << 20;

async fn open(mut upgrade: Upgrade) -> Response {
    upgrade.bytes_max = BYTES_MAX;
    upgrade.serve(echo)
}

async fn echo(mut socket: Socket) {
    let fault = loop {
        let plain = match socket.recv().await {
            Ok(Incoming::Text(text)) => frame::text(&text),
            Ok(Incoming::Binary(bytes)) => frame::encode(frame::BINARY, &bytes),
            Ok(Incoming::Alive) => Bytes::new(),
            Ok(Incoming::Gone) => return,
            Err(fault) => break fault,
        };
        socket.queue_shared(plain, deflated);
        if !socket.flush().await {
            return;
        }
    };
    socket.close(fault.code, fault.reason).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes and needs the suite, which runs on Python 2.7: bin/autobahn"]
async fn the_public_suite_finds_no_fault() {
    let wstest = std::env::var("WSTEST").expect("WSTEST names the suite's program");
    let cases = std::env::var("CASES").unwrap_or("*".into());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", get(open))).await });

    let directory =
        std::env::var("AUTOBAHN_DIRECTORY").expect("AUTOBAHN_DIRECTORY is where it keeps its reports");
    let spec = json!({
        "outdir": format!("{directory}/reports"), "cases": cases.split(',').collect::<Vec<_>>(),
        "servers": [{ "agent": "tertulia", "url": format!("ws://127.0.0.1:{port}") }],
    });
    std::fs::write(format!("{directory}/spec.json"), spec.to_string()).unwrap();
    let mut suite = Command::new(wstest);
    let ended = suite.args(["-m", "fuzzingclient", "-s", "spec.json"]).current_dir(&directory).status();
    assert!(ended.unwrap().success());

    let report = std::fs::read(format!("{directory}/reports/index.json")).unwrap();
    let report: Value = serde_json::from_slice(&report).unwrap();
    let mut counts = BTreeMap::<&str, usize>::new();
    let mut faults = Vec::new();
    for (case, result) in report["tertulia"].as_object().unwrap() {
        for part in ["behavior", "behaviorClose"] {
            let verdict = result[part].as_str().unwrap();
            *counts.entry(verdict).or_default() += usize::from(part == "behavior");
            if !["OK", "INFORMATIONAL"].contains(&verdict) {
                faults.push(format!("{case} {part}: {verdict}"));
            }
        }
    }
    println!("Autobahn: {counts:?}");
    assert_eq!(faults, [""; 0]);
}
