//! The physical reference: the least a program can do and still hand a message to N sockets.
//!
//! One thread per core, each with its own `epoll` and its share of the sockets. What is to be told is appended to one shared
//! log; a thread that wakes writes everything new to each of its sockets with one call. With a database it goes
//! through one writer thread first, which commits whatever waits in one transaction and waits for the disk. No accounts, no rooms, no rights, no history.

mod storage;

use crate::frames;
use anyhow::Result;
use mio::{Events, Interest, Poll, Token, Waker, net::TcpStream};
use std::{
    collections::HashMap,
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
};

/// How the minimal server works.
#[derive(Debug, Clone)]
pub struct Options {
    /// Store each message here first.
    pub database: Option<PathBuf>,
    /// Keep what a post is, and not only its token: see [`storage`].
    pub kept: bool,
    /// Answer the sender alone instead of everyone.
    pub echo: bool,
    /// The text of a frame, with `{token}` where the message's own token goes.
    pub template: String,
    /// Threads that write to sockets.
    pub threads: usize,
}

/// What one thread shares with the others.
struct Shard {
    new: Mutex<Vec<std::net::TcpStream>>,
    told: Mutex<Vec<Told>>,
    waker: Waker,
}

type Shards = Arc<Vec<Shard>>;
/// A frame, and the one socket it is for, or everyone.
type Told = (Option<usize>, Arc<[u8]>);

/// One message on its way: from which thread and socket, and its token.
struct Posted {
    from: (usize, usize),
    token: String,
}

/// Serves on `listen` until the process is killed.
pub fn serve(listen: SocketAddr, options: &Options) -> Result<()> {
    let listener = TcpListener::bind(listen)?;
    let (polls, shards): (Vec<Poll>, Vec<Shard>) = (0..options.threads)
        .map(|_| {
            let poll = Poll::new()?;
            let waker = Waker::new(poll.registry(), WAKE)?;
            Ok((poll, Shard { new: Mutex::default(), told: Mutex::default(), waker }))
        })
        .collect::<std::io::Result<Vec<_>>>()?
        .into_iter()
        .unzip();
    let shards = Arc::new(shards);
    let writer = options.database.as_deref().map(|path| start_writer(path, &shards, options)).transpose()?;
    for (at, poll) in polls.into_iter().enumerate() {
        let (shards, options, writer) = (shards.clone(), options.clone(), writer.clone());
        std::thread::spawn(move || Loop { at, poll, shards, options, writer, held: HashMap::new() }.run());
    }
    for (n, stream) in listener.incoming().enumerate() {
        let shard = &shards[n % options.threads];
        lock(&shard.new).push(stream?);
        shard.waker.wake()?;
    }
    Ok(())
}

fn tell(shards: &Shards, options: &Options, posted: &Posted) -> Result<()> {
    let mut frame = Vec::new();
    frames::from_server(1, options.template.replace("{token}", &posted.token).as_bytes(), &mut frame);
    let frame: Arc<[u8]> = frame.into();
    if options.echo {
        lock(&shards[posted.from.0].told).push((Some(posted.from.1), frame));
        return Ok(shards[posted.from.0].waker.wake()?);
    }
    for shard in shards.iter() {
        lock(&shard.told).push((None, frame.clone()));
    }
    for shard in shards.iter() {
        shard.waker.wake()?;
    }
    Ok(())
}

/// Commits whatever waits together, then tells it.
fn start_writer(path: &Path, shards: &Shards, options: &Options) -> Result<Sender<Posted>> {
    let table = storage::Table::open(path, options.kept)?;
    let (sender, receiver): (Sender<Posted>, Receiver<Posted>) = channel();
    let (shards, options) = (shards.clone(), options.clone());
    std::thread::spawn(move || -> Result<()> {
        while let Ok(first) = receiver.recv() {
            let batch: Vec<Posted> = std::iter::once(first).chain(receiver.try_iter().take(4096)).collect();
            table.keep(batch.iter().map(|posted| (posted.from, posted.token.as_str())))?;
            for posted in &batch {
                tell(&shards, &options, posted)?;
            }
        }
        Ok(())
    });
    Ok(sender)
}

struct Client {
    stream: TcpStream,
    read: Vec<u8>,
    unsent: Vec<u8>,
    open: bool,
}

