//! SQL text with its bound values: a value never becomes part of the text.

use std::fmt::Write;

use rusqlite::types::Value;

/// A statement, or a part of one, under construction.
#[derive(Debug, Clone, Default)]
pub(super) struct Sql {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
}

impl Sql {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), values: Vec::new() }
    }

    /// Adds literal text: only ever constants of this program.
    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a value as a numbered parameter.
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        write!(self.text, "?{}", self.values.len()).expect("writing to a String cannot fail");
        self
    }

    /// Adds another part with its values, numbered on from here.
    pub(super) fn append(&mut self, part: &Self) -> &mut Self {
        let mut pieces = part.text.split('?');
        self.text.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            let digits = piece.len() - piece.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let number = piece[..digits].parse::<usize>().unwrap_or(0);
            let value = part.values.get(number.wrapping_sub(1)).expect("only bound parameters have a question mark");
            self.bind(value.clone()).push(&piece[digits..]);
        }
        self
    }

    /// Adds values as `(?1, ?2, …)`; none as `(NULL)`, which nothing is in: `()` would have SQLite drop the conditions beside it, and with
    /// them what a partial index needs.
    pub(super) fn bind_all(&mut self, values: impl IntoIterator<Item = Value>) -> &mut Self {
        self.push("(");
        let mut any = false;
        for value in values {
            if any {
                self.push(", ");
            }
            self.bind(value);
            any = true;
        }
        self.push(if any { ")" } else { "NULL)" })
    }

    /// The values, to bind.
    pub(super) fn params(&self) -> rusqlite::ParamsFromIter<&Vec<Value>> {
        rusqlite::params_from_iter(&self.values)
    }
}
