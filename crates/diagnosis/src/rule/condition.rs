//! What a rule wants of one field.

use std::cmp::Ordering;

use hvtriage_winfmt::FileVersion;

use crate::field::{Shape, Value};
use crate::yaml::{Content, Node, YamlError};

/// What the value of a field must be. A field that the source does not tell meets no test but
/// that it is not told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    AnyOf(Vec<Pattern>),
    Number(Comparison, u64),
    Decimal(Comparison, f64),
    Version(Comparison, FileVersion),
    Exists(bool),
}

/// A value, or the form of a text. Texts are compared without regard to case, as Windows compares
/// names; patterns are kept in lower case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Pattern {
    Number(u64),
    Decimal(f64),
    Flag(bool),
    /// `*` stands for any text.
    Glob(String),
    StartsWith(String),
    EndsWith(String),
    Contains(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    AtLeast,
    AtMost,
    Above,
    Below,
}

/// The modifiers that may stand behind a field's name, for messages.
pub(crate) const MODIFIERS: &str = "gte, lte, gt, lt, startswith, endswith, contains, version_gte, \
                                    version_lt, exists";

impl Test {
    /// Reads the test of a field of `shape` with `modifier`.
    pub(crate) fn read(
        node: &Node,
        path: &str,
        modifier: Option<&str>,
        shape: Shape,
    ) -> Result<Self, YamlError> {
        let is_text = matches!(shape, Shape::Text | Shape::List);
        let is_number = matches!(shape, Shape::Number | Shape::Code | Shape::Decimal);
        let comparison = match modifier {
            None => return any_of(node, path, shape, Pattern::Glob),
            Some("startswith") if is_text => {
                return any_of(node, path, shape, Pattern::StartsWith);
            }
            Some("endswith") if is_text => return any_of(node, path, shape, Pattern::EndsWith),
            Some("contains") if is_text => return any_of(node, path, shape, Pattern::Contains),
            Some("exists") => {
                return match node.content {
                    Content::Flag(flag) => Ok(Self::Exists(flag)),
                    _ => Err(node.error(format!("{path}|exists must be true or false"))),
                };
            }
            Some("gte" | "version_gte") => Comparison::AtLeast,
            Some("lte") => Comparison::AtMost,
            Some("gt") => Comparison::Above,
            Some("lt" | "version_lt") => Comparison::Below,
            Some(_) => return Err(no_such_modifier(node, path, modifier)),
        };
        let is_of_version = modifier.is_some_and(|modifier| modifier.starts_with("version_"));
        match &node.content {
            Content::Text(text) if is_of_version && is_text => text
                .parse()
                .map(|version| Self::Version(comparison, version))
                .map_err(|error| node.error(format!("{path}: {error}"))),
            _ if is_of_version || !is_number => Err(no_such_modifier(node, path, modifier)),
            Content::Number(number) if shape == Shape::Decimal => {
                Ok(Self::Decimal(comparison, small_decimal(*number)))
            }
            Content::Number(number) => Ok(Self::Number(comparison, *number)),
            Content::Decimal(number) if shape == Shape::Decimal => {
                Ok(Self::Decimal(comparison, *number))
            }
            _ => Err(node.error(format!("{path} must be {}", shape.wanted()))),
        }
    }

    pub(crate) fn holds(&self, value: Option<&Value>) -> bool {
        let Some(value) = value else { return *self == Self::Exists(false) };
        match (self, value) {
            (Self::Exists(wanted), _) => *wanted,
            (Self::AnyOf(patterns), Value::List(items)) => {
                items.iter().any(|item| patterns.iter().any(|pattern| pattern.fits_text(item)))
            }
            (Self::AnyOf(patterns), value) => patterns.iter().any(|pattern| pattern.fits(value)),
            (Self::Number(comparison, limit), Value::Number(number)) => {
                comparison.accepts(Some(number.cmp(limit)))
            }
            (Self::Decimal(comparison, limit), Value::Decimal(number)) => {
                comparison.accepts(number.partial_cmp(limit))
            }
            (Self::Version(comparison, limit), Value::Text(text)) => {
                let version: Option<FileVersion> = text.parse().ok();
                comparison.accepts(version.and_then(|version| version.compare(*limit)))
            }
            _ => false,
        }
    }
}

