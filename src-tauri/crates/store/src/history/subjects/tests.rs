use jiff::civil::date;
use study::Action;
use study::subject::{ExpectedSubject, SubjectRef, SubjectStatus};

use super::*;
use crate::fixture::{Fixture, HOUR, NOW, arrival, lens, page, upload};

const DAY: i64 = 24 * HOUR;

fn statistics(subject: &str, label: &str, site: &str, monitor: &str, day: &str, minutes: &str) -> crate::NewArrival {
    let body = format!(
        r#"{{"studyId":189,"siteId":"{site}","subjectId":"{subject}","subjectIdentifier":"{label}","date":"{day}",
            "activityMonitorSerials":["{monitor}"],"epochAggregation":{{"wearMinutes":{minutes}}}}}"#
    );
    arrival("daily_statistics_complete", &format!("{subject}-{label}-{site}-{monitor}-{day}-{minutes}"), 60, &body)
}

fn expect(subject_id: Option<&str>, label: Option<&str>) -> ExpectedSubject {
    ExpectedSubject {
        subject_id: subject_id.map(str::to_owned),
        label: label.map(str::to_owned),
        site_id: Some("12".to_owned()),
    }
}

fn list(subjects: Vec<ExpectedSubject>) -> Action {
    Action::Subjects {
        webhook: "alpha".to_owned(),
        study_id: Some("189".to_owned()),
        by: "M. Rossi".to_owned(),
        file: "subjects.csv".to_owned(),
        subjects,
    }
}

fn declare(subject: &str, status: SubjectStatus) -> Action {
    Action::SubjectStatus {
        subject: SubjectRef {
            webhook: "alpha".to_owned(),
            study_id: Some("189".to_owned()),
            subject_id: subject.to_owned(),
        },
        by: "M. Rossi".to_owned(),
        status,
        note: Some("as told".to_owned()),
    }
}

fn all(fixture: &Fixture, query: &str) -> Vec<SubjectRow> {
    fixture.history().subjects(&page(query), &lens()).unwrap().rows
}

fn names(rows: &[SubjectRow]) -> Vec<(Option<&str>, Option<&str>)> {
    rows.iter().map(|row| (row.subject_id.as_deref(), row.label.as_deref())).collect()
}

#[test]
fn wear_time_is_shown_by_day_and_a_missing_day_is_not_a_zero() {
    let fixture = Fixture::with([
        statistics("7", "000103", "12", "TAS1", "2026-08-21", "812"),
        statistics("7", "000103", "12", "TAS1", "2026-08-20", "0"),
        statistics("7", "000103", "12", "TAS1", "2026-08-08", "600"),
        statistics("7", "000103", "12", "TAS1", "2026-08-07", "600"),
        statistics("7", "000103", "12", "TAS1", "2026-08-22", "300"),
        statistics("7", "000103", "12", "TAS1", "2026-08-20", "5"),
    ]);
    let row = all(&fixture, "").remove(0);
    assert_eq!(wear_until(&lens()), date(2026, 8, 21), "today is not over yet");
    assert_eq!(row.wear.len(), 14);
    assert_eq!((row.wear[13], row.wear[12], row.wear[11], row.wear[0]), (Some(812), Some(5), None, Some(600)));
    let detail = fixture.history().subject(row.id, &lens()).unwrap().unwrap();
    assert_eq!(detail.wear.len(), 5, "one a day: {:?}", detail.wear);
    assert_eq!(detail.wear[3].minutes, 812);
}

#[test]
fn what_contradicts_itself_is_flagged() {
    let fixture = Fixture::with([
        statistics("7", "000103", "12", "TAS1", "2026-08-20", "1"),
        statistics("8", "000104", "12", "TAS2", "2026-08-20", "1"),
        statistics("8", "000104", "12", "TAS3", "2026-08-21", "1"),
        statistics("9", "000105", "12", "TAS3", "2026-08-20", "1"),
        statistics("10", "000103", "13", "TAS4", "2026-08-20", "1"),
        statistics("10", "000103", "14", "TAS4", "2026-08-21", "1"),
    ]);
    let conflicts = |subject: &str| all(&fixture, &format!("subject:{subject}")).remove(0).conflicts;
    assert_eq!(conflicts("7"), ["label"], "another subject goes by the same label");
    assert_eq!(conflicts("8"), ["monitor"], "a change of monitor is none, but somebody else has this one");
    assert_eq!(conflicts("10"), ["label", "site"]);
    let key = all(&fixture, "subject:8")[0].id;
    let detail = fixture.history().subject(key, &lens()).unwrap().unwrap();
    let monitors: Vec<_> = detail.known.iter().filter(|known| known.what == "monitor").collect();
    assert_eq!(monitors.len(), 2);
    let shared = monitors.iter().find(|known| known.value == "TAS3").unwrap();
    assert_eq!(shared.shared_with.as_deref(), Some("9"));
    fixture.act(&declare("9", SubjectStatus::Finished));
    assert_eq!(all(&fixture, "subject:8")[0].conflicts, [""; 0], "a monitor handed on after the end is none");
}

