//! Everything HTTP: the route table on one page, pages, the API, the seed dialects and the live transports.
//!
//! A handler is three beats: typed input, one call, shaped answer. Who is asking and what they may do come from the
//! extractors in `extract`; what went wrong is answered in `failure` and nowhere else. No SQL, no brokers.
//!
//! The surprising part: an event is encoded once per format and its bytes shared by every connection of that format, so
//! a message's JSON and HTML never depend on who reads them. What is "mine" is a style sheet of three lines per viewer.

mod address;
mod api;
mod assets;
mod body;
mod config;
mod cookies;
mod cors;
mod credentials;
mod days;
mod djoser;
mod extract;
mod failure;
mod fragment;
mod fragments;
mod guard;
mod health;
mod notice;
mod openapi;
mod pages;
mod params;
mod receipts;
mod replies;
mod request_id;
mod router;
mod seal;
mod serve;
mod transports;
mod websocket;
mod wire;
mod words;

pub use config::{Config, SecretKey};
pub use openapi::openapi;
pub use router::routes;
pub use serve::serve;

use app::App;
use std::{
    ops::Deref,
    sync::{Arc, Mutex},
};

/// What every handler may reach. One pointer, because each layer that a request passes clones it.
#[derive(Clone)]
pub(crate) struct Web(Arc<Parts>);

struct Parts {
    app: App,
    config: Config,
    /// Languages and time zones that fragments were made for; the place in here numbers the format.
    locales: Mutex<Vec<String>>,
    fragments: fragments::Fragments,
    seal: seal::Seal,
    visitors: transports::visitors::Visitors,
}

impl Deref for Web {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
