//! The values of a record's payload, by the steps of its plans.
//!
//! What is a value, and what it is called, follows the reader of event XML: an element without
//! children in `EventData` or below the child of `UserData`.

use super::instance::{Instance, Slots, content, definition_body};
use super::plan::{Class, Element, NO_DEPENDENCY, Source, Step};
use super::plans::Plans;
use super::value::{Irregular, Utf16, Value, element_bytes, kind, scalar};

/// A value of a payload, as it stands in the chunk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NamedValue<'a> {
    /// Its name, where it has one.
    pub name: Option<Utf16<'a>>,
    /// The value.
    pub value: Value<'a>,
}

/// What holds the values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Holder<'a> {
    #[default]
    None,
    EventData,
    UserData(Utf16<'a>),
}

/// Reads one payload.
pub(super) struct PayloadReader<'r, 'a> {
    pub(super) chunk: &'a [u8],
    pub(super) slots: &'r mut Slots,
    pub(super) plans: &'r mut Plans,
    pub(super) values: &'r mut Vec<NamedValue<'a>>,
    pub(super) holder: Holder<'a>,
    pub(super) binary: Option<Value<'a>>,
    /// What a machine that forwarded the event made of it.
    pub(super) message: Option<Value<'a>>,
    /// Steps that may still be taken: a value may be used in several places on several levels.
    pub(super) budget: u32,
}

/// What one record's payload may cost: a step counts one, and so do eight bytes of text. A value that
/// is used in many places could otherwise fill the memory.
pub(super) const STEP_BUDGET: u32 = 1 << 17;
/// What the payloads of one chunk may cost together. Those of real chunks cost a tenth of it at most.
pub(super) const CHUNK_BUDGET: u32 = 1 << 20;
const BYTES_A_STEP: usize = 8;
/// Fragments within fragments, and elements within elements.
const MAX_DEPTH: u32 = 24;
/// As many as the reader of event XML takes.
const MAX_VALUES: usize = 65_536;

/// Where a step is taken.
#[derive(Clone, Copy)]
struct Place {
    /// Elements around it, the event included.
    depth: u32,
    section: Section,
    instance: Instance,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Values,
    UserData,
    Rendering,
    Other,
}

/// What an element turned out to hold.
#[derive(Default)]
struct Content {
    elements: u32,
    has_text: bool,
}

