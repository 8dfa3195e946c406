//! A study's own list of subjects, from a CSV file as Excel and others write it: labels, and who is expected.
//!
//! All or nothing: a file with one line that cannot be used changes nothing.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;

use store::history::Page;
use study::subject::ExpectedSubject;
use study::{Action, Query};

use crate::Monitor;
use crate::wire::{ApiError, ImportProblem, ImportReport, ImportedSubject, SubjectImport};

/// The largest file.
const LARGEST: u64 = 5 * 1024 * 1024;
/// The most subjects in one.
const MOST: usize = 5_000;
/// The longest id, label or site, in characters.
const LONGEST: usize = 200;
/// Lines shown.
const SAMPLE: usize = 200;
/// Problems told.
const TOLD: usize = 100;
/// Subjects looked up to say what changes.
const KNOWN: usize = 100_000;

/// Headings, as compared: lower case, nothing but letters and digits.
const SUBJECT: [&str; 6] = ["subjectid", "subject", "id", "centrepointid", "centrepointsubjectid", "subjectnumber"];
/// See [`SUBJECT`].
const LABEL: [&str; 6] = ["label", "subjectidentifier", "identifier", "subjectlabel", "name", "code"];
/// See [`SUBJECT`].
const SITE: [&str; 4] = ["site", "siteid", "center", "centre"];

/// A line of the file, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    number: u32,
    subject: ExpectedSubject,
}

/// A file, understood as far as it goes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Read {
    lines: Vec<Line>,
    problems: Vec<ImportProblem>,
    columns: Vec<String>,
}

impl Monitor {
    /// Reads the file and says what it changes; unless it is a dry run or a line cannot be used, keeps it as an action in the log.
    ///
    /// # Errors
    /// `invalid` for a file that cannot be read or a webhook that does not exist, or why it could not be written.
    pub fn subjects_import(&self, request: &SubjectImport) -> Result<ImportReport, ApiError> {
        let webhook = self
            .state()
            .webhooks()?
            .into_iter()
            .find(|webhook| webhook.slug.as_str() == request.webhook && !webhook.removed)
            .ok_or_else(|| ApiError::invalid("webhook", format!("there is no webhook {}", request.webhook)))?;
        let path = Path::new(&request.path);
        let read = parse(&text(&bytes(path)?)?)?;
        let lens = self.lens()?;
        let mut query = Query::default();
        query
            .keys
            .push(study::query::KeyTerm { key: study::query::Key::Webhook, values: vec![request.webhook.clone()] });
        let known = self.history().subjects(&Page { query, before: None, after: None, limit: KNOWN }, &lens)?.rows;
        let by_id: HashMap<&str, _> = known.iter().filter_map(|row| Some((row.subject_id.as_deref()?, row))).collect();
        let by_label: HashMap<&str, _> = known.iter().filter_map(|row| Some((row.label.as_deref()?, row))).collect();
        let (mut new, mut changed) = (0, 0);
        let mut sample = Vec::new();
        for Line { number, subject } in &read.lines {
            let found = match (&subject.subject_id, &subject.label) {
                (Some(id), _) => by_id.get(id.as_str()),
                (None, Some(label)) => by_label.get(label.as_str()),
                (None, None) => None,
            };
            let differs = |mine: &Option<String>, theirs: &Option<String>| mine.is_some() && mine != theirs;
            let outcome = match found {
                None => "new",
                Some(row)
                    if !row.expected
                        || differs(&subject.label, &row.label)
                        || differs(&subject.site_id, &row.site_id) =>
                {
                    "changed"
                }
                Some(_) => "same",
            };
            new += u32::from(outcome == "new");
            changed += u32::from(outcome == "changed");
            if sample.len() < SAMPLE {
                sample.push(ImportedSubject {
                    line: *number,
                    subject_id: subject.subject_id.clone(),
                    label: subject.label.clone(),
                    site_id: subject.site_id.clone(),
                    outcome: outcome.to_owned(),
                });
            }
        }
        let report = ImportReport {
            rows: u32::try_from(read.lines.len()).unwrap_or(u32::MAX),
            new,
            changed,
            sample,
            problems: read.problems,
            columns: read.columns,
        };
        if request.dry_run || !report.problems.is_empty() || report.rows == 0 {
            return Ok(report);
        }
        let by = self.who(&request.by)?;
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.append(&[Action::Subjects {
            webhook: request.webhook.clone(),
            study_id: webhook.study_id,
            by,
            file,
            subjects: read.lines.into_iter().map(|line| line.subject).collect(),
        }])?;
        Ok(report)
    }
}

