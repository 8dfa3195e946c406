//! A secret from standard input: all of it less one final line end. Never from the arguments, which everyone on the computer can read.

use std::io::{self, IsTerminal as _, Read as _};

use anyhow::{Context as _, ensure};

use super::out::note;

/// The most that is read: far more than a secret may have.
const LONGEST: u64 = 64 * 1024;

/// Reads it.
pub(crate) fn read() -> anyhow::Result<String> {
    if io::stdin().is_terminal() {
        note("type the secret, then Enter and Ctrl-D (it is shown: better pipe it in)");
    }
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .context("the secret cannot be read from standard input")?;
    ensure!(bytes.len() as u64 <= LONGEST, "what came on standard input is too long to be a secret");
    let secret = String::from_utf8(bytes).ok().context("the secret on standard input is not UTF-8 text")?;
    let secret = less_one_line_end(&secret);
    ensure!(!secret.is_empty(), "there is no secret on standard input");
    Ok(secret.to_owned())
}

fn less_one_line_end(text: &str) -> &str {
    text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_line_end_is_taken_off() {
        for (given, secret) in
            [("a", "a"), ("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), (" a ", " a "), ("a\r", "a\r"), ("\n", "")]
        {
            assert_eq!(less_one_line_end(given), secret, "{given:?}");
        }
    }
}
