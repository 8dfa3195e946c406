//! A message without what differs from one problem to the next: problems of one kind whose messages come out the same are the same
//! trouble and stand together. Pure text; which kinds there are and who counts them is decided elsewhere.

/// Characters of a family at most: what tells troubles apart is said early.
const LONGEST: usize = 300;

/// Characters of one word at most; what is longer is no word but an id or a piece of data.
const LONGEST_WORD: usize = 60;

/// Letters a word of nothing but `a` to `f` needs to be taken for hexadecimal.
const HEX: usize = 8;

/// The message with every number, date, time, id, serial and hexadecimal number as `#`, in lower case, single-spaced, and without
/// punctuation at its end. Doing it again changes nothing. No message is the empty family.
#[must_use]
pub fn family(message: Option<&str>) -> String {
    let lower = message.unwrap_or_default().to_lowercase();
    let mut family = String::with_capacity(lower.len().min(LONGEST));
    let mut length = 0;
    for word in lower.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        let word = without_ids(word);
        let size = word.chars().count() + usize::from(length > 0);
        if length + size > LONGEST {
            break;
        }
        if length > 0 {
            family.push(' ');
        }
        family.push_str(&word);
        length += size;
    }
    let end = family.trim_end_matches([' ', '.', ',', ';', ':', '!', '?', '…']).len();
    family.truncate(end);
    family
}

/// One word between spaces, its numbers and ids replaced.
fn without_ids(word: &str) -> String {
    let chars: Vec<char> = word.chars().collect();
    let mut out = String::with_capacity(word.len());
    let mut at = 0;
    while at < chars.len() {
        if !chars[at].is_alphanumeric() {
            out.push(chars[at]);
            at += 1;
            continue;
        }
        let end = end_of_run(&chars, at);
        let run = &chars[at..end];
        let is_id = run.iter().any(|c| c.is_numeric()) || (run.len() >= HEX && run.iter().all(char::is_ascii_hexdigit));
        if is_id {
            // A sign, or the mark of a number, belongs to it.
            if out.ends_with(['#', '-', '+']) {
                out.pop();
            }
            out.push('#');
        } else {
            out.extend(run);
        }
        at = end;
    }
    if out.chars().count() > LONGEST_WORD { "#".to_owned() } else { out }
}

/// Where the letters and digits that begin at `start` end, with what joins them: `-`, `_` and `.` between any, and between digits also what
/// dates, times and grouped numbers are written with.
fn end_of_run(chars: &[char], start: usize) -> usize {
    let mut end = start + 1;
    loop {
        while chars.get(end).is_some_and(|c| c.is_alphanumeric()) {
            end += 1;
        }
        let (Some(joint), Some(next)) = (chars.get(end), chars.get(end + 1)) else { return end };
        let holds_on = match joint {
            '-' | '_' | '.' => next.is_alphanumeric(),
            ':' | '/' | ',' | '+' | '\'' => chars[end - 1].is_numeric() && next.is_numeric(),
            _ => false,
        };
        if !holds_on {
            return end;
        }
        end += 2;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn messages_of_one_trouble_come_out_the_same() {
        for (messages, expected) in [
            (&["Battery low", "battery  LOW.", " Battery\tlow…", "Battery low!?"][..], "battery low"),
            (
                &["Upload 44732 failed", "upload #5 failed.", "Upload -3.5 failed", "upload 44,732 failed"],
                "upload # failed",
            ),
            (
                &[
                    "Failed at 2026-08-22T14:05:33.123456Z",
                    "failed at 2026-08-22T14:05:33+02:00",
                    "Failed at 22/08/2026",
                    "failed at 14:05",
                ],
                "failed at #",
            ),
            (
                &["Monitor TAS1H30182785 not found", "Monitor TAS1H30182999 not found", "monitor cafebabe not found"],
                "monitor # not found",
            ),
            (&["Job 0f9a3fde-8baf-0c83-1591-517307aa119c: time out", "Job DEADBEEF: time out"], "job #: time out"),
            (&["subject:44732 (site 12), 3 of 4", "Subject:000103 (site 9), 10 of 11"], "subject:# (site #), # of #"),
            (&["Error reading TAS1_2026-08-01.gt3x", "error reading TAS2_2026-08-02.gt3x"], "error reading #"),
            (&["read-only file, no e.g."], "read-only file, no e.g"),
            (&["", "  ", "…"], ""),
        ] {
            for message in messages {
                assert_eq!(family(Some(message)), expected, "{message:?}");
            }
        }
        assert_eq!(family(None), "");
    }

    #[test]
    fn different_troubles_stay_apart() {
        assert_ne!(family(Some("Battery low")), family(Some("Battery empty")));
        assert_ne!(family(Some("no file for subject 7")), family(Some("no site for subject 7")));
    }

    #[test]
    fn data_in_a_message_does_not_make_it_long() {
        let long = family(Some(&format!("bad body {} in it", "QUJD".repeat(500))));
        assert_eq!(long, "bad body # in it");
        assert!(family(Some(&"words ".repeat(5_000))).chars().count() <= LONGEST);
    }

    proptest! {
        #[test]
        fn doing_it_again_changes_nothing(message in r"\PC{0,40}|[a-fx0-9 .,:#+-]{0,80}|([a-g]{1,30} ){0,30}") {
            let once = family(Some(&message));
            prop_assert_eq!(family(Some(&once)), once.clone());
            prop_assert!(!once.chars().any(|c| c.is_numeric() || c.is_control()), "{}", once);
        }

        #[test]
        fn numbers_case_and_spaces_do_not_matter(a in any::<u64>(), b in any::<u64>(), spaces in " {1,4}") {
            let one = format!("Upload {a} of subject {b} failed");
            let other = format!("UPLOAD{spaces}{b} of Subject {a}{spaces}failed.");
            prop_assert_eq!(family(Some(&one)), family(Some(&other)));
        }
    }
}