impl Pattern {
    fn fits(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Number(wanted), Value::Number(number)) => wanted == number,
            (Self::Decimal(wanted), Value::Decimal(number)) => wanted == number,
            (Self::Flag(wanted), Value::Flag(flag)) => wanted == flag,
            (_, Value::Text(text)) => self.fits_text(text),
            _ => false,
        }
    }

    fn fits_text(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        match self {
            Self::Glob(pattern) => glob(pattern, &text),
            Self::StartsWith(start) => text.starts_with(start),
            Self::EndsWith(end) => text.ends_with(end),
            Self::Contains(part) => text.contains(part),
            Self::Number(_) | Self::Decimal(_) | Self::Flag(_) => false,
        }
    }
}

impl Comparison {
    /// Versions of different branches, and what is no number, do not compare.
    fn accepts(self, ordering: Option<Ordering>) -> bool {
        ordering.is_some_and(|ordering| match self {
            Self::AtLeast => ordering.is_ge(),
            Self::AtMost => ordering.is_le(),
            Self::Above => ordering.is_gt(),
            Self::Below => ordering.is_lt(),
        })
    }
}

fn any_of(
    node: &Node,
    path: &str,
    shape: Shape,
    of_text: fn(String) -> Pattern,
) -> Result<Test, YamlError> {
    let patterns: Result<Vec<Pattern>, YamlError> =
        node.as_items().iter().map(|item| pattern(item, path, shape, of_text)).collect();
    let patterns = patterns?;
    if patterns.is_empty() {
        return Err(node.error(format!("{path} needs a value")));
    }
    Ok(Test::AnyOf(patterns))
}

fn pattern(
    node: &Node,
    path: &str,
    shape: Shape,
    of_text: fn(String) -> Pattern,
) -> Result<Pattern, YamlError> {
    match (&node.content, shape) {
        (Content::Number(number), Shape::Number | Shape::Code) => Ok(Pattern::Number(*number)),
        (Content::Number(number), Shape::Decimal) => Ok(Pattern::Decimal(small_decimal(*number))),
        (Content::Decimal(number), Shape::Decimal) => Ok(Pattern::Decimal(*number)),
        (Content::Flag(flag), Shape::Flag) => Ok(Pattern::Flag(*flag)),
        (Content::Text(text), Shape::Text | Shape::List) => Ok(of_text(text.to_lowercase())),
        (Content::Text(text), Shape::Word(words)) if words.contains(&text.as_str()) => {
            Ok(Pattern::Glob(text.clone()))
        }
        _ => {
            let wanted = shape.wanted();
            Err(node.error(format!("{path} must be {wanted}, this is {}", node.is_a())))
        }
    }
}

fn no_such_modifier(node: &Node, path: &str, modifier: Option<&str>) -> YamlError {
    let modifier = modifier.unwrap_or_default();
    node.error(format!("modifier '{modifier}' does not fit {path}; modifiers are {MODIFIERS}"))
}

/// Durations and the like; what needs more than 32 bits is none.
fn small_decimal(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

/// Whether `text` has the form of `pattern`, in which `*` stands for any text. Takes time in
/// proportion to the product of both lengths at most.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    let mut rest = rest;
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, text, fits) in [
            ("storvsc.sys", "storvsc.sys", true),
            ("storvsc.sys", "storvsc.sys2", false),
            ("mfe*.sys", "mfehidk.sys", true),
            ("mfe*.sys", "mfe.sys", true),
            ("mfe*.sys", "mfe.sy", false),
            ("*channel*", "storchannelvmbuscallback", true),
            ("a*b*c", "abc", true),
            ("a*b*c", "acb", false),
            ("ab*ba", "aba", false),
            ("*", "", true),
            ("", "x", false),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }

    /// Versions compare only inside a branch (`known_issues.yaml`, file_versions).
    #[test]
    fn versions_compare_in_their_branch() {
        let test = Test::Version(Comparison::Below, "6.1.7601.21855".parse().unwrap());
        assert!(test.holds(Some(&Value::Text("6.1.7601.21700".into()))));
        assert!(!test.holds(Some(&Value::Text("6.1.7601.21855".into()))));
        assert!(!test.holds(Some(&Value::Text("6.1.7601.17514".into()))));
        assert!(!test.holds(Some(&Value::Text("6.1.7600.20000".into()))));
        assert!(!test.holds(Some(&Value::Text("unknown".into()))));
    }

    #[test]
    fn what_is_not_told_meets_nothing() {
        assert!(!Test::Number(Comparison::Below, 9200).holds(None));
        assert!(!Test::AnyOf(vec![Pattern::Glob("*".into())]).holds(None));
        assert!(Test::Exists(false).holds(None));
        assert!(!Test::Exists(true).holds(None));
    }
}
