//! Standard output, buffered, for lines of text and of JSON. A reader that goes away is no error of ours.

use std::io::{self, BufWriter, Stdout, Write};

use serde::Serialize;

/// Standard output.
pub(crate) struct Out(BufWriter<Stdout>);

impl Out {
    /// Of this process.
    pub(crate) fn new() -> Self {
        Self(BufWriter::new(io::stdout()))
    }

    /// Prints a line.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        self.0.write_all(text.as_bytes())?;
        self.0.write_all(b"\n")
    }

    /// Prints a value as one line of JSON.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        let text = serde_json::to_string(value)?;
        Ok(self.line(&text)?)
    }

    /// Hands on what is still held back. Every command ends with it, so that an error is seen.
    pub(crate) fn done(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Says something beside the result, on stderr.
pub(crate) fn note(text: &str) {
    // Where stderr is closed there is nobody to tell.
    let _ = writeln!(io::stderr(), "{text}");
}
