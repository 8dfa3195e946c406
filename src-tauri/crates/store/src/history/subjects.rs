//! Subjects, latest activity first.

use rusqlite::{Connection, OptionalExtension};
use study::ProblemState;
use study::query::{Is, Key};

use super::lists::{self, Compiled, List};
use super::sql::Sql;
use super::terms::{Exact, StuckBefore};
use super::words::WordFinder;
use super::{History, Lens, Page, Rows, limit};
use crate::StoreError;
use crate::rows::SubjectRow;
use crate::view::codes;

/// A subject as `s`.
struct Subjects(StuckBefore);

impl Subjects {
    /// Whether some problem of its is in this state; that of a stuck upload included.
    fn problem(&self, sql: &mut Sql, state: ProblemState) {
        let state = codes::problem_state(state);
        sql.push("s.id IN (SELECT subject FROM problems WHERE state = ").bind(state);
        sql.push(") OR EXISTS (SELECT 1 FROM uploads u WHERE u.subject = s.id AND u.state = 0 AND u.started_at < ");
        sql.bind(self.0.0).push(" AND coalesce(u.stuck_state, 0) = ").bind(state).push(")");
    }
}

impl List for Subjects {
    const KEY: &'static str = "s.id";
    const LINK: &'static str = "subject";

    fn own_key(&self, sql: &mut Sql, key: Key, values: &[Exact]) -> bool {
        match key {
            Key::Webhook => lists::words(sql, "s.webhook", values),
            Key::Study => lists::words(sql, "s.study", values),
            Key::Subject => lists::subject(sql, "s.subject_id", "s.id", values),
            Key::Site => lists::texts(sql, "s.site_id", values),
            Key::Serial => lists::texts(sql, "s.monitor_serial", values),
            Key::Status | Key::Event | Key::Upload | Key::Delivery => return false,
        }
        true
    }

    fn own_is(&self, sql: &mut Sql, is: Is) -> bool {
        match is {
            Is::Open => self.problem(sql, ProblemState::Open),
            Is::Acknowledged => self.problem(sql, ProblemState::Acknowledged),
            Is::Resolved => self.problem(sql, ProblemState::Resolved),
            Is::Stuck => {
                sql.push("EXISTS (SELECT 1 FROM uploads u WHERE u.subject = s.id AND u.state = 0 AND u.started_at < ");
                sql.bind(self.0.0).push(")");
            }
            Is::Error | Is::Repeat | Is::Unreadable => return false,
        }
        true
    }
}

impl History {
    /// Subjects, latest activity first. Keys of [`Page`] are ids.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn subjects(&self, page: &Page, lens: &Lens) -> Result<Rows<SubjectRow>, StoreError> {
        self.readers.ask("reading the subjects", |reader| {
            let connection = reader.connection();
            let compiled = Compiled::new(connection, &page.query, lens)?;
            let mut sql = Sql::new(
                "SELECT s.id, s.webhook, s.study, s.subject_id, s.label, s.site_id, s.monitor_serial, s.last_completed_at,
                     s.last_at
                 FROM subjects s WHERE TRUE",
            );
            for (key, than) in [(page.before, " < "), (page.after, " > ")] {
                if let Some(key) = key {
                    let place = last_sequence(connection, key)?;
                    sql.push(" AND s.last_sequence").push(than).bind(place);
                }
            }
            compiled.conditions(&mut sql, &Subjects(lens.stuck_before()))?;
            compiled.days.condition(&mut sql, "s.last_at");
            sql.push(" ORDER BY s.last_sequence DESC LIMIT ").bind(limit(page.limit));
            let mut statement = connection.prepare_cached(&sql.text)?;
            let mut words = WordFinder::new(connection)?;
            let rows = statement.query_and_then(sql.params(), |row| {
                Ok::<_, rusqlite::Error>(SubjectRow {
                    id: row.get(0)?,
                    webhook: words.text(row.get(1)?)?,
                    study_id: words.maybe(row.get(2)?)?,
                    subject_id: row.get(3)?,
                    label: row.get(4)?,
                    site_id: row.get(5)?,
                    monitor_serial: row.get(6)?,
                    last_completed_at: row.get(7)?,
                    last_at: row.get(8)?,
                })
            })?;
            Ok(Rows { sequence: reader.sequence(), rows: rows.collect::<rusqlite::Result<_>>()? })
        })
    }
}

/// Where a subject stands in the list; a key that leads nowhere stands at its end.
fn last_sequence(connection: &Connection, id: i64) -> rusqlite::Result<i64> {
    let found = connection
        .prepare_cached("SELECT last_sequence FROM subjects WHERE id = ?")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or(0))
}
