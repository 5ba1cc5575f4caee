//! Using the tools a model asks for. Whatever goes wrong is told to the model, which may try otherwise.

use super::{
    round::{Call, Round},
    talk::{Talk, shorten},
};
use crate::{Ask, Piece, Step, give::Give};
use domain::limits::TOOL_WAIT_MAX;
use serde_json::{Value, json};
use tokio::time::timeout;

/// Uses the tools one after the other, shows each as a step, and adds what they answered to the talk.
pub(super) async fn run(talk: &mut Talk, mut round: Round, ask: &Ask, give: &Give) {
    for (at, call) in round.calls.iter_mut().enumerate() {
        if call.id.is_empty() {
            call.id = format!("call_{at}");
        }
    }
    talk.asked(&round.text, &round.calls);
    for call in round.calls {
        let outcome = shorten(outcome(&call, ask).await);
        talk.answered(&call, &outcome);
        give.piece(Piece::Step(Step { tool: call.name, arguments: call.arguments, outcome })).await;
    }
}

async fn outcome(call: &Call, ask: &Ask) -> String {
    let arguments = match call.arguments.trim() {
        "" => Ok(json!({})),
        text => serde_json::from_str::<Value>(text),
    };
    let arguments = match arguments {
        Ok(arguments @ Value::Object(_)) => arguments,
        Ok(_) => return "The arguments are not a JSON object.".to_owned(),
        Err(error) => return format!("The arguments are not JSON: {error}."),
    };
    if !ask.tools.tools().iter().any(|tool| tool.name == call.name) {
        return format!("There is no tool {:?}.", call.name);
    }
    match timeout(TOOL_WAIT_MAX, ask.tools.call(&call.name, &arguments)).await {
        Ok(Ok(outcome) | Err(outcome)) => outcome,
        Err(_) => format!("The tool did not answer within {TOOL_WAIT_MAX:?}."),
    }
}
