//! What a pop-up says. The study and the count are always there, the subject only when switched on; text from outside loses its markup.

use super::grouping::Group;

/// Longest text from outside, in characters.
const LONGEST: usize = 120;
/// Studies named; more are counted.
const NAMED: usize = 3;

/// One pop-up, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PopUp {
    pub(super) title: String,
    pub(super) body: String,
    /// What a click opens: the problem, or the list when there are several.
    pub(super) problem: Option<i64>,
}

/// Words for `group`. `with_subjects`: the subject's id and label, and the vendor's message whatever it holds, may be shown.
pub(super) fn pop_up(group: &Group, with_subjects: bool) -> PopUp {
    if group.count() == 1 { single(group, with_subjects) } else { several(group) }
}

fn single(group: &Group, with_subjects: bool) -> PopUp {
    let opening = &group.newest;
    let title = match opening.kind.as_str() {
        "upload_error" => "Upload failed",
        "processing_error" => "Processing failed",
        "unreadable" => "A delivery could not be read",
        "silence" => "A webhook is silent",
        _ => "Something needs you",
    };
    let mut first = studies(group);
    if with_subjects {
        let label = opening.subject_label.as_deref().or(opening.subject_id.as_deref());
        if let Some(label) = label {
            first = joined(&[&first, &format!("subject {}", plain(label))], " · ");
        }
    }
    let names_subject = |message: &str| {
        [&opening.subject_id, &opening.subject_label].into_iter().flatten().any(|name| message.contains(name.as_str()))
    };
    let message = opening.message.as_deref().filter(|message| with_subjects || !names_subject(message));
    PopUp {
        title: title.to_owned(),
        body: joined(&[&first, &message.map(plain).unwrap_or_default()], "\n"),
        problem: Some(opening.problem),
    }
}

fn several(group: &Group) -> PopUp {
    let kinds: Vec<_> = group.kinds.iter().map(|(kind, count)| counted(*count, noun(kind))).collect();
    let subjects = match group.subjects.len() {
        0 => String::new(),
        count => counted(count as u64, "subject"),
    };
    PopUp { title: joined(&[&kinds.join(", "), &subjects], ", "), body: studies(group), problem: None }
}

fn noun(kind: &str) -> &'static str {
    match kind {
        "upload_error" => "upload error",
        "processing_error" => "processing error",
        "unreadable" => "unreadable delivery",
        "silence" => "silent webhook",
        _ => "problem",
    }
}

fn counted(count: u64, noun: &str) -> String {
    match (count, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {noun}s"),
    }
}

fn studies(group: &Group) -> String {
    let named: Vec<_> = group.studies.iter().take(NAMED).map(|study| plain(study)).collect();
    let more = group.studies.len() - named.len();
    match (named.len(), more) {
        (0, _) => "Study not named".to_owned(),
        (1, _) => format!("Study {}", named.join("")),
        (_, 0) => format!("Studies {}", named.join(", ")),
        (_, more) => format!("Studies {} and {more} more", named.join(", ")),
    }
}

fn joined(parts: &[&str], between: &str) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(between)
}

/// Text from outside as one harmless line: no markup, no control or direction characters, at most [`LONGEST`] characters.
/// The characters markup is made of are replaced by look-alikes rather than escaped: desktops without markup would show the escapes.
fn plain(text: &str) -> String {
    let mut line = String::new();
    let mut characters = 0;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
            characters += 1;
        }
        for c in word.chars().filter(|c| !is_direction_or_hidden(*c)) {
            if characters >= LONGEST {
                line.push('…');
                return line;
            }
            characters += 1;
            line.push(match c {
                '<' => '‹',
                '>' => '›',
                '&' => '＆',
                other => other,
            });
        }
    }
    line
}

/// Characters that turn or hide the text around them.
fn is_direction_or_hidden(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{061C}' | '\u{FFF9}'..='\u{FFFB}')
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::desktop::notifier::grouping::Grouping;
    use crate::desktop::notifier::testing::opening;

    fn group(openings: Vec<api::Unseen>) -> Group {
        let mut grouping = Grouping::default();
        for opening in openings {
            grouping.opened(Duration::ZERO, opening);
        }
        grouping.take(Duration::from_secs(1)).unwrap()
    }

    #[test]
    fn one_error_names_the_study_and_the_message_and_no_subject() {
        let said = pop_up(&group(vec![opening(7)]), false);
        assert_eq!(said.title, "Upload failed");
        assert_eq!(said.body, "Study 189\nBattery voltage below threshold");
        assert_eq!(said.problem, Some(7), "a click opens the problem itself");
    }

    #[test]
    fn the_subject_is_named_when_switched_on() {
        let mut opening = opening(7);
        opening.subject_label = Some("000103".to_owned());
        assert_eq!(
            pop_up(&group(vec![opening]), true).body,
            "Study 189 · subject 000103\nBattery voltage below threshold"
        );
    }

    #[test]
    fn a_message_that_names_the_subject_is_left_out() {
        let mut opening = opening(7);
        opening.subject_id = Some("44732".to_owned());
        opening.message = Some("subject 44732: no data".to_owned());
        let said = pop_up(&group(vec![opening.clone()]), false);
        assert_eq!(said.body, "Study 189");
        assert!(pop_up(&group(vec![opening]), true).body.contains("44732"));
    }

    #[test]
    fn several_are_counted_by_kind_and_subject() {
        let mut other = opening(3);
        other.kind = "unreadable".to_owned();
        other.subject_id = None;
        let said = pop_up(&group(vec![opening(1), opening(2), other.clone(), other]), false);
        assert_eq!(said.title, "2 unreadable deliveries, 2 upload errors, 2 subjects");
        assert_eq!((said.body.as_str(), said.problem), ("Study 189", None));
    }

    #[test]
    fn many_studies_are_counted() {
        let all = (1..=5).map(|n| api::Unseen { study_id: Some(format!("{n}")), ..opening(n) }).collect();
        assert_eq!(pop_up(&group(all), false).body, "Studies 1, 2, 3 and 2 more");
    }

    #[test]
    fn markup_and_control_characters_are_neutralised() {
        assert_eq!(plain("<b>bold</b> & <img src=x>\r\n\u{202E}txt\u{0}.exe"), "‹b›bold‹/b› ＆ ‹img src=x› txt .exe");
    }

    proptest! {
        #[test]
        fn whatever_comes_is_one_short_harmless_line(text in any::<String>()) {
            let line = plain(&text);
            prop_assert!(line.chars().count() <= LONGEST + 1);
            let harmful = |c: char| c.is_control() || matches!(c, '<' | '>' | '&') || is_direction_or_hidden(c);
            prop_assert!(!line.chars().any(harmful), "{line:?}");
        }
    }
}
