//! A list without a ceiling, out of pages that have one.

use api::wire::ApiError;

/// Rows of one page.
const PAGE: u32 = 1_000;

/// Asks for pages until `limit` rows were seen or there are no more. `ask` gets the key to go on from and how many rows;
/// `key` tells a row's; `each` takes it.
pub(crate) fn walk<T>(
    limit: u64,
    ask: impl Fn(Option<i64>, u32) -> Result<Vec<T>, ApiError>,
    key: impl Fn(&T) -> i64,
    mut each: impl FnMut(T) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut left = limit;
    let mut before = None;
    while left > 0 {
        let size = u32::try_from(left).unwrap_or(PAGE).min(PAGE);
        let rows = ask(before, size)?;
        let full = rows.len() == size as usize;
        for row in rows {
            before = Some(key(&row));
            each(row)?;
            left -= 1;
        }
        if !full {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(of: i64, limit: u64) -> Vec<i64> {
        let mut seen = Vec::new();
        let ask = |before: Option<i64>, size: u32| {
            let newest = before.unwrap_or(of);
            Ok((0..newest).rev().take(size as usize).collect())
        };
        walk(
            limit,
            ask,
            |key| *key,
            |key| {
                seen.push(key);
                Ok(())
            },
        )
        .unwrap();
        seen
    }

    #[test]
    fn pages_join_without_gap_or_repeat() {
        for (of, limit) in
            [(0, 100), (5, 100), (100, 100), (2_500, 100), (2_500, 2_000), (2_500, 2_001), (2_500, u64::MAX), (3, 0)]
        {
            let expected: Vec<i64> = (0..of).rev().take(usize::try_from(limit).unwrap()).collect();
            assert_eq!(keys(of, limit), expected, "{limit} of {of}");
        }
    }
}
