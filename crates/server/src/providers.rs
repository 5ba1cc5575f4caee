//! Whom bots may ask outside this machine: keys, addresses, and what all bots say that say nothing else.
//!
//! Keys have no flags, because others could read them in the list of processes.

use crate::file::setting;
use anyhow::{Context, Result, ensure};
use bots::{Defaults, MindSource, Secret, dialogflow, openai, outside::Outside, wit};
use clap::Args;
use std::{fs, path::PathBuf, str::FromStr};

/// Options about providers.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Providers of bots (keys: OPENAI_API_KEY, WIT_AI_TOKEN)")]
pub struct Providers {
    /// Where language models are asked, with the version [env: OPENAI_BASE_URL] [file: openai_base_url] [default: https://api.openai.com/v1]
    #[arg(long)]
    openai_base_url: Option<String>,
    /// The model that is asked [env: OPENAI_MODEL] [file: openai_model] [default: gpt-4o-mini]
    #[arg(long)]
    openai_model: Option<String>,
    /// From 0 to 2; the model's own unless set [env: OPENAI_TEMPERATURE] [file: openai_temperature]
    #[arg(long)]
    openai_temperature: Option<f64>,
    /// Tokens of one answer, at most; the model's own limit unless set [env: OPENAI_MAX_TOKENS] [file: openai_max_tokens]
    #[arg(long)]
    openai_max_tokens: Option<u32>,
    /// Tokens the model is given to read, at most [env: OPENAI_CONTEXT_TOKENS] [file: openai_context_tokens] [default: 16000]
    #[arg(long)]
    openai_context_tokens: Option<u32>,
    /// What the model is told before everything else [env: OPENAI_SYSTEM_PROMPT] [file: openai_system_prompt]
    #[arg(long)]
    openai_system_prompt: Option<String>,
    /// Where Wit.ai is asked [env: WIT_AI_BASE_URL] [file: wit_ai_base_url] [default: https://api.wit.ai]
    #[arg(long)]
    wit_ai_base_url: Option<String>,
    /// The project of a Dialogflow agent [env: DIALOGFLOW_PROJECT_ID] [file: dialogflow_project_id]
    #[arg(long)]
    dialogflow_project_id: Option<String>,
    /// Where Dialogflow is asked, if in a region of its own [env: DIALOGFLOW_BASE_URL] [file: dialogflow_base_url] [default: https://dialogflow.googleapis.com]
    #[arg(long)]
    dialogflow_base_url: Option<String>,
    /// The key file of that project's service account [env: GOOGLE_APPLICATION_CREDENTIALS] [file: google_application_credentials]
    #[arg(long)]
    google_application_credentials: Option<PathBuf>,
}

impl Providers {
    /// What makes minds, with the server's own settings; an error when those make no sense.
    pub fn minds(&self) -> Result<MindSource> {
        let wit = wit::Settings {
            token: setting("WIT_AI_TOKEN").map(Secret::new),
            base_url: self.wit_ai_base_url.clone().or_else(|| setting("WIT_AI_BASE_URL")),
            ..Default::default()
        };
        let defaults = Defaults { openai: self.openai()?, wit, dialogflow: self.dialogflow()? };
        let minds = MindSource::new(defaults, Outside::new());
        minds.model().context("OPENAI_…")?;
        minds.recogniser().context("DIALOGFLOW_PROJECT_ID, WIT_AI_TOKEN")?;
        Ok(minds)
    }

    fn openai(&self) -> Result<openai::Settings> {
        Ok(openai::Settings {
            base_url: self.openai_base_url.clone().or_else(|| setting("OPENAI_BASE_URL")),
            api_key: setting("OPENAI_API_KEY").map(Secret::new),
            model: self.openai_model.clone().or_else(|| setting("OPENAI_MODEL")),
            temperature: number(self.openai_temperature, "OPENAI_TEMPERATURE")?,
            max_tokens: number(self.openai_max_tokens, "OPENAI_MAX_TOKENS")?,
            system_prompt: self.openai_system_prompt.clone().or_else(|| setting("OPENAI_SYSTEM_PROMPT")),
            context_tokens: number(self.openai_context_tokens, "OPENAI_CONTEXT_TOKENS")?,
            tools: None,
        })
    }

    /// The key file is often named for other programs; it is read only together with a project.
    fn dialogflow(&self) -> Result<dialogflow::Settings> {
        let project_id = self.dialogflow_project_id.clone().or_else(|| setting("DIALOGFLOW_PROJECT_ID"));
        let Some(project_id) = project_id else { return Ok(dialogflow::Settings::default()) };
        let named = setting("GOOGLE_APPLICATION_CREDENTIALS").map(PathBuf::from);
        let file = self.google_application_credentials.clone().or(named);
        ensure!(file.is_some(), "DIALOGFLOW_PROJECT_ID needs a key file in GOOGLE_APPLICATION_CREDENTIALS");
        let read = file.map(|file| {
            fs::read_to_string(&file)
                .map(Secret::new)
                .with_context(|| format!("GOOGLE_APPLICATION_CREDENTIALS: reading {}", file.display()))
        });
        let credentials = read.transpose()?;
        let base_url = self.dialogflow_base_url.clone().or_else(|| setting("DIALOGFLOW_BASE_URL"));
        Ok(dialogflow::Settings { project_id: Some(project_id), credentials, base_url, ..Default::default() })
    }
}

fn number<T: FromStr>(flag: Option<T>, name: &str) -> Result<Option<T>> {
    let read = |text: String| text.parse().ok().with_context(|| format!("{name}: {text:?} is not a number"));
    match flag {
        Some(number) => Ok(Some(number)),
        None => setting(name).map(read).transpose(),
    }
}
