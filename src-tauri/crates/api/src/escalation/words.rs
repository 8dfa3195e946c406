//! What a message says: plain words, grouped, without a subject unless that is switched on.

use std::collections::BTreeMap;

use herald::Message;
use jiff::ZonedDateTime;
use jiff::tz::TimeZone;
use store::history::Unattended;
use study::ProblemKind;

use crate::times::instant;

/// Lines of one message at most; the others are counted.
const MOST_LINES: usize = 20;
/// Longest of what comes from outside, in characters.
const LONGEST: usize = 120;

/// What the message is about.
pub(super) struct About<'a> {
    /// The problems, oldest first.
    pub(super) problems: Vec<&'a Unattended>,
    /// Since when nothing is received, and why.
    pub(super) not_receiving: Option<(i64, String)>,
    /// Names of subjects and the vendor's messages may be said.
    pub(super) with_subjects: bool,
}

/// A test.
pub(super) fn test(now: &ZonedDateTime) -> Message {
    let text = format!(
        "This is a test, sent on {}.\n\nProblems that nobody acknowledges will come to this address.\n\nCentrePoint Monitor",
        now.strftime("%-d %b %Y at %H:%M")
    );
    Message { subject: "CentrePoint Monitor: a test".to_owned(), text }
}

pub(super) fn message(about: &About<'_>, zone: &TimeZone) -> Message {
    let count = about.problems.len();
    let mut parts = Vec::new();
    if about.not_receiving.is_some() {
        parts.push("not receiving".to_owned());
    }
    match count {
        0 => {}
        1 => parts.push("1 problem waits for somebody".to_owned()),
        count => parts.push(format!("{count} problems wait for somebody")),
    }
    let mut lines = Vec::new();
    if let Some((since, why)) = &about.not_receiving {
        let why = line(why);
        lines.push(format!("Nothing has been received since {}. {why}", when(*since, zone)).trim_end().to_owned());
        lines.push(String::new());
    }
    if count > 0 {
        lines.push("Nobody has acknowledged:".to_owned());
        let told = told(about, zone);
        lines.extend(told.iter().take(MOST_LINES).map(|line| format!("- {line}")));
        if told.len() > MOST_LINES {
            lines.push(format!("- and {} more", told.len() - MOST_LINES));
        }
        lines.push(String::new());
    }
    lines.push(
        "Open CentrePoint Monitor on the computer that receives: Problems shows what to do about each.".to_owned(),
    );
    Message { subject: format!("CentrePoint Monitor: {}", parts.join(", ")), text: lines.join("\n") }
}

/// One line a problem with subjects, else one for each kind of one webhook and study.
fn told(about: &About<'_>, zone: &TimeZone) -> Vec<String> {
    if about.with_subjects {
        return about.problems.iter().map(|each| one(each, zone)).collect();
    }
    let mut groups: BTreeMap<(String, &'static str), (usize, i64)> = BTreeMap::new();
    for each in &about.problems {
        let group = groups.entry((place(each), noun(each.row.kind))).or_insert((0, each.since));
        group.0 += 1;
        group.1 = group.1.min(each.since);
    }
    let line = |((place, noun), (count, since)): ((String, &str), (usize, i64))| match count {
        1 => format!("{place}: {noun}, since {}", when(since, zone)),
        count => format!("{place}: {noun}, {count} times, the oldest since {}", when(since, zone)),
    };
    groups.into_iter().map(line).collect()
}

fn one(each: &Unattended, zone: &TimeZone) -> String {
    let row = &each.row;
    let subject = row.subject_label.as_ref().or(row.subject_id.as_ref());
    let subject = subject.map_or_else(String::new, |name| format!(", subject {}", line(name)));
    let message = row.message.as_ref().map_or_else(String::new, |message| format!(": {}", line(message)));
    format!("{}: {}{subject}, since {}{message}", place(each), noun(row.kind), when(each.since, zone))
}

/// `Study 189`, else the webhook.
fn place(each: &Unattended) -> String {
    match &each.row.study_id {
        Some(study) => format!("Study {} (webhook {})", line(study), each.row.webhook),
        None => format!("Webhook {}", each.row.webhook),
    }
}

fn noun(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::UploadError => "upload failed",
        ProblemKind::ProcessingError => "processing failed",
        ProblemKind::Unreadable => "a delivery could not be read",
        ProblemKind::StuckUpload => "upload has no end",
        ProblemKind::Silence => "the webhook is silent",
    }
}

