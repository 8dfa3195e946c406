//! Figures with their aims: a table for people, JSON for programs.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::harness::scrap;

/// One figure.
struct Line {
    name: String,
    unit: &'static str,
    value: f64,
    aim: Option<Aim>,
}

/// What a figure should be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Aim {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

impl Line {
    /// Whether the aim was met, where there is one.
    fn met(&self) -> Option<bool> {
        self.aim.map(|aim| match aim {
            Aim::AtLeast(aim) => self.value >= aim,
            Aim::AtMost(aim) => self.value <= aim,
        })
    }

    fn text(&self) -> String {
        let aim = match self.aim {
            None => String::new(),
            Some(Aim::AtLeast(aim)) => format!("  aim ≥ {aim}  "),
            Some(Aim::AtMost(aim)) => format!("  aim ≤ {aim}  "),
        };
        let met = self.met().map_or("", |met| if met { "met" } else { "MISSED" });
        format!("  {:<58} {:>12} {:<8}{aim}{met}", self.name, rounded(self.value), self.unit)
    }
}

/// The figures of one benchmark.
#[derive(Default)]
pub(crate) struct Report {
    lines: Vec<Line>,
    raw: serde_json::Map<String, Value>,
}

impl Report {
    /// Adds a figure.
    pub(crate) fn figure(&mut self, name: impl Into<String>, value: f64, unit: &'static str) {
        self.lines.push(Line { name: name.into(), unit, value, aim: None });
    }

    /// Adds a figure that has an aim.
    pub(crate) fn aimed(&mut self, name: impl Into<String>, value: f64, unit: &'static str, aim: Aim) {
        self.lines.push(Line { name: name.into(), unit, value, aim: Some(aim) });
    }

    /// Keeps the single measurements behind the figures.
    pub(crate) fn raw(&mut self, name: &str, values: &[f64]) {
        self.raw.insert(name.to_owned(), json!(values));
    }

    /// Prints the table and writes `target/bench/NAME.json`.
    pub(crate) fn publish(&self, bench: &str) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        writeln!(out, "\n{bench}")?;
        for line in &self.lines {
            writeln!(out, "{}", line.text())?;
        }
        let aimed = self.lines.iter().filter(|line| line.met().is_some()).count();
        let missed: Vec<&Line> = self.lines.iter().filter(|line| line.met() == Some(false)).collect();
        if aimed > 0 {
            writeln!(out, "{bench}: {} of {aimed} aims met", aimed - missed.len())?;
        }
        // Once more below a long table, so that nobody has to look for them.
        for line in &missed {
            writeln!(out, "{}", line.text())?;
        }
        let figures: Vec<Value> = self
            .lines
            .iter()
            .map(|line| {
                let (at_least, at_most) = match line.aim {
                    Some(Aim::AtLeast(aim)) => (Some(aim), None),
                    Some(Aim::AtMost(aim)) => (None, Some(aim)),
                    None => (None, None),
                };
                json!({ "name": line.name, "value": line.value, "unit": line.unit, "at_least": at_least, "at_most": at_most })
            })
            .collect();
        let folder = scrap().with_file_name("bench");
        std::fs::create_dir_all(&folder)?;
        let missed: Vec<&str> = missed.iter().map(|line| line.name.as_str()).collect();
        let document =
            json!({ "bench": bench, "aims": aimed, "missed": missed, "figures": figures, "measured": self.raw });
        std::fs::write(folder.join(format!("{bench}.json")), serde_json::to_vec_pretty(&document)?)?;
        Ok(())
    }
}

/// Three digits that matter, or whole numbers.
fn rounded(value: f64) -> String {
    if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.3}") }
}

/// The middle one; the machine drifts, and a mean would follow it.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The value that `percent` of them do not exceed.
pub(crate) fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

/// The median of the quotients of what was measured side by side.
pub(crate) fn ratio(of: &[f64], to: &[f64]) -> f64 {
    let quotients: Vec<f64> = of.iter().zip(to).map(|(of, to)| of / to).collect();
    median(&quotients)
}
