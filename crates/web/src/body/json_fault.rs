//! Why a text is no JSON, in the words of the recorded token API, whose clients may have learned them (Python's `json`).
//!
//! It is asked only about what serde_json refused. Places are counted in characters.

/// The first fault of a body; `None` where it breaks no rule of the grammar.
pub(super) fn fault(body: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(body) {
        Ok(text) => text.chars().collect::<Vec<_>>(),
        Err(error) => return Some(undecodable(body, error)),
    };
    let mut reader = Reader { text: &text, at: 0 };
    let done = reader.value().and_then(|()| {
        reader.space();
        if reader.at < text.len() { Err(Fault::At("Extra data", reader.at)) } else { Ok(()) }
    });
    match done {
        Ok(()) => None,
        Err(Fault::Constant(name)) => {
            Some(format!("Out of range float values are not JSON compliant: '{name}'"))
        }
        Err(Fault::At(what, at)) => {
            let before = &text[..at.min(text.len())];
            let line = before.iter().filter(|c| **c == '\n').count() + 1;
            let column = at - before.iter().rposition(|c| *c == '\n').map_or(0, |end| end + 1) + 1;
            Some(format!("{what}: line {line} column {column} (char {at})"))
        }
    }
}

fn undecodable(body: &[u8], error: std::str::Utf8Error) -> String {
    let at = error.valid_up_to();
    let byte = body.get(at).copied().unwrap_or_default();
    let why = match (byte, error.error_len()) {
        (0x80..=0xc1 | 0xf5..=0xff, _) => "invalid start byte",
        (_, None) => "unexpected end of data",
        _ => "invalid continuation byte",
    };
    format!("'utf-8' codec can't decode byte 0x{byte:02x} in position {at}: {why}")
}

enum Fault {
    At(&'static str, usize),
    Constant(&'static str),
}

struct Reader<'t> {
    text: &'t [char],
    at: usize,
}

type Read = Result<(), Fault>;

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|c| matches!(c, ' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn starts(&self, word: &str) -> bool {
        word.chars().enumerate().all(|(nth, c)| self.text.get(self.at + nth) == Some(&c))
    }

    /// A value; nesting is bounded, because serde_json has refused what is deeper.
    fn value(&mut self) -> Read {
        self.space();
        match self.peek() {
            Some('"') => self.string(),
            Some('{') => self.object(),
            Some('[') => self.array(),
            Some('0'..='9' | '-') if !self.starts("-Infinity") => self.number(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Read {
        if let Some(name) = ["NaN", "Infinity", "-Infinity"].into_iter().find(|name| self.starts(name)) {
            return Err(Fault::Constant(name));
        }
        match ["null", "true", "false"].into_iter().find(|word| self.starts(word)) {
            Some(word) => self.at += word.len(),
            None => return Err(Fault::At("Expecting value", self.at)),
        }
        Ok(())
    }

    fn number(&mut self) -> Read {
        let start = self.at;
        self.at += usize::from(self.peek() == Some('-'));
        match self.peek() {
            Some('0') => self.at += 1,
            Some('1'..='9') => self.digits(),
            _ => return Err(Fault::At("Expecting value", start)),
        }
        let digit = |c: Option<&char>| c.is_some_and(char::is_ascii_digit);
        if self.peek() == Some('.') && digit(self.text.get(self.at + 1)) {
            self.at += 1;
            self.digits();
        }
        let signed = usize::from(matches!(self.text.get(self.at + 1), Some('+' | '-')));
        if matches!(self.peek(), Some('e' | 'E')) && digit(self.text.get(self.at + 1 + signed)) {
            self.at += 1 + signed;
            self.digits();
        }
        Ok(())
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Read {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                None => return Err(Fault::At("Unterminated string starting at", start)),
                Some('"') => break,
                Some('\\') => self.escape(start)?,
                Some('\0'..='\x1f') => return Err(Fault::At("Invalid control character at", self.at)),
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        Ok(())
    }

    fn escape(&mut self, start: usize) -> Read {
        let slash = self.at;
        self.at += 2;
        match self.text.get(slash + 1) {
            None => Err(Fault::At("Unterminated string starting at", start)),
            Some('u') => {
                let four = self.text.get(self.at..self.at + 4);
                if !four.is_some_and(|four| four.iter().all(char::is_ascii_hexdigit)) {
                    return Err(Fault::At("Invalid \\uXXXX escape", slash + 1));
                }
                self.at += 4;
                Ok(())
            }
            Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => Ok(()),
            Some(_) => Err(Fault::At("Invalid \\escape", slash)),
        }
    }

    fn object(&mut self) -> Read {
        self.members('}', "Illegal trailing comma before end of object", |reader| {
            if reader.peek() != Some('"') {
                return Err(Fault::At("Expecting property name enclosed in double quotes", reader.at));
            }
            reader.string()?;
            reader.space();
            if reader.peek() != Some(':') {
                return Err(Fault::At("Expecting ':' delimiter", reader.at));
            }
            reader.at += 1;
            reader.value()
        })
    }

    fn array(&mut self) -> Read {
        self.members(']', "Illegal trailing comma before end of array", Self::value)
    }

    fn members(&mut self, end: char, trailing: &'static str, one: fn(&mut Self) -> Read) -> Read {
        self.at += 1;
        self.space();
        if self.peek() == Some(end) {
            self.at += 1;
            return Ok(());
        }
        loop {
            one(self)?;
            self.space();
            let comma = self.at;
            match self.peek() {
                Some(c) if c == end => break,
                Some(',') => self.at += 1,
                _ => return Err(Fault::At("Expecting ',' delimiter", comma)),
            }
            self.space();
            if self.peek() == Some(end) {
                return Err(Fault::At(trailing, comma));
            }
        }
        self.at += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_as_it_was_recorded() {
        for (body, told) in [
            (&b"{\"username\":"[..], "Expecting value: line 1 column 13 (char 12)"),
            (b"{bad}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
            (b"{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
            (b"{\"a\":}", "Expecting value: line 1 column 6 (char 5)"),
            (b"{\"a\":\"\xff\"}", "'utf-8' codec can't decode byte 0xff in position 6: invalid start byte"),
            (b"{\"a\":NaN}", "Out of range float values are not JSON compliant: 'NaN'"),
            (b"{\"a\":1 \"b\":2}", "Expecting ',' delimiter: line 1 column 8 (char 7)"),
            (b"{\n\"a\" 1}", "Expecting ':' delimiter: line 2 column 5 (char 6)"),
            (b"{\"a\": \"b}", "Unterminated string starting at: line 1 column 7 (char 6)"),
            (b"[1] 2", "Extra data: line 1 column 5 (char 4)"),
        ] {
            assert_eq!(fault(body).as_deref(), Some(told), "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn what_is_json_has_no_fault() {
        for body in [r#"{"a": [1, -2.5e3, "\u00e9\n", null, {}], "b": []}"#, "true", " 1 "] {
            assert_eq!(fault(body.as_bytes()), None, "{body}");
        }
    }
}
