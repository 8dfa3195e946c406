//! Plain tables: aligned columns, no frames, nothing a stranger's text could do to the terminal.

use api::Monitor;
use jiff::tz::TimeZone;

use super::out::Out;

/// The widest a column gets, in characters; the last one is never cut.
const WIDEST: usize = 40;

/// Rows to be aligned once all of them are there.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// With a line of headings.
    pub(crate) fn new<const N: usize>(headings: [&str; N]) -> Self {
        Self { rows: vec![headings.map(str::to_owned).to_vec()] }
    }

    /// Adds a row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.map(|cell| harmless(&cell)).to_vec());
    }

    /// Prints it, or `empty` where there is no row.
    pub(crate) fn print(&self, out: &mut Out, empty: &str) -> std::io::Result<()> {
        if self.rows.len() == 1 {
            return out.line(empty);
        }
        self.lines().iter().try_for_each(|line| out.line(line))
    }

    fn lines(&self) -> Vec<String> {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0).min(WIDEST)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let line = |row: &Vec<String>| {
            let last = row.len().saturating_sub(1);
            let cells = row.iter().enumerate().map(|(column, cell)| {
                let width = widths[column];
                if column == last { cell.clone() } else { format!("{:<width$}  ", cut(cell, width)) }
            });
            cells.collect::<String>().trim_end().to_owned()
        };
        self.rows.iter().map(line).collect()
    }
}

fn cut(cell: &str, width: usize) -> String {
    if cell.chars().count() <= width {
        return cell.to_owned();
    }
    cell.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// Without what moves a cursor, rings a bell or turns the direction of writing.
fn harmless(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || turns(c) { ' ' } else { c }).collect()
}

/// A value that may be unknown.
pub(crate) fn known(value: Option<&String>) -> String {
    value.cloned().unwrap_or_default()
}

/// Instants in the computer's zone.
pub(crate) struct Local {
    zone: TimeZone,
}

impl Local {
    pub(crate) fn of(monitor: &Monitor) -> Self {
        Self { zone: monitor.zone() }
    }

    /// A heading that says the zone: `RECEIVED (Europe/Rome)`.
    pub(crate) fn heading(&self, what: &str) -> String {
        format!("{what} ({})", self.zone.iana_name().unwrap_or("local time"))
    }

    /// `2026-08-22 16:05:33`
    pub(crate) fn time(&self, at: &str) -> String {
        let Some(micros) = api::times::micros(at) else { return at.to_owned() };
        let local = api::times::instant(micros).to_zoned_datetime(self.zone.clone());
        local.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// As [`Self::time`], empty where unknown.
    pub(crate) fn maybe(&self, at: Option<&String>) -> String {
        at.map(|at| self.time(at)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_the_last_one_is_whole() {
        let mut table = Table::new(["A", "LONGER", "MESSAGE"]);
        table.row(["é".to_owned(), "x".repeat(50), "y".repeat(60)]);
        table.row(["12".to_owned(), String::new(), String::new()]);
        let lines = table.lines();
        assert_eq!(lines[0], format!("A   LONGER{}  MESSAGE", " ".repeat(34)));
        assert_eq!(lines[1], format!("é   {}…  {}", "x".repeat(39), "y".repeat(60)));
        assert_eq!(lines[2], "12");
    }

    #[test]
    fn a_strangers_text_does_nothing_to_the_terminal() {
        assert_eq!(harmless("a\x1b[2Jb\nc\u{202e}d\u{7}"), "a [2Jb c d ");
    }

    #[test]
    fn times_are_local_and_the_heading_says_where() {
        let local = Local { zone: TimeZone::get("Europe/Rome").unwrap() };
        assert_eq!(local.time("2026-08-22T14:05:33.123456Z"), "2026-08-22 16:05:33");
        assert_eq!(local.heading("RECEIVED"), "RECEIVED (Europe/Rome)");
    }
}
