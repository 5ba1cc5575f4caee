//! Answering on a listener until the server is asked to stop.

use crate::{Config, Web, router};
use app::App;
use axum::{ServiceExt, extract::Request, serve::ListenerExt};
use std::{
    future::Future,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::net::TcpListener;
use tower::util::MapRequest;

/// How long live connections have to hear that the server goes down.
const FAREWELL: Duration = Duration::from_secs(3);

/// Serves until `shutdown` is done, then stops accepting, tells live connections to resume elsewhere and waits for what is under way.
pub async fn serve(
    listener: TcpListener,
    app: App,
    config: Config,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let hub = app.hub().clone();
    let sockets = hub.clone();
    let web = Web { app, config: Arc::new(config), locales: Arc::default(), fragments: Arc::default() };
    let service = MapRequest::new(router::router(web), router::without_slash as fn(Request) -> Request);
    let service = ServiceExt::<Request>::into_make_service_with_connect_info::<SocketAddr>(service);
    let stopped = async move {
        shutdown.await;
        hub.close();
    };
    // An acknowledgement must not wait for the next delivery to fill a packet (Nagle's algorithm, RFC 896).
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
    });
    axum::serve(listener, service).with_graceful_shutdown(stopped).await?;
    // Upgraded connections are not the HTTP server's any more: they are waited for here, so that each hears where it stands.
    let deadline = Instant::now() + FAREWELL;
    while sockets.figures().connections > 0 && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}
