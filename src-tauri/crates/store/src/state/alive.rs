//! The receiver's sign of life: one small row, written over every few seconds. A kill leaves the latest one; a power cut may take it back by
//! what the system had not written yet, so that an absence is rather too long than too short.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::{MIGRATIONS, State};
use crate::sqlite::{During, open_writer};
use crate::{DataFolder, StoreError};

/// How long it waits for another change of the state: the next sign of life is not far.
const BUSY: Duration = Duration::from_millis(500);

/// What the receiver was doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Deliveries were answered.
    Receiving,
    /// It waited for its port.
    Waiting,
    /// It could not listen any more.
    Lost,
    /// It was closed in good order.
    Closed,
}

impl Phase {
    const ALL: [Self; 4] = [Self::Receiving, Self::Waiting, Self::Lost, Self::Closed];

    fn as_str(self) -> &'static str {
        match self {
            Self::Receiving => "receiving",
            Self::Waiting => "waiting",
            Self::Lost => "lost",
            Self::Closed => "closed",
        }
    }
}

/// A sign of life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOfLife {
    /// When, microseconds since 1970 UTC.
    pub at: i64,
    /// Which start of the system; `None`: it does not say.
    pub boot: Option<String>,
    /// Microseconds since then, sleep included.
    pub since_boot: i64,
    /// What the receiver was doing.
    pub phase: Phase,
}

/// Where signs of life are noted: a connection of its own, which does not wait for the disk.
#[derive(Debug)]
pub struct Alive(Connection);

impl Alive {
    /// Opens it.
    ///
    /// # Errors
    /// When the state cannot be opened or is from a newer version.
    pub fn open(folder: &DataFolder) -> Result<Self, StoreError> {
        // Brought to this version first, durably.
        drop(MIGRATIONS.open(&folder.state(), super::BUSY, "FULL")?);
        // In WAL mode NORMAL syncs at checkpoints alone; a change that promises to be durable syncs what came before it, too.
        open_writer(&folder.state(), BUSY, "NORMAL").during("opening a file of the data folder").map(Self)
    }

    /// The latest one; `None`: nothing was ever received here.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn last(&self) -> Result<Option<SignOfLife>, StoreError> {
        last(&self.0).during("reading the last sign of life")
    }

    /// Notes one in place of the one before.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn note(&self, sign: &SignOfLife) -> Result<(), StoreError> {
        let sql = "INSERT INTO alive (one, at, boot, since_boot, phase) VALUES (1, ?1, ?2, ?3, ?4)
            ON CONFLICT (one) DO UPDATE SET at = ?1, boot = ?2, since_boot = ?3, phase = ?4";
        let values = params![sign.at, sign.boot, sign.since_boot, sign.phase.as_str()];
        self.0
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(values))
            .map(drop)
            .during("noting a sign of life")
    }
}

fn last(connection: &Connection) -> rusqlite::Result<Option<SignOfLife>> {
    let read = |row: &rusqlite::Row<'_>| {
        let word: String = row.get(3)?;
        let phase = Phase::ALL.into_iter().find(|phase| phase.as_str() == word);
        Ok(SignOfLife {
            at: row.get(0)?,
            boot: row.get(1)?,
            since_boot: row.get(2)?,
            phase: phase.unwrap_or(Phase::Receiving),
        })
    };
    connection.prepare_cached("SELECT at, boot, since_boot, phase FROM alive")?.query_row([], read).optional()
}

impl State {
    /// The receiver's latest sign of life, whichever process receives; `None`: nothing was ever received here.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn last_sign_of_life(&self) -> Result<Option<SignOfLife>, StoreError> {
        self.read("reading the last sign of life", last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_sign_of_life_stands_alone() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(temp.path()).unwrap();
        let alive = Alive::open(&folder).unwrap();
        assert_eq!(alive.last().unwrap(), None, "nothing was ever received");
        for (at, phase) in (1..).zip(Phase::ALL) {
            let sign = SignOfLife { at, boot: Some("b".to_owned()), since_boot: 7, phase };
            alive.note(&sign).unwrap();
            assert_eq!(Alive::open(&folder).unwrap().last().unwrap(), Some(sign.clone()));
            assert_eq!(State::open(&folder).unwrap().last_sign_of_life().unwrap(), Some(sign));
        }
        let rows: i64 = alive.0.query_row("SELECT count(*) FROM alive", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 1);
    }
}
