//! What a cited record says, field by field.

use crate::evidence::Evidence;
use crate::fact::FactKind;
use crate::field::{Field, Read, Value};
use crate::kind::Kind;
use crate::some_of::some_of;

/// A field of a record that a finding cites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CitedField {
    /// Its name in rules, `bugcheck.code`, or that of a value of an event as its log names it; values
    /// without a name are called as rules call them, `value.3`.
    pub name: String,
    /// Its value for people, numbers of codes in hexadecimal. Long ones are cut.
    pub value: String,
}

impl CitedField {
    /// A field; a long name or value is cut.
    #[must_use]
    pub fn new(name: &str, value: &str) -> Self {
        Self { name: cut(name), value: cut(value) }
    }
}

/// A record with more fields is cited with the first.
const MAX_FIELDS: usize = 40;
/// A longer value is cut.
const MAX_LETTERS: usize = 300;
/// Of a longer list the first are told.
const MAX_ITEMS: usize = 12;

/// The fields of the fact at `index` that its record gives, in the order of the table of fields.
pub(crate) fn cited_fields(evidence: &Evidence, index: usize) -> Vec<CitedField> {
    let Some(kind) = evidence.fact(index).map(|fact| &fact.kind) else { return Vec::new() };
    let mut fields = Vec::new();
    for field in Field::of(Kind::of(kind)).filter(|field| is_of_the_record(field)) {
        let Read::Plain(read) = field.read else { continue };
        let value = read(evidence, index);
        fields.extend(value.map(|value| CitedField::new(field.path, &shown(field, &value))));
    }
    if let FactKind::Event(event) = kind {
        fields.extend(event.values.iter().enumerate().filter_map(|(position, value)| {
            let text = value.text.trim();
            let number = || format!("value.{}", position.saturating_add(1));
            let name = value.name.map_or_else(number, str::to_owned);
            (!text.is_empty()).then(|| CitedField::new(&name, text))
        }));
    }
    fields.truncate(MAX_FIELDS);
    fields
}

/// Builds are what is known of a machine, whatever the record says; values of events have names of their
/// own.
fn is_of_the_record(field: &Field) -> bool {
    !field.derived && !["os.build", "host.since_2016", "values"].contains(&field.path)
}

fn shown(field: &Field, value: &Value) -> String {
    match value {
        Value::List(items) => some_of(items.iter().map(String::as_str), MAX_ITEMS, ", "),
        value => field.show(value),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_LETTERS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
