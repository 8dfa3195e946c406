//! The inbox: problems of one kind and one family as one group, the stuck uploads as another,
//! the silent webhooks as a third.
//!
//! One walk over what matches, kept to what a group needs: SQLite would sort it several times over for the same figures. It takes the longer
//! the more problems match, and no longer for more events: about 1 ms for a thousand problems.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use rusqlite::Connection;
use study::Query;

use super::lists::{Along, Compiled};
use super::problems::{Problems, group, kind_of, one};
use super::silent;
use super::sql::Sql;
use super::terms::StuckBefore;
use super::uploads::Uploads;
use super::words::WordFinder;
use super::{History, Lens};
use crate::StoreError;
use crate::rows::{ProblemGroup, ProblemGroups};
use crate::view::codes;

/// Groups of an answer at most.
const MOST_GROUPS: usize = 200;
/// Ids of a group at most.
const MOST_IDS: usize = 500;
/// Whole rows of a group at most.
const MOST_ROWS: usize = 100;
/// Whole rows of each group where there are many.
const FEWEST_ROWS: usize = 5;
/// Whole rows of an answer, shared among its groups, unless that gave each fewer than [`FEWEST_ROWS`].
const ROWS: usize = 1_000;

impl History {
    /// The groups of problems that match, stuck uploads among them; without those put aside unless `snoozed`.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn problem_groups(&self, query: &Query, snoozed: bool, lens: &Lens) -> Result<ProblemGroups, StoreError> {
        self.groups(query, snoozed, (MOST_GROUPS, None), lens)
    }

    /// The `most` groups something last happened to, without what is put aside; each with its newest problem alone.
    ///
    /// # Errors
    /// As [`Self::events`].
    pub fn problem_glimpse(&self, query: &Query, most: usize, lens: &Lens) -> Result<ProblemGroups, StoreError> {
        self.groups(query, false, (most, Some(1)), lens)
    }

    /// At most so many groups, each with at most so many rows; `None`: as many as an answer has room for.
    fn groups(
        &self,
        query: &Query,
        snoozed: bool,
        (most, rows): (usize, Option<usize>),
        lens: &Lens,
    ) -> Result<ProblemGroups, StoreError> {
        self.readers.ask("grouping the problems", |reader| {
            let connection = reader.connection();
            let compiled = Compiled::new(reader, query, lens)?.of_all();
            let mut members = stored(connection, &compiled, lens)?;
            members.extend(stuck(connection, &compiled, lens)?);
            members.extend(silent(connection, query, lens)?);
            members.sort_unstable_by_key(|member| Reverse((member.opened_at, member.id)));
            let mut inbox = Inbox { with_snoozed: snoozed, groups: HashMap::new(), problems: 0, snoozed: 0 };
            for member in &members {
                inbox.add(member);
            }
            let mut groups: Vec<_> = inbox.groups.into_iter().collect();
            groups.sort_unstable_by_key(|(key, group)| (Reverse(group.last_at), *key));
            groups.truncate(most);
            let rows = rows.unwrap_or_else(|| (ROWS / groups.len().max(1)).clamp(FEWEST_ROWS, MOST_ROWS));
            let mut words = WordFinder::new(connection)?;
            let groups =
                groups.into_iter().map(|(key, gathered)| told(connection, &mut words, key, gathered, rows, lens));
            Ok(ProblemGroups {
                sequence: reader.sequence(),
                groups: groups.collect::<rusqlite::Result<_>>()?,
                problems: inbox.problems,
                snoozed: inbox.snoozed,
            })
        })
    }
}

/// What identifies a group: the kind's code and the family's word.
type Key = (i64, i64);

/// A problem, as far as groups need it.
struct Member {
    id: i64,
    key: Key,
    state: i64,
    subject: Option<i64>,
    events: i64,
    opened_at: i64,
    last_at: i64,
    snoozed: bool,
}

/// A group while it is gathered.
struct Gathered {
    problems: i64,
    open: i64,
    acknowledged: i64,
    subjects: HashSet<i64>,
    events: i64,
    first_at: i64,
    last_at: i64,
    ids: Vec<i64>,
}

struct Inbox {
    with_snoozed: bool,
    groups: HashMap<Key, Gathered>,
    problems: i64,
    snoozed: i64,
}

impl Inbox {
    /// Members come newest first.
    fn add(&mut self, member: &Member) {
        self.snoozed += i64::from(member.snoozed);
        if member.snoozed && !self.with_snoozed {
            return;
        }
        self.problems += 1;
        let group = self.groups.entry(member.key).or_insert_with(|| Gathered {
            problems: 0,
            open: 0,
            acknowledged: 0,
            subjects: HashSet::new(),
            events: 0,
            first_at: i64::MAX,
            last_at: i64::MIN,
            ids: Vec::new(),
        });
        group.problems += 1;
        group.open += i64::from(member.state == 0);
        group.acknowledged += i64::from(member.state == 1);
        group.subjects.extend(member.subject);
        group.events += member.events;
        group.first_at = group.first_at.min(member.opened_at);
        group.last_at = group.last_at.max(member.last_at);
        if group.ids.len() < MOST_IDS {
            group.ids.push(member.id);
        }
    }
}

