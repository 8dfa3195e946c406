//! A query taken apart as it was typed, for chips. The parser that answers the query does it: there is no second one to differ from it.

use super::parse::{self, Term};
use super::{Query, QueryError};

/// One term as typed. Places are in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedTerm {
    /// First character of the term, its `-` included.
    pub start: usize,
    /// One past its last.
    pub end: usize,
    /// The key in lower case, without its colon; `None` for a word or a phrase.
    pub key: Option<String>,
    /// The value, word or phrase as typed, without its quotes; a control character in it is a space.
    pub value: String,
    /// It began with `-`.
    pub excluded: bool,
}

/// A query taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// What is understood, in order: all of it where there is no error, what stands before the error otherwise.
    pub terms: Vec<TypedTerm>,
    /// What [`Query::parse`] refuses it for.
    pub error: Option<QueryError>,
}

impl Query {
    /// Takes `text` apart. There is an error exactly where [`Query::parse`] has one, and it is that one.
    #[must_use]
    pub fn terms(text: &str) -> Typed {
        let mut terms = Vec::new();
        let error = parse::parse(text, |term| terms.push(typed(term))).err();
        Typed { terms, error }
    }
}

fn typed(term: &Term) -> TypedTerm {
    TypedTerm {
        start: term.start,
        end: term.end,
        key: term.key.as_ref().map(|key| key.text.to_lowercase()),
        value: term.value.text.clone(),
        excluded: term.excluded,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_query_is_taken_apart_with_its_places() {
        let typed = Query::terms(" -Status:error \"low  battery\" né");
        let terms: Vec<_> =
            typed.terms.iter().map(|t| (t.start, t.end, t.key.as_deref(), &*t.value, t.excluded)).collect();
        assert_eq!(
            terms,
            [
                (1, 14, Some("status"), "error", true),
                (15, 29, None, "low  battery", false),
                (30, 32, None, "né", false)
            ]
        );
        assert_eq!(typed.error, None);
    }

    #[test]
    fn what_stands_before_an_error_is_kept() {
        let typed = Query::terms("battery colour:red site:4");
        assert_eq!(typed.terms.iter().map(|term| &*term.value).collect::<Vec<_>>(), ["battery"]);
        assert_eq!(typed.error.map(|error| (error.start, error.end)), Some((8, 14)));
    }

    fn any_text() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            Just("status:error".to_owned()),
            Just("-SITE:\"1 \"\"2\"".to_owned()),
            Just("is:open".to_owned()),
            Just("after:2026-08-22".to_owned()),
            Just("colour:red".to_owned()),
            Just("\"".to_owned()),
            Just("-".to_owned()),
            Just("\u{7}".to_owned()),
            Just("𝒳é".to_owned()),
            "[a-z:\" -]{0,6}",
            "\\PC{0,4}",
        ];
        let space = prop_oneof![Just(" "), Just("  "), Just("\t"), Just("")];
        proptest::collection::vec((part, space), 0..8)
            .prop_map(|parts| parts.into_iter().map(|(part, space)| part + space).collect())
    }

    proptest! {
        #[test]
        fn there_is_an_error_exactly_where_the_query_is_refused(text in any_text()) {
            prop_assert_eq!(Query::terms(&text).error, Query::parse(&text).err());
        }

        #[test]
        fn places_cover_the_terms_and_nothing_else(text in any_text()) {
            let typed = Query::terms(&text);
            let characters: Vec<char> = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            let mut end = 0;
            for term in &typed.terms {
                prop_assert!(characters[end..term.start].iter().all(|c| c.is_whitespace()), "{text:?}: {term:?}");
                prop_assert!(term.start < term.end && term.end <= characters.len());
                end = term.end;
            }
            if typed.error.is_none() {
                prop_assert!(characters[end..].iter().all(|c| c.is_whitespace()), "{text:?}: something is left");
            }
        }

        #[test]
        fn each_term_alone_means_what_it_means_among_the_others(text in any_text()) {
            let typed = Query::terms(&text);
            let characters: Vec<char> = text.chars().collect();
            for term in typed.terms {
                let alone: String = characters[term.start..term.end].iter().collect();
                let again = Query::terms(&alone);
                let moved = TypedTerm { start: 0, end: term.end - term.start, ..term };
                prop_assert_eq!(again.terms, vec![moved]);
            }
        }

        #[test]
        fn the_terms_together_are_the_query(text in any_text()) {
            let typed = Query::terms(&text);
            let characters: Vec<char> = text.chars().collect();
            let parts: Vec<String> = typed.terms.iter().map(|t| characters[t.start..t.end].iter().collect()).collect();
            if typed.error.is_none() {
                prop_assert_eq!(Query::parse(&parts.join(" ")), Query::parse(&text));
            }
        }
    }
}
