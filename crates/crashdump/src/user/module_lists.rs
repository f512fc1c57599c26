//! What the lists of modules would cost, looked at before the package reads them.

use hvtriage_winfmt::{Bytes, FileOffset};
use minidump::{Minidump, MinidumpModuleList, MinidumpStream, MinidumpUnloadedModuleList};

use crate::report::DumpProblem;

/// More modules than any process loads.
pub(super) const MODULE_LIMIT: usize = 16_384;

/// Where a list of modules keeps its entries, and what each of them refers to.
pub(super) struct ListLayout {
    name: &'static str,
    stream: u32,
    count_at: u64,
    first_entry: u64,
    entry_bytes: u64,
    /// Fields with the size of a debug record.
    sizes: &'static [u64],
}

pub(super) const MODULES: ListLayout = ListLayout {
    name: "module list",
    stream: MinidumpModuleList::STREAM_TYPE,
    count_at: 0,
    first_entry: 4,
    entry_bytes: 108,
    sizes: &[76, 84],
};
pub(super) const UNLOADED: ListLayout = ListLayout {
    name: "unloaded module list",
    stream: MinidumpUnloadedModuleList::STREAM_TYPE,
    count_at: 8,
    first_entry: 12,
    entry_bytes: 24,
    sizes: &[],
};
/// Offset of the name in an entry of either list.
const NAME_RVA: u64 = 20;

/// Whether the names and records of a list are together no longer than the file. The package copies
/// them for every entry, and a small file may let thousands of entries share one name of megabytes.
pub(super) fn names_fit(
    dump: &Minidump<'_, &[u8]>,
    bytes: &[u8],
    layout: &ListLayout,
    problems: &mut Vec<DumpProblem>,
) -> bool {
    let file = Bytes::new(bytes);
    let Some(entry) = dump.all_streams().find(|entry| entry.stream_type == layout.stream) else {
        return true;
    };
    let at = u64::from(entry.location.rva);
    let size = u64::from(entry.location.data_size);
    let list = file.tail(at);
    let is_big_endian = !bytes.starts_with(b"MDMP");
    let number = |bytes: Bytes<'_>, at: u64| {
        let number = bytes.u32_at(at, "").unwrap_or_default();
        u64::from(if is_big_endian { number.swap_bytes() } else { number })
    };
    let count = number(list, layout.count_at);
    // A stream may claim to be longer than its file.
    let in_file = size.min(list.len());
    let in_stream = in_file.checked_div(layout.entry_bytes).unwrap_or_default();
    // Some writers put four bytes behind the count, so that the entries are aligned.
    let entries = count.saturating_mul(layout.entry_bytes);
    let padding =
        if size.checked_sub(entries) == Some(layout.first_entry.saturating_add(4)) { 4 } else { 0 };
    let first_entry = layout.first_entry.saturating_add(padding);
    let mut total = 0_u64;
    for index in 0..count.min(in_stream) {
        let entry = list.tail(first_entry.saturating_add(index.saturating_mul(layout.entry_bytes)));
        total = total.saturating_add(number(file, number(entry, NAME_RVA)));
        for size in layout.sizes {
            total = total.saturating_add(number(entry, *size));
        }
    }
    if count <= MODULE_LIMIT as u64 && total <= file.len() {
        return true;
    }
    problems.push(DumpProblem {
        at: FileOffset(at),
        message: format!(
            "the {} is not read: {count} entries refer to {total} bytes in a file of {}",
            layout.name,
            file.len()
        ),
    });
    false
}
