//! YAML as a tree whose every node knows its line and column.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

/// A line and a column in characters, both from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: u64,
    pub(crate) column: u64,
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct YamlError {
    pub(crate) at: Position,
    pub(crate) message: String,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) at: Position,
    pub(crate) content: Content,
}

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Null,
    Flag(bool),
    Number(u64),
    Decimal(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key, its place, and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) at: Position,
    pub(crate) value: Node,
}

/// Rule files are small; what needs more nodes than this is no rule.
const MAX_NODES: usize = 200_000;
/// Nor does a rule need deeper nesting.
const MAX_DEPTH: usize = 32;

/// Reads one document.
pub(crate) fn read(text: &str) -> Result<Node, YamlError> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        with_snippet: false,
        budget: serde_saphyr::budget! { max_nodes: MAX_NODES, max_depth: MAX_DEPTH },
    };
    serde_saphyr::from_str_with_options::<Node>(text, options).map_err(|error| YamlError {
        at: error.location().map(position).unwrap_or_default(),
        message: one_clause(&error.to_string()),
    })
}

impl Node {
    pub(crate) fn error(&self, message: impl Into<String>) -> YamlError {
        YamlError { at: self.at, message: message.into() }
    }

    /// What the value is, for messages.
    pub(crate) fn is_a(&self) -> &'static str {
        match self.content {
            Content::Null => "nothing",
            Content::Flag(_) => "true or false",
            Content::Number(_) => "a number",
            Content::Decimal(_) => "a decimal number",
            Content::Text(_) => "text",
            Content::List(_) => "a list",
            Content::Map(_) => "a map",
        }
    }

    pub(crate) fn as_text(&self, what: &str) -> Result<&str, YamlError> {
        match &self.content {
            Content::Text(text) => Ok(text),
            _ => Err(self.error(format!("{what} must be text, this is {}", self.is_a()))),
        }
    }

    pub(crate) fn as_map(&self, what: &str) -> Result<&[Entry], YamlError> {
        match &self.content {
            Content::Map(entries) => Ok(entries),
            Content::Null => Ok(&[]),
            _ => Err(self.error(format!("{what} must be a map, this is {}", self.is_a()))),
        }
    }

    /// The items of a list, or the node itself where a single value stands for a list of one.
    pub(crate) fn as_items(&self) -> &[Node] {
        match &self.content {
            Content::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }
}

impl Entry {
    pub(crate) fn error(&self, message: impl Into<String>) -> YamlError {
        YamlError { at: self.at, message: message.into() }
    }
}

/// The parser's messages may run over several lines and repeat the place.
fn one_clause(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    let first = first.strip_prefix("error: ").unwrap_or(first);
    // The parser goes on to tell which of its options would let it pass.
    if let Some(key) = first.strip_prefix("duplicate mapping key: ") {
        let key = key.split(", set ").next().unwrap_or(key);
        return format!("the key '{key}' stands here a second time");
    }
    match first.find(" at line ").or_else(|| first.find("line ").filter(|at| *at == 0)) {
        Some(at) => first.get(..at).filter(|text| !text.is_empty()).unwrap_or(first).to_owned(),
        None => first.to_owned(),
    }
}

fn position(location: serde_saphyr::Location) -> Position {
    Position { line: location.line(), column: location.column() }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Content>::deserialize(deserializer)?;
        Ok(Self { at: position(spanned.referenced), content: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::Null)
    }

    fn visit_none<E>(self) -> Result<Content, E> {
        Ok(Content::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Content, E> {
        Ok(Content::Flag(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Content, E> {
        Ok(Content::Number(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Content, E> {
        u64::try_from(value)
            .map(Content::Number)
            .map_err(|_| E::custom(format!("{value} is negative, which no field is")))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Content, E> {
        Ok(Content::Decimal(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Content, E> {
        Ok(Content::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Content, E> {
        Ok(Content::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Content, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Node>()? {
            list.push(item);
        }
        Ok(Content::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Content, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = entries.next_key::<Node>()? {
            let Content::Text(name) = key.content else {
                return Err(A::Error::custom(format!(
                    "a key must be a word, {} stands in line {}, column {}",
                    key.is_a(),
                    key.at.line,
                    key.at.column,
                )));
            };
            map.push(Entry { key: name, at: key.at, value: entries.next_value()? });
        }
        Ok(Content::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_knows_its_place() {
        let node = read("a: 0xD1\nb:\n  - text\n  - {c: 1.5, d: true, e: yes}\n").unwrap();
        let entries = node.as_map("it").unwrap();
        assert!(matches!(entries[0].value.content, Content::Number(0xd1)));
        assert_eq!(entries[0].value.at, Position { line: 1, column: 4 });
        assert_eq!(entries[1].at, Position { line: 2, column: 1 });
        let items = entries[1].value.as_items();
        assert_eq!(items[0].at, Position { line: 3, column: 5 });
        let inner = items[1].as_map("it").unwrap();
        assert_eq!((inner[1].at.line, inner[1].at.column), (4, 14));
        assert!(matches!(&inner[2].value.content, Content::Text(text) if text == "yes"));
    }

    #[test]
    fn large_numbers_and_times_stay_what_they_are() {
        let node = read("a: 0xfffff88001ab1234\nb: 2012-01-10T10:00:00Z\nc: ''\nd:\n").unwrap();
        let entries = node.as_map("it").unwrap();
        assert!(matches!(entries[0].value.content, Content::Number(0xffff_f880_01ab_1234)));
        assert!(matches!(&entries[1].value.content, Content::Text(text) if text.len() == 20));
        assert!(matches!(&entries[2].value.content, Content::Text(text) if text.is_empty()));
        assert!(matches!(entries[3].value.content, Content::Null));
    }

    #[test]
    fn what_is_no_yaml_is_refused_with_its_place() {
        let error = read("a: 1\nb: [1, 2\n").unwrap_err();
        assert!(error.at.line >= 2, "{error:?}");
        let error = read("a: 1\na: 2\n").unwrap_err();
        assert_eq!(error.at.line, 2, "{error:?}");
        assert!(!error.message.contains('\n'), "{error:?}");
        let deep = "[".repeat(5000);
        assert!(read(&deep).is_err());
        assert!(read("a: -1\n").is_err());
    }
}
