//! Facts with which a rule says what it holds of and what not.

use std::collections::BTreeSet;

use hvtriage_winfmt::{FileOffset, FileTime, FileVersion, Guid};

use super::binding::{read_kinds, scale};
use crate::fact::{Fact, Locator, MachineName, Place};
use crate::field::{Field, GivenValues, Shape, Value, build_fact};
use crate::finding::{Confidence, Severity};
use crate::kind::Kind;
use crate::yaml::{Content, Entry, Node, Position, YamlError};

/// An example holds one fact no more often than this.
const MAX_REPEATED: u64 = 1_000;

/// Facts and what the rule makes of them.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    pub(crate) name: String,
    /// The file that it stands in, as the caller named it.
    pub(crate) file: String,
    pub(crate) at: Position,
    pub(crate) facts: Vec<Fact>,
    /// `None` when the rule must not hold.
    pub(crate) expected: Option<Expected>,
}

/// What the finding must be like, as far as the example says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    pub(crate) severity: Option<Severity>,
    pub(crate) confidence: Option<Confidence>,
    pub(crate) count: Option<u64>,
    pub(crate) subject: Option<String>,
    pub(crate) machine: Option<String>,
    pub(crate) message: Option<String>,
    /// How the remedy begins.
    pub(crate) remedy: Option<String>,
    /// The bindings whose facts are cited, each once, in order of name; no others may be.
    pub(crate) cites: Option<Vec<String>>,
}

/// Reads one example.
pub(super) fn read(node: &Node, file: &str) -> Result<Example, YamlError> {
    let mut name = None;
    let mut facts = Vec::new();
    let mut expected = None;
    for entry in node.as_map("an example")? {
        match entry.key.as_str() {
            "name" => name = Some(entry.value.as_text("name")?.to_owned()),
            "facts" => {
                for item in entry.value.as_items() {
                    for _ in 0..times(item)? {
                        facts.push(fact(item, facts.len())?);
                    }
                }
            }
            "expect" => expected = Some(expectation(&entry.value)?),
            key => {
                return Err(
                    entry.error(format!("unknown key '{key}'; an example has name, facts, expect"))
                );
            }
        }
    }
    Ok(Example {
        name: name.ok_or_else(|| node.error("the example has no name"))?,
        file: file.to_owned(),
        at: node.at,
        facts,
        expected: expected.ok_or_else(|| node.error("the example has no expect"))?,
    })
}

fn expectation(node: &Node) -> Result<Option<Expected>, YamlError> {
    if matches!(&node.content, Content::Text(text) if text == "none") {
        return Ok(None);
    }
    let mut expected = Expected::default();
    for entry in node.as_map("expect")? {
        let value = &entry.value;
        let text = || value.as_text(&entry.key).map(str::to_owned);
        match entry.key.as_str() {
            "severity" => {
                expected.severity = Some(scale(value, "severity", &Severity::ALL, Severity::word)?);
            }
            "confidence" => {
                expected.confidence =
                    Some(scale(value, "confidence", &Confidence::ALL, Confidence::word)?);
            }
            "count" => match value.content {
                Content::Number(number) => expected.count = Some(number),
                _ => return Err(value.error("count must be a number")),
            },
            "subject" => expected.subject = Some(text()?),
            "machine" => expected.machine = Some(text()?),
            "message" => expected.message = Some(text()?),
            "remedy" => expected.remedy = Some(text()?),
            "cites" => {
                let items = value.as_items().iter();
                let roles = items.map(|item| item.as_text("cites").map(str::to_owned));
                let roles: BTreeSet<String> = roles.collect::<Result<_, _>>()?;
                expected.cites = Some(roles.into_iter().collect());
            }
            key => {
                return Err(entry.error(format!(
                    "unknown key '{key}'; expect is none or has severity, confidence, count, \
                     subject, machine, message, remedy, cites"
                )));
            }
        }
    }
    Ok(Some(expected))
}

/// How often the fact stands there.
fn times(node: &Node) -> Result<u64, YamlError> {
    let entries = node.as_map("a fact")?;
    match entries.iter().find(|entry| entry.key == "repeat").map(|entry| &entry.value) {
        None => Ok(1),
        Some(Node { content: Content::Number(times @ 1..=MAX_REPEATED), .. }) => Ok(*times),
        Some(node) => Err(node.error(format!("repeat must be a number from 1 to {MAX_REPEATED}"))),
    }
}

