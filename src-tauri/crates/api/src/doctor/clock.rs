//! The clock, against the `Date` of an HTTPS server: the vendor's, unless another was named. Offline it cannot be told.

use jiff::fmt::rfc2822;

use super::Finding;
use super::client::{self, Judged};
use super::site::Site;
use crate::Monitor;
use crate::wire::ApiError;

/// The vendor's own.
pub const DEFAULT_CLOCK: &str = "https://api.actigraphcorp.com";

/// The setting with another one.
const NAME: &str = "clock_server";

/// From how many seconds on a clock is off: a `Date` has whole seconds, and the way takes some.
const OFF: i64 = 30;
/// From how many seconds on it makes days and silences wrong.
const FAR_OFF: i64 = 120;

impl Monitor {
    /// The HTTPS server whose clock this computer's is compared with.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn clock_server(&self) -> Result<String, ApiError> {
        let known = self.state().setting(NAME)?;
        Ok(known.as_ref().and_then(serde_json::Value::as_str).unwrap_or(DEFAULT_CLOCK).to_owned())
    }

    /// Compares with this one from now on; empty: with the vendor's.
    ///
    /// # Errors
    /// `invalid`, or what SQLite said.
    pub fn set_clock_server(&self, url: &str) -> Result<(), ApiError> {
        let url = url.trim().trim_end_matches('/');
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        let fits = |rest: &str| !rest.is_empty() && rest.len() <= 200 && rest.bytes().all(plain);
        if !url.is_empty() && !url.strip_prefix("https://").is_some_and(fits) {
            return Err(ApiError::invalid(
                "clock_server",
                "the server is https:// and a name, without a path: https://time.example.org",
            ));
        }
        let url = if url.is_empty() { DEFAULT_CLOCK } else { url };
        Ok(self.state().set_setting(NAME, &url.into())?)
    }
}

pub(super) fn check(site: &Site) -> Finding {
    let url = &site.clock;
    let before = site.monitor.now();
    let said = match client::ask("HEAD", url, &[], None, Judged::By(&site.roots)) {
        Ok(said) => said,
        Err(unheard) => {
            return Finding::amber(
                format!("This cannot be told: {url} gives no time ({unheard})."),
                "If this computer is not meant to reach the internet, compare its clock with another one by hand.",
            );
        }
    };
    let date = said.header("date").map(|date| rfc2822::DateTimeParser::new().parse_timestamp(date));
    let Some(Ok(theirs)) = date else {
        return Finding::amber(
            format!("This cannot be told: {url} does not say what time it is."),
            "Compare this computer’s clock with another one by hand.",
        );
    };
    judge(url, i64::midpoint(before, site.monitor.now()), theirs.as_microsecond())
}

/// `ours` and `theirs` in microseconds since 1970 UTC; theirs is up to a second older than it was.
fn judge(url: &str, ours: i64, theirs: i64) -> Finding {
    let difference = (ours - theirs - 500_000) / 1_000_000;
    let way = if difference > 0 { "ahead of" } else { "behind" };
    let seconds = difference.abs();
    let next = "Let IT set this computer’s clock, and have it kept right by itself (network time).";
    let unit = if seconds == 1 { "second" } else { "seconds" };
    match seconds {
        0..OFF => Finding::green(format!("The clock agrees with {url}, to within {} {unit}.", seconds.max(1))),
        OFF..FAR_OFF => Finding::amber(format!("The clock is {seconds} seconds {way} that of {url}."), next),
        _ => Finding::red(
            format!(
                "The clock is {seconds} seconds {way} that of {url}. Every delivery is kept with the time this clock shows."
            ),
            next,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;
    use crate::wire::CheckLevel;

    #[test]
    fn a_clock_is_judged_by_its_distance() {
        let theirs = 1_787_407_533_000_000;
        for (seconds, level, words) in [
            (0, CheckLevel::Green, "agrees"),
            (-29, CheckLevel::Green, "agrees"),
            (45, CheckLevel::Amber, "45 seconds ahead of"),
            (-600, CheckLevel::Red, "600 seconds behind"),
            (600, CheckLevel::Red, "600 seconds ahead of"),
        ] {
            let found = judge("https://a.example", theirs + 500_000 + seconds * 1_000_000, theirs);
            assert!(found.level == level && found.found.contains(words), "{seconds}: {found:?}");
        }
    }

    #[test]
    fn the_server_can_be_another_https_one() {
        let bench = Bench::new();
        let monitor = bench.monitor();
        assert_eq!(monitor.clock_server().unwrap(), DEFAULT_CLOCK);
        monitor.set_clock_server("https://time.example.org/").unwrap();
        assert_eq!(monitor.clock_server().unwrap(), "https://time.example.org");
        for wrong in ["http://a.example", "https://", "https://a.example/x", "a.example", "https://a b"] {
            assert_eq!(monitor.set_clock_server(wrong).unwrap_err().field.as_deref(), Some("clock_server"), "{wrong}");
        }
        monitor.set_clock_server("").unwrap();
        assert_eq!(monitor.clock_server().unwrap(), DEFAULT_CLOCK);
    }
}
