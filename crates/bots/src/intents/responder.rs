//! A script at work: the conversation comes in, a reply goes out, together with what the message was taken for.
//!
//! Nothing is remembered between two messages. Which reply came last, and so which one is next and which follow-ups apply, is read
//! off the bot's own turns: a reply is recognised by its template. So any process can answer next, and a test can repeat it.

use super::{
    chance::Chance,
    classifier::{Classifier, Guess, THRESHOLD, confidence},
    dice,
    entities::Finder,
    script::{Intent, Script, ScriptError},
    template::Template,
};
use crate::{Ask, Speaker};
use domain::Invalid;
use std::collections::{HashMap, HashSet};

/// What somebody is led to say next counts this much more: a follow-up is nearer than its words alone.
const FOLLOW_UP: f32 = 0.2;

/// A bot that was trained.
#[derive(Debug)]
pub struct Responder {
    classifier: Classifier,
    threshold: f32,
    hand_over_below: f32,
    intents: HashMap<String, Line>,
    replies: HashMap<String, Vec<Template>>,
    fallback: Vec<Template>,
    entities: HashMap<String, Finder>,
}

/// What is known of an intent besides its phrases.
#[derive(Debug)]
struct Line {
    after: Vec<String>,
    /// Whose replies are given.
    replies_of: String,
}

/// What a bot answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// The reply, as Markdown.
    pub text: String,
    /// What the message was taken for; `None` when it was not understood.
    pub intent: Option<String>,
    /// The intent that it comes nearest to, understood or not.
    pub nearest: String,
    /// How sure that is, from 0 to 1. Of what was not understood: of the nearest intent.
    pub confidence: f32,
    /// Whether a language model had better answer, if there is one.
    pub hand_over: bool,
}

impl Responder {
    /// Checks and learns a script. Training takes milliseconds for hundreds of phrases and a second for 15,000; it blocks.
    pub fn new(script: &Script) -> Result<Self, ScriptError> {
        script.check()?;
        let mut replies = HashMap::new();
        for intent in &script.intents {
            replies.insert(intent.name.clone(), templates(&intent.replies)?);
        }
        let mut entities = HashMap::new();
        for (name, entity) in &script.entities {
            entities.insert(name.clone(), Finder::new(entity).map_err(broken)?);
        }
        let line = |intent: &Intent| Line {
            after: intent.after.clone(),
            replies_of: intent.answers_like.clone().unwrap_or_else(|| intent.name.clone()),
        };
        Ok(Self {
            classifier: Classifier::of(script),
            threshold: script.threshold.unwrap_or_else(|| confidence(THRESHOLD)),
            hand_over_below: script.hand_over_below.unwrap_or(0.0),
            intents: script.intents.iter().map(|intent| (intent.name.clone(), line(intent))).collect(),
            replies,
            fallback: templates(&script.fallback.replies)?,
            entities,
        })
    }

