//! Everything that can be wrong with a script, each with its place.

use super::{Entity, Intent, Script};
use crate::intents::{OUT_OF_SCOPE, entities::Finder, template::Template};
use domain::{Invalid, limits, people};

/// What is wrong, behind where it is.
type Wrong = (String, Invalid);

pub(super) fn check(script: &Script) -> Result<(), Wrong> {
    let here = |invalid: Invalid| (invalid.field.to_owned(), invalid);
    check_text(&script.name, "name", 1, limits::DISPLAY_NAME_CHARS_MAX, NAME).map_err(here)?;
    check_text(&script.description, "description", 0, limits::SCRIPT_DESCRIPTION_CHARS_MAX, DESCRIPTION)
        .map_err(here)?;
    people::avatar(&script.avatar).map_err(here)?;
    check_confidence(script.threshold, "threshold").map_err(here)?;
    check_confidence(script.hand_over_below, "hand_over_below").map_err(here)?;
    check_number(script.intents.len(), "intents", limits::INTENTS_MAX, "A bot has at most {limit} intents.")
        .map_err(here)?;
    check_number(
        script.entities.len(),
        "entities",
        limits::ENTITIES_MAX,
        "A bot has at most {limit} entities.",
    )
    .map_err(here)?;
    let phrases = script.intents.iter().map(|intent| intent.phrases.len()).sum::<usize>();
    let phrases = phrases + script.fallback.phrases.len();
    check_number(phrases, "phrases", limits::PHRASES_MAX, "A bot has at most {limit} phrases.")
        .map_err(here)?;
    for (name, entity) in &script.entities {
        check_entity(name, entity).map_err(|invalid| (format!("entity {name:?}"), invalid))?;
    }
    if script.fallback.replies.is_empty() {
        return Err((
            "fallback".to_owned(),
            Invalid::new("replies", "A bot has at least one fallback reply."),
        ));
    }
    check_phrases("fallback", &script.fallback.phrases)?;
    check_replies(script, "fallback", &script.fallback.replies)?;
    for (at, intent) in script.intents.iter().enumerate() {
        check_intent(script, at, intent)?;
    }
    Ok(())
}

const NAME: &str = "A bot's name has 1 to {limit} characters.";
const DESCRIPTION: &str = "A description has at most {limit} characters.";
const PHRASE: &str = "A phrase has at most {limit} characters.";
const REPLY: &str = "A reply has 1 to {limit} characters.";
const REPLIES: &str = "An intent has at most {limit} replies.";
const BARE: &str =
    "One reply at least does without {user}, {room} and entities, which not every message has.";
const VALUE: &str = "A value or synonym has 1 to {limit} characters.";

fn check_intent(script: &Script, at: usize, intent: &Intent) -> Result<(), Wrong> {
    let place = format!("intent {:?}", intent.name);
    let here = |text| (place.clone(), Invalid::new("intents", text));
    check_key(&intent.name).map_err(|invalid| (place.clone(), invalid))?;
    if intent.name == OUT_OF_SCOPE {
        return Err(here("This name means that nothing was understood; choose another one."));
    }
    if script.intents[..at].iter().any(|earlier| earlier.name == intent.name) {
        return Err(here("Another intent has this name."));
    }
    if intent.phrases.is_empty() {
        return Err(here("An intent has at least one phrase."));
    }
    check_phrases(&place, &intent.phrases)?;
    for name in &intent.after {
        find(script, name).map_err(|invalid| (format!("{place}, after {name:?}"), invalid))?;
    }
    let Some(other) = &intent.answers_like else {
        return match intent.replies.is_empty() {
            true => Err(here("An intent has at least one reply.")),
            false => check_replies(script, &place, &intent.replies),
        };
    };
    if !intent.replies.is_empty() {
        return Err(here("An intent has replies of its own or answers like another one, not both."));
    }
    let like = |invalid| (format!("{place}, answers_like {other:?}"), invalid);
    match find(script, other).map_err(like)?.replies.is_empty() {
        true => Err(like(Invalid::new("answers_like", "That intent has no replies of its own."))),
        false => Ok(()),
    }
}

fn find<'a>(script: &'a Script, name: &str) -> Result<&'a Intent, Invalid> {
    let found = script.intents.iter().find(|intent| intent.name == name);
    found.ok_or(Invalid::new("intents", "There is no intent of this name."))
}

