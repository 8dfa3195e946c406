//! What kind of day is simulated.

use std::fmt;

/// What kind of day is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scenario {
    /// An ordinary day: most uploads complete, a few fail, some recover; statistics follow.
    #[default]
    Day,
    /// A bad day: most uploads fail, often for the same reason.
    Errors,
    /// Many uploads at once, with retries and out-of-order pairs.
    Burst,
    /// An ordinary day on which some subjects are not heard from any more.
    Silence,
}

impl Scenario {
    /// `day`, `errors`, `burst` or `silence`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Errors => "errors",
            Self::Burst => "burst",
            Self::Silence => "silence",
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Not one of `day`, `errors`, `burst`, `silence`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a scenario is one of day, errors, burst, silence")]
pub struct UnknownScenario;

impl std::str::FromStr for Scenario {
    type Err = UnknownScenario;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "day" => Ok(Self::Day),
            "errors" => Ok(Self::Errors),
            "burst" => Ok(Self::Burst),
            "silence" => Ok(Self::Silence),
            _ => Err(UnknownScenario),
        }
    }
}
