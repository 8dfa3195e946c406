//! A parsed query as terms on events: what each means as a condition, and how its rows are looked up by an index.

use rusqlite::types::Value;
use study::query::{Is, Key, Text};
use study::{ProblemState, Query};

use super::sql::Sql;
use crate::rows::Flags;
use crate::view::codes;

/// What the view may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known<'a> {
    /// A repeated text.
    Word(&'a str),
    /// A token of the search index.
    Token(&'a str),
}

/// Numbers of what the view knows; `None` for what no event has.
pub(super) type Resolve<'a> = &'a dyn Fn(Known<'_>) -> rusqlite::Result<Option<i64>>;

/// One condition of a query. Terms combine with AND.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub(super) what: What,
    /// `-term`: rows for which it does not hold, unknown ones included.
    pub(super) excluded: bool,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    /// A column with exact values.
    Key(Key, Vec<Exact>),
    /// Any of these.
    Is(Vec<Is>),
    /// An FTS5 expression.
    Text(String),
    /// One that is found in so many events that the connection remembers them: see [`super::found`].
    Common(String),
}

/// A value of a key and, where the column holds numbers of words, its number.
#[derive(Debug, Clone)]
pub(super) struct Exact {
    pub(super) text: String,
    pub(super) word: Option<i64>,
}

/// The terms of a query. Days are not among them: see [`super::days`].
pub(super) fn of(query: &Query, resolve: Resolve<'_>) -> rusqlite::Result<Vec<Term>> {
    let exact = |key: Key, text: &String| -> rusqlite::Result<Exact> {
        let word = if word_column(key).is_some() { resolve(Known::Word(text))? } else { None };
        Ok(Exact { text: text.clone(), word })
    };
    let mut terms = Vec::new();
    if let Some(expression) = expression(query.texts.iter().filter(|text| !text.excluded), " AND ", resolve)? {
        terms.push(Term { what: What::Text(expression), excluded: false });
    }
    for term in &query.keys {
        let values = term.values.iter().map(|text| exact(term.key, text)).collect::<rusqlite::Result<_>>()?;
        terms.push(Term { what: What::Key(term.key, values), excluded: false });
    }
    if !query.is.is_empty() {
        terms.push(Term { what: What::Is(query.is.clone()), excluded: false });
    }
    if let Some(expression) = expression(query.texts.iter().filter(|text| text.excluded), " OR ", resolve)? {
        terms.push(Term { what: What::Text(expression), excluded: true });
    }
    for (key, text) in &query.excluded {
        terms.push(Term { what: What::Key(*key, vec![exact(*key, text)?]), excluded: true });
    }
    if !query.is_not.is_empty() {
        terms.push(Term { what: What::Is(query.is_not.clone()), excluded: true });
    }
    Ok(terms)
}

/// Texts as one FTS5 expression. Every phrase is quoted, so that nothing in it is syntax.
fn expression<'a>(
    texts: impl Iterator<Item = &'a Text>,
    joint: &str,
    resolve: Resolve<'_>,
) -> rusqlite::Result<Option<String>> {
    let parts: Vec<String> = texts.map(|text| phrase(&text.phrase, resolve)).collect::<rusqlite::Result<_>>()?;
    Ok((!parts.is_empty()).then(|| parts.join(joint)))
}

fn phrase(words: &str, resolve: Resolve<'_>) -> rusqlite::Result<String> {
    // FTS5 reads its expression up to a NUL.
    let quoted = words.replace('"', "\"\"").replace('\0', " ");
    // One word may be a delivery id, which is indexed as one token. Most are none, and are found twice as fast without.
    let token = codes::delivery_token(words).filter(|_| !words.contains(char::is_whitespace));
    Ok(match token {
        Some(token) if resolve(Known::Token(&token))?.is_some() => format!("(\"{quoted}\" OR \"{token}\")"),
        _ => format!("(\"{quoted}\")"),
    })
}

/// The column of `events` that holds the number of the key's word.
pub(super) fn word_column(key: Key) -> Option<&'static str> {
    match key {
        Key::Status => Some("status"),
        Key::Event => Some("event"),
        Key::Webhook => Some("webhook"),
        Key::Study => Some("study"),
        Key::Site => Some("site"),
        Key::Subject | Key::Upload | Key::Serial | Key::Delivery => None,
    }
}

/// The index that gives the events of one of the key's words in the order of sequences, and its column.
pub(super) fn word_index(key: Key) -> Option<(&'static str, &'static str)> {
    let index = match key {
        Key::Status => "events_status",
        Key::Event => "events_event",
        Key::Webhook => "events_webhook",
        Key::Study => "events_study",
        Key::Site => "events_site",
        Key::Subject | Key::Upload | Key::Serial | Key::Delivery => return None,
    };
    word_column(key).map(|column| (index, column))
}

/// The numbers among the values; one that no event has cannot match.
pub(super) fn word_values(values: &[Exact]) -> Vec<Value> {
    values.iter().filter_map(|value| value.word).map(Value::from).collect()
}

