//! What the search box asks besides the lists: its text taken apart, and values to complete it with.

use std::collections::BTreeSet;

use study::Query;
use study::query::{Key, TypedTerm};

use crate::Monitor;
use crate::wire::{ApiError, KnownValue, SearchTerm, SearchTerms, ValuesQuery};

/// Values proposed at most.
const PROPOSED: usize = 20;

impl Monitor {
    /// A query taken apart, by the parser that also answers it.
    #[must_use]
    pub fn search_terms(&self, text: &str) -> SearchTerms {
        taken_apart(text)
    }

    /// Values that exist, at most 20: those that begin with what is typed first.
    ///
    /// # Errors
    /// `invalid` for a key without values, `behind`, or what SQLite said.
    pub fn search_values(&self, ask: &ValuesQuery) -> Result<Vec<KnownValue>, ApiError> {
        let name = ask.key.to_lowercase();
        let key = Key::ALL.into_iter().find(|key| key.as_str() == name && *key != Key::Delivery);
        let key = key.ok_or_else(|| ApiError::invalid("key", format!("there are no values to propose for {name}:")))?;
        if ask.part.chars().count() > Query::MAX_VALUE_CHARACTERS {
            return Ok(Vec::new());
        }
        let found = self.history().suggest(key, &ask.part, PROPOSED)?;
        let found = found.into_iter().map(|one| KnownValue { value: one.value, label: one.label });
        if key == Key::Webhook { self.webhooks_like(&ask.part, found) } else { Ok(found.collect()) }
    }

    /// Webhooks by slug and by name, those that never received anything included.
    fn webhooks_like(&self, part: &str, used: impl Iterator<Item = KnownValue>) -> Result<Vec<KnownValue>, ApiError> {
        let part = part.to_lowercase();
        let (mut begin, mut hold) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        let registered = self
            .state()
            .webhooks()?
            .into_iter()
            .map(|webhook| KnownValue { value: webhook.slug.as_str().to_owned(), label: Some(webhook.name) });
        for known in registered.chain(used) {
            let texts = [known.value.to_lowercase(), known.label.as_deref().unwrap_or_default().to_lowercase()];
            if !texts.iter().any(|text| text.contains(&part)) || !seen.insert(known.value.clone()) {
                continue;
            }
            let begins = texts.iter().any(|text| text.starts_with(&part));
            if begins { begin.push(known) } else { hold.push(known) }
        }
        Ok(begin.into_iter().chain(hold).take(PROPOSED).collect())
    }
}

fn taken_apart(text: &str) -> SearchTerms {
    // What is too long is refused as a whole, as it is where it is answered.
    if let Err(error) = crate::query::short_enough(text) {
        return SearchTerms { terms: Vec::new(), error: Some(in_units(text, error)) };
    }
    let typed = Query::terms(text);
    let units = Units::of(text);
    SearchTerms {
        terms: typed.terms.into_iter().map(|term| units.term(text, term)).collect(),
        error: typed.error.map(|error| in_units(text, error.into())),
    }
}

/// The error with its place in UTF-16 units.
fn in_units(text: &str, error: ApiError) -> ApiError {
    let units = Units::of(text);
    let span = error.span.map(|(start, end)| (units.at(start), units.at(end)));
    ApiError { span, ..error }
}

/// Where each character of a text begins: in UTF-16 units and in bytes. One more for the end.
struct Units(Vec<(usize, usize)>);

impl Units {
    fn of(text: &str) -> Self {
        let mut places = Vec::with_capacity(text.len() + 1);
        let mut at = (0, 0);
        for character in text.chars() {
            places.push(at);
            at = (at.0 + character.len_utf16(), at.1 + character.len_utf8());
        }
        places.push(at);
        Self(places)
    }

    fn place(&self, character: usize) -> (usize, usize) {
        self.0.get(character).or(self.0.last()).copied().unwrap_or_default()
    }

    fn at(&self, character: usize) -> usize {
        self.place(character).0
    }

    fn term(&self, text: &str, term: TypedTerm) -> SearchTerm {
        let ((start, from), (end, to)) = (self.place(term.start), self.place(term.end));
        let unit = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        SearchTerm {
            start: unit(start),
            end: unit(end),
            text: text.get(from..to).unwrap_or_default().to_owned(),
            key: term.key,
            value: term.value,
            excluded: term.excluded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;
    use crate::wire::{ErrorCode, WebhookForm};

    #[test]
    fn places_are_those_a_text_box_counts() {
        let found = taken_apart("😀a -Site:\"Nord 🏥\" colour:red");
        let [word, site] = &found.terms[..] else { panic!("{found:?}") };
        assert_eq!((word.start, word.end, &*word.text), (0, 3, "😀a"));
        assert_eq!((site.start, site.end, &*site.text), (4, 19, "-Site:\"Nord 🏥\""));
        assert_eq!((site.key.as_deref(), &*site.value, site.excluded), (Some("site"), "Nord 🏥", true));
        let error = found.error.unwrap();
        assert_eq!((error.code, error.span), (ErrorCode::Query, Some((20, 26))));
    }

    #[test]
    fn an_endless_text_is_refused_like_everywhere() {
        let text = "a ".repeat(1_500);
        let found = taken_apart(&text);
        assert_eq!(found.error, crate::query::parse(&text).err());
        assert_eq!(found.terms, []);
    }

    #[test]
    fn webhooks_are_proposed_by_their_names_too() {
        let bench = Bench::new();
        for (slug, name) in [("alpha", "Sleep study"), ("beta", "Alphabet"), ("gamma", "The alpha one")] {
            let form = WebhookForm { slug: slug.to_owned(), name: name.to_owned(), ..form() };
            bench.monitor().webhook_add(&form).unwrap();
        }
        let ask = |key: &str, part: &str| {
            let found = bench.monitor().search_values(&ValuesQuery { key: key.to_owned(), part: part.to_owned() });
            found.map(|found| found.into_iter().map(|known| (known.value, known.label)).collect::<Vec<_>>())
        };
        let values = |part| ask("webhook", part).unwrap().into_iter().map(|(value, _)| value).collect::<Vec<_>>();
        assert_eq!(values("ALPHA"), ["beta", "alpha", "gamma"], "by name, those that only hold it last");
        assert_eq!(ask("Webhook", "sleep").unwrap(), [("alpha".to_owned(), Some("Sleep study".to_owned()))]);
        assert_eq!(ask("status", "").unwrap(), []);
        assert_eq!(ask("is", "").unwrap_err().code, ErrorCode::Invalid);
        assert_eq!(ask("delivery", "").unwrap_err().field.as_deref(), Some("key"));
    }

    fn form() -> WebhookForm {
        WebhookForm { authentication: "none".to_owned(), ..WebhookForm::default() }
    }
}
