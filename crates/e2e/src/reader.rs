//! Following a room over any transport, and from one to another in mid-flight.

use crate::{EventStream, Person, Replies, Socket, message_id};
use anyhow::{Context, Result, bail};
use serde_json::Value;

/// A way to hear of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// `?after=<id>`, again and again.
    Poll,
    /// `/changes?since=&wait=`.
    LongPoll,
    /// `/events`.
    Events,
    /// `/ws`.
    Socket,
}

/// Somebody who follows a room and keeps what they are given, in order.
pub struct Reader {
    person: Person,
    room: String,
    cursor: String,
    open: Open,
    /// Every message, as it came.
    pub heard: Vec<Value>,
    /// Replies in progress, as they were told.
    pub replies: Replies,
}

/// An open transport.
enum Open {
    Poll,
    LongPoll,
    Events(Box<EventStream>),
    Socket(Box<Socket>),
}

impl Reader {
    /// Follows a room from now on.
    pub async fn follow(person: &Person, room: &str, transport: Transport) -> Result<Self> {
        let (cursor, heard) = (person.cursor(room).await?, person.messages(room).await?);
        let (person, room, replies) = (person.clone(), room.into(), Replies::default());
        let mut reader = Self { person, room, cursor, open: Open::Poll, heard, replies };
        reader.switch(transport).await?;
        Ok(reader)
    }

    /// Lets go of the transport, whatever it is about to say, and goes on with another from the same place.
    pub async fn switch(&mut self, transport: Transport) -> Result<()> {
        self.open = Open::Poll;
        self.open = match transport {
            Transport::Poll => Open::Poll,
            Transport::LongPoll => Open::LongPoll,
            Transport::Events => Open::Events(Box::new(self.person.events(&self.room, &self.cursor).await?)),
            Transport::Socket => {
                let mut socket = self.person.socket().await?;
                loop {
                    let answer = socket.subscribe(&self.room, &self.cursor).await?;
                    self.take(&answer)?;
                    if answer["more"] != true {
                        break;
                    }
                }
                Open::Socket(Box::new(socket))
            }
        };
        Ok(())
    }

    /// Waits for the next thing the transport says, and keeps the messages in it.
    pub async fn listen(&mut self) -> Result<()> {
        let frame = match &mut self.open {
            Open::Poll => return self.poll().await,
            Open::LongPoll => self.person.changes(&self.room, &self.cursor, 5).await?,
            Open::Events(stream) => stream.next().await?.context("the events ended")?.data,
            Open::Socket(socket) => socket.next().await?,
        };
        self.take(&frame)?;
        match self.open {
            // What was too much for one frame is asked for.
            Open::Socket(_) if frame["more"] == true => self.switch(Transport::Socket).await,
            _ => Ok(()),
        }
    }

    async fn poll(&mut self) -> Result<()> {
        let after = self.heard.last().map_or(0, message_id);
        let page = self.person.json(&format!("/api/rooms/{}/messages/?after={after}", self.room)).await?;
        let messages = page["messages"].as_array().context("a page has messages")?;
        self.heard.extend(messages.iter().cloned());
        if page["more_after"] != true {
            self.cursor = page["cursor"].as_str().context("a page has a cursor")?.into();
        }
        if messages.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Keeps the messages of a frame. What the frame covers must begin where the last one ended.
    fn take(&mut self, frame: &Value) -> Result<()> {
        if frame["reset"] == true || frame["type"] == "reset" {
            bail!("{} was sent back to the start: {frame}", self.person.name);
        }
        self.replies.take(frame)?;
        let (Some(events), Some(cursor)) = (frame["events"].as_array(), frame["cursor"].as_str()) else {
            return Ok(());
        };
        if let Some(from) = frame["from"].as_i64()
            && Some(from) != place(&self.cursor).map(|last| last + 1)
        {
            bail!("a frame from {from} after {}: {frame}", self.cursor);
        }
        self.heard.extend(events.iter().filter(|e| e["type"] == "message").map(|e| e["message"].clone()));
        self.cursor = cursor.into();
        Ok(())
    }
}

fn place(cursor: &str) -> Option<i64> {
    cursor.rsplit_once('.')?.1.parse().ok()
}
