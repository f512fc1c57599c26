//! Which message does an event of a provider's manifest have?
//!
//! A `WEVT_TEMPLATE` resource is a tree of offsets, all from its start: `CRIM` lists providers,
//! `WEVT` lists a provider's elements, `EVNT` its events, `TTBL` the templates of their values and
//! `MAPS` the names of values. An event refers to its message by number and to its level, opcode and
//! task by the offset of their definitions. Only numbers are kept; texts stand in message tables.
//!
//! The `evtx` package has a reader, too, behind a feature. It is not used: it copies an element for
//! each reference to it (64 KiB make 70 MiB, growing with the square), gives up a whole
//! manifest for one bad name, and knows maps as libfwevt does, without their flags.

use std::collections::{BTreeMap, BTreeSet};

use hvtriage_winfmt::{Bytes, Guid};

use super::table::NO_MESSAGE;

const PROVIDER: u64 = 20;
const ELEMENT: u64 = 8;
const EVENT: u64 = 48;
const KEYWORD: u64 = 16;
const TEMPLATE_HEADER: u64 = 40;
const TEMPLATE_ITEM: u64 = 20;
const MAP_ENTRY: u64 = 8;
/// Entries of a map. The largest are lists of error codes.
const MAP_LIMIT: u32 = 16_384;

/// One provider of a manifest.
#[derive(Clone, Debug, Default)]
pub(super) struct Manifest {
    pub(super) guid: Guid,
    /// Message that is the provider's name.
    pub(super) name: u32,
    /// Sorted by id and version.
    pub(super) events: Vec<EventDefinition>,
    /// Mask and message.
    pub(super) keywords: Vec<(u64, u32)>,
    /// Offset of a template: the offset of each item's map, 0 where it has none. Templates without
    /// maps are left out.
    pub(super) templates: BTreeMap<u32, Vec<u32>>,
    /// Offset of a map: its entries.
    pub(super) maps: BTreeMap<u32, Map>,
}

/// An event as its manifest defines it; numbers of messages are [`NO_MESSAGE`] where it has none.
#[derive(Clone, Copy, Debug)]
pub(super) struct EventDefinition {
    pub(super) id: u16,
    pub(super) version: u8,
    pub(super) message: u32,
    pub(super) template: u32,
    pub(super) level: u32,
    pub(super) opcode: u32,
    pub(super) task: u32,
}

/// Names of values.
#[derive(Clone, Debug)]
pub(super) struct Map {
    /// Whether an entry is a bit of the value, and not the value.
    pub(super) is_bits: bool,
    /// Value and message.
    pub(super) entries: Vec<(u32, u32)>,
}

impl Manifest {
    /// The definition of an event. A classic event that a manifest took over can share its id with
    /// others that differ in qualifiers: then the one whose message is `classic` counts.
    pub(super) fn event(&self, id: u16, version: u8, classic: u32) -> Option<&EventDefinition> {
        let key = |event: &EventDefinition| (event.id, event.version);
        let start = self.events.partition_point(|event| key(event) < (id, version));
        let found = self.events.get(start..)?;
        let count = found.partition_point(|event| key(event) == (id, version));
        let found = found.get(..count)?;
        found.iter().find(|event| event.message == classic).or(found.first())
    }

    /// The maps of a template with `count` items; `None` where it has none. A template with more or
    /// fewer items is of another layout than the event.
    pub(super) fn maps_of(&self, template: u32, count: usize) -> Option<Vec<Option<&Map>>> {
        let offsets = self.templates.get(&template).filter(|offsets| offsets.len() == count)?;
        Some(offsets.iter().map(|offset| self.maps.get(offset)).collect())
    }

    /// Bytes that it takes.
    pub(super) fn size(&self) -> usize {
        let templates: usize = self.templates.values().map(|items| items.len()).sum();
        let maps: usize = self.maps.values().map(|map| map.entries.len()).sum();
        let numbers = templates.saturating_add(maps.saturating_mul(2));
        let numbers = numbers.saturating_add(self.events.len().saturating_mul(7));
        numbers.saturating_add(self.keywords.len().saturating_mul(4)).saturating_mul(4)
    }
}

/// The providers of a resource, and whether all of it could be read.
pub(super) fn read(data: Bytes<'_>) -> (Vec<Manifest>, bool) {
    let mut reader = Reader { data, bytes_left: data.len() };
    let mut manifests = Vec::new();
    let is_whole = reader.providers(&mut manifests).is_some();
    (manifests, is_whole)
}

struct Reader<'a> {
    data: Bytes<'a>,
    /// Elements do not overlap, so that together they take no more than the resource.
    bytes_left: u64,
}

