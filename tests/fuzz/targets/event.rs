//! From a body to an event: whatever another JSON parser takes for an object is readable, and what is read is fit to be kept and searched.

use centrepoint::EventKind;
use centrepoint::event::{is_object, read, searchable_text};

/// A name in the first line, a body behind it.
pub(crate) fn check(data: &[u8]) {
    let (name, body) = super::split(data, b'\n');
    let name = std::str::from_utf8(name).ok();
    let readable = is_object(body);
    let json = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    if serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(json).is_ok() {
        assert_eq!(readable, Ok(()), "an object for one parser is one for the other");
    }
    let event = read(name, body);
    assert_eq!(event.as_ref().map(|_| ()).map_err(|why| *why), readable);
    if let Ok(event) = event {
        assert_eq!(EventKind::from_name(event.kind.as_str()), event.kind);
        let texts = [&event.study_id, &event.subject_id, &event.upload_id, &event.monitor_serial, &event.message];
        assert!(texts.iter().all(|text| text.as_deref() != Some("")), "what is empty is absent");
        assert!(event.status.is_none_or(|status| status == status.to_lowercase()));
    }
    for limit in [0, 7, 64, usize::MAX] {
        let words = searchable_text(body, limit);
        assert!(words.len() <= limit && !words.contains(|c: char| c.is_control()));
    }
}
