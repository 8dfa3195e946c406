//! Uploads, latest event first.

use rusqlite::{CachedStatement, Connection, Row};
use study::query::{Is, Key};
use study::{ProblemState, Query, UploadState};

use super::drive::Range;
use super::lists::{self, Along, Compiled, Counter, List};
use super::sql::Sql;
use super::terms::{Exact, StuckBefore};
use super::words::WordFinder;
use super::{Counted, History, Lens, Page, Rows, limit};
use crate::StoreError;
use crate::rows::{LifeStep, MOST_STEPS, UploadRow};
use crate::view::codes;

/// An upload as `u`, its error's problem as `p`.
pub(super) struct Uploads(pub(super) StuckBefore);

impl Uploads {
    /// Whether it is stuck.
    pub(super) fn stuck(&self, sql: &mut Sql) {
        sql.push("u.state = 0 AND u.started_at < ").bind(self.0.0);
    }

    /// Whether its problem (that of being stuck, or that of its error) is in this state.
    fn problem(&self, sql: &mut Sql, state: ProblemState) {
        sql.push("CASE WHEN ");
        self.stuck(sql);
        sql.push(" THEN coalesce(u.stuck_state, 0) ELSE (SELECT state FROM problems WHERE id = u.problem) END = ");
        sql.bind(codes::problem_state(state));
    }

    fn problem_lookup(&self, sql: &mut Sql, state: ProblemState) {
        sql.push("SELECT id FROM uploads WHERE problem IN (");
        of_problem_state(sql, state);
        sql.push(")");
        self.stuck_lookup(sql, state);
    }

    fn stuck_lookup(&self, sql: &mut Sql, state: ProblemState) {
        sql.push(" UNION ALL ").push(of_state(UploadState::Started)).push(" AND started_at < ").bind(self.0.0);
        sql.push(" AND coalesce(stuck_state, 0) = ").bind(codes::problem_state(state));
    }
}

impl List for Uploads {
    const KEY: &'static str = "u.id";
    const LINK: &'static str = "upload";
    // Their rows are looked up for their places; more are found sooner along the list.
    const FEW: i64 = if cfg!(test) { 3 } else { 2_000 };
    const HAS_FEW_EVENTS: bool = true;

    fn own_key(&self, sql: &mut Sql, key: Key, values: &[Exact]) -> bool {
        match key {
            Key::Status => {
                let states = lists::codes_of(values, UploadState::from_status, codes::upload_state);
                sql.push("+u.state IN ").bind_all(states);
            }
            Key::Webhook => lists::words(sql, "u.webhook", values),
            Key::Study => lists::words(sql, "u.study", values),
            Key::Subject => lists::subject(sql, "u.subject_id", "u.subject", values),
            Key::Upload => lists::texts(sql, "u.upload_id", values),
            Key::Event | Key::Site | Key::Serial | Key::Delivery => return false,
        }
        true
    }

    fn own_is(&self, sql: &mut Sql, is: Is) -> bool {
        match is {
            Is::Error => {
                // Without the sign, SQLite would put 2 for the state in other conditions, that of a partial index among them.
                sql.push("+u.state = 2");
            }
            Is::Stuck => self.stuck(sql),
            Is::Open => self.problem(sql, ProblemState::Open),
            Is::Acknowledged => self.problem(sql, ProblemState::Acknowledged),
            Is::Resolved => self.problem(sql, ProblemState::Resolved),
            Is::Silent => {
                sql.push("FALSE");
            }
            Is::Repeat | Is::Unreadable => return false,
        }
        true
    }

    fn own_key_lookup(&self, sql: &mut Sql, key: Key, values: &[Exact]) -> bool {
        match key {
            Key::Upload => {
                sql.push("SELECT id FROM uploads INDEXED BY uploads_key WHERE ");
                lists::texts(sql, "upload_id", values);
            }
            Key::Subject => {
                sql.push("SELECT id FROM uploads WHERE subject IN (SELECT id FROM subjects WHERE ");
                lists::texts(sql, "subject_id", values);
                sql.push(" UNION ALL SELECT subject FROM identifiers WHERE ");
                lists::texts(sql, "identifier", values);
                sql.push(")");
            }
            Key::Status => {
                let states: Vec<UploadState> =
                    values.iter().filter_map(|value| UploadState::from_status(&value.text)).collect();
                if states.contains(&UploadState::Completed) {
                    return false;
                }
                sql.push("SELECT id FROM uploads WHERE FALSE");
                for state in states {
                    sql.push(" UNION ALL ").push(of_state(state));
                }
            }
            _ => return false,
        }
        true
    }

