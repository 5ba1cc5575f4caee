//! Bots as administrators keep them: made, changed, taught, given a budget.

use super::BUDGETS;
use crate::{App, Error, Result};
use bots::{Fault, intents};
use domain::{
    Invalid,
    access::Admin,
    audit::{Act, Deed, Subject},
    bots::{self as rules, Bot, Budgets},
    ids::PersonId,
    people::{self, Username},
    replies::Answers,
};
use store::{BotPatch, NewBot};

/// The mind that has a script.
const INTENTS: &str = "intents";

/// A bot that somebody wants to make.
#[derive(Clone)]
pub struct BotDraft {
    /// The name it is called by.
    pub username: String,
    /// The name shown; the username when empty.
    pub display_name: String,
    /// One emoji in its face. Empty: the one its script brings along, else the lamp.
    pub avatar: String,
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
        let settings = self.settings_of_bot(&draft.mind, &draft.settings, None)?;
        let mut avatar = people::avatar(&draft.avatar)?;
        if avatar.is_empty() && draft.mind == INTENTS {
            avatar = avatar_of(&settings);
        }
        let new = NewBot {
            username: Username::new(&draft.username)?,
            display_name: match draft.display_name.trim() {
                "" => String::new(),
                name => people::display_name(name)?,
            },
            avatar,
            owner: by.person(),
            settings,
            mind: draft.mind,
            answers: draft.answers,
        };
        let deed = Deed::new(by, Act::CreateBot, PersonId(0), format!("@{}", new.username.as_str()));
        Ok(self.tell(self.store.create_bot(Some(&deed), new, self.now()).await?))
    }

    /// Changes a bot. Its keys that are not named again are kept; with another mind all settings are other ones. A script that comes with another
    /// avatar than the one before brings it along, unless another one is named beside it.
    pub async fn update_bot(&self, by: &Admin, id: PersonId, mut patch: BotPatch) -> Result<Bot> {
        let bot = self.bot(id).await?;
        let mind = patch.mind.as_deref().unwrap_or(&bot.mind);
        let earlier = (mind == bot.mind).then_some(bot.settings.as_str());
        if patch.settings.is_some() || mind != bot.mind {
            let new = patch.settings.as_deref().unwrap_or("{}");
            patch.settings = Some(self.settings_of_bot(mind, new, earlier)?);
        }
        patch.display_name = patch.display_name.map(|name| people::display_name(&name)).transpose()?;
        patch.avatar = patch.avatar.map(|avatar| people::avatar(&avatar)).transpose()?;
        if mind == INTENTS
            && let Some(brought) = patch.settings.as_deref().map(avatar_of)
            && !brought.is_empty()
            && brought != avatar_of(&bot.settings)
            && patch.avatar.as_ref().is_none_or(|avatar| *avatar == bot.profile.avatar)
        {
            patch.avatar = Some(brought);
        }
        let deed = Deed::new(by, Act::UpdateBot, id, format!("@{}", bot.profile.username));
        Ok(self.tell(self.store.update_bot(Some(&deed), id, patch, self.now()).await?))
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
        let mut script = script_of(&bot)?;
        let taught = script.intents.iter_mut().find(|known| known.name == intent);
        let taught = taught.ok_or(Invalid::new("intent", "There is no intent of this name."))?;
        let phrase = question.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !taught.phrases.contains(&phrase) {
            taught.phrases.push(phrase);
        }
        self.keep_script(by, &bot, &script).await?;
        Ok(self.store.forget_missed(None, id, missed, self.now()).await?)
    }

    /// Takes a question that a bot did not understand off its list.
    pub async fn forget_missed(&self, by: &Admin, id: PersonId, missed: i64) -> Result<()> {
        let bot = self.bot(id).await?;
        let deed = Deed::new(by, Act::UpdateBot, id, format!("@{}", bot.profile.username));
        Ok(self.store.forget_missed(Some(&deed), id, missed, self.now()).await?)
    }

    /// Sets the confidence below which a bot says that it did not understand.
    pub async fn set_threshold(&self, by: &Admin, id: PersonId, threshold: f32) -> Result<()> {
        let bot = self.bot(id).await?;
        let mut script = script_of(&bot)?;
        script.threshold = Some(threshold);
        self.keep_script(by, &bot, &script).await
    }

    /// Settings of a mind, checked, in place of earlier ones.
    fn settings_of_bot(&self, mind: &str, new: &str, earlier: Option<&str>) -> Result<String> {
        let mut new = rules::settings(new)?;
        if mind == INTENTS {
            intents::check_settings(&new).map_err(|what| wrong("script", what))?;
            return Ok(new);
        }
        new = bots::with_secrets_of(&new, earlier.unwrap_or("{}"));
        // What was saved once can be saved again: the options of the server may have changed since.
        if let Some(house) = self.house.as_ref().filter(|_| earlier != Some(&new)) {
            let broken = |fault: Fault| wrong(fault.field.unwrap_or("settings"), fault.detail);
            house.minds.check(mind, &new).map_err(broken)?;
        }
        Ok(new)
    }

    async fn keep_script(&self, by: &Admin, bot: &Bot, script: &intents::Script) -> Result<()> {
        let settings = Some(intents::settings_of(script));
        self.update_bot(by, bot.profile.id, BotPatch { settings, ..BotPatch::default() }).await?;
        Ok(())
    }

    /// Sets the tokens that may be used in a day.
    pub async fn set_budgets(&self, by: &Admin, budgets: Budgets) -> Result<()> {
        if [budgets.person, budgets.room, budgets.day].iter().any(|tokens| *tokens < 0) {
            return Err(
                Invalid::new("budgets", "A budget is a number of tokens; zero for any number.").into()
            );
        }
        let text = serde_json::to_string(&budgets).map_err(|error| Error::Bug(error.to_string()))?;
        let deed = Deed::new(by, Act::ChangeSetting, Subject::setting(BUDGETS), &*text);
        Ok(self.store.govern_setting(&deed, BUDGETS, &text, self.now()).await?)
    }
}

fn wrong(field: &'static str, what: String) -> Error {
    Error::Settings { field, what }
}

/// The avatar that a script brings along; empty: none.
fn avatar_of(settings: &str) -> String {
    let avatar = intents::script_of(settings).map(|script| script.avatar).unwrap_or_default();
    avatar.trim().to_owned()
}

/// The script of a bot that has one of its own.
fn script_of(bot: &Bot) -> Result<intents::Script> {
    let script = (bot.mind == INTENTS).then(|| intents::script_of(&bot.settings)).flatten();
    script.ok_or(Error::Conflict("This bot does not think by intents of its own."))
}