impl Reader<'_> {
    /// `None` at the first thing that cannot be read; what stands before is kept.
    fn providers(&mut self, manifests: &mut Vec<Manifest>) -> Option<()> {
        self.signature(0, b"CRIM")?;
        for at in self.rows(16, self.u32(12)?, PROVIDER)? {
            let guid = self.data.guid_at(at, "provider").ok()?;
            let provider = u64::from(self.u32(at.checked_add(16)?)?);
            self.signature(provider, b"WEVT")?;
            let name = self.u32(provider.checked_add(8)?)?;
            let mut manifest = Manifest { guid, name, ..Manifest::default() };
            let is_whole = self.elements(provider, &mut manifest).is_some();
            manifest.events.sort_by_key(|event| (event.id, event.version));
            manifests.push(manifest);
            if !is_whole {
                return None;
            }
        }
        Some(())
    }

    fn elements(&mut self, provider: u64, manifest: &mut Manifest) -> Option<()> {
        let count = self.u32(provider.checked_add(12)?)?;
        for at in self.rows(provider.checked_add(20)?, count, ELEMENT)? {
            let element = u64::from(self.u32(at)?);
            let signature = self.data.slice_at(element, 4, "element").ok()?.as_slice();
            match signature {
                b"EVNT" => self.events(element, manifest)?,
                b"KEYW" => self.keywords(element, manifest)?,
                b"TTBL" => self.templates(element, manifest)?,
                b"MAPS" => self.maps(element, manifest)?,
                // Levels, tasks and opcodes are reached from the events.
                _ => {}
            }
        }
        Some(())
    }

    fn events(&mut self, at: u64, manifest: &mut Manifest) -> Option<()> {
        for row in self.rows(at.checked_add(16)?, self.u32(at.checked_add(8)?)?, EVENT)? {
            let field = |offset: u64| self.u32(row.checked_add(offset)?);
            // A definition of a level, an opcode or a task is its number, then that of its message.
            let named = |offset: u64| match field(offset)? {
                0 => Some(NO_MESSAGE),
                definition => self.u32(u64::from(definition).checked_add(4)?),
            };
            manifest.events.push(EventDefinition {
                id: self.data.u16_at(row, "event").ok()?,
                version: self.data.u8_at(row.checked_add(2)?, "event").ok()?,
                message: field(16)?,
                template: field(20)?,
                opcode: named(24)?,
                level: named(28)?,
                task: named(32)?,
            });
        }
        Some(())
    }

    fn keywords(&mut self, at: u64, manifest: &mut Manifest) -> Option<()> {
        for row in self.rows(at.checked_add(12)?, self.u32(at.checked_add(8)?)?, KEYWORD)? {
            let mask = self.data.u64_at(row, "keyword").ok()?;
            manifest.keywords.push((mask, self.u32(row.checked_add(8)?)?));
        }
        manifest.keywords.sort_unstable();
        Some(())
    }

    /// Templates follow one another. Items stand behind a template's XML.
    fn templates(&mut self, at: u64, manifest: &mut Manifest) -> Option<()> {
        let mut template = at.checked_add(12)?;
        for _ in 0..self.u32(at.checked_add(8)?)? {
            self.signature(template, b"TEMP")?;
            self.bytes_left = self.bytes_left.checked_sub(TEMPLATE_HEADER)?;
            let field = |offset: u64| self.u32(template.checked_add(offset)?);
            let (size, count, items) = (u64::from(field(4)?), field(8)?, u64::from(field(16)?));
            let mut maps = Vec::new();
            for item in self.rows(items, count, TEMPLATE_ITEM)? {
                maps.push(self.u32(item.checked_add(8)?)?);
            }
            if maps.iter().any(|map| *map != 0) {
                manifest.templates.insert(u32::try_from(template).ok()?, maps);
            }
            template = template.checked_add(size.max(TEMPLATE_HEADER))?;
        }
        Some(())
    }

    fn maps(&mut self, at: u64, manifest: &mut Manifest) -> Option<()> {
        let mut seen = BTreeSet::new();
        for row in self.rows(at.checked_add(12)?, self.u32(at.checked_add(8)?)?, 4)? {
            let offset = self.u32(row)?;
            if seen.insert(offset) {
                manifest.maps.insert(offset, self.map(u64::from(offset))?);
            }
        }
        Some(())
    }

    /// Signature, size, name, flags, count, entries. libfwevt knows no flags; the size tells which of
    /// the two it is, since entries take eight bytes.
    fn map(&mut self, at: u64) -> Option<Map> {
        let is_bits = match self.data.slice_at(at, 4, "map").ok()?.as_slice() {
            b"VMAP" => false,
            b"BMAP" => true,
            _ => return None,
        };
        let size = self.u32(at.checked_add(4)?)?;
        let count_at = if size % 8 == 4 { 16 } else { 12 };
        let count = self.u32(at.checked_add(count_at)?).filter(|count| *count <= MAP_LIMIT)?;
        let rows = self.rows(at.checked_add(count_at)?.checked_add(4)?, count, MAP_ENTRY)?;
        let entry = |row: u64| Some((self.u32(row)?, self.u32(row.checked_add(4)?)?));
        Some(Map { is_bits, entries: rows.map(entry).collect::<Option<_>>()? })
    }

    /// Offsets of `count` rows of `size` bytes, all of which stand in the resource.
    fn rows(
        &mut self,
        at: u64,
        count: u32,
        size: u64,
    ) -> Option<impl Iterator<Item = u64> + use<>> {
        let whole = u64::from(count).checked_mul(size)?;
        self.data.slice_at(at, whole, "rows").ok()?;
        self.bytes_left = self.bytes_left.checked_sub(whole)?;
        let step = usize::try_from(size).ok()?;
        Some((at..at.checked_add(whole)?).step_by(step))
    }

    fn u32(&self, at: u64) -> Option<u32> {
        self.data.u32_at(at, "manifest").ok()
    }

    fn signature(&self, at: u64, wanted: &[u8]) -> Option<()> {
        (self.data.slice_at(at, 4, "signature").ok()?.as_slice() == wanted).then_some(())
    }
}
