//! A fact that a rule asks for.

use std::borrow::Cow;

use super::condition::{MODIFIERS, Pattern, Test};
use super::nearest::meant;
use super::relation::{FieldOf, Relation, Side, Window, window};
use super::template::read_field;
use crate::evidence::Evidence;
use crate::field::{Field, FieldRef, Shape, Value};
use crate::finding::{Confidence, Severity};
use crate::kind::Kind;
use crate::logged_event::{EventRequest, MAX_POSITION};
use crate::yaml::{Content, Entry, Node, YamlError};

/// A fact of certain kinds with certain values, standing in certain relations to others.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    /// What the rule calls it.
    pub(crate) name: String,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) relations: Vec<Relation>,
    /// The raw events that it can be; `None` where it is of other kinds.
    pub(crate) events: Option<EventRequest>,
    /// The registry values that it can be; `None` where it is of other kinds.
    pub(crate) values: Option<Box<RegistryRequest>>,
}

/// Registry values that some rule asks for. No others need be kept: an export has a hundred thousand.
#[derive(Clone, Debug)]
pub struct RegistryRequest {
    key: Vec<Test>,
    name: Vec<Test>,
    data: Vec<Test>,
}

impl RegistryRequest {
    /// Whether the value called `name` of `key` may be one of them.
    #[must_use]
    pub fn fits(&self, key: &str, name: &str) -> bool {
        all_hold(&self.name, name) && all_hold(&self.key, key)
    }

    /// Whether such a value with this data, as text, is one of them.
    #[must_use]
    pub fn fits_data(&self, data: &str) -> bool {
        all_hold(&self.data, data)
    }

    /// `None` where neither key nor name narrow it down.
    fn of(conditions: &[Condition]) -> Option<Self> {
        let tests = |path: &str| -> Vec<Test> {
            let of_field = |condition: &&Condition| {
                condition.fields.first().is_some_and(|(_, found)| found.field.path == path)
            };
            conditions.iter().filter(of_field).map(|condition| condition.test.clone()).collect()
        };
        let request = Self { key: tests("key"), name: tests("name"), data: tests("data") };
        (!request.key.is_empty() || !request.name.is_empty()).then_some(request)
    }
}

fn all_hold(tests: &[Test], text: &str) -> bool {
    // As a fact tells it: an empty text is none.
    let value = (!text.is_empty()).then(|| Value::Text(text.to_owned()));
    tests.iter().all(|test| test.holds(value.as_ref()))
}

/// A test of a field.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) fields: Vec<(Kind, FieldRef)>,
    pub(crate) test: Test,
}

/// A fact that makes a finding surer.
#[derive(Clone, Debug)]
pub(crate) struct Support {
    pub(crate) binding: Binding,
    pub(crate) raises_to: Option<Confidence>,
    /// The severity is at most this where it holds.
    pub(crate) lowers_severity_to: Option<Severity>,
    pub(crate) raises_severity_to: Option<Severity>,
    /// What to do where it holds, in the place of what the rule says.
    pub(crate) remedy: Option<String>,
    /// That it holds, in words that follow `if`.
    pub(crate) case: Option<String>,
}

impl Support {
    /// The keys that it has beside those of every binding.
    pub(super) const KEYS: &[&str] =
        &["raises_to", "lowers_severity_to", "raises_severity_to", "remedy", "case"];
}

/// What keeps a rule from holding.
#[derive(Clone, Debug)]
pub(crate) enum Unless {
    /// A fact.
    Fact(Binding),
    /// Another rule that holds of the same anchor, by its number.
    Rule(usize),
}

impl Binding {
    /// The binding whose very fact it asks about.
    pub(crate) fn same_fact(&self) -> Option<usize> {
        self.relations.iter().find_map(|relation| match relation {
            Relation::SameFact(binding) => Some(*binding),
            _ => None,
        })
    }

