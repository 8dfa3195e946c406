//! From typed text to a [`Query`], by hand: every refusal knows its place in characters.

use jiff::civil::Date;

use super::{Is, Key, KeyTerm, Query, QueryError, Text};

/// Parses `text`, and shows each term to `understood` once it is.
pub(super) fn parse(text: &str, mut understood: impl FnMut(&Term)) -> Result<Query, QueryError> {
    // A control character separates words like a space; none reaches a value.
    let characters: Vec<char> = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut reader = Reader { characters: &characters, at: 0 };
    let mut query = Query::default();
    let mut terms = 0;
    while let Some(term) = reader.term()? {
        terms += 1;
        if terms > Query::MAX_TERMS {
            return Err(error(format!("too many terms: {} is the most", Query::MAX_TERMS), term.start, term.end));
        }
        query.add(&term)?;
        understood(&term);
    }
    Ok(query)
}

fn error(message: impl Into<String>, start: usize, end: usize) -> QueryError {
    QueryError { message: message.into(), start, end }
}

/// One term as typed. Places are in characters.
pub(super) struct Term {
    pub(super) excluded: bool,
    /// The key as typed and its place; `None` for a word or a phrase.
    pub(super) key: Option<Value>,
    pub(super) value: Value,
    pub(super) start: usize,
    pub(super) end: usize,
}

pub(super) struct Value {
    pub(super) text: String,
    start: usize,
    end: usize,
}

struct Reader<'a> {
    characters: &'a [char],
    at: usize,
}

impl Reader<'_> {
    /// The next term; `None` at the end.
    fn term(&mut self) -> Result<Option<Term>, QueryError> {
        self.at += self.length_while(char::is_whitespace);
        let start = self.at;
        let Some(first) = self.peek() else { return Ok(None) };
        let excluded = first == '-';
        if excluded {
            self.at += 1;
            if self.peek().is_none_or(char::is_whitespace) {
                return Err(error(
                    "- excludes what stands right behind it: a word, a phrase or key:value",
                    start,
                    self.at,
                ));
            }
        }
        let key = self.key();
        if let Some(key) = &key
            && self.peek().is_none_or(char::is_whitespace)
        {
            let message = format!("{0}: needs a value right behind it, as in {0}:{1}", key.text, example(&key.text));
            return Err(error(message, key.start, self.at));
        }
        let value = self.value()?;
        Ok(Some(Term { excluded, key, value, start, end: self.at }))
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn length_while(&self, holds: impl Fn(char) -> bool) -> usize {
        self.characters[self.at..].iter().take_while(|c| holds(**c)).count()
    }

    /// The key that stands here, its colon passed over: a letter, then letters, digits, `_` or `-`, then a colon.
    fn key(&mut self) -> Option<Value> {
        let start = self.at;
        let length = self.length_while(|c| c.is_alphanumeric() || c == '_' || c == '-');
        let end = start + length;
        let begins = self.peek().is_some_and(char::is_alphabetic);
        if !begins || self.characters.get(end) != Some(&':') {
            return None;
        }
        self.at = end + 1;
        Some(Value { text: self.characters[start..end].iter().collect(), start, end })
    }

    /// A text in quotes, or all that stands before the next white space.
    fn value(&mut self) -> Result<Value, QueryError> {
        let start = self.at;
        let mut text = String::new();
        if self.peek() == Some('"') {
            self.at += 1;
            loop {
                let c = self.peek();
                self.at += 1;
                match c {
                    None => return Err(error("this quote is not closed", start, self.characters.len())),
                    Some('"') if self.peek() == Some('"') => {
                        self.at += 1;
                        text.push('"');
                    }
                    Some('"') => break,
                    Some(c) => text.push(c),
                }
            }
        } else {
            let length = self.length_while(|c| !c.is_whitespace());
            text.extend(&self.characters[start..start + length]);
            self.at += length;
        }
        if text.chars().count() > Query::MAX_VALUE_CHARACTERS {
            return Err(error(
                format!("too long: {} characters is the most", Query::MAX_VALUE_CHARACTERS),
                start,
                self.at,
            ));
        }
        Ok(Value { text, start, end: self.at })
    }
}

