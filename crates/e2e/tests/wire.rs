//! The socket down to its frames: who agreed on `permessage-deflate` (RFC 7692) gets shorter ones and nobody else notices, and
//! whoever closes or breaks the protocol is told so.

use anyhow::{Context, Result, bail, ensure};
use e2e::{Person, Server, within};
use miniz_oxide::{deflate::compress_to_vec, inflate::decompress_to_vec};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

const OFFER: &str = "permessage-deflate; client_max_window_bits";
const AGREED: &str = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// A socket down to its frames.
struct Wire {
    stream: BufReader<TcpStream>,
    /// What of the offer was agreed on.
    agreed: Option<String>,
}

/// A frame of the server.
struct Frame {
    opcode: u8,
    is_deflated: bool,
    payload: Vec<u8>,
}

impl Wire {
    async fn open(server: &Server, person: &Person, offer: &str) -> Result<Self> {
        let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", server.port())).await?);
        let request = format!(
            "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: {offer}\r\nCookie: {}\r\n\r\n",
            server.port(),
            person.cookie()?
        );
        stream.write_all(request.as_bytes()).await?;
        let (mut agreed, mut first) = (None, String::new());
        stream.read_line(&mut first).await?;
        ensure!(first.contains("101"), "{first}");
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await?;
            match line.trim_end().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("Sec-WebSocket-Extensions") => {
                    agreed = Some(value.to_owned());
                }
                Some(_) => {}
                None => return Ok(Self { stream, agreed }),
            }
        }
    }

    /// Sends a frame with this first byte, under a mask of zeros.
    async fn send(&mut self, first: u8, payload: &[u8]) -> Result<()> {
        let mut frame = vec![first, 0x80 | 126];
        frame.extend(u16::try_from(payload.len())?.to_be_bytes());
        if payload.len() < 126 {
            frame.truncate(1);
            frame.push(0x80 | payload.len() as u8);
        }
        frame.extend([0; 4]);
        frame.extend(payload);
        Ok(self.stream.write_all(&frame).await?)
    }

    async fn next(&mut self) -> Result<Frame> {
        let (first, second) = (self.stream.read_u8().await?, self.stream.read_u8().await?);
        let length = match second {
            126 => u64::from(self.stream.read_u16().await?),
            127 => self.stream.read_u64().await?,
            short => u64::from(short),
        };
        let mut payload = vec![0; usize::try_from(length)?];
        self.stream.read_exact(&mut payload).await?;
        Ok(Frame { opcode: first & 0x0f, is_deflated: first & 0x40 != 0, payload })
    }

    /// The next frame of a type, and whether it came deflated.
    async fn next_of(&mut self, kind: &str) -> Result<(Value, bool)> {
        within(&format!("a frame of type {kind}"), async {
            loop {
                let frame = self.next().await?;
                match frame.opcode {
                    1 => {}
                    8 => bail!("closed"),
                    _ => continue,
                }
                let value: Value = serde_json::from_slice(&frame.text()?)?;
                if value["type"] == kind {
                    return Ok((value, frame.is_deflated));
                }
            }
        })
        .await?
    }

    async fn close_code(&mut self) -> Result<u16> {
        within("the end of the socket", async {
            loop {
                let frame = self.next().await?;
                if let (8, [high, low, ..]) = (frame.opcode, &frame.payload[..]) {
                    return Ok(u16::from_be_bytes([*high, *low]));
                }
            }
        })
        .await?
    }

    async fn subscribe(&mut self) -> Result<()> {
        self.send(0x81, json!({ "type": "subscribe", "room": "general" }).to_string().as_bytes()).await?;
        self.next_of("subscribed").await.map(drop)
    }
}

impl Frame {
    fn text(&self) -> Result<Vec<u8>> {
        match self.is_deflated {
            true => {
                decompress_to_vec(&[&self.payload[..], &[0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff]].concat())
                    .map_err(|why| anyhow::anyhow!("{why:?}"))
            }
            false => Ok(self.payload.clone()),
        }
    }
}

/// What a client sends instead of a text (RFC 7692, 7.2.3.4).
fn deflated(text: &str) -> Vec<u8> {
    [compress_to_vec(text.as_bytes(), 6), vec![0]].concat()
}

fn post(content: &str) -> String {
    json!({ "type": "post", "room": "general", "content": content }).to_string()
}

