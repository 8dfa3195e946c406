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
}

const FORMER: &str = "former";
const RECOVERED: &str = "recovered";

/// The column of the log: `hmac`, `hmac former`, `hmac recovered 1787407533123456`.
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
        let mark = match (words.next(), words.next(), words.next()) {
            (None, ..) => Mark::Plain,
            (Some(FORMER), None, _) => Mark::Former,
            (Some(RECOVERED), Some(at), None) => Mark::Recovered { first_at: at.parse().ok()? },
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
        for odd in [
            "",
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
        fn what_is_written_is_read(kind in 0..4_usize, first_at: i64, mark in 0..3_u8) {
            let kinds = [Authentication::None, Authentication::Basic, Authentication::Hmac, Authentication::OAuth2];
            let mark = [Mark::Plain, Mark::Former, Mark::Recovered { first_at }][usize::from(mark)];
            let proof = Proof { authentication: kinds[kind], mark };
            prop_assert_eq!(Proof::read(&proof.to_string()), Some(proof));
        }

        #[test]
        fn whatever_stands_there_is_no_panic(column: String) {
            let _ = Proof::read(&column);
        }
    }
}
