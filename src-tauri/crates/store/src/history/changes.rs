//! What happened since a moment, for the one who comes back or hands over. Uploads that got stuck count as problems that opened; one that
//! ended since is no problem any more, and counted as completed or failed alone.

use std::collections::HashMap;

use rusqlite::{Connection, Row};
use study::Query;

use super::at;
use super::counts::ended;
use super::drive::{Range, Ready};
use super::problems;
use super::readers::Reader;
use super::silent;
use super::terms::StuckBefore;
use super::words::WordFinder;
use super::{History, Lens, Rows};
use crate::StoreError;
use crate::rows::{ActRow, Changes, StoryRow};
use crate::view::codes;

/// Problems and acts listed at most; the figures count all.
const LISTED: usize = 50;

/// What is asked: since when, by whose lens, and of which webhook's word (`None`: all).
#[derive(Clone, Copy)]
struct Since<'a> {
    at: i64,
    webhook: Option<i64>,
    /// The same webhook by its slug.
    slug: Option<&'a str>,
    lens: &'a Lens,
}

impl History {
    /// What happened since `at` (microseconds since 1970 UTC), of everything or of one webhook.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn changes(&self, at: i64, webhook: Option<&str>, lens: &Lens) -> Result<Rows<Changes>, StoreError> {
        self.readers.ask("counting what happened since", |reader| {
            let connection = reader.connection();
            let slug = webhook;
            let webhook = super::counts::webhook(connection, slug)?;
            let since = Since { at, webhook, slug, lens };
            let opened = opened(connection, since)?;
            let ended = ended(connection, at, i64::MAX, webhook)?;
            let changes = Changes {
                events: events(reader, since)?,
                completed: ended.completed,
                failed: ended.failed,
                opened: opened.all,
                still_open: opened.open,
                resolved: resolved(connection, since)?,
                new_subjects: count(
                    connection,
                    "SELECT count(*) FROM subjects INDEXED BY subjects_first
                     WHERE first_at >= ?1 AND (?2 IS NULL OR webhook = ?2)",
                    since,
                )?,
                problems: listed(connection, &opened.newest, lens)?,
                acts: acts(connection, since)?,
            };
            Ok(Rows { sequence: reader.sequence(), rows: vec![changes] })
        })
    }
}

/// A count that takes the moment and the webhook.
fn count(connection: &Connection, sql: &str, since: Since<'_>) -> rusqlite::Result<i64> {
    connection.prepare_cached(sql)?.query_row((since.at, since.webhook), |row| row.get(0))
}

/// Events received since, added up from the view's tallies: only blocks that the moment cuts are read row by row.
fn events(reader: &Reader, since: Since<'_>) -> rusqlite::Result<i64> {
    let mut ready = Ready::since(since.at, since.webhook);
    match ready.days().sequences(reader.connection())? {
        Some((first, _)) => at::count(reader, &mut ready, Range { after: Some(first.saturating_sub(1)), before: None }),
        None => Ok(0),
    }
}

struct Opened {
    all: i64,
    open: i64,
    /// Ids, the newest opening first.
    newest: Vec<i64>,
}

/// Problems that opened or reopened, by an event or a person: `id, state, at`, once for each time.
const OPENED: &str = "
    SELECT p.id, p.state, o.at FROM openings o INDEXED BY openings_at CROSS JOIN problems p ON p.id = o.problem
    WHERE o.at >= ?1 AND (?2 IS NULL OR p.webhook = ?2)
    UNION ALL
    SELECT p.id, p.state, a.at FROM actions a INDEXED BY actions_at CROSS JOIN problems p ON p.id = a.problem
    WHERE a.at >= ?1 AND a.what = 'reopened' AND (?2 IS NULL OR p.webhook = ?2)";

/// Uploads that got stuck, the same.
const GOT_STUCK: &str = "
    SELECT u.started_sequence, coalesce(u.stuck_state, 0), u.started_at + ?4 FROM uploads u INDEXED BY uploads_running
    WHERE u.state = 0 AND u.started_at >= ?1 - ?4 AND u.started_at < ?3 AND (?2 IS NULL OR u.webhook = ?2)";

