//! What the window remembers about itself: searches worth keeping, preferences, when it was last looked at. Kept in the state, not in the
//! log: none of it is part of the history. Nobody else is told of a change.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::times::rfc3339;
use crate::wire::{ApiError, SavedSearch};
use crate::{Monitor, query};

/// The setting the searches are under.
const SEARCHES: &str = "saved_searches";
/// The setting the preferences are under.
const PREFERENCES: &str = "preferences";
/// The setting with the instant of the last look.
const LOOKED: &str = "looked";
/// In microseconds.
const DAY: i64 = 24 * 3_600_000_000;

/// Searches kept at most.
const MOST: usize = 100;
/// The longest name of a search, in characters.
const NAME: usize = 60;
/// The lists a search can be of.
const VIEWS: [&str; 4] = ["events", "uploads", "problems", "subjects"];

/// The longest name of a preference.
const KEY: usize = 64;
/// All preferences together as JSON, in bytes.
const ROOM: usize = 64 * 1024;

impl Monitor {
    /// The searches kept, in their order.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn saved_searches(&self) -> Result<Vec<SavedSearch>, ApiError> {
        self.remembered(SEARCHES)
    }

    /// Replaces them all.
    ///
    /// # Errors
    /// `invalid` (or `query` with the place) for the first one that is not right, or why it could not be written.
    pub fn saved_searches_set(&self, searches: &[SavedSearch]) -> Result<(), ApiError> {
        if searches.len() > MOST {
            return Err(ApiError::invalid("searches", format!("{MOST} searches are the most that are kept")));
        }
        let mut names = BTreeSet::new();
        let mut checked = Vec::with_capacity(searches.len());
        for search in searches {
            let search = SavedSearch { name: search.name.trim().to_owned(), ..search.clone() };
            check(&search)?;
            if !names.insert(search.name.to_lowercase()) {
                let message = format!("there is a search called {} already", search.name);
                return Err(ApiError::invalid("name", message));
            }
            checked.push(search);
        }
        self.remember(SEARCHES, &serde_json::to_value(checked).map_err(unwritable)?)
    }

    /// What the window remembers about itself, by name.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn preferences(&self) -> Result<BTreeMap<String, Value>, ApiError> {
        self.remembered(PREFERENCES)
    }

    /// Sets one preference; null forgets it.
    ///
    /// # Errors
    /// `invalid` for a name that is none or where all of them would take more than 64 KiB, or why it could not be written.
    pub fn preference_set(&self, name: &str, value: Value) -> Result<(), ApiError> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
        if name.is_empty() || name.len() > KEY || !name.bytes().all(fits) {
            let message = format!("a preference's name is 1 to {KEY} small letters, digits, dots and hyphens");
            return Err(ApiError::invalid("name", message));
        }
        let _turn = self.remembering();
        let mut all = self.preferences()?;
        if value.is_null() {
            if all.remove(name).is_none() {
                return Ok(());
            }
        } else if all.insert(name.to_owned(), value).as_ref() == all.get(name) {
            return Ok(());
        }
        let all = serde_json::to_value(all).map_err(unwritable)?;
        if all.to_string().len() > ROOM {
            return Err(ApiError::invalid("value", "the window remembers too much already: 64 KiB is the most"));
        }
        self.remember(PREFERENCES, &all)
    }

    /// When [`Self::look`] was last called; `None`: never. Where the clock was set back over that moment, it goes back with it, so that
    /// nothing since is left out; a moment that is still ahead is taken for one a day ago.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn looked(&self) -> Result<Option<String>, ApiError> {
        let Some(mut at) = self.remembered::<Option<i64>>(LOOKED)? else { return Ok(None) };
        at -= self.set_back_over(at)?;
        let now = self.now();
        Ok(Some(rfc3339(if at > now { now.saturating_sub(DAY) } else { at })))
    }

    /// Notes that the window is being looked at now.
    ///
    /// # Errors
    /// What SQLite said.
    pub fn look(&self) -> Result<(), ApiError> {
        self.remember(LOOKED, &self.now().into())
    }

    /// What was kept under `name`. What another version wrote in another form is as good as nothing: it is a matter of comfort.
    fn remembered<T: serde::de::DeserializeOwned + Default>(&self, name: &str) -> Result<T, ApiError> {
        let Some(value) = self.state().setting(name)? else { return Ok(T::default()) };
        Ok(serde_json::from_value(value).unwrap_or_else(|error| {
            tracing::warn!(%error, name, "what the window remembered cannot be read");
            T::default()
        }))
    }

    fn remember(&self, name: &str, value: &Value) -> Result<(), ApiError> {
        Ok(self.state().set_setting_quietly(name, value)?)
    }
}

