//! CentrePoint's own history of a webhook, as its V3 API answers it: what was sent, when, and how it was answered.
//!
//! `GET …/Studies/{studyId}/Webhooks/{webhookId}/history` answers pages of `{"items": […], "links": …, "totalCount", "limit", "offset"}`; an item has
//! `id`, `webhookId`, `webhookEventId`, `webhookEvent`, `createdDate`, `lastSentDate`, perhaps `errorMessage`, `request` with `headers` (a text that is
//! itself JSON: names to lists of values) and `body` (a text), and `response` with `responseCode`. What is odd about an item costs that item alone. Whether
//! what it says is new here, and what becomes of it, is not decided in this room.

use crate::event::{self, Unreadable};
use crate::{DeliveryId, Header, Headers, headers, json, time};

/// The largest body of an item, in bytes: the receiver takes no larger one.
pub const LARGEST_BODY: usize = 1024 * 1024;
/// The most headers of an item.
pub const MOST_HEADERS: usize = 200;
/// The most bytes of an item's headers.
pub const LARGEST_HEADERS: usize = 64 * 1024;
/// The longest of CentrePoint's ids and messages that is kept, in characters; a longer one is cut.
const LONGEST: usize = 500;

/// One delivery that CentrePoint remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// CentrePoint's id of the item; empty where it has none.
    pub id: String,
    /// CentrePoint's id of the webhook, by the item, else by its headers.
    pub webhook_id: Option<String>,
    /// When it was made, microseconds since 1970 UTC.
    pub created_at: i64,
    /// When it was last sent, where that is said.
    pub last_sent_at: Option<i64>,
    /// What CentrePoint says went wrong with it.
    pub error: Option<String>,
    /// The request's headers in the order of the text, `Authorization` masked.
    pub headers: Headers,
    /// The request's body, as the text has it: CentrePoint may have changed a byte order mark or escapes.
    pub body: Vec<u8>,
    /// What it was answered.
    pub answered: Option<u16>,
}

impl Item {
    /// The delivery's id.
    #[must_use]
    pub fn delivery_id(&self) -> Option<DeliveryId> {
        self.headers.delivery_id()
    }

    /// A head block for it. CentrePoint does not tell the request line: in its place stands that it is from the history, and which item it was.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        self.headers.write_head(format!("HISTORY item {}", self.id).as_bytes())
    }
}

/// An item that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// CentrePoint's id of it, where it has one.
    pub id: Option<String>,
    /// When it was made, where that can be read.
    pub created_at: Option<i64>,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not a JSON object.
    #[error("it is not an item of a history")]
    NotAnItem,
    /// No `request`.
    #[error("it has no request")]
    NoRequest,
    /// Neither `createdDate` nor `lastSentDate` is an instant.
    #[error("it does not say when it was made")]
    NoTime,
    /// `headers` is neither an object nor the text of one.
    #[error("its headers cannot be read")]
    Headers,
    /// More than [`MOST_HEADERS`] or [`LARGEST_HEADERS`].
    #[error("its headers are too many or too long")]
    TooManyHeaders,
    /// No `body`.
    #[error("it has no body")]
    NoBody,
    /// Over [`LARGEST_BODY`].
    #[error("its body is larger than 1 MiB")]
    LargeBody,
    /// Not what an event's body is.
    #[error("its body cannot be used: {0}")]
    Body(Unreadable),
}

/// One answer of the API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Its items, in its order.
    pub items: Vec<Result<Item, Unusable>>,
    /// How many there are on all pages, where that is said.
    pub total: Option<u64>,
    /// The address of the next page, where there is one and it is said.
    pub next: Option<String>,
}

/// Not a history at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAHistory {
    /// Not UTF-8, or not JSON.
    #[error("it is not JSON")]
    NotJson,
    /// JSON of another shape.
    #[error("it is not an answer of CentrePoint's webhook history: there are no items in it")]
    NoItems,
}

/// Reads one answer, a list of answers, or a list of items.
///
/// # Errors
/// What it is not.
pub fn read(bytes: &[u8]) -> Result<Vec<Page>, NotAHistory> {
    let text = json::text(bytes).map_err(|_| NotAHistory::NotJson)?.trim();
    if text.starts_with('[') {
        return read_list(text);
    }
    match json::check_object(text) {
        Ok(()) => {}
        Err(Unreadable::NotAnObject) => return Err(NotAHistory::NoItems),
        Err(_) => return Err(NotAHistory::NotJson),
    }
    page(text).map(|page| vec![page]).ok_or(NotAHistory::NoItems)
}

/// Whether two bodies say the same, whatever white space, escapes or byte order mark they are written with. Where either is no JSON, or is nested
/// too deep to tell, they do not.
#[must_use]
pub fn same_content(one: &[u8], other: &[u8]) -> bool {
    let value = |body| serde_json::from_str::<serde_json::Value>(json::text(body).ok()?).ok();
    value(one).zip(value(other)).is_some_and(|(one, other)| one == other)
}

fn read_list(text: &str) -> Result<Vec<Page>, NotAHistory> {
    let elements = json::elements(text);
    if elements.is_empty() {
        let is_list = serde_json::from_str::<Vec<serde::de::IgnoredAny>>(text).is_ok();
        return if is_list { Ok(Vec::new()) } else { Err(NotAHistory::NotJson) };
    }
    let mut pages = Vec::new();
    let mut loose = Page::default();
    for element in &elements {
        match page(element) {
            Some(page) => pages.push(page),
            None => loose.items.push(item(element)),
        }
    }
    // A list in which nothing looks like an item is some other list.
    if pages.is_empty()
        && loose.items.iter().all(Result::is_err)
        && !elements.iter().any(|each| looks_like_an_item(each))
    {
        return Err(NotAHistory::NoItems);
    }
    if !loose.items.is_empty() {
        pages.push(loose);
    }
    Ok(pages)
}

