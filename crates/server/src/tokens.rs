//! `tertulia token`: tokens of programs, beside a running server. What is revoked here ends there within a second.

use crate::{output::say, users::find};
use anyhow::{Context, Result, ensure};
use app::App;
use clap::{Subcommand, ValueEnum};
use domain::{
    access::Admin,
    ids::{RoomId, TokenId},
    tokens::{Reach, Scope, Token as Made, token_name},
};
use store::SeatBySlug;

#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make a token and print its secret, which is told this once
    Create {
        /// Whose
        username: String,
        /// By what they know it again
        #[arg(long)]
        name: String,
        /// Whether it changes things
        #[arg(long, default_value = "write")]
        scope: Allowed,
        /// The address of a room it is for; may be given several times. Without: all rooms
        #[arg(long)]
        room: Vec<String>,
        /// When it ends by itself: a time such as 2030-01-31T12:00:00Z
        #[arg(long)]
        expires: Option<jiff::Timestamp>,
    },
    /// List somebody's tokens: id, name, scope, rooms, made, last used, end
    List {
        /// Whose
        username: String,
    },
    /// End a token and its connections
    Revoke {
        /// Its number in the list
        id: i64,
    },
}

/// What a token may do.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Allowed {
    /// Read
    Read,
    /// Read and write
    Write,
}

/// Carries out a command.
pub async fn run(app: &App, command: Token) -> Result<()> {
    match command {
        Token::Create { username, name, scope, room, expires } => {
            let person = find(app, &username).await?;
            ensure!(person.is_active, "{username} is deactivated, and a token of theirs would open nothing");
            ensure!(expires.is_none_or(|end| end > app.now()), "a token ends in the future");
            let scope = match scope {
                Allowed::Read => Scope::Read,
                Allowed::Write => Scope::Write,
            };
            let mut rooms = Vec::new();
            for slug in &room {
                let found = app.store().seat(slug, person.id).await?;
                let (SeatBySlug::Here(seat) | SeatBySlug::Moved(seat)) =
                    found.with_context(|| format!("there is no room at {slug:?}"))?;
                rooms.push(seat.room.id);
            }
            let reach = Reach { scope, rooms: (!rooms.is_empty()).then(|| rooms.into()) };
            say(app.mint(&person, token_name(&name)?, reach, expires).await?.1)?;
        }
        Token::List { username } => {
            let person = find(app, &username).await?;
            let tokens = app.store().tokens_of(person.id, app.now()).await?;
            tokens.iter().try_for_each(|token| say(line(token)))?;
        }
        Token::Revoke { id } => {
            app.void_token(&Admin::of_the_machine(), TokenId(id)).await?;
            say("The token is over.")?;
        }
    }
    Ok(())
}

fn line(token: &Made) -> String {
    let list = |rooms: &[RoomId]| rooms.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let time = |at: Option<jiff::Timestamp>| at.map_or_else(|| "never".to_owned(), |at| at.to_string());
    [
        token.id.to_string(),
        token.name.clone(),
        token.reach.scope.as_str().to_owned(),
        token.reach.rooms.as_deref().map_or_else(|| "all".to_owned(), list),
        token.created_at.to_string(),
        time(token.used_at),
        time(token.expires_at),
    ]
    .join("\t")
}
