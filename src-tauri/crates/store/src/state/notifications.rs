//! What people were told, or were to be: a queue of what is to pop up, and the inbox of what was. What the rows mean is decided above.

use rusqlite::{Row, Transaction, params};

use super::{State, settings};
use crate::StoreError;

/// Notifications that are over and are kept, the newest ones.
const KEPT: i64 = 500;

/// Where a notification is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// To pop up now.
    Due,
    /// To pop up later.
    Held,
    /// Nothing more happens to it.
    Over,
}

impl Stage {
    /// `due`, `held` or `over`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Held => "held",
            Self::Over => "over",
        }
    }

    fn from_word(word: &str) -> Self {
        match word {
            "due" => Self::Due,
            "held" => Self::Held,
            _ => Self::Over,
        }
    }
}

/// One notification. Instants are microseconds since 1970 UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Its number; 0 before it is kept.
    pub id: i64,
    /// When it was due.
    pub at: i64,
    /// When the latest of what it gathers came.
    pub last_at: i64,
    /// Where it is on its way.
    pub stage: Stage,
    /// What held it up: `quiet_hours` or `muted`.
    pub held_by: Option<String>,
    /// How it ended, or why it did not pop up so far.
    pub outcome: Option<String>,
    /// Who showed it, or what the desktop said.
    pub detail: Option<String>,
    /// When the outcome was known.
    pub told_at: Option<i64>,
    /// Its first line, without a subject.
    pub title: String,
    /// The rest, without a subject.
    pub body: String,
    /// Where a click leads, as JSON.
    pub opens: String,
    /// What it gathers, as JSON, while it waits.
    pub content: Option<String>,
    /// When a person read it. Only what is kept for the first time brings it along: afterwards it is [`State::read_notifications`]' matter.
    pub read_at: Option<i64>,
}

const COLUMNS: &str = "id, at, last_at, stage, held_by, outcome, detail, told_at, title, body, opens, content, read_at";

impl State {
    /// The newest notifications, newest first.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn notifications(&self, limit: usize) -> Result<Vec<Notification>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read("reading the notifications", |connection| {
            let sql = format!("SELECT {COLUMNS} FROM notifications ORDER BY id DESC LIMIT ?");
            connection.prepare_cached(&sql)?.query_map([limit], read)?.collect()
        })
    }

    /// Those that are not over, oldest first.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn waiting_notifications(&self) -> Result<Vec<Notification>, StoreError> {
        self.read("reading the notifications", |connection| {
            let sql = format!("SELECT {COLUMNS} FROM notifications WHERE stage <> 'over' ORDER BY id");
            connection.prepare_cached(&sql)?.query_map([], read)?.collect()
        })
    }

    /// How many nobody has read.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn unread_notifications(&self) -> Result<i64, StoreError> {
        self.read("counting the notifications", |connection| {
            let sql = "SELECT count(*) FROM notifications WHERE read_at IS NULL";
            connection.prepare_cached(sql)?.query_row([], |row| row.get(0))
        })
    }

    /// Keeps new ones (id 0) and changed ones, together with settings, in one transaction; returns their ids. Of those that are over, the
    /// newest 500 stay. What gathered more since it was read is unread again, unless it is switched off.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn keep_notifications(
        &self,
        rows: &[Notification],
        with: &[(&str, serde_json::Value)],
    ) -> Result<Vec<i64>, StoreError> {
        self.transact("keeping the notifications", |transaction| {
            let ids = rows.iter().map(|row| keep(transaction, row)).collect::<rusqlite::Result<_>>()?;
            let sql = "DELETE FROM notifications WHERE stage = 'over' AND id <=
                (SELECT id FROM notifications WHERE stage = 'over' ORDER BY id DESC LIMIT 1 OFFSET ?)";
            transaction.prepare_cached(sql)?.execute([KEPT])?;
            for (name, value) in with {
                settings::set(transaction, name, value)?;
            }
            Ok(ids)
        })
    }

    /// Forgets what those gathered that are over, but this one, which still gathers.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn slim_notifications(&self, but: Option<i64>) -> Result<(), StoreError> {
        self.transact("tidying the notifications", |transaction| {
            let sql = "UPDATE notifications SET content = NULL
                WHERE stage = 'over' AND content IS NOT NULL AND id IS NOT ?";
            transaction.prepare_cached(sql)?.execute([but]).map(drop)
        })
    }

    /// A person has read these; none named: all.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn read_notifications(&self, ids: &[i64], at: i64) -> Result<(), StoreError> {
        self.transact("noting what was read", |transaction| {
            if ids.is_empty() {
                let sql = "UPDATE notifications SET read_at = ? WHERE read_at IS NULL";
                transaction.prepare_cached(sql)?.execute([at])?;
            }
            let sql = "UPDATE notifications SET read_at = ?1 WHERE id = ?2 AND read_at IS NULL";
            let mut one = transaction.prepare_cached(sql)?;
            for id in ids {
                one.execute([at, *id])?;
            }
            Ok(())
        })
    }
}

