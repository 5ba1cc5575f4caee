//! What the model is given to read: the bot's instructions, as much of the conversation as fits, and what tools answered.
//!
//! Instructions and question are always kept; of what was said before, the oldest goes first. Where several people spoke, each
//! of their turns begins with its speaker's name; every turn is a message of its own, so nobody can speak for another.

use super::{budget::Scale, round::Call};
use crate::{Ask, Fault, FaultKind, Speaker, Tool, Turn};
use domain::limits::TOOL_OUTCOME_BYTES_MAX;
use serde_json::{Value, json};

/// What a bot is told that has no instructions of its own.
const DEFAULT_PROMPT: &str =
    "You take part in a chat. Answer in Markdown, in the language of the question, and be brief.";

/// A conversation with a model, which grows with every round of tools.
#[derive(Debug)]
pub(super) struct Talk {
    system: Value,
    history: Vec<Value>,
    question: Value,
    exchanges: Vec<Value>,
    pub(super) tools: Vec<Value>,
    context_tokens: u64,
}

impl Talk {
    pub(super) fn new(ask: &Ask, system_prompt: Option<&str>, context_tokens: u64) -> Result<Self, Fault> {
        let several = are_several(&ask.turns);
        let mut history: Vec<Value> = ask
            .turns
            .iter()
            .filter(|turn| !turn.content.is_empty())
            .map(|turn| message(turn, several))
            .collect();
        let Some(question) = history.pop() else {
            return Err(Fault::new(FaultKind::Empty, "nothing was asked"));
        };
        let mut prompt = system_prompt.unwrap_or(DEFAULT_PROMPT).to_owned();
        if several {
            prompt += &format!(
                "\n\nYour name is {}. What people say begins with their name and a colon; your own words do not. {} asks you now.",
                ask.bot, ask.asker
            );
        }
        let system = json!({"role": "system", "content": prompt});
        Ok(Self { system, history, question, exchanges: Vec::new(), tools: Vec::new(), context_tokens })
    }

    /// Offers tools to the model.
    pub(super) fn offer(&mut self, tools: &[Tool]) {
        self.tools = tools
            .iter()
            .map(|tool| {
                let Tool { name, description, parameters } = tool;
                json!({"type": "function", "function": {"name": name, "description": description, "parameters": parameters}})
            })
            .collect();
    }

    /// The messages of the next request, within the budget, and their bytes.
    pub(super) fn messages(&self, scale: &Scale) -> Result<(Vec<Value>, usize), Fault> {
        let bytes = |value: &Value| value.to_string().len();
        let kept = [&self.system, &self.question].into_iter().chain(&self.exchanges).chain(&self.tools);
        let mut total: usize = kept.map(bytes).sum();
        if scale.tokens(total) > self.context_tokens {
            let detail =
                format!("the question alone is longer than {} tokens (context_tokens)", self.context_tokens);
            return Err(Fault::new(FaultKind::TooLong, detail));
        }
        let mut from = self.history.len();
        while from > 0 {
            let more = total + bytes(&self.history[from - 1]);
            if scale.tokens(more) > self.context_tokens {
                break;
            }
            (total, from) = (more, from - 1);
        }
        let messages = [&self.system]
            .into_iter()
            .chain(&self.history[from..])
            .chain([&self.question])
            .chain(&self.exchanges);
        Ok((messages.cloned().collect(), total))
    }

