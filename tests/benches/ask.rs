//! Questions to a long history, as the window asks them: in `store`, one after the other, each against the plainest one there is: the
//! newest rows by their primary key, asked of the command of SQLite's authors.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use store::history::{Lens, Page};
use store::{DataFolder, History};
use study::Query;
use study::clock::SystemClock;

use crate::Size;
use crate::history;
use crate::report::{Aim, Report, median, percentile};

/// Rows of a page.
const PAGE: usize = 100;
/// How often each question is asked in a round.
const TIMES: usize = 4;
/// No answer takes longer, in 95 of 100 cases.
const AIM_MILLIS: f64 = 20.0;
/// How much longer the end of a list may take than its beginning: a page reads other rows there, not more of them.
const FLAT: f64 = 2.0;

/// The newest rows and nothing else.
const PLAINEST: &str = "SELECT * FROM events ORDER BY sequence DESC LIMIT 100;\n";
/// How often one `sqlite3` is asked for them, so that its start does not count.
const REPEATS: u32 = 400;

/// One question: what it is called, and how it is asked.
type Question<'a> = (String, Box<dyn Fn() -> anyhow::Result<()> + 'a>);

pub(crate) fn measure(size: Size) -> anyhow::Result<Report> {
    let folder = history::kept(size.history)?;
    let history = History::open(&DataFolder::open(&folder)?, Arc::new(SystemClock))?;
    let lens = history.lens(jiff::tz::TimeZone::UTC, 2 * 3_600_000_000);
    let queries = queries(&history, &lens)?;
    let newest = history.newest()?;
    let mut questions: Vec<Question<'_>> = Vec::new();
    for (name, query) in &queries {
        events(&mut questions, &history, &lens, name, query, newest)?;
        lists(&mut questions, &history, &lens, name, query, newest);
    }

    let mut baseline = Vec::new();
    let mut took: Vec<Vec<f64>> = vec![Vec::new(); questions.len()];
    for _ in 0..size.rounds {
        baseline.push(plainest(&folder)?);
        for (place, (name, ask)) in questions.iter().enumerate() {
            for _ in 0..TIMES {
                took[place].push(millis(ask).with_context(|| name.clone())?);
            }
        }
    }

    let mut report = Report::default();
    let to = median(&baseline);
    report.figure("sqlite3, the newest 100 rows", to, "ms");
    let mut slowest: f64 = 0.0;
    for ((name, _), times) in questions.iter().zip(&took) {
        let (middle, most) = (median(times), percentile(times, 95));
        slowest = slowest.max(most);
        report.figure(format!("{name}, p50"), middle, "ms");
        report.aimed(format!("{name}, p95"), most, "ms", Aim::AtMost(AIM_MILLIS));
        report.figure(format!("{name}, p50 to sqlite3"), middle / to, "");
        report.raw(name, times);
    }
    let of = |wanted: &str| {
        questions.iter().position(|(name, _)| name == wanted).map_or(f64::NAN, |place| median(&took[place]))
    };
    for (name, _) in &queries {
        let first = of(&format!("events {name}: first page"));
        let deepest = ["middle by offset", "end by offset", "middle by key", "end by key"]
            .map(|place| of(&format!("events {name}: {place}")));
        let deepest = deepest.into_iter().fold(0.0, f64::max);
        // Under a millisecond nobody feels a difference, and the clock hardly sees it.
        report.aimed(
            format!("events {name}: deepest page to first"),
            deepest.max(1.0) / first.max(1.0),
            "",
            Aim::AtMost(FLAT),
        );
    }
    report.aimed("slowest p95 of all", slowest, "ms", Aim::AtMost(AIM_MILLIS));
    report.raw("sqlite3", &baseline);
    Ok(report)
}

fn millis(ask: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let since = Instant::now();
    ask()?;
    Ok(since.elapsed().as_secs_f64() * 1e3)
}

/// Milliseconds `sqlite3` takes for the newest rows: many times in one process, less one that is asked for nothing.
fn plainest(folder: &Path) -> anyhow::Result<f64> {
    let seconds = |times: u32| -> anyhow::Result<f64> {
        let since = Instant::now();
        let mut command = Command::new("sqlite3");
        command.args(["-csv", "-readonly"]).arg(folder.join("view.db"));
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        let mut input = process.stdin.take().context("it was piped")?;
        for _ in 0..times {
            input.write_all(PLAINEST.as_bytes())?;
        }
        drop(input);
        ensure!(process.wait()?.success(), "sqlite3 failed");
        Ok(since.elapsed().as_secs_f64())
    };
    let start = seconds(1)?;
    Ok((seconds(REPEATS + 1)? - start) * 1e3 / f64::from(REPEATS))
}

