//! What a mind is told of a room: nothing that any member may not read.

use crate::App;
use bots::{Ask, Speaker, Toolbox, Turn};
use domain::{
    bots::Bot,
    messages::{Message, MessageKind},
    people::{Person, username_key},
};
use jiff::tz::TimeZone;
use std::sync::Arc;

/// The question and what was said before it.
pub(super) fn ask(
    app: &App,
    bot: &Bot,
    asker: &Person,
    room: Option<String>,
    history: &[Message],
    zone: TimeZone,
    tools: Arc<dyn Toolbox>,
) -> Ask {
    let said = history.iter().filter(|message| message.kind == MessageKind::Text);
    let mut chance = [0; 8];
    app.world.randomize(&mut chance);
    Ask {
        turns: said.map(|message| turn(bot, message)).collect(),
        bot: bot.profile.display_name.clone(),
        asker: asker.display_name.clone(),
        room,
        now: app.now().to_zoned(zone),
        chance: u64::from_le_bytes(chance),
        tools,
    }
}

fn turn(bot: &Bot, message: &Message) -> Turn {
    if message.author.id == bot.profile.id {
        return Turn { speaker: Speaker::Own, content: message.content.clone() };
    }
    let content = without_name(&message.content, &bot.profile.username).to_owned();
    Turn { speaker: Speaker::Other(message.author.display_name.clone()), content }
}

/// What is said to a bot, without its name in front: `@lamp, what time is it` is a question about the time.
fn without_name<'a>(content: &'a str, username: &str) -> &'a str {
    let Some(rest) = content.trim_start().strip_prefix('@') else { return content };
    let end = rest.find(|c: char| c.is_whitespace() || ",:;!?".contains(c)).unwrap_or(rest.len());
    if username_key(&rest[..end]) != username_key(username) {
        return content;
    }
    let said = rest[end..].trim_start_matches(|c: char| c.is_whitespace() || ",:;".contains(c));
    if said.is_empty() { content } else { said }
}

#[cfg(test)]
mod tests {
    use super::without_name;

    #[test]
    fn a_bot_hears_what_is_said_to_it_without_its_own_name() {
        assert_eq!(without_name("@lamp, what time is it", "lamp"), "what time is it");
        assert_eq!(without_name("@Lamp hello", "lamp"), "hello");
        assert_eq!(without_name("what does @lamp do", "lamp"), "what does @lamp do");
        assert_eq!(without_name("@lamplight hello", "lamp"), "@lamplight hello");
        assert_eq!(without_name("@lamp", "lamp"), "@lamp");
    }
}
