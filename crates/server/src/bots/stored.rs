//! The commands about bots that live in the database: listed, made, read from a script and written to one.
//!
//! A server that runs beside hears of what is changed within half a second, and a bot thinks with its new settings from the next question on.

use crate::{
    output::{print, say},
    providers::Providers,
};
use ::bots::{
    MINDS,
    intents::{Script, script_of, settings_of},
};
use anyhow::{Context, Result, bail};
use app::{App, BotDraft};
use clap::Subcommand;
use domain::{access::Admin, bots::Bot, replies::Answers};
use std::path::{Path, PathBuf};
use store::BotPatch;

#[derive(Debug, Subcommand)]
pub enum Stored {
    /// List all bots: id, username, mind, when it answers, shown name
    List,
    /// Make a bot; it is in no room until somebody invites it
    Create {
        /// The name it is called by
        #[arg(long)]
        username: String,
        /// The name shown; the username when left out
        #[arg(long, default_value = "")]
        name: String,
        /// One emoji in its face; a lamp when left out
        #[arg(long, default_value = "")]
        avatar: String,
        /// What it thinks with: auto, intents, openai, webhook, wit or dialogflow
        #[arg(long, default_value = "auto")]
        mind: String,
        /// When it answers: mentioned, always or direct
        #[arg(long, default_value = "mentioned")]
        answers: String,
        /// Settings of its mind, as a JSON object
        #[arg(long, default_value = "{}")]
        settings: String,
    },
    /// Give a bot the script in a file, and the avatar in it; makes the bot when there is none of this name
    Import {
        /// Its username
        username: String,
        /// The script (.toml)
        script: PathBuf,
    },
    /// Print the script of a bot that thinks with intents
    Export {
        /// Its username
        username: String,
    },
}

/// Carries out a command.
pub async fn run(app: &App, command: Stored) -> Result<()> {
    match command {
        Stored::List => {
            let bots = app.store().bots().await?;
            if bots.is_empty() {
                // Beside what is listed: programs that read the lines find none.
                eprintln!(
                    "There is no bot yet. The first, {}, is made when the server starts.",
                    app::FIRST_BOT
                );
            }
            for bot in bots {
                let name = &bot.profile.display_name;
                let state = if bot.is_active { "" } else { "\tdeactivated" };
                let (id, username) = (bot.profile.id, &bot.profile.username);
                say(format_args!("{id}\t{username}\t{}\t{}\t{name}{state}", bot.mind, bot.answers.as_str()))?;
            }
            Ok(())
        }
        Stored::Create { username, name, avatar, mind, answers, settings } => {
            if !MINDS.contains(&mind.as_str()) {
                bail!("--mind {mind}: there are {}", MINDS.join(", "));
            }
            let answers = Answers::parse(&answers)
                .with_context(|| format!("--answers {answers}: there are mentioned, always and direct"))?;
            make(app, BotDraft { username, display_name: name, avatar, mind, answers, settings }).await
        }
        Stored::Import { username, script } => import(app, &username, &script).await,
        Stored::Export { username } => {
            let bot =
                find(app, &username).await?.with_context(|| format!("no bot is called {username:?}"))?;
            let script =
                script_of(&bot.settings).filter(|_| ["intents", "auto"].contains(&bot.mind.as_str()));
            let mut script = script.with_context(|| format!("{username} does not think with intents"))?;
            script.avatar = bot.profile.avatar;
            print(script.write())
        }
    }
}

async fn import(app: &App, username: &str, file: &Path) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let script = Script::read(&text).with_context(|| file.display().to_string())?;
    let (mind, settings) = ("intents".to_owned(), settings_of(&script));
    let Some(bot) = find(app, username).await? else {
        let (username, answers) = (username.to_owned(), Answers::Mentioned);
        let (display_name, avatar) = (script.name, script.avatar);
        return make(app, BotDraft { username, display_name, avatar, mind, answers, settings }).await;
    };
    let avatar = Some(script.avatar.clone()).filter(|avatar| !avatar.is_empty());
    let patch = BotPatch { avatar, mind: Some(mind), settings: Some(settings), ..BotPatch::default() };
    app.update_bot(&Admin::of_the_machine(), bot.profile.id, patch).await?;
    say(format_args!("{username} has learnt {} intents.", script.intents.len()))?;
    Ok(())
}

async fn make(app: &App, draft: BotDraft) -> Result<()> {
    let bot = app.create_bot(&Admin::of_the_machine(), draft).await?;
    // The server may be configured otherwise than this shell, so it is no reason to refuse.
    if let Err(fault) = Providers::default().minds()?.check(&bot.mind, &bot.settings) {
        eprintln!("With what is configured here it cannot answer: {}", fault.detail);
    }
    let (username, id) = (&bot.profile.username, bot.profile.id);
    say(format_args!(
        "Made {username} (id {id}). It is in no room yet: invite it on a room's page of members."
    ))?;
    Ok(())
}

async fn find(app: &App, username: &str) -> Result<Option<Bot>> {
    match app.store().person_by_name(username).await? {
        Some(person) => Ok(app.store().bot(person.id).await?),
        None => Ok(None),
    }
}