fn keep(transaction: &Transaction<'_>, row: &Notification) -> rusqlite::Result<i64> {
    let stage = row.stage.as_str();
    let Notification {
        id, at, last_at, held_by, outcome, detail, told_at, title, body, opens, content, read_at, ..
    } = row;
    if *id == 0 {
        let sql = "INSERT INTO notifications
            (at, last_at, stage, held_by, outcome, detail, told_at, title, body, opens, content, read_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        transaction.prepare_cached(sql)?.execute(params![
            at, last_at, stage, held_by, outcome, detail, told_at, title, body, opens, content, read_at
        ])?;
        return Ok(transaction.last_insert_rowid());
    }
    let sql = "UPDATE notifications SET
            read_at = CASE WHEN last_at = ?2 OR ?5 IS 'off' THEN read_at END,
            last_at = ?2, stage = ?3, held_by = ?4, outcome = ?5, detail = ?6, told_at = ?7, title = ?8, body = ?9,
            opens = ?10, content = ?11
        WHERE id = ?1";
    transaction
        .prepare_cached(sql)?
        .execute(params![id, last_at, stage, held_by, outcome, detail, told_at, title, body, opens, content])?;
    Ok(*id)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Notification> {
    Ok(Notification {
        id: row.get(0)?,
        at: row.get(1)?,
        last_at: row.get(2)?,
        stage: Stage::from_word(&row.get::<_, String>(3)?),
        held_by: row.get(4)?,
        outcome: row.get(5)?,
        detail: row.get(6)?,
        told_at: row.get(7)?,
        title: row.get(8)?,
        body: row.get(9)?,
        opens: row.get(10)?,
        content: row.get(11)?,
        read_at: row.get(12)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DataFolder;

    fn open() -> (tempfile::TempDir, State) {
        let temp = tempfile::tempdir().unwrap();
        let state = State::open(&DataFolder::open(temp.path()).unwrap()).unwrap();
        (temp, state)
    }

    fn notification(at: i64, stage: Stage) -> Notification {
        Notification {
            id: 0,
            at,
            last_at: at,
            stage,
            held_by: None,
            outcome: None,
            detail: None,
            told_at: None,
            title: "Upload failed".to_owned(),
            body: "Study 189".to_owned(),
            opens: "{}".to_owned(),
            content: Some("{}".to_owned()),
            read_at: None,
        }
    }

    #[test]
    fn what_is_kept_reads_back_with_the_settings_and_tells_nobody() {
        let (_temp, state) = open();
        let before = state.version().unwrap();
        let mut row = notification(7, Stage::Due);
        row.id = state.keep_notifications(std::slice::from_ref(&row), &[("place", 9.into())]).unwrap()[0];
        assert_eq!(state.waiting_notifications().unwrap(), [row.clone()]);
        assert_eq!(state.setting("place").unwrap(), Some(9.into()));
        row.stage = Stage::Over;
        row.outcome = Some("shown".to_owned());
        row.content = None;
        state.keep_notifications(&[row.clone()], &[]).unwrap();
        assert_eq!(state.waiting_notifications().unwrap(), []);
        assert_eq!(state.notifications(10).unwrap(), [row]);
        assert_eq!(state.version().unwrap(), before, "every view would ask again");
    }

    #[test]
    fn the_newest_500_stay_and_what_waits_is_not_among_them() {
        let (_temp, state) = open();
        state.keep_notifications(&[notification(0, Stage::Held)], &[]).unwrap();
        let many: Vec<_> = (1..=520).map(|at| notification(at, Stage::Over)).collect();
        state.keep_notifications(&many, &[]).unwrap();
        let kept = state.notifications(1_000).unwrap();
        assert_eq!((kept.len(), kept[0].at, kept[499].at, kept[500].at), (501, 520, 21, 0));
    }

    #[test]
    fn what_gathers_more_is_unread_again() {
        let (_temp, state) = open();
        let mut row = notification(7, Stage::Held);
        row.id = state.keep_notifications(std::slice::from_ref(&row), &[]).unwrap()[0];
        assert_eq!(state.unread_notifications().unwrap(), 1);
        state.read_notifications(&[row.id], 8).unwrap();
        row.stage = Stage::Over;
        state.keep_notifications(&[row.clone()], &[]).unwrap();
        assert_eq!(state.unread_notifications().unwrap(), 0, "that it was shown is nothing new to read");
        row.last_at = 9;
        state.keep_notifications(&[row.clone()], &[]).unwrap();
        assert_eq!(state.unread_notifications().unwrap(), 1);
        state.read_notifications(&[], 10).unwrap();
        row.last_at = 11;
        row.outcome = Some("off".to_owned());
        state.keep_notifications(&[row], &[]).unwrap();
        assert_eq!(state.unread_notifications().unwrap(), 0, "nobody wants to be told of what is switched off");
    }
}
