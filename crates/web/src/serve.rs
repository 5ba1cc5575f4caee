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
    let stopped = async move {
        shutdown.await;
        hub.close();
        leaving.close();
    };
    let listener = listener.tap_io(|stream| {
        if let Err(error) = tune(stream) {
            tracing::debug!(%error, "an option of a connection");
        }
    });
    axum::serve(listener, service).with_graceful_shutdown(stopped).await?;
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