fn wrong(message: impl Into<String>) -> ApiError {
    ApiError::invalid("path", message)
}

fn bytes(path: &Path) -> Result<Vec<u8>, ApiError> {
    let unreadable = |error: std::io::Error| wrong(format!("{} cannot be read: {error}", path.display()));
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(wrong("the file is larger than 5 MiB: is it the right one?"));
    }
    Ok(bytes)
}

/// UTF-8, with a mark before it or without, or UTF-16 with one, as Excel's "Unicode text" is.
fn text(bytes: &[u8]) -> Result<String, ApiError> {
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16(&units).ok().filter(|_| rest.len().is_multiple_of(2))
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => String::from_utf8(rest.to_vec()).ok(),
    };
    let text = text.filter(|text| !text.contains('\0'));
    text.ok_or_else(|| {
        wrong("the file is not a text this program can read: in Excel, save it as \"CSV UTF-8 (comma delimited)\"")
    })
}

/// Which column holds what.
#[derive(Debug, Clone, Copy)]
struct Columns {
    subject: Option<usize>,
    label: Option<usize>,
    site: Option<usize>,
}

fn parse(text: &str) -> Result<Read, ApiError> {
    let heading = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    // The one there is most of in the headings; Excel writes semicolons where the comma is the decimal sign.
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|delimiter| heading.bytes().filter(|byte| byte == delimiter).count())
        .unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(true).from_reader(text.as_bytes());
    let headings = reader.headers().map_err(|error| wrong(format!("the file is no CSV: {error}")))?.clone();
    let (columns, names) = columns(&headings)?;
    let mut read = Read { columns: names, ..Read::default() };
    let mut seen: HashMap<String, (u32, ExpectedSubject)> = HashMap::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(format!("the file is no CSV: {error}")))?;
        let number = record.position().map_or(0, csv::Position::line).try_into().unwrap_or(u32::MAX);
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if read.lines.len() == MOST {
            return Err(wrong(format!("the file has more than {MOST} subjects")));
        }
        match line(&record, columns) {
            Ok(subject) => {
                let name = subject.subject_id.as_ref().map_or_else(
                    || format!("label {}", subject.label.as_deref().unwrap_or_default()),
                    |id| format!("subject {id}"),
                );
                match seen.get(&name) {
                    Some((_, same)) if *same == subject => {}
                    Some((first, _)) => {
                        tell(
                            &mut read.problems,
                            number,
                            format!("{name} stands in line {first}, too, with other values"),
                        );
                    }
                    None => {
                        seen.insert(name, (number, subject.clone()));
                        read.lines.push(Line { number, subject });
                    }
                }
            }
            Err(message) => tell(&mut read.problems, number, message),
        }
    }
    if read.lines.is_empty() && read.problems.is_empty() {
        return Err(wrong("there is no subject in the file: below the headings, one line a subject"));
    }
    Ok(read)
}

fn tell(problems: &mut Vec<ImportProblem>, line: u32, message: String) {
    if problems.len() < TOLD {
        problems.push(ImportProblem { line, message });
    }
}

