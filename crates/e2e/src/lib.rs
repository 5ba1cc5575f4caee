//! Drives the real binary from outside: starts it, kills it, restarts it, and talks to it as people do.
//!
//! A [`Server`] is a process on a port of its own in a temporary directory. A [`Person`] is a browser without scripts: a cookie jar and
//! HTTP. [`Socket`] and [`EventStream`] are the live transports, [`Reader`] follows a room over any of them. [`Postgres`], [`Redis`],
//! [`Nats`] and [`RabbitMq`] are real servers, started as children, and each may have an [`Outage`]; an [`Upstream`] is a provider of bots that answers as scripted, also wrongly.
//!
//! Nothing here knows the inside of the product, and nothing sleeps for luck: whatever is awaited has a deadline. Everything that
//! is started ends when it is dropped.

mod asking;
mod binary;
mod certificate;
mod daemon;
mod event_stream;
mod held;
mod nats;
mod outage;
mod page;
mod person;
mod postgres;
mod proxy;
mod rabbitmq;
mod reader;
mod redis;
mod replies;
mod server;
mod socket;
pub mod upstream;
mod volume;
mod wait;

pub use binary::{command, free_port, run};
pub use certificate::{Identity, make_certificate};
pub use event_stream::{EventStream, StreamEvent};
pub use held::HeldWrite;
pub use nats::Nats;
pub use outage::Outage;
pub use page::StreamedPage;
pub use person::{Body, Person, message_id};
pub use postgres::Postgres;
pub use proxy::Proxy;
pub use rabbitmq::RabbitMq;
pub use reader::{Reader, Transport};
pub use redis::Redis;
pub use replies::Replies;
pub use server::{Options, Server};
pub use socket::Socket;
pub use upstream::Upstream;
pub use volume::Volume;
pub use wait::{DEADLINE, until, until_in, within};
