//! From the tree of a rule file to a rule.

use super::binding::{BindingReader, Support, Unless, scale};
use super::example;
use super::nearest::meant;
use super::template::{Cut, Piece, Template, cut};
use super::{Repetition, Rule, Subject, Theme};
use crate::finding::{Confidence, Severity};
use crate::yaml::{Content, Entry, Node, YamlError};

/// The keys of a rule, for messages.
const KEYS: &str = "id, title, severity, confidence, theme, subject, across_machines, message, when, supported_by, \
                    needs_one_of, unless, explains, explain, remedy, references, examples";

/// The id of a rule.
pub(super) fn id(node: &Node) -> Result<String, YamlError> {
    Parts::of(node)?.text("id")
}

/// Reads a rule that may refer to `loaded` ones.
pub(super) fn rule(node: &Node, file: &str, loaded: &[Rule]) -> Result<Rule, YamlError> {
    let parts = Parts::of(node)?;
    let id = parts.text("id")?;
    if let Some(first) = loaded.iter().find(|rule| rule.id == id) {
        let (file, line) = (&first.file, first.line);
        let message = format!("there is a rule '{id}' already, at {file}:{line}");
        return Err(parts.required("id")?.error(message));
    }
    let mut reader = BindingReader::default();
    let mut repetition = None;
    let mut when = Vec::new();
    for entry in parts.required("when")?.as_map("when")? {
        let binding = if reader.known.is_empty() {
            repetition = Some(Repetition::read(entry)?);
            reader.read(entry, Repetition::KEYS)?
        } else {
            reader.read(entry, &[])?
        };
        if reader.known.is_empty() == binding.relations.is_empty() {
            reader.known.push((binding.name.clone(), binding.kinds.clone()));
            reader.referable = reader.known.len();
            when.push(binding);
        } else {
            return Err(entry.error(
                "the first binding stands alone, each later one needs a relation to one above it",
            ));
        }
    }
    let Some(repetition) = repetition else {
        return Err(parts.required("when")?.error("when needs a binding"));
    };
    let supported_by = supports(&parts, &mut reader)?;
    let needs_one_of = needs_one_of(&parts, &supported_by)?;
    let unless = unless(&parts, &reader, loaded)?;
    let subject = parts.optional("subject").map(|node| subject(node, &reader)).transpose()?;
    let is_across_machines = across_machines(&parts, subject.is_some())?;
    // A message may speak of supports too.
    reader.referable = reader.known.len();
    Ok(Rule {
        title: parts.text("title")?,
        severity: scale(parts.required("severity")?, "severity", &Severity::ALL, Severity::word)?,
        confidence: scale(
            parts.required("confidence")?,
            "confidence",
            &Confidence::ALL,
            Confidence::word,
        )?,
        theme: scale(parts.required("theme")?, "theme", &Theme::ALL, Theme::word)?,
        explain: parts.paragraph("explain")?,
        remedy: parts.paragraph("remedy")?,
        references: parts.texts("references")?,
        subject,
        is_across_machines,
        message: template(parts.required("message")?, &reader)?,
        explains: explains(&parts, loaded)?,
        examples: examples(&parts, file)?,
        id,
        file: file.to_owned(),
        line: parts.required("id")?.at.line,
        is_stock: false,
        when,
        supported_by,
        needs_one_of,
        unless,
        repetition,
    })
}

fn supports(parts: &Parts<'_>, reader: &mut BindingReader) -> Result<Vec<Support>, YamlError> {
    let mut supports = Vec::new();
    for entry in parts.map("supported_by")? {
        let binding = reader.read(entry, Support::KEYS)?;
        if binding.relations.is_empty() {
            return Err(entry.error("a support needs a relation to a binding of when"));
        }
        let entries = entry.value.as_map(&entry.key)?;
        let own =
            |key: &str| entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
        let raises_to = own("raises_to")
            .map(|node| scale(node, "raises_to", &Confidence::ALL, Confidence::word))
            .transpose()?;
        let severity =
            |key| own(key).map(|node| scale(node, key, &Severity::ALL, Severity::word)).transpose();
        let lowers_severity_to = severity("lowers_severity_to")?;
        let raises_severity_to = severity("raises_severity_to")?;
        reader.known.push((binding.name.clone(), binding.kinds.clone()));
        let words = |key| own(key).map(|node| paragraph(node, key)).transpose();
        let (remedy, case) = (words("remedy")?, words("case")?);
        if case.is_some() && remedy.is_none() {
            return Err(entry.error("a case needs a remedy of its own"));
        }
        supports.push(Support {
            binding,
            raises_to,
            lowers_severity_to,
            raises_severity_to,
            remedy,
            case,
        });
    }
    Ok(supports)
}

fn needs_one_of(parts: &Parts<'_>, supports: &[Support]) -> Result<Vec<usize>, YamlError> {
    let Some(node) = parts.optional("needs_one_of") else { return Ok(Vec::new()) };
    node.as_items()
        .iter()
        .map(|item| {
            let name = item.as_text("needs_one_of")?;
            supports
                .iter()
                .position(|support| support.binding.name == name)
                .ok_or_else(|| item.error(format!("supported_by has no '{name}'")))
        })
        .collect()
}

