//! JSON read only as far as the wire needs it: an object's fields as raw text, and the characters of a string.
//!
//! Nothing here builds a tree, recurses, or turns a number into anything but its digits. `serde_json` decides what is
//! JSON; depth, huge numbers and lone surrogates are no reason to refuse.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::event::Unreadable;

/// The text of a body, a UTF-8 byte order mark left out.
pub(crate) fn text(body: &[u8]) -> Result<&str, Unreadable> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    std::str::from_utf8(body).map_err(|_| Unreadable::NotUtf8)
}

/// Whether `text` is one JSON object.
pub(crate) fn check_object(text: &str) -> Result<(), Unreadable> {
    serde_json::from_str::<IgnoredAny>(text).map_err(|_| Unreadable::NotJson)?;
    let first = text.trim_start_matches([' ', '\t', '\r', '\n']).as_bytes().first();
    if first == Some(&b'{') { Ok(()) } else { Err(Unreadable::NotAnObject) }
}

/// Calls `each` with every key and raw value of the object `text`, in order, duplicates included.
/// When `text` turns out not to be an object, what `each` was given before must be thrown away.
pub(crate) fn for_each_field<'a>(text: &'a str, each: impl FnMut(&str, &'a str)) -> Result<(), Unreadable> {
    let mut source = serde_json::Deserializer::from_str(text);
    let read = source.deserialize_map(Fields(each)).and_then(|()| source.end());
    match read {
        Ok(()) => Ok(()),
        Err(_) => Err(check_object(text).err().unwrap_or(Unreadable::NotJson)),
    }
}

struct Fields<F>(F);

impl<'de, F: FnMut(&str, &'de str)> Visitor<'de> for Fields<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        // The key is read raw too: a lone surrogate in it would otherwise fail the whole object.
        while let Some((key, value)) = map.next_entry::<&'de RawValue, &'de RawValue>()? {
            (self.0)(&unescaped(inside(key.get())), value.get());
        }
        Ok(())
    }
}

/// The raw elements of the array `raw`; none when it is not one.
pub(crate) fn elements(raw: &str) -> Vec<&str> {
    let elements: Vec<&RawValue> = serde_json::from_str(raw).unwrap_or_default();
    elements.into_iter().map(RawValue::get).collect()
}

/// The string `raw` stands for; `None` when it is not a string.
pub(crate) fn string(raw: &str) -> Option<Cow<'_, str>> {
    raw.starts_with('"').then(|| unescaped(inside(raw)))
}

/// The digits of the number `raw`, exactly as written; `None` when it is not a number.
pub(crate) fn number(raw: &str) -> Option<&str> {
    raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()).then_some(raw)
}

/// What stands between the quotes of a JSON string.
fn inside(raw: &str) -> &str {
    raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).unwrap_or(raw)
}

fn unescaped(inside: &str) -> Cow<'_, str> {
    if !inside.contains('\\') {
        return Cow::Borrowed(inside);
    }
    let mut text = String::with_capacity(inside.len());
    for piece in Pieces(inside) {
        match piece {
            Piece::Run(run) => text.push_str(run),
            Piece::Escaped(c) => text.push(c),
        }
    }
    Cow::Owned(text)
}

/// A part of a JSON string's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Characters that stand for themselves.
    Run(&'a str),
    /// What one escape (or a pair of surrogates) stands for; U+FFFD where it stands for nothing.
    Escaped(char),
}

/// The pieces of a JSON string's content, without its quotes.
pub(crate) struct Pieces<'a>(pub(crate) &'a str);

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let at = self.0.find('\\').unwrap_or(self.0.len());
        if at > 0 {
            let (run, rest) = self.0.split_at(at);
            self.0 = rest;
            return Some(Piece::Run(run));
        }
        let mut rest = self.0.strip_prefix('\\')?.chars();
        let escaped = match rest.next() {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let (c, after) = code_point(rest.as_str());
                rest = after.chars();
                c
            }
            Some(c) => c,
            None => char::REPLACEMENT_CHARACTER,
        };
        self.0 = rest.as_str();
        Some(Piece::Escaped(escaped))
    }
}

/// Reads what follows `\u`: four digits, and the second half of a pair where the first half needs one.
fn code_point(rest: &str) -> (char, &str) {
    let Some((first, after)) = four_digits(rest) else { return (char::REPLACEMENT_CHARACTER, rest) };
    if (0xD800..0xDC00).contains(&first)
        && let Some((second, after)) = after.strip_prefix("\\u").and_then(four_digits)
        && (0xDC00..0xE000).contains(&second)
    {
        let pair = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return (char::from_u32(pair).unwrap_or(char::REPLACEMENT_CHARACTER), after);
    }
    (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), after)
}

fn four_digits(text: &str) -> Option<(u32, &str)> {
    let digits = text.get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    Some((u32::from_str_radix(digits, 16).ok()?, &text[4..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pair_of_surrogates_is_one_character_and_a_lone_one_is_replaced() {
        assert_eq!(string(r#""a\uD83D\uDE00b""#).unwrap(), "a😀b");
        assert_eq!(string(r#""a\uD83Db""#).unwrap(), "a\u{FFFD}b");
        assert_eq!(string(r#""\uDE00\uD83D\u0041""#).unwrap(), "\u{FFFD}\u{FFFD}A");
    }

    #[test]
    fn a_number_keeps_its_digits() {
        assert_eq!(number("12345678901234567890123"), Some("12345678901234567890123"));
        assert_eq!(number("-1e999"), Some("-1e999"));
        assert_eq!(number("true"), None);
        assert_eq!(number("\"1\""), None);
    }

    #[test]
    fn the_elements_of_what_is_no_array_are_none() {
        assert_eq!(elements("[1, \"a\", [2]]"), ["1", "\"a\"", "[2]"]);
        assert!(elements("{\"a\":1}").is_empty());
        assert!(elements("null").is_empty());
    }

    proptest! {
        #[test]
        fn every_string_reads_back_as_serde_json_wrote_it(text in any::<String>()) {
            let written = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(string(&written).unwrap(), text);
        }

        #[test]
        fn any_content_of_a_string_is_taken_apart_without_panic(text in r#"(\\[u"bx]|[0-9a-fA-F]|\\uD8|[ -~é😀]){0,40}"#) {
            let mut rest = Pieces(&text);
            prop_assert!(rest.by_ref().count() <= text.len());
            prop_assert_eq!(rest.0, "");
        }
    }
}
