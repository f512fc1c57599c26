//! What rules can ask of a fact: one table of fields for reading, for examples and for messages.

mod build;
mod logged;
mod reported;
mod table;
mod words;

use crate::code_name::{with_name, with_named_code};
use crate::evidence::Evidence;
use crate::kind::Kind;
use crate::logged_event::number_in;

pub(crate) use build::{GivenValues, build_fact};

/// A value of a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Number(u64),
    Decimal(f64),
    Flag(bool),
    Text(String),
    List(Vec<String>),
}

impl Value {
    /// Whether two facts tell the same. Names are compared as Windows does, without regard to case,
    /// a number is the same however an event writes it, and a list holds what one of its items is.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => {
                one.to_lowercase() == other.to_lowercase()
                    || number_in(one).is_some_and(|number| number_in(other) == Some(number))
            }
            (Self::Text(text), Self::Number(number)) | (Self::Number(number), Self::Text(text)) => {
                number_in(text) == Some(*number)
            }
            (Self::List(items), Self::Text(text)) | (Self::Text(text), Self::List(items)) => {
                let text = text.to_lowercase();
                items.iter().any(|item| item.to_lowercase() == text)
            }
            (one, other) => one == other,
        }
    }
}

/// What values a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Number,
    /// A number that is shown in hexadecimal.
    Code,
    /// An HRESULT, which is shown with its name.
    ErrorCode,
    Decimal,
    Flag,
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    List,
    /// A text as an event holds it, which may be a number.
    Logged,
    /// Several of these.
    LoggedList,
    /// Name of a provider, with or without `Microsoft-Windows-`.
    Provider,
}

/// A field of one or more kinds of facts.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its name in rules, `bugcheck.code`; `value.*` where a rule says which one.
    pub(crate) path: &'static str,
    /// The kinds that have it.
    pub(crate) kinds: &'static [Kind],
    pub(crate) shape: Shape,
    /// Whether it is worked out from other fields or facts, so that an example cannot give it.
    pub(crate) derived: bool,
    /// Reads it; `None` when the source does not tell.
    pub(crate) read: Read,
}

/// How a field is read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Read {
    Plain(fn(&Evidence, usize) -> Option<Value>),
    /// With what the rule wrote for the `*` of the path.
    Named(fn(&Evidence, usize, &str) -> Option<Value>),
}

/// A field as a rule names it.
#[derive(Clone, Debug)]
pub(crate) struct FieldRef {
    pub(crate) field: &'static Field,
    /// What stands for the `*` of the path.
    name: String,
}

impl FieldRef {
    /// Its value in the fact at `index`; `None` when the source does not tell.
    pub(crate) fn read(&self, evidence: &Evidence, index: usize) -> Option<Value> {
        match self.field.read {
            Read::Plain(read) => read(evidence, index),
            Read::Named(read) => read(evidence, index, &self.name),
        }
    }

    /// What stands for the `*` of the path.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Field {
    /// The field of `kind` called `path`.
    pub(crate) fn find(kind: Kind, path: &str) -> Option<FieldRef> {
        Self::of(kind).find_map(|field| {
            let name = match field.path.strip_suffix('*') {
                Some(start) => path.strip_prefix(start).filter(|name| !name.is_empty())?,
                None => (field.path == path).then_some("")?,
            };
            Some(FieldRef { field, name: name.to_owned() })
        })
    }

    /// All fields of `kind`.
    pub(crate) fn of(kind: Kind) -> impl Iterator<Item = &'static Self> {
        table::FIELDS
            .iter()
            .chain(reported::REPORTED)
            .chain(logged::LOGGED)
            .filter(move |field| field.kinds.contains(&kind))
    }

    /// The value for people: numbers of codes in hexadecimal, codes in texts of events with their names,
    /// lists with commas.
    pub(crate) fn show(&self, value: &Value) -> String {
        match value {
            Value::Number(number) if self.shape == Shape::Code => format!("{number:#X}"),
            Value::Number(number) if self.shape == Shape::ErrorCode => {
                u32::try_from(*number).map_or_else(|_| format!("{number:#X}"), with_name)
            }
            Value::Number(number) => number.to_string(),
            Value::Decimal(number) => number.to_string(),
            Value::Flag(flag) => flag.to_string(),
            Value::Text(word) if matches!(self.shape, Shape::Word(_)) => words::shown(word),
            Value::Text(text) if self.shape == Shape::Logged => with_named_code(text),
            Value::Text(text) => text.clone(),
            Value::List(items) => items.join(", "),
        }
    }
}

impl Shape {
    /// What a rule must write, for messages.
    pub(crate) fn wanted(self) -> String {
        match self {
            Self::Number | Self::Code | Self::ErrorCode => "a number".into(),
            Self::Decimal => "a number, such as 0.5".into(),
            Self::Flag => "true or false".into(),
            Self::Text | Self::List | Self::Provider => {
                "text (in quotes where it looks like a number)".into()
            }
            Self::Logged | Self::LoggedList => "text or a number".into(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every kind has a row in the documentation with exactly its own fields.
    #[test]
    fn the_documentation_lists_every_kind_and_field() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules.md");
        let text = std::fs::read_to_string(path).unwrap();
        let of_all = ["machine.name", "machine.role", "os.build"];
        let mut missing = Vec::new();
        for kind in Kind::ALL {
            let fields: Vec<String> = Field::of(kind)
                .filter(|field| !of_all.contains(&field.path))
                .map(|field| format!("`{}`", field.path))
                .collect();
            let end = format!(" | {} |", fields.join(", "));
            let head = format!("| `{}` | ", kind.word());
            let row = text.lines().find(|line| line.starts_with(&head));
            if !row.is_some_and(|row| row.ends_with(&end)) {
                missing.push(format!("{head}...{end}"));
            }
        }
        assert!(missing.is_empty(), "\n{}", missing.join("\n"));
    }
}