/// The values as texts.
pub(super) fn text_values(values: &[Exact]) -> impl Iterator<Item = Value> + '_ {
    values.iter().map(|value| Value::from(value.text.clone()))
}

/// Whether the term is about nothing but what `shapes` hold: its [`condition`] is the same on them.
pub(super) fn is_of_shapes(term: &What) -> bool {
    match term {
        What::Key(key, _) => word_column(*key).is_some(),
        What::Is(all) => all.iter().all(|is| matches!(is, Is::Error | Is::Repeat | Is::Unreadable)),
        What::Text(_) | What::Common(_) => false,
    }
}

/// What the answer to `is:stuck` depends on: uploads started before this are stuck.
#[derive(Debug, Clone, Copy)]
pub(super) struct StuckBefore(pub(super) i64);

/// The term as a condition on an event `e`. A leading `+` keeps SQLite from choosing an index: which one, if any, is decided in
/// [`super::drive`].
pub(super) fn condition(sql: &mut Sql, term: &What, stuck: StuckBefore) {
    match term {
        What::Key(key, values) => key_condition(sql, *key, values),
        What::Is(all) => {
            sql.push("(");
            for (index, is) in all.iter().enumerate() {
                if index > 0 {
                    sql.push(" OR ");
                }
                is_condition(sql, *is, stuck);
            }
            sql.push(")");
        }
        What::Text(expression) => {
            sql.push("+e.sequence IN (SELECT rowid FROM search WHERE search MATCH ").bind(expression.clone()).push(")");
        }
        What::Common(expression) => {
            sql.push("found(").bind(expression.clone()).push(", e.sequence)");
        }
    }
}

fn key_condition(sql: &mut Sql, key: Key, values: &[Exact]) {
    match key {
        Key::Subject => {
            sql.push("(+e.subject_id IN ").bind_all(text_values(values));
            sql.push(" OR +e.subject_identifier IN ").bind_all(text_values(values)).push(")");
        }
        Key::Upload => {
            sql.push("+e.upload_id IN ").bind_all(text_values(values));
        }
        Key::Serial => {
            sql.push("+e.monitor_serial IN ").bind_all(text_values(values));
        }
        Key::Delivery => {
            sql.push("+e.delivery_id IN ").bind_all(text_values(values));
        }
        Key::Status | Key::Event | Key::Webhook | Key::Study | Key::Site => {
            let column = word_column(key).unwrap_or("event");
            sql.push("+e.").push(column).push(" IN ").bind_all(word_values(values));
        }
    }
}

fn is_condition(sql: &mut Sql, is: Is, StuckBefore(before): StuckBefore) {
    match is {
        Is::Error => sql.push("+e.failed = 1"),
        Is::Open => in_problems(sql, ProblemState::Open, before),
        Is::Acknowledged => in_problems(sql, ProblemState::Acknowledged, before),
        Is::Resolved => in_problems(sql, ProblemState::Resolved, before),
        Is::Stuck => sql.push("+e.upload IN (").push(STUCK).bind(before).push(")"),
        // A webhook is, no event of its.
        Is::Silent => sql.push("FALSE"),
        Is::Repeat => sql.push("+e.flags & ").bind(i64::from(Flags::REPEAT)).push(" <> 0"),
        Is::Unreadable => sql.push("+e.flags & ").bind(i64::from(Flags::UNREADABLE)).push(" <> 0"),
    };
}

/// A stored problem in this state, or an upload that is stuck and whose problem is.
fn in_problems(sql: &mut Sql, state: ProblemState, before: i64) -> &mut Sql {
    let state = codes::problem_state(state);
    sql.push("((SELECT state FROM problems WHERE id = e.problem) = ").bind(state);
    sql.push(" OR +e.problem IS NULL AND +e.upload IN (").push(STUCK).bind(before);
    sql.push(" AND coalesce(stuck_state, 0) = ").bind(state).push("))")
}

/// Uploads that are stuck; the instant follows.
const STUCK: &str = "SELECT id FROM uploads WHERE state = 0 AND started_at < ";

