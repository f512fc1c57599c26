//! Functions that a PDB names.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use hvtriage_winfmt::Guid;
use msvc_demangler::DemangleFlags;
use pdb2::{FallibleIterator, PDB, Source, SourceSlice, SourceView, SymbolData};

use crate::companions::{FileBytes, PdbKey};

/// More functions than the largest image has: the symbols of a kernel name about 40,000.
const FUNCTION_LIMIT: usize = 1 << 20;
/// Templates can make a mangled name longer than any line.
const NAME_LIMIT: usize = 4096;

/// Functions, sorted by relative address.
pub(super) struct Functions {
    sorted: Vec<Function>,
}

struct Function {
    start: u32,
    /// Bytes, where that is told.
    size: Option<u32>,
    name: String,
}

impl Functions {
    /// The functions of a file that has the signature of `key`; none for any other file.
    pub(super) fn read(bytes: &FileBytes, key: &PdbKey) -> Option<Self> {
        let bytes: &[u8] = (**bytes).as_ref();
        // The package is not ours; should it panic on damage, there are no symbols.
        catch_unwind(AssertUnwindSafe(|| read(bytes, key))).ok().flatten()
    }

    /// The function around `address`: its start and its name.
    pub(super) fn around(&self, address: u32) -> Option<(u32, String)> {
        let after = self.sorted.partition_point(|function| function.start <= address);
        let function = self.sorted.get(after.checked_sub(1)?)?;
        let is_inside = |size| address.checked_sub(function.start).is_some_and(|into| into < size);
        if !function.size.is_none_or(is_inside) {
            return None;
        }
        Some((function.start, demangled(&function.name)))
    }
}

/// Whether `bytes` are symbols with the signature of `key`.
#[must_use]
pub fn is_symbols(bytes: &[u8], key: &PdbKey) -> bool {
    catch_unwind(AssertUnwindSafe(|| open(bytes, key).is_some())).unwrap_or_default()
}

fn open<'b>(bytes: &'b [u8], key: &PdbKey) -> Option<PDB<'b, Bounded<'b>>> {
    let mut pdb = PDB::open(Bounded(bytes)).ok()?;
    let signature = pdb.pdb_information().ok()?.guid.to_bytes_le();
    (Guid::from_bytes_le(signature) == key.guid).then_some(pdb)
}

fn read(bytes: &[u8], key: &PdbKey) -> Option<Functions> {
    let mut pdb = open(bytes, key)?;
    let debug = pdb.debug_information().ok()?;
    // The image counts how often it was linked against the same signature.
    if debug.age().is_some_and(|age| age != key.age) {
        return None;
    }
    let map = pdb.address_map().ok()?;
    let mut sorted = Vec::new();
    if let Ok(table) = pdb.global_symbols() {
        let mut symbols = table.iter();
        while let Ok(Some(symbol)) = symbols.next() {
            if let Ok(SymbolData::Public(public)) = symbol.parse()
                && public.function
                && let Some(start) = public.offset.to_rva(&map)
            {
                let name = public.name.to_string().into_owned();
                sorted.push(Function { start: start.0, size: None, name });
            }
            if sorted.len() >= FUNCTION_LIMIT {
                break;
            }
        }
    }
    let mut modules = debug.modules().ok()?;
    while let Ok(Some(module)) = modules.next() {
        let Ok(Some(info)) = pdb.module_info(&module) else { continue };
        let Ok(mut symbols) = info.symbols() else { continue };
        while let Ok(Some(symbol)) = symbols.next() {
            if let Ok(SymbolData::Procedure(procedure)) = symbol.parse()
                && let Some(start) = procedure.offset.to_rva(&map)
                && sorted.len() < FUNCTION_LIMIT
            {
                let name = procedure.name.to_string().into_owned();
                sorted.push(Function { start: start.0, size: Some(procedure.len), name });
            }
        }
    }
    // Of two names for one place the public one, which other tools show, comes last and is taken.
    sorted.sort_by(|one, two| {
        (one.start, one.size.is_none(), &two.name).cmp(&(two.start, two.size.is_none(), &one.name))
    });
    sorted.dedup_by(|later, earlier| {
        let is_same = later.start == earlier.start;
        if is_same {
            later.size = later.size.or(earlier.size);
            std::mem::swap(later, earlier);
        }
        is_same
    });
    Some(Functions { sorted })
}

/// The name without decoration and arguments.
fn demangled(name: &str) -> String {
    let name = name.get(..NAME_LIMIT).unwrap_or(name);
    if !name.starts_with('?') {
        return name.to_owned();
    }
    msvc_demangler::demangle(name, DemangleFlags::NAME_ONLY).unwrap_or_else(|_| name.to_owned())
}

/// A file of which no part is larger than the whole: its directory may name one page a thousand
/// times.
#[derive(Clone, Copy)]
struct Bounded<'s>(&'s [u8]);

impl fmt::Debug for Bounded<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} bytes", self.0.len())
    }
}

#[derive(Debug)]
struct View(Vec<u8>);

impl SourceView<'_> for View {
    fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl<'s> Source<'s> for Bounded<'s> {
    fn view(
        &mut self,
        slices: &[SourceSlice],
    ) -> Result<Box<dyn SourceView<'s> + Send + Sync>, io::Error> {
        let damaged = || io::Error::from(io::ErrorKind::InvalidData);
        let size = slices.iter().try_fold(0_usize, |sum, slice| sum.checked_add(slice.size));
        if size.is_none_or(|size| size > self.0.len()) {
            return Err(damaged());
        }
        let mut bytes = Vec::new();
        for slice in slices {
            let start = usize::try_from(slice.offset).map_err(|_| damaged())?;
            let end = start.checked_add(slice.size).ok_or_else(damaged)?;
            bytes.extend_from_slice(self.0.get(start..end).ok_or_else(damaged)?);
        }
        Ok(Box::new(View(bytes)))
    }
}
