//! NATS. Hints travel as JSON on one subject for each database; nothing of JetStream is needed.
//!
//! The client connects again by itself, but nobody could then tell how long it was away: after the first loss it is let go of, and a
//! new one is made.

use super::broker::{Broker, DEADLINE, Dialect, Ear, Fault, Mouth, NotAUrl};
use async_nats::{Client, ConnectOptions, ServerAddr, Subscriber};
use async_trait::async_trait;
use domain::{cursors::Epoch, limits};
use futures_util::StreamExt;

/// A relay over the NATS servers at `urls` (`nats://host:port`, or `tls://`; several with commas), among the processes of the
/// database `epoch` names.
pub fn relay(urls: &str, epoch: &Epoch) -> Result<Broker, NotAUrl> {
    let servers = urls.split(',').map(|url| url.trim().parse()).collect::<Result<Vec<ServerAddr>, _>>();
    let servers = servers.map_err(|error| NotAUrl(error.to_string()))?;
    Ok(Broker::new(Nats { servers, subject: format!("tertulia.{epoch}") }))
}

struct Nats {
    servers: Vec<ServerAddr>,
    subject: String,
}

impl Nats {
    async fn connect(&self) -> Result<Client, Fault> {
        let options = ConnectOptions::new().name("tertulia").connection_timeout(DEADLINE);
        let options = options.max_reconnects(1).subscription_capacity(limits::RELAY_QUEUE_MAX);
        Ok(options.connect(&self.servers[..]).await?)
    }
}

#[async_trait]
impl Dialect for Nats {
    type Mouth = Speaking;
    type Ear = Listening;

    async fn speak(&self) -> Result<Speaking, Fault> {
        Ok(Speaking { client: self.connect().await?, subject: self.subject.clone() })
    }

    async fn listen(&self) -> Result<Listening, Fault> {
        let client = self.connect().await?;
        let heard = client.subscribe(self.subject.clone()).await?;
        client.flush().await?;
        Ok(Listening { heard, _client: client })
    }
}

struct Speaking {
    client: Client,
    subject: String,
}

#[async_trait]
impl Mouth for Speaking {
    async fn say(&mut self, hints: &[Vec<u8>]) -> Result<(), Fault> {
        for hint in hints {
            self.client.publish(self.subject.clone(), hint.clone().into()).await?;
        }
        Ok(self.client.flush().await?)
    }
}

struct Listening {
    heard: Subscriber,
    /// The connection ends with its last handle.
    _client: Client,
}

#[async_trait]
impl Ear for Listening {
    async fn hear(&mut self) -> Result<Vec<u8>, Fault> {
        let message = self.heard.next().await.ok_or("the connection has ended")?;
        Ok(message.payload.into())
    }
}
