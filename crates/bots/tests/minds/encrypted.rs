//! The same over TLS and HTTP/2: whom the client believes, and what a reset stream leaves.

use crate::scene::{ask, listen, mind_over};
use anyhow::{Result, ensure};
use bots::{FaultKind, outside::Outside};
use e2e::upstream::{
    chat::{delta, finish},
    encrypted::{Encrypted, end_of_stream, reset_of_stream},
};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpListener};

/// A way out that believes this provider's certificate only.
fn outside(upstream: &Encrypted) -> Result<Outside> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(upstream.certificate())?)?;
    Ok(Outside::believing(roots))
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_believed() -> Result<()> {
    let upstream = Encrypted::listen("http/1.1").await?;
    let address = upstream.url()?;
    let shaken = tokio::spawn(async move { upstream.shake_hands().await.is_ok() });
    let heard = listen(&mind_over(Outside::new(), &address, json!({}))?, ask("Tea?")).await?;
    ensure!(heard.kind() == Some(FaultKind::Unreachable) && heard.text.is_empty(), "{heard:?}");
    ensure!(heard.fault.is_some_and(|fault| fault.detail.contains("certificate")));
    ensure!(!shaken.await?, "the request, and the key in it, was not sent");
    Ok(())
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_unreachable() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("https://{}/v1", listener.local_addr()?);
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await
    });
    let heard = listen(&mind_over(Outside::new(), &address, json!({}))?, ask("Tea?")).await?;
    ensure!(heard.kind() == Some(FaultKind::Unreachable), "{heard:?}");
    Ok(())
}

#[tokio::test]
async fn a_stream_of_http2_is_read_like_any_other() -> Result<()> {
    let heard = over_http2(delta("Tea") + &finish("stop"), end_of_stream()).await?;
    ensure!(heard.text == "Tea" && heard.fault.is_none(), "{heard:?}");
    Ok(())
}

#[tokio::test]
async fn a_reset_stream_of_http2_keeps_what_was_said() -> Result<()> {
    let heard = over_http2(delta("Tea"), reset_of_stream()).await?;
    ensure!(heard.text == "Tea" && heard.kind() == Some(FaultKind::Broken), "{heard:?}");
    Ok(())
}

/// What is heard of a provider that answers over HTTP/2.
async fn over_http2(data: String, end: Vec<u8>) -> Result<crate::scene::Heard> {
    let upstream = Encrypted::listen("h2").await?;
    let mind = mind_over(outside(&upstream)?, &upstream.url()?, json!({}))?;
    let serving = tokio::spawn(async move { upstream.answer_over_http2(data, end).await });
    let heard = listen(&mind, ask("Tea?")).await?;
    e2e::within("the connection to be closed", serving).await???;
    Ok(heard)
}
