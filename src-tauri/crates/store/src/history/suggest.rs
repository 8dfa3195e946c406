//! Values that exist, to complete a key of the search language with. Ranking by use is left out: what begins with the typed part comes
//! first, in the order of the index, then what holds it elsewhere.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension};
use study::query::Key;

use super::{History, terms};
use crate::StoreError;

/// Different values of a column looked at; studies have a handful of statuses, events and sites. What is beyond is found by its
/// beginning where the key is a serial, and not proposed otherwise.
const WALKED: usize = 2_000;

/// Subjects looked at, latest activity first: a study has 20 to 500.
const SUBJECTS: i64 = 20_000;

/// A value that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What the query takes.
    pub value: String,
    /// A subject's label, where one is known.
    pub label: Option<String>,
}

impl History {
    /// Values of `key` that hold `part`, letter case aside: those that begin with it first, at most `limit`. A subject is found by its id
    /// and by its label; an upload by how its id begins alone, as it is typed (there may be millions of them), the newest where nothing is
    /// typed. Deliveries have ids that nobody types: none.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn suggest(&self, key: Key, part: &str, limit: usize) -> Result<Vec<Suggestion>, StoreError> {
        self.readers.ask("looking for values", |reader| {
            let connection = reader.connection();
            match key {
                Key::Subject => subjects(connection, part, limit),
                Key::Upload => uploads(connection, part, limit),
                Key::Serial => serials(connection, part, limit),
                Key::Delivery => Ok(Vec::new()),
                Key::Status | Key::Event | Key::Webhook | Key::Study | Key::Site => words(connection, key, part, limit),
            }
        })
    }
}

/// What was found, in its order.
struct Found {
    part: String,
    limit: usize,
    begin: Vec<Suggestion>,
    hold: Vec<Suggestion>,
    seen: BTreeSet<String>,
}

impl Found {
    fn new(part: &str, limit: usize) -> Self {
        Self { part: part.to_lowercase(), limit, begin: Vec::new(), hold: Vec::new(), seen: BTreeSet::new() }
    }

    /// Whether nothing better can come.
    fn is_full(&self) -> bool {
        self.begin.len() >= self.limit
    }

    /// Takes it where its value or its label fits.
    fn offer(&mut self, value: String, label: Option<String>) {
        let texts = [value.to_lowercase(), label.as_deref().unwrap_or_default().to_lowercase()];
        let holds = texts.iter().any(|text| text.contains(&self.part));
        if value.is_empty() || !holds || !self.seen.insert(value.clone()) {
            return;
        }
        let begins = texts.iter().any(|text| text.starts_with(&self.part));
        let list = if begins { &mut self.begin } else { &mut self.hold };
        // Of those that only hold it, no more than can be shown are kept.
        if list.len() < self.limit {
            list.push(Suggestion { value, label });
        }
    }

    fn into_list(self) -> Vec<Suggestion> {
        self.begin.into_iter().chain(self.hold).take(self.limit).collect()
    }
}

/// Words some event has in the key's column. From one value to the next by its index: as many steps as there are different values.
fn words(connection: &Connection, key: Key, part: &str, limit: usize) -> rusqlite::Result<Vec<Suggestion>> {
    let Some(column) = terms::word_column(key) else { return Ok(Vec::new()) };
    let mut next = connection.prepare_cached(&format!("SELECT min({column}) FROM events WHERE {column} > ?"))?;
    let mut text = connection.prepare_cached("SELECT text FROM words WHERE id = ?")?;
    let mut found = Found::new(part, limit);
    let mut at = 0;
    for _ in 0..WALKED {
        let id: Option<i64> = next.query_row([at], |row| row.get(0))?;
        let Some(id) = id.filter(|_| !found.is_full()) else { break };
        if let Some(value) = text.query_row([id], |row| row.get(0)).optional()? {
            found.offer(value, None);
        }
        at = id;
    }
    Ok(found.into_list())
}

fn subjects(connection: &Connection, part: &str, limit: usize) -> rusqlite::Result<Vec<Suggestion>> {
    let mut statement = connection.prepare_cached(
        "SELECT subject_id, label FROM subjects INDEXED BY subjects_last ORDER BY last_sequence DESC LIMIT ?",
    )?;
    let mut rows = statement.query([SUBJECTS])?;
    let mut found = Found::new(part, limit);
    while let Some(row) = rows.next()? {
        found.offer(row.get(0)?, row.get(1)?);
        if found.is_full() {
            break;
        }
    }
    Ok(found.into_list())
}

fn uploads(connection: &Connection, part: &str, limit: usize) -> rusqlite::Result<Vec<Suggestion>> {
    let sql = if part.is_empty() {
        "SELECT upload_id FROM uploads INDEXED BY uploads_last ORDER BY last_sequence DESC LIMIT ?3"
    } else {
        "SELECT DISTINCT upload_id FROM uploads INDEXED BY uploads_key WHERE upload_id >= ?1 AND upload_id < ?2 LIMIT ?3"
    };
    let mut found = Found::new(part, limit);
    let mut statement = connection.prepare_cached(sql)?;
    // Bound in both statements; the first has no use for the range.
    let mut rows = statement.query((part, past(part), super::limit(limit)))?;
    while let Some(row) = rows.next()? {
        found.offer(row.get(0)?, None);
    }
    Ok(found.into_list())
}

