//! CentrePoint's V3 API, as far as it is asked: an access token for a client, and the pages of a webhook's history.
//!
//! Everything is bounded: an answer's time and size, pages, tries. What is asked goes to the two addresses a person named, and nowhere they lead: the
//! secret to the one, the token to the other. What the pages say is read in `centrepoint::history`.

mod call;
#[cfg(test)]
mod tests;
mod token;

use std::collections::HashSet;
use std::sync::atomic::AtomicBool;

use centrepoint::history::{Item, Page, Unusable};
use centrepoint::{BodyDigest, Secret};
use ureq::http::Uri;

use crate::wire::ApiError;
use call::{Caller, Pace};
use token::Tokens;

/// Items asked for at once.
const LIMIT: usize = 100;
/// Pages read at most, those that are read again included.
const MOST_PAGES: usize = 2_000;
/// Items taken at most.
pub(crate) const MOST_ITEMS: usize = 50_000;
/// How often the list is gone through again, where it changed while it was read.
const ROUNDS: usize = 3;

/// Where to ask, and as whom.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    /// Where the token is.
    pub(crate) token_url: String,
    /// What the paths of the API stand behind: `https://api.example.org`.
    pub(crate) api_url: String,
    pub(crate) client_id: String,
    pub(crate) secret: Secret,
    pub(crate) scope: String,
    pub(crate) study_id: String,
    pub(crate) webhook_id: String,
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) items: Vec<Result<Item, Unusable>>,
    /// What a person must know about it.
    pub(crate) warnings: Vec<String>,
}

/// Said where the list did not hold still.
const UNSTABLE: &str = "CentrePoint's list changed while it was read, so something may have been passed over. Do it again in a while: nothing is added twice.";
/// Said where there is more than is read at once.
const CUT: &str =
    "CentrePoint's list is longer than what is read at once. Ask for a shorter time, or import the rest from files.";

/// Reads the whole history. `progress` hears how many items there are by now, and how many there will be, where that is known.
///
/// # Errors
/// `invalid` with the field for what cannot be asked, or what CentrePoint or the network said.
pub(crate) fn read(
    access: &Access,
    stop: &AtomicBool,
    progress: &dyn Fn(usize, Option<u64>),
) -> Result<Read, ApiError> {
    read_at(access, Pace::default(), stop, progress)
}

fn read_at(
    access: &Access,
    pace: Pace,
    stop: &AtomicBool,
    progress: &dyn Fn(usize, Option<u64>),
) -> Result<Read, ApiError> {
    let token_url = address("token_url", &access.token_url)?;
    let base = address("api_url", &access.api_url)?;
    let first = first_page(&base, access)?;
    let caller = Caller::new(&base, pace, stop);
    let mut tokens = Tokens::new(token_url, access);
    let mut walk = Walk { read: Read::default(), seen: HashSet::new(), pages: 0, caller, base, first };
    for round in 1..=ROUNDS {
        let steady = walk.round(round == 1, &mut tokens, progress)?;
        if walk.full() {
            walk.read.items.truncate(MOST_ITEMS);
            walk.read.warnings.push(CUT.to_owned());
            break;
        }
        if steady {
            break;
        }
        if round == ROUNDS {
            walk.read.warnings.push(UNSTABLE.to_owned());
        }
    }
    Ok(walk.read)
}

struct Walk<'a> {
    read: Read,
    /// What was taken: an item's id and the digest of its body, or of what it is.
    seen: HashSet<(String, [u8; 32])>,
    pages: usize,
    caller: Caller<'a>,
    base: Uri,
    first: String,
}

