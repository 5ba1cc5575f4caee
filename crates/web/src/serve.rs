//! Answering on a listener until the server is asked to stop.

use crate::{Config, Parts, Web, fragments::Fragments, router, seal::Seal, transports::visitors::Visitors};
use app::App;
use axum::{ServiceExt, extract::Request, serve::ListenerExt};
use domain::limits;
use std::{
    future::Future,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::net::{TcpListener, TcpStream};
use tower::util::MapRequest;

/// How long requests under way have to be answered once the server goes down; an answer to a guest may take much longer.
const ANSWERED_WITHIN: Duration = Duration::from_secs(8);
/// How long live connections have to hear that the server goes down.
const FAREWELL: Duration = Duration::from_secs(3);

/// Serves until `shutdown` is done, then stops accepting, tells live connections to resume elsewhere and waits for what is under way, though
/// not for ever.
pub async fn serve(
    listener: TcpListener,
    app: App,
    config: Config,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let hub = app.hub().clone();
    let sockets = hub.clone();
    let visitors = Visitors::default();
    let web = Web(Arc::new(Parts {
        app,
        seal: Seal::new(&config.secret_key.0, "guests"),
        config,
        locales: Mutex::default(),
        fragments: Fragments::default(),
        visitors: visitors.clone(),
    }));
    let service = MapRequest::new(router::router(web), router::without_slash as fn(Request) -> Request);
    let service = ServiceExt::<Request>::into_make_service_with_connect_info::<SocketAddr>(service);
    let leaving = visitors.clone();
    let (going_down, asked) = tokio::sync::oneshot::channel();
    let stopped = async move {
        shutdown.await;
        hub.close();
        leaving.close();
        // Whoever hears it is gone only when the server is.
        let _ = going_down.send(());
    };
    let late = async move {
        // Without the other end there is nothing to wait for any more.
        let _ = asked.await;
        tokio::time::sleep(ANSWERED_WITHIN).await;
    };
    let listener = listener.tap_io(|stream| {
        if let Err(error) = tune(stream) {
            tracing::debug!(%error, "an option of a connection");
        }
    });
    tokio::select! {
        served = axum::serve(listener, service).with_graceful_shutdown(stopped) => served?,
        () = late => tracing::warn!("some requests were not answered in time"),
    }
    // Upgraded connections are not the HTTP server's any more: they are waited for here, so that each hears where it stands.
    let deadline = Instant::now() + FAREWELL;
    while sockets.figures().connections + visitors.count() > 0 && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

fn tune(stream: &TcpStream) -> std::io::Result<()> {
    // An acknowledgement must not wait for the next delivery to fill a packet (Nagle's algorithm, RFC 896).
    stream.set_nodelay(true)?;
    bound_unsent(stream, limits::UNSENT_BYTES_MAX)
}

/// Bounds what the system holds of a connection's bytes that it could not send yet. By default that is megabytes, and clients that do
/// not read take what all connections share, until honest ones are reset. What is on its way does not count, so a long and fast line stays full (tcp(7)).
pub(crate) fn bound_unsent(stream: &TcpStream, bytes: u32) -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(stream).set_tcp_notsent_lowat(bytes)?;
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, bytes);
    Ok(())
}