fn serials(connection: &Connection, part: &str, limit: usize) -> rusqlite::Result<Vec<Suggestion>> {
    let mut next = connection.prepare_cached("SELECT min(monitor_serial) FROM events WHERE monitor_serial > ?")?;
    let mut found = Found::new(part, limit);
    // Serials are in capitals as a rule: those that begin so are found however many there are.
    for (begin, beyond) in [(part.to_uppercase(), true), (String::new(), false)] {
        let end = past(&begin);
        let mut at = Some(begin.clone()).filter(|begin| !begin.is_empty());
        if beyond && at.is_none() {
            continue;
        }
        if let Some(exact) = at.as_deref().map(|at| has_serial(connection, at)).transpose()?.flatten() {
            found.offer(exact, None);
        }
        for _ in 0..WALKED {
            let value: Option<String> = next.query_row([at.as_deref().unwrap_or_default()], |row| row.get(0))?;
            let Some(value) = value.filter(|value| !found.is_full() && (!beyond || *value < end)) else { break };
            found.offer(value.clone(), None);
            at = Some(value);
        }
    }
    Ok(found.into_list())
}

fn has_serial(connection: &Connection, serial: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT monitor_serial FROM events WHERE monitor_serial = ? LIMIT 1")?
        .query_row([serial], |row| row.get(0))
        .optional()
}

/// Beyond every text that begins with `part`, in SQLite's order (that of the bytes).
fn past(part: &str) -> String {
    format!("{part}\u{10ffff}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NewArrival;
    use crate::fixture::{Fixture, arrival, upload};

    fn body(text: &str, number: usize) -> NewArrival {
        arrival("raw_processing_complete", &format!("d-{number}"), 60, text)
    }

    fn fixture() -> Fixture {
        let mut arrivals = vec![
            upload("85045", "000103", "completed", "a", 50),
            upload("85046", "000203", "Error", "b", 40),
            upload("91", "000103", "started", "c", 30),
        ];
        for (number, (subject, label, serial, site)) in [
            ("000103", "Ann-01", "TAS1A01", "North 1"),
            ("777", "x000103", "TAS1B02", "South"),
            ("778", "Bob", "mos02", "north 2"),
        ]
        .into_iter()
        .enumerate()
        {
            arrivals.push(body(
                &format!(
                    r#"{{"status":"ok","studyId":"189","siteId":"{site}","subjectId":"{subject}","subject_identifier":"{label}","monitor_serial":"{serial}"}}"#
                ),
                number,
            ));
        }
        Fixture::with(arrivals)
    }

    fn values(fixture: &Fixture, key: Key, part: &str) -> Vec<String> {
        fixture.history().suggest(key, part, 20).unwrap().into_iter().map(|one| one.value).collect()
    }

    #[test]
    fn values_are_those_that_events_have() {
        let fixture = fixture();
        assert_eq!(values(&fixture, Key::Status, ""), ["completed", "error", "started", "ok"]);
        assert_eq!(values(&fixture, Key::Status, "ERR"), ["error"]);
        assert_eq!(values(&fixture, Key::Event, "up"), ["upload"]);
        assert_eq!(values(&fixture, Key::Study, "18"), ["189"]);
        assert_eq!(values(&fixture, Key::Webhook, ""), ["alpha"]);
        // A source address and a study are words too, and no status.
        assert_eq!(values(&fixture, Key::Status, "1"), Vec::<String>::new());
        assert_eq!(values(&fixture, Key::Delivery, ""), Vec::<String>::new());
    }

    #[test]
    fn what_begins_with_it_comes_before_what_holds_it() {
        let fixture = fixture();
        assert_eq!(values(&fixture, Key::Site, "north"), ["North 1", "north 2"]);
        assert_eq!(values(&fixture, Key::Serial, "02"), ["TAS1B02", "mos02"]);
        assert_eq!(values(&fixture, Key::Serial, "tas1"), ["TAS1A01", "TAS1B02"]);
        assert_eq!(values(&fixture, Key::Serial, "TAS1B02"), ["TAS1B02"]);
        assert_eq!(values(&fixture, Key::Serial, "s"), ["TAS1A01", "TAS1B02", "mos02"]);
    }

    #[test]
    fn a_subject_is_found_by_its_label_too() {
        let fixture = fixture();
        let found = fixture.history().suggest(Key::Subject, "000103", 20).unwrap();
        let found: Vec<_> = found.iter().map(|one| (&*one.value, one.label.as_deref())).collect();
        assert_eq!(found, [("000103", Some("Ann-01")), ("777", Some("x000103"))]);
        assert_eq!(values(&fixture, Key::Subject, "bob"), ["778"]);
    }

    #[test]
    fn an_upload_is_found_by_how_it_begins() {
        let fixture = fixture();
        assert_eq!(values(&fixture, Key::Upload, "85"), ["85045", "85046"]);
        assert_eq!(values(&fixture, Key::Upload, "5"), Vec::<String>::new());
        assert_eq!(values(&fixture, Key::Upload, ""), ["91", "85046", "85045"], "the newest first");
        assert_eq!(values(&fixture, Key::Upload, "%"), Vec::<String>::new());
    }

    #[test]
    fn no_more_than_asked_for() {
        let fixture = fixture();
        for key in Key::ALL {
            assert!(fixture.history().suggest(key, "", 1).unwrap().len() <= 1, "{key}");
        }
    }
}
