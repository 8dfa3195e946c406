//! A webhook's silence in words: `webhook silence`.

use api::wire::{RhythmRow, SilenceRow};

use super::table::Local;

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// What is usual, what is judged by, and how it stands: one line each.
pub(crate) fn told(row: &SilenceRow, local: &Local) -> Vec<String> {
    let judged = match (row.rule.as_str(), row.hours) {
        ("off", _) => "its silence is never a problem".to_owned(),
        ("hours", Some(hours)) => format!("its silence is a problem after {hours} h"),
        _ => match &row.rhythm {
            Some(rhythm) => format!("its silence is a problem after {} of these hours", rhythm.alarm_after_hours),
            None => {
                "its silence is no problem until its rhythm is known (two weeks), unless hours are named".to_owned()
            }
        },
    };
    let usual = row.rhythm.as_ref().map_or_else(|| "not enough history yet".to_owned(), usual);
    let last = row
        .last_at
        .as_ref()
        .map_or_else(|| "nothing came yet".to_owned(), |at| format!("last heard {}", local.time(at)));
    let silent = row.silent_since.as_ref().map(|at| format!("SILENT: a problem since {}", local.time(at)));
    [usual, judged, last].into_iter().chain(silent).collect()
}

/// `usually something at least every 3 h, Monday to Friday between 7 and 21 (Europe/Rome)`
fn usual(rhythm: &RhythmRow) -> String {
    let every = match rhythm.every_hours {
        1 => "hour".to_owned(),
        hours => format!("{hours} h"),
    };
    let hours = match (rhythm.from_hour, rhythm.to_hour) {
        (0, 24) => String::new(),
        (from, to) => format!(" between {from} and {to}"),
    };
    format!("usually something at least every {every}, {}{hours} ({})", days(&rhythm.days), rhythm.time_zone)
}

fn days(busy: &[bool]) -> String {
    let all: Vec<usize> = (0..DAYS.len()).filter(|day| busy.get(*day).copied().unwrap_or(false)).collect();
    match all.as_slice() {
        [0, 1, 2, 3, 4, 5, 6] => "every day".to_owned(),
        [first, .., last] if all.len() > 2 && last - first + 1 == all.len() => {
            format!("{} to {}", DAYS[*first], DAYS[*last])
        }
        _ => all.iter().map(|day| DAYS[*day]).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rhythm_is_said_in_words() {
        let rhythm = |days: [bool; 7], from_hour, to_hour, every_hours| RhythmRow {
            days: days.to_vec(),
            from_hour,
            to_hour,
            every_hours,
            alarm_after_hours: 8,
            time_zone: "Europe/Rome".to_owned(),
        };
        let (t, f) = (true, false);
        for (row, expected) in [
            (
                rhythm([t, t, t, t, t, f, f], 7, 21, 3),
                "usually something at least every 3 h, Monday to Friday between 7 and 21 (Europe/Rome)",
            ),
            (rhythm([t; 7], 0, 24, 1), "usually something at least every hour, every day (Europe/Rome)"),
            (
                rhythm([t, f, f, t, f, f, f], 22, 3, 2),
                "usually something at least every 2 h, Monday, Thursday between 22 and 3 (Europe/Rome)",
            ),
        ] {
            assert_eq!(usual(&row), expected);
        }
    }
}
