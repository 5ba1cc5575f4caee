//! What a bot may do besides talking. A tool acts with the rights of whoever asked, and what it finds may be shown to the whole room: it
//! reads only what they may read *and* every member may.

use crate::{App, Result};
use bots::{Tool, Toolbox};
use domain::{
    access::RoomReader,
    ids::{MessageId, RoomId},
    limits,
    people::Person,
};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// Messages read at once.
const SEARCH_PAGE: usize = 500;
/// Messages found, at most.
const FOUND_MAX: usize = 10;
/// Dice of one throw, and sides of a die.
const DICE_MAX: u64 = 100;
const SIDES_MAX: u64 = 1_000;

/// The tools of a room.
pub(super) struct RoomTools {
    app: App,
    asker: Person,
    room: RoomId,
    question: MessageId,
    zone: TimeZone,
}

impl RoomTools {
    pub fn new(app: App, asker: Person, room: RoomId, question: MessageId, zone: TimeZone) -> Self {
        Self { app, asker, room, question, zone }
    }

    fn time(&self) -> String {
        self.app.now().to_zoned(self.zone.clone()).strftime("%A, %-d %B %Y, %H:%M (%Q)").to_string()
    }

    fn roll(&self, arguments: &Value) -> std::result::Result<String, String> {
        let (count, sides) = (number(arguments, "count", 1)?, number(arguments, "sides", 6)?);
        if !(1..=DICE_MAX).contains(&count) || !(2..=SIDES_MAX).contains(&sides) {
            return Err(format!("There are 1 to {DICE_MAX} dice of 2 to {SIDES_MAX} sides."));
        }
        let thrown: Vec<u64> = (0..count).map(|_| self.below(sides) + 1).collect();
        let list = thrown.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        Ok(if count == 1 { list } else { format!("{list} (together {})", thrown.iter().sum::<u64>()) })
    }

    /// A number below another by lot, each equally likely: what would favour small ones is drawn again.
    fn below(&self, bound: u64) -> u64 {
        loop {
            let drawn = crate::chance(&*self.app.world);
            if drawn < u64::MAX - u64::MAX % bound {
                return drawn % bound;
            }
        }
    }

    async fn search(&self, arguments: &Value) -> std::result::Result<String, String> {
        let words = arguments.get("text").and_then(Value::as_str).map(str::trim).unwrap_or_default();
        if words.is_empty() {
            return Err("Say in `text` what to look for.".into());
        }
        self.find(&words.to_lowercase()).await.map_err(|error| error.to_string())
    }

    async fn find(&self, words: &str) -> Result<String> {
        let reader: RoomReader = self.app.room_reader_of(&self.asker, &format!("~{}", self.room)).await?;
        let slug = &reader.room().slug;
        let (mut found, mut upto, mut read) = (Vec::new(), MessageId(i64::MAX), 0);
        while read < limits::SEARCH_MESSAGES_MAX && found.len() < FOUND_MAX {
            let page = self.app.store.shared_history(self.room, upto, SEARCH_PAGE).await?;
            let Some(first) = page.first() else { break };
            upto = MessageId(first.id.0 - 1);
            read += page.len();
            // The question holds the words that are looked for, and is nothing that was found.
            let fitting = page.iter().rev().filter(|message| {
                message.id >= reader.visible_from()
                    && message.id != self.question
                    && message.content.to_lowercase().contains(words)
            });
            found.extend(fitting.map(|message| {
                let at =
                    message.created_at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
                let excerpt: String = message.content.chars().take(200).collect();
                // One line, whatever lines it has.
                let excerpt = excerpt.split_whitespace().collect::<Vec<_>>().join(" ");
                let (id, name) = (message.id, &message.author.display_name);
                format!("[{at}](/rooms/{slug}/messages/{id}/) {name}: {excerpt}")
            }));
        }
        found.truncate(FOUND_MAX);
        if found.is_empty() {
            return Ok(format!("Nothing among the newest {read} messages."));
        }
        Ok(found.join("\n"))
    }
}

fn number(arguments: &Value, name: &str, otherwise: u64) -> std::result::Result<u64, String> {
    match arguments.get(name) {
        None | Some(Value::Null) => Ok(otherwise),
        Some(value) => value.as_u64().ok_or_else(|| format!("`{name}` is a whole number.")),
    }
}

#[async_trait::async_trait]
impl Toolbox for RoomTools {
    fn tools(&self) -> Vec<Tool> {
        let tool = |name, description, properties: Value, required: Value| Tool {
            name,
            description,
            parameters: json!({ "type": "object", "properties": properties, "required": required }),
        };
        vec![
            tool("time", "The date and the time where the asker is.", json!({}), json!([])),
            tool(
                "roll_dice",
                "Rolls dice.",
                json!({
                    "count": { "type": "integer", "description": "How many dice; 1 if left out." },
                    "sides": { "type": "integer", "description": "Sides of each die; 6 if left out." },
                }),
                json!([]),
            ),
            tool(
                "search_messages",
                "Finds messages of this room that contain a text, the newest first, with a link to each.",
                json!({ "text": { "type": "string", "description": "The text to look for; case does not matter." } }),
                json!(["text"]),
            ),
        ]
    }

    async fn call(&self, name: &str, arguments: &Value) -> std::result::Result<String, String> {
        match name {
            "time" => Ok(self.time()),
            "roll_dice" => self.roll(arguments),
            "search_messages" => self.search(arguments).await,
            _ => Err(format!("There is no tool {name}.")),
        }
    }
}
