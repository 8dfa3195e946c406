//! Each filter there is, alone and together, with values that this history has.

use anyhow::Context as _;
use store::History;
use store::history::Lens;
use study::Query;

use super::page;

/// Queries with their names.
pub(super) fn all(history: &History, lens: &Lens) -> anyhow::Result<Vec<(String, Query)>> {
    let newest = history.events(&page(&Query::default(), None), lens)?.rows;
    let row = newest.iter().find(|row| row.upload_id.is_some()).context("the history has no upload")?;
    let value = |value: &Option<String>| value.clone().unwrap_or_default();
    let day = |days: i64| {
        let instant =
            jiff::Timestamp::from_microsecond(lens.now - days * 86_400_000_000).map_err(anyhow::Error::from)?;
        Ok::<_, anyhow::Error>(instant.to_zoned_datetime(jiff::tz::TimeZone::UTC).date())
    };
    let (long_ago, lately) = (day(120)?, day(30)?);
    let all = [
        ("everything".to_owned(), String::new()),
        ("status, common".to_owned(), "status:completed".to_owned()),
        ("status, rare".to_owned(), "status:error".to_owned()),
        ("two statuses".to_owned(), "status:error status:started".to_owned()),
        ("not a status".to_owned(), "-status:started".to_owned()),
        ("event".to_owned(), "event:upload".to_owned()),
        ("webhook".to_owned(), format!("webhook:{}", row.webhook)),
        ("study".to_owned(), format!("study:{}", value(&row.study_id))),
        ("site".to_owned(), "site:12".to_owned()),
        ("event and status".to_owned(), "event:upload status:completed".to_owned()),
        ("subject".to_owned(), format!("subject:{}", value(&row.subject_id))),
        ("upload".to_owned(), format!("upload:{}", value(&row.upload_id))),
        ("serial".to_owned(), "serial:TAS1Z12345678".to_owned()),
        ("delivery".to_owned(), format!("delivery:{}", value(&row.delivery_id))),
        ("is:error".to_owned(), "is:error".to_owned()),
        ("is:open".to_owned(), "is:open".to_owned()),
        ("is:acknowledged".to_owned(), "is:acknowledged".to_owned()),
        ("is:resolved".to_owned(), "is:resolved".to_owned()),
        ("is:stuck".to_owned(), "is:stuck".to_owned()),
        ("is:repeat".to_owned(), "is:repeat".to_owned()),
        ("is:unreadable".to_owned(), "is:unreadable".to_owned()),
        ("after".to_owned(), format!("after:{long_ago}")),
        ("after and before".to_owned(), format!("after:{long_ago} before:{lately}")),
        ("status and days".to_owned(), format!("status:completed after:{long_ago} before:{lately}")),
        ("word, rare".to_owned(), "differs".to_owned()),
        ("word, common".to_owned(), "completed".to_owned()),
        ("word, of all".to_owned(), "189".to_owned()),
        ("word of nothing".to_owned(), "nowhere".to_owned()),
        ("two words".to_owned(), "completed 189".to_owned()),
        ("two words, one rare".to_owned(), "189 differs".to_owned()),
        ("phrase".to_owned(), "\"could not be parsed\"".to_owned()),
        ("phrase, common".to_owned(), "\"2026 06\"".to_owned()),
        ("not a word, common".to_owned(), "-completed".to_owned()),
        ("not a word, rare".to_owned(), "-differs".to_owned()),
        ("word and status".to_owned(), "completed status:completed".to_owned()),
        ("word and days".to_owned(), format!("completed after:{long_ago} before:{lately}")),
    ];
    all.into_iter().map(|(name, text)| Ok((name, Query::parse(&text)?))).collect()
}