    /// What the last turn may mean, the likeliest first; follow-ups only where they apply.
    pub fn rank(&self, ask: &Ask) -> Vec<Guess<'_>> {
        let mut guesses = self.classifier.rank(&question(ask));
        let came_last = self.came_last(ask);
        guesses.retain_mut(|guess| {
            let Some(line) = self.intents.get(guess.intent).filter(|line| !line.after.is_empty()) else {
                return true;
            };
            guess.margin += FOLLOW_UP;
            line.after.iter().any(|intent| came_last.contains(intent.as_str()))
        });
        guesses.sort_by(|one, other| other.margin.total_cmp(&one.margin));
        guesses
    }

    /// Answers the last turn.
    pub fn respond(&self, ask: &Ask) -> Response {
        let best = self.rank(ask).first().copied();
        let confidence = best.map_or(0.0, |guess| guess.confidence());
        let intent = best.filter(|_| confidence >= self.threshold).map(|guess| guess.intent);
        let replies = intent.and_then(|intent| self.replies_to(intent)).unwrap_or(&self.fallback);
        Response {
            text: self.reply(replies, ask),
            intent: intent.map(str::to_owned),
            nearest: best.map_or(crate::OUT_OF_SCOPE, |guess| guess.intent).to_owned(),
            confidence,
            hand_over: confidence < self.hand_over_below,
        }
    }

    fn replies_to(&self, intent: &str) -> Option<&Vec<Template>> {
        self.replies.get(&self.intents.get(intent)?.replies_of)
    }

    /// The intents to which the bot's last turn can have been a reply.
    fn came_last(&self, ask: &Ask) -> HashSet<&str> {
        let Some(text) = own(ask).next() else { return HashSet::new() };
        let said = self.replies.iter().filter(|(_, replies)| replies.iter().any(|reply| reply.made(text)));
        let said: HashSet<&str> = said.map(|(intent, _)| intent.as_str()).collect();
        let intents = self.intents.iter().filter(|(_, line)| said.contains(line.replies_of.as_str()));
        intents.map(|(intent, _)| intent.as_str()).collect()
    }

    /// The reply after the one that was given last, of those whose values are all known.
    fn reply(&self, replies: &[Template], ask: &Ask) -> String {
        let last = own(ask).find_map(|text| replies.iter().position(|reply| reply.made(text)));
        let next = last.map_or(0, |last| last + 1);
        let mut chance = Chance::new(ask.chance);
        let texts = (0..replies.len()).map(|at| &replies[(next + at) % replies.len()]);
        let mut filled = texts.filter_map(|reply| {
            let mut dice = chance.clone();
            reply.fill(&mut chance, |name| self.value(name, ask, &mut dice))
        });
        filled.next().unwrap_or_default()
    }

    fn value(&self, name: &str, ask: &Ask, chance: &mut Chance) -> Option<String> {
        let question = question(ask);
        match name {
            "bot" => Some(ask.bot.clone()),
            "user" => Some(ask.asker.clone()).filter(|name| !name.is_empty()),
            "room" => ask.room.clone(),
            "time" => Some(ask.now.strftime("%H:%M").to_string()),
            "date" => Some(ask.now.strftime("%A, %-d %B %Y").to_string()),
            "dice" => Some(dice::throw(&question, chance)),
            entity => self.entities.get(entity)?.find(&question),
        }
    }
}

fn templates(replies: &[String]) -> Result<Vec<Template>, ScriptError> {
    replies.iter().map(|reply| Template::parse(reply).map_err(broken)).collect()
}

/// The check has named the place of everything that can be wrong; this is for what it forgot.
fn broken(what: Invalid) -> ScriptError {
    ScriptError::Invalid { place: "script".to_owned(), what }
}

/// The bot's own turns, newest first.
fn own(ask: &Ask) -> impl Iterator<Item = &str> {
    let own = ask.turns.iter().rev().filter(|turn| turn.speaker == Speaker::Own);
    own.map(|turn| turn.content.as_str())
}