    /// Facts of its kinds, in order; of raw events only those with the ids that it asks for.
    pub(crate) fn of_kinds<'a>(&self, evidence: &'a Evidence) -> Cow<'a, [usize]> {
        let lists: Vec<&[usize]> = match &self.events {
            Some(events) => events.ids.iter().map(|id| evidence.events(*id)).collect(),
            None => self.kinds.iter().map(|kind| evidence.of_kind(*kind)).collect(),
        };
        if let [only] = lists.as_slice() {
            return Cow::Borrowed(only);
        }
        let mut facts = lists.concat();
        facts.sort_unstable();
        Cow::Owned(facts)
    }

    /// Whether the fact at `index` has the values; relations are not looked at.
    pub(crate) fn accepts(&self, evidence: &Evidence, index: usize) -> bool {
        self.conditions.iter().all(|condition| {
            let value = read_field(evidence, index, &condition.fields).map(|(_, value)| value);
            condition.test.holds(value.as_ref())
        })
    }
}

/// Reads the bindings of one rule, each of which may refer to the ones of `when` before it.
#[derive(Debug, Default)]
pub(super) struct BindingReader {
    /// Bindings of `when`, then supports: name and kinds.
    pub(super) known: Vec<(String, Vec<Kind>)>,
    /// How many of them later bindings may refer to.
    pub(super) referable: usize,
}

impl BindingReader {
    /// Reads one binding. `own_keys` are keys of its section, which the caller reads.
    pub(super) fn read(&self, entry: &Entry, own_keys: &[&str]) -> Result<Binding, YamlError> {
        let entries = entry.value.as_map(&entry.key)?;
        let same_fact = entries
            .iter()
            .find(|entry| entry.key == "same_fact")
            .map(|entry| self.reference(&entry.value))
            .transpose()?;
        let kinds = match (entries.iter().find(|entry| entry.key == "kind"), same_fact) {
            (Some(kind), None) => read_kinds(&kind.value)?,
            (None, Some(same)) => self.kinds(same).to_vec(),
            (Some(kind), Some(_)) => {
                return Err(kind.error("kind does not go with same_fact, which has one already"));
            }
            (None, None) => {
                return Err(entry.error(format!("{} needs a kind: one of {}", entry.key, kinds())));
            }
        };
        let mut binding = Binding {
            name: entry.key.clone(),
            kinds,
            conditions: Vec::new(),
            relations: Vec::new(),
            events: None,
            values: None,
        };
        for entry in entries {
            if entry.key == "kind" || own_keys.contains(&entry.key.as_str()) {
                continue;
            }
            match self.relation(entry, &binding.kinds)? {
                Some(relations) => binding.relations.extend(relations),
                None => binding.conditions.push(condition(entry, &binding.kinds)?),
            }
        }
        if binding.kinds.contains(&Kind::Event) && same_fact.is_none() {
            refuse_large_ids(entries)?;
            binding.events = Some(event_request(&binding.conditions).ok_or_else(|| {
                entry.error(
                    "an event needs event.provider and event.id, each one value or a list, so that \
                     only such events are kept",
                )
            })?);
        }
        if binding.kinds.contains(&Kind::RegistryValue) && same_fact.is_none() {
            let request = RegistryRequest::of(&binding.conditions).ok_or_else(|| {
                entry.error("a registry_value needs key or name, so that only such values are kept")
            })?;
            binding.values = Some(Box::new(request));
        }
        Ok(binding)
    }

