//! RabbitMQ: what is said goes to one exchange for each database, and from there into one queue for each process that listens.
//!
//! The exchange and the queues are of passing nature. A queue belongs to its process's connection alone and ends with it; nothing is
//! kept on disk; of a process that cannot keep up the oldest hints are let go of. Whoever connects declares anew what it needs, so a
//! server that forgot everything is as good as one that never went away. The server confirms what it was given.

use super::broker::{Broker, DEADLINE, Dialect, Ear, Fault, Mouth, NotAUrl};
use async_trait::async_trait;
use domain::{cursors::Epoch, limits};
use futures_util::{StreamExt, future::try_join_all};
use lapin::{
    AsyncTcpStream, BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, Consumer,
    ExchangeKind,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
        ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
    },
    tcp::{AMQPUriTcpExt, OwnedTLSConfig},
    types::FieldTable,
    uri::AMQPUri,
};
use std::{
    net::{Shutdown, TcpStream},
    os::fd::AsFd,
    sync::{Arc, OnceLock},
};
use tokio::time::timeout;

/// Hints that the server sends ahead. It is told that they were heard after half of them, and at every heartbeat.
const AHEAD_MAX: u16 = 1_000;
/// Seconds after which a silent connection is closed by either side (AMQP 0-9-1, 4.2.7).
const HEARTBEAT_SECONDS: u16 = 10;

/// A relay over the RabbitMQ server at `url`, among the processes of the database `epoch` names.
pub fn relay(url: &str, epoch: &Epoch) -> Result<Broker, NotAUrl> {
    let mut uri: AMQPUri = url.parse().map_err(NotAUrl)?;
    uri.query.heartbeat.get_or_insert(HEARTBEAT_SECONDS);
    Ok(Broker::new(RabbitMq { uri, exchange: format!("tertulia.{epoch}") }))
}

struct RabbitMq {
    uri: AMQPUri,
    exchange: String,
}

#[async_trait]
impl Dialect for RabbitMq {
    type Mouth = Speaking;
    type Ear = Listening;

    async fn speak(&self) -> Result<Speaking, Fault> {
        let (cord, channel) = self.connect().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(Speaking { channel, exchange: self.exchange.clone(), _cord: cord })
    }

    async fn listen(&self) -> Result<Listening, Fault> {
        let (cord, channel) = self.connect().await?;
        let own =
            QueueDeclareOptions { exclusive: true, auto_delete: true, ..QueueDeclareOptions::default() };
        let mut bound = FieldTable::default();
        bound.insert("x-max-length".into(), (limits::RELAY_QUEUE_MAX as i64).into());
        // The server gives it a name.
        let queue = channel.queue_declare("".into(), own, bound).await?.name().clone();
        let nothing = FieldTable::default;
        let exchange = self.exchange.as_str();
        channel
            .queue_bind(queue.clone(), exchange.into(), "".into(), QueueBindOptions::default(), nothing())
            .await?;
        channel.basic_qos(AHEAD_MAX, BasicQosOptions::default()).await?;
        let options = BasicConsumeOptions { exclusive: true, ..BasicConsumeOptions::default() };
        let heard = channel.basic_consume(queue, "".into(), options, nothing()).await?;
        Ok(Listening { heard, unacknowledged: 0, _cord: cord })
    }
}

impl RabbitMq {
    /// A connection with one channel, and the exchange declared on it.
    async fn connect(&self) -> Result<(Cord, Channel), Fault> {
        let cord = Cord::default();
        let held = cord.0.clone();
        let properties = ConnectionProperties::default().with_connection_name("tertulia".into());
        let runtime = lapin::runtime::default_runtime()?;
        let connect = Connection::connector(
            self.uri.clone(),
            runtime,
            async move |uri, runtime| {
                let tls = OwnedTLSConfig::default();
                let stream = uri.connect_with_config_async(tls.as_ref(), &runtime);
                let stream = timeout(DEADLINE, stream).await.map_err(std::io::Error::from)??;
                let socket = match &stream {
                    AsyncTcpStream::Plain(plain) => plain.get_ref().as_fd().try_clone_to_owned(),
                    AsyncTcpStream::Rustls(tls) => tls.get_ref().0.get_ref().as_fd().try_clone_to_owned(),
                    _ => return Err(std::io::Error::other("a stream of an unknown kind").into()),
                };
                // It is empty: whoever connects again does so with a cord of their own.
                let _ = held.set(socket?.into());
                Ok(stream)
            },
            properties,
        );
        let connection = connect.await?;
        let channel = connection.create_channel().await?;
        let (name, options) = (self.exchange.as_str().into(), ExchangeDeclareOptions::default());
        channel.exchange_declare(name, ExchangeKind::Fanout, options, FieldTable::default()).await?;
        Ok((cord, channel))
    }
}

/// Ends its connection when it is dropped, whatever the server does. Left alone, the client's thread would wait for a frozen server.
#[derive(Default)]
struct Cord(Arc<OnceLock<TcpStream>>);

impl Drop for Cord {
    fn drop(&mut self) {
        if let Some(socket) = self.0.get() {
            // One that cannot be shut down has ended.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

struct Speaking {
    channel: Channel,
    exchange: String,
    _cord: Cord,
}

#[async_trait]
impl Mouth for Speaking {
    async fn say(&mut self, hints: &[Vec<u8>]) -> Result<(), Fault> {
        let mut confirms = Vec::with_capacity(hints.len());
        for hint in hints {
            let (exchange, options) = (self.exchange.as_str().into(), BasicPublishOptions::default());
            let properties = BasicProperties::default();
            let publish = self.channel.basic_publish(exchange, "".into(), options, hint, properties);
            confirms.push(publish.await?);
        }
        let confirmed = try_join_all(confirms).await?;
        if confirmed.iter().any(Confirmation::is_nack) {
            return Err("the server refused a message".into());
        }
        Ok(())
    }
}

struct Listening {
    heard: Consumer,
    unacknowledged: u16,
    _cord: Cord,
}

#[async_trait]
impl Ear for Listening {
    async fn hear(&mut self) -> Result<Vec<u8>, Fault> {
        let delivery = self.heard.next().await.ok_or("the connection has ended")??;
        self.unacknowledged += 1;
        if delivery.data.is_empty() || self.unacknowledged >= AHEAD_MAX / 2 {
            self.unacknowledged = 0;
            delivery.acker.ack(BasicAckOptions { multiple: true }).await?;
        }
        Ok(delivery.data)
    }
}