fn check_phrases(place: &str, phrases: &[String]) -> Result<(), Wrong> {
    phrases.iter().zip(1..).try_for_each(|(phrase, number)| {
        let here = |invalid| (format!("{place}, phrase {number}"), invalid);
        check_text(phrase, "phrases", 0, limits::PHRASE_CHARS_MAX, PHRASE).map_err(here)?;
        match phrase.trim().is_empty() || phrase.contains(['\n', '\t']) {
            true => Err(here(Invalid::new("phrases", "A phrase is one line with words in it."))),
            false => Ok(()),
        }
    })
}

fn check_replies(script: &Script, place: &str, replies: &[String]) -> Result<(), Wrong> {
    check_number(replies.len(), "replies", limits::REPLIES_PER_INTENT_MAX, REPLIES)
        .map_err(|invalid| (place.to_owned(), invalid))?;
    let mut bare = false;
    for (reply, number) in replies.iter().zip(1..) {
        let here = format!("{place}, reply {number}");
        if let Err(invalid) = check_text(reply.trim(), "replies", 1, limits::REPLY_CHARS_MAX, REPLY) {
            return Err((here, invalid));
        }
        let template = Template::parse(reply).map_err(|invalid| (here.clone(), invalid))?;
        let unknown = template
            .names()
            .find(|name| !Template::is_variable(name) && !script.entities.contains_key(*name));
        if let Some(name) = unknown {
            let what = Invalid::new("replies", "There is no variable or entity of this name.");
            return Err((format!("{here}, {{{name}}}"), what));
        }
        bare |= template.names().all(Template::is_always_known);
    }
    match bare {
        true => Ok(()),
        false => Err((place.to_owned(), Invalid::new("replies", BARE))),
    }
}

fn check_entity(name: &str, entity: &Entity) -> Result<(), Invalid> {
    check_key(name)?;
    if Template::is_variable(name) {
        return Err(Invalid::new("entities", "A variable has this name; choose another one."));
    }
    let number = entity.values.len() + entity.synonyms.len();
    let rule = "An entity has at most {limit} values and synonyms.";
    check_number(number, "values", limits::ENTITY_VALUES_MAX, rule)?;
    if entity.values.is_empty() == entity.pattern.is_none() {
        return Err(Invalid::new("entities", "An entity has either values or a pattern."));
    }
    for text in entity.values.iter().chain(entity.synonyms.keys()) {
        check_text(text.trim(), "values", 1, limits::ENTITY_VALUE_CHARS_MAX, VALUE)?;
    }
    if entity.synonyms.values().any(|value| !entity.values.contains(value)) {
        return Err(Invalid::new("synonyms", "A synonym stands for one of the values."));
    }
    Finder::new(entity).map(drop)
}

/// The names of intents and entities can stand in braces, in addresses and in lists.
fn check_key(name: &str) -> Result<(), Invalid> {
    let rule = "A name has 1 to {limit} letters, digits, dots, hyphens and underscores.";
    check_text(name, "name", 1, limits::INTENT_NAME_CHARS_MAX, rule)?;
    match name.chars().all(|char| char.is_alphanumeric() || "._-".contains(char)) {
        true => Ok(()),
        false => Err(Invalid::limit("name", rule, limits::INTENT_NAME_CHARS_MAX)),
    }
}

fn check_confidence(confidence: Option<f32>, field: &'static str) -> Result<(), Invalid> {
    match confidence.is_none_or(|confidence| (0.0..=1.0).contains(&confidence)) {
        true => Ok(()),
        false => Err(Invalid::new(field, "A confidence is a number from 0 to 1.")),
    }
}

fn check_number(number: usize, field: &'static str, most: usize, rule: &'static str) -> Result<(), Invalid> {
    if number > most { Err(Invalid::limit(field, rule, most)) } else { Ok(()) }
}

fn check_text(
    text: &str,
    field: &'static str,
    least: usize,
    most: usize,
    rule: &'static str,
) -> Result<(), Invalid> {
    let chars = text.chars().count();
    if chars < least || chars > most { Err(Invalid::limit(field, rule, most)) } else { Ok(()) }
}
