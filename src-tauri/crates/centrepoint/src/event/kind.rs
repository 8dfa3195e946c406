//! The kind of an event: a closed list of names, and room for names to come.

use std::fmt;

/// The kind of an event, from `X-ActiGraph-Event`, else guessed from the body's fields.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// `upload`: the final step of the pipeline.
    Upload,
    /// `raw_processing_complete`: the first step.
    RawProcessingComplete,
    /// `data_retrieval_complete`.
    DataRetrievalComplete,
    /// `daily_statistics_complete`.
    DailyStatisticsComplete,
    /// `cp2_daily_statistics_complete`.
    Cp2DailyStatisticsComplete,
    /// `validation`: the handshake.
    Validation,
    /// A name this version does not know, as sent; `unknown` where none was sent and none could be guessed.
    Unknown(String),
}

impl EventKind {
    const KNOWN: [Self; 6] = [
        Self::Upload,
        Self::RawProcessingComplete,
        Self::DataRetrievalComplete,
        Self::DailyStatisticsComplete,
        Self::Cp2DailyStatisticsComplete,
        Self::Validation,
    ];

    /// The kind of an event that has no name: its name is the empty text, which no vendor's event can have.
    #[must_use]
    pub fn unnamed() -> Self {
        Self::Unknown(String::new())
    }

    /// The kind a name stands for; known names in any casing, trailing commas and white space around it left out.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        let name = crate::headers::without_trailing_commas(name);
        if name.is_empty() {
            return Self::unnamed();
        }
        let known = Self::KNOWN.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(name));
        known.unwrap_or_else(|| Self::Unknown(name.to_owned()))
    }

    /// The name, as CentrePoint writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Upload => "upload",
            Self::RawProcessingComplete => "raw_processing_complete",
            Self::DataRetrievalComplete => "data_retrieval_complete",
            Self::DailyStatisticsComplete => "daily_statistics_complete",
            Self::Cp2DailyStatisticsComplete => "cp2_daily_statistics_complete",
            Self::Validation => "validation",
            Self::Unknown(name) => name,
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_are_known_in_any_casing_and_with_the_vendors_comma() {
        for kind in EventKind::KNOWN {
            assert_eq!(EventKind::from_name(kind.as_str()), kind);
            assert_eq!(EventKind::from_name(&format!(" {} , ", kind.as_str().to_ascii_uppercase())), kind);
        }
    }

    #[test]
    fn a_name_from_the_future_is_kept_as_sent() {
        assert_eq!(EventKind::from_name("Sleep_Report,"), EventKind::Unknown("Sleep_Report".to_owned()));
        assert_eq!(EventKind::from_name(" ,").as_str(), "");
    }
}