fn when(at: i64, zone: &TimeZone) -> String {
    let zoned = instant(at).to_zoned_datetime(zone.clone());
    format!("{} ({})", zoned.strftime("%-d %b %Y %H:%M"), zone.iana_name().unwrap_or("UTC"))
}

/// One bounded line without control characters and without what a chat would make a link, a name or a mark-up of.
fn line(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let safe = |c: char| match c {
        '<' => '‹',
        '>' => '›',
        '&' => '＆',
        '@' => '＠',
        '*' | '_' | '`' | '[' | ']' | '~' => '\'',
        c => c,
    };
    words.join(" ").chars().map(safe).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use store::rows::ProblemRow;
    use study::ProblemState;

    use super::*;

    fn unattended(id: i64, kind: ProblemKind) -> Unattended {
        let row = ProblemRow {
            id,
            kind,
            state: ProblemState::Open,
            webhook: "rome".to_owned(),
            study_id: Some("189".to_owned()),
            subject_id: Some("44732".to_owned()),
            subject_label: Some("P-07".to_owned()),
            upload_id: None,
            message: Some("battery of <!channel> 44732\nlow".to_owned()),
            opened_at: id,
            last_at: id,
            events: 1,
            acknowledged_by: None,
            acknowledged_at: None,
            note: None,
            snoozed_until: None,
            follow_up: None,
            group: String::new(),
            undoable: false,
        };
        Unattended { row, opening: id, since: 1_787_407_500_000_000 }
    }

    #[test]
    fn it_is_grouped_and_names_nobody_unless_told_to() {
        let all = [
            unattended(1, ProblemKind::UploadError),
            unattended(2, ProblemKind::UploadError),
            unattended(3, ProblemKind::Silence),
        ];
        let about = |with_subjects| About { problems: all.iter().collect(), not_receiving: None, with_subjects };
        let plain = message(&about(false), &TimeZone::UTC);
        assert_eq!(plain.subject, "CentrePoint Monitor: 3 problems wait for somebody");
        assert!(
            plain.text.contains(
                "- Study 189 (webhook rome): upload failed, 2 times, the oldest since 22 Aug 2026 14:05 (UTC)"
            ),
            "{}",
            plain.text
        );
        for private in ["44732", "P-07", "battery"] {
            assert!(!plain.text.contains(private), "{private}");
        }
        let named = message(&about(true), &TimeZone::UTC);
        assert!(
            named.text.contains("subject P-07") && named.text.contains("battery of ‹!channel› 44732 low"),
            "{}",
            named.text
        );
        let gone = About {
            problems: Vec::new(),
            not_receiving: Some((0, "The port is taken.".to_owned())),
            with_subjects: false,
        };
        let gone = message(&gone, &TimeZone::UTC);
        assert_eq!(gone.subject, "CentrePoint Monitor: not receiving");
        assert!(gone.text.contains("since 1 Jan 1970 00:00 (UTC). The port is taken."), "{}", gone.text);
    }

    #[test]
    fn it_stays_short() {
        let all: Vec<_> = (1..400).map(|id| unattended(id, ProblemKind::UploadError)).collect();
        let about = About { problems: all.iter().collect(), not_receiving: None, with_subjects: true };
        let message = message(&about, &TimeZone::UTC);
        assert!(message.text.contains("- and 379 more") && message.text.len() < 20_000);
    }
}