/// Each filter there is, alone and together, with values that this history has.
fn queries(history: &History, lens: &Lens) -> anyhow::Result<Vec<(String, Query)>> {
    let newest = history.events(&page(&Query::default(), None), lens)?.rows;
    let row = newest.iter().find(|row| row.upload_id.is_some()).context("the history has no upload")?;
    let value = |value: &Option<String>| value.clone().unwrap_or_default();
    let day = |days: i64| {
        let instant =
            jiff::Timestamp::from_microsecond(lens.now - days * 86_400_000_000).map_err(anyhow::Error::from)?;
        Ok::<_, anyhow::Error>(instant.to_zoned_datetime(jiff::tz::TimeZone::UTC).date())
    };
    let (long_ago, lately) = (day(120)?, day(30)?);
    let all = [
        ("everything".to_owned(), String::new()),
        ("status, common".to_owned(), "status:completed".to_owned()),
        ("status, rare".to_owned(), "status:error".to_owned()),
        ("two statuses".to_owned(), "status:error status:started".to_owned()),
        ("not a status".to_owned(), "-status:started".to_owned()),
        ("event".to_owned(), "event:upload".to_owned()),
        ("webhook".to_owned(), format!("webhook:{}", row.webhook)),
        ("study".to_owned(), format!("study:{}", value(&row.study_id))),
        ("site".to_owned(), "site:12".to_owned()),
        ("event and status".to_owned(), "event:upload status:completed".to_owned()),
        ("subject".to_owned(), format!("subject:{}", value(&row.subject_id))),
        ("upload".to_owned(), format!("upload:{}", value(&row.upload_id))),
        ("serial".to_owned(), "serial:TAS1Z12345678".to_owned()),
        ("delivery".to_owned(), format!("delivery:{}", value(&row.delivery_id))),
        ("is:error".to_owned(), "is:error".to_owned()),
        ("is:open".to_owned(), "is:open".to_owned()),
        ("is:acknowledged".to_owned(), "is:acknowledged".to_owned()),
        ("is:resolved".to_owned(), "is:resolved".to_owned()),
        ("is:stuck".to_owned(), "is:stuck".to_owned()),
        ("is:repeat".to_owned(), "is:repeat".to_owned()),
        ("is:unreadable".to_owned(), "is:unreadable".to_owned()),
        ("after".to_owned(), format!("after:{long_ago}")),
        ("after and before".to_owned(), format!("after:{long_ago} before:{lately}")),
        ("status and days".to_owned(), format!("status:completed after:{long_ago} before:{lately}")),
        ("word, rare".to_owned(), "differs".to_owned()),
        ("word, common".to_owned(), "completed".to_owned()),
        ("word, of all".to_owned(), "189".to_owned()),
        ("word of nothing".to_owned(), "nowhere".to_owned()),
        ("two words".to_owned(), "completed 189".to_owned()),
        ("two words, one rare".to_owned(), "189 differs".to_owned()),
        ("phrase".to_owned(), "\"could not be parsed\"".to_owned()),
        ("phrase, common".to_owned(), "\"2026 06\"".to_owned()),
        ("not a word, common".to_owned(), "-completed".to_owned()),
        ("not a word, rare".to_owned(), "-differs".to_owned()),
        ("word and status".to_owned(), "completed status:completed".to_owned()),
        ("word and days".to_owned(), format!("completed after:{long_ago} before:{lately}")),
    ];
    all.into_iter().map(|(name, text)| Ok((name, Query::parse(&text)?))).collect()
}

/// The first page, pages further down both ways, and the count.
fn events<'a>(
    questions: &mut Vec<Question<'a>>,
    history: &'a History,
    lens: &'a Lens,
    name: &str,
    query: &'a Query,
    newest: i64,
) -> anyhow::Result<()> {
    let length = history.count_events(query, lens)?;
    let places = [
        ("first page", None, 0),
        ("middle by key", Some(newest / 2), 0),
        ("end by key", Some(newest / 1_000), 0),
        // As a scroll bar has it, the list kept still.
        ("middle by offset", Some(newest + 1), length / 2),
        ("end by offset", Some(newest + 1), length - length / 1_000),
    ];
    for (place, before, offset) in places {
        let page = page(query, before);
        let ask = move || history.events_from(&page, offset, lens).map(drop).map_err(anyhow::Error::from);
        questions.push((format!("events {name}: {place}"), Box::new(ask)));
    }
    let count = move || history.count_events(query, lens).map(drop).map_err(anyhow::Error::from);
    questions.push((format!("events {name}: count"), Box::new(count)));
    Ok(())
}

/// The other lists' first pages, and pages further down in the longest of them.
fn lists<'a>(
    questions: &mut Vec<Question<'a>>,
    history: &'a History,
    lens: &'a Lens,
    name: &str,
    query: &'a Query,
    newest: i64,
) {
    for (place, before) in
        [("first page", None), ("middle by key", Some(newest / 2)), ("end by key", Some(newest / 1_000))]
    {
        let page = page(query, before);
        let ask = move || history.uploads(&page, lens).map(drop).map_err(anyhow::Error::from);
        questions.push((format!("uploads {name}: {place}"), Box::new(ask)));
    }
    let first = page(query, None);
    let problems = move || history.problems(&first, lens).map(drop).map_err(anyhow::Error::from);
    questions.push((format!("problems {name}: first page"), Box::new(problems)));
    let first = page(query, None);
    let subjects = move || history.subjects(&first, lens).map(drop).map_err(anyhow::Error::from);
    questions.push((format!("subjects {name}: first page"), Box::new(subjects)));
}

fn page(query: &Query, before: Option<i64>) -> Page {
    Page { query: query.clone(), before, after: None, limit: PAGE }
}
