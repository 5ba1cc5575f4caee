//! What a streamed page writes beside messages: the mark of what is new, and who is typing.

use super::Stream;
use domain::messages::Message;

impl Stream {
    /// What stands before the first message that is new to this reader.
    pub(super) fn new_mark(&self, message: &Message) -> String {
        let since = message.created_at.to_zoned(self.locale.zone.clone()).strftime("%H:%M").to_string();
        let words = self.locale.words.t("New since {time}").replace("{time}", &since);
        format!("<div class=\"new\" role=\"separator\"><span>{words}</span></div>")
    }

    /// Writes who is typing over what was written before.
    pub(super) fn typing_line(&mut self, out: &mut String) {
        let mut names: Vec<&str> = self.typing.values().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        let words = self.locale.words;
        let line = match names.as_slice() {
            [] => String::new(),
            [one] => words.t("{one} is typing").replace("{one}", one),
            [one, other] => {
                words.t("{one} and {other} are typing").replace("{one}", one).replace("{other}", other)
            }
            _ => words.t("Several people are typing").to_owned(),
        };
        self.chunks += 1;
        let id = self.chunks;
        out.push_str(&format!(
            "<style nonce=\"{}\">#t{}{{display:none}}</style><p class=\"typing-now\" id=\"t{id}\" slot=\"typing\">{}</p>",
            self.nonce,
            std::mem::replace(&mut self.typed, id),
            domain::markup::escape(&line)
        ));
    }
}