impl Walk<'_> {
    fn full(&self) -> bool {
        self.pages >= MOST_PAGES || self.read.items.len() >= MOST_ITEMS
    }

    /// Goes through the list once; whether it held still meanwhile. What is added at its front while it is read moves what is known to a page behind;
    /// what is taken out moves something past the place that was read already, and only another round finds it.
    fn round(
        &mut self,
        first: bool,
        tokens: &mut Tokens<'_>,
        progress: &dyn Fn(usize, Option<u64>),
    ) -> Result<bool, ApiError> {
        let (mut offset, mut total, mut news, mut again) = (0_u64, None, 0_u64, 0_u64);
        let mut url = format!("{}?limit={LIMIT}&offset=0", self.first);
        let mut asked = HashSet::new();
        let mut steady = true;
        loop {
            let page = self.page(tokens, &url)?;
            self.pages += 1;
            let count = page.items.len() as u64;
            offset += count;
            steady &= total.is_none_or(|before| before == page.total);
            total = Some(page.total);
            for item in page.items {
                if self.take(item) { news += 1 } else { again += 1 }
            }
            progress(self.read.items.len(), page.total);
            let is_last = page.total.map_or(page.next.is_none(), |total| offset >= total);
            if count == 0 || is_last || self.full() {
                // It says that there is more, and gives nothing.
                let missing = page.total.is_some_and(|total| offset < total);
                let changed = if first { again > 0 } else { news > 0 };
                return Ok(steady && !missing && !changed);
            }
            if self.caller.stopped() {
                return Err(ApiError::failed(call::CANCELLED));
            }
            asked.insert(url);
            let next = page.next.as_deref().and_then(|next| self.here(next)).filter(|next| !asked.contains(next));
            url = next.unwrap_or_else(|| format!("{}?limit={LIMIT}&offset={offset}", self.first));
        }
    }

    /// Keeps an item; whether it is new.
    fn take(&mut self, item: Result<Item, Unusable>) -> bool {
        let key = match &item {
            Ok(item) => (item.id.clone(), BodyDigest::of(&item.body).0),
            Err(unusable) => (unusable.id.clone().unwrap_or_default(), BodyDigest::of(b"unusable").0),
        };
        // What has no id of its own is told apart by nothing: better twice, since nothing is added twice.
        let is_new = key.0.is_empty() || self.seen.insert(key);
        if is_new {
            self.read.items.push(item);
        }
        is_new
    }

    fn page(&self, tokens: &mut Tokens<'_>, url: &str) -> Result<Page, ApiError> {
        let body = tokens.with(&self.caller, |bearer| self.caller.get(url, bearer))?;
        let pages = centrepoint::history::read(&body)
            .map_err(|error| ApiError::failed(format!("CentrePoint's answer cannot be used: {error}")))?;
        let mut pages = pages.into_iter();
        let mut whole = pages.next().unwrap_or_default();
        for page in pages {
            whole.items.extend(page.items);
        }
        Ok(whole)
    }

    /// The next page's address, where it is at the same place: the token goes nowhere else.
    fn here(&self, next: &str) -> Option<String> {
        if next.starts_with('/') && !next.starts_with("//") {
            let origin = format!("{}://{}", self.base.scheme_str()?, self.base.authority()?);
            return Some(format!("{origin}{next}"));
        }
        let uri: Uri = next.parse().ok()?;
        let is_same = uri.scheme() == self.base.scheme() && uri.authority() == self.base.authority();
        is_same.then(|| next.to_owned())
    }
}

/// Checks an address a person typed.
fn address(field: &str, text: &str) -> Result<Uri, ApiError> {
    let text = text.trim();
    let wrong = |message: &str| ApiError::invalid(field, message);
    let uri: Uri = text.parse().map_err(|_| wrong("it is no address like https://api.example.org"))?;
    let authority = uri.authority().ok_or_else(|| wrong("it is no address like https://api.example.org"))?;
    if authority.as_str().contains('@') {
        return Err(wrong("a user name and password do not belong into it"));
    }
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if call::is_here(&uri) => Ok(uri),
        _ => Err(wrong("it begins with https://: what is sent there is secret")),
    }
}

fn first_page(base: &Uri, access: &Access) -> Result<String, ApiError> {
    let id = |field: &str, text: &str| {
        let text = text.trim().to_owned();
        let plain = !text.is_empty()
            && text.len() <= 100
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        if plain && text != "." && text != ".." {
            Ok(text)
        } else {
            Err(ApiError::invalid(field, "it is an id as the portal shows it, like 189"))
        }
    };
    let (study, webhook) = (id("study_id", &access.study_id)?, id("webhook_id", &access.webhook_id)?);
    let base = base.to_string();
    let base = base.trim_end_matches('/');
    // The address may be that of the API's version already.
    let root = if base.to_ascii_lowercase().ends_with("/centrepoint/v3") {
        base.to_owned()
    } else {
        format!("{base}/centrepoint/v3")
    };
    Ok(format!("{root}/Studies/{study}/Webhooks/{webhook}/history"))
}