fn opened(connection: &Connection, since: Since<'_>) -> rusqlite::Result<Opened> {
    let StuckBefore(before) = since.lens.stuck_before();
    // By id: the state and the latest opening.
    let mut all: HashMap<i64, (i64, i64)> = HashMap::new();
    let mut take = |row: &Row<'_>| -> rusqlite::Result<()> {
        let (state, at) = (row.get(1)?, row.get(2)?);
        let known = all.entry(row.get(0)?).or_insert((state, at));
        known.1 = known.1.max(at);
        Ok(())
    };
    let mut statement = connection.prepare_cached(OPENED)?;
    let mut rows = statement.query((since.at, since.webhook))?;
    while let Some(row) = rows.next()? {
        take(row)?;
    }
    let mut statement = connection.prepare_cached(GOT_STUCK)?;
    let mut rows = statement.query((since.at, since.webhook, before, since.lens.stuck_after))?;
    while let Some(row) = rows.next()? {
        take(row)?;
    }
    let query = Query::default();
    for row in silent::matching(connection, &query, since.lens)?.into_iter().filter(|row| row.opened_at >= since.at) {
        if since.slug.is_none_or(|slug| slug == row.webhook) {
            all.insert(row.id, (codes::problem_state(row.state), row.opened_at));
        }
    }
    let open = all.values().filter(|(state, _)| *state == 0).count();
    let mut newest: Vec<(i64, i64)> = all.iter().map(|(id, (_, at))| (*at, *id)).collect();
    newest.sort_unstable_by(|one, other| other.cmp(one));
    let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    Ok(Opened {
        all: whole(all.len()),
        open: whole(open),
        newest: newest.into_iter().take(LISTED).map(|(_, id)| id).collect(),
    })
}

/// Resolved since and still so; uploads declared no longer stuck among them.
fn resolved(connection: &Connection, since: Since<'_>) -> rusqlite::Result<i64> {
    let problems = count(
        connection,
        "SELECT count(*) FROM problems INDEXED BY problems_resolved
         WHERE resolved_at >= ?1 AND state = 2 AND (?2 IS NULL OR webhook = ?2)",
        since,
    )?;
    let StuckBefore(before) = since.lens.stuck_before();
    let stuck: i64 = connection
        .prepare_cached(
            "SELECT count(*) FROM uploads u INDEXED BY uploads_running
             WHERE u.state = 0 AND u.started_at < ?3 AND u.stuck_state = 2 AND (?2 IS NULL OR u.webhook = ?2)
               AND EXISTS (SELECT 1 FROM actions a WHERE a.problem = u.started_sequence AND a.what = 'resolved' AND a.at >= ?1)",
        )?
        .query_row((since.at, since.webhook, before), |row| row.get(0))?;
    Ok(problems + stuck)
}

fn listed(connection: &Connection, ids: &[i64], lens: &Lens) -> rusqlite::Result<Vec<crate::rows::ProblemRow>> {
    let mut words = WordFinder::new(connection)?;
    ids.iter().filter_map(|id| problems::one(connection, &mut words, *id, lens).transpose()).collect()
}

/// What people did about problems, newest first.
fn acts(connection: &Connection, since: Since<'_>) -> rusqlite::Result<Vec<ActRow>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT a.sequence, a.at, a.what, a.by, a.text, a.until, a.problem,
             coalesce(p.subject_id, u.subject_id),
             (SELECT label FROM subjects WHERE id = coalesce(p.subject, u.subject)),
             coalesce(p.upload_id, u.upload_id)
         FROM actions a INDEXED BY actions_at
         LEFT JOIN problems p ON p.id = a.problem
         LEFT JOIN events e ON e.sequence = abs(a.problem)
         LEFT JOIN uploads u ON u.id = e.upload AND a.problem > 0
         WHERE a.at >= ?1 AND (?2 IS NULL OR e.webhook = ?2) AND a.by IS NOT NULL
         ORDER BY a.at DESC, a.sequence DESC LIMIT {LISTED}"
    ))?;
    let rows = statement.query_map((since.at, since.webhook), act)?;
    rows.collect()
}

fn act(row: &Row<'_>) -> rusqlite::Result<ActRow> {
    let line = StoryRow {
        sequence: row.get(0)?,
        at: row.get(1)?,
        what: row.get(2)?,
        by: row.get(3)?,
        text: row.get(4)?,
        until: row.get(5)?,
    };
    Ok(ActRow {
        line,
        problem: row.get(6)?,
        subject_id: row.get(7)?,
        subject_label: row.get(8)?,
        upload_id: row.get(9)?,
    })
}

#[cfg(test)]
mod tests {
    use study::{Action, Slug};

    use super::*;
    use crate::NewArrival;
    use crate::fixture::{Fixture, NOW, lens, upload};

    fn beta(mut arrival: NewArrival) -> NewArrival {
        arrival.webhook = Slug::new("beta").unwrap();
        arrival
    }

    fn since(fixture: &Fixture, minutes_ago: i64, webhook: Option<&str>) -> Changes {
        fixture.history().changes(NOW - minutes_ago * 60_000_000, webhook, &lens()).unwrap().rows.remove(0)
    }

    fn figures(changes: &Changes) -> [i64; 5] {
        [changes.events, changes.completed, changes.failed, changes.opened, changes.still_open]
    }

