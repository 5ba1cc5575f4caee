//! Bots as administrators keep them: made, changed, taught, given a budget.

use super::BUDGETS;
use crate::{App, Error, Result};
use bots::intents;
use domain::{
    Invalid,
    access::Admin,
    bots::{self as rules, Bot, Budgets},
    ids::PersonId,
    people::Username,
    replies::Answers,
};
use store::{BotPatch, NewBot};

/// A bot that somebody wants to make.
#[derive(Debug, Clone)]
pub struct BotDraft {
    /// The name it is called by.
    pub username: String,
    /// The name shown; the username when empty.
    pub display_name: String,
    /// What it thinks with.
    pub mind: String,
    /// When it answers.
    pub answers: Answers,
    /// Its settings as JSON text.
    pub settings: String,
}

impl App {
    /// Makes a bot, which is in no room yet.
    pub async fn create_bot(&self, by: &Admin, draft: BotDraft) -> Result<Bot> {
        let settings = rules::replaced("{}", &draft.settings)?;
        check_script(&settings)?;
        let new = NewBot {
            username: Username::new(&draft.username)?,
            display_name: draft.display_name,
            owner: Some(by.person()),
            mind: draft.mind,
            answers: draft.answers,
            settings,
        };
        Ok(self.tell(self.store.create_bot(new, self.now()).await?))
    }

    /// Changes a bot. Keys among its settings that are not named again are kept.
    pub async fn update_bot(&self, _: &Admin, id: PersonId, mut patch: BotPatch) -> Result<Bot> {
        if let Some(new) = &patch.settings {
            let settings = rules::replaced(&self.bot(id).await?.settings, new)?;
            check_script(&settings)?;
            patch.settings = Some(settings);
        }
        Ok(self.tell(self.store.update_bot(id, patch, self.now()).await?))
    }

    /// One bot.
    pub async fn bot(&self, id: PersonId) -> Result<Bot> {
        self.store.bot(id).await?.ok_or(Error::NotFound("bot"))
    }

    /// Adds a question that a bot did not understand to the phrases of one of its intents.
    pub async fn teach(&self, by: &Admin, id: PersonId, missed: i64, intent: &str) -> Result<()> {
        let bot = self.bot(id).await?;
        let all = self.store.missed(id, domain::limits::MISSED_MAX).await?;
        let question = all.into_iter().find(|one| one.id == missed).ok_or(Error::NotFound("question"))?;
        let mut script = intents::script_of(&bot.settings).map_err(wrong_script)?;
        let taught = script.intents.iter_mut().find(|known| known.name == intent);
        let taught = taught.ok_or(Invalid::new("intent", "There is no intent of this name."))?;
        let phrase = question.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !taught.phrases.contains(&phrase) {
            taught.phrases.push(phrase);
        }
        self.keep_script(by, &bot, &script).await?;
        Ok(self.store.forget_missed(id, missed).await?)
    }

    /// Sets the confidence below which a bot says that it did not understand.
    pub async fn set_threshold(&self, by: &Admin, id: PersonId, threshold: f32) -> Result<()> {
        let bot = self.bot(id).await?;
        let mut script = intents::script_of(&bot.settings).map_err(wrong_script)?;
        script.threshold = Some(threshold);
        self.keep_script(by, &bot, &script).await
    }

    async fn keep_script(&self, by: &Admin, bot: &Bot, script: &intents::Script) -> Result<()> {
        script.check().map_err(wrong_script)?;
        let settings = Some(intents::with_script(&bot.settings, script));
        self.update_bot(by, bot.profile.id, BotPatch { settings, ..BotPatch::default() }).await?;
        Ok(())
    }

    /// Sets the tokens that may be used in a day.
    pub async fn set_budgets(&self, _: &Admin, budgets: Budgets) -> Result<()> {
        if [budgets.person, budgets.room, budgets.day].iter().any(|tokens| *tokens < 0) {
            return Err(
                Invalid::new("budgets", "A budget is a number of tokens; zero for any number.").into()
            );
        }
        let text = serde_json::to_string(&budgets).map_err(|error| Error::Bug(error.to_string()))?;
        self.store.forget_setting(BUDGETS).await?;
        self.store.setting_or(BUDGETS, &text).await?;
        Ok(())
    }
}

/// What is wrong with the script that settings hold.
fn check_script(settings: &str) -> Result<()> {
    intents::script_of(settings).map(drop).map_err(wrong_script)
}

fn wrong_script(error: intents::ScriptError) -> Error {
    match error {
        intents::ScriptError::Invalid { what, .. } => Invalid { field: "script", ..what }.into(),
        intents::ScriptError::Format(_) => {
            Invalid::new("script", "The script cannot be read as TOML of this form.").into()
        }
    }
}
