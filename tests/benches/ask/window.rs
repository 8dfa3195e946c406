//! What the window asks besides lists: Today, what happened since, completions, one subject, one problem, one event.

use anyhow::Context as _;
use store::history::Overdue;
use study::Query;
use study::query::Key;

use super::{Questions, page};

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

pub(super) fn all(questions: &mut Questions<'_>) -> anyhow::Result<()> {
    let (history, lens) = (questions.scout, questions.lens);
    let newest = history.events(&page(&Query::default(), None), lens)?.rows;
    let row = newest.iter().find(|row| row.upload_id.is_some()).context("the history has no upload")?;
    let webhook = row.webhook.clone();
    for (whose, slug) in [("all", None), ("a webhook", Some(webhook.clone()))] {
        today(questions, whose, slug.as_deref(), &webhook)?;
        since(questions, whose, slug.as_deref());
    }
    completions(questions, row.upload_id.as_deref().unwrap_or_default());
    one(questions, row.sequence, row.subject_id.as_deref().unwrap_or_default())
}

fn today(questions: &mut Questions<'_>, whose: &str, slug: Option<&str>, webhook: &str) -> anyhow::Result<()> {
    let now = questions.lens.now;
    let slug = || slug.map(str::to_owned);
    let of = slug();
    questions.add(format!("Today of {whose}: figures"), move |history, lens| {
        history.counts_of(of.as_deref(), now - DAY, lens)
    });
    for (name, days, step) in [("a day by hours", 1, HOUR), ("a quarter by days", 92, DAY)] {
        let edges: Vec<i64> = (0..=days * DAY / step).map(|place| now - days * DAY + place * step).collect();
        let of = slug();
        questions.add(format!("Today of {whose}: {name}"), move |history, _| history.ended(&edges, of.as_deref()));
    }
    let text = slug().map(|slug| format!("webhook:{slug}")).unwrap_or_default();
    let latest = page(&Query::parse(&text)?, None);
    questions.add(format!("Today of {whose}: newest uploads"), move |history, lens| history.uploads(&latest, lens));
    let open = Query::parse(&format!("{text} is:open"))?;
    questions
        .add(format!("Today of {whose}: open problems"), move |history, lens| history.problem_glimpse(&open, 8, lens));
    let levels = [Overdue { webhook: webhook.to_owned(), before: now - HOUR }];
    let (of, level) = (slug(), levels.clone());
    questions.add(format!("Today of {whose}: subjects"), move |history, lens| {
        history.count_subjects(&level, of.as_deref(), lens)
    });
    let of = slug();
    questions.add(format!("Today of {whose}: overdue subjects"), move |history, lens| {
        history.overdue_subjects(&levels, of.as_deref(), 20, lens)
    });
    Ok(())
}

fn since(questions: &mut Questions<'_>, whose: &str, slug: Option<&str>) {
    let now = questions.lens.now;
    for (name, ago) in
        [("half an hour", HOUR / 2), ("a day", DAY), ("a week", 7 * DAY), ("a month", 30 * DAY), ("a year", 365 * DAY)]
    {
        let of = slug.map(str::to_owned);
        questions.add(format!("since {name}, {whose}"), move |history, lens| {
            history.changes(now - ago, of.as_deref(), lens)
        });
    }
}

fn completions(questions: &mut Questions<'_>, upload: &str) {
    let begin = upload.get(..3).unwrap_or_default().to_owned();
    for key in Key::ALL {
        for part in ["", "1", "no such value", &begin] {
            let (name, part) = (format!("completing {key}:{part}"), part.to_owned());
            questions.add(name, move |history, _| history.suggest(key, &part, 20));
        }
    }
}

fn one(questions: &mut Questions<'_>, sequence: i64, subject: &str) -> anyhow::Result<()> {
    let (history, lens) = (questions.scout, questions.lens);
    questions.add("one event", move |history, lens| history.event(sequence, lens));
    let query = Query::parse(&format!("subject:{subject}"))?;
    let key = history.subjects(&page(&query, None), lens)?.rows.first().context("the subject is listed")?.id;
    questions.add("one subject", move |history, lens| history.subject(key, lens));
    let problems = history.problems(&page(&Query::default(), None), lens)?.rows;
    let ids: Vec<i64> = problems.iter().map(|row| row.id).collect();
    let id = ids.first().copied().unwrap_or(0);
    questions.add("one problem", move |history, lens| history.problem(id, lens));
    questions.add("a hundred problems by id", move |history, lens| history.problems_of(&ids, lens));
    Ok(())
}
