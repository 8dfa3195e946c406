//! What is brought in from CentrePoint's history of a webhook.

use super::*;

/// As [`upload`], brought in from CentrePoint's history now.
fn past(upload_id: &str, status: &str, delivery: &str, minutes_ago: i64, considered: i64) -> NewArrival {
    let arrival = upload(upload_id, "44732", status, delivery, 0);
    let mark = Mark::History { created_at: NOW - minutes_ago * 60_000_000, considered, check: Check::Unsigned };
    NewArrival { mark, authentication: Authentication::None, ..arrival }
}

#[test]
fn what_is_brought_in_from_the_past_stands_where_it_was_made_and_undoes_nothing_newer() {
    let came =
        |id: &str, status: &str, minutes_ago| upload(id, "44732", status, &format!("{id}-{status}"), minutes_ago);
    let fixture = Fixture::with([
        came("85045", "started", 600),
        came("85045", "completed", 60),
        came("85046", "started", 600),
        // Nobody has heard of an end of it: it is stuck.
        came("85047", "started", 600),
        past("85045", "error", "e", 120, 0),
        past("85046", "completed", "c", 500, 4),
        past("85047", "error", "d", 480, 4),
        past("85048", "completed", "n", 900, 4),
    ]);
    let history = fixture.history();
    let uploads = history.uploads(&page(""), &lens()).unwrap().rows;
    let of = |id: &str| uploads.iter().find(|row| row.upload_id == id).unwrap();
    assert_eq!((of("85045").state, of("85045").problem), (UploadState::Completed, None), "its old error is no error");
    assert_eq!(of("85045").finished_at, Some(NOW - 60 * 60_000_000));
    let life: Vec<_> = of("85045").life.iter().map(|step| step.state.as_str()).collect();
    assert_eq!(life, ["started", "error", "completed"], "in the order in which they were made");
    assert!(of("85045").recovered && !of("85045").regressed);
    assert_eq!((of("85046").state, of("85046").finished_at), (UploadState::Completed, Some(NOW - 500 * 60_000_000)));
    assert_eq!(of("85047").problem, Some(ProblemState::Open), "a newer error is one");
    assert_eq!(history.problems(&page(""), &lens()).unwrap().rows.len(), 1);
    let subject = history.subjects(&page(""), &lens()).unwrap().rows.remove(0);
    assert_eq!(subject.last_completed_at, Some(NOW - 60 * 60_000_000), "what is older makes nobody less overdue");

    let events = history.events(&page(""), &lens()).unwrap().rows;
    assert_eq!(events.iter().filter(|row| row.flags.words() == ["history"]).count(), 4);
    assert_eq!(events[0].source_ip, "", "nobody sent it here");
    assert_eq!(history.count_brought_in(None, NOW - 500 * 60_000_000, NOW).unwrap(), 3);
    assert_eq!(history.count_brought_in(Some("beta"), 0, NOW).unwrap(), 0);
    assert_eq!(history.vendor_webhooks(&Slug::new("alpha").unwrap()).unwrap(), ["15"]);

    let pulse = history.pulses().unwrap().remove(0);
    assert_eq!(pulse.last_sequence, 4, "what is brought in did not come: it ends no silence");
    let before = content_digest(&fixture.folder).unwrap();
    rebuild(&fixture.folder, |_, _| {}).unwrap();
    assert_eq!(content_digest(&fixture.folder).unwrap(), before, "derived anew, in one batch, equal");
}

#[test]
fn what_is_known_of_a_subject_by_something_newer_is_not_undone_by_the_past() {
    let statistics = |label: &str, minutes: u32, delivery: &str, ago: i64| {
        let body = format!(
            r#"{{"studyId":"189","subjectId":44732,"subjectIdentifier":"{label}","date":"2026-08-20","wearMinutes":{minutes}}}"#
        );
        arrival("cp2_daily_statistics_complete", delivery, ago, &body)
    };
    let brought_in = |arrival: NewArrival, ago: i64| {
        let mark = Mark::History { created_at: NOW - ago * 60_000_000, considered: 9, check: Check::Verified };
        NewArrival { received_at: NOW, mark, ..arrival }
    };
    let arrivals = [
        statistics("000103", 700, "a", 60),
        brought_in(statistics("000999", 300, "b", 0), 90),
        brought_in(statistics("000998", 200, "c", 0), 80),
    ];
    for (arrivals, label, minutes) in [(&arrivals[..], "000103", 700), (&arrivals[1..], "000998", 200)] {
        let fixture = Fixture::with(arrivals.iter().cloned());
        let history = fixture.history();
        let row = history.subjects(&page(""), &lens()).unwrap().rows.remove(0);
        assert_eq!(row.label.as_deref(), Some(label));
        let detail = history.subject(row.id, &lens()).unwrap().unwrap();
        assert_eq!(detail.wear.iter().map(|day| day.minutes).collect::<Vec<_>>(), [minutes]);
        let before = content_digest(&fixture.folder).unwrap();
        rebuild(&fixture.folder, |_, _| {}).unwrap();
        assert_eq!(content_digest(&fixture.folder).unwrap(), before);
    }
}
