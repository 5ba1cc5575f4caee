//! The load generator for HTTP: keep-alive connections that each ask again as soon as they were answered.

use crate::process::cpu_seconds;
use anyhow::{Context, Result, bail};
use hdrhistogram::Histogram;
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use std::{
    io::{ErrorKind, Read, Write},
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

/// A connection's request, made anew for every use; the number counts over all connections.
pub type Ask = Arc<dyn Fn(usize, u64) -> Vec<u8> + Send + Sync>;

/// What to do.
#[derive(Clone)]
pub struct Load {
    /// Where the server listens.
    pub address: SocketAddr,
    /// How many connections.
    pub connections: usize,
    /// The request of a connection.
    pub ask: Ask,
    /// For how long.
    pub lasts: Duration,
    /// Threads.
    pub threads: usize,
    /// The server's process.
    pub server: u32,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Answered {
    /// Answers.
    pub count: u64,
    /// From asking to the last byte of the answer, in nanoseconds.
    pub delays: Histogram<u64>,
    /// How long it lasted.
    pub took: Duration,
    /// CPU seconds of the server meanwhile.
    pub server_cpu: f64,
    /// CPU seconds of the generator meanwhile.
    pub generator_cpu: f64,
    /// Bytes of one answer.
    pub bytes: usize,
}

impl Answered {
    /// Answers a second.
    pub fn per_second(&self) -> f64 {
        self.count as f64 / self.took.as_secs_f64()
    }
}

/// Asks for a while.
pub fn run(load: &Load) -> Result<Answered> {
    let own = std::process::id();
    let (server_before, own_before) = (cpu_seconds(load.server)?, cpu_seconds(own)?);
    let started = Instant::now();
    let threads: Vec<_> = (0..load.threads)
        .map(|at| {
            let load = load.clone();
            std::thread::spawn(move || Worker::new(at, &load)?.run(started + load.lasts))
        })
        .collect();
    let mut all = Answered {
        count: 0,
        delays: Histogram::new_with_bounds(1, 60_000_000_000, 3)?,
        took: Duration::ZERO,
        server_cpu: 0.0,
        generator_cpu: 0.0,
        bytes: 0,
    };
    for thread in threads {
        let (delays, bytes) = thread.join().map_err(|_| anyhow::anyhow!("a generator thread panicked"))??;
        all.count += delays.len();
        all.delays.add(&delays)?;
        all.bytes = all.bytes.max(bytes);
    }
    all.took = started.elapsed();
    all.server_cpu = cpu_seconds(load.server)? - server_before;
    all.generator_cpu = cpu_seconds(own)? - own_before;
    Ok(all)
}

struct Asker {
    stream: TcpStream,
    number: usize,
    unsent: Vec<u8>,
    held: Vec<u8>,
    asked: Instant,
    /// Bytes of the answer being read, once its head is there.
    whole: Option<usize>,
}

struct Worker {
    poll: Poll,
    askers: Vec<Asker>,
    ask: Ask,
    asked: u64,
    at: usize,
    threads: usize,
    delays: Histogram<u64>,
    bytes: usize,
}

impl Worker {
    fn new(at: usize, load: &Load) -> Result<Self> {
        let poll = Poll::new()?;
        let mut askers = Vec::new();
        for number in (at..load.connections).step_by(load.threads) {
            let mut stream = TcpStream::connect(load.address)?;
            poll.registry().register(
                &mut stream,
                Token(askers.len()),
                Interest::READABLE | Interest::WRITABLE,
            )?;
            askers.push(Asker {
                stream,
                number,
                unsent: Vec::new(),
                held: Vec::new(),
                asked: Instant::now(),
                whole: None,
            });
        }
        Ok(Self {
            poll,
            askers,
            ask: load.ask.clone(),
            asked: 0,
            at,
            threads: load.threads,
            delays: Histogram::new_with_bounds(1, 60_000_000_000, 3)?,
            bytes: 0,
        })
    }

    fn run(mut self, until: Instant) -> Result<(Histogram<u64>, usize)> {
        let mut events = Events::with_capacity(1024);
        let mut buffer = vec![0; 256 * 1024];
        for at in 0..self.askers.len() {
            self.ask(at)?;
        }
        while Instant::now() < until {
            self.poll.poll(&mut events, Some(Duration::from_millis(10)))?;
            for event in &events {
                let at = event.token().0;
                if event.is_writable() {
                    self.flush(at)?;
                }
                if event.is_readable() {
                    self.read(at, &mut buffer)?;
                }
            }
        }
        Ok((self.delays, self.bytes))
    }

    fn ask(&mut self, at: usize) -> Result<()> {
        let number = self.asked * self.threads as u64 + self.at as u64;
        self.asked += 1;
        let asker = &mut self.askers[at];
        asker.unsent = (self.ask)(asker.number, number);
        asker.asked = Instant::now();
        self.flush(at)
    }

    fn flush(&mut self, at: usize) -> Result<()> {
        let asker = &mut self.askers[at];
        while !asker.unsent.is_empty() {
            match asker.stream.write(&asker.unsent) {
                Ok(count) => drop(asker.unsent.drain(..count)),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => {
                    return Ok(());
                }
                Err(error) => return Err(error).context("asking"),
            }
        }
        Ok(())
    }

    fn read(&mut self, at: usize, buffer: &mut [u8]) -> Result<()> {
        loop {
            let asker = &mut self.askers[at];
            match asker.stream.read(buffer) {
                Ok(0) => bail!("the server closed a connection"),
                Ok(count) => asker.held.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error).context("reading an answer"),
            }
            if asker.whole.is_none() {
                asker.whole = whole(&asker.held)?;
            }
            if asker.whole.is_some_and(|whole| asker.held.len() >= whole) {
                self.bytes = asker.held.len();
                asker.held.clear();
                asker.whole = None;
                self.delays.saturating_record(asker.asked.elapsed().as_nanos() as u64);
                self.ask(at)?;
            }
        }
    }
}

/// How long an answer is, once its head is there. An error when it is not a success.
fn whole(held: &[u8]) -> Result<Option<usize>> {
    let Some(end) = memchr::memmem::find(held, b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&held[..end])?;
    if !head.starts_with("HTTP/1.1 2") {
        bail!("refused: {}", String::from_utf8_lossy(held));
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    Ok(Some(end + 4 + length.context("an answer without Content-Length")?))
}
