//! Template instances: the values that a record gives to a template.
//!
//! Layout (MS-EVEN6 2.2.12.1, `TemplateInstanceData`): token, version, template id, offset of the
//! definition in the chunk, the definition itself where it is used first, number of values, a
//! descriptor of four bytes each (size, type, padding), the values.

use std::collections::HashMap;

use memchr::memmem;

use super::bytes::{slice_at, u8_at, u16_at, u32_at};
use super::value::{Irregular, Value, element_bytes, kind, scalar};

/// Token, version, template id and offset of the definition.
const HEAD_BYTES: usize = 10;
/// Offset of the next definition, GUID and size, before a definition's tokens.
pub(super) const DEFINITION_HEAD_BYTES: usize = 24;
/// More values than any template takes; records exist with some hundred.
const MAX_VALUES: usize = 4096;

/// An instance whose descriptors are regular: known types, sizes that fit them, all inside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instance {
    /// Where the template's definition stands in the chunk.
    pub(super) definition: u32,
    /// Where its slots begin in [`Slots`], and how many there are.
    first: u32,
    count: u32,
    /// Where it ends in the chunk.
    pub(super) end: u32,
}

impl Instance {
    /// An instance of nothing, for records without a template.
    pub(super) fn none() -> Self {
        Self { definition: 0, first: 0, count: 0, end: 0 }
    }

    /// How many values it has.
    pub(super) fn values(self) -> usize {
        usize::try_from(self.count).unwrap_or(usize::MAX)
    }
}

/// Where a value stands in its chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    start: u32,
    bytes: u16,
    pub(super) kind: u8,
}

/// The values of the instances that are being read. Kept between records, so that reading one
/// allocates nothing.
#[derive(Debug, Default)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    /// Whether a definition was taken that stands elsewhere than the record says.
    has_other_template: bool,
    /// Where templates are defined that were looked for.
    known: HashMap<usize, Option<usize>>,
    /// Why the record must not be given to the full decode either.
    loss: Option<&'static str>,
}

impl Slots {
    /// Begins a record.
    #[inline]
    pub(super) fn begin(&mut self) {
        self.slots.clear();
        self.has_other_template = false;
        self.loss = None;
    }

    /// Forgets the chunk before.
    pub(super) fn clear(&mut self) {
        self.known.clear();
    }

    /// Gives the record up.
    pub(super) fn lose(&mut self, loss: &'static str) {
        self.loss = Some(loss);
    }