impl<'a> PayloadReader<'_, 'a> {
    /// Reads the values of an event.
    pub(super) fn run(&mut self, steps: (u32, u32), instance: Instance) -> Result<(), Irregular> {
        let place = Place { depth: 1, section: Section::Other, instance };
        self.steps(steps, place, &mut Content::default())
    }

    fn steps(
        &mut self,
        (mut at, end): (u32, u32),
        place: Place,
        parent: &mut Content,
    ) -> Result<(), Irregular> {
        if place.depth > MAX_DEPTH {
            return Err(Irregular);
        }
        while at < end {
            self.charge(1)?;
            let step = self.plans.step(at).ok_or(Irregular)?;
            at = at.saturating_add(1);
            match step {
                Step::Leaf { element, source } => {
                    if !self.is_left_out(&element, place) {
                        self.leaf(&element, source, place, parent)?;
                    }
                }
                Step::Enter { element, end } => {
                    if !self.is_left_out(&element, place) {
                        let inside = self.enter(&element, place)?;
                        let mut content = Content::default();
                        self.steps((at, end), inside, &mut content)?;
                        self.leave(&element, place, &content, parent)?;
                    }
                    at = end;
                }
                Step::Splice(slot) => self.splice(slot, place, parent)?,
                Step::Instance { at } => {
                    self.instance(at.into(), self.chunk.len(), place, parent)?
                }
                Step::Text => parent.has_text = true,
                Step::Attribute(slot) => {
                    if !self.slots.is_single(place.instance, slot) {
                        return Err(Irregular);
                    }
                }
            }
        }
        Ok(())
    }

    #[inline]
    fn charge(&mut self, work: usize) -> Result<(), Irregular> {
        let work = u32::try_from(work).map_err(|_| Irregular)?;
        let Some(rest) = self.budget.checked_sub(work) else {
            self.slots
                .lose("the values of a record are out of proportion to it, so it is not read");
            return Err(Irregular);
        };
        self.budget = rest;
        Ok(())
    }

    fn is_left_out(&self, element: &Element, place: Place) -> bool {
        element.dependency != NO_DEPENDENCY
            && self.slots.is_null(place.instance, element.dependency)
    }

    /// Where the children of an element stand.
    fn enter(&mut self, element: &Element, place: Place) -> Result<Place, Irregular> {
        let mut section = place.section;
        if place.depth == 1 {
            section = match element.class {
                Class::System | Class::Event => return Err(Irregular),
                Class::EventData => {
                    self.holder = Holder::EventData;
                    Section::Values
                }
                Class::OtherData => Section::Values,
                Class::UserData => Section::UserData,
                Class::RenderingInfo => Section::Rendering,
                Class::Data | Class::Binary | Class::Other => Section::Other,
            };
        } else if place.depth == 2 && section == Section::UserData {
            self.holder = Holder::UserData(element.name.text(self.chunk));
        }
        Ok(Place { depth: place.depth.saturating_add(1), section, ..place })
    }

    fn is_message(&self, element: &Element, place: Place) -> bool {
        place.depth == 2 && element.name.text(self.chunk).is("Message")
    }

    fn leave(
        &mut self,
        element: &Element,
        place: Place,
        content: &Content,
        parent: &mut Content,
    ) -> Result<(), Irregular> {
        parent.elements = parent.elements.saturating_add(1);
        match content {
            Content { elements: 0, has_text: true } => Err(Irregular),
            // All that it holds was left out.
            Content { elements: 0, .. } => self.found(element, Value::Null, place),
            _ if place.section == Section::Rendering && self.is_message(element, place) => {
                Err(Irregular)
            }
            _ => Ok(()),
        }
    }

    #[inline]
    fn leaf(
        &mut self,
        element: &Element,
        source: Source,
        place: Place,
        parent: &mut Content,
    ) -> Result<(), Irregular> {
        let inside = self.enter(element, place)?;
        let value = match source {
            Source::Absent => Value::Null,
            Source::Literal(at) => Value::Text(at.text(self.chunk)),
            Source::Slot(number) => match self.slots.slot(place.instance, number) {
                None => Value::Null,
                Some(slot) => {
                    let bytes = slot.bytes_in(self.chunk).ok_or(Irregular)?;
                    let kind = slot.kind;
                    if kind & kind::ARRAY != 0 {
                        return self.array(element, kind, bytes, place, parent);
                    }
                    if kind == kind::BIN_XML && !bytes.is_empty() {
                        let mut content = Content::default();
                        self.splice(number, inside, &mut content)?;
                        return self.leave(element, place, &content, parent);
                    }
                    scalar(kind, bytes)?
                }
            },
        };
        parent.elements = parent.elements.saturating_add(1);
        self.found(element, value, place)
    }

    /// An array repeats the element that holds it.
    fn array(
        &mut self,
        element: &Element,
        kind: u8,
        bytes: &'a [u8],
        place: Place,
        parent: &mut Content,
    ) -> Result<(), Irregular> {
        let before = parent.elements;
        let mut add = |reader: &mut Self, value| {
            reader.charge(1)?;
            parent.elements = parent.elements.saturating_add(1);
            reader.found(element, value, place)
        };
        if kind == kind::ARRAY | kind::STRING {
            let (units, _) = bytes.as_chunks::<2>();
            // The full decode would read one that ends without NUL on into what follows it.
            if units.last().is_some_and(|last| *last != [0, 0]) {
                self.slots.lose("a list of texts runs past its end, so its record is not read");
                return Err(Irregular);
            }
            let mut rest = bytes;
            while !rest.is_empty() {
                let text = Utf16::until_nul(rest);
                rest = rest.get(text.0.len().saturating_add(2)..).unwrap_or_default();
                add(self, Value::Text(text))?;
            }
        } else {
            let width = usize::from(element_bytes(kind).ok_or(Irregular)?);
            for item in bytes.chunks_exact(width) {
                add(self, scalar(kind & !kind::ARRAY, item)?)?;
            }
        }
        if parent.elements == before {
            parent.elements = before.saturating_add(1);
            self.found(element, Value::Null, place)?;
        }
        Ok(())
    }

    /// An element without children.
    #[inline]
    fn found(
        &mut self,
        element: &Element,
        value: Value<'a>,
        place: Place,
    ) -> Result<(), Irregular> {
        match place.section {
            Section::Rendering if self.is_message(element, place) => {
                self.message = Some(value);
                return Ok(());
            }
            Section::Rendering | Section::Other => return Ok(()),
            Section::Values | Section::UserData => {}
        }
        if element.class == Class::Binary {
            self.binary = Some(value);
            return Ok(());
        }
        let name = if element.value_name.bytes > 0 {
            Some(element.value_name.text(self.chunk))
        } else if element.class == Class::Data {
            None
        } else {
            Some(element.name.text(self.chunk))
        };
        let bytes = value.stored_bytes().saturating_add(name.map_or(0, |name| name.0.len()));
        self.charge(bytes / BYTES_A_STEP)?;
        if self.values.len() >= MAX_VALUES {
            return Err(Irregular);
        }
        self.values.push(NamedValue { name, value });
        Ok(())
    }

    /// A value among elements: a fragment of binary XML, or text.
    fn splice(&mut self, slot: u16, place: Place, parent: &mut Content) -> Result<(), Irregular> {
        let Some((start, end)) = self.slots.fragment(place.instance, slot) else {
            parent.has_text |= !self.slots.is_null(place.instance, slot);
            return Ok(());
        };
        let (at, token) = content(self.chunk, start).ok_or(Irregular)?;
        if token == INSTANCE {
            return self.instance(at, end, place, parent);
        }
        self.charge(end.saturating_sub(start))?;
        let plan = self.plans.once(self.chunk, (start, end))?;
        self.steps(plan.steps, place, parent)
    }

    fn instance(
        &mut self,
        at: usize,
        end: usize,
        place: Place,
        parent: &mut Content,
    ) -> Result<(), Irregular> {
        let instance = self.slots.read(self.chunk, at, end)?;
        self.charge(instance.values())?;
        let body = definition_body(self.chunk, instance.definition).ok_or(Irregular)?;
        let plan = self.plans.fragment(self.chunk, instance.definition, body)?;
        self.steps(plan, Place { instance, ..place }, parent)
    }
}

/// The token of a template instance.
pub(super) const INSTANCE: u8 = 0x0C;
