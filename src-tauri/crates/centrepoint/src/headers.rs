//! Request headers as they came: ordered, byte for byte, with the vendor's oddities understood on reading.

use crate::DeliveryId;

/// What stands in place of a masked `Authorization` value after its scheme.
pub const MASK: &str = "***";

/// One header line as received, without its line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The name in the casing it came in.
    pub name: Vec<u8>,
    /// The value without surrounding white space, otherwise untouched; may hold bytes that are not UTF-8.
    pub value: Vec<u8>,
}

/// The header lines of one request, in the order received, duplicates included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(pub Vec<Header>);

impl Headers {
    /// Reads a head block (request line, then header lines, CRLF or LF separated, the final empty line optional).
    /// Returns the request line and the headers. Never fails: a line without a colon becomes a header with an empty value.
    #[must_use]
    pub fn read_head(_head: &[u8]) -> (Vec<u8>, Self) {
        todo!()
    }

    /// The inverse: request line and headers as a head block, CRLF separated, ending with an empty line.
    #[must_use]
    pub fn write_head(&self, _request_line: &[u8]) -> Vec<u8> {
        todo!()
    }

    /// A copy with the value of every `Authorization` and `Proxy-Authorization` replaced by its scheme (when it is a known one: Basic, Bearer) and [`MASK`].
    #[must_use]
    pub fn masked(&self) -> Self {
        todo!()
    }

    /// All values under `name`, compared case-insensitively, in order.
    pub fn all<'a>(&'a self, _name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        std::iter::empty()
    }

    /// The vendor's id of the webhook (`X-ActiGraph-Webhook-Id`), without trailing commas and spaces (`27,` has been seen). `None` when absent or empty.
    #[must_use]
    pub fn webhook_id(&self) -> Option<String> {
        todo!()
    }

    /// The event name (`X-ActiGraph-Event`), without trailing commas and spaces.
    #[must_use]
    pub fn event_name(&self) -> Option<String> {
        todo!()
    }

    /// The delivery id (`X-ActiGraph-Delivery`), trimmed. Bytes that are not UTF-8 are replaced by U+FFFD.
    #[must_use]
    pub fn delivery_id(&self) -> Option<DeliveryId> {
        todo!()
    }
}
