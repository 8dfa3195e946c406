//! Times away that are not in the log yet: still on, or over just now.

use rusqlite::params;
use study::away::Reason;

use super::State;
use crate::StoreError;

/// A time away that is not in the log yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Away {
    /// Why.
    pub reason: Reason,
    /// The slug of the one webhook it is about; `None`: all.
    pub webhook: Option<String>,
    /// From then on, microseconds since 1970 UTC.
    pub from: i64,
    /// Up to then, as far as is known.
    pub to: i64,
    /// Whether it goes on.
    pub is_on: bool,
    /// How many periods it was.
    pub times: i64,
    /// Whether the clock was set meanwhile.
    pub doubtful: bool,
}

impl State {
    /// Those that are not in the log yet, oldest first.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn away(&self) -> Result<Vec<Away>, StoreError> {
        self.read("reading the times away", |connection| {
            let sql = "SELECT reason, webhook, began, ended, is_on, times, doubtful FROM away ORDER BY id";
            let read = |row: &rusqlite::Row<'_>| {
                Ok(Away {
                    reason: Reason::from_word(&row.get::<_, String>(0)?),
                    webhook: row.get(1)?,
                    from: row.get(2)?,
                    to: row.get(3)?,
                    is_on: row.get(4)?,
                    times: row.get(5)?,
                    doubtful: row.get(6)?,
                })
            };
            connection.prepare_cached(sql)?.query_map([], read)?.collect()
        })
    }

    /// Replaces them all.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn set_away(&self, away: &[Away]) -> Result<(), StoreError> {
        self.change("keeping the times away", |transaction| {
            transaction.execute("DELETE FROM away", [])?;
            let sql = "INSERT INTO away (reason, webhook, began, ended, is_on, times, doubtful)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            let mut insert = transaction.prepare_cached(sql)?;
            for each in away {
                let Away { reason, webhook, from, to, is_on, times, doubtful } = each;
                insert.execute(params![reason.as_str(), webhook, from, to, is_on, times, doubtful])?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DataFolder;

    #[test]
    fn what_is_kept_reads_back_and_others_are_told() {
        let temp = tempfile::tempdir().unwrap();
        let state = State::open(&DataFolder::open(temp.path()).unwrap()).unwrap();
        let mut away: Vec<Away> = (1..)
            .zip(Reason::ALL)
            .map(|(from, reason)| Away {
                reason,
                webhook: (from % 2 == 0).then(|| "rome".to_owned()),
                from,
                to: 100 - from,
                is_on: from % 3 == 0,
                times: from,
                doubtful: from % 5 == 0,
            })
            .collect();
        let before = state.version().unwrap();
        state.set_away(&away).unwrap();
        assert_eq!(state.away().unwrap(), away);
        assert!(state.version().unwrap() > before);
        away.truncate(1);
        state.set_away(&away).unwrap();
        assert_eq!(state.away().unwrap(), away);
    }
}
