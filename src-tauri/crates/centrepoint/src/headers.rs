//! Request headers as they came: ordered, byte for byte, with the vendor's oddities understood on reading.

use crate::DeliveryId;

/// What stands in place of a masked `Authorization` value after its scheme.
pub const MASK: &str = "***";
/// The vendor's id of the webhook.
pub const WEBHOOK_ID: &str = "X-ActiGraph-Webhook-Id";
/// The event's name.
pub const EVENT: &str = "X-ActiGraph-Event";
/// The delivery's id.
pub const DELIVERY: &str = "X-ActiGraph-Delivery";
/// Base64 of HMAC-SHA256 over the body.
pub const SIGNATURE: &str = "X-ActiGraph-Signature";

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
    /// What stands after the first empty line is not looked at.
    #[must_use]
    pub fn read_head(head: &[u8]) -> (Vec<u8>, Self) {
        let mut lines = head.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let request_line = lines.next().unwrap_or_default().to_vec();
        let headers = lines.take_while(|line| !line.is_empty()).map(|line| {
            let colon = line.iter().position(|b| *b == b':');
            let (name, value) = colon.map_or((line, &[][..]), |at| (&line[..at], &line[at + 1..]));
            Header { name: name.to_vec(), value: trimmed(value).to_vec() }
        });
        (request_line, Self(headers.collect()))
    }

    /// The inverse: request line and headers as a head block, CRLF separated, ending with an empty line.
    /// CR, LF and NUL, which no well-formed head holds inside a line, become spaces: one header stays one line.
    #[must_use]
    pub fn write_head(&self, request_line: &[u8]) -> Vec<u8> {
        let size = self.0.iter().map(|header| header.name.len() + header.value.len() + 4).sum::<usize>();
        let mut head = Vec::with_capacity(request_line.len() + size + 4);
        push_line_part(&mut head, request_line);
        head.extend(b"\r\n");
        for header in &self.0 {
            push_line_part(&mut head, &header.name);
            head.extend(b": ");
            push_line_part(&mut head, &header.value);
            head.extend(b"\r\n");
        }
        head.extend(b"\r\n");
        head
    }

    /// A copy with the value of every `Authorization` and `Proxy-Authorization` replaced by its scheme (when it is a known one: Basic, Bearer) and [`MASK`].
    #[must_use]
    pub fn masked(&self) -> Self {
        Self(self.0.iter().map(Header::masked).collect())
    }

    /// All values under `name`, compared case-insensitively, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        self.0.iter().filter(|header| header.is(name)).map(|header| header.value.as_slice())
    }

    /// The vendor's id of the webhook (`X-ActiGraph-Webhook-Id`), without trailing commas and spaces (`27,` has been seen). `None` when absent or empty.
    #[must_use]
    pub fn webhook_id(&self) -> Option<String> {
        self.first_word(WEBHOOK_ID)
    }

    /// The event name (`X-ActiGraph-Event`), without trailing commas and spaces.
    #[must_use]
    pub fn event_name(&self) -> Option<String> {
        self.first_word(EVENT)
    }

    /// The delivery id (`X-ActiGraph-Delivery`), trimmed. Bytes that are not UTF-8 are replaced by U+FFFD.
    #[must_use]
    pub fn delivery_id(&self) -> Option<DeliveryId> {
        let mut ids = self.all(DELIVERY).map(|value| String::from_utf8_lossy(value).trim().to_owned());
        ids.find(|id| !id.is_empty()).map(DeliveryId)
    }

    /// The first value under `name` that is more than commas and white space.
    fn first_word(&self, name: &str) -> Option<String> {
        let mut words = self.all(name).map(|value| without_trailing_commas(&String::from_utf8_lossy(value)).to_owned());
        words.find(|word| !word.is_empty())
    }
}

