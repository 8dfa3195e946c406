//! A query written back: canonical text that parses to the same query.

use std::fmt;

use super::{Key, Query};

impl fmt::Display for Query {
    /// Words first, then keys, `is:` and dates; quotes only where they are needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut terms = Terms { f, separator: "" };
        for text in &self.texts {
            let minus = if text.excluded { "-" } else { "" };
            terms.put(format_args!("{minus}{}", Phrase(&text.phrase)))?;
        }
        for term in &self.keys {
            for value in &term.values {
                terms.put(format_args!("{}:{}", term.key, Value(value)))?;
            }
        }
        for (key, value) in &self.excluded {
            terms.put(format_args!("-{key}:{}", Value(value)))?;
        }
        for is in &self.is {
            terms.put(format_args!("is:{}", is.as_str()))?;
        }
        for is in &self.is_not {
            terms.put(format_args!("-is:{}", is.as_str()))?;
        }
        for day in &self.after {
            terms.put(format_args!("after:{day}"))?;
        }
        for day in &self.before {
            terms.put(format_args!("before:{day}"))?;
        }
        Ok(())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

struct Terms<'a, 'b> {
    f: &'a mut fmt::Formatter<'b>,
    separator: &'static str,
}

impl Terms<'_, '_> {
    fn put(&mut self, term: fmt::Arguments<'_>) -> fmt::Result {
        self.f.write_str(self.separator)?;
        self.separator = " ";
        self.f.write_fmt(term)
    }
}

/// A word or phrase of the full-text search: bare only where nothing in it could be taken for anything else.
struct Phrase<'a>(&'a str);

impl fmt::Display for Phrase<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '@' | '+');
        let bare = !self.0.starts_with('-') && self.0.chars().all(plain);
        if bare { f.write_str(self.0) } else { write_quoted(f, self.0) }
    }
}

/// A value behind a colon: a white space would end it, a quote could begin it.
struct Value<'a>(&'a str);

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = !self.0.contains(|c: char| c.is_whitespace() || c == '"');
        if bare { f.write_str(self.0) } else { write_quoted(f, self.0) }
    }
}

fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    write!(f, "\"{}\"", text.replace('"', "\"\""))
}
