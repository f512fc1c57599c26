//! Functions that a PDB names.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hvtriage_winfmt::Guid;
use pdb2::{FallibleIterator, PDB, PdbInternalSectionOffset, SymbolData};

use super::address_map::AddressMap;
use super::name::{undecorated, without_calling_convention};
use super::source::Bounded;
use crate::companions::{FileBytes, PdbKey};
use crate::image::Image;
use crate::unwind::{Part, part_around};

/// More functions than the largest image has: the symbols of a kernel name about 40,000.
const FUNCTION_LIMIT: usize = 1 << 20;
/// Streams that are passed on the way to those of object files, all together. To find a stream is to
/// pass all before it, so 5000 object files, more than a kernel is linked of, pass 12 million; a damaged
/// file may name the last of 60,000 streams 60,000 times.
const PASSED_LIMIT: usize = 1 << 24;
/// Object files without a stream that can be read, after which no more are tried.
const BROKEN_LIMIT: usize = 16;

/// Functions, sorted by where they were linked.
pub(super) struct Functions {
    map: AddressMap,
    sorted: Vec<Function>,
}

struct Function {
    /// An address of the linked image.
    start: u32,
    /// Bytes, where that is told.
    size: Option<u32>,
    /// Public names have the decoration of the compiler.
    is_public: bool,
    name: String,
}

impl Functions {
    /// The functions of a file that has the signature of `key`; none for any other file.
    pub(super) fn read(bytes: &FileBytes, key: &PdbKey) -> Option<Self> {
        let bytes: &[u8] = (**bytes).as_ref();
        // The package is not ours; should it panic on damage, there are no symbols.
        catch_unwind(AssertUnwindSafe(|| read(bytes, key))).ok().flatten()
    }

    /// The function around an address of the image: its start and its name.
    ///
    /// Public names tell no sizes, so the last one before the address need not be that of its function:
    /// the function may have no name, or be a part that was moved away from the rest. The image's own
    /// table of functions knows.
    pub(super) fn around(&self, image: &Image<'_>, address: u32) -> Option<(u32, String)> {
        let linked = self.map.to_linked(address)?;
        let after = self.sorted.partition_point(|function| function.start <= linked);
        let before = after.checked_sub(1).and_then(|index| self.sorted.get(index));
        let (start, function) = match before {
            Some(function) if function.reaches(linked) => {
                (self.map.in_image(function.start)?, function)
            }
            Some(function) if self.map.is_moved() && function.size.is_none() => {
                (self.map.in_image(function.start)?, function)
            }
            _ if self.map.is_moved() => return None,
            _ => self.by_table(image, address, before)?,
        };
        (start <= address).then(|| (start, self.name(function)))
    }

    fn by_table<'f>(
        &'f self,
        image: &Image<'_>,
        address: u32,
        before: Option<&'f Function>,
    ) -> Option<(u32, &'f Function)> {
        let unsized_before = || before.filter(|function| function.size.is_none());
        let function = match part_around(image, address) {
            Ok(Some(part)) => match unsized_before() {
                Some(function) if function.start >= part.start => function,
                _ => self.at(part.function)?,
            },
            // A leaf is not in the table, and does not belong to a function that ends before it.
            Ok(None) => unsized_before().filter(|function| {
                let ends_before = |part: &Part| part.end <= address;
                !part_around(image, function.start)
                    .is_ok_and(|it| it.is_some_and(|it| ends_before(&it)))
            })?,
            Err(_) => unsized_before()?,
        };
        Some((function.start, function))
    }

    /// The function that starts at an address.
    fn at(&self, start: u32) -> Option<&Function> {
        let index = self.sorted.binary_search_by_key(&start, |function| function.start).ok()?;
        self.sorted.get(index)
    }

    /// Bytes of all names.
    #[cfg(test)]
    pub(super) fn name_bytes(&self) -> usize {
        self.sorted.iter().map(|function| function.name.len()).sum()
    }

    fn name(&self, function: &Function) -> String {
        if self.map.is_x86 && function.is_public && !function.name.starts_with('?') {
            return without_calling_convention(&function.name).to_owned();
        }
        undecorated(&function.name)
    }
}

