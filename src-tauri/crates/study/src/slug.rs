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
