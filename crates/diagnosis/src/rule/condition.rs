//! What a rule wants of one field.

use std::cmp::Ordering;

use hvtriage_winfmt::{FileVersion, FileVersionError};

use crate::field::{Shape, Value};
use crate::glob::glob;
use crate::logged_event::{ProviderPattern, ProviderPatternError, number_in};
use crate::yaml::{Content, Node, YamlError};

/// What the value of a field must be. A field that the source does not tell meets no test but
/// that it is not told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    AnyOf(Vec<Pattern>),
    Number(Comparison, u64),
    Decimal(Comparison, f64),
    /// All of these bits are set.
    Bits(u64),
    /// A list of so many items, or more.
    Items(u64),
    /// In the branch of one of these.
    Version(Comparison, Vec<FileVersion>),
    /// By all parts, whatever the build.
    VendorVersion(Comparison, [u64; 4]),
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
    Provider(ProviderPattern),
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
                                    version_lt, vendor_version_gte, vendor_version_lt, has_bits, \
                                    items_gte, exists";

impl Test {
    /// Reads the test of a field of `shape` with `modifier`.
    pub(crate) fn read(
        node: &Node,
        path: &str,
        modifier: Option<&str>,
        shape: Shape,
    ) -> Result<Self, YamlError> {
        let is_text =
            matches!(shape, Shape::Text | Shape::List | Shape::Logged | Shape::LoggedList);
        let is_number = matches!(
            shape,
            Shape::Number | Shape::Code | Shape::ErrorCode | Shape::Decimal | Shape::Logged
        );
        // A part of a text is no number.
        let of_parts = if is_text { Shape::Text } else { shape };
        let comparison = match modifier {
            None => return any_of(node, path, shape, Pattern::Glob),
            Some("startswith") if is_text => {
                return any_of(node, path, of_parts, Pattern::StartsWith);
            }
            Some("endswith") if is_text => return any_of(node, path, of_parts, Pattern::EndsWith),
            Some("contains") if is_text => return any_of(node, path, of_parts, Pattern::Contains),
            Some("exists") => {
                return match node.content {
                    Content::Flag(flag) => Ok(Self::Exists(flag)),
                    _ => Err(node.error(format!("{path}|exists must be true or false"))),
                };
            }
            Some("has_bits") if is_number && shape != Shape::Decimal => {
                return number_of(node, "has_bits").map(Self::Bits);
            }
            Some("items_gte") if shape == Shape::List => {
                return number_of(node, "items_gte").map(Self::Items);
            }
            Some("gte" | "version_gte" | "vendor_version_gte") => Comparison::AtLeast,
            Some("lte") => Comparison::AtMost,
            Some("gt") => Comparison::Above,
            Some("lt" | "version_lt" | "vendor_version_lt") => Comparison::Below,
            Some(_) => return Err(no_such_modifier(node, path, modifier)),
        };
        if modifier.is_some_and(|modifier| modifier.contains("version_")) {
            let is_of_vendor = modifier.is_some_and(|modifier| modifier.starts_with("vendor_"));
            return match shape {
                Shape::Text | Shape::Logged if is_of_vendor => {
                    vendor_version(node, comparison, path)
                }
                Shape::Text | Shape::Logged => versions(node, comparison, path),
                _ => Err(no_such_modifier(node, path, modifier)),
            };
        }
        match &node.content {
            _ if !is_number => Err(no_such_modifier(node, path, modifier)),
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
            (Self::Bits(bits), Value::Number(number)) => number & bits == *bits,
            (Self::Bits(bits), Value::Text(text)) => {
                number_in(text).is_some_and(|number| number & bits == *bits)
            }
            (Self::Items(least), Value::List(items)) => items.len() as u64 >= *least,
            (Self::Number(comparison, limit), Value::Text(text)) => {
                comparison.accepts(number_in(text).map(|number| number.cmp(limit)))
            }
            (Self::Version(comparison, limits), Value::Text(text)) => {
                text.parse().is_ok_and(|version: FileVersion| {
                    limits.iter().any(|limit| comparison.accepts(version.compare(*limit)))
                })
            }
            (Self::VendorVersion(comparison, limit), Value::Text(text)) => {
                comparison.accepts(parts_of(text).map(|parts| parts.cmp(limit)))
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
        if let Self::Number(wanted) = self {
            return number_in(text) == Some(*wanted);
        }
        if let Self::Provider(pattern) = self {
            return pattern.fits(text);
        }
        let text = text.to_lowercase();
        match self {
            Self::Glob(pattern) => glob(pattern, &text),
            Self::StartsWith(start) => text.starts_with(start),
            Self::EndsWith(end) => text.ends_with(end),
            Self::Contains(part) => text.contains(part),
            _ => false,
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

/// A number above 0: no bits, and no items, are no condition.
fn number_of(node: &Node, modifier: &str) -> Result<u64, YamlError> {
    match node.content {
        Content::Number(number) if number > 0 => Ok(number),
        _ => Err(node.error(format!("{modifier} must be a number above 0"))),
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
        (
            Content::Number(number),
            Shape::Number | Shape::Code | Shape::ErrorCode | Shape::Logged | Shape::LoggedList,
        ) => Ok(Pattern::Number(*number)),
        (Content::Number(number), Shape::Decimal) => Ok(Pattern::Decimal(small_decimal(*number))),
        (Content::Decimal(number), Shape::Decimal) => Ok(Pattern::Decimal(*number)),
        (Content::Flag(flag), Shape::Flag) => Ok(Pattern::Flag(*flag)),
        (Content::Text(text), Shape::Text | Shape::List | Shape::Logged | Shape::LoggedList) => {
            Ok(of_text(text.to_lowercase()))
        }
        (Content::Text(text), Shape::Provider) => text
            .parse()
            .map(Pattern::Provider)
            .map_err(|error: ProviderPatternError| node.error(error.to_string())),
        (Content::Text(text), Shape::Word(words)) if words.contains(&text.as_str()) => {
            Ok(Pattern::Glob(text.clone()))
        }
        _ => {
            let wanted = shape.wanted();
            Err(node.error(format!("{path} must be {wanted}, this is {}", node.is_a())))
        }
    }
}

/// One version or several: those of the fix in each branch that it was built in.
fn versions(node: &Node, comparison: Comparison, path: &str) -> Result<Test, YamlError> {
    let read = |item: &Node| {
        let version = item.as_text(path)?.parse();
        version.map_err(|error: FileVersionError| item.error(format!("{path}: {error}")))
    };
    let versions: Vec<FileVersion> = node.as_items().iter().map(read).collect::<Result<_, _>>()?;
    if versions.is_empty() {
        return Err(node.error(format!("{path} needs a version")));
    }
    Ok(Test::Version(comparison, versions))
}

fn vendor_version(node: &Node, comparison: Comparison, path: &str) -> Result<Test, YamlError> {
    let text = node.as_text(path)?;
    let parts = parts_of(text)
        .ok_or_else(|| node.error(format!("{path}: '{text}' is not a version such as '16.8'")))?;
    Ok(Test::VendorVersion(comparison, parts))
}

/// The parts of a version, of which the ones left out are zero.
fn parts_of(text: &str) -> Option<[u64; 4]> {
    let mut parts = [0; 4];
    let mut free = parts.iter_mut();
    for part in text.trim().split('.') {
        let is_plain = part.bytes().all(|digit| digit.is_ascii_digit());
        *free.next()? = part.parse().ok().filter(|_| is_plain)?;
    }
    Some(parts)
}

fn no_such_modifier(node: &Node, path: &str, modifier: Option<&str>) -> YamlError {
    let modifier = modifier.unwrap_or_default();
    node.error(format!("modifier '{modifier}' does not fit {path}; modifiers are {MODIFIERS}"))
}

/// Durations and the like; what needs more than 32 bits is none.
fn small_decimal(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Versions compare only inside a branch (`known_issues.yaml`, file_versions).
    #[test]
    fn versions_compare_in_their_branch() {
        let test = Test::Version(Comparison::Below, vec!["6.1.7601.21855".parse().unwrap()]);
        assert!(test.holds(Some(&Value::Text("6.1.7601.21700".into()))));
        assert!(!test.holds(Some(&Value::Text("6.1.7601.21855".into()))));
        assert!(!test.holds(Some(&Value::Text("6.1.7601.17514".into()))));
        assert!(!test.holds(Some(&Value::Text("6.1.7600.20000".into()))));
        assert!(!test.holds(Some(&Value::Text("unknown".into()))));
    }

    /// MS11-047 mends `vmbus.sys` of 7601 with 17617 in the one branch and 21728 in the other.
    #[test]
    fn a_fix_has_a_version_in_each_branch() {
        let fixed = ["6.1.7601.17617", "6.1.7601.21728"].map(|text| text.parse().unwrap());
        let test = Test::Version(Comparison::Below, fixed.to_vec());
        let holds = |text: &str| test.holds(Some(&Value::Text(text.into())));
        assert!(holds("6.1.7601.17616") && holds("6.1.7601.21727"));
        assert!(!holds("6.1.7601.17617") && !holds("6.1.7601.21728"));
        // Above the one number and below the other, but in the branch of the first.
        assert!(!holds("6.1.7601.18000"));
    }

    /// The other cases of `known_issues.yaml`, file_versions: nothing is said of another branch or
    /// build, neither that the fix is in nor that it is not.
    #[test]
    fn what_a_version_proves() {
        let holds = |comparison, limit: &str, text: &str| {
            let test = Test::Version(comparison, vec![limit.parse().unwrap()]);
            test.holds(Some(&Value::Text(text.into())))
        };
        let proves = |limit: &str, text: &str| {
            let lacks = holds(Comparison::Below, limit, text);
            let has = holds(Comparison::AtLeast, limit, text);
            (lacks || has).then_some(has)
        };
        // 16385 and 17617 are of one line, GDR.
        assert_eq!(proves("6.1.7601.17617", "6.1.7601.16385"), Some(false));
        assert_eq!(proves("6.1.7601.17617", "6.1.7601.18933"), Some(true));
        assert_eq!(proves("6.1.7601.17617", "6.1.7601.21728"), None);
        assert_eq!(proves("6.1.7601.21728", "6.1.7601.17617"), None);
        assert_eq!(proves("6.1.7601.17617", "6.1.7600.16385"), None);
        assert_eq!(proves("6.2.9200.20655", "6.2.9200.16384"), None);
        // From 6.3.9600 on there is one line.
        assert_eq!(proves("6.3.9600.18907", "6.3.9600.17415"), Some(false));
        assert_eq!(proves("6.3.9600.18907", "6.3.9600.20144"), Some(true));
        // A number of no branch.
        assert_eq!(proves("6.1.7601.17617", "6.1.7601.1"), None);
    }

    #[test]
    fn versions_of_vendors_compare_as_a_whole() {
        let test = Test::VendorVersion(Comparison::Below, parts_of("16.8").unwrap());
        let holds = |text: &str| test.holds(Some(&Value::Text(text.into())));
        assert!(holds("16.6.0.1") && holds("9.9") && holds("16.7.99999.1"));
        assert!(!holds("16.8") && !holds("16.8.0.1") && !holds("16.10") && !holds("17.0.0.0"));
        for none in ["", "16.", "1.2.3.4.5", "16.x", "+1.2", "16.8 beta"] {
            assert!(!holds(none), "{none}");
        }
    }

    #[test]
    fn numbers_in_texts_compare_as_numbers() {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        let same = Test::AnyOf(vec![Pattern::Number(0x8007_0020)]);
        for logged in ["%%2147942432", "0x80070020", "2147942432"] {
            assert!(same.holds(text(logged).as_ref()), "{logged}");
        }
        assert!(!same.holds(text("80070020").as_ref()));
        let some = Value::List(vec!["SQL01".into(), "%%2147942432".into()]);
        assert!(same.holds(Some(&some)));
        let many = Test::Number(Comparison::AtLeast, 10);
        // As texts, "9" is more than "10".
        assert!(many.holds(text("10").as_ref()) && many.holds(text("0x0A").as_ref()));
        assert!(!many.holds(text("9").as_ref()) && !many.holds(text("ten").as_ref()));
    }

    /// 0x13 holds 0x10 and 0x11, 0x0F does not; a registry export writes 19 for 0x13.
    #[test]
    fn all_bits_must_be_set() {
        let holds = |bits: u64, value: Value| Test::Bits(bits).holds(Some(&value));
        assert!(holds(0x10, Value::Number(0x13)) && holds(0x11, Value::Text("19".into())));
        assert!(!holds(0x10, Value::Number(0x0F)) && !holds(0x14, Value::Number(0x13)));
        assert!(!holds(0x10, Value::Text("on".into())));
    }

    #[test]
    fn items_of_a_list_are_counted() {
        let list = |number: usize| Some(Value::List(vec!["one".into(); number]));
        let two = Test::Items(2);
        assert!(two.holds(list(2).as_ref()) && two.holds(list(3).as_ref()));
        assert!(!two.holds(list(1).as_ref()) && !two.holds(Some(&Value::Text("ab".into()))));
    }

    #[test]
    fn what_is_not_told_meets_nothing() {
        assert!(!Test::Number(Comparison::Below, 9200).holds(None));
        assert!(!Test::AnyOf(vec![Pattern::Glob("*".into())]).holds(None));
        assert!(Test::Exists(false).holds(None));
        assert!(!Test::Exists(true).holds(None));
    }
}
