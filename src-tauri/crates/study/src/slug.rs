//! The last part of a webhook's path.

use std::fmt;

/// A webhook's slug: 1 to 64 characters of `a-z`, `0-9` and `-`, beginning and ending with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Slug(std::sync::Arc<str>);

/// A text that is not a slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a slug is 1 to 64 characters of a-z, 0-9 and -, beginning and ending with a letter or digit")]
pub struct NotASlug;

impl Slug {
    /// The longest slug, in characters.
    pub const MAX: usize = 64;

    /// Checks `text`.
    ///
    /// # Errors
    /// When it is not a slug.
    pub fn new(text: &str) -> Result<Self, NotASlug> {
        let bytes = text.as_bytes();
        let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let edge = |b: Option<&u8>| b.is_some_and(|b| *b != b'-');
        let fits = bytes.len() <= Self::MAX && edge(bytes.first()) && edge(bytes.last());
        if fits && bytes.iter().all(|b| inner(*b)) { Ok(Self(text.into())) } else { Err(NotASlug) }
    }

    /// The slug's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Slug {
    type Err = NotASlug;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

impl<'de> serde::Deserialize<'de> for Slug {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_slug_is_what_a_path_can_hold_without_escapes() {
        for text in ["a", "1", "study-189", "a--b", &"x".repeat(Slug::MAX)] {
            assert_eq!(Slug::new(text).map(|slug| slug.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "-", "-a", "a-", "A", "a_b", "a b", "a/b", "é", "a\0", &"x".repeat(Slug::MAX + 1)] {
            assert_eq!(text.parse::<Slug>(), Err(NotASlug), "{text}");
        }
    }

    #[test]
    fn a_slug_is_checked_when_it_is_read() {
        assert_eq!(serde_json::from_str::<Slug>(r#""study-189""#).unwrap().as_str(), "study-189");
        assert!(serde_json::from_str::<Slug>(r#""../189""#).is_err());
        assert_eq!(serde_json::to_string(&Slug::new("a").unwrap()).unwrap(), r#""a""#);
    }

    proptest! {
        #[test]
        fn exactly_the_pattern_is_accepted(text in prop_oneof!["[a-z0-9-]{0,70}", ".{0,8}"]) {
            let letters = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            let edges = !text.starts_with('-') && !text.ends_with('-');
            prop_assert_eq!(Slug::new(&text).is_ok(), letters && edges && (1..=64).contains(&text.len()));
        }
    }
}
