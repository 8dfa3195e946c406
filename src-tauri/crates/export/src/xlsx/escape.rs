//! Texts as Excel keeps them: XML, what XML cannot hold as `_x0000_`, and no longer than a cell may be.

/// The most a cell holds, in UTF-16 code units: Excel's limit.
pub(super) const CELL: usize = 32_767;

/// Ends a text that was too long for a cell. A body ends so, too: whole ones are in CSV and JSON Lines.
pub(super) const CUT: &str = " … [cut here: longer than a cell can be; the CSV export has all of it]";

/// As much of `text` as fits into a cell, with [`CUT`] at its end where that is not all of it.
pub(super) fn fit(text: &str) -> (&str, &'static str) {
    // No text has more code units than bytes.
    if text.len() <= CELL || text.encode_utf16().count() <= CELL {
        return (text, "");
    }
    let mut room = CELL - CUT.encode_utf16().count();
    let fits = |letter: &char| {
        let is_room = letter.len_utf16() <= room;
        room = room.saturating_sub(letter.len_utf16());
        is_room
    };
    let bytes = text.chars().take_while(fits).map(char::len_utf8).sum();
    (&text[..bytes], CUT)
}

/// Appends `text` as the content of an element.
pub(super) fn push(out: &mut Vec<u8>, text: &str) {
    let mut plain = 0;
    for (at, letter) in text.char_indices() {
        let escaped = match letter {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '\n' => "&#10;",
            '\t' => "&#9;",
            '_' if looks_escaped(&text[at..]) => "_x005F_",
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => "",
            _ => continue,
        };
        out.extend_from_slice(&text.as_bytes()[plain..at]);
        if escaped.is_empty() {
            out.extend_from_slice(format!("_x{:04X}_", u32::from(letter)).as_bytes());
        } else {
            out.extend_from_slice(escaped.as_bytes());
        }
        plain = at + letter.len_utf8();
    }
    out.extend_from_slice(&text.as_bytes()[plain..]);
}

/// `_x0041` and the like, which a reader would take for an escape of ours where a `_` follows: the text's own, or that of an escape.
fn looks_escaped(text: &str) -> bool {
    matches!(text.as_bytes(), [b'_', b'x', a, b, c, d, ..] if [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()))
}

/// Whether spaces at its ends would be lost unless told.
pub(super) fn has_outer_space(text: &str) -> bool {
    let is_space = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_whitespace);
    is_space(text.as_bytes().first()) || is_space(text.as_bytes().last())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pushed(text: &str) -> String {
        let mut out = Vec::new();
        push(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_xml_cannot_hold_is_written_as_excel_does() {
        assert_eq!(pushed("a<b>&\"'"), "a&lt;b&gt;&amp;\"'");
        assert_eq!(pushed("a\0b\u{1}\r\n\tc\u{ffff}"), "a_x0000_b_x0001__x000D_&#10;&#9;c_xFFFF_");
        assert_eq!(pushed("_x0041_ _x41_ _xyz0_ _x004"), "_x005F_x0041_ _x41_ _xyz0_ _x004");
        assert_eq!(pushed("_x0041\u{1}"), "_x005F_x0041_x0001_", "what follows may begin with a `_` of ours");
        assert_eq!(pushed("Grüße 🎈"), "Grüße 🎈");
    }

    #[test]
    fn a_text_that_is_too_long_says_so() {
        let whole = "ü".repeat(CELL);
        assert_eq!(fit(&whole), (whole.as_str(), ""));
        let long = format!("{whole}!");
        let (begin, mark) = fit(&long);
        assert_eq!(begin.encode_utf16().count() + mark.encode_utf16().count(), CELL);
        assert!(mark.contains("CSV"), "and where all of it is");
        let balloons = "🎈".repeat(CELL);
        let (begin, mark) = fit(&balloons);
        assert!(begin.ends_with('🎈') && begin.encode_utf16().count() + mark.encode_utf16().count() <= CELL);
    }

    /// As a reader of a workbook reads a cell.
    fn read(mut written: &str) -> String {
        let mut text = String::new();
        while let Some(letter) = written.chars().next() {
            let escape = written.get(..7).filter(|part| part.starts_with("_x") && part.ends_with('_'));
            let code = escape.and_then(|part| u32::from_str_radix(&part[2..6], 16).ok()).and_then(char::from_u32);
            text.push(code.unwrap_or(letter));
            written = &written[if code.is_some() { 7 } else { letter.len_utf8() }..];
        }
        for (entity, letter) in [("&lt;", "<"), ("&gt;", ">"), ("&#10;", "\n"), ("&#9;", "\t"), ("&amp;", "&")] {
            text = text.replace(entity, letter);
        }
        text
    }

    proptest! {
        #[test]
        fn every_text_is_read_back(text in "[\\x00-\\x0f_x0-9A-Fa-f]{0,24}|\\PC{0,40}") {
            // The reader here knows entities only as far as they are ours.
            prop_assume!(!text.contains('&'));
            prop_assert_eq!(read(&pushed(&text)), text);
        }

        #[test]
        fn no_text_has_a_marker_or_an_element_in_it(text in "\\PC*|[\\x00-\\x20_x0-9A-F<>&]*") {
            let pushed = pushed(&text);
            prop_assert!(!pushed.contains(['<', '>', '\u{1}', '\n', '\r']), "{pushed:?}");
        }
    }
}
