//! What a bot of this mind has among its settings: its script, as the TOML file that would be imported, comments and all.

use super::{STARTER, Script, ScriptError};

/// The name of the setting.
const SCRIPT: &str = "script";

/// The script in a bot's settings (a JSON object), as text; the starter bot's where there is none.
pub fn script_text(settings: &str) -> String {
    let settings: serde_json::Value = serde_json::from_str(settings).unwrap_or_default();
    settings[SCRIPT].as_str().map_or_else(|| STARTER.to_owned(), str::to_owned)
}

/// The script in a bot's settings.
pub fn script_of(settings: &str) -> Result<Script, ScriptError> {
    Script::read(&script_text(settings))
}

/// Settings with another script.
pub fn with_script(settings: &str, script: &Script) -> String {
    let mut settings: serde_json::Map<_, _> = serde_json::from_str(settings).unwrap_or_default();
    settings.insert(SCRIPT.to_owned(), script.write().into());
    serde_json::Value::Object(settings).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intents::starter;

    #[test]
    fn without_a_script_a_bot_has_the_starters() {
        assert_eq!(script_of("{}").expect("it is good"), starter());
        let mut script = starter();
        script.name = "Another".to_owned();
        let settings = with_script(r#"{"model":"small"}"#, &script);
        assert_eq!(script_of(&settings).expect("it is good"), script);
        assert!(settings.contains("small"));
    }
}