    /// Why nobody can read the record, if that is so: the full decode does not look whether values
    /// end with their record, and whether a template is the right one.
    pub(super) fn loss(&self) -> Option<&'static str> {
        let other =
            "the template of a record stands elsewhere and has an odd shape; it is not read";
        self.loss.or(self.has_other_template.then_some(other))
    }

    /// Reads the instance whose token stands at `at`; `end` is where what holds it ends.
    #[inline]
    pub(super) fn read(
        &mut self,
        chunk: &[u8],
        at: usize,
        end: usize,
    ) -> Result<Instance, Irregular> {
        self.read_within(chunk, at, end).ok_or(Irregular)
    }

    #[inline]
    fn read_within(&mut self, chunk: &[u8], at: usize, end: usize) -> Option<Instance> {
        let id = u32_at(chunk, at.checked_add(2)?)?;
        let mut definition = u32_at(chunk, at.checked_add(6)?)?;
        let mut at = at.checked_add(HEAD_BYTES)?;
        if definition == at {
            let size = u32_at(chunk, at.checked_add(DEFINITION_HEAD_BYTES - 4)?)?;
            at = at.checked_add(DEFINITION_HEAD_BYTES)?.checked_add(size)?;
        }
        // A record may be older or younger than the rest of its chunk, and where its template stood
        // may be another now.
        if !is_definition_of(chunk, definition, id) {
            self.has_other_template = true;
            let other = *self.known.entry(id).or_insert_with(|| find_definition(chunk, id));
            if other.is_none() {
                self.loss = Some("the template of a record was overwritten, so it is lost");
            }
            definition = other?;
        }
        let count = u32_at(chunk, at)?;
        if count > MAX_VALUES {
            return None;
        }
        let descriptors = slice_at(chunk, at.checked_add(4)?, count.checked_mul(4)?)?;
        let mut start = at.checked_add(4)?.checked_add(descriptors.len())?;
        let first = self.slots.len();
        let mut is_regular = true;
        let mut excess = 0_usize;
        self.slots.extend(descriptors.as_chunks::<4>().0.iter().map(|[low, high, kind, _]| {
            let bytes = u16::from_le_bytes([*low, *high]);
            let slot = Slot { start: narrow(start), bytes, kind: *kind };
            let rule = SizeRule::of(*kind);
            if !rule.allows(bytes) {
                is_regular = false;
                excess = excess.saturating_add(usize::from(rule.bits).saturating_sub(bytes.into()));
            }
            if rule.is_special {
                let needed = needed_bytes(chunk, *kind, start, bytes);
                is_regular &= needed == usize::from(bytes);
                excess = excess.saturating_add(needed.saturating_sub(bytes.into()));
            }
            start = start.saturating_add(bytes.into());
            slot
        }));
        let instance = Instance {
            definition: u32::try_from(definition).ok()?,
            first: u32::try_from(first).ok()?,
            count: u32::try_from(count).ok()?,
            end: u32::try_from(start).ok()?,
        };
        if start.saturating_add(excess) > end || end > chunk.len() {
            self.loss = Some("the values of a record run past its end, so it is not read");
            return None;
        }
        is_regular.then_some(instance)
    }

    /// The slot of that number.
    #[inline]
    pub(super) fn slot(&self, instance: Instance, number: u16) -> Option<&Slot> {
        let number = u32::from(number);
        if number >= instance.count {
            return None;
        }
        self.slots.get(usize::try_from(instance.first.checked_add(number)?).ok()?)
    }

    /// The value of a slot; nothing for a number that the instance does not have.
    #[inline]
    pub(super) fn value<'a>(
        &self,
        chunk: &'a [u8],
        instance: Instance,
        number: u16,
    ) -> Result<Value<'a>, Irregular> {
        let Some(slot) = self.slot(instance, number) else { return Ok(Value::Null) };
        let bytes = slot.bytes_in(chunk).ok_or(Irregular)?;
        scalar(slot.kind, bytes)
    }

    /// Whether a slot's value is null, so that an element that depends on it is left out.
    #[inline]
    pub(super) fn is_null(&self, instance: Instance, number: u16) -> bool {
        self.slot(instance, number).is_some_and(Slot::is_null)
    }

    /// Whether a slot holds what may stand in an attribute: one value.
    pub(super) fn is_single(&self, instance: Instance, number: u16) -> bool {
        self.slot(instance, number)
            .is_none_or(|slot| slot.kind & kind::ARRAY == 0 && slot.kind != kind::BIN_XML)
    }

    /// The bytes of a slot that holds a fragment of binary XML.
    pub(super) fn fragment(&self, instance: Instance, number: u16) -> Option<(usize, usize)> {
        let slot = self.slot(instance, number)?;
        let start = usize::try_from(slot.start).ok()?;
        (slot.kind == kind::BIN_XML && slot.bytes > 0)
            .then_some((start, start.saturating_add(slot.bytes.into())))
    }
}

impl Slot {
    /// Whether it is null, or a fragment of nothing, which is the same.
    #[inline]
    pub(super) fn is_null(&self) -> bool {
        self.kind == kind::NULL || (self.kind == kind::BIN_XML && self.bytes == 0)
    }

    /// The bytes of its value.
    #[inline]
    pub(super) fn bytes_in<'a>(&self, chunk: &'a [u8]) -> Option<&'a [u8]> {
        slice_at(chunk, usize::try_from(self.start).ok()?, self.bytes.into())
    }
}

/// A chunk has 64 KiB; what would lie past it is no place in it.
fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// What size a type may have: its bits under `mask` must be `bits`. `is_special` marks types of
/// which more must be known.
#[derive(Clone, Copy)]
struct SizeRule {
    mask: u16,
    bits: u16,
    is_special: bool,
}

const fn exactly(size: u16) -> SizeRule {
    SizeRule { mask: 0xFFFF, bits: size, is_special: false }
}
const fn multiple_of(size: u16) -> SizeRule {
    SizeRule { mask: size.saturating_sub(1), bits: 0, is_special: false }
}
const fn special(rule: SizeRule) -> SizeRule {
    SizeRule { is_special: true, ..rule }
}
const ANY: SizeRule = multiple_of(1);
/// Types that are not known, or not read.
const NONE: SizeRule = SizeRule { mask: 0, bits: 1, is_special: false };