/// A value to show beside a key.
fn example(key: &str) -> &'static str {
    match key.to_lowercase().as_str() {
        "status" | "is" => "error",
        "event" => "upload",
        "webhook" => "study-189",
        "site" => "12",
        "subject" => "000103",
        "upload" => "85045",
        "serial" => "TAS1Z12345678",
        "after" | "before" => "2026-08-22",
        _ => "189",
    }
}

impl Query {
    fn add(&mut self, term: &Term) -> Result<(), QueryError> {
        let Some(key) = &term.key else { return self.add_text(term) };
        let name = key.text.to_lowercase();
        match name.as_str() {
            "is" => self.add_is(term)?,
            "after" | "before" if term.excluded => {
                let other = if name == "after" { "before" } else { "after" };
                return Err(error(format!("{name}: cannot be excluded; use {other}: instead"), term.start, term.end));
            }
            "after" => push_new(&mut self.after, day("after", &term.value)?),
            "before" => push_new(&mut self.before, day("before", &term.value)?),
            _ => {
                let known = Key::ALL.into_iter().find(|known| known.as_str() == name);
                self.add_value(known.ok_or_else(|| unknown_key(key))?, term.excluded, &term.value)?;
            }
        }
        Ok(())
    }

    fn add_text(&mut self, term: &Term) -> Result<(), QueryError> {
        if !term.value.text.contains(char::is_alphanumeric) {
            return Err(error("a search needs a letter or a digit", term.value.start, term.value.end));
        }
        push_new(&mut self.texts, Text { phrase: term.value.text.clone(), excluded: term.excluded });
        Ok(())
    }

    fn add_value(&mut self, key: Key, excluded: bool, value: &Value) -> Result<(), QueryError> {
        if value.text.is_empty() {
            let message = format!("{key}: needs a value between the quotes, as in {key}:{}", example(key.as_str()));
            return Err(error(message, value.start, value.end));
        }
        let text = key.normal(&value.text);
        if excluded {
            push_new(&mut self.excluded, (key, text));
        } else if let Some(term) = self.keys.iter_mut().find(|term| term.key == key) {
            push_new(&mut term.values, text);
        } else {
            self.keys.push(KeyTerm { key, values: vec![text] });
        }
        Ok(())
    }

    fn add_is(&mut self, term: &Term) -> Result<(), QueryError> {
        let name = term.value.text.to_lowercase();
        let Some(is) = Is::ALL.into_iter().find(|is| is.as_str() == name) else {
            let known = Is::ALL.map(Is::as_str).join(", ");
            return Err(error(format!("is: takes one of {known}"), term.value.start, term.value.end));
        };
        push_new(if term.excluded { &mut self.is_not } else { &mut self.is }, is);
        Ok(())
    }
}

fn unknown_key(key: &Value) -> QueryError {
    let known = Key::ALL.map(|key| format!("{key}:")).join(" ");
    let message = format!(
        "{}: is not a key; there are {known} is: after: before:, and quotes around a text with a colon search for it as it is",
        key.text
    );
    error(message, key.start, key.end)
}

/// A day as `2026-08-22` and nothing else.
fn day(key: &str, value: &Value) -> Result<Date, QueryError> {
    let digits_and_dashes = value.text.len() == 10
        && value
            .text
            .bytes()
            .enumerate()
            .all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
    let date = if digits_and_dashes { value.text.parse().ok() } else { None };
    date.ok_or_else(|| {
        error(format!("{key}: takes a day of the calendar, as in {key}:2026-08-22"), value.start, value.end)
    })
}

/// Adds what is not there yet; the same term twice is one.
fn push_new<T: PartialEq>(list: &mut Vec<T>, new: T) {
    if !list.contains(&new) {
        list.push(new);
    }
}
