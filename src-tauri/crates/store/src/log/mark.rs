//! What was particular about how an arrival was authenticated. It stands behind the authentication's word in the log's column,
//! so that the chain covers it and a log without such arrivals is as it always was.

use std::fmt;

use centrepoint::Authentication;

/// What is to be known about the check an arrival passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mark {
    /// It passed as it came, by the webhook's present credentials.
    #[default]
    Plain,
    /// It passed as it came, by the credentials the webhook had before, which were still accepted.
    Former,
    /// It was refused when it came, and accepted later, once the webhook's secret was the one it was signed with.
    Recovered {
        /// When it came, microseconds since 1970 UTC.
        first_at: i64,
    },
    /// It never came here: it is from CentrePoint's history of the webhook, brought in by a person.
    History {
        /// When CentrePoint made it, microseconds since 1970 UTC, by CentrePoint's clock.
        created_at: i64,
        /// Everything up to this sequence was looked at to find that nothing there is newer than it; 0: something is, so it changes no state.
        considered: i64,
        /// What came out of checking its signature.
        check: Check,
    },
}

impl Mark {
    /// When CentrePoint made it, where that is known; never later than it was kept.
    pub(crate) fn made_at(self, kept_at: i64) -> Option<i64> {
        match self {
            Self::History { created_at, .. } => Some(created_at.min(kept_at)),
            _ => None,
        }
    }

    /// See [`Self::History`].
    pub(crate) fn considered(self) -> Option<i64> {
        match self {
            Self::History { considered, .. } => Some(considered),
            _ => None,
        }
    }
}

/// What came out of checking the signature of a delivery of CentrePoint's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Check {
    /// It is this body's, by the webhook's present or former secret.
    Verified,
    /// It is not: the secret was another one then, or the history does not hold the body byte for byte.
    Differs,
    /// It has none.
    Unsigned,
    /// The webhook has no secret for signatures here, or it could not be read.
    Unchecked,
}

impl Check {
    const ALL: [Self; 4] = [Self::Verified, Self::Differs, Self::Unsigned, Self::Unchecked];

    /// `verified`, `differs`, `unsigned` or `unchecked`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Differs => "differs",
            Self::Unsigned => "unsigned",
            Self::Unchecked => "unchecked",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.as_str() == word)
    }
}

const HISTORY: &str = "history";
const FORMER: &str = "former";
const RECOVERED: &str = "recovered";

/// The column of the log: `hmac`, `hmac former`, `hmac recovered 1787407533123456`, `none history 1787407533123456 42 unsigned`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Proof {
    pub(crate) authentication: Authentication,
    pub(crate) mark: Mark,
}

impl Proof {
    /// Reads the column; `None` where it says something else.
    pub(crate) fn read(column: &str) -> Option<Self> {
        let mut words = column.split(' ');
        let authentication = words.next()?.parse().ok()?;
        let words: Vec<&str> = words.take(5).collect();
        let mark = match words[..] {
            [] => Mark::Plain,
            [FORMER] => Mark::Former,
            [RECOVERED, at] => Mark::Recovered { first_at: at.parse().ok()? },
            [HISTORY, at, considered, check] => Mark::History {
                created_at: at.parse().ok()?,
                considered: considered.parse().ok()?,
                check: Check::from_word(check)?,
            },
            _ => return None,
        };
        Some(Self { authentication, mark })
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.authentication.as_str())?;
        match self.mark {
            Mark::Plain => Ok(()),
            Mark::Former => write!(f, " {FORMER}"),
            Mark::Recovered { first_at } => write!(f, " {RECOVERED} {first_at}"),
            Mark::History { created_at, considered, check } => {
                write!(f, " {HISTORY} {created_at} {considered} {}", check.as_str())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_columns_in_the_field_are_read_for_ever() {
        let hmac = |mark| Some(Proof { authentication: Authentication::Hmac, mark });
        assert_eq!(Proof::read("hmac"), hmac(Mark::Plain));
        assert_eq!(Proof::read("hmac former"), hmac(Mark::Former));
        assert_eq!(Proof::read("hmac recovered 7"), hmac(Mark::Recovered { first_at: 7 }));
        let check = Check::Differs;
        let history = Proof {
            authentication: Authentication::None,
            mark: Mark::History { created_at: 7, considered: 42, check },
        };
        assert_eq!(Proof::read("none history 7 42 differs"), Some(history));
        for odd in [
            "",
            "none history 7",
            "none history 7 42 perhaps",
            "none history 7 42 differs 1",
            "HMAC",
            "hmac ",
            "hmac late",
            "hmac former 7",
            "hmac recovered",
            "hmac recovered x",
            "hmac recovered 7 8",
        ] {
            assert_eq!(Proof::read(odd), None, "{odd}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(kind in 0..4_usize, first_at: i64, mark in 0..4_u8, considered: i64, check in 0..4_usize) {
            let kinds = [Authentication::None, Authentication::Basic, Authentication::Hmac, Authentication::OAuth2];
            let history = Mark::History { created_at: first_at, considered, check: Check::ALL[check] };
            let mark = [Mark::Plain, Mark::Former, Mark::Recovered { first_at }, history][usize::from(mark)];
            let proof = Proof { authentication: kinds[kind], mark };
            prop_assert_eq!(Proof::read(&proof.to_string()), Some(proof));
        }

        #[test]
        fn whatever_stands_there_is_no_panic(column: String) {
            let _ = Proof::read(&column);
        }
    }
}