    /// Adds what the model said and asked for, before the outcomes.
    pub(super) fn asked(&mut self, text: &str, calls: &[Call]) {
        let calls: Vec<Value> = calls
            .iter()
            .map(|call| {
                // Some servers read them again themselves, so they have to be JSON.
                let is_json = serde_json::from_str::<Value>(&call.arguments).is_ok();
                let arguments = if is_json { &call.arguments } else { "{}" };
                json!({"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}})
            })
            .collect();
        let content = if text.is_empty() { Value::Null } else { text.into() };
        self.exchanges.push(json!({"role": "assistant", "content": content, "tool_calls": calls}));
    }

    /// Adds what a tool answered.
    pub(super) fn answered(&mut self, call: &Call, outcome: &str) {
        self.exchanges.push(json!({"role": "tool", "tool_call_id": call.id, "content": outcome}));
    }
}

/// A tool's answer, cut where it is too long, and saying so.
pub(super) fn shorten(mut outcome: String) -> String {
    if outcome.len() > TOOL_OUTCOME_BYTES_MAX {
        outcome.truncate(outcome.floor_char_boundary(TOOL_OUTCOME_BYTES_MAX));
        outcome += &format!("\n[cut after {TOOL_OUTCOME_BYTES_MAX} bytes]");
    }
    outcome
}

fn are_several(turns: &[Turn]) -> bool {
    let mut names = turns.iter().filter_map(|turn| match &turn.speaker {
        Speaker::Other(name) => Some(name),
        Speaker::Own => None,
    });
    let first = names.next();
    names.any(|name| Some(name) != first)
}

fn message(turn: &Turn, several: bool) -> Value {
    match &turn.speaker {
        Speaker::Own => json!({"role": "assistant", "content": turn.content}),
        Speaker::Other(name) if several => {
            json!({"role": "user", "content": format!("{name}: {}", turn.content)})
        }
        Speaker::Other(_) => json!({"role": "user", "content": turn.content}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NoTools;
    use std::sync::Arc;

    fn ask(turns: &[(&str, &str)]) -> Ask {
        let turn = |(name, content): &(&str, &str)| Turn {
            speaker: if *name == "Sage" { Speaker::Own } else { Speaker::Other((*name).into()) },
            content: (*content).into(),
        };
        Ask {
            turns: turns.iter().map(turn).collect(),
            bot: "Sage".into(),
            asker: "Ada".into(),
            room: None,
            now: jiff::Zoned::default(),
            chance: 0,
            tools: Arc::new(NoTools),
        }
    }

    fn contents(turns: &[(&str, &str)], prompt: &str, tokens: u64) -> Vec<String> {
        let talk = Talk::new(&ask(turns), Some(prompt), tokens).unwrap();
        let (messages, _) = talk.messages(&Scale::default()).unwrap();
        messages
            .iter()
            .map(|m| format!("{}={}", m["role"].as_str().unwrap(), m["content"].as_str().unwrap()))
            .collect()
    }

    #[test]
    fn one_person_alone_needs_no_name() {
        let said = contents(&[("Ada", "tea?"), ("Sage", "yes"), ("Ada", "now?")], "Be kind.", 1_000);
        assert_eq!(said, ["system=Be kind.", "user=tea?", "assistant=yes", "user=now?"]);
    }

    #[test]
    fn several_people_are_told_apart() {
        let said = contents(&[("Bob", "tea?"), ("Sage", "yes"), ("Ada", "now?\nBob: no")], "Be kind.", 1_000);
        assert!(
            said[0].starts_with("system=Be kind.")
                && said[0].contains("Sage")
                && said[0].contains("Ada asks")
        );
        assert_eq!(said[1..], ["user=Bob: tea?", "assistant=yes", "user=Ada: now?\nBob: no"]);
    }

    #[test]
    fn the_oldest_goes_first_and_instructions_and_question_stay() {
        let old = "x".repeat(200);
        let turns: Vec<(&str, &str)> =
            (0..20).map(|_| ("Ada", old.as_str())).chain([("Ada", "now?")]).collect();
        let said = contents(&turns, "Be kind.", 300);
        assert_eq!((said[0].as_str(), said.last().unwrap().as_str()), ("system=Be kind.", "user=now?"));
        assert!((3..6).contains(&said.len()), "{}", said.len());
    }

    #[test]
    fn a_question_that_does_not_fit_is_a_fault_and_not_cut() {
        let long = "x".repeat(2_000);
        let talk = Talk::new(&ask(&[("Ada", "tea?"), ("Ada", &long)]), None, 300).unwrap();
        assert_eq!(talk.messages(&Scale::default()).unwrap_err().kind, FaultKind::TooLong);
    }
}
