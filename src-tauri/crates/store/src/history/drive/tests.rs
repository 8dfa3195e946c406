//! The compiled statements, to be looked at; that they find the right rows is tested with the lists.

use std::fmt::Write;

use rusqlite::types::Value;

use super::*;
use crate::fixture::lens;

/// Pretends that `rows(place)` is how many rows the term at that place leaves.
fn compiled(text: &str, rows: &[i64]) -> String {
    let query = Query::parse(text).unwrap();
    let resolve = |known: Known<'_>| {
        Ok(match known {
            Known::Word("error") => Some(4),
            Known::Word("completed") => Some(5),
            Known::Word("upload") => Some(6),
            Known::Word("189") => Some(7),
            Known::Token("\u{e000}0f9g3fde8baf") => Some(8),
            Known::Word(_) | Known::Token(_) => None,
        })
    };
    let mut ready = Ready::resolved(&query, &lens(), &resolve).unwrap();
    let asked = std::cell::Cell::new(0);
    let count = |_: &Sql| {
        let answer = rows.get(asked.get() % rows.len().max(1)).copied().unwrap_or(i64::MAX);
        asked.set(asked.get() + 1);
        Ok(answer)
    };
    (ready.drive, ready.few) = ready.choose(THRESHOLDS, &count, &|_| Ok(None)).unwrap();
    if !ready.days.is_open() {
        ready.sequences = Some((100, 200));
    }
    let mut sql = ready.select("e.sequence", With::Nothing, Range { before: Some(50), after: None });
    sql.push(" ORDER BY ").push(ready.order_column()).push(" DESC LIMIT ").bind(10);
    let mut told = format!("{text}  {rows:?}\n{}\n", sql.text);
    for (index, value) in sql.values.iter().enumerate() {
        let shown = match value {
            Value::Integer(number) => number.to_string(),
            Value::Text(text) => format!("{text:?}"),
            other => format!("{other:?}"),
        };
        write!(told, "  ?{} = {shown}", index + 1).unwrap();
    }
    told
}

#[test]
fn statements() {
    let many = 1_000_000;
    let all = [
        compiled("", &[]),
        compiled("status:error", &[many]),
        compiled("status:error status:completed event:upload", &[many, many, 900]),
        compiled("status:never-seen", &[0]),
        compiled("-status:never-seen -study:189", &[]),
        compiled("subject:7 status:error", &[3, many]),
        compiled("subject:7 -subject:LBL", &[many]),
        compiled("upload:1 serial:TAS1Z12345678 delivery:0f9G3fde-8Baf", &[3, 9, 1]),
        compiled(r#"checksum "block 17" -differs"#, &[many]),
        compiled("0f9G3fde-8Baf", &[many]),
        compiled("checksum status:error", &[many, 5]),
        compiled("x' OR 1=1 NEAR(a)", &[many]),
        compiled("is:error", &[many]),
        compiled("is:open is:stuck -is:repeat is:unreadable", &[2]),
        compiled("is:acknowledged is:resolved", &[many]),
        compiled("after:2026-08-01 before:2026-08-22", &[]),
    ];
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn quotes_and_syntax_of_the_search_index_are_only_text() {
    let query = Query {
        texts: vec![study::query::Text { phrase: "a\" OR \"b\0c*^".to_owned(), excluded: false }],
        ..Query::default()
    };
    let terms = terms::of(&query, &|_| Ok(None)).unwrap();
    assert!(matches!(&terms[0].what, What::Text(expression) if expression == "(\"a\"\" OR \"\"b c*^\")"), "{terms:?}");
}