#[test]
fn a_list_gives_labels_and_shows_who_never_uploaded() {
    let fixture = Fixture::with([upload("1", "7", "completed", "d-1", 60)]);
    fixture.act(&list(vec![
        expect(Some("7"), Some("000103")),
        expect(Some("8"), Some("000104")),
        expect(None, Some("000105")),
    ]));
    let rows = all(&fixture, "");
    let expected = [(Some("7"), Some("000103")), (Some("8"), Some("000104")), (None, Some("000105"))];
    assert_eq!(names(&rows), expected);
    assert!(rows.iter().all(|row| row.expected));
    assert_eq!(rows[1].site_id.as_deref(), Some("12"));
    assert_eq!(names(&all(&fixture, "subject:000103")), expected[..1], "found by the label of the list");
    assert_eq!(names(&all(&fixture, "subject:000105")), expected[2..]);
    assert_eq!(names(&all(&fixture, "is:open")), []);
    // Each is seen at last: by its id, by its label.
    let log = fixture.log();
    fixture.append(&log, [upload("2", "8", "started", "d-2", 50)]);
    fixture.append(&log, [statistics("9", "000105", "12", "TAS1", "2026-08-21", "1")]);
    log.close();
    let rows = all(&fixture, "");
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.id > 0 && row.expected), "{rows:?}");
    assert_eq!(all(&fixture, "subject:8")[0].label.as_deref(), Some("000104"), "the list's label waits for it");
    // What an event says about a label does not displace the list's, and is told.
    let log = fixture.log();
    fixture.append(&log, [statistics("7", "000999", "12", "TAS9", "2026-08-21", "1")]);
    log.close();
    let row = all(&fixture, "subject:7").remove(0);
    assert_eq!((row.label.as_deref(), row.conflicts.as_slice()), (Some("000103"), ["label"].as_slice()));
}

#[test]
fn pages_lead_from_the_known_to_the_expected() {
    let fixture =
        Fixture::with((0..5).map(|n| upload(&n.to_string(), &format!("s{n}"), "started", &format!("d{n}"), 60)));
    fixture.act(&list((0..5).map(|n| expect(Some(&format!("x{n}")), None)).collect()));
    let history = fixture.history();
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let rows = history.subjects(&Page { before, limit: 3, ..page("") }, &lens()).unwrap().rows;
        let Some(last) = rows.last() else { break };
        before = Some(last.id);
        seen.extend(rows.into_iter().filter_map(|row| row.subject_id));
    }
    assert_eq!(seen, ["s4", "s3", "s2", "s1", "s0", "x0", "x1", "x2", "x3", "x4"]);
}

#[test]
fn who_is_overdue_is_counted_by_the_webhooks_levels() {
    let ago = |days: i64| days * 24 * 60;
    let fixture = Fixture::with([
        upload("1", "new", "completed", "d-1", ago(1)),
        upload("2", "late", "completed", "d-2", ago(6)),
        upload("3", "over", "completed", "d-3", ago(4)),
        upload("4", "away", "completed", "d-4", ago(9)),
        upload("5", "done", "completed", "d-5", ago(9)),
        upload("6", "none", "started", "d-6", ago(9)),
    ]);
    fixture.act(&declare("away", SubjectStatus::OnLeave { until: Some(date(2026, 8, 22)) }));
    fixture.act(&declare("done", SubjectStatus::Finished));
    fixture.act(&list(vec![expect(Some("expected"), None)]));
    let levels = [Overdue { webhook: "alpha".to_owned(), before: NOW - 3 * DAY }];
    let history = fixture.history();
    let counts = history.count_subjects(&levels, None, &lens()).unwrap();
    assert_eq!((counts.subjects, counts.overdue), (7, 2));
    let counts = history.count_subjects(&levels, Some("beta"), &lens()).unwrap();
    assert_eq!((counts.subjects, counts.overdue), (0, 0));
    let ids = |lens: &Lens| -> Vec<String> {
        let rows = history.overdue_subjects(&levels, None, 8, lens).unwrap();
        rows.into_iter().filter_map(|row| row.subject_id).collect()
    };
    assert_eq!(ids(&lens()), ["late", "over"], "the longest first");
    let tomorrow = Lens { now: NOW + DAY, ..lens() };
    assert_eq!(ids(&tomorrow), ["away", "late", "over"], "a leave ends with its last day");
    assert_eq!(history.count_subjects(&levels, None, &tomorrow).unwrap().overdue, 3);
}

#[test]
fn what_people_write_stays_with_the_subject() {
    let fixture = Fixture::with([upload("1", "7", "completed", "d-1", 60)]);
    fixture.act(&declare("7", SubjectStatus::OnLeave { until: Some(date(2026, 8, 27)) }));
    fixture.act(&declare("7", SubjectStatus::Active));
    let row = all(&fixture, "").remove(0);
    let detail = fixture.history().subject(row.id, &lens()).unwrap().unwrap();
    let told: Vec<_> = detail.remarks.iter().map(|remark| (remark.what.as_str(), remark.until.as_deref())).collect();
    assert_eq!(told, [("on_leave", Some("2026-08-27")), ("resumed", None)]);
    assert_eq!(detail.remarks[0].text.as_deref(), Some("as told"));
    assert_eq!(detail.row.status, SubjectStatus::Active);
}
