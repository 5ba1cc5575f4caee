//! What clients of a subject are to do.

use super::{Kind, Subject};
use crate::{crowd::Plan, frames, peers, token};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

/// What a delivery begins with on `/ws`; other frames with the message's text, to its sender, begin differently.
const DELIVERY: &[&str] = &["{\"type\":\"events\"", "{\"cursor\""];
const ACKNOWLEDGEMENT: &[&str] = &["{\"type\":\"ack\"", "{\"client_id\""];
/// What people say, beside the token.
const TEXT: &str = "The lecture begins at nine; bring the second chapter and something to write with.";

impl Subject {
    /// Somebody who listens to everything.
    pub fn listener(&self, nth: usize) -> Plan {
        match self.kind {
            Kind::Tertulia => self.listener_to(nth, &["general".to_owned()]),
            _ => self.guest("general"),
        }
    }

    /// Somebody who listens to these rooms of the product.
    pub fn listener_to(&self, nth: usize, rooms: &[String]) -> Plan {
        let subscribe = |room: &String| json!({ "type": "subscribe", "room": room }).to_string();
        Plan {
            upgrade: self.upgrade("/ws", self.cookie(nth)),
            greetings: rooms.iter().map(subscribe).collect(),
            answers: 1 + rooms.len(),
            listens: true,
            delivery: DELIVERY,
            ..Plan::at(self.address)
        }
    }

    /// Somebody without an account who listens to a room.
    fn guest(&self, room: &str) -> Plan {
        let (greetings, answers) = peers::greetings(self.kind);
        let upgrade = self.upgrade(&peers::path(self.kind, room), "");
        Plan { upgrade, greetings, answers, listens: true, ..Plan::at(self.address) }
    }

    /// Somebody who listens to everything and posts.
    pub fn talker(&self, nth: usize, sender: u32) -> Plan {
        Plan { post: Some(self.post("general")), sender, ..self.listener(nth) }
    }

    /// Somebody who posts to a room of their own and hears only that it was taken.
    pub fn writer(&self, nth: usize) -> Plan {
        let room = self.rooms.get(nth).map_or("general", String::as_str);
        let plan = match self.kind {
            Kind::Tertulia => Plan {
                upgrade: self.upgrade("/ws", self.cookie(nth)),
                answers: 1,
                listens: true,
                delivery: ACKNOWLEDGEMENT,
                ..Plan::at(self.address)
            },
            _ => self.guest(&format!("room{nth}")),
        };
        Plan { post: Some(self.post(room)), sender: nth as u32, ..plan }
    }

    fn post(&self, room: &str) -> String {
        let content = format!("{{token}} {TEXT}");
        if peers::ALL.contains(&self.kind) {
            return peers::post(self.kind, &content);
        }
        json!({ "type": "post", "room": room, "content": content, "client_id": "{token}" }).to_string()
    }

    /// The account behind a connection: each has as many as it may.
    pub fn cookie(&self, nth: usize) -> &str {
        let people = self.people.len().max(1);
        self.people.get(nth % people).map_or("", String::as_str)
    }

    fn upgrade(&self, path: &str, cookie: &str) -> String {
        format!(
            "GET {path} HTTP/1.1\r\nHost: {0}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://{0}\r\nCookie: {cookie}\r\n\r\n",
            self.address
        )
    }

    /// A delivery as it goes over the wire, with `{token}` for the token: what the minimal programs are to send.
    pub fn sample(&self) -> Result<String> {
        let plan = self.talker(0, 0);
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(plan.upgrade.as_bytes())?;
        let token = token::make(0, 0, 0);
        let mut said = Vec::new();
        for text in plan.greetings.iter().chain([&plan
            .post
            .as_deref()
            .unwrap_or_default()
            .replace("{token}", &token)])
        {
            frames::from_client(1, text.as_bytes(), &mut said);
        }
        let (mut held, mut buffer) = (Vec::new(), [0; 16 * 1024]);
        loop {
            let count = stream.read(&mut buffer).context("waiting for a sample")?;
            if count == 0 {
                bail!("the socket ended before a sample came");
            }
            held.extend_from_slice(&buffer[..count]);
            if let Some(end) = memchr::memmem::find(&held, b"\r\n\r\n").filter(|_| held.starts_with(b"HTTP"))
            {
                held.drain(..end + 4);
                stream.write_all(&std::mem::take(&mut said))?;
            }
            while let Some(frame) = frames::first(&held).filter(|_| !held.starts_with(b"HTTP")) {
                let payload = held[frame.start..frame.end].to_vec();
                held.drain(..frame.end);
                if plan.delivers(&payload) && token::find(&payload).is_some() {
                    // The content has one token; the client_id repeats it, which its sender alone needs.
                    return Ok(String::from_utf8(payload)?.replace(&token, "{token}"));
                }
            }
        }
    }
}
