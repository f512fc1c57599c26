//! Sentences with the values of facts in them.

use super::relation::FieldOf;
use crate::evidence::Evidence;
use crate::field::{Field, FieldRef, Value};
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
    /// The machines of all facts that match.
    Machines,
    /// What the finding is about.
    Subject,
    /// A field of the fact of a binding; supports are numbered after the bindings of `when`.
    Field(FieldOf),
    /// What is said only if every field in it is known.
    Optional(Template),
}

/// A part of a template as it is written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cut<'a> {
    Text(&'a str),
    /// A name between braces.
    Name(&'a str),
    /// What stands between brackets.
    Optional(Vec<Cut<'a>>),
}

/// A template cut into texts, the names between braces, and the parts between brackets.
pub(crate) fn cut(text: &str) -> Result<Vec<Cut<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('[') {
        let (optional, after) = behind.split_once(']').ok_or("a bracket '[' is not closed")?;
        cut_names(before, &mut pieces)?;
        let mut inner = Vec::new();
        cut_names(optional, &mut inner)?;
        pieces.push(Cut::Optional(inner));
        rest = after;
    }
    cut_names(rest, &mut pieces)?;
    Ok(pieces)
}

fn cut_names<'a>(text: &'a str, pieces: &mut Vec<Cut<'a>>) -> Result<(), String> {
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        let (name, after) = behind.split_once('}').ok_or("a brace '{' is not closed")?;
        pieces.push(Cut::Text(before));
        pieces.push(Cut::Name(name));
        rest = after;
    }
    pieces.push(Cut::Text(rest));
    Ok(())
}

/// Reads a field of the fact at `index`, whichever of the kinds it is of.
pub(crate) fn read_field(
    evidence: &Evidence,
    index: usize,
    fields: &[(Kind, FieldRef)],
) -> Option<(&'static Field, Value)> {
    let kind = Kind::of(&evidence.fact(index)?.kind);
    let (_, field) = fields.iter().find(|(of, _)| *of == kind)?;
    field.read(evidence, index).map(|value| (field.field, value))
}

/// What a sentence is said of.
pub(crate) struct Said<'a, F: Fn(usize) -> Option<usize>> {
    pub(crate) evidence: &'a Evidence,
    /// Which fact a binding holds.
    pub(crate) fact_of: F,
    /// How many facts match.
    pub(crate) count: u64,
    /// The machine's display name.
    pub(crate) machine: &'a str,
    /// The machines of all facts that match, in words.
    pub(crate) machines: &'a str,
    pub(crate) subject: Option<&'a str>,
}

impl Template {
    /// The sentence.
    pub(crate) fn fill<F: Fn(usize) -> Option<usize>>(&self, said: &Said<'_, F>) -> String {
        let mut sentence = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Optional(part) => {
                    if part.is_known(said) {
                        sentence.push_str(&part.fill(said));
                    }
                }
                piece => sentence.push_str(piece.value(said).as_deref().unwrap_or(NOT_TOLD)),
            }
        }
        sentence
    }

    fn is_known<F: Fn(usize) -> Option<usize>>(&self, said: &Said<'_, F>) -> bool {
        self.pieces.iter().all(|piece| piece.value(said).is_some())
    }
}

impl Piece {
    fn value<F: Fn(usize) -> Option<usize>>(&self, said: &Said<'_, F>) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Count => Some(said.count.to_string()),
            Self::Machine => Some(said.machine.to_owned()),
            Self::Machines => Some(said.machines.to_owned()),
            Self::Subject => said.subject.map(str::to_owned),
            Self::Field(field) => {
                let index = (said.fact_of)(field.binding)?;
                let (field, value) = read_field(said.evidence, index, &field.fields)?;
                Some(field.show(&value))
            }
            Self::Optional(part) => Some(part.fill(said)),
        }
    }
}

/// What stands for a value that no source tells.
const NOT_TOLD: &str = "(not recorded)";
