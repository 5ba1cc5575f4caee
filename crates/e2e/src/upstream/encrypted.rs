//! A provider behind TLS, with a certificate that vouches for itself: it answers one call, over HTTP/2 in frames as a test wants them (RFC 9113).

use crate::make_certificate;
use anyhow::{Context, Result};
use std::{path::PathBuf, process::Command, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
    server::TlsStream,
};

/// The provider.
pub struct Encrypted {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    directory: TempDir,
}

impl Encrypted {
    /// Listens for callers who agree on a protocol (`h2`, `http/1.1`).
    pub async fn listen(protocol: &str) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let (key, certificate) = (directory.path().join("key"), directory.path().join("certificate"));
        make_certificate(Command::new("openssl"), &key, &certificate)?;
        let chain = vec![CertificateDer::from_pem_file(certificate)?];
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, PrivateKeyDer::from_pem_file(key)?)?;
        config.alpn_protocols = vec![protocol.into()];
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        Ok(Self { listener, acceptor: TlsAcceptor::from(Arc::new(config)), directory })
    }

    /// Its address, as `OPENAI_BASE_URL` wants it.
    pub fn url(&self) -> Result<String> {
        Ok(format!("https://{}/v1", self.listener.local_addr()?))
    }

    /// Its certificate, a PEM file.
    pub fn certificate(&self) -> PathBuf {
        self.directory.path().join("certificate")
    }

    /// The next caller, if they believe the certificate.
    pub async fn shake_hands(&self) -> Result<TlsStream<TcpStream>> {
        let (stream, _) = self.listener.accept().await?;
        self.acceptor.accept(stream).await.context("the caller does not believe it")
    }

    /// Answers the next call with this data and then this frame, and waits until the caller hangs up.
    pub async fn answer_over_http2(&self, data: String, end: Vec<u8>) -> Result<()> {
        let mut stream = self.shake_hands().await?;
        let (settings, acknowledged) = (frame(4, 0, 0, b""), frame(4, 1, 0, b""));
        stream.write_all(&[settings, acknowledged].concat()).await?;
        read_request(&mut stream).await?;
        // The whole header block is ":status: 200" (RFC 7541, appendix A, entry 8).
        let answer = [frame(1, 4, 1, &[0x88]), frame(0, 0, 1, data.as_bytes())].concat();
        stream.write_all(&answer).await?;
        stream.flush().await?;
        // What was read is given before the end is seen, whatever the frames' packets are.
        sleep(Duration::from_millis(100)).await;
        stream.write_all(&end).await?;
        stream.flush().await?;
        let mut rest = Vec::new();
        // It ends when the client hangs up, in order or not.
        let _ = stream.read_to_end(&mut rest).await;
        Ok(())
    }
}

/// The frame that ends an answer in order.
pub fn end_of_stream() -> Vec<u8> {
    frame(0, 1, 1, b"")
}

/// The frame that tears an answer: an internal error.
pub fn reset_of_stream() -> Vec<u8> {
    frame(3, 0, 1, &[0, 0, 0, 2])
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
