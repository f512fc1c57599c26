//! What a rule says of itself.

use rsigma_parser::{SigmaRule, Status};

/// A rule that is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id, or its title where it has none.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How grave its writer holds a match to be.
    pub level: Option<Level>,
    /// How well it is tried.
    pub maturity: Maturity,
    /// What it looks for.
    pub description: Option<String>,
    /// Where to read on.
    pub references: Vec<String>,
    /// What else may look the same.
    pub false_positives: Vec<String>,
    /// The fields that it asks for, sorted.
    pub fields: Vec<String>,
    /// The file that it stands in.
    pub file: String,
}

/// How grave a match is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Told for completeness.
    Informational,
    /// Rarely of interest.
    Low,
    /// To be looked at.
    Medium,
    /// To be looked at soon.
    High,
    /// To be looked at now.
    Critical,
}

/// How well a rule is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Maturity {
    /// It does not say, or is called experimental.
    Experimental,
    /// It was tried, and may need to be tuned.
    Test,
    /// It may be used as it is.
    Stable,
}

impl Rule {
    pub(crate) fn of(rule: &SigmaRule, file: &str, fields: Vec<String>) -> Self {
        let trimmed = |text: &String| text.trim().to_owned();
        Self {
            id: name_of(rule),
            title: rule.title.trim().to_owned(),
            level: rule.level.map(|level| match level {
                rsigma_parser::Level::Informational => Level::Informational,
                rsigma_parser::Level::Low => Level::Low,
                rsigma_parser::Level::Medium => Level::Medium,
                rsigma_parser::Level::High => Level::High,
                rsigma_parser::Level::Critical => Level::Critical,
            }),
            maturity: match rule.status {
                Some(Status::Stable) => Maturity::Stable,
                Some(Status::Test) => Maturity::Test,
                _ => Maturity::Experimental,
            },
            description: rule.description.as_ref().map(trimmed),
            references: rule.references.iter().map(trimmed).collect(),
            false_positives: rule.falsepositives.iter().map(trimmed).collect(),
            fields,
            file: file.to_owned(),
        }
    }
}

/// What a rule is called: two rules of one name would be taken for one.
pub(crate) fn name_of(rule: &SigmaRule) -> String {
    rule.id.as_deref().map(str::trim).filter(|id| !id.is_empty()).unwrap_or(&rule.title).to_owned()
}
