//! From the tokens of a definition, or of a record without one, to a plan.
//!
//! Tokens: MS-EVEN6 2.2.12.1. A shape that the plan cannot express is [`Irregular`] and left to
//! the full decode: processing instructions, references, text in several pieces.

use super::bytes::{u8_at, u16_at, u32_at};
use super::instance::{Slots, counted_text};
use super::plan::{Class, Element, Field, FieldSource, NO_DEPENDENCY, Plan, Source, Step, TextAt};
use super::value::{Irregular, Utf16, kind};

/// What tokens are walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A template's definition: elements say on which value they depend, and values are slots.
    Definition,
    /// The record itself.
    Record,
}

/// What the elements are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    /// An `Event`, the whole of a record.
    Event,
    /// A part of one.
    Fragment,
}

/// Elements nested deeper are no event that Windows writes.
const MAX_DEPTH: usize = 24;
/// Templates of Windows take some hundred steps.
const MAX_STEPS: usize = 16_384;

/// Walks the tokens from `start` to `end` and adds the steps to `steps`.
pub(super) fn compile(
    chunk: &[u8],
    (start, end): (usize, usize),
    form: Form,
    whole: Whole,
    steps: &mut Vec<Step>,
    names: &mut Names,
) -> Result<Plan, Irregular> {
    let first = steps.len();
    let plan = Plan {
        fields: [FieldSource::default(); super::plan::FIELDS],
        has_system: false,
        steps: (index(first)?, 0),
    };
    let mut compiler = Compiler {
        chunk,
        at: start,
        end: end.min(chunk.len()),
        form,
        whole,
        plan,
        steps,
        names,
        first,
        open: Vec::with_capacity(8),
        start_tag: None,
        attribute_slots: Vec::new(),
        is_ended: false,
    };
    let result = compiler.run();
    let Compiler { mut plan, .. } = compiler;
    match result {
        Some(()) => {
            plan.steps.1 = index(steps.len())?;
            Ok(plan)
        }
        None => {
            steps.truncate(first);
            Err(Irregular)
        }
    }
}

fn index(at: usize) -> Result<u32, Irregular> {
    u32::try_from(at).map_err(|_| Irregular)
}

/// Names of a chunk that were met before: records without a template name every element again.
#[derive(Debug, Default)]
pub(super) struct Names(Vec<Option<(usize, TextAt, Class)>>);

impl Names {
    const PLACES: usize = 256;

    /// Forgets the chunk before.
    pub(super) fn clear(&mut self) {
        self.0.clear();
        self.0.resize(Self::PLACES, None);
    }

    fn place(offset: usize) -> usize {
        // Names stand at any offset, some ten bytes apart at least.
        (offset >> 3) % Self::PLACES
    }

    fn get(&self, offset: usize) -> Option<(TextAt, Class)> {
        let (known, name, class) = self.0.get(Self::place(offset)).copied().flatten()?;
        (known == offset).then_some((name, class))
    }

    fn put(&mut self, offset: usize, name: TextAt, class: Class) {
        if let Some(place) = self.0.get_mut(Self::place(offset)) {
            *place = Some((offset, name, class));
        }
    }
}

struct Compiler<'c> {
    chunk: &'c [u8],
    at: usize,
    end: usize,
    form: Form,
    whole: Whole,
    plan: Plan,
    steps: &'c mut Vec<Step>,
    names: &'c mut Names,
    first: usize,
    open: Vec<Open>,
    start_tag: Option<StartTag>,
    /// Slots that are the value of an attribute of the start tag.
    attribute_slots: Vec<u16>,
    /// Whether the `Event` is closed.
    is_ended: bool,
}

/// An element whose end has not come yet.
struct Open {
    element: Element,
    /// The step that enters it.
    step: usize,
    has_children: bool,
    pieces: usize,
    source: Source,
}

/// A start tag that is not closed yet.
struct StartTag {
    element: Element,
    attribute: Option<TextAt>,
    pieces: usize,
    source: Source,
}