    fn own_is_lookup(&self, sql: &mut Sql, is: Is) -> bool {
        match is {
            Is::Error => {
                sql.push(of_state(UploadState::Error));
            }
            Is::Stuck => {
                sql.push(of_state(UploadState::Started)).push(" AND started_at < ").bind(self.0.0);
            }
            Is::Open => self.problem_lookup(sql, ProblemState::Open),
            Is::Acknowledged => self.problem_lookup(sql, ProblemState::Acknowledged),
            Is::Resolved => self.problem_lookup(sql, ProblemState::Resolved),
            Is::Silent | Is::Repeat | Is::Unreadable => return false,
        }
        true
    }

    // A problem has one upload at most, so those need not be looked for to be counted.
    fn own_is_bound(&self, sql: &mut Sql, is: Is) -> bool {
        let state = match is {
            Is::Open => ProblemState::Open,
            Is::Acknowledged => ProblemState::Acknowledged,
            Is::Resolved => ProblemState::Resolved,
            Is::Error | Is::Stuck | Is::Repeat | Is::Unreadable | Is::Silent => return self.own_is_lookup(sql, is),
        };
        of_problem_state(sql, state);
        self.stuck_lookup(sql, state);
        true
    }
}

fn of_problem_state(sql: &mut Sql, state: ProblemState) {
    sql.push("SELECT id FROM problems INDEXED BY problems_state WHERE state = ").bind(codes::problem_state(state));
}

/// Uploads in a state, which an index has; of completed ones there are too many.
fn of_state(state: UploadState) -> &'static str {
    match state {
        UploadState::Started => "SELECT id FROM uploads INDEXED BY uploads_running WHERE state = 0",
        UploadState::Error => "SELECT id FROM uploads INDEXED BY uploads_failed WHERE state = 2",
        UploadState::Completed => "SELECT id FROM uploads WHERE state = 1",
    }
}

const COLUMNS: &str = "u.id, u.webhook, u.study, u.subject_id, (SELECT label FROM subjects WHERE id = u.subject), u.upload_id, u.state, \
     u.started_at, u.finished_at, u.message, u.events, u.problem, (SELECT state FROM problems WHERE id = u.problem), u.last_at, \
     u.last_sequence, u.stuck_state, u.started_sequence";

impl History {
    /// Uploads, latest event first. Keys of [`Page`] are `last_sequence`.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn uploads(&self, page: &Page, lens: &Lens) -> Result<Rows<UploadRow>, StoreError> {
        let stuck = lens.stuck_before();
        self.readers.ask("reading the uploads", |reader| {
            let connection = reader.connection();
            let compiled = Compiled::new(reader, &page.query, lens)?;
            let mut keys = Sql::default();
            let from = matching(&mut keys, &compiled, Range { before: page.before, after: page.after }, stuck)?;
            let mut sql = Sql::new("SELECT ");
            sql.push(COLUMNS).push(" FROM uploads u NOT INDEXED WHERE u.id IN (SELECT u.id FROM ").push(from);
            sql.append(&keys).push(" ORDER BY u.last_sequence DESC LIMIT ").bind(limit(page.limit));
            sql.push(") ORDER BY u.last_sequence DESC");
            let mut statement = connection.prepare_cached(&sql.text)?;
            let mut words = WordFinder::new(connection)?;
            let rows = statement.query_and_then(sql.params(), |row| read(row, &mut words, stuck))?;
            let mut rows: Vec<UploadRow> = rows.collect::<rusqlite::Result<_>>()?;
            let mut lives = Lives::new(connection)?;
            for row in &mut rows {
                lives.tell(row, &mut words)?;
            }
            Ok(Rows { sequence: reader.sequence(), rows })
        })
    }

    /// How many uploads match, up to `most`.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn count_uploads(&self, query: &Query, most: usize, lens: &Lens) -> Result<Counted, StoreError> {
        self.readers.ask("counting the uploads", |reader| {
            let compiled = Compiled::new(reader, query, lens)?.of_all();
            let mut rows = Sql::default();
            let from = matching(&mut rows, &compiled, Range::default(), lens.stuck_before())?;
            let mut counter = Counter::new(most);
            counter.count(reader.connection(), from, &rows)?;
            Ok(counter.counted())
        })
    }
}