impl Header {
    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    fn masked(&self) -> Self {
        if !self.is("Authorization") && !self.is("Proxy-Authorization") {
            return self.clone();
        }
        let scheme = self.value.split(u8::is_ascii_whitespace).next().unwrap_or_default();
        let known = [&b"Basic"[..], b"Bearer"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
        let value = if known { [scheme, b" ", MASK.as_bytes()].concat() } else { MASK.as_bytes().to_vec() };
        Self { name: self.name.clone(), value }
    }
}

/// `text` without white space around it and without the commas the vendor sometimes leaves at its end.
pub(crate) fn without_trailing_commas(text: &str) -> &str {
    text.trim_end_matches(|c: char| c == ',' || c.is_whitespace()).trim_start()
}

/// Appends `bytes`, which are to stay within one line.
fn push_line_part(head: &mut Vec<u8>, bytes: &[u8]) {
    head.extend(bytes.iter().map(|b| if matches!(b, b'\r' | b'\n' | 0) { b' ' } else { *b }));
}

/// `value` without the white space that may surround a header's value: spaces and tabs.
fn trimmed(value: &[u8]) -> &[u8] {
    let blank = |b: &u8| matches!(b, b' ' | b'\t');
    let start = value.iter().position(|b| !blank(b)).unwrap_or(value.len());
    let end = value.iter().rposition(|b| !blank(b)).map_or(start, |last| last + 1);
    &value[start..end]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(lines: &str) -> Headers {
        Headers::read_head(format!("POST /hooks/a HTTP/1.1\r\n{lines}").as_bytes()).1
    }

    #[test]
    fn a_head_is_read_line_by_line() {
        let head = b"POST /hooks/a HTTP/1.1\r\nHost:  a:1 \r\nHOST:\r\nno colon\nX-\xFF: \xFE\t\r\n\r\nbody: no header";
        let (line, headers) = Headers::read_head(head);
        assert_eq!(line, b"POST /hooks/a HTTP/1.1");
        let pairs: Vec<_> = headers.0.iter().map(|h| (h.name.as_slice(), h.value.as_slice())).collect();
        let expected: [(&[u8], &[u8]); 4] =
            [(b"Host", b"a:1"), (b"HOST", b""), (b"no colon", b""), (b"X-\xFF", b"\xFE")];
        assert_eq!(pairs, expected);
        assert_eq!(headers.all("host").collect::<Vec<_>>(), [&b"a:1"[..], b""]);
        assert_eq!(Headers::read_head(b""), (vec![], Headers::default()));
    }

    #[test]
    fn the_vendors_commas_are_not_part_of_a_name_or_an_id() {
        let headers =
            read("x-actigraph-WEBHOOK-id: 27,\r\nX-ActiGraph-Event: upload , ,\r\nX-ActiGraph-Delivery:  a, \r\n");
        assert_eq!(headers.webhook_id().as_deref(), Some("27"));
        assert_eq!(headers.event_name().as_deref(), Some("upload"));
        assert_eq!(headers.delivery_id(), Some(DeliveryId("a,".into())), "a delivery id is only trimmed");
    }

    #[test]
    fn absent_and_empty_are_none() {
        for headers in [read(""), read("X-ActiGraph-Webhook-Id: ,\r\nX-ActiGraph-Event:\r\nX-ActiGraph-Delivery: \r\n")]
        {
            assert_eq!((headers.webhook_id(), headers.event_name(), headers.delivery_id()), (None, None, None));
        }
        let odd = Headers(vec![Header { name: DELIVERY.into(), value: b"a\xFFb".to_vec() }]);
        assert_eq!(odd.delivery_id(), Some(DeliveryId("a\u{FFFD}b".into())));
    }

    #[test]
    fn credentials_are_masked_and_nothing_else_is() {
        let headers = read(
            "authorization: basic dXNlcjpwYXNz\r\nAuthorization: Bearer\tabc\r\nAuthorization: hunter2\r\n\
             Proxy-Authorization: Digest x\r\nAuthorization:\r\nX-ActiGraph-Signature: s=\r\n",
        );
        let masked = headers.masked();
        let values: Vec<_> = masked.0.iter().map(|h| std::str::from_utf8(&h.value).unwrap()).collect();
        assert_eq!(values, ["basic ***", "Bearer ***", "***", "***", "***", "s="]);
        assert!(masked.0.iter().zip(&headers.0).all(|(masked, header)| masked.name == header.name));
        assert_eq!(masked.masked(), masked);
    }

    #[test]
    fn a_stray_line_end_cannot_make_a_second_header() {
        let headers = Headers(vec![Header { name: b"A\n".to_vec(), value: b"1\r\nB: 2\0".to_vec() }]);
        assert_eq!(headers.write_head(b"x\r\ny"), b"x  y\r\nA : 1  B: 2 \r\n\r\n");
    }

    prop_compose! {
        fn header()(name in "[!#-'*+.^-z|~0-9A-Z-]{1,20}", value in r"([!-~\xA0-\xFF]([ -~]{0,20}[!-~])?)?") -> Header {
            // Latin-1 bytes, as a header may hold: not always UTF-8.
            Header { name: name.into(), value: value.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect() }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(line in "[!-~]{0,9} [!-~]{0,30}", headers in prop::collection::vec(header(), 0..12)) {
            let headers = Headers(headers);
            let written = headers.write_head(line.as_bytes());
            prop_assert_eq!(Headers::read_head(&written), (line.clone().into_bytes(), headers.clone()));
            let (line, read) = Headers::read_head(&written);
            prop_assert_eq!(read.write_head(&line), written);
        }

        #[test]
        fn any_head_is_read_without_panic(head in prop_oneof![any::<Vec<u8>>(), "[A-Za-z:,\r\n \t]{0,80}".prop_map(String::into_bytes)]) {
            let (line, headers) = Headers::read_head(&head);
            let _ = (headers.webhook_id(), headers.event_name(), headers.delivery_id(), headers.masked());
            let (again_line, again) = Headers::read_head(&headers.write_head(&line));
            prop_assert_eq!(again.0.len(), headers.0.len(), "one header stays one line");
            prop_assert_eq!(again_line.len(), line.len());
        }
    }
}
