//! What the system with RabbitMQ relies on between its processes (S3.14 of the contract).

use anyhow::{Context, Result, ensure};
use e2e::{Options, Outage, Person, Postgres, RabbitMq, Reader, Server, Transport, until, within};
use futures_util::StreamExt;
use lapin::{
    Channel, Connection, ConnectionProperties, Consumer, ExchangeKind,
    options::{BasicConsumeOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::FieldTable,
};
use std::collections::HashSet;

/// The exchanges that are ours, with their kinds.
fn exchanges(rabbitmq: &RabbitMq) -> Result<Vec<(String, String)>> {
    let all = rabbitmq.list("exchanges", &["name", "type"])?;
    let all = all.iter().filter_map(|line| line.split_once('\t'));
    Ok(all.filter(|(name, _)| name.starts_with("tertulia")).map(|(a, b)| (a.into(), b.into())).collect())
}

/// Waits until exactly so many queues are bound to the exchange, each of one process alone with one who listens.
async fn queues(rabbitmq: &RabbitMq, exchange: &str, count: usize) -> Result<()> {
    until(&format!("{count} queues"), || async {
        let bound = rabbitmq.list("bindings", &["source_name", "destination_name"]).ok()?;
        let bound = bound.iter().filter_map(|line| line.strip_prefix(exchange)?.strip_prefix('\t'));
        let bound: HashSet<&str> = bound.collect();
        let queues = rabbitmq.list("queues", &["name", "exclusive", "consumers"]).ok()?;
        let own = queues.iter().filter_map(|line| line.strip_suffix("\ttrue\t1"));
        let own: HashSet<&str> = own.collect();
        (bound.len() == count && bound == own && queues.len() == count).then_some(())
    })
    .await
}

/// Everything that goes through the exchange from now on. It must be there, of the kind it is.
async fn overhear(rabbitmq: &RabbitMq, exchange: &str) -> Result<(Connection, Channel, Consumer)> {
    let connection = Connection::connect(&rabbitmq.url(), ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    let passive = ExchangeDeclareOptions { passive: true, ..ExchangeDeclareOptions::default() };
    channel.exchange_declare(exchange.into(), ExchangeKind::Fanout, passive, FieldTable::default()).await?;
    let own = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
    let queue = channel.queue_declare("".into(), own, FieldTable::default()).await?.name().clone();
    let (plainly, nothing) = (QueueBindOptions::default(), FieldTable::default);
    channel.queue_bind(queue.clone(), exchange.into(), "".into(), plainly, nothing()).await?;
    let heard = channel.basic_consume(queue, "".into(), BasicConsumeOptions::default(), nothing()).await?;
    Ok((connection, channel, heard))
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_14_a_message_goes_through_one_exchange_into_one_queue_for_each_process() -> Result<()> {
    let (postgres, mut rabbitmq) = (Postgres::start()?, RabbitMq::start()?);
    let options = || {
        let options = Options::default().set("DATABASE_URL", &postgres.url());
        options.set("RELAY_URL", &rabbitmq.url())
    };
    let mut servers = Vec::new();
    for _ in 0..3 {
        servers.push(Server::start_with(options())?);
    }
    queues_of(&rabbitmq, 3).await?;
    let exchange = exchanges(&rabbitmq)?;
    ensure!(exchange.len() == 1 && exchange[0].1 == "fanout", "{exchange:?}");
    let (exchange, _) = &exchange[0];

    let (ada, bob) = (Person::sign_up(&servers[0], "ada").await?, Person::sign_up(&servers[1], "bob").await?);
    let mut reader = Reader::follow(&bob, "general", Transport::Socket).await?;
    let mut overheard = overhear(&rabbitmq, exchange).await?.2;
    ada.post("general", "by way of the exchange", "one").await?;
    within("the message on its way", async {
        loop {
            let delivery = overheard.next().await.context("the channel ended")??;
            if String::from_utf8_lossy(&delivery.data).contains("by way of the exchange") {
                return anyhow::Ok(());
            }
        }
    })
    .await??;
    hear(&mut reader, "by way of the exchange").await?;

    servers.pop();
    drop(overheard);
    rabbitmq.kill()?;
    rabbitmq.restart()?;
    // It has forgotten everything; the two that are left declare it anew.
    queues_of(&rabbitmq, 2).await?;
    ada.post("general", "and again", "two").await?;
    hear(&mut reader, "and again").await
}

async fn hear(reader: &mut Reader, text: &str) -> Result<()> {
    within(text, async {
        while reader.heard.last().is_none_or(|message| message["content"] != text) {
            reader.listen().await?;
        }
        Ok(())
    })
    .await?
}

async fn queues_of(rabbitmq: &RabbitMq, count: usize) -> Result<()> {
    let exchange = until("the exchange", || async { exchanges(rabbitmq).ok()?.pop() }).await?.0;
    queues(rabbitmq, &exchange, count).await
}
