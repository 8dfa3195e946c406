//! The words worth finding in a body, for the full-text index.

use crate::json::{self, Piece, Pieces};

/// The words worth finding in a body: every string and number among its values (keys left out), separated by spaces, at
/// most `limit` bytes, cut between characters. Empty when the body is not a JSON object. Linear, no recursion, one allocation.
///
/// Control characters become spaces: the index has no use for them, and some of its readers stop at a NUL.
#[must_use]
pub fn searchable_text(body: &[u8], limit: usize) -> String {
    let Ok(text) = json::text(body) else { return String::new() };
    if json::check_object(text).is_err() {
        return String::new();
    }
    let mut words = Words { text: String::with_capacity(text.len().min(limit)), limit };
    let bytes = text.as_bytes();
    let mut at = 0;
    // The text is sound JSON from here on: a quote opens a string, and a string with a colon behind it is a key.
    while at < bytes.len() {
        let start = at;
        let fits = match bytes[at] {
            b'"' => {
                at = end_of_string(bytes, at + 1);
                let is_key = bytes[at..].iter().find(|b| !b.is_ascii_whitespace()) == Some(&b':');
                is_key || words.string(&text[start + 1..at - 1])
            }
            b'-' | b'0'..=b'9' => {
                at += bytes[at..].iter().position(|b| !is_of_number(*b)).unwrap_or(bytes.len() - at);
                words.number(&text[start..at])
            }
            _ => {
                at += 1;
                true
            }
        };
        if !fits {
            break;
        }
    }
    words.text.truncate(words.text.trim_end().len());
    words.text
}

/// Where the string whose content begins at `at` is over: one past its closing quote.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn is_of_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E')
}

struct Words {
    text: String,
    limit: usize,
}

impl Words {
    /// Each of these says whether there is room for more.
    fn string(&mut self, inside: &str) -> bool {
        self.separate();
        Pieces(inside).all(|piece| match piece {
            // JSON lets some stand as they are: U+007F, and those up to U+009F.
            Piece::Run(run) if run.contains(char::is_control) => self.push(&run.replace(char::is_control, " ")),
            Piece::Run(run) => self.push(run),
            Piece::Escaped(c) if c.is_control() => self.push(" "),
            Piece::Escaped(c) => self.push(c.encode_utf8(&mut [0; 4])),
        })
    }

    fn number(&mut self, digits: &str) -> bool {
        self.separate();
        self.push(digits)
    }

    fn separate(&mut self) {
        if !self.text.is_empty() && self.text.len() < self.limit {
            self.text.push(' ');
        }
    }

    fn push(&mut self, run: &str) -> bool {
        let room = self.limit - self.text.len();
        let fitting = &run[..run.floor_char_boundary(room)];
        self.text.push_str(fitting);
        fitting.len() == run.len()
    }
}