    /// The relations that a key means, or `None` when it is no relation.
    fn relation(&self, entry: &Entry, own: &[Kind]) -> Result<Option<Vec<Relation>>, YamlError> {
        let reference = || self.reference(&entry.value);
        let relation = match entry.key.as_str() {
            "same_fact" => Relation::SameFact(reference()?),
            "same_machine" => Relation::SameMachine(reference()?),
            "same_vm" => Relation::SameVm(reference()?),
            "may_be_same_vm" => Relation::MayBeSameVm(reference()?),
            "same_bugcheck" => {
                let other = reference()?;
                for kind in own.iter().chain(self.kinds(other)) {
                    if Field::find(*kind, "bugcheck.code").is_none() {
                        return Err(entry.error(format!("a {} has no bugcheck", kind.word())));
                    }
                }
                Relation::SameBugcheck(other)
            }
            "within" => {
                let text = entry.value.as_text("within")?;
                let (seconds, side, name) = window(text).ok_or_else(|| {
                    entry.value.error(format!(
                        "'{text}' is not such as '10m before crash', '2h after crash', \
                         '90s around crash'"
                    ))
                })?;
                let seconds_if = |wanted| Some(if wanted { seconds } else { 0 });
                Relation::Time(Window {
                    of: self.named(name, &entry.value)?,
                    before: seconds_if(side != Side::After),
                    after: seconds_if(side != Side::Before),
                })
            }
            "before" => Relation::Time(Window { of: reference()?, before: None, after: Some(0) }),
            "after" => Relation::Time(Window { of: reference()?, before: Some(0), after: None }),
            "equal" => {
                return self.pairs(entry, own, |own, other| Relation::Equal { own, other });
            }
            "unequal" => {
                return self.pairs(entry, own, |own, other| Relation::Unequal { own, other });
            }
            _ => return Ok(None),
        };
        Ok(Some(vec![relation]))
    }

    /// Fields of the binding, each with one of a binding above it.
    fn pairs(
        &self,
        entry: &Entry,
        own: &[Kind],
        relation: fn(Vec<(Kind, FieldRef)>, FieldOf) -> Relation,
    ) -> Result<Option<Vec<Relation>>, YamlError> {
        let pairs = entry.value.as_map(&entry.key)?.iter();
        let read = |entry: &Entry| {
            let other = self.field_of(entry.value.as_text(&entry.key)?, &entry.value)?;
            Ok(relation(fields(own, &entry.key, entry)?, other))
        };
        pairs.map(read).collect::<Result<_, _>>().map(Some)
    }

    /// Reads `crash.bugcheck.code`: a binding and a field of it.
    pub(super) fn field_of(&self, text: &str, node: &Node) -> Result<FieldOf, YamlError> {
        let (name, path) = text.split_once('.').ok_or_else(|| {
            node.error(format!("'{text}' is not a binding and a field, such as crash.os.build"))
        })?;
        let binding = self.named(name, node)?;
        let entry = Entry { key: path.to_owned(), at: node.at, value: node.clone() };
        Ok(FieldOf { binding, fields: fields(self.kinds(binding), path, &entry)? })
    }

    fn reference(&self, node: &Node) -> Result<usize, YamlError> {
        self.named(node.as_text("a reference")?, node)
    }

    fn named(&self, name: &str, node: &Node) -> Result<usize, YamlError> {
        let known = self.known.iter().take(self.referable);
        known.clone().position(|(known, _)| known == name).ok_or_else(|| {
            let names: Vec<&str> = known.map(|(name, _)| name.as_str()).collect();
            let names = if names.is_empty() { "none".into() } else { names.join(", ") };
            node.error(format!("'{name}' is bound nowhere above; bound are {names}"))
        })
    }

    fn kinds(&self, binding: usize) -> &[Kind] {
        self.known.get(binding).map_or(&[], |(_, kinds)| kinds.as_slice())
    }
}

fn condition(entry: &Entry, kinds: &[Kind]) -> Result<Condition, YamlError> {
    let (path, modifier) = match entry.key.split_once('|') {
        Some((path, modifier)) => (path, Some(modifier)),
        None => (entry.key.as_str(), None),
    };
    let fields = fields(kinds, path, entry)?;
    let shape = fields.first().map_or(Shape::Text, |(_, found)| found.field.shape);
    let known: Vec<&str> = MODIFIERS.split(',').map(str::trim).collect();
    if let Some(modifier) = modifier.filter(|modifier| !known.contains(modifier)) {
        return Err(
            entry.error(format!("unknown modifier '{modifier}'; modifiers are {MODIFIERS}"))
        );
    }
    Ok(Condition { fields, test: Test::read(&entry.value, path, modifier, shape)? })
}

