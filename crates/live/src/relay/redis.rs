//! Redis publish and subscribe. Hints travel as JSON on one channel for each database.

use super::broker::{Broker, DEADLINE, Dialect, Ear, Fault, Mouth, NotAUrl};
use async_trait::async_trait;
use domain::cursors::Epoch;
use futures_util::StreamExt;
use redis::{
    AsyncConnectionConfig, IntoConnectionInfo,
    aio::{MultiplexedConnection, PubSubStream},
    io::tcp::TcpSettings,
};

/// A relay over the Redis server at `url`, among the processes of the database `epoch` names.
pub fn relay(url: &str, epoch: &Epoch) -> Result<Broker, NotAUrl> {
    // A hint is small and shall not wait for the next one.
    let at_once = TcpSettings::default().set_nodelay(true);
    let server = url.into_connection_info().map(|server| server.set_tcp_settings(at_once));
    let client = server.and_then(redis::Client::open).map_err(|error| NotAUrl(error.to_string()))?;
    Ok(Broker::new(Redis { client, channel: format!("tertulia:{epoch}") }))
}

struct Redis {
    client: redis::Client,
    channel: String,
}

#[async_trait]
impl Dialect for Redis {
    type Mouth = Speaking;
    type Ear = PubSubStream;

    async fn speak(&self) -> Result<Speaking, Fault> {
        let patience = AsyncConnectionConfig::new().set_connection_timeout(Some(DEADLINE));
        let patience = patience.set_response_timeout(Some(DEADLINE));
        let connection = self.client.get_multiplexed_async_connection_with_config(&patience).await?;
        Ok(Speaking { connection, channel: self.channel.clone() })
    }

    async fn listen(&self) -> Result<PubSubStream, Fault> {
        let mut connection = self.client.get_async_pubsub().await?;
        connection.subscribe(&self.channel).await?;
        Ok(connection.into_on_message())
    }
}

struct Speaking {
    connection: MultiplexedConnection,
    channel: String,
}

#[async_trait]
impl Mouth for Speaking {
    async fn say(&mut self, hints: &[Vec<u8>]) -> Result<(), Fault> {
        let mut together = redis::pipe();
        for hint in hints {
            together.cmd("PUBLISH").arg(&self.channel).arg(hint).ignore();
        }
        Ok(together.query_async(&mut self.connection).await?)
    }
}

#[async_trait]
impl Ear for PubSubStream {
    async fn hear(&mut self) -> Result<Vec<u8>, Fault> {
        let message = self.next().await.ok_or("the connection has ended")?;
        Ok(message.get_payload_bytes().to_vec())
    }
}
