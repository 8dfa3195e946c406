//! The chain, row by row from the first on: what differs, and where the log was begun anew.

use rusqlite::Row;
use study::Action;

use super::chain::{Link, START};
use super::verify::Verdict;

/// The columns a walk reads, in their order.
pub(super) const COLUMNS: &str =
    "sequence, kind, at, webhook, authentication, source_ip, body_sha256, chain, head, body";

/// Where a walk stands.
pub(super) struct Walk {
    pub(super) verdict: Verdict,
    /// The newest row that was read.
    pub(super) sequence: i64,
    previous: [u8; 32],
    /// Numbers without a row over which the chain goes on: lost at a salvage, if a row says so.
    gaps: Vec<(i64, i64)>,
    /// The last row with which the chain begins again: its sequence, the rows before it, the last one's link.
    begun: Option<(i64, i64, [u8; 32])>,
    salvage: Salvage,
}

/// What is known of the salvage behind the last row with which the chain begins again.
enum Salvage {
    /// There is none to come, or what it brought over is here.
    Fine,
    /// It is not over.
    Due,
    /// What it brought over is not here as it was, in plain words.
    Differs(String),
}

impl Walk {
    pub(super) fn new() -> Self {
        Self {
            verdict: Verdict::default(),
            sequence: 0,
            previous: START,
            gaps: Vec::new(),
            begun: None,
            salvage: Salvage::Fine,
        }
    }

    /// The next row, with its [`COLUMNS`].
    pub(super) fn row(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let sequence: i64 = row.get(0)?;
        let at: i64 = row.get(2)?;
        let bytes = |column: usize| row.get_ref(column).map(|value| value.as_bytes_or_null().ok().flatten());
        let (kind, body_sha256) = (bytes(1)?.unwrap_or_default(), bytes(6)?.unwrap_or_default());
        let body = bytes(9)?.unwrap_or_default();
        if centrepoint::BodyDigest::of(body).0 != body_sha256 {
            self.verdict.differs(format!("row {sequence}: the body is not the one that was received"));
        }
        let link = Link {
            sequence,
            at,
            kind,
            webhook: bytes(3)?,
            authentication: bytes(4)?,
            source_ip: bytes(5)?,
            head: bytes(8)?,
            body_sha256,
        };
        let stored: [u8; 32] = bytes(7)?.and_then(|bytes| bytes.try_into().ok()).unwrap_or_default();
        let fits = link.after(&self.previous) == stored;
        let gap = (sequence != self.sequence + 1).then_some((self.sequence + 1, sequence - 1));
        let action: Option<Action> =
            (kind == super::ACTION.as_bytes()).then(|| serde_json::from_slice(body).ok()).flatten();
        match &action {
            Some(Action::LogBegun { file, reason }) if link.after(&START) == stored => {
                self.begins_anew(sequence, at, file.as_deref(), reason, gap);
            }
            _ if fits => self.gaps.extend(gap),
            _ => match gap {
                Some((first, last)) => self.verdict.differs(missing(first, last)),
                None => self.verdict.differs(format!("row {sequence}: it was changed, or the row before it was")),
            },
        }
        if let Some(Action::LogSalvaged { begun, rows, chain, doubtful, .. }) = &action {
            self.salvaged(sequence, *begun, *rows, chain.as_deref(), doubtful);
        }
        // Going on from the stored link tells a changed row from the sound ones after it.
        self.previous = stored;
        self.sequence = sequence;
        self.verdict.rows += 1;
        self.verdict.head = Some(stored);
        Ok(())
    }

    fn begins_anew(&mut self, sequence: i64, at: i64, file: Option<&str>, reason: &str, gap: Option<(i64, i64)>) {
        for (first, last) in self.gaps.drain(..) {
            self.verdict.note(format!("{}: lost with a damaged log", missing(first, last)));
        }
        if let Some((first, last)) = gap {
            self.verdict.note(format!(
                "{}: lost with the damaged log, or their numbers were never given",
                missing(first, last)
            ));
        }
        let when = jiff::Timestamp::from_microsecond(at).map_or_else(|_| at.to_string(), |at| at.to_string());
        let place = file.map_or_else(String::new, |file| format!("; the damaged file is {file}"));
        self.verdict
            .note(format!("row {sequence}: the log was begun anew on {when}, since it was damaged ({reason}){place}"));
        self.begun = Some((sequence, self.verdict.rows, self.previous));
        // Without a file there is nothing to salvage.
        self.salvage = if file.is_some() { Salvage::Due } else { Salvage::Fine };
    }

    fn salvaged(&mut self, sequence: i64, begun: i64, rows: i64, chain: Option<&str>, doubtful: &[i64]) {
        for row in doubtful {
            self.verdict.differs(format!("row {row}: it did not fit the chain of the damaged log it was read from"));
        }
        let Some((at, before, link)) = self.begun.filter(|(at, ..)| *at == begun) else { return };
        let link = (before > 0).then(|| centrepoint::BodyDigest(link).to_string());
        let same = before == rows && link.as_deref() == chain;
        self.verdict
            .note(format!("row {sequence}: {rows} rows of the damaged log were salvaged; they stand before row {at}"));
        self.salvage = if same {
            Salvage::Fine
        } else {
            let words = format!("rows before {at}: they are not the {rows} that were salvaged ({before} are here)");
            Salvage::Differs(words)
        };
    }

    /// After the last row.
    pub(super) fn end(mut self) -> Verdict {
        for (first, last) in self.gaps.drain(..) {
            self.verdict.differs(missing(first, last));
        }
        match self.salvage {
            Salvage::Differs(words) => self.verdict.differs(words),
            Salvage::Due => {
                let what =
                    "what can be read of the damaged log is not brought over yet; it is while the program receives";
                self.verdict.note(format!("row {}: {what}", self.begun.map_or(0, |(begun, ..)| begun)));
            }
            Salvage::Fine => {}
        }
        self.verdict
    }
}

fn missing(first: i64, last: i64) -> String {
    if first == last { format!("row {first} is missing") } else { format!("rows {first} to {last} are missing") }
}
