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

    /// Adds values as `(?1, ?2, …)`.
    pub(super) fn bind_all(&mut self, values: impl IntoIterator<Item = Value>) -> &mut Self {
        self.push("(");
        for (index, value) in values.into_iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.bind(value);
        }
        self.push(")")
    }

    /// The values, to bind.
    pub(super) fn params(&self) -> rusqlite::ParamsFromIter<&Vec<Value>> {
        rusqlite::params_from_iter(&self.values)
    }
}