fn check(search: &SavedSearch) -> Result<(), ApiError> {
    let length = search.name.chars().count();
    if length == 0 || length > NAME || search.name.chars().any(char::is_control) {
        return Err(ApiError::invalid("name", format!("a search's name is one line of 1 to {NAME} characters")));
    }
    if !VIEWS.contains(&search.view.as_str()) {
        return Err(ApiError::invalid("view", format!("a search is of one of {}", VIEWS.join(", "))));
    }
    query::parse(&search.query).map(drop)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape map_err wants")]
fn unwritable(error: serde_json::Error) -> ApiError {
    ApiError::failed(format!("this cannot be kept: {error}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::Bench;
    use crate::wire::ErrorCode;

    fn search(name: &str, view: &str, query: &str) -> SavedSearch {
        SavedSearch { name: name.to_owned(), view: view.to_owned(), query: query.to_owned() }
    }

    #[test]
    fn searches_are_kept_in_their_order() {
        let bench = Bench::new();
        assert_eq!(bench.monitor().saved_searches().unwrap(), []);
        let kept = [search("Failed", "uploads", "status:error"), search("All", "events", "")];
        bench.monitor().saved_searches_set(&kept).unwrap();
        assert_eq!(bench.another().saved_searches().unwrap(), kept);
        bench.monitor().saved_searches_set(&[search("  Failed ", "uploads", "")]).unwrap();
        assert_eq!(bench.monitor().saved_searches().unwrap()[0].name, "Failed");
    }

    #[test]
    fn a_search_that_is_not_right_is_refused_and_the_others_stay() {
        let bench = Bench::new();
        let kept = [search("Failed", "uploads", "status:error")];
        bench.monitor().saved_searches_set(&kept).unwrap();
        let refused = |searches: &[SavedSearch]| {
            let error = bench.monitor().saved_searches_set(searches).unwrap_err();
            (error.code, error.field)
        };
        let invalid = |field: &str| (ErrorCode::Invalid, Some(field.to_owned()));
        assert_eq!(refused(&[search("", "events", "")]), invalid("name"));
        assert_eq!(refused(&[search("a\nb", "events", "")]), invalid("name"));
        assert_eq!(refused(&[search(&"é".repeat(61), "events", "")]), invalid("name"));
        assert_eq!(refused(&[search("A", "events", ""), search("a ", "events", "")]), invalid("name"));
        assert_eq!(refused(&[search("A", "settings", "")]), invalid("view"));
        assert_eq!(refused(&[search("A", "events", "colour:red")]), (ErrorCode::Query, None));
        let many: Vec<_> = (0..101).map(|n| search(&n.to_string(), "events", "")).collect();
        assert_eq!(refused(&many), invalid("searches"));
        bench.monitor().saved_searches_set(&many[..100]).unwrap();
        bench.monitor().saved_searches_set(&kept).unwrap();
        assert_eq!(bench.monitor().saved_searches().unwrap(), kept);
    }

    #[test]
    fn preferences_are_set_one_by_one_and_forgotten() {
        let bench = Bench::new();
        let monitor = bench.monitor();
        monitor.preference_set("zoom", json!(1.25)).unwrap();
        monitor.preference_set("events.columns", json!({ "order": ["status"] })).unwrap();
        monitor.preference_set("zoom", json!(1.5)).unwrap();
        let expected = BTreeMap::from([
            ("events.columns".to_owned(), json!({ "order": ["status"] })),
            ("zoom".to_owned(), json!(1.5)),
        ]);
        assert_eq!(bench.another().preferences().unwrap(), expected);
        monitor.preference_set("zoom", Value::Null).unwrap();
        monitor.preference_set("never", Value::Null).unwrap();
        assert_eq!(monitor.preferences().unwrap().len(), 1);
    }

    #[test]
    fn preferences_have_their_bounds() {
        let bench = Bench::new();
        for name in ["", "Zoom", "a b", "ü", "a/b", &"a".repeat(65)] {
            let error = bench.monitor().preference_set(name, json!(1)).unwrap_err();
            assert_eq!(error.field.as_deref(), Some("name"), "{name}");
        }
        bench.monitor().preference_set(&"a".repeat(64), json!("x".repeat(60_000))).unwrap();
        let error = bench.monitor().preference_set("b", json!("x".repeat(6_000))).unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("value")));
        bench.monitor().preference_set("b", json!("x")).unwrap();
    }

    #[test]
    fn preferences_set_at_once_are_all_kept() {
        let bench = Bench::new();
        std::thread::scope(|scope| {
            for n in 0..8 {
                let monitor = bench.monitor().clone();
                scope.spawn(move || monitor.preference_set(&format!("p{n}"), json!(n)).unwrap());
            }
        });
        assert_eq!(bench.monitor().preferences().unwrap().len(), 8);
    }

    #[test]
    fn the_last_look_is_remembered_across_processes() {
        let bench = Bench::new();
        assert_eq!(bench.monitor().looked().unwrap(), None);
        bench.monitor().look().unwrap();
        bench.later(90);
        bench.monitor().look().unwrap();
        assert_eq!(bench.another().looked().unwrap().as_deref(), Some("2026-08-22T14:06:30.000000Z"));
    }

    #[test]
    fn a_clock_that_was_set_back_leaves_nothing_out_since_the_last_look() {
        let bench = Bench::new();
        bench.monitor().look().unwrap();
        // By three hours, five minutes after the look: it was at five past eleven by the clock there is now.
        let instant = |text: &str| text.parse().unwrap();
        let set =
            study::Action::ClockSet { from: instant("2026-08-22T14:10:00Z"), to: instant("2026-08-22T11:10:00Z") };
        bench.later(300 - 3 * 3600);
        bench.monitor().append(&[set]).unwrap();
        bench.later(6 * 3600);
        assert_eq!(bench.monitor().looked().unwrap().as_deref(), Some("2026-08-22T11:05:00.000000Z"));
    }

    #[test]
    fn a_look_that_lies_ahead_is_taken_for_one_a_day_ago() {
        let bench = Bench::new();
        bench.monitor().look().unwrap();
        bench.later(-3600);
        assert_eq!(bench.monitor().looked().unwrap().as_deref(), Some("2026-08-21T13:05:00.000000Z"));
    }

    #[test]
    fn nobody_is_told_of_what_the_window_remembers() {
        let bench = Bench::new();
        let monitor = bench.monitor();
        let version = monitor.state().version().unwrap();
        let pulse = *monitor.watch_pulse().borrow();
        monitor.look().unwrap();
        monitor.preference_set("zoom", json!(2)).unwrap();
        monitor.saved_searches_set(&[search("All", "events", "")]).unwrap();
        assert_eq!(monitor.state().version().unwrap(), version, "a change of version makes every view ask again");
        assert_eq!(*monitor.watch_pulse().borrow(), pulse);
    }
}
