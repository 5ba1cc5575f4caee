//! The commands about bots. Trying, classifying and measuring need no server and no database; the others are in `stored`.

mod stored;

pub use stored::{Stored, run as run_stored};

use crate::output::say;
use ::bots::{
    Ask, NoTools, Speaker, Turn,
    intents::{
        self, Chance, Classifier, OUT_OF_SCOPE, Responder, Script, THRESHOLD, confidence, evaluate, mistype,
    },
};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use std::{
    io::{BufRead, IsTerminal},
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

#[derive(Debug, Subcommand)]
pub enum Bot {
    /// Talk with a bot here in the terminal
    Try {
        /// Its script; the starter bot's when left out
        script: Option<PathBuf>,
    },
    /// Read texts, one a line, and print intent and confidence of each, parted by a tab
    Classify(Learning),
    /// Measure how well intents are understood
    Eval {
        #[command(flatten)]
        learning: Learning,
        /// Phrases to try; without them the learnt ones, each on a classifier that did not learn it
        #[arg(long)]
        test: Option<PathBuf>,
        /// Typing errors to make in each phrase that is tried
        #[arg(long, default_value_t = 0)]
        typos: usize,
    },
    #[command(flatten)]
    Stored(Stored),
}

#[derive(Debug, Args)]
pub struct Learning {
    /// Phrases to learn: a bot's script (.toml), or lines of a text, a tab and an intent (`oos` for none)
    #[arg(long)]
    train: PathBuf,
    /// The confidence from 0 to 1 below which a text means none of the intents; the script's, else 0.14
    #[arg(long)]
    threshold: Option<f32>,
}

/// Carries out a command; those about the database are [`run_stored`]'s.
pub fn run(command: Bot) -> Result<()> {
    match command {
        Bot::Stored(_) => Ok(()),
        Bot::Try { script } => talk(script.as_deref()),
        Bot::Classify(learning) => classify(&learning),
        Bot::Eval { learning, test: Some(test), typos } => eval(&learning, &test, typos),
        Bot::Eval { learning, test: None, .. } => cross_validate(&learning),
    }
}

impl Learning {
    fn read(&self) -> Result<(Script, f32)> {
        let script = read_script(&self.train)?;
        let threshold = self.threshold.or(script.threshold).unwrap_or_else(|| confidence(THRESHOLD));
        if script.intents.iter().all(|intent| intent.phrases.is_empty()) {
            bail!("{}: there is no phrase of any intent to learn", self.train.display());
        }
        if !(0.0..=1.0).contains(&threshold) {
            bail!("--threshold {threshold}: a confidence is a number from 0 to 1");
        }
        Ok((script, threshold))
    }
}

/// A bot's script, or one that lines of phrases make.
fn read_script(file: &Path) -> Result<Script> {
    let text = read(file)?;
    let script = match file.extension().is_some_and(|extension| extension == "toml") {
        true => Script::read(&text).map_err(anyhow::Error::from),
        false => intents::read_phrases(&text)
            .map(|phrases| Script::of_phrases(&phrases))
            .map_err(anyhow::Error::from),
    };
    script.with_context(|| file.display().to_string())
}

fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))
}

fn classify(learning: &Learning) -> Result<()> {
    let (script, threshold) = learning.read()?;
    let classifier = Classifier::of(&script);
    // Whatever stands in a line, it gets one: a wrong byte is an unknown character.
    for line in std::io::stdin().lock().split(b'\n') {
        let line = line.context("reading standard input")?;
        let best = classifier.best(&String::from_utf8_lossy(&line));
        let sure = best.map_or(0.0, |guess| guess.confidence());
        let intent = best.filter(|_| sure >= threshold).map_or(OUT_OF_SCOPE, |guess| guess.intent);
        say(format_args!("{intent}\t{sure:.4}"))?;
    }
    Ok(())
}