fn stored(connection: &Connection, compiled: &Compiled<'_>, lens: &Lens) -> rusqlite::Result<Vec<Member>> {
    let mut matching = Sql::new(" WHERE TRUE");
    let along = compiled.conditions(&mut matching, &Problems)?;
    compiled.days.condition(&mut matching, "p.opened_at");
    let mut sql = Sql::new(
        "SELECT p.id, p.kind, p.family, p.state, p.subject, p.events, p.opened_at, p.last_at, p.snoozed_until FROM problems p ",
    );
    sql.push(if along == Along::Keys { "NOT INDEXED" } else { "INDEXED BY problems_inbox" }).append(&matching);
    members(connection, &sql, lens)
}

fn stuck(connection: &Connection, compiled: &Compiled<'_>, lens: &Lens) -> rusqlite::Result<Vec<Member>> {
    let StuckBefore(before) = lens.stuck_before();
    let mut sql = Sql::new(
        "SELECT u.started_sequence, 3, 0, coalesce(u.stuck_state, 0), u.subject, u.events, u.started_at, u.last_at,
             u.stuck_snoozed
         FROM uploads u INDEXED BY uploads_running WHERE u.state = 0 AND u.started_at < ",
    );
    sql.bind(before);
    compiled.conditions_on_few(&mut sql, &Uploads(lens.stuck_before()))?;
    compiled.days.earlier_by(lens.stuck_after).condition(&mut sql, "u.started_at");
    let mut found = members(connection, &sql, lens)?;
    for member in &mut found {
        member.opened_at = member.opened_at.saturating_add(lens.stuck_after);
        member.last_at = member.last_at.max(member.opened_at);
    }
    Ok(found)
}

fn silent(connection: &Connection, query: &Query, lens: &Lens) -> rusqlite::Result<Vec<Member>> {
    let rows = silent::matching(connection, query, lens)?;
    Ok(rows
        .into_iter()
        .map(|row| Member {
            id: row.id,
            key: (codes::problem_kind(row.kind), 0),
            state: codes::problem_state(row.state),
            subject: None,
            events: row.events,
            opened_at: row.opened_at,
            last_at: row.last_at,
            snoozed: row.snoozed_until.is_some(),
        })
        .collect())
}

fn members(connection: &Connection, sql: &Sql, lens: &Lens) -> rusqlite::Result<Vec<Member>> {
    let mut statement = connection.prepare_cached(&sql.text)?;
    let rows = statement.query_map(sql.params(), |row| {
        Ok(Member {
            id: row.get(0)?,
            key: (row.get(1)?, row.get(2)?),
            state: row.get(3)?,
            subject: row.get(4)?,
            events: row.get(5)?,
            opened_at: row.get(6)?,
            last_at: row.get(7)?,
            snoozed: row.get::<_, Option<i64>>(8)?.is_some_and(|until| until > lens.now),
        })
    })?;
    rows.collect()
}

