//! The search box's text, understood or refused with the place.

use study::Query;

use crate::wire::ApiError;

/// The longest query, in characters: what a person types fits many times over.
const LONGEST: usize = 2_000;

/// Parses `text`.
pub(crate) fn parse(text: &str) -> Result<Query, ApiError> {
    short_enough(text)?;
    Ok(Query::parse(text)?)
}

/// Refuses what is longer than anybody types.
pub(crate) fn short_enough(text: &str) -> Result<(), ApiError> {
    let length = text.chars().count();
    if length > LONGEST {
        return Err(ApiError {
            code: crate::wire::ErrorCode::Query,
            message: format!("the search is longer than {LONGEST} characters"),
            span: Some((LONGEST, length)),
            field: None,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ErrorCode;

    #[test]
    fn what_is_not_understood_has_its_place() {
        let error = parse("battery colour:red").unwrap_err();
        assert_eq!((error.code, error.span.map(|span| span.0)), (ErrorCode::Query, Some(8)));
    }

    #[test]
    fn an_endless_query_is_refused_before_it_is_read() {
        let error = parse(&"a ".repeat(1_500)).unwrap_err();
        assert_eq!(error.span, Some((2_000, 3_000)));
    }
}
