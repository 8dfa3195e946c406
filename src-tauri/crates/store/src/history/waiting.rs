//! Open problems nobody has acknowledged or put aside, and since when: what escalation looks at.

use std::collections::HashMap;

use study::Query;
use study::query::Is;

use super::{History, Lens, Page};
use crate::StoreError;
use crate::rows::ProblemRow;

/// An open problem, and since when it waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unattended {
    /// It.
    pub row: ProblemRow,
    /// The log row that opened it last; of what is computed when it is read, its id.
    pub opening: i64,
    /// When it opened, or a person last opened it again or put it aside, whichever is later.
    pub since: i64,
}

impl History {
    /// The newest `limit` of them, stuck uploads and silent webhooks included.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn unattended(&self, limit: usize, lens: &Lens) -> Result<Vec<Unattended>, StoreError> {
        let query = Query { is: vec![Is::Open], ..Query::default() };
        let mut rows = self.problems(&Page { query, before: None, after: None, limit }, lens)?.rows;
        rows.retain(|row| row.snoozed_until.is_none());
        self.readers.ask("reading since when problems wait", |reader| {
            let connection = reader.connection();
            // Openings are bounded; those of long ago may be gone.
            let mut openings: HashMap<i64, (i64, i64)> = HashMap::new();
            let mut all = connection.prepare_cached("SELECT problem, max(sequence), at FROM openings GROUP BY problem")?;
            let mut found = all.query([])?;
            while let Some(row) = found.next()? {
                openings.insert(row.get(0)?, (row.get(1)?, row.get(2)?));
            }
            let mut acts = connection.prepare_cached(
                "SELECT max(at) FROM actions WHERE problem = ? AND what IN ('reopened', 'taken_back', 'woken', 'snoozed')",
            )?;
            rows.iter()
                .map(|row| {
                    let (opening, at) = openings.get(&row.id).copied().unwrap_or((row.id, row.opened_at));
                    let act: Option<i64> = acts.query_row([row.id], |row| row.get(0))?;
                    Ok(Unattended { opening, since: act.map_or(at, |act| act.max(at)), row: row.clone() })
                })
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use study::Action;

    use crate::fixture::{Fixture, HOUR, NOW, lens, upload};

    #[test]
    fn what_waits_is_told_with_its_latest_opening() {
        let fixture = Fixture::with([
            upload("1", "7", "error", "d-1", 600),
            upload("2", "7", "error", "d-2", 590),
            upload("3", "7", "started", "d-3", 580),
            upload("4", "7", "error", "d-4", 570),
            upload("1", "7", "completed", "d-5", 500),
            upload("1", "7", "error", "d-6", 400),
        ]);
        let by = || "Ann".to_owned();
        fixture.act(&Action::Acknowledge { problem: 2, by: by(), note: None });
        let until = jiff::Timestamp::from_microsecond(NOW + HOUR).unwrap();
        fixture.act(&Action::Snooze { problem: 4, by: by(), until });
        fixture.act(&Action::Escalated { problem: 1, way: study::escalation::Way::Mail, sent: true });
        let told = |fixture: &Fixture| {
            let found = fixture.history().unattended(10, &lens()).unwrap();
            found.iter().map(|each| (each.row.id, each.opening, each.since)).collect::<Vec<_>>()
        };
        let minutes = |ago: i64| NOW - ago * 60_000_000;
        assert_eq!(told(&fixture), [(3, 3, minutes(580) + 2 * HOUR), (1, 6, minutes(400))]);
        fixture.act(&Action::Reopen { problem: 2, by: by() });
        let (_, opening, since) = told(&fixture).into_iter().find(|(id, ..)| *id == 2).unwrap();
        assert!(opening == 2 && since > minutes(590), "somebody is at it");
        let (_, story) = fixture.history().problem(1, &lens()).unwrap().unwrap();
        let last = story.last().unwrap();
        assert_eq!((last.what.as_str(), last.text.as_deref(), last.by.as_deref()), ("escalated", Some("mail"), None));
        let acts = fixture.history().changes(0, None, &lens()).unwrap().rows.remove(0).acts;
        assert!(acts.iter().all(|act| act.line.what != "escalated"), "nobody did that");
    }
}