fn columns(headings: &csv::StringRecord) -> Result<(Columns, Vec<String>), ApiError> {
    let plain = |heading: &str| -> String {
        heading.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let place = |names: &[&str]| headings.iter().position(|heading| names.contains(&plain(heading).as_str()));
    let columns = Columns { subject: place(&SUBJECT), label: place(&LABEL), site: place(&SITE) };
    if columns.subject.is_none() && columns.label.is_none() {
        let there: Vec<&str> = headings.iter().map(str::trim).filter(|heading| !heading.is_empty()).collect();
        return Err(wrong(format!(
            "the first line names no column this program knows. It takes \"Subject ID\", \"Label\" and \"Site\", of which the first or \
             the second is needed; in the file are: {}",
            if there.is_empty() { "none".to_owned() } else { there.join(", ") }
        )));
    }
    let told = |place: Option<usize>, what: &str| {
        place.and_then(|place| headings.get(place)).map(|heading| format!("{} → {what}", heading.trim()))
    };
    let names = [told(columns.subject, "subject id"), told(columns.label, "label"), told(columns.site, "site")];
    Ok((columns, names.into_iter().flatten().collect()))
}

fn line(record: &csv::StringRecord, columns: Columns) -> Result<ExpectedSubject, String> {
    let cell = |place: Option<usize>, what: &str| -> Result<Option<String>, String> {
        let Some(text) = place.and_then(|place| record.get(place)).map(str::trim) else { return Ok(None) };
        if text.chars().count() > LONGEST {
            return Err(format!("the {what} is longer than {LONGEST} characters"));
        }
        if text.chars().any(char::is_control) {
            return Err(format!("the {what} has a line end or another control character in it"));
        }
        Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
    };
    let subject = ExpectedSubject {
        subject_id: cell(columns.subject, "subject id")?,
        label: cell(columns.label, "label")?,
        site_id: cell(columns.site, "site")?,
    };
    if subject.subject_id.is_none() && subject.label.is_none() {
        return Err("there is neither a subject id nor a label in this line".to_owned());
    }
    Ok(subject)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn subjects(text: &str) -> Vec<(Option<String>, Option<String>, Option<String>)> {
        let read = parse(text).unwrap();
        assert_eq!(read.problems, [], "{text}");
        read.lines.into_iter().map(|line| (line.subject.subject_id, line.subject.label, line.subject.site_id)).collect()
    }

    #[test]
    fn headings_are_found_in_any_order_and_zeros_stay() {
        let expected = [(Some("44732".to_owned()), Some("000103".to_owned()), Some("012".to_owned()))];
        for text in [
            "Subject ID,Label,Site\n44732,000103,012\n",
            "site;subject_identifier;SUBJECT-ID;remarks\r\n012;\"000103\";44732;x\r\n\r\n;;;\r\n",
            "label\tid\tsite\n000103\t44732\t012",
        ] {
            assert_eq!(subjects(text), expected, "{text:?}");
        }
        assert_eq!(subjects("Label\n000103\n"), [(None, Some("000103".to_owned()), None)]);
    }

    #[test]
    fn files_are_read_as_excel_writes_them() {
        let plain = "Subject,Label\n7,Zoë\n";
        let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(plain.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let marked = [b"\xef\xbb\xbf", plain.as_bytes()].concat();
        for bytes in [plain.as_bytes(), &wide, &marked] {
            assert_eq!(text(bytes).unwrap(), plain);
        }
        for bytes in [b"Subject\n7\xe9\n".as_slice(), b"PK\x03\x04\0\0", &[0xff, 0xfe, 0x41]] {
            assert!(text(bytes).unwrap_err().message.contains("CSV UTF-8"));
        }
    }

    #[test]
    fn what_cannot_be_used_is_told_with_its_line() {
        let read = parse("Subject,Label,Site\n7,000103,1\n,,12\n7,000104,1\n7,000103,1\n").unwrap();
        let told: Vec<_> = read.problems.iter().map(|problem| (problem.line, problem.message.as_str())).collect();
        let expected = [
            (3, "there is neither a subject id nor a label in this line"),
            (4, "subject 7 stands in line 2, too, with other values"),
        ];
        assert_eq!(told, expected);
        assert_eq!(read.lines.len(), 1, "the same line twice is one");
        assert!(parse("Patient,Visit\n1,2\n").unwrap_err().message.contains("in the file are: Patient, Visit"));
        assert!(parse("Subject\n").unwrap_err().message.contains("no subject"));
        assert!(parse("").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(Subject|Label|Site|[,;\t\"\r\n]|[a-z0-9 ]){0,60}") {
            if let Ok(read) = parse(&text) {
                for line in read.lines {
                    prop_assert!(line.subject.subject_id.is_some() || line.subject.label.is_some());
                }
            }
        }
    }
}
