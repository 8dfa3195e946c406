//! Events as an Excel workbook: real date-times, ids as text, a header that stays and filters; continued on further sheets where one
//! is full. Streamed: rows come formatted from several threads, [`Book`] numbers, compresses and writes them as they come, so neither
//! memory nor a temporary file grows with the history.
//!
//! No formula is ever written: a text cell is an inline string, which no spreadsheet calculates, whatever it begins with.

mod book;
mod escape;
mod parts;
mod rows;

pub(crate) use book::Book;
pub(crate) use rows::Rows;

/// Stands for the row's number in formatted rows; [`Book`] knows it, the threads that format do not. No text has it: it is escaped.
const NUMBER: u8 = 1;

/// Ends each formatted row, and stands nowhere else in it.
const ROW_END: u8 = b'\n';

#[cfg(test)]
mod tests;
