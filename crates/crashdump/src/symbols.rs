//! Names of functions: from symbols at hand, or else from the exports of the image.

mod address_map;
mod exports;
mod name;
mod pdb;
mod source;

use std::collections::HashMap;

use hvtriage_winfmt::{Guid, VirtAddr};

use crate::companions::{Companions, PdbKey};
use crate::image::{DEBUG, Image};
use crate::memory::VirtualMemory;
use crate::report::{Module, Symbol, SymbolSource};

pub use pdb::is_symbols;

/// Names functions, and remembers what it learned of each module.
pub(crate) struct Symbolizer<'s> {
    companions: &'s dyn Companions,
    memory: &'s VirtualMemory<'s>,
    known: HashMap<VirtAddr, Known<'s>>,
}

/// A module, and what names its functions.
struct Known<'s> {
    image: Image<'s>,
    names: Names,
}

/// Functions of one module by their relative addresses.
enum Names {
    Symbols(pdb::Functions),
    Exports(exports::Functions),
}

impl<'s> Symbolizer<'s> {
    pub(crate) fn new(companions: &'s dyn Companions, memory: &'s VirtualMemory<'s>) -> Self {
        Self { companions, memory, known: HashMap::new() }
    }

    /// The function around `offset` of `module`. A return address belongs to the function of the
    /// call before it; `is_exact` says that it is none.
    pub(crate) fn resolve(
        &mut self,
        module: &Module,
        offset: u64,
        is_exact: bool,
    ) -> Option<Symbol> {
        let at = u32::try_from(offset).ok()?;
        let inside = if is_exact { at } else { at.checked_sub(1)? };
        let Known { image, names } = self.known.entry(module.base).or_insert_with(|| {
            let image = Image::of(module, Some(self.memory), self.companions);
            let names = Names::of(&image, self.companions);
            Known { image, names }
        });
        let (start, name, source) = match names {
            Names::Symbols(functions) => {
                let (start, name) = functions.around(image, inside)?;
                (start, name, SymbolSource::Pdb)
            }
            Names::Exports(functions) => {
                let (start, name) = functions.around(image, inside)?;
                (start, name, SymbolSource::Export)
            }
        };
        let displacement = u64::from(at.checked_sub(start)?);
        Some(Symbol { name, displacement, source })
    }
}

impl Names {
    fn of(image: &Image<'_>, companions: &dyn Companions) -> Self {
        let symbols = pdb_key(image)
            .and_then(|key| Some((companions.symbols(&key)?, key)))
            .and_then(|(bytes, key)| pdb::Functions::read(&bytes, &key));
        match symbols {
            Some(functions) => Self::Symbols(functions),
            None => Self::Exports(exports::Functions::of(image)),
        }
    }
}

/// Which symbols belong to an image: its CodeView record says.
pub(crate) fn pdb_key(image: &Image<'_>) -> Option<PdbKey> {
    const ENTRY_BYTES: u32 = 28;
    const ENTRY_LIMIT: u32 = 32;
    const CODE_VIEW: u32 = 2;
    const NAME_LIMIT: u32 = 260;
    let directory = image.directory(DEBUG)?;
    let entries = (0..(directory.size / ENTRY_BYTES).min(ENTRY_LIMIT))
        .filter_map(|index| directory.address.checked_add(index.checked_mul(ENTRY_BYTES)?));
    let record = entries
        .filter(|entry| image.u32(entry.saturating_add(12)) == Some(CODE_VIEW))
        .find_map(|entry| image.u32(entry.checked_add(20)?))?;
    if image.u32(record)? != u32::from_le_bytes(*b"RSDS") {
        return None;
    }
    let mut guid = [0; 16];
    if !image.read(record.checked_add(4)?, &mut guid) {
        return None;
    }
    let age = image.u32(record.checked_add(20)?)?;
    let name_at = record.checked_add(24)?;
    let letter = |index: u32| {
        let mut byte = [0];
        image.read(name_at.checked_add(index)?, &mut byte).then_some(byte[0])
    };
    let path: Vec<u8> = (0..NAME_LIMIT).map_while(letter).take_while(|byte| *byte != 0).collect();
    let path = String::from_utf8_lossy(&path);
    let name = path.rsplit(['\\', '/']).next().unwrap_or_default().to_owned();
    (!name.is_empty()).then_some(PdbKey { name, guid: Guid::from_bytes_le(guid), age })
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests;