fn told(
    connection: &Connection,
    words: &mut WordFinder<'_>,
    (kind, family): Key,
    gathered: Gathered,
    rows: usize,
    lens: &Lens,
) -> rusqlite::Result<ProblemGroup> {
    let newest = gathered.ids.iter().take(rows).filter_map(|id| one(connection, words, *id, lens).transpose());
    let newest = newest.collect::<rusqlite::Result<_>>()?;
    let kind = kind_of(kind);
    Ok(ProblemGroup {
        group: group(kind, family, words)?,
        kind,
        problems: gathered.problems,
        open: gathered.open,
        acknowledged: gathered.acknowledged,
        subjects: i64::try_from(gathered.subjects.len()).unwrap_or(i64::MAX),
        events: gathered.events,
        first_at: gathered.first_at,
        last_at: gathered.last_at,
        newest,
        ids: gathered.ids,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use study::{Action, ProblemKind};

    use super::*;
    use crate::fixture::{Fixture, HOUR, NOW, arrival, lens, page, upload};

    fn error(id: &str, subject: &str, message: &str, minutes_ago: i64) -> crate::NewArrival {
        let body = format!(
            r#"{{"uploadId":"{id}","studyId":"189","subjectId":"{subject}","status":"error","message":"{message}"}}"#
        );
        arrival("upload", &format!("d-{id}-{minutes_ago}"), minutes_ago, &body)
    }

    fn snooze(problem: i64) -> Action {
        let until = jiff::Timestamp::from_microsecond(NOW + HOUR).unwrap();
        Action::Snooze { problem, by: "Ann".to_owned(), until }
    }

    fn groups(fixture: &Fixture, query: &str, snoozed: bool) -> ProblemGroups {
        fixture.history().problem_groups(&page(query).query, snoozed, &lens()).unwrap()
    }

    fn told(groups: &ProblemGroups) -> Vec<(&str, Vec<i64>)> {
        groups.groups.iter().map(|group| (group.group.as_str(), group.ids.clone())).collect()
    }

    #[test]
    fn one_trouble_is_one_group() {
        let fixture = Fixture::with([
            upload("9", "7", "started", "d-0", 500),
            error("1", "7", "Battery of TAS1H30182785 low", 90),
            error("2", "8", "battery of TAS1H30182999 LOW.", 80),
            error("3", "8", "no file", 70),
            error("2", "8", "Battery of TAS1H30182999 low", 60),
            arrival("upload", "d-9", 50, "no json"),
        ]);
        fixture.act(&Action::Acknowledge { problem: 2, by: "Ann".to_owned(), note: None });
        let all = groups(&fixture, "", false);
        let unreadable = &all.groups[0];
        assert_eq!((unreadable.kind, &unreadable.ids), (ProblemKind::Unreadable, &vec![6]));
        let battery = &all.groups[1];
        assert_eq!((battery.group.as_str(), &battery.ids), ("upload_error:battery of # low", &vec![3, 2]));
        assert_eq!((battery.problems, battery.open, battery.acknowledged), (2, 1, 1));
        assert_eq!((battery.subjects, battery.events), (2, 3));
        assert_eq!((battery.first_at, battery.last_at), (NOW - 90 * 60_000_000, NOW - 60 * 60_000_000));
        assert_eq!(battery.newest.iter().map(|row| row.id).collect::<Vec<_>>(), [3, 2]);
        assert!(battery.newest.iter().all(|row| row.group == battery.group), "a row says which group it is in");
        assert_eq!(told(&all)[2..], [("upload_error:no file", vec![4]), ("stuck_upload:", vec![1])]);
        assert_eq!((all.problems, all.snoozed, all.sequence), (5, 0, 7));
        assert_eq!(told(&groups(&fixture, "is:acknowledged", false)), [("upload_error:battery of # low", vec![2])]);
        assert_eq!(told(&groups(&fixture, "subject:7 is:open", false)), [("stuck_upload:", vec![1])]);
    }

    #[test]
    fn what_is_put_aside_is_counted_and_shown_when_asked_for() {
        let fixture = Fixture::with([
            upload("9", "7", "started", "d-0", 500),
            error("1", "7", "no file", 90),
            error("2", "8", "no file", 80),
        ]);
        for problem in [1, 2] {
            fixture.act(&snooze(problem));
        }
        let awake = groups(&fixture, "is:open", false);
        assert_eq!((told(&awake), awake.problems, awake.snoozed), (vec![("upload_error:no file", vec![3])], 1, 2));
        let all = groups(&fixture, "is:open", true);
        assert_eq!((all.problems, all.snoozed, all.groups.len()), (3, 2, 2));
        assert_eq!(groups(&fixture, "subject:8", false).snoozed, 0, "only what matches");
    }

    #[test]
    fn answers_are_bounded_and_counts_exact() {
        let numbers = |n: i64| (0..n).map(|n| error(&format!("a{n}"), &format!("s{}", n % 7), "no file", 900 - n));
        let letters = |n: i64| {
            let word = |n: i64| (0..8).map(|bit| if n >> bit & 1 == 1 { 'y' } else { 'x' }).collect::<String>();
            (0..n).map(move |n| error(&format!("b{n}"), "s", &word(n), 100))
        };
        let fixture = Fixture::with(numbers(501).chain(letters(210)));
        let all = groups(&fixture, "", false);
        assert_eq!((all.groups.len(), all.problems), (200, 711));
        assert!(all.groups.iter().all(|group| group.newest.len() <= FEWEST_ROWS));
        let few = groups(&fixture, "upload:a1 upload:a2 subject:s1 subject:s2", false);
        assert_eq!((few.problems, few.groups[0].subjects), (2, 2));
        let file = groups(&fixture, "file", false);
        let group = &file.groups[0];
        assert_eq!((group.problems, group.ids.len(), group.newest.len(), group.subjects), (501, 500, 100, 7));
        assert_eq!(group.ids[0], 501, "newest first");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

        #[test]
        fn groups_are_the_list_sorted_into_piles(entries in prop::collection::vec((0..6_u8, 0..4_u8, 0..3_u8), 0..40), aside in 1..20_i64) {
            let fixture = Fixture::with(entries.iter().zip(1..).map(|((id, message, subject), n)| {
                error(&format!("{id}"), &format!("s{subject}"), &"x".repeat(usize::from(*message)), 600 - n)
            }));
            fixture.act(&snooze(aside));
            let found = groups(&fixture, "", true);
            let rows = fixture.history().problems(&page(""), &lens()).unwrap().rows;
            prop_assert_eq!(found.problems, i64::try_from(rows.len()).unwrap());
            for group in &found.groups {
                let members: Vec<_> = rows.iter().filter(|row| row.group == group.group).cloned().collect();
                prop_assert_eq!(&group.newest, &members);
                prop_assert_eq!(group.events, members.iter().map(|row| row.events).sum::<i64>());
                prop_assert_eq!(group.last_at, members.iter().map(|row| row.last_at).max().unwrap());
            }
            let awake = groups(&fixture, "", false);
            prop_assert_eq!(awake.problems + awake.snoozed, found.problems);
        }
    }
}
