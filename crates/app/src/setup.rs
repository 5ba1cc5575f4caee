//! The first start: a room to talk in, and who governs.

use crate::{App, Result, RoomDraft, secrets};
use domain::{ids::RoomId, people::Username, replies::Answers, rooms::RoomKind};
use store::{NewBot, StoreError};

/// Names the setting that holds the hash of the set-up link's secret.
const SETUP: &str = "setup_secret";

impl App {
    /// Makes the room *General* when there is no room at all.
    pub async fn ensure_general(&self) -> Result<()> {
        if !self.store.rooms(RoomId(0), 1).await?.is_empty() || self.store.setting("general").await?.is_some()
        {
            return Ok(());
        }
        if self.is_first("general").await? {
            let draft = RoomDraft {
                name: "General".into(),
                slug: "general".into(),
                topic: String::new(),
                kind: RoomKind::Public,
            };
            self.tell(self.store.create_room(None, draft.check()?, self.now()).await?);
        }
        Ok(())
    }

    /// Makes the first bot when there has been none, and seats it in *General*: it thinks with the language model where the server has a key, else
    /// with what is embedded.
    pub async fn ensure_bot(&self, username: &str, display_name: &str, avatar: &str) -> Result<()> {
        if self.store.setting("bot").await?.is_some() || !self.is_first("bot").await? {
            return Ok(());
        }
        let new = NewBot {
            username: Username::new(username)?,
            display_name: display_name.into(),
            avatar: avatar.into(),
            owner: None,
            mind: "auto".into(),
            answers: Answers::Mentioned,
            settings: "{}".into(),
        };
        let bot = match self.store.create_bot(None, new, self.now()).await {
            Ok(bot) => self.tell(bot),
            // A bot of this name was made on the command line before the first start: then it is the first bot.
            Err(StoreError::Invalid(taken)) => match self.first_bot().await? {
                Some(bot) => bot,
                None => {
                    tracing::warn!(%taken, "the first bot was not made; make one under /admin/bots/");
                    return Ok(());
                }
            },
            Err(error) => return Err(error.into()),
        };
        if let Some(person) = self.store.bot_person(bot.profile.id).await?
            && let Ok(general) = self.room_reader_of(&person, "general").await
        {
            self.join(&general).await?;
        }
        Ok(())
    }

    /// Whether this process is the one, of several that start together, that makes something which is made once.
    async fn is_first(&self, what: &str) -> Result<bool> {
        let mut mark = [0; 8];
        self.world.randomize(&mut mark);
        let mark = hex::encode(mark);
        Ok(self.store.setting_or(what, &mark).await? == mark)
    }

    /// A new secret for the set-up link, by which the first administrator is made where the listener is not loopback.
    /// It replaces the one before. `None` when there is an administrator.
    pub async fn new_setup_secret(&self) -> Result<Option<String>> {
        if self.store.has_admin().await? {
            return Ok(None);
        }
        let (secret, hash) = secrets::new_secret(&*self.world);
        self.store.forget_setting(SETUP).await?;
        let kept = self.store.setting_or(SETUP, &hex::encode(hash.0)).await?;
        Ok((kept == hex::encode(hash.0)).then_some(secret))
    }

    /// Whether this is the secret of the set-up link, and there is still no administrator.
    pub async fn is_setup_secret(&self, secret: &str) -> Result<bool> {
        let kept = self.store.setting(SETUP).await?;
        let matches = kept.is_some_and(|kept| kept == hex::encode(secrets::hash(secret).0));
        Ok(matches && !self.store.has_admin().await?)
    }
}