impl Compiler<'_> {
    fn run(&mut self) -> Option<()> {
        while self.at < self.end {
            let token = u8_at(self.chunk, self.at)?;
            self.skip(1)?;
            match token {
                0x00 => break,
                0x01 | 0x41 => self.open_start(token == 0x41)?,
                0x02 => self.close_start()?,
                0x03 => {
                    self.close_start()?;
                    self.close()?;
                }
                0x04 => self.close()?,
                0x05 | 0x45 => self.literal()?,
                0x06 | 0x46 => self.attribute()?,
                0x0C if self.form == Form::Record => self.instance()?,
                0x0D | 0x0E if self.form == Form::Definition => {
                    let slot = u16_at(self.chunk, self.at)?;
                    self.skip(3)?;
                    self.piece(Source::Slot(slot))?;
                }
                0x0F => self.skip(3)?,
                _ => return None,
            }
            if self.steps.len().saturating_sub(self.first) > MAX_STEPS {
                return None;
            }
        }
        let may_be_many = (self.form, self.whole) == (Form::Record, Whole::Fragment);
        let is_whole = may_be_many || self.is_ended;
        (is_whole && self.open.is_empty() && self.start_tag.is_none()).then_some(())
    }

    fn skip(&mut self, bytes: usize) -> Option<()> {
        self.at = self.at.checked_add(bytes)?;
        (self.at <= self.end).then_some(())
    }

    /// How many elements are around the next one, the event included.
    fn depth(&self) -> usize {
        self.open.len()
    }

    /// Whether the next element is a child of `System`.
    fn is_in_system(&self) -> bool {
        self.whole == Whole::Event
            && self.open.get(1).is_some_and(|open| open.element.class == Class::System)
    }

    /// A reference to a name, which stands in the chunk once: here, or where it was used first.
    fn name(&mut self) -> Option<(TextAt, Class)> {
        const LINK_BYTES: usize = 6;
        let name = u32_at(self.chunk, self.at)?;
        self.skip(4)?;
        let is_here = name == self.at;
        if !is_here && let Some(known) = self.names.get(name) {
            return Some(known);
        }
        let (start, end) = counted_text(self.chunk, name.checked_add(LINK_BYTES)?)?;
        if is_here {
            const NUL_BYTES: usize = 2;
            self.skip(end.checked_sub(name)?.checked_add(NUL_BYTES)?)?;
        }
        let local = local(self.chunk, start, end)?;
        let class = Class::of(local.text(self.chunk));
        self.names.put(name, local, class);
        Some((local, class))
    }

    fn open_start(&mut self, has_attributes: bool) -> Option<()> {
        if self.start_tag.is_some() || self.depth() > MAX_DEPTH || self.is_ended {
            return None;
        }
        let mut dependency = NO_DEPENDENCY;
        if self.form == Form::Definition {
            dependency = u16_at(self.chunk, self.at)?;
            self.skip(2)?;
        }
        self.skip(4)?;
        let (name, class) = self.name()?;
        if has_attributes {
            self.skip(4)?;
        }
        let element = Element { name, class, value_name: TextAt::default(), dependency };
        let (attribute, pieces, source) = (None, 0, Source::Absent);
        self.start_tag = Some(StartTag { element, attribute, pieces, source });
        Some(())
    }

    fn attribute(&mut self) -> Option<()> {
        self.end_attribute()?;
        let (name, _) = self.name()?;
        self.start_tag.as_mut()?.attribute = Some(name);
        Some(())
    }

    /// The value of the attribute before is complete.
    fn end_attribute(&mut self) -> Option<()> {
        let tag = self.start_tag.as_mut()?;
        let (pieces, source) = (tag.pieces, tag.source);
        (tag.pieces, tag.source) = (0, Source::Absent);
        let Some(attribute) = tag.attribute.take() else { return Some(()) };
        if pieces > 1 {
            return None;
        }
        let (element, attribute) = (tag.element, attribute.text(self.chunk));
        if let Source::Slot(slot) = source {
            self.attribute_slots.push(slot);
        }
        if self.is_in_system() {
            let field = Field::of_attribute(element.name.text(self.chunk), attribute);
            return field.map_or(Some(()), |field| self.set(field, source, element.dependency));
        }
        if attribute.is("Name") {
            match source {
                Source::Absent => {}
                Source::Literal(at) => {
                    self.start_tag.as_mut()?.element.value_name = at;
                }
                _ => return None,
            }
        }
        Some(())
    }

    fn close_start(&mut self) -> Option<()> {
        self.end_attribute()?;
        let StartTag { element, .. } = self.start_tag.take()?;
        let is_event = self.whole == Whole::Event && self.depth() == 0;
        let is_system =
            self.whole == Whole::Event && self.depth() == 1 && element.class == Class::System;
        if is_event != (element.class == Class::Event) {
            return None;
        }
        if is_system {
            // One that can be left out, or that stands twice, is none that Windows writes.
            if self.plan.has_system || element.dependency != NO_DEPENDENCY {
                return None;
            }
            self.plan.has_system = true;
        }
        if let Some(parent) = self.open.last_mut() {
            parent.has_children = true;
        }
        self.steps.extend(self.attribute_slots.drain(..).map(Step::Attribute));
        let step = self.steps.len();
        let is_step = !is_event && !is_system && !self.is_in_system();
        if is_step {
            self.steps.push(Step::Enter { element, end: 0 });
        }
        let (has_children, pieces, source) = (false, 0, Source::Absent);
        self.open.push(Open { element, step, has_children, pieces, source });
        Some(())
    }

    fn close(&mut self) -> Option<()> {
        if self.start_tag.is_some() {
            return None;
        }
        let open = self.open.pop()?;
        let depth = self.depth();
        // A definition is one element; a fragment in a record may be several.
        self.is_ended |= depth == 0 && (self.form, self.whole) != (Form::Record, Whole::Fragment);
        if self.whole == Whole::Event && depth == 0 {
            return Some(());
        }
        if self.whole == Whole::Event && depth == 1 && open.element.class == Class::System {
            return (open.pieces == 0).then_some(());
        }
        if self.is_in_system() {
            // A child of `System` holds text and nothing else.
            if open.has_children || open.pieces > 1 || depth > 2 {
                return None;
            }
            let field = Field::of_element(open.element.name.text(self.chunk));
            let dependency = open.element.dependency;
            return field.map_or(Some(()), |field| self.set(field, open.source, dependency));
        }
        if open.has_children {
            let end = u32::try_from(self.steps.len()).ok()?;
            *self.steps.get_mut(open.step)? = Step::Enter { element: open.element, end };
            return Some(());
        }
        if open.pieces > 1 {
            return None;
        }
        self.steps.truncate(open.step);
        self.steps.push(Step::Leaf { element: open.element, source: open.source });
        Some(())
    }

    fn set(&mut self, field: Field, source: Source, dependency: u16) -> Option<()> {
        let target = self.plan.fields.get_mut(field as usize)?;
        if target.source != Source::Absent {
            return None;
        }
        *target = FieldSource { source, dependency };
        Some(())
    }

    fn literal(&mut self) -> Option<()> {
        let kind = u8_at(self.chunk, self.at)?;
        // Whatever else a value token may hold, Windows writes text.
        if kind != kind::STRING {
            return None;
        }
        let (start, end) = counted_text(self.chunk, self.at.checked_add(1)?)?;
        self.skip(end.checked_sub(self.at)?)?;
        let at = TextAt::of(self.chunk, start, end)?;
        if at.text(self.chunk).is_empty() {
            return None;
        }
        self.piece(Source::Literal(at))
    }

    /// A piece of an attribute's or an element's value.
    fn piece(&mut self, source: Source) -> Option<()> {
        if let Some(tag) = self.start_tag.as_mut() {
            if tag.attribute.is_some() {
                tag.pieces = tag.pieces.saturating_add(1);
                tag.source = source;
            }
            return Some(());
        }
        let is_in_system = self.is_in_system();
        let is_step = !is_in_system && self.open.last()?.element.class != Class::System;
        let open = self.open.last_mut()?;
        open.pieces = open.pieces.saturating_add(1);
        open.source = source;
        if is_step {
            self.steps.push(match source {
                Source::Slot(slot) => Step::Splice(slot),
                Source::Absent | Source::Literal(_) => Step::Text,
            });
        }
        Some(())
    }

    /// A template instance in the record itself, between elements.
    fn instance(&mut self) -> Option<()> {
        const TOKEN: usize = 1;
        if self.start_tag.is_some() || self.is_in_system() {
            return None;
        }
        let start = self.at.checked_sub(TOKEN)?;
        let instance = Slots::default().read(self.chunk, start, self.end).ok()?;
        self.at = usize::try_from(instance.end).ok()?;
        // An instance is one element.
        if let Some(parent) = self.open.last_mut() {
            parent.has_children = true;
        }
        self.steps.push(Step::Instance { at: u16::try_from(start).ok()? });
        Some(())
    }
}

/// The local part of a name, if it is one that XML reads as it stands.
fn local(chunk: &[u8], start: usize, end: usize) -> Option<TextAt> {
    let name = TextAt::of(chunk, start, end)?.text(chunk);
    let (units, _) = name.0.as_chunks::<2>();
    let is_plain = |unit: &[u8; 2]| {
        let [low, high] = *unit;
        high == 0 && (low.is_ascii_alphanumeric() || b"_-.:".contains(&low))
    };
    if units.is_empty() || !units.iter().all(is_plain) {
        return None;
    }
    let colon = units.iter().position(|unit| *unit == [b':', 0]);
    let skipped = colon.map_or(0, |colon| colon.saturating_add(1)).saturating_mul(2);
    (skipped < name.0.len()).then_some(())?;
    TextAt::of(chunk, start.checked_add(skipped)?, start.checked_add(name.0.len())?)
}

impl Utf16<'_> {
    /// Whether it is `text`, which must be ASCII.
    pub(super) fn is(self, text: &str) -> bool {
        let (units, _) = self.0.as_chunks::<2>();
        units.len() == text.len()
            && units.iter().zip(text.bytes()).all(|([low, high], byte)| *high == 0 && *low == byte)
    }
}
