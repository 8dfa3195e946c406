//! Pages of every list, far down too, and how many rows it has.

use study::Query;

use super::{Questions, page};

/// Rows of the shorter lists that are counted: more are said to be more.
const COUNTED: usize = 1_000;

/// Events: the first page, pages further down both ways, and the count.
pub(super) fn events<'a>(questions: &mut Questions<'a>, name: &str, query: &'a Query) -> anyhow::Result<()> {
    let length = questions.scout.count_events(query, questions.lens)?;
    let newest = questions.newest;
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
        questions.add(format!("events {name}: {place}"), move |history, lens| history.events_from(&page, offset, lens));
    }
    questions.add(format!("events {name}: count"), move |history, lens| history.count_events(query, lens));
    Ok(())
}

/// The other lists: first pages and counts, and pages further down in the longest of them.
pub(super) fn others<'a>(questions: &mut Questions<'a>, name: &str, query: &'a Query) {
    let newest = questions.newest;
    for (place, before) in
        [("first page", None), ("middle by key", Some(newest / 2)), ("end by key", Some(newest / 1_000))]
    {
        let page = page(query, before);
        questions.add(format!("uploads {name}: {place}"), move |history, lens| history.uploads(&page, lens));
    }
    let first = page(query, None);
    questions.add(format!("problems {name}: first page"), move |history, lens| history.problems(&first, lens));
    let first = page(query, None);
    questions.add(format!("subjects {name}: first page"), move |history, lens| history.subjects(&first, lens));
    questions.add(format!("uploads {name}: count"), move |history, lens| history.count_uploads(query, COUNTED, lens));
    questions.add(format!("problems {name}: count"), move |history, lens| history.count_problems(query, COUNTED, lens));
    questions
        .add(format!("subjects {name}: count"), move |history, lens| history.count_subjects_that(query, COUNTED, lens));
    questions.add(format!("problems {name}: groups"), move |history, lens| history.problem_groups(query, false, lens));
}