impl Function {
    /// Whether it is known to cover an address.
    fn reaches(&self, linked: u32) -> bool {
        self.size.is_some_and(|size| linked.checked_sub(self.start).is_some_and(|into| into < size))
    }
}

/// Whether `bytes` are symbols with the signature of `key`.
#[must_use]
pub fn is_symbols(bytes: &[u8], key: &PdbKey) -> bool {
    catch_unwind(AssertUnwindSafe(|| open(bytes, key).is_some())).unwrap_or_default()
}

fn open<'b>(bytes: &'b [u8], key: &PdbKey) -> Option<PDB<'b, Bounded<'b>>> {
    let mut pdb = PDB::open(Bounded::new(bytes)).ok()?;
    let signature = pdb.pdb_information().ok()?.guid.to_bytes_le();
    if Guid::from_bytes_le(signature) != key.guid {
        return None;
    }
    // The image counts how often it was linked against the same signature.
    let age = pdb.debug_information().ok()?.age();
    age.is_none_or(|age| age == key.age).then_some(pdb)
}

fn read(bytes: &[u8], key: &PdbKey) -> Option<Functions> {
    let mut pdb = open(bytes, key)?;
    let map = AddressMap::read(&mut pdb)?;
    // Pages may belong to several streams, and to one stream many times.
    let mut found = Found { map: &map, functions: Vec::new(), name_bytes_left: bytes.len() };
    publics(&mut pdb, &mut found);
    procedures(&mut pdb, &mut found);
    let mut sorted = found.functions;
    // Of two names for one place the public one, which other tools show, comes last and is taken.
    sorted.sort_by(|one, two| {
        (one.start, one.is_public, &two.name).cmp(&(two.start, two.is_public, &one.name))
    });
    sorted.dedup_by(|later, earlier| {
        let is_same = later.start == earlier.start;
        if is_same {
            later.size = later.size.or(earlier.size);
            std::mem::swap(later, earlier);
        }
        is_same
    });
    Some(Functions { map, sorted })
}

/// What was read so far.
struct Found<'m> {
    map: &'m AddressMap,
    functions: Vec<Function>,
    name_bytes_left: usize,
}

impl Found<'_> {
    fn add(&mut self, at: PdbInternalSectionOffset, size: Option<u32>, name: &[u8]) {
        let Some(start) = self.map.linked(at.section, at.offset) else { return };
        let Some(left) = self.name_bytes_left.checked_sub(name.len()) else { return };
        if self.functions.len() < FUNCTION_LIMIT {
            self.name_bytes_left = left;
            let name = String::from_utf8_lossy(name).into_owned();
            self.functions.push(Function { start, size, is_public: size.is_none(), name });
        }
    }
}

fn publics<'s>(pdb: &mut PDB<'s, Bounded<'s>>, found: &mut Found<'_>) {
    let Ok(table) = pdb.global_symbols() else { return };
    let mut symbols = table.iter();
    while let Ok(Some(symbol)) = symbols.next() {
        if let Ok(SymbolData::Public(public)) = symbol.parse()
            && public.function
        {
            found.add(public.offset, None, public.name.as_bytes());
        }
    }
}

fn procedures<'s>(pdb: &mut PDB<'s, Bounded<'s>>, found: &mut Found<'_>) {
    let Ok(debug) = pdb.debug_information() else { return };
    let Ok(mut modules) = debug.modules() else { return };
    let (mut passed, mut broken) = (0_usize, 0_usize);
    while broken < BROKEN_LIMIT
        && let Ok(Some(module)) = modules.next()
    {
        let stream = module.info().stream;
        if stream.is_none() {
            continue;
        }
        passed = passed.saturating_add(usize::from(stream.0));
        if passed > PASSED_LIMIT {
            break;
        }
        let Ok(Some(info)) = pdb.module_info(&module) else {
            broken = broken.saturating_add(1);
            continue;
        };
        let Ok(mut symbols) = info.symbols() else { continue };
        while let Ok(Some(symbol)) = symbols.next() {
            if let Ok(SymbolData::Procedure(procedure)) = symbol.parse() {
                found.add(procedure.offset, Some(procedure.len), procedure.name.as_bytes());
            }
        }
    }
}
