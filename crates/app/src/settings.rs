//! The settings that administrators make, as this process knows them: read when they are needed and believed for
//! [`limits::SETTINGS_BELIEVED`], so that a change holds in every process within a second and costs nothing meanwhile.

use crate::{App, Error, Result};
use domain::{
    access::Admin,
    audit::{Act, Deed, Subject},
    limits,
    settings::{Configured, ServerSettings},
};
use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::time::timeout;

/// Characters of a value in the audit log.
const SHOWN_CHARS: usize = 60;
/// The name under which they are kept.
const SERVER: &str = "server";

/// What was read last, and what the configuration says instead.
#[derive(Default)]
pub(crate) struct Settings {
    configured: Configured,
    known: Mutex<Option<(Timestamp, Arc<ServerSettings>)>>,
}

impl Settings {
    pub fn new(configured: Configured) -> Self {
        Self { configured, known: Mutex::default() }
    }

    fn known(&self) -> Option<(Timestamp, Arc<ServerSettings>)> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl App {
    /// The same with what the configuration says of the settings; where it says something, it wins.
    #[must_use]
    pub fn with_configured(self, configured: Configured) -> Self {
        Self { settings: Arc::new(Settings::new(configured)), ..self }
    }

    /// What the configuration says of the settings.
    pub fn configured(&self) -> &Configured {
        &self.settings.configured
    }

    /// The settings that hold. While the database is away, those that held before.
    pub async fn settings(&self) -> Result<Arc<ServerSettings>> {
        let (now, known) = (self.now(), self.settings.known());
        let fresh = |at: Timestamp| now.duration_since(at).unsigned_abs() < limits::SETTINGS_BELIEVED;
        match known {
            Some((at, settings)) if fresh(at) => Ok(settings),
            None => Ok(self.heed(self.stored_settings().await?)),
            // What held before holds on when there is no answer in time.
            Some((_, settings)) => {
                match timeout(limits::SETTINGS_READ_WITHIN, self.stored_settings()).await {
                    Ok(Ok(stored)) => Ok(self.heed(stored)),
                    Ok(Err(Error::Unavailable(_))) | Err(_) => Ok(settings),
                    Ok(Err(error)) => Err(error),
                }
            }
        }
    }

    /// What administrators set, whatever the configuration says.
    pub async fn stored_settings(&self) -> Result<ServerSettings> {
        let kept = self.store.setting(SERVER).await?;
        let read = kept.map(|text| serde_json::from_str(&text)).transpose();
        Ok(read.map_err(|error| Error::Bug(format!("the server's settings: {error}")))?.unwrap_or_default())
    }

    /// Keeps other settings. They hold here at once and in every other process within a second.
    pub async fn set_settings(&self, by: &Admin, new: ServerSettings) -> Result<Arc<ServerSettings>> {
        let new = new.check()?;
        let before = self.stored_settings().await?;
        if before != new {
            let text = serde_json::to_string(&new).map_err(|error| Error::Bug(error.to_string()))?;
            let deed = Deed::new(by, Act::ChangeSetting, Subject::setting(SERVER), difference(&before, &new));
            self.store.govern_setting(&deed, SERVER, &text, self.now()).await?;
        }
        Ok(self.heed(new))
    }

    fn heed(&self, stored: ServerSettings) -> Arc<ServerSettings> {
        let settings = Arc::new(self.settings.configured.over(stored));
        self.rates.allow_posts(settings.posts_per_minute);
        self.guests.allow_posts(settings.guest_posts_per_minute);
        let mut known = self.settings.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some((self.now(), settings.clone()));
        settings
    }
}

/// What changed, for the audit log: `posts_per_minute 600 → 60`.
fn difference(before: &ServerSettings, after: &ServerSettings) -> String {
    let fields = |settings| match serde_json::to_value(settings) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (before, after) = (fields(before), fields(after));
    let changed = after.iter().filter(|(name, value)| before.get(*name) != Some(value));
    let said = changed.map(|(name, value)| {
        let was = before.get(name).map(shown).unwrap_or_default();
        format!("{name} {was} → {}", shown(value))
    });
    said.collect::<Vec<_>>().join(", ")
}

/// A value, of a long text the beginning.
fn shown(value: &serde_json::Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_told_what_changed_and_nothing_else() {
        let before = ServerSettings::default();
        let after = ServerSettings { guests: false, posts_per_minute: 60, ..before.clone() };
        assert_eq!(difference(&before, &after), "guests true → false, posts_per_minute 600 → 60");
        assert_eq!(difference(&before, &before), "");
        let after = ServerSettings { terms: "x".repeat(5_000), ..before.clone() };
        assert_eq!(difference(&before, &after), format!("terms \"\" → \"{}…", "x".repeat(SHOWN_CHARS - 1)));
    }
}
