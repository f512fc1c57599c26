//! The rule files that are compiled in. The build script writes them from `catalogue`: as they were written, and
//! as they are read, without their examples. To read YAML was most of what a small case took.

use crate::yaml::{Content, Entry, Node, Position};

/// A file of the catalogue.
pub(super) struct File {
    /// Its name, `crash/KP-41.yaml`.
    pub(super) name: &'static str,
    /// As it was written.
    pub(super) yaml: &'static str,
    /// As it is read, without its examples: they judge nothing, and are most of it.
    rule: Value,
}

enum Value {
    Flag(bool),
    Number(u64),
    Text(&'static str),
    List(&'static [Value]),
    Map(&'static [(&'static str, Value)]),
}

// A rule that others name stands before those.
include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

impl File {
    /// The rule, all of which stands where the file begins.
    pub(super) fn rule(&self) -> Node {
        self.rule.node()
    }
}

impl Value {
    fn node(&self) -> Node {
        let at = Position { line: 1, column: 1 };
        let entry =
            |(key, value): &(&str, Self)| Entry { key: (*key).to_owned(), at, value: value.node() };
        let content = match self {
            Self::Flag(flag) => Content::Flag(*flag),
            Self::Number(number) => Content::Number(*number),
            Self::Text(text) => Content::Text((*text).to_owned()),
            Self::List(items) => Content::List(items.iter().map(Self::node).collect()),
            Self::Map(entries) => Content::Map(entries.iter().map(entry).collect()),
        };
        Node { at, content }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rule, RuleSet};

    /// Both ways they are the same rules, but for examples.
    #[test]
    fn rules_are_compiled_as_they_were_written() {
        let written = RuleSet::catalogue_with_examples().unwrap();
        let rules = RuleSet::catalogue().unwrap();
        assert_eq!(rules.rules().len(), written.rules().len());
        for (one, other) in rules.rules().iter().zip(written.rules()) {
            let without_examples = Rule { examples: Vec::new(), ..other.clone() };
            assert!(one.examples.is_empty());
            assert_eq!(format!("{one:#?}"), format!("{without_examples:#?}"));
        }
    }
}
