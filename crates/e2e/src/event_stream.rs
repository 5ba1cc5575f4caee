//! Reading server-sent events.

use anyhow::Result;
use reqwest::Response;
use serde_json::Value;

/// An open stream of server-sent events.
pub struct EventStream {
    answer: Response,
    held: Vec<u8>,
}

/// One event with data.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StreamEvent {
    /// Where a reconnection begins; empty for passing signs.
    pub id: String,
    /// Its type.
    pub kind: String,
    /// Its data.
    pub data: Value,
}

impl EventStream {
    pub(crate) fn new(answer: Response) -> Self {
        Self { answer, held: Vec::new() }
    }

    /// The next event; `None` when the stream has ended. Comments are passed over.
    pub async fn next(&mut self) -> Result<Option<StreamEvent>> {
        loop {
            while let Some(end) = self.held.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.held.drain(..end + 2).collect();
                if let Some(event) = parse(&String::from_utf8(block)?)? {
                    return Ok(Some(event));
                }
            }
            match self.answer.chunk().await? {
                Some(bytes) => self.held.extend_from_slice(&bytes),
                None => return Ok(None),
            }
        }
    }
}

fn parse(block: &str) -> Result<Option<StreamEvent>> {
    let mut event = StreamEvent::default();
    let mut data = String::new();
    for line in block.lines() {
        match line.split_once(": ") {
            Some(("id", id)) => event.id = id.into(),
            Some(("event", kind)) => event.kind = kind.into(),
            Some(("data", text)) => data.push_str(text),
            _ => {}
        }
    }
    if data.is_empty() {
        return Ok(None);
    }
    event.data = serde_json::from_str(&data)?;
    Ok(Some(event))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_and_a_comment_is_not() {
        let event = parse("id: k3f9.2\nevent: events\ndata: {\"a\":1}\n\n").unwrap().unwrap();
        assert_eq!(
            (event.id.as_str(), event.kind.as_str(), &event.data["a"]),
            ("k3f9.2", "events", &1.into())
        );
        assert_eq!(parse(": still here\n\n").unwrap(), None);
    }
}
