//! `LISTEN` and `NOTIFY` on the database that the processes share anyway, so that they need nothing else.
//!
//! Hints are sent after the commit, on a connection of their own: a `NOTIFY` inside the transaction that wrote the change would make
//! all such transactions commit one after another. A notification holds less than 8,000 bytes (`sql-notify`), so a longer hint goes in
//! parts; those of one transaction come together and in order. The number in front keeps two equal parts of one transaction apart, of
//! which only one would come.

use super::broker::{Broker, Dialect, Ear, Fault, Mouth};
use async_trait::async_trait;
use domain::cursors::Epoch;
use futures_util::{StreamExt, stream};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
    task::AbortHandle,
};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Bytes of a notification; the server allows 7,999.
const PART_BYTES_MAX: usize = 7_900;
/// Notifications that were read and not yet heard.
const WAITING_MAX: usize = 256;

/// A commit of nothing but notifications need not wait for the disk, and a server that hangs is given up.
const SETTINGS: &str = "SET synchronous_commit = off; SET statement_timeout = '2s'";
const NOTIFY: &str = "SELECT count(pg_notify($1, part)) FROM unnest($2::text[]) AS part";

/// A relay over the database that `config` reaches, among the processes that `epoch` names. `tls`: how its connections are encrypted.
pub fn relay(mut config: Config, tls: Option<MakeRustlsConnect>, epoch: &Epoch) -> Broker {
    config.application_name("tertulia relay");
    Broker::new(Postgres { config, tls, channel: format!("tertulia_{epoch}") })
}

struct Postgres {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    channel: String,
}

impl Postgres {
    async fn connect(&self) -> Result<Open, Fault> {
        let (client, heard, driver) = match &self.tls {
            Some(tls) => {
                let (client, connection) = self.config.connect(tls.clone()).await?;
                drive(client, connection)
            }
            None => {
                let (client, connection) = self.config.connect(NoTls).await?;
                drive(client, connection)
            }
        };
        let open = Open { client, heard, driver };
        open.client.batch_execute(SETTINGS).await?;
        Ok(open)
    }
}

#[async_trait]
impl Dialect for Postgres {
    type Mouth = Speaking;
    type Ear = Listening;

    async fn speak(&self) -> Result<Speaking, Fault> {
        let open = self.connect().await?;
        let notify = open.client.prepare(NOTIFY).await?;
        Ok(Speaking { open, notify, channel: self.channel.clone() })
    }

    async fn listen(&self) -> Result<Listening, Fault> {
        let open = self.connect().await?;
        let channel = self.channel.replace('"', "\"\"");
        open.client.batch_execute(&format!("LISTEN \"{channel}\"")).await?;
        Ok(Listening { open, held: String::new() })
    }
}

/// A connection, and the task that reads from it; they end together.
struct Open {
    client: Client,
    heard: mpsc::Receiver<Result<String, tokio_postgres::Error>>,
    driver: AbortHandle,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

type Heard = mpsc::Receiver<Result<String, tokio_postgres::Error>>;

/// Starts the task that a connection needs, which passes on what was notified.
fn drive<S, T>(client: Client, mut connection: Connection<S, T>) -> (Client, Heard, AbortHandle)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (notes, heard) = mpsc::channel(WAITING_MAX);
    let driver = tokio::spawn(async move {
        let mut messages = stream::poll_fn(move |context| connection.poll_message(context));
        while let Some(message) = messages.next().await {
            let note = match message {
                Ok(AsyncMessage::Notification(note)) => Ok(note.payload().to_owned()),
                Ok(_) => continue,
                Err(error) => Err(error),
            };
            if notes.send(note).await.is_err() {
                return;
            }
        }
    });
    (client, heard, driver.abort_handle())
}

struct Speaking {
    open: Open,
    notify: Statement,
    channel: String,
}

#[async_trait]
impl Mouth for Speaking {
    async fn say(&mut self, hints: &[Vec<u8>]) -> Result<(), Fault> {
        let mut parts = Vec::with_capacity(hints.len());
        for hint in hints {
            cut(std::str::from_utf8(hint)?, &mut parts);
        }
        self.open.client.execute(&self.notify, &[&self.channel, &parts]).await?;
        Ok(())
    }
}

struct Listening {
    open: Open,
    /// The first parts of a hint.
    held: String,
}

#[async_trait]
impl Ear for Listening {
    async fn hear(&mut self) -> Result<Vec<u8>, Fault> {
        loop {
            let part = self.open.heard.recv().await.ok_or("the connection has ended")??;
            if let Some(hint) = join(&mut self.held, &part) {
                return Ok(hint.into_bytes());
            }
        }
    }
}

/// Cuts a hint into parts, after those of the hints before it: the part's number, `+` when another follows, else `.`, and the text.
fn cut(hint: &str, parts: &mut Vec<String>) {
    let mut rest = hint;
    loop {
        let end = rest.floor_char_boundary(PART_BYTES_MAX);
        let (text, left) = rest.split_at(end);
        let mark = if left.is_empty() { '.' } else { '+' };
        parts.push(format!("{}{mark}{text}", parts.len()));
        if left.is_empty() {
            return;
        }
        rest = left;
    }
}

/// Takes a part; the whole hint, when it was the last one. What nobody here has cut is left out.
fn join(held: &mut String, part: &str) -> Option<String> {
    let part = part.trim_start_matches(|digit: char| digit.is_ascii_digit());
    if let Some(text) = part.strip_prefix('+') {
        held.push_str(text);
        // Whoever fills it with parts that never end is somebody else with the right to notify.
        if held.len() > domain::limits::RELAY_HINT_BYTES_MAX {
            held.clear();
        }
        return None;
    }
    let text = part.strip_prefix('.')?;
    held.push_str(text);
    Some(std::mem::take(held))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_of_any_length_are_cut_within_the_bound_and_joined_again() {
        let hints = ["", "7 cups", &"é1".repeat(20_000), "last"].map(str::to_owned);
        let mut parts = Vec::new();
        hints.iter().for_each(|hint| cut(hint, &mut parts));
        assert!(parts.len() > 8 && parts.iter().all(|part| part.len() < 8_000));
        let unique: std::collections::HashSet<&String> = parts.iter().collect();
        assert_eq!(unique.len(), parts.len(), "equal parts of a transaction come once");
        let mut held = String::new();
        let joined: Vec<String> = parts.iter().filter_map(|part| join(&mut held, part)).collect();
        assert_eq!(joined, hints);
        assert_eq!(join(&mut held, "hello"), None);
    }
}