fn fact(node: &Node, index: usize) -> Result<Fact, YamlError> {
    let entries = node.as_map("a fact")?;
    let kind_entry = entries
        .iter()
        .find(|entry| entry.key == "kind")
        .ok_or_else(|| node.error("the fact has no kind"))?;
    let kinds = read_kinds(&kind_entry.value)?;
    let [kind] = kinds.as_slice() else {
        return Err(kind_entry.value.error("a fact is of one kind"));
    };
    let mut machine = None;
    let mut time = None;
    let mut given = GivenValues::default();
    for entry in entries {
        match entry.key.as_str() {
            "kind" | "repeat" => {}
            "machine" => {
                machine = Some(MachineName::Computer(entry.value.as_text("machine")?.into()));
            }
            "dump" => {
                machine = Some(MachineName::Source(entry.value.as_text("dump")?.into()));
            }
            "time" => {
                let text = entry.value.as_text("time")?;
                let read: Result<FileTime, _> = text.parse();
                time = Some(read.map_err(|error| entry.value.error(error.to_string()))?);
            }
            _ => {
                let (path, value) = given_value(entry, *kind)?;
                given.0.insert(path, value);
            }
        }
    }
    let record = u64::try_from(index).unwrap_or(u64::MAX).saturating_add(1);
    Ok(Fact {
        locator: Locator {
            source: "example".into(),
            place: Place::Record { id: record, offset: FileOffset(record) },
        },
        time,
        machine: machine.ok_or_else(|| node.error("the fact has neither machine nor dump"))?,
        os_build: given.number_u32("os.build"),
        kind: build_fact(*kind, &given)
            .map_err(|field| node.error(format!("a {} needs {field}", kind.word())))?,
    })
}

fn given_value(entry: &Entry, kind: Kind) -> Result<(String, Value), YamlError> {
    let found = Field::find(kind, &entry.key).map(|found| found.field);
    let field = found.filter(|field| !field.derived).ok_or_else(|| {
        let given = Field::of(kind).filter(|field| !field.derived);
        let names: Vec<&str> = given.map(|field| field.path).collect();
        entry.error(format!(
            "an example of {} cannot give '{}'; it can give machine, dump, time, {}",
            kind.word(),
            entry.key,
            names.join(", ")
        ))
    })?;
    let value = match (&entry.value.content, field.shape) {
        (Content::Number(number), Shape::Number | Shape::Code | Shape::ErrorCode) => {
            Value::Number(*number)
        }
        (Content::Decimal(number), Shape::Decimal) => Value::Decimal(*number),
        (Content::Flag(flag), Shape::Flag) => Value::Flag(*flag),
        (Content::Text(text), Shape::Text | Shape::Logged | Shape::Provider) => {
            Value::Text(text.clone())
        }
        (Content::Number(number), Shape::Logged) => Value::Text(number.to_string()),
        (Content::Text(text), Shape::Word(words)) if words.contains(&text.as_str()) => {
            Value::Text(text.clone())
        }
        (Content::List(_) | Content::Text(_), Shape::List | Shape::LoggedList) => {
            let items = entry.value.as_items().iter();
            let texts = items.map(|item| item.as_text(field.path).map(str::to_owned));
            Value::List(texts.collect::<Result<_, _>>()?)
        }
        _ => {
            let wanted = field.shape.wanted();
            let is_a = entry.value.is_a();
            return Err(entry
                .value
                .error(format!("{} must be {wanted}, this is {is_a}", field.path)));
        }
    };
    if field.path == "vm.id"
        && let Value::Text(text) = &value
    {
        text.parse::<Guid>().map_err(|error| entry.value.error(error.to_string()))?;
    }
    if field.path == "modules"
        && let Value::List(items) = &value
    {
        check_versions(items, entry)?;
    }
    Ok((entry.key.clone(), value))
}

/// Behind the name of a module may stand its version.
fn check_versions(modules: &[String], entry: &Entry) -> Result<(), YamlError> {
    for module in modules {
        if let Some((_, version)) = module.split_once(' ') {
            let read: Result<FileVersion, _> = version.parse();
            read.map_err(|error| entry.value.error(error.to_string()))?;
        }
    }
    Ok(())
}