/// Which raw events can meet the conditions.
fn event_request(conditions: &[Condition]) -> Option<EventRequest> {
    let patterns = |path: &str| {
        conditions.iter().find_map(|condition| match (&condition.test, condition.fields.first()) {
            (Test::AnyOf(patterns), Some((_, found))) if found.field.path == path => Some(patterns),
            _ => None,
        })
    };
    let providers = patterns("event.provider")?.iter().filter_map(|pattern| match pattern {
        Pattern::Provider(provider) => Some(provider.clone()),
        _ => None,
    });
    let ids = patterns("event.id")?.iter().filter_map(|pattern| match pattern {
        Pattern::Number(id) => u32::try_from(*id).ok(),
        _ => None,
    });
    let mut request = EventRequest { providers: providers.collect(), ids: ids.collect() };
    request.ids.sort_unstable();
    request.ids.dedup();
    (!request.providers.is_empty() && !request.ids.is_empty()).then_some(request)
}

/// An id that no event has would be left out of the request, which then asks for too little.
fn refuse_large_ids(entries: &[Entry]) -> Result<(), YamlError> {
    let ids = entries.iter().filter(|entry| entry.key == "event.id");
    for item in ids.flat_map(|entry| entry.value.as_items()) {
        if let Content::Number(number) = item.content
            && u32::try_from(number).is_err()
        {
            return Err(item.error(format!("{number} is larger than the id of any event")));
        }
    }
    Ok(())
}

/// The field called `path` of each of the kinds, which must be of one shape.
fn fields(kinds: &[Kind], path: &str, entry: &Entry) -> Result<Vec<(Kind, FieldRef)>, YamlError> {
    let mut found: Vec<(Kind, FieldRef)> = Vec::new();
    for kind in kinds {
        let field = Field::find(*kind, path).ok_or_else(|| {
            let names: Vec<&str> = Field::of(*kind).map(|field| field.path).collect();
            let kind = kind.word();
            entry.error(format!(
                "a fact of kind {kind} has no field '{path}'{}; it has {}",
                meant(path, names.iter().copied()),
                names.join(", ")
            ))
        })?;
        if found.first().is_some_and(|(_, first)| first.field.shape != field.field.shape) {
            return Err(entry.error(format!("'{path}' means different things in these kinds")));
        }
        let position = field.name().parse::<usize>();
        if field.field.shape == Shape::Logged
            && position.is_ok_and(|position| !(1..=MAX_POSITION).contains(&position))
        {
            return Err(entry.error(format!("values are numbered from 1 to {MAX_POSITION}")));
        }
        found.push((*kind, field));
    }
    Ok(found)
}

/// Reads the word, or the list of words, of kinds.
pub(super) fn read_kinds(node: &Node) -> Result<Vec<Kind>, YamlError> {
    let read = |item: &Node| {
        let word = item.as_text("kind")?;
        Kind::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(|| {
            let meant = meant(word, Kind::ALL.map(Kind::word));
            item.error(format!("unknown kind '{word}'{meant}; kinds are {}", kinds()))
        })
    };
    let kinds: Vec<Kind> = node.as_items().iter().map(read).collect::<Result<_, _>>()?;
    if kinds.is_empty() {
        return Err(node.error("kind needs a word"));
    }
    Ok(kinds)
}

fn kinds() -> String {
    Kind::ALL.map(Kind::word).join(", ")
}

/// Reads one of the words of an ordered scale.
pub(super) fn scale<T: Copy>(
    node: &Node,
    what: &str,
    all: &[T],
    word: fn(T) -> &'static str,
) -> Result<T, YamlError> {
    let names: Vec<&str> = all.iter().map(|value| word(*value)).collect();
    let text = match &node.content {
        Content::Text(text) => text.as_str(),
        _ => "",
    };
    all.iter()
        .copied()
        .find(|value| word(*value) == text)
        .ok_or_else(|| node.error(format!("{what} must be one of {}", names.join(", "))))
}
