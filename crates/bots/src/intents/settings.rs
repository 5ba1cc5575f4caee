//! The settings of a bot of this mind are its script, as JSON; without any it is the starter bot.

use super::{Script, starter};

/// The script in a bot's settings; `None` where they hold something else.
pub fn script_of(settings: &str) -> Option<Script> {
    match settings.trim() {
        "" | "{}" => Some(starter()),
        settings => serde_json::from_str(settings).ok(),
    }
}

/// What is wrong with the script in a bot's settings, and where.
pub fn check_settings(settings: &str) -> Result<(), String> {
    match settings.trim() {
        "" | "{}" => Ok(()),
        settings => {
            let script: Script = serde_json::from_str(settings).map_err(|error| error.to_string())?;
            script.check().map_err(|error| error.to_string())
        }
    }
}

/// A script as settings; none for the starter's, so that it gets a newer one with a newer server.
pub fn settings_of(script: &Script) -> String {
    match *script == starter() {
        true => "{}".to_owned(),
        false => serde_json::to_string(script).expect("strings, numbers, lists and maps are all JSON"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_comes_back_and_the_starters_is_not_written_down() {
        assert_eq!((script_of("{}"), settings_of(&starter())), (Some(starter()), "{}".to_owned()));
        let another = Script { name: "Another".to_owned(), ..starter() };
        assert_eq!(script_of(&settings_of(&another)), Some(another));
        assert_eq!(script_of(r#"{"model":"small"}"#), None);
    }
}
