//! Sentences with the values of facts in them.

use super::relation::FieldOf;
use crate::evidence::Evidence;
use crate::field::{Field, Value};
use crate::kind::Kind;

/// A sentence in pieces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Template {
    pub(crate) pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Text(String),
    /// How many facts match.
    Count,
    /// The machine's display name.
    Machine,
    /// What the finding is about.
    Subject,
    /// A field of the fact of a binding; supports are numbered after the bindings of `when`.
    Field(FieldOf),
}

/// A template cut into texts and the names between braces.
pub(crate) fn cut(text: &str) -> Result<Vec<(bool, &str)>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        let (name, after) = behind.split_once('}').ok_or("a brace '{' is not closed")?;
        pieces.push((false, before));
        pieces.push((true, name));
        rest = after;
    }
    pieces.push((false, rest));
    Ok(pieces)
}

/// Reads a field of the fact at `index`, whichever of the kinds it is of.
pub(crate) fn read_field(
    evidence: &Evidence,
    index: usize,
    fields: &[(Kind, &'static Field)],
) -> Option<(&'static Field, Value)> {
    let kind = Kind::of(&evidence.fact(index)?.kind);
    let (_, field) = fields.iter().find(|(of, _)| *of == kind)?;
    (field.read)(evidence, index).map(|value| (*field, value))
}

impl Template {
    /// The sentence. `fact_of` tells which fact a binding holds.
    pub(crate) fn fill(
        &self,
        evidence: &Evidence,
        fact_of: impl Fn(usize) -> Option<usize>,
        count: u64,
        machine: &str,
        subject: Option<&str>,
    ) -> String {
        let mut sentence = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => sentence.push_str(text),
                Piece::Count => sentence.push_str(&count.to_string()),
                Piece::Machine => sentence.push_str(machine),
                Piece::Subject => sentence.push_str(subject.unwrap_or(NOT_TOLD)),
                Piece::Field(field) => {
                    let value = fact_of(field.binding)
                        .and_then(|index| read_field(evidence, index, &field.fields));
                    match value {
                        Some((field, value)) => sentence.push_str(&field.show(&value)),
                        None => sentence.push_str(NOT_TOLD),
                    }
                }
            }
        }
        sentence
    }
}

/// What stands for a value that no source tells.
const NOT_TOLD: &str = "(not recorded)";
