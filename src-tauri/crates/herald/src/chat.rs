//! The incoming webhook of a chat: `{"text": …}` by POST, as Slack, Mattermost and Teams take it. Its address is a secret.

use std::time::Duration;

use centrepoint::Secret;
use ureq::http::Uri;

use crate::told::told;
use crate::{Message, Trouble, WAIT, is_here};

/// Longest answer that is read, in bytes.
const MOST: u64 = 4 * 1024;
/// The longest pause a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// A chat's incoming webhook.
#[derive(Debug, Clone)]
pub struct Chat {
    url: Secret,
}

impl Chat {
    /// One at this address: https, or http on this computer.
    ///
    /// # Errors
    /// Why it cannot be one; the address is not repeated.
    pub fn new(url: Secret) -> Result<Self, Trouble> {
        let wrong = |why: &str| Trouble::Settings("chat", why.to_owned());
        let text = std::str::from_utf8(url.expose()).map_err(|_| wrong("the address is not text"))?;
        let uri: Uri = text.parse().map_err(|_| wrong("that is not an address like https://hooks.example.org/…"))?;
        let host =
            uri.host().filter(|host| !host.is_empty()).ok_or_else(|| wrong("there is no host in the address"))?;
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_here(host) => {}
            _ => return Err(wrong("the address begins with https://")),
        }
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(wrong("an address with a user name in it is not taken"));
        }
        Ok(Self { url })
    }

    /// Sends it; what the server answered.
    ///
    /// # Errors
    /// When it was not taken.
    pub fn send(&self, message: &Message) -> Result<String, Trouble> {
        let url = String::from_utf8_lossy(self.url.expose());
        let path = url.splitn(4, '/').nth(3).unwrap_or_default();
        let clean = |text: &str| told(text, &[&url, path]);
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            // Where it would lead is not what was agreed on.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(WAIT));
        let here = url.parse::<Uri>().ok().and_then(|uri| uri.host().map(is_here)).unwrap_or(false);
        let config = if here { config.proxy(None) } else { config };
        let agent = ureq::Agent::new_with_config(config.build());
        let body = body(message);
        let answer = agent.post(url.as_ref()).header("Content-Type", "application/json").send(body.as_bytes());
        let mut answer = answer.map_err(|error| Trouble::not_taken(clean(&error.to_string())))?;
        let status = answer.status();
        let said = answer.body_mut().with_config().limit(MOST).read_to_string().unwrap_or_default();
        let said = clean(&format!("{} {said}", status.as_u16()));
        if status.is_success() {
            return Ok(said);
        }
        let after = answer.headers().get("Retry-After").and_then(|value| value.to_str().ok()?.trim().parse().ok());
        Err(Trouble::NotTaken { said, after: after.map(|seconds| Duration::from_secs(seconds).min(LONGEST_PAUSE)) })
    }
}

/// The text alone: what every such webhook takes. Escaped by hand, since it is one string.
fn body(message: &Message) -> String {
    let mut text = String::from("{\"text\":\"");
    for c in format!("{}\n\n{}", message.subject, message.text).chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            c if u32::from(c) < 0x20 => text.push(' '),
            c => text.push(c),
        }
    }
    text.push_str("\"}");
    text
}

#[cfg(test)]
mod tests;