struct Loop {
    at: usize,
    poll: Poll,
    shards: Shards,
    options: Options,
    writer: Option<Sender<Posted>>,
    held: HashMap<usize, Client>,
}

const WAKE: Token = Token(usize::MAX);

impl Loop {
    fn run(mut self) -> Result<()> {
        let mut events = Events::with_capacity(1024);
        let mut next = 0;
        loop {
            self.poll.poll(&mut events, None)?;
            for event in &events {
                if event.token() == WAKE {
                    let new = std::mem::take(&mut *lock(&self.shards[self.at].new));
                    for stream in new {
                        self.take_in(next, stream)?;
                        next += 1;
                    }
                    continue;
                }
                let id = event.token().0;
                if event.is_writable() && self.held.get(&id).is_some_and(|client| !client.unsent.is_empty()) {
                    self.write(id, &[]);
                }
                if event.is_readable() && !self.read(id)? {
                    self.held.remove(&id);
                }
            }
            self.tell_waiting();
        }
    }

    fn take_in(&mut self, id: usize, stream: std::net::TcpStream) -> Result<()> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let mut stream = TcpStream::from_std(stream);
        self.poll.registry().register(&mut stream, Token(id), Interest::READABLE | Interest::WRITABLE)?;
        self.held.insert(id, Client { stream, read: Vec::new(), unsent: Vec::new(), open: false });
        Ok(())
    }

    /// Everything new, joined once, and written to each socket with one call.
    fn tell_waiting(&mut self) {
        let told = std::mem::take(&mut *lock(&self.shards[self.at].told));
        if told.is_empty() {
            return;
        }
        let mut all = Vec::new();
        for (only, frame) in &told {
            match only {
                Some(id) => self.write(*id, frame),
                None => all.extend_from_slice(frame),
            }
        }
        if !all.is_empty() {
            let everyone: Vec<usize> = self.held.iter().filter(|(_, c)| c.open).map(|(id, _)| *id).collect();
            for id in everyone {
                self.write(id, &all);
            }
        }
    }

    fn write(&mut self, id: usize, bytes: &[u8]) {
        let Some(client) = self.held.get_mut(&id) else { return };
        let mut rest = bytes;
        if !client.unsent.is_empty() {
            client.unsent.extend_from_slice(bytes);
            let waiting = std::mem::take(&mut client.unsent);
            let sent = client.stream.write(&waiting).unwrap_or(0);
            client.unsent = waiting[sent..].to_vec();
            return;
        }
        if let Ok(sent) = client.stream.write(rest) {
            rest = &rest[sent..];
        }
        client.unsent.extend_from_slice(rest);
    }

    /// Takes what a socket sent; `false` when it has ended.
    fn read(&mut self, id: usize) -> Result<bool> {
        let mut buffer = [0; 16 * 1024];
        loop {
            let Some(client) = self.held.get_mut(&id) else { return Ok(true) };
            match client.stream.read(&mut buffer) {
                Ok(0) => return Ok(false),
                Ok(count) => client.read.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return Ok(false),
            }
        }
        let Some(client) = self.held.get_mut(&id) else { return Ok(true) };
        if !client.open {
            let Some(end) = memchr::memmem::find(&client.read, b"\r\n\r\n") else { return Ok(true) };
            client.read.drain(..end + 4);
            client.open = true;
            // The generator does not compare the key's answer.
            self.write(
                id,
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            );
        }
        self.take_frames(id)
    }

    fn take_frames(&mut self, id: usize) -> Result<bool> {
        loop {
            let Some(client) = self.held.get_mut(&id) else { return Ok(true) };
            let Some(frame) = frames::first(&client.read) else {
                client.read.shrink_to_fit();
                return Ok(true);
            };
            let mut payload = client.read[frame.start..frame.end].to_vec();
            client.read.drain(..frame.end);
            if let Some(key) = frame.mask {
                frames::unmask(&mut payload, key);
            }
            match (frame.opcode, crate::token::find(&payload)) {
                (8, _) => return Ok(false),
                (1, Some(token)) => {
                    let posted = Posted { from: (self.at, id), token: token.to_owned() };
                    match &self.writer {
                        Some(writer) => writer.send(posted)?,
                        None => tell(&self.shards, &self.options, &posted)?,
                    }
                }
                _ => {}
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