fn eval(learning: &Learning, test: &Path, typos: usize) -> Result<()> {
    let (script, threshold) = learning.read()?;
    let mut tests = read_script(test)?;
    let mut chance = Chance::new(1);
    let of_intents = tests.intents.iter_mut().flat_map(|intent| &mut intent.phrases);
    of_intents.chain(&mut tests.fallback.phrases).for_each(|text| *text = mistype(text, typos, &mut chance));
    let tests = tests.phrases();
    let begun = Instant::now();
    let classifier = Classifier::of(&script);
    let training = begun.elapsed();
    let begun = Instant::now();
    let figures = evaluate(&classifier, &tests, threshold);
    let each = begun.elapsed().as_secs_f64() * 1e6 / tests.len().max(1) as f64;
    say(format_args!("learnt               {} phrases", script.phrases().len()))?;
    say(format_args!(
        "tried                {} in scope, {} out of scope",
        figures.in_scope, figures.out_of_scope
    ))?;
    say(format_args!("threshold            {threshold:.3}"))?;
    say(format_args!("in-scope accuracy    {} (nothing rejected)", percent(figures.accuracy)))?;
    say(format_args!("in-scope recall      {} (as shipped)", percent(figures.in_scope_recall)))?;
    say(format_args!("out-of-scope recall  {} (as shipped)", percent(figures.out_of_scope_recall)))?;
    say(format_args!(
        "AUROC                {}",
        figures.auroc.map_or("-".to_owned(), |auroc| format!("{auroc:.4}"))
    ))?;
    say(format_args!("per message          {each:.1} µs"))?;
    say(format_args!("training             {:.1} ms", training.as_secs_f64() * 1e3))?;
    say(format_args!("peak memory          {}", peak_memory()))?;
    Ok(())
}

fn percent(share: Option<f64>) -> String {
    share.map_or("-".to_owned(), |share| format!("{:.2} %", share * 100.0))
}

/// The most memory that this process ever had, as Linux counts it.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kib.map_or("not known on this system".to_owned(), |kib| format!("{:.1} MB", kib * 1024.0 / 1e6))
}

fn cross_validate(learning: &Learning) -> Result<()> {
    let (script, threshold) = learning.read()?;
    let mut thresholds = [0.0, threshold, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8];
    thresholds.sort_by(f32::total_cmp);
    say("threshold   right  mistaken  rejected   out of scope: accepted  rejected")?;
    for effect in intents::threshold_effects(&script, 5, &thresholds) {
        say(format_args!(
            "{:9.3}  {:6}  {:8}  {:8}  {:22}  {:8}",
            effect.threshold,
            effect.accepted,
            effect.mistaken,
            effect.rejected,
            effect.strangers_accepted,
            effect.strangers_rejected
        ))?;
    }
    Ok(())
}

/// A conversation of one person with a bot: what is typed goes in, the reply comes out with what was understood behind it.
fn talk(file: Option<&Path>) -> Result<()> {
    let script = match file {
        Some(file) => read_script(file)?,
        None => intents::starter(),
    };
    let responder = Responder::new(&script)?;
    let asker = std::env::var("USER").unwrap_or_default();
    let mut turns = Vec::new();
    if std::io::stdin().is_terminal() {
        say(format_args!("{} listens. Ctrl D ends it.", script.name))?;
    }
    for line in std::io::stdin().lock().lines() {
        turns.push(Turn { speaker: Speaker::Other(asker.clone()), content: line? });
        let now = jiff::Zoned::now();
        let ask = Ask {
            turns: turns.clone(),
            bot: script.name.clone(),
            asker: asker.clone(),
            room: None,
            chance: now.timestamp().as_nanosecond() as u64,
            now,
            tools: Arc::new(NoTools),
        };
        let response = responder.respond(&ask);
        let intent = response.intent.as_deref().unwrap_or(OUT_OF_SCOPE);
        say(format_args!("{}\n    [{intent} {:.2}]", response.text, response.confidence))?;
        turns.push(Turn { speaker: Speaker::Own, content: response.text });
    }
    Ok(())
}
