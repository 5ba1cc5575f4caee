//! The first start: a room to talk in, and who governs.

use crate::{App, Result, RoomDraft, secrets};
use domain::{ids::RoomId, rooms::RoomKind};

/// Names the setting that holds the hash of the set-up link's secret.
const SETUP: &str = "setup_secret";

impl App {
    /// Makes the room *General* when there is no room at all.
    pub async fn ensure_general(&self) -> Result<()> {
        if !self.store.rooms(RoomId(0), 1).await?.is_empty() || self.store.setting("general").await?.is_some()
        {
            return Ok(());
        }
        let mut mark = [0; 8];
        self.world.randomize(&mut mark);
        let mark = hex::encode(mark);
        // Of several processes that start together, the one whose mark is kept makes the room.
        if self.store.setting_or("general", &mark).await? == mark {
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
