//! A streamed page as a browser without scripts shows it.

use crate::{Person, within};
use anyhow::{Result, bail};
use reqwest::Response;

/// An open streamed page.
pub struct StreamedPage {
    answer: Response,
    bytes: Vec<u8>,
    /// The page has ended.
    pub is_over: bool,
}

impl StreamedPage {
    /// Opens the streamed page of a room.
    pub async fn open(person: &Person, room: &str) -> Result<Self> {
        let answer = person.get(&format!("/rooms/{room}/stream/")).await?;
        if !answer.status().is_success() {
            bail!("the page of {room}: {}", answer.status());
        }
        Ok(Self { answer, bytes: Vec::new(), is_over: false })
    }

    /// Everything that came, as it came.
    pub fn html(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Reads on until the replies in progress show what is wanted.
    pub async fn until_replies(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> Result<String> {
        let name = format!("a page whose replies show {what}");
        let shown = within(&name, async {
            loop {
                let shown = shown_replies(&self.html());
                if wanted(&shown) {
                    return Ok(shown);
                }
                self.read().await?;
            }
        })
        .await;
        match shown {
            Ok(shown) => shown,
            Err(error) => bail!("{error}; they show {:?}", shown_replies(&self.html())),
        }
    }

    /// Reads on until the page holds a text.
    pub async fn until_html(&mut self, text: &str) -> Result<()> {
        within(&format!("a page with {text:?}"), async {
            while !self.html().contains(text) {
                self.read().await?;
            }
            Ok(())
        })
        .await?
    }

    async fn read(&mut self) -> Result<()> {
        match self.answer.chunk().await? {
            Some(chunk) => self.bytes.extend_from_slice(&chunk),
            None => {
                self.is_over = true;
                bail!("the page has ended")
            }
        }
        Ok(())
    }
}

/// The words of replies in progress that no style hides, with the markup of their finished parts.
fn shown_replies(html: &str) -> String {
    let hidden: Vec<&str> = html
        .split("{display:none}")
        .filter_map(|before| before.rsplit(['.', '}', '>']).next())
        .filter(|class| is_chunk(class))
        .collect();
    let mut shown = String::new();
    for (open, close) in [("<div class=\"words", "</div>\n"), ("<span class=\"open", "</span>\n")] {
        for piece in html.split(open).skip(1) {
            let Some((classes, rest)) = piece.split_once('"') else { continue };
            let Some((_, inner)) = rest.split_once('>') else { continue };
            let inner = inner.split_once(close).map_or("", |(inner, _)| inner);
            // Messages have words too, and no class of their own.
            let of_reply = classes.split_whitespace().any(is_chunk);
            if of_reply && !classes.split_whitespace().any(|class| hidden.contains(&class)) {
                shown.push_str(inner);
            }
        }
    }
    shown
}

/// Whether a class is that of something written of a reply.
fn is_chunk(class: &str) -> bool {
    let number = class.strip_prefix(['b', 'o']).unwrap_or_default();
    !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_style_hides_is_not_shown() {
        let page = "<span class=\"open b1 o2\" slot=\"r1\">one</span>\n<span class=\"open b1 o3\" slot=\"r1\">two</span>\n";
        assert_eq!(shown_replies(page), "onetwo");
        let hides = |rule: &str| format!("{page}<style nonce=\"n\">{rule}</style>");
        assert_eq!(shown_replies(&hides(".o2{display:none}")), "two");
        assert_eq!(shown_replies(&hides(".b1{display:none}.log::part(r1){display:none}")), "");
        assert_eq!(shown_replies(&hides(".b11{display:none}")), "onetwo");
    }
}
