//! `.env` and `tertulia.toml`: lines that count as environment unless the environment says otherwise.

use anyhow::{Context, Result, bail};
use std::{collections::BTreeMap, env, fs};

/// Keys that `tertulia.toml` may have, in lower case as they are written there.
const KNOWN: [&str; 31] = [
    "database_url",
    "relay_url",
    "listen",
    "port",
    "public_url",
    "allowed_hosts",
    "trusted_proxies",
    "time_zone",
    "page_messages",
    "log",
    "data_dir",
    "server_name",
    "metrics_token",
    "posts_per_minute",
    "openai_api_key",
    "openai_base_url",
    "openai_model",
    "openai_temperature",
    "openai_max_tokens",
    "openai_context_tokens",
    "openai_system_prompt",
    "wit_ai_token",
    "wit_ai_base_url",
    "dialogflow_project_id",
    "dialogflow_base_url",
    "google_application_credentials",
    "secret_key",
    "guests",
    "guest_posts_per_minute",
    "cors_allowed_origins",
    "cors_allow_all_origins",
];

/// Reads both files of the working directory, if they are there. Called before any thread is started.
pub fn into_environment() -> Result<()> {
    let mut found = BTreeMap::new();
    if let Ok(text) = fs::read_to_string("tertulia.toml") {
        found.extend(toml_lines(&text)?);
    }
    if let Ok(text) = fs::read_to_string(".env") {
        found.extend(env_lines(&text)?);
    }
    SETTINGS.set(found).map_err(|_| anyhow::anyhow!("the configuration was read twice"))
}

static SETTINGS: std::sync::OnceLock<BTreeMap<String, String>> = std::sync::OnceLock::new();

/// A setting from the environment, else from the files.
pub fn setting(name: &str) -> Option<String> {
    let held = || SETTINGS.get().and_then(|found| found.get(name).cloned());
    env::var(name).ok().or_else(held).filter(|value| !value.is_empty())
}

fn toml_lines(text: &str) -> Result<Vec<(String, String)>> {
    let table: toml::Table = text.parse().context("tertulia.toml cannot be read")?;
    let line = |(key, value): (String, toml::Value)| {
        if !KNOWN.contains(&key.as_str()) {
            bail!("tertulia.toml: there is no option {key:?}; there are {}", KNOWN.join(", "));
        }
        let text = match value {
            toml::Value::String(text) => text,
            toml::Value::Array(list) => list
                .iter()
                .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
                .collect::<Vec<_>>()
                .join(","),
            other => other.to_string(),
        };
        Ok((environment_name(&key), text))
    };
    table.into_iter().map(line).collect()
}

fn environment_name(key: &str) -> String {
    match key {
        "data_dir" => "TERTULIA_DATA_DIR".to_owned(),
        key => key.to_uppercase(),
    }
}

fn env_lines(text: &str) -> Result<Vec<(String, String)>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let line = line.strip_prefix("export ").unwrap_or(line);
            let (name, value) =
                line.split_once('=').with_context(|| format!(".env: this line has no \"=\": {line}"))?;
            let value = value.trim();
            let quoted = ['"', '\''].iter().find_map(|q| value.strip_prefix(*q)?.strip_suffix(*q));
            Ok((name.trim().to_owned(), quoted.unwrap_or(value).to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_option_is_refused_by_name() {
        assert!(toml_lines("listn = \"x\"").unwrap_err().to_string().contains("listn"));
        assert_eq!(
            toml_lines("allowed_hosts = [\"a\", \"b\"]").unwrap(),
            [("ALLOWED_HOSTS".into(), "a,b".into())]
        );
    }

    #[test]
    fn env_lines_may_be_quoted_and_exported() {
        let lines = env_lines("# x\nexport A=\"b c\"\nD=e").unwrap();
        assert_eq!(lines, [("A".into(), "b c".into()), ("D".into(), "e".into())]);
        assert!(env_lines("nonsense").is_err());
    }
}