/// The last turn without the mentions that call the bot.
fn question(ask: &Ask) -> String {
    let text = ask.turns.last().map_or("", |turn| turn.content.as_str());
    let words = text.split_whitespace().filter(|word| !(word.starts_with('@') && word.len() > 1));
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NoTools, Turn, intents::starter};
    use std::sync::Arc;

    /// Ada's conversation with the bot, every other turn the bot's, in a room or without one.
    fn ask(turns: &[&str], room: Option<&str>) -> Ask {
        let said = turns.iter().zip(0..).map(|(content, at)| Turn {
            speaker: if at % 2 == 0 { Speaker::Other("ada".to_owned()) } else { Speaker::Own },
            content: (*content).to_owned(),
        });
        Ask {
            turns: said.collect(),
            bot: "Tertulia".to_owned(),
            asker: "Ada".to_owned(),
            room: room.map(str::to_owned),
            now: "2026-11-21T09:05[Europe/Madrid]".parse().expect("a time"),
            chance: 7,
            tools: Arc::new(NoTools),
        }
    }

    const CAFE: &str = r#"
        name = "Waiter"
        hand_over_below = 0.9
        fallback.replies = ["I only know the menu.", "Ask for the menu."]
        fallback.phrases = ["who won the match", "what time is it", "my shoes are wet", "tell me a joke"]
        [[intents]]
        name = "order"
        phrases = ["i would like a coffee", "a tea please", "bring me a coffee", "one green tea"]
        replies = ["{drink} for {user} in {room}.", "What may it be, at {time} on {date}?", "One {drink}."]
        [[intents]]
        name = "order.more"
        after = ["order"]
        answers_like = "order"
        phrases = ["another one", "the same again", "one more"]
        [[intents]]
        name = "pay"
        phrases = ["the bill please", "i want to pay", "how much is it", "can i have the bill"]
        replies = ["That is {one|two} euros."]
        [entities.drink]
        values = ["coffee", "tea", "green tea"]
    "#;

    fn cafe() -> Responder {
        Responder::new(&Script::read(CAFE).expect("a good script")).expect("a good script")
    }

    #[test]
    fn replies_come_in_turn_and_one_without_its_values_is_passed_over() {
        let waiter = cafe();
        let reply = |turns: &[&str], room| waiter.respond(&ask(turns, room)).text;
        assert_eq!(reply(&["a coffee please"], Some("Café")), "coffee for Ada in Café.");
        assert_eq!(
            reply(&["a coffee please"], None),
            "What may it be, at 09:05 on Saturday, 21 November 2026?"
        );
        let turns =
            ["a tea please", "What may it be, at 09:05 on Friday, 20 November 2026?", "bring me a green tea"];
        assert_eq!(reply(&turns, None), "One green tea.");
        let turns = ["a tea please", "One tea.", "bring me a green tea"];
        assert_eq!(reply(&turns, Some("Café")), "green tea for Ada in Café.");
        assert!(["That is one euros.", "That is two euros."].contains(&reply(&["the bill"], None).as_str()));
    }

    #[test]
    fn a_follow_up_is_understood_after_its_intent_and_at_no_other_time() {
        let waiter = cafe();
        let intent = |turns: &[&str]| waiter.respond(&ask(turns, None)).intent;
        assert_eq!(intent(&["a tea", "One tea.", "another one"]).as_deref(), Some("order.more"));
        assert_ne!(intent(&["another one"]).as_deref(), Some("order.more"));
        assert_ne!(intent(&["the bill", "That is one euros.", "another one"]).as_deref(), Some("order.more"));
    }

    #[test]
    fn what_is_not_understood_gets_the_fallbacks_in_turn_and_is_handed_over() {
        let waiter = cafe();
        let response = waiter.respond(&ask(&["@waiter who won the cup"], None));
        assert_eq!((response.text.as_str(), response.intent), ("I only know the menu.", None));
        assert!(response.hand_over && response.confidence < 0.2, "{}", response.confidence);
        let turns = ["who won the cup", "I only know the menu.", "my feet are wet"];
        assert_eq!(waiter.respond(&ask(&turns, None)).text, "Ask for the menu.");
        let response = waiter.respond(&ask(&["bring me a coffee"], None));
        assert!(!response.hand_over && response.intent.is_some(), "{response:?}");
    }

    #[test]
    fn the_starter_bot_tells_the_time_throws_dice_and_goes_through_its_jokes() {
        let bot = Responder::new(&starter()).expect("a good script");
        let respond = |turns: &[&str]| bot.respond(&ask(turns, None));
        assert_eq!(respond(&["@Tertulia what time is it"]).text, "It is 09:05.");
        assert!(respond(&["roll 2d6"]).text.contains(" (2d6)"));
        let joke = respond(&["tell me a joke"]);
        let other = respond(&["tell me a joke", &joke.text, "another one"]);
        assert_eq!(other.intent.as_deref(), Some("joke.another"));
        assert_ne!(joke.text, other.text);
        assert_eq!(respond(&["tell me a joke", &joke.text, "one more joke"]).text, other.text);
    }
}