/// Writes ` WHERE …` for uploads `u`, and says where they are best taken from.
fn matching(
    sql: &mut Sql,
    compiled: &Compiled<'_>,
    range: Range,
    stuck: StuckBefore,
) -> rusqlite::Result<&'static str> {
    sql.push(" WHERE TRUE");
    let along = compiled.conditions(sql, &Uploads(stuck))?;
    // The last event's sequence is of the days, too. One bound each way, by which SQLite seeks.
    let (first, last) = compiled.sequences()?.unzip();
    let before = range.before.into_iter().chain(last.map(|last| last.saturating_add(1))).min();
    let after = range.after.into_iter().chain(first.map(|first| first.saturating_sub(1))).max();
    for (bound, than) in [(before, " < "), (after, " > ")] {
        if let Some(bound) = bound {
            sql.push(" AND u.last_sequence").push(than).bind(bound);
        }
    }
    compiled.days.condition(sql, "u.last_at");
    Ok(match along {
        Along::Keys => "uploads u NOT INDEXED",
        Along::Order if compiled.is_of_errors() => {
            sql.push(" AND u.state = 2");
            "uploads u INDEXED BY uploads_failed"
        }
        Along::Order => "uploads u INDEXED BY uploads_last",
    })
}

fn read(row: &Row<'_>, words: &mut WordFinder<'_>, StuckBefore(before): StuckBefore) -> rusqlite::Result<UploadRow> {
    let state = codes::upload_state_of(row.get(6)?).unwrap_or(UploadState::Started);
    let started_at: Option<i64> = row.get(7)?;
    let stuck = state == UploadState::Started && started_at.is_some_and(|at| at < before);
    let problem: Option<i64> = if stuck { Some(row.get::<_, Option<i64>>(15)?.unwrap_or(0)) } else { row.get(12)? };
    Ok(UploadRow {
        id: row.get(0)?,
        webhook: words.text(row.get(1)?)?,
        study_id: words.maybe(row.get(2)?)?,
        subject_id: row.get(3)?,
        subject_label: row.get(4)?,
        upload_id: row.get(5)?,
        state,
        started_at,
        finished_at: row.get(8)?,
        message: row.get(9)?,
        events: row.get(10)?,
        problem: problem.and_then(codes::problem_state_of),
        problem_id: row.get(if stuck { 16 } else { 11 })?,
        last_at: row.get(13)?,
        last_sequence: row.get(14)?,
        stuck,
        life: Vec::new(),
        attempts: row.get(10)?,
        recovered: false,
        regressed: false,
    })
}

/// Reads the events of uploads.
struct Lives<'c> {
    events: CachedStatement<'c>,
}

impl<'c> Lives<'c> {
    fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        let events = connection.prepare_cached(
            "SELECT sequence, coalesce(made_at, received_at), status, attempts, made_at IS NOT NULL FROM events
             WHERE upload = ? ORDER BY sequence DESC",
        )?;
        Ok(Self { events })
    }

    /// Fills in what the upload's events tell together.
    fn tell(&mut self, upload: &mut UploadRow, words: &mut WordFinder<'_>) -> rusqlite::Result<()> {
        let mut rows = self.events.query([upload.id])?;
        let (mut attempts, mut failed, mut completed) = (0, false, false);
        while let Some(row) = rows.next()? {
            attempts += row.get::<_, i64>(3)?;
            let Some(state) = words.maybe(row.get(2)?)?.as_deref().and_then(UploadState::from_status) else { continue };
            // Newest first, and its state is that of its latest end: any other end came before that, or is older by CentrePoint's history.
            failed |= state == UploadState::Error;
            completed |= state == UploadState::Completed;
            if upload.life.len() < MOST_STEPS {
                upload.life.push(LifeStep { sequence: row.get(0)?, at: row.get(1)?, state, past: row.get(4)? });
            }
        }
        upload.life.reverse();
        place_the_past(upload);
        upload.attempts = attempts;
        upload.recovered = upload.state == UploadState::Completed && failed;
        upload.regressed = upload.state == UploadState::Error && completed;
        Ok(())
    }
}

/// What was brought in from CentrePoint's history stands where it was made, not where it was brought in. What came by itself keeps its order,
/// whatever the clock showed.
fn place_the_past(upload: &mut UploadRow) {
    if !upload.life.iter().any(|step| step.past) {
        return;
    }
    let (past, mut life): (Vec<LifeStep>, Vec<LifeStep>) = upload.life.drain(..).partition(|step| step.past);
    for step in past {
        let place = life.iter().position(|there| there.at > step.at).unwrap_or(life.len());
        life.insert(place, step);
    }
    upload.life = life;
}
