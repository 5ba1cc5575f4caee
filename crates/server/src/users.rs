//! The commands about people. What they do is in the audit log, as done on the command line.

use crate::{file, output::say};
use anyhow::{Context, Result, bail};
use app::App;
use clap::Subcommand;
use domain::{access::Admin, ids::PersonId};
use std::io::Read;

#[derive(Debug, Subcommand)]
pub enum User {
    /// List all people: id, name, rights
    List,
    /// Give somebody another password and end their sessions
    Password {
        /// Whose
        username: String,
        /// The password; without it TERTULIA_PASSWORD, else the first line of standard input
        #[arg(long)]
        password: Option<String>,
    },
    /// Take somebody's password away, end their sessions and tokens, and print a link by which they choose another
    Reset {
        /// Whose
        username: String,
    },
    /// Make somebody an administrator
    Promote {
        /// Whom
        username: String,
    },
    /// Make an administrator a member like others
    Demote {
        /// Whom
        username: String,
    },
    /// Deactivate an account and end its sessions and tokens; messages stay
    Deactivate {
        /// Whose
        username: String,
    },
    /// Let a deactivated account sign in again
    Activate {
        /// Whose
        username: String,
    },
    /// Delete an account; what it wrote stays under the name shown
    Delete {
        /// Whose
        username: String,
    },
}

/// Runs a command about people.
pub async fn run(app: &App, command: User) -> Result<()> {
    let by = Admin::of_the_machine();
    match command {
        User::List => return list(app).await,
        User::Password { username, password } => {
            let person = find(app, &username).await?;
            app.give_password(&by, person.id, &read_password(password)?).await?;
            say("The password is changed and the sessions are ended.")?;
        }
        User::Reset { username } => {
            let secret = app.reset_password(&by, find(app, &username).await?.id).await?;
            say(format_args!("/reset/{secret}/"))?;
        }
        User::Promote { username } => {
            let person = app.set_admin(&by, find(app, &username).await?.id, true).await?;
            say(format_args!("{} governs this server.", person.username))?;
        }
        User::Demote { username } => {
            let person = app.set_admin(&by, find(app, &username).await?.id, false).await?;
            say(format_args!("{} does not govern this server any more.", person.username))?;
        }
        User::Deactivate { username } => {
            let person = app.set_active(&by, find(app, &username).await?.id, false).await?;
            say(format_args!("{} cannot sign in any more.", person.username))?;
        }
        User::Activate { username } => {
            let person = app.set_active(&by, find(app, &username).await?.id, true).await?;
            say(format_args!("{} can sign in again.", person.username))?;
        }
        User::Delete { username } => {
            app.delete_person(&by, find(app, &username).await?.id).await?;
            say(format_args!("The account of {username} is deleted."))?;
        }
    }
    Ok(())
}

async fn list(app: &App) -> Result<()> {
    let mut after = PersonId(0);
    loop {
        let page = app.store().people(after, 500).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id;
        for person in page {
            let rights = if person.is_admin { "administrator" } else { "" };
            let state = if person.is_active { "" } else { "deactivated" };
            say(format_args!("{}\t{}\t{rights}{state}", person.id, person.username))?;
        }
    }
}

pub(crate) async fn find(app: &App, username: &str) -> Result<domain::people::Person> {
    match app.store().person_by_name(username).await? {
        Some(person) => Ok(person),
        None => bail!("there is nobody called {username:?}"),
    }
}

/// The password that was given, else `TERTULIA_PASSWORD`, else the first line of standard input.
pub fn read_password(given: Option<String>) -> Result<String> {
    if let Some(password) = given.or_else(|| file::setting("TERTULIA_PASSWORD")) {
        return Ok(password);
    }
    let mut text = String::new();
    std::io::stdin()
        .take(10_000)
        .read_to_string(&mut text)
        .context("reading the password from standard input")?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