#[tokio::test]
async fn ada_who_agreed_on_it_and_bob_who_did_not_hear_the_same() -> Result<()> {
    let server = Server::start()?;
    let (ada, bob) = (Person::sign_up(&server, "ada").await?, Person::sign_up(&server, "bob").await?);
    bob.post("general", "I am here", "zero").await?;
    let mut hers = Wire::open(&server, &ada, OFFER).await?;
    ensure!(hers.agreed.as_deref() == Some(AGREED), "{:?}", hers.agreed);
    hers.subscribe().await?;
    let mut his = bob.socket().await?;
    his.subscribe("general", "").await?;
    for (number, content) in ["short", &"a long story ".repeat(200), "ñandú 🦤"].into_iter().enumerate() {
        bob.post("general", content, &number.to_string()).await?;
        let ((told, is_deflated), plain) = (hers.next_of("events").await?, his.next_of("events").await?);
        ensure!(told == plain, "ada: {told}\nbob: {plain}");
        ensure!(told["events"][0]["message"]["content"] == content.trim_end(), "{told}");
        ensure!(is_deflated, "a message is longer than what is sent as it is");
    }
    hers.send(0x81, b"{\"type\":\"ping\"}").await?;
    ensure!(!hers.next_of("pong").await?.1, "what one person alone is told is not worth it");
    Ok(())
}

#[tokio::test]
async fn what_ada_deflates_is_understood_in_parts_too_and_a_bomb_is_not() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let mut socket = Wire::open(&server, &ada, OFFER).await?;
    socket.send(0xc1, &deflated(&post("in one frame"))).await?;
    socket.next_of("ack").await?;
    let parts = deflated(&post("in three frames"));
    let (first, rest) = parts.split_at(parts.len() / 3);
    let (second, third) = rest.split_at(rest.len() / 2);
    for (head, part) in [(0x41, first), (0x89, b"still there?"), (0x00, second), (0x80, third)] {
        socket.send(head, part).await?;
    }
    socket.next_of("ack").await?;
    socket.send(0x81, post("as it is").as_bytes()).await?;
    socket.next_of("ack").await?;
    let bomb = deflated(&post(&"x".repeat(10 << 20)));
    ensure!(bomb.len() < 32 * 1024, "it is small on its way: {}", bomb.len());
    socket.send(0xc1, &bomb).await?;
    ensure!(socket.close_code().await? == 1009);
    let stored = ada.messages("general").await?;
    let stored: Vec<&str> = stored.iter().filter_map(|message| message["content"].as_str()).collect();
    ensure!(stored == ["in one frame", "in three frames", "as it is"], "{stored:?}");
    Ok(())
}

#[tokio::test]
async fn nobody_deflates_who_did_not_agree_on_it() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    ada.post("general", "I am here", "zero").await?;
    for declined in ["x-webkit-deflate-frame", "permessage-deflate; server_max_window_bits=7"] {
        let mut socket = Wire::open(&server, &ada, declined).await?;
        ensure!(socket.agreed.is_none(), "{declined}: {:?}", socket.agreed);
        socket.subscribe().await?;
        ada.post("general", &"a long story ".repeat(200), declined).await?;
        ensure!(!socket.next_of("events").await?.1, "{declined}");
        socket.send(0xc1, &deflated(&post("all the same"))).await?;
        ensure!(socket.close_code().await? == 1002);
    }
    let mut broken = Wire::open(&server, &ada, OFFER).await?;
    broken.send(0xc1, b"\xff\xff\xff").await?;
    ensure!(broken.close_code().await? == 1007);
    let stored = ada.messages("general").await?;
    ensure!(stored.iter().all(|message| message["content"] != "all the same"));
    Ok(())
}

#[tokio::test]
async fn who_closes_is_answered_and_who_breaks_the_protocol_is_told_why() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    let control_in_parts = (0x09, &b"?"[..]);
    for ((first, payload), code) in [
        ((0x88, &[0x0f, 0xa0][..]), 4000),
        (control_in_parts, 1002),
        ((0x82, b"\0"), 1003),
        ((0x81, b"\xff"), 1007),
        ((0x88, &[0x03]), 1002),
    ] {
        let mut socket = Wire::open(&server, &ada, "").await?;
        socket.send(first, payload).await?;
        // Nothing is understood after it, and the code comes through all the same.
        socket.send(0x81, post("too late").as_bytes()).await?;
        ensure!(socket.close_code().await? == code, "{first:#x} {payload:?}");
        let after = within("the end of the connection", socket.stream.read_u8()).await?;
        ensure!(after.is_err(), "the closing frame is the last one");
    }
    ensure!(ada.messages("general").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_client_with_a_small_window_gets_long_frames_as_they_are() -> Result<()> {
    let server = Server::start()?;
    let ada = Person::sign_up(&server, "ada").await?;
    ada.post("general", "I am here", "zero").await?;
    let mut socket = Wire::open(&server, &ada, "permessage-deflate; server_max_window_bits=10").await?;
    let agreed = socket.agreed.take().context("an answer")?;
    ensure!(agreed == format!("{AGREED}; server_max_window_bits=10"), "{agreed}");
    socket.subscribe().await?;
    ada.post("general", "short", "one").await?;
    ensure!(socket.next_of("events").await?.1);
    ada.post("general", &"a long story ".repeat(200), "two").await?;
    ensure!(!socket.next_of("events").await?.1);
    Ok(())
}