/// A `SELECT` of the sequences for which the term may hold, each arm on an index. May give too many; never too few.
pub(super) fn lookup(sql: &mut Sql, term: &What, StuckBefore(before): StuckBefore) {
    match term {
        What::Text(expression) | What::Common(expression) => {
            sql.push("SELECT rowid FROM search WHERE search MATCH ").bind(expression.clone());
        }
        What::Key(Key::Subject, values) => {
            sql.push("SELECT sequence FROM events WHERE subject IN (SELECT id FROM subjects WHERE subject_id IN ")
                .bind_all(text_values(values))
                .push(" UNION ALL SELECT subject FROM identifiers WHERE identifier IN ")
                .bind_all(text_values(values))
                .push(") UNION ALL SELECT sequence FROM events WHERE subject IS NULL AND subject_identifier IN ")
                .bind_all(text_values(values));
        }
        What::Key(Key::Upload, values) => {
            sql.push("SELECT sequence FROM events WHERE upload IN (SELECT id FROM uploads WHERE upload_id IN ")
                .bind_all(text_values(values))
                .push(") UNION ALL SELECT sequence FROM events WHERE upload IS NULL AND upload_id IN ")
                .bind_all(text_values(values));
        }
        What::Key(Key::Serial, values) => {
            sql.push("SELECT sequence FROM events WHERE monitor_serial IN ").bind_all(text_values(values));
        }
        What::Key(Key::Delivery, values) => {
            let keys = values.iter().map(|value| Value::from(codes::delivery_key(&value.text)));
            sql.push("SELECT sequence FROM events WHERE delivery_key IN ").bind_all(keys);
        }
        What::Key(key, values) => {
            let column = word_column(*key).unwrap_or("event");
            sql.push("SELECT sequence FROM events WHERE ").push(column).push(" IN ").bind_all(word_values(values));
        }
        What::Is(all) => {
            for (index, is) in all.iter().enumerate() {
                if index > 0 {
                    sql.push(" UNION ALL ");
                }
                is_lookup(sql, *is, before);
            }
        }
    }
}

/// Events of uploads that are stuck and whose problem, that of being stuck, is in the state.
pub(super) fn stuck_lookup(sql: &mut Sql, state: ProblemState, StuckBefore(before): StuckBefore) {
    sql.push("SELECT sequence FROM events WHERE problem IS NULL AND upload IN (").push(STUCK).bind(before);
    sql.push(" AND coalesce(stuck_state, 0) = ").bind(codes::problem_state(state)).push(")");
}

/// Whether [`lookup`] gives nothing too much: [`condition`] need not be asked again.
pub(super) fn is_exact(term: &What) -> bool {
    !matches!(term, What::Key(Key::Subject | Key::Delivery, _))
}

/// How many rows an `is:` has, about, and no more than `most` of each sort looked at: what decides whether they are few.
pub(super) fn estimate(sql: &mut Sql, all: &[Is], StuckBefore(before): StuckBefore, most: i64) {
    let up_to = |sql: &mut Sql, from: &str, values: &[i64]| {
        sql.push("(SELECT count(*) FROM (SELECT 1 FROM ").push(from);
        for value in values {
            sql.bind(*value);
        }
        sql.push(" LIMIT ").bind(most).push("))");
    };
    sql.push("SELECT 0");
    for is in all {
        sql.push(" + ");
        let state = match is {
            Is::Open => Some(ProblemState::Open),
            Is::Acknowledged => Some(ProblemState::Acknowledged),
            Is::Resolved => Some(ProblemState::Resolved),
            _ => None,
        };
        let flag = i64::from(if *is == Is::Repeat { Flags::REPEAT } else { Flags::UNREADABLE });
        match (is, state) {
            (_, Some(state)) => {
                up_to(sql, "problems WHERE state = ", &[codes::problem_state(state)]);
                sql.push(" + ");
                up_to(sql, "uploads WHERE state = 0 AND started_at < ", &[before]);
            }
            (Is::Silent, _) => {
                sql.push("0");
            }
            (Is::Stuck, _) => up_to(sql, "uploads WHERE state = 0 AND started_at < ", &[before]),
            (Is::Error, _) => {
                sql.push("(SELECT coalesce(sum(events), 0) FROM shapes WHERE failed = 1)");
            }
            _ => {
                sql.push("(SELECT coalesce(sum(events), 0) FROM shapes WHERE flags & ").bind(flag).push(" <> 0)");
            }
        }
    }
}

fn is_lookup(sql: &mut Sql, is: Is, before: i64) {
    let problems = |sql: &mut Sql, state| {
        sql.push("SELECT sequence FROM events WHERE problem IN (SELECT id FROM problems WHERE state = ")
            .bind(codes::problem_state(state));
        sql.push(") UNION ALL ");
        stuck_lookup(sql, state, StuckBefore(before));
    };
    match is {
        Is::Error => {
            sql.push("SELECT sequence FROM events WHERE failed = 1");
        }
        Is::Open => problems(sql, ProblemState::Open),
        Is::Acknowledged => problems(sql, ProblemState::Acknowledged),
        Is::Resolved => problems(sql, ProblemState::Resolved),
        Is::Stuck => {
            sql.push("SELECT sequence FROM events WHERE upload IN (").push(STUCK).bind(before).push(")");
        }
        Is::Silent => {
            sql.push("SELECT sequence FROM events WHERE FALSE");
        }
        Is::Repeat | Is::Unreadable => {
            let flag = if is == Is::Repeat { Flags::REPEAT } else { Flags::UNREADABLE };
            sql.push("SELECT sequence FROM events WHERE flags <> 0 AND flags & ").bind(i64::from(flag)).push(" <> 0");
        }
    }
}
