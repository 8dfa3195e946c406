//! What a notification says. The study and the count are always there, the subject only when switched on; text from outside loses its markup.

use super::content::{Content, Item, Overdue};

/// Longest text from outside, in characters.
const LONGEST: usize = 120;
/// Longest text of our own, in characters: what keeps the receiver from receiving.
const LONGEST_REASON: usize = 300;
/// Studies named; more are counted.
const NAMED: usize = 3;

/// A title and a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) title: String,
    pub(super) body: String,
}

/// Words for `content`. `with_subjects`: the subject's id and label, and the vendor's message whatever it holds, may be shown.
pub(super) fn words(content: &Content, with_subjects: bool) -> Words {
    match (&content.items[..], content.problems(), &content.overdue, &content.receiver) {
        ([one], 1, None, None) => single(content, one, with_subjects),
        (_, 0, Some(overdue), None) => Words { title: overdue_title(overdue), body: studies(content) },
        (_, 0, None, Some(reason)) => {
            Words { title: "Deliveries are not being received".to_owned(), body: line(reason, LONGEST_REASON) }
        }
        _ => several(content),
    }
}

fn single(content: &Content, item: &Item, with_subjects: bool) -> Words {
    let title = match item.kind.as_str() {
        "upload_error" => "Upload failed",
        "processing_error" => "Processing failed",
        "unreadable" => "A delivery could not be read",
        "stuck_upload" => "An upload is stuck",
        "silence" => "A webhook is silent",
        _ => "Something needs you",
    };
    let mut first = studies(content);
    if with_subjects {
        let label = item.subject_label.as_deref().or(item.subject_id.as_deref());
        if let Some(label) = label {
            first = joined(&[&first, &format!("subject {}", plain(label))], " · ");
        }
    }
    let names_subject = |message: &str| {
        [&item.subject_id, &item.subject_label].into_iter().flatten().any(|name| message.contains(name.as_str()))
    };
    let message = item.message.as_deref().filter(|message| with_subjects || !names_subject(message));
    Words { title: title.to_owned(), body: joined(&[&first, &message.map(plain).unwrap_or_default()], "\n") }
}

fn several(content: &Content) -> Words {
    let mut parts: Vec<String> = content.kinds().iter().map(|(kind, count)| counted(*count, noun(kind))).collect();
    let subjects = content.subjects();
    if subjects > 0 {
        parts.push(counted(subjects as u64, "subject"));
    }
    if let Some(overdue) = &content.overdue {
        parts.push(format!("{} overdue", counted(overdue.subjects.unsigned_abs(), "subject")));
    }
    if content.receiver.is_some() {
        parts.insert(0, "not receiving".to_owned());
    }
    let named = if content.studies().is_empty() && content.problems() == 0 { String::new() } else { studies(content) };
    let reason = content.receiver.as_deref().map(|reason| line(reason, LONGEST_REASON)).unwrap_or_default();
    let mut title = parts.join(", ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Words { title, body: joined(&[&named, &reason], "\n") }
}

fn overdue_title(overdue: &Overdue) -> String {
    let of_them = match (overdue.subjects, overdue.since_yesterday) {
        (_, 0) => "none of them new since yesterday".to_owned(),
        (1, _) => "since yesterday".to_owned(),
        (all, new) if all == new => "all of them since yesterday".to_owned(),
        (_, new) => format!("{new} since yesterday"),
    };
    match (overdue.subjects, overdue.since_yesterday) {
        (1, 0) => "1 subject is overdue, as it was yesterday".to_owned(),
        (1, _) => format!("1 subject is overdue: {of_them}"),
        (all, _) => format!("{all} subjects are overdue: {of_them}"),
    }
}

fn noun(kind: &str) -> &'static str {
    match kind {
        "upload_error" => "upload error",
        "processing_error" => "processing error",
        "unreadable" => "unreadable delivery",
        "stuck_upload" => "stuck upload",
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

fn studies(content: &Content) -> String {
    let all = content.studies();
    let named: Vec<_> = all.iter().take(NAMED).map(|study| plain(study)).collect();
    let more = all.len() - named.len();
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

/// Text from outside as one harmless line of at most [`LONGEST`] characters.
fn plain(text: &str) -> String {
    line(text, LONGEST)
}

/// One harmless line: no markup, no control or direction characters, at most `longest` characters.
/// The characters markup is made of are replaced by look-alikes rather than escaped: desktops without markup would show the escapes.
pub(super) fn line(text: &str, longest: usize) -> String {
    let mut line = String::new();
    let mut characters = 0;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
            characters += 1;
        }
        for c in word.chars().filter(|c| !is_direction_or_hidden(*c)) {
            if characters >= longest {
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
mod tests;
