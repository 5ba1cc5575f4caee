//! The same over TLS and HTTP/2: whom the client believes, and what a reset stream leaves.

use crate::scene::{ask, listen, mind_over};
use anyhow::{Result, ensure};
use bots::{FaultKind, outside::Outside};
use e2e::upstream::chat::{delta, finish};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use serde_json::json;
use std::{process::Command, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// A certificate for 127.0.0.1 with its key.
struct Identity {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    fn make() -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let (key, certificate) = (directory.path().join("key"), directory.path().join("certificate"));
        e2e::make_certificate(Command::new("openssl"), &key, &certificate)?;
        let certificate = CertificateDer::from_pem_file(certificate)?;
        Ok(Self { certificate, key: PrivateKeyDer::from_pem_file(key)? })
    }

    /// A way out that believes this certificate only.
    fn outside(&self) -> Result<Outside> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone())?;
        Ok(Outside::believing(roots))
    }

    fn acceptor(&self, protocol: &str) -> Result<TlsAcceptor> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], self.key.clone_key())?;
        config.alpn_protocols = vec![protocol.into()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// A listener, and its address as a base.
async fn listener() -> Result<(TcpListener, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("https://{}/v1", listener.local_addr()?);
    Ok((listener, address))
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_believed() -> Result<()> {
    let identity = Identity::make()?;
    let (listener, address) = listener().await?;
    let acceptor = identity.acceptor("http/1.1")?;
    let shaken = tokio::spawn(async move {
        let (stream, _) = listener.accept().await?;
        anyhow::Ok(acceptor.accept(stream).await.is_ok())
    });
    let heard = listen(&mind_over(Outside::new(), &address, json!({}))?, ask("Tea?")).await?;
    ensure!(heard.kind() == Some(FaultKind::Unreachable) && heard.text.is_empty(), "{heard:?}");
    ensure!(heard.fault.is_some_and(|fault| fault.detail.contains("certificate")));
    ensure!(!shaken.await??, "the request, and the key in it, was not sent");
    Ok(())
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_unreachable() -> Result<()> {
    let (listener, address) = listener().await?;
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
    let heard = over_http2(delta("Tea") + &finish("stop"), frame(0, 1, 1, b"")).await?;
    ensure!(heard.text == "Tea" && heard.fault.is_none(), "{heard:?}");
    Ok(())
}

#[tokio::test]
async fn a_reset_stream_of_http2_keeps_what_was_said() -> Result<()> {
    const INTERNAL_ERROR: u8 = 2;
    let heard = over_http2(delta("Tea"), frame(3, 0, 1, &[0, 0, 0, INTERNAL_ERROR])).await?;
    ensure!(heard.text == "Tea" && heard.kind() == Some(FaultKind::Broken), "{heard:?}");
    Ok(())
}

/// A server of HTTP/2 answers one request with this data and then this frame (RFC 9113).
async fn over_http2(data: String, end: Vec<u8>) -> Result<crate::scene::Heard> {
    let identity = Identity::make()?;
    let (listener, address) = listener().await?;
    let acceptor = identity.acceptor("h2")?;
    let serving = tokio::spawn(async move {
        let (stream, _) = listener.accept().await?;
        let mut stream: TlsStream<TcpStream> = acceptor.accept(stream).await?;
        let (settings, acknowledged) = (frame(4, 0, 0, b""), frame(4, 1, 0, b""));
        stream.write_all(&[settings, acknowledged].concat()).await?;
        read_request(&mut stream).await?;
        // The whole header block is ":status: 200" (RFC 7541, appendix A, entry 8).
        let answer = [frame(1, 4, 1, &[0x88]), frame(0, 0, 1, data.as_bytes())].concat();
        stream.write_all(&answer).await?;
        stream.flush().await?;
        // What was read is given before the end is seen, whatever the frames' packets are.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        stream.write_all(&end).await?;
        stream.flush().await?;
        let mut rest = Vec::new();
        // It ends when the client hangs up, in order or not.
        let _ = stream.read_to_end(&mut rest).await;
        anyhow::Ok(())
    });
    let heard = listen(&mind_over(identity.outside()?, &address, json!({}))?, ask("Tea?")).await?;
    e2e::within("the connection to be closed", serving).await???;
    Ok(heard)
}

/// Reads frames until one ends the request's stream.
async fn read_request(stream: &mut TlsStream<TcpStream>) -> Result<()> {
    const PREFACE: usize = 24;
    const END_STREAM: u8 = 1;
    stream.read_exact(&mut [0; PREFACE]).await?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        stream.read_exact(&mut payload).await?;
        let (kind, flags) = (head[3], head[4]);
        if kind <= 1 && flags & END_STREAM != 0 {
            return Ok(());
        }
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
    [&head, payload].concat()
}