    #[test]
    fn what_ended_since_is_counted_by_its_latest_end() {
        let fixture = Fixture::with([
            upload("1", "s1", "error", "a", 300),
            upload("2", "s2", "error", "b", 290),
            upload("1", "s1", "completed", "c", 200),
            beta(upload("3", "s3", "completed", "d", 100)),
            upload("3", "s3", "started", "e", 90),
            upload("2", "s2", "error", "f", 80),
        ]);
        assert_eq!(figures(&since(&fixture, 600, None)), [6, 2, 1, 2, 1]);
        assert_eq!(figures(&since(&fixture, 250, None)), [4, 2, 1, 0, 0], "failing on is no opening");
        assert_eq!(figures(&since(&fixture, 150, None)), [3, 1, 1, 0, 0]);
        assert_eq!(figures(&since(&fixture, 600, Some("beta"))), [1, 1, 0, 0, 0]);
        assert_eq!(figures(&since(&fixture, 600, Some("alpha"))), [5, 1, 1, 2, 1]);
        assert_eq!(figures(&since(&fixture, 600, Some("nowhere"))), [0; 5]);
        assert_eq!(figures(&since(&fixture, -60, None)), [0; 5]);
    }

    #[test]
    fn a_problem_that_reopened_is_one_and_by_a_person_too() {
        let fixture = Fixture::with([
            upload("1", "s1", "error", "a", 300),
            upload("1", "s1", "completed", "b", 280),
            upload("1", "s1", "error", "c", 100),
            upload("2", "s2", "error", "d", 290),
            upload("2", "s2", "completed", "e", 270),
        ]);
        let found = since(&fixture, 150, None);
        assert_eq!((found.opened, found.still_open), (1, 1));
        assert_eq!(found.problems.iter().map(|row| row.id).collect::<Vec<_>>(), [1]);
        assert_eq!(since(&fixture, 600, None).opened, 2);
        fixture.act(&Action::Reopen { problem: 4, by: "M. Rossi".to_owned() });
        let found = since(&fixture, 50, None);
        assert_eq!((found.opened, found.still_open), (1, 1), "a person reopened it now");
        let [act] = &found.acts[..] else { panic!("{:?}", found.acts) };
        assert_eq!((&*act.line.what, act.line.by.as_deref(), act.problem), ("reopened", Some("M. Rossi"), 4));
        assert_eq!((act.subject_id.as_deref(), act.upload_id.as_deref()), (Some("s2"), Some("2")));
        assert_eq!(since(&fixture, 50, Some("beta")).acts, []);
    }

    #[test]
    fn an_upload_that_got_stuck_since_opened() {
        // Stuck from 100 minutes ago on, two hours after its start.
        let fixture = Fixture::with([upload("1", "s1", "started", "a", 220)]);
        assert_eq!(figures(&since(&fixture, 110, None)), [0, 0, 0, 1, 1]);
        assert_eq!(since(&fixture, 110, None).problems[0].upload_id.as_deref(), Some("1"));
        assert_eq!(figures(&since(&fixture, 90, None)), [0; 5]);
        fixture.act(&Action::Resolve { problem: 1, by: "M. Rossi".to_owned(), note: None });
        let found = since(&fixture, 110, None);
        assert_eq!((found.opened, found.still_open, found.resolved), (1, 0, 1));
        assert_eq!(found.acts[0].subject_id.as_deref(), Some("s1"));
    }

    #[test]
    fn what_was_resolved_since_and_who_is_new() {
        let fixture = Fixture::with([
            upload("1", "s1", "error", "a", 300),
            upload("2", "s2", "error", "b", 290),
            beta(upload("3", "s2", "error", "c", 280)),
            upload("1", "s1", "completed", "d", 100),
            beta(upload("3", "s2", "completed", "e", 100)),
            upload("4", "s4", "started", "f", 90),
        ]);
        assert_eq!([since(&fixture, 150, None).resolved, since(&fixture, 150, Some("beta")).resolved], [2, 1]);
        assert_eq!(since(&fixture, 95, None).resolved, 0);
        assert_eq!([since(&fixture, 285, None).new_subjects, since(&fixture, 285, Some("alpha")).new_subjects], [2, 1]);
        assert_eq!([since(&fixture, 600, None).new_subjects, since(&fixture, 80, None).new_subjects], [4, 0]);
    }

    #[test]
    fn the_count_of_events_is_that_of_a_plain_walk_also_where_clocks_were_set() {
        let minutes = [600, 595, 541, 700, 539, 300, 302, 61, 59, 200, 58, 1, 0, 90];
        let arrivals = minutes.iter().enumerate().map(|(n, minutes)| {
            let made = upload(&n.to_string(), "s", "started", &format!("d{n}"), *minutes);
            if n % 3 == 0 { beta(made) } else { made }
        });
        let fixture = Fixture::with(arrivals);
        for from in [0, 1, 58, 60, 61, 65, 100, 250, 301, 302, 500, 540, 541, 650, 900] {
            let all = minutes.iter().filter(|at| **at <= from).count();
            let of_beta = minutes.iter().step_by(3).filter(|at| **at <= from).count();
            assert_eq!(usize::try_from(since(&fixture, from, None).events).unwrap(), all, "{from}");
            assert_eq!(usize::try_from(since(&fixture, from, Some("beta")).events).unwrap(), of_beta, "{from}");
        }
    }
}