fn unless(
    parts: &Parts<'_>,
    reader: &BindingReader,
    loaded: &[Rule],
) -> Result<Vec<Unless>, YamlError> {
    let read = |entry: &Entry| {
        let entries = entry.value.as_map(&entry.key)?;
        let Some(rule) = entries.iter().find(|entry| entry.key == "rule") else {
            let binding = reader.read(entry, &[])?;
            if binding.relations.is_empty() {
                return Err(entry.error("unless needs a relation to a binding of when"));
            }
            return Ok(Unless::Fact(binding));
        };
        if let Some(other) = entries.iter().find(|entry| entry.key != "rule") {
            return Err(other.error(format!("'{}' does not go with rule", other.key)));
        }
        known_rule(&rule.value, loaded).map(Unless::Rule)
    };
    parts.map("unless")?.iter().map(read).collect()
}

fn explains(parts: &Parts<'_>, loaded: &[Rule]) -> Result<Vec<String>, YamlError> {
    let Some(node) = parts.optional("explains") else { return Ok(Vec::new()) };
    let read = |item: &Node| {
        known_rule(item, loaded)?;
        item.as_text("explains").map(str::to_owned)
    };
    node.as_items().iter().map(read).collect()
}

fn known_rule(node: &Node, loaded: &[Rule]) -> Result<usize, YamlError> {
    let id = node.as_text("a rule")?;
    loaded.iter().position(|rule| rule.id == id).ok_or_else(|| {
        node.error(format!("there is no rule '{id}' above this one or in a file read before it"))
    })
}

fn subject(node: &Node, reader: &BindingReader) -> Result<Subject, YamlError> {
    let text = node.as_text("subject")?;
    let field = reader.field_of(text, node)?;
    if field.binding != 0 {
        return Err(node.error("the subject must be a field of the first binding"));
    }
    Ok(if text.ends_with(".vm") { Subject::Vm } else { Subject::Field(field) })
}

fn across_machines(parts: &Parts<'_>, has_subject: bool) -> Result<bool, YamlError> {
    let Some(node) = parts.optional("across_machines") else { return Ok(false) };
    match node.content {
        Content::Flag(true) if !has_subject => {
            Err(node.error("across_machines needs a subject, by which findings are told apart"))
        }
        Content::Flag(flag) => Ok(flag),
        _ => Err(node.error("across_machines must be true or false")),
    }
}

fn template(node: &Node, reader: &BindingReader) -> Result<Template, YamlError> {
    let pieces = cut(node.as_text("message")?).map_err(|message| node.error(message))?;
    template_of(pieces, node, reader)
}

fn template_of(
    pieces: Vec<Cut<'_>>,
    node: &Node,
    reader: &BindingReader,
) -> Result<Template, YamlError> {
    let read = |piece: Cut<'_>| {
        Ok(match piece {
            Cut::Text(text) => Piece::Text(text.to_owned()),
            Cut::Name("count") => Piece::Count,
            Cut::Name("machine") => Piece::Machine,
            Cut::Name("machines") => Piece::Machines,
            Cut::Name("subject") => Piece::Subject,
            Cut::Name(name) => Piece::Field(reader.field_of(name, node)?),
            Cut::Optional(inner) => Piece::Optional(template_of(inner, node, reader)?),
        })
    };
    Ok(Template { pieces: pieces.into_iter().map(read).collect::<Result<_, YamlError>>()? })
}

fn examples(parts: &Parts<'_>, file: &str) -> Result<Vec<super::Example>, YamlError> {
    let Some(node) = parts.optional("examples") else { return Ok(Vec::new()) };
    node.as_items().iter().map(|item| example::read(item, file)).collect()
}

fn text(node: &Node, key: &str) -> Result<String, YamlError> {
    let text = node.as_text(key)?.trim();
    if text.is_empty() { Err(node.error(format!("{key} is empty"))) } else { Ok(text.into()) }
}

/// A text whose lines may be broken for reading.
fn paragraph(node: &Node, key: &str) -> Result<String, YamlError> {
    Ok(text(node, key)?.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The entries of a rule by key.
struct Parts<'a> {
    node: &'a Node,
    entries: &'a [Entry],
}

impl<'a> Parts<'a> {
    fn of(node: &'a Node) -> Result<Self, YamlError> {
        let entries = node.as_map("a rule")?;
        let known: Vec<&str> = KEYS.split(',').map(str::trim).collect();
        match entries.iter().find(|entry| !known.contains(&entry.key.as_str())) {
            Some(entry) => {
                let key = &entry.key;
                let meant = meant(key, known);
                Err(entry.error(format!("unknown key '{key}'{meant}; a rule has {KEYS}")))
            }
            None => Ok(Self { node, entries }),
        }
    }

    fn optional(&self, key: &str) -> Option<&'a Node> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    fn required(&self, key: &str) -> Result<&'a Node, YamlError> {
        self.optional(key).ok_or_else(|| self.node.error(format!("the rule has no {key}")))
    }

    fn text(&self, key: &str) -> Result<String, YamlError> {
        text(self.required(key)?, key)
    }

    fn paragraph(&self, key: &str) -> Result<String, YamlError> {
        paragraph(self.required(key)?, key)
    }

    fn texts(&self, key: &str) -> Result<Vec<String>, YamlError> {
        let Some(node) = self.optional(key) else { return Ok(Vec::new()) };
        node.as_items().iter().map(|item| item.as_text(key).map(str::to_owned)).collect()
    }

    fn map(&self, key: &str) -> Result<&'a [Entry], YamlError> {
        self.optional(key).map_or(Ok(&[]), |node| node.as_map(key))
    }
}
