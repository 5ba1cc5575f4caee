//! The command line.

use crate::{
    bots::{self, Bot},
    configuration::{Options, ServeOptions},
    doctor,
    output::{print, say},
    parts, serve,
    tokens::{self, Token},
    users::{self, User},
};
use anyhow::{Context, Result};
use app::{AccountDraft, App, RoomDraft};
use clap::{CommandFactory, Parser, Subcommand};
use domain::{access::Admin, ids::RoomId, rooms::RoomKind};
use live::relay::memory::Memory;
use std::{io::IsTerminal, sync::Arc};
use tracing_subscriber::EnvFilter;

/// A self-hosted chat server in which people and bots share the same rooms.
#[derive(Debug, Parser)]
#[command(name = "tertulia", version)]
pub struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until asked to stop (SIGTERM, Ctrl C)
    Serve(ServeOptions),
    /// Bring the database's schema up to date and stop
    Migrate,
    /// Make an account that governs the server
    Createsuperuser {
        /// The name to sign in with
        #[arg(long)]
        username: String,
        /// The password; without it TERTULIA_PASSWORD, else the first line of standard input
        #[arg(long)]
        password: Option<String>,
        /// May be left out
        #[arg(long, default_value = "")]
        email: String,
    },
    /// Rooms
    #[command(subcommand)]
    Room(Room),
    /// People
    #[command(subcommand)]
    User(User),
    /// Tokens of programs
    #[command(subcommand)]
    Token(Token),
    /// Bots
    #[command(subcommand)]
    Bot(Bot),
    /// Check configuration, database, relay, file rights and clock
    Doctor {
        #[command(flatten)]
        serve: ServeOptions,
        /// Give the database a new epoch, as after restoring a backup: every cursor is reset
        #[arg(long)]
        new_epoch: bool,
    },
    /// Every route of the server, as method and path
    #[command(hide = true)]
    Routes,
    /// The description of the API (OpenAPI 3.1), as it is served at /api/openapi.json
    Openapi,
    /// Completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
enum Room {
    /// Make a room
    Create {
        /// Its name
        #[arg(long)]
        name: String,
        /// Its address; made from the name when left out
        #[arg(long, default_value = "")]
        slug: String,
        /// Only members know of it
        #[arg(long)]
        private: bool,
    },
    /// List all rooms: id, address, kind, name
    List,
}

/// Runs a command.
pub fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Bot(bot) if !matches!(bot, Bot::Stored(_)) => return bots::run(bot),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "tertulia", &mut script);
            return print(String::from_utf8_lossy(&script));
        }
        Command::Openapi => return print(web::openapi()),
        Command::Routes => {
            return web::routes().try_for_each(|(method, path)| say(format_args!("{method} {path}")));
        }
        _ => {}
    }
    start_log(&cli.options.log())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(carry_out(cli))
}

/// What these say again and again about a relay that is away, ours says once.
const QUIET: &str = "async_nats=off,lapin=off";

fn start_log(log: &str) -> Result<()> {
    let (json, filter) = if log == "json" { (true, "info") } else { (false, log) };
    let all = if filter.contains('=') { filter.into() } else { format!("{filter},{QUIET}") };
    let filter =
        EnvFilter::try_new(all).with_context(|| format!("LOG: {filter:?} is not a level or a filter"))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    if json {
        builder.json().init()
    } else {
        builder.with_target(false).init()
    }
    Ok(())
}

async fn carry_out(cli: Cli) -> Result<()> {
    let options = &cli.options;
    match cli.command {
        Command::Serve(options_of_serve) => serve::serve(options, &options_of_serve).await,
        Command::Migrate => {
            parts::open_store(options).await?;
            say("The schema is up to date.")?;
            Ok(())
        }
        Command::Createsuperuser { username, password, email } => {
            let password = Some(users::read_password(password)?);
            let draft = AccountDraft { username, password, email, is_admin: true, ..AccountDraft::default() };
            let (person, _) = open(options).await?.make_person(&Admin::of_the_machine(), draft).await?;
            say(format_args!("Made {} (id {}), who governs this server.", person.username, person.id))?;
            Ok(())
        }
        Command::Room(room) => rooms(open(options).await?, room).await,
        Command::Token(command) => tokens::run(&open(options).await?, command).await,
        Command::User(user) => users::run(&open(options).await?, user).await,
        Command::Doctor { serve, new_epoch } => doctor::examine(options, &serve, new_epoch).await,
        Command::Bot(Bot::Stored(command)) => bots::run_stored(&open(options).await?, command).await,
        Command::Bot(_) | Command::Completions { .. } | Command::Openapi | Command::Routes => Ok(()),
    }
}

/// The application beside a running server: what it writes is heard there within half a second, as law 3 says.
async fn open(options: &Options) -> Result<App> {
    Ok(parts::assemble(parts::open_store(options).await?, Arc::new(Memory)))
}

async fn rooms(app: App, command: Room) -> Result<()> {
    match command {
        Room::Create { name, slug, private } => {
            let kind = if private { RoomKind::Private } else { RoomKind::Public };
            let draft = RoomDraft { name, slug, topic: String::new(), kind };
            let room = app.make_room(&Admin::of_the_machine(), draft).await?;
            say(format_args!("/rooms/{}/", room.slug))?;
        }
        Room::List => {
            let mut after = RoomId(0);
            loop {
                let page = app.store().rooms(after, 500).await?;
                let Some(last) = page.last() else { break };
                after = last.id;
                for room in page {
                    say(format_args!("{}\t{}\t{}\t{}", room.id, room.slug, room.kind.as_str(), room.name))?;
                }
            }
        }
    }
    Ok(())
}