static SIZES: [SizeRule; 256] = sizes();

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated while compiling"
)]
const fn sizes() -> [SizeRule; 256] {
    let mut sizes = [NONE; 256];
    sizes[kind::NULL as usize] = ANY;
    sizes[kind::STRING as usize] = multiple_of(2);
    sizes[kind::ANSI_STRING as usize] = ANY;
    sizes[kind::BINARY as usize] = ANY;
    sizes[kind::BIN_XML as usize] = ANY;
    sizes[kind::SIZE_T as usize] = special(multiple_of(4));
    sizes[kind::SID as usize] = special(multiple_of(4));
    sizes[(kind::ARRAY | kind::STRING) as usize] = multiple_of(2);
    sizes[kind::BOOLEAN as usize] = exactly(4);
    sizes[(kind::ARRAY | kind::BOOLEAN) as usize] = multiple_of(4);
    let mut number = 0_u8;
    while number < kind::ARRAY {
        if let Some(size) = element_bytes(number) {
            sizes[number as usize] = exactly(size);
            sizes[(kind::ARRAY | number) as usize] = multiple_of(size);
        }
        number += 1;
    }
    sizes
}

impl SizeRule {
    #[inline]
    fn of(kind: u8) -> Self {
        SIZES.get(usize::from(kind)).copied().unwrap_or(NONE)
    }

    #[inline]
    fn allows(self, bytes: u16) -> bool {
        bytes & self.mask == self.bits
    }
}

/// The size of a value that depends on more than its type.
fn needed_bytes(chunk: &[u8], kind: u8, at: usize, bytes: u16) -> usize {
    const POINTER_BYTES: usize = 8;
    match kind {
        // As long as its count of parts says.
        kind::SID => {
            let parts = u8_at(chunk, at.saturating_add(1)).unwrap_or_default();
            usize::from(parts).saturating_mul(4).saturating_add(8)
        }
        kind::SIZE_T if bytes == 4 => 4,
        kind::SIZE_T => POINTER_BYTES,
        _ => bytes.into(),
    }
}

/// Whether a definition is that of the template with this id, which is the first part of its GUID:
/// so it is in all 24,208 records of real logs that stand in their place.
fn is_definition_of(chunk: &[u8], definition: usize, id: usize) -> bool {
    const GUID: usize = 4;
    definition.checked_add(GUID).and_then(|at| u32_at(chunk, at)) == Some(id)
}

/// Where a template is defined in a chunk: behind an instance that gives that very place.
fn find_definition(chunk: &[u8], id: usize) -> Option<usize> {
    const GUID: usize = 4;
    let pattern = u32::try_from(id).ok()?.to_le_bytes();
    memmem::find_iter(chunk, &pattern).find_map(|found| {
        let definition = found.checked_sub(GUID)?;
        let is_own = u32_at(chunk, definition.checked_sub(4)?)? == definition
            && u32_at(chunk, definition.checked_sub(8)?)? == id;
        is_own.then_some(definition)
    })
}

/// The fragment header and the token after it, at which an instance or an element begins.
pub(super) fn content(chunk: &[u8], start: usize) -> Option<(usize, u8)> {
    const FRAGMENT: u8 = 0x0F;
    const FRAGMENT_BYTES: usize = 4;
    let token = u8_at(chunk, start)?;
    if token != FRAGMENT {
        return Some((start, token));
    }
    let at = start.checked_add(FRAGMENT_BYTES)?;
    Some((at, u8_at(chunk, at)?))
}

/// Where the tokens of the definition at `definition` stand.
pub(super) fn definition_body(chunk: &[u8], definition: u32) -> Option<(usize, usize)> {
    let at = usize::try_from(definition).ok()?;
    let size = u32_at(chunk, at.checked_add(DEFINITION_HEAD_BYTES - 4)?)?;
    let start = at.checked_add(DEFINITION_HEAD_BYTES)?;
    let end = start.checked_add(size)?;
    (end <= chunk.len()).then_some((start, end))
}

/// Length-prefixed text of a value token.
pub(super) fn counted_text(chunk: &[u8], at: usize) -> Option<(usize, usize)> {
    let units = usize::from(u16_at(chunk, at)?);
    let start = at.checked_add(2)?;
    let end = start.checked_add(units.checked_mul(2)?)?;
    (end <= chunk.len()).then_some((start, end))
}
