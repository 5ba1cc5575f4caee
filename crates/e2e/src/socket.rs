//! A WebSocket client.

use crate::wait::within;
use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        Message,
        client::IntoClientRequest,
        http::HeaderValue,
        protocol::frame::{
            Frame,
            coding::{Data, OpCode},
        },
    },
};

/// A WebSocket of somebody who is signed in.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub(crate) async fn open(base: &str, path: &str, cookie: &str) -> Result<Self> {
        Self::open_from(base, base, path, cookie).await
    }

    /// Opens a socket as a page of `origin` would.
    pub async fn open_from(origin: &str, base: &str, path: &str, cookie: &str) -> Result<Self> {
        let mut request = format!("{}{path}", base.replacen("http", "ws", 1)).into_client_request()?;
        request.headers_mut().insert("Origin", HeaderValue::from_str(origin)?);
        request.headers_mut().insert("Cookie", HeaderValue::from_str(cookie)?);
        let (socket, _) = within("the upgrade", connect_async(request)).await??;
        Ok(Self(socket))
    }

    /// Opens a socket as a program does: with a token, and from nowhere.
    pub async fn open_by_token(base: &str, path: &str, token: &str) -> Result<Self> {
        let mut request = format!("{}{path}", base.replacen("http", "ws", 1)).into_client_request()?;
        request.headers_mut().insert("Authorization", HeaderValue::from_str(&format!("Token {token}"))?);
        let (socket, _) = within("the upgrade", connect_async(request)).await??;
        Ok(Self(socket))
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: Value) -> Result<()> {
        Ok(self.0.send(Message::text(frame.to_string())).await?)
    }

    /// Sends text that need not be JSON, or even text.
    pub async fn send_text(&mut self, bytes: &[u8]) -> Result<()> {
        let frame = Frame::message(bytes.to_vec(), OpCode::Data(Data::Text), true);
        Ok(self.0.send(Message::Frame(frame)).await?)
    }

    /// Sends what is no text.
    pub async fn send_binary(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.0.send(Message::binary(bytes.to_vec())).await?)
    }

    /// The next frame with data. An error when the socket was closed, with the code.
    pub async fn next(&mut self) -> Result<Value> {
        loop {
            match self.0.next().await.context("the socket has ended")?? {
                Message::Text(text) => return Ok(serde_json::from_str(text.as_str())?),
                Message::Close(Some(frame)) => {
                    bail!("closed with {}: {}", u16::from(frame.code), frame.reason)
                }
                Message::Close(None) => bail!("closed"),
                _ => {}
            }
        }
    }

    /// The next frame of a type; the others before it are passed over.
    pub async fn next_of(&mut self, kind: &str) -> Result<Value> {
        within(&format!("a frame of type {kind}"), async {
            loop {
                let frame = self.next().await?;
                if frame["type"] == kind {
                    return Ok(frame);
                }
            }
        })
        .await?
    }

    /// The code the server closes the socket with; the frames before it are passed over.
    pub async fn close_code(&mut self) -> Result<u16> {
        within("the end of the socket", async {
            loop {
                match self.0.next().await.context("the socket ended without a code")?? {
                    Message::Close(Some(frame)) => return Ok(u16::from(frame.code)),
                    Message::Close(None) => bail!("closed without a code"),
                    _ => {}
                }
            }
        })
        .await?
    }

    /// Subscribes to a room after a place; the answer.
    pub async fn subscribe(&mut self, room: &str, cursor: &str) -> Result<Value> {
        self.send(json!({ "type": "subscribe", "room": room, "cursor": cursor })).await?;
        self.next_of("subscribed").await
    }
}
