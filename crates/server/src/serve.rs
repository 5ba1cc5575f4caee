//! `tertulia serve`.

use crate::{
    configuration::{Options, ServeOptions},
    minds, parts, secret,
};
use anyhow::{Context, Result};
use std::{sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    time::timeout,
};

/// How long the marks that were gathered last, and what guests used, have to be written down when the server goes down.
const LAST_WRITES_WITHIN: Duration = Duration::from_secs(5);

/// Serves until it is asked to stop.
pub async fn serve(options: &Options, serve: &ServeOptions) -> Result<()> {
    let listen = serve.listen()?;
    let mut config = serve.web(listen)?;
    let minds = Arc::new(serve.providers.minds()?);
    let store = parts::open_store(options).await?;
    if let Some(fault) = store.durability_fault().await? {
        anyhow::bail!("the database acknowledges before it is durable: {fault}");
    }
    config.secret_key = secret::key(options, &*store).await?;
    let relay = parts::open_relay(options, &*store)?;
    let app = parts::assemble(store, relay)
        .with_default_bot(minds::default_bot(&minds)?, minds.clone())
        .with_configured(serve.configured()?);
    app.ensure_general().await?;
    let starter = bots::intents::starter();
    app.ensure_bot(app::FIRST_BOT, &starter.name, &starter.avatar).await?;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("listening on {listen}"))?;
    let address = listener.local_addr()?;
    // Everywhere is no address that one can open.
    let host = match address.ip().is_unspecified() {
        true => format!("localhost:{}", address.port()),
        false => address.to_string(),
    };
    let url = config.public_url.clone().unwrap_or_else(|| format!("http://{host}"));
    raise_descriptors();
    if !config.is_loopback
        && let Some(secret) = app.new_setup_secret().await?
    {
        tracing::info!(
            "nobody governs this server yet; make the first account with this link: {url}/auth?setup={secret}"
        );
    }
    tracing::info!(
        database = parts::scheme(&options.database_url()),
        relay = parts::scheme(&options.relay_url()),
        "listening on {url}/"
    );
    let answerer = app.start_answering(minds, config.time_zone.clone());
    web::serve(listener, app.clone(), config, asked_to_stop()).await?;
    let ended = async {
        if let Some(answerer) = answerer {
            answerer.end().await;
        }
    };
    let last_writes = async { tokio::join!(app.write_marks(), app.count_guests()) };
    let (written, ()) = tokio::join!(timeout(LAST_WRITES_WITHIN, last_writes), ended);
    if written.is_err() {
        tracing::warn!("the last marks and what guests used were not written: the database does not answer");
    }
    tracing::info!("stopped");
    Ok(())
}

/// Takes as many descriptors as the system allows, and says how many connections that is.
fn raise_descriptors() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => {
            tracing::info!(descriptors = limit, "may hold about {} connections", limit.saturating_sub(200))
        }
        Err(error) => tracing::warn!(%error, "the limit of open descriptors stays as it is"),
    }
}

async fn asked_to_stop() {
    let mut terminate = match signal(SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => {
            tracing::error!(%error, "SIGTERM cannot be heard");
            return std::future::pending().await;
        }
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    tracing::info!("stopping");
}