fn looks_like_an_item(raw: &str) -> bool {
    let fields = Fields::of(raw);
    fields.is_some_and(|fields| fields.get("request").is_some() || fields.get("createddate").is_some())
}

/// `raw` as a page; `None` where it has no list of items.
fn page(raw: &str) -> Option<Page> {
    let fields = Fields::of(raw)?;
    let items = fields.get("items").filter(|items| items.starts_with('['))?;
    let number = |name| fields.get(name).and_then(json::number).and_then(|digits| digits.parse().ok());
    Some(Page {
        items: json::elements(items).into_iter().map(item).collect(),
        total: number("totalcount"),
        next: fields.get("links").and_then(next),
    })
}

/// The address of the next page: `{"next": "…"}`, `{"next": {"href": "…"}}` or `[{"rel": "next", "href": "…"}]`.
fn next(links: &str) -> Option<String> {
    let address =
        |raw: &str| json::string(raw).map(std::borrow::Cow::into_owned).or_else(|| Fields::of(raw)?.text("href"));
    if let Some(fields) = Fields::of(links) {
        return fields.get("next").and_then(address).filter(|address| !address.is_empty());
    }
    json::elements(links).into_iter().find_map(|link| {
        let fields = Fields::of(link)?;
        let is_next = fields.text("rel").is_some_and(|rel| rel.eq_ignore_ascii_case("next"));
        fields.text("href").filter(|address| is_next && !address.is_empty())
    })
}

fn item(raw: &str) -> Result<Item, Unusable> {
    let unusable = |id, created_at, fault| Unusable { id, created_at, fault };
    let Some(fields) = Fields::of(raw) else { return Err(unusable(None, None, Fault::NotAnItem)) };
    let id = fields.word("id");
    let instant = |name| fields.text(name).as_deref().and_then(time::utc_micros);
    let last_sent_at = instant("lastsentdate");
    let made = instant("createddate").or(last_sent_at);
    let read = || -> Result<(Headers, Vec<u8>, i64), Fault> {
        let request = fields.get("request").and_then(Fields::of).ok_or(Fault::NoRequest)?;
        let mut headers = request.get("headers").map_or(Ok(Headers::default()), read_headers)?;
        if headers.event_name().is_none()
            && let Some(name) = fields.text("webhookevent").filter(|name| !name.trim().is_empty())
        {
            headers.0.push(Header { name: headers::EVENT.into(), value: name.trim().into() });
        }
        Ok((headers.masked(), body(request.get("body"))?, made.ok_or(Fault::NoTime)?))
    };
    let (headers, body, created_at) = read().map_err(|fault| unusable(id.clone(), made, fault))?;
    let response = fields.get("response").and_then(Fields::of);
    Ok(Item {
        webhook_id: fields.word("webhookid").or_else(|| headers.webhook_id()),
        id: id.unwrap_or_default(),
        created_at,
        last_sent_at,
        error: fields.text("errormessage").map(|text| cut(&text)).filter(|text| !text.is_empty()),
        headers,
        body,
        answered: response.and_then(|response| response.word("responsecode")).and_then(|code| code.parse().ok()),
    })
}

fn body(raw: Option<&str>) -> Result<Vec<u8>, Fault> {
    let raw = raw.filter(|raw| *raw != "null").ok_or(Fault::NoBody)?;
    // A body that is not a text is the JSON it is.
    let body = json::string(raw).map_or_else(|| raw.as_bytes().to_vec(), |text| text.into_owned().into_bytes());
    if body.len() > LARGEST_BODY {
        return Err(Fault::LargeBody);
    }
    event::is_object(&body).map_err(Fault::Body)?;
    Ok(body)
}

/// An object, or the text of one: names with a list of values, or one.
fn read_headers(raw: &str) -> Result<Headers, Fault> {
    if raw == "null" {
        return Ok(Headers::default());
    }
    let inner = json::string(raw);
    let text = inner.as_deref().unwrap_or(raw).trim();
    if text.len() > LARGEST_HEADERS {
        return Err(Fault::TooManyHeaders);
    }
    let mut headers = Vec::new();
    let mut push = |name: &str, value: &str| {
        headers.push(Header { name: name.into(), value: value.trim().into() });
    };
    json::for_each_field(text, |name, value| {
        let values = if value.starts_with('[') { json::elements(value) } else { vec![value] };
        for value in values {
            match json::string(value) {
                Some(value) => push(name, &value),
                None if value == "null" => {}
                None => push(name, value),
            }
        }
    })
    .map_err(|_| Fault::Headers)?;
    if headers.len() > MOST_HEADERS {
        return Err(Fault::TooManyHeaders);
    }
    Ok(Headers(headers))
}

/// The fields of an object, by their names in lower case; of those that stand more than once the last.
struct Fields<'a>(Vec<(String, &'a str)>);

impl<'a> Fields<'a> {
    fn of(raw: &'a str) -> Option<Self> {
        let mut fields = Vec::new();
        json::for_each_field(raw, |name, value| fields.push((name.to_ascii_lowercase(), value))).ok()?;
        Some(Self(fields))
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name).and_then(json::string).map(std::borrow::Cow::into_owned)
    }

    /// A number or a text, as text; `None` where it is empty or something else.
    fn word(&self, name: &str) -> Option<String> {
        let raw = self.get(name)?;
        let text =
            json::string(raw).map(std::borrow::Cow::into_owned).or_else(|| json::number(raw).map(str::to_owned))?;
        Some(cut(text.trim())).filter(|text| !text.is_empty())
    }
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests;
