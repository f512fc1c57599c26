//! Walking the list of loaded modules.

use std::collections::HashSet;

use hvtriage_winfmt::{FileOffset, VirtAddr};

use super::names::{as_path, base_name, is_plausible_place};
use super::problems::Problems;
use crate::memory::{MemoryError, VirtualMemory};
use crate::pe;
use crate::report::{Module, UNREADABLE_NAME};

/// More than any system loads; a list that goes on is a broken one.
const LIMIT: usize = 4096;
/// The first build whose entries hold the time stamp (Windows 10).
const FIRST_BUILD_WITH_STAMP: u32 = 10240;

/// Offsets in a `KLDR_DATA_TABLE_ENTRY`.
struct Layout {
    base: u64,
    size: u64,
    full_name: u64,
    base_name: u64,
    checksum: u64,
    timestamp: Option<u64>,
    exception_table: Option<u64>,
}

const ENTRY64: Layout = Layout {
    base: 0x30,
    size: 0x40,
    full_name: 0x48,
    base_name: 0x58,
    checksum: 0x78,
    timestamp: Some(0x9C),
    exception_table: Some(0x10),
};
const ENTRY32: Layout = Layout {
    base: 0x18,
    size: 0x20,
    full_name: 0x24,
    base_name: 0x2C,
    checksum: 0x40,
    timestamp: None,
    exception_table: None,
};

/// The modules of the list that starts at `head`, in the order of the list.
///
/// A list that breaks off is walked backwards from its end as well, so that one bad page costs
/// the modules on it and no others.
pub(super) fn walk(
    memory: &VirtualMemory<'_>,
    head: VirtAddr,
    build: Option<u32>,
    problems: &mut Problems,
) -> Vec<Module> {
    let mut seen = HashSet::from([head]);
    let (mut entries, broken) = follow(memory, head, Direction::Forward, &mut seen);
    if let Some(reason) = broken {
        let (behind, _) = follow(memory, head, Direction::Backward, &mut seen);
        let message = format!(
            "the module list breaks off after {} modules ({reason}); {} more were found from its end",
            entries.len(),
            behind.len()
        );
        problems.add(memory.file_offset(head).unwrap_or_default(), message);
        entries.extend(behind.into_iter().rev());
    }
    let layout = if memory.pointer_size() == 4 { &ENTRY32 } else { &ENTRY64 };
    let has_stamp = build.is_some_and(|build| build >= FIRST_BUILD_WITH_STAMP);
    let pointer_size = memory.pointer_size();
    let entries = entries.into_iter().filter_map(|entry| {
        let module = read_entry(memory, entry, layout, has_stamp);
        let at = || memory.file_offset(entry).unwrap_or(FileOffset(0));
        let end = |module: &Module| module.base.0.saturating_add(u64::from(module.size));
        match module {
            Ok(module) if is_plausible_place(module.base.0, end(&module), pointer_size) => {
                Some(module)
            }
            Ok(module) => {
                let place = format!("{} and {:#x} bytes", module.base, module.size);
                problems.add(at(), format!("the module entry at {entry} is none: it has {place}"));
                None
            }
            Err(reason) => {
                problems.add(at(), format!("the module entry at {entry} is unreadable: {reason}"));
                None
            }
        }
    });
    entries.collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Forward,
    Backward,
}

/// The entries from `head` on in one direction, and why they end if not at the head again.
fn follow(
    memory: &VirtualMemory<'_>,
    head: VirtAddr,
    direction: Direction,
    seen: &mut HashSet<VirtAddr>,
) -> (Vec<VirtAddr>, Option<String>) {
    let place = if direction == Direction::Forward { 0 } else { memory.pointer_size() };
    let mut entries = Vec::new();
    let mut at = head;
    loop {
        let next = at.checked_add(place).ok_or(MemoryError::NotAnAddress(at));
        at = match next.and_then(|link| memory.pointer(link)) {
            Ok(next) if next == head => return (entries, None),
            Ok(next) => next,
            Err(reason) => {
                // The entry that cannot be read is no entry.
                if at != head {
                    entries.pop();
                }
                return (entries, Some(reason.to_string()));
            }
        };
        if seen.len() >= LIMIT {
            return (entries, Some(format!("it has more than {LIMIT} entries")));
        }
        if !seen.insert(at) {
            return (entries, Some(format!("{at} comes twice")));
        }
        entries.push(at);
    }
}

fn read_entry(
    memory: &VirtualMemory<'_>,
    entry: VirtAddr,
    layout: &Layout,
    has_stamp: bool,
) -> Result<Module, MemoryError> {
    let field = |offset: u64| entry.checked_add(offset).ok_or(MemoryError::NotAnAddress(entry));
    let base = memory.pointer(field(layout.base)?)?;
    let size = memory.u32(field(layout.size)?)?;
    let path = field(layout.full_name).and_then(|at| memory.unicode_string(at)).ok();
    let name = field(layout.base_name).and_then(|at| memory.unicode_string(at)).ok();
    let name = name.or_else(|| path.clone()).filter(|name| !base_name(name).is_empty());

    let stored = |offset: u64| {
        let value = field(offset).and_then(|at| memory.u32(at)).ok();
        value.filter(|value| *value != 0)
    };
    let stamp = layout.timestamp.filter(|_| has_stamp).and_then(stored);
    let checksum = stored(layout.checksum);
    let image = if stamp.is_none() || checksum.is_none() { pe::stamp(memory, base) } else { None };
    let exception_table = layout
        .exception_table
        .filter(|_| has_stamp)
        .and_then(|offset| exception_table(memory, entry.checked_add(offset)?, base, size));
    Ok(Module {
        name: name.as_deref().map_or_else(|| UNREADABLE_NAME.into(), base_name),
        path: path.and_then(as_path),
        base,
        size,
        timestamp: stamp.or(image.map(|image| image.timestamp)),
        checksum: checksum.or(image.map(|image| image.checksum)),
        exception_table,
        pdb: None,
        version: None,
    })
}

/// The table of functions that the entry names at `field`: its address, then its size. A table
/// that does not lie in the image is none.
fn exception_table(
    memory: &VirtualMemory<'_>,
    field: VirtAddr,
    base: VirtAddr,
    image_size: u32,
) -> Option<(VirtAddr, u32)> {
    let table = memory.pointer(field).ok()?;
    let size = memory.u32(field.checked_add(8)?).ok().filter(|size| *size != 0)?;
    let start = table.0.checked_sub(base.0)?;
    let end = start.checked_add(u64::from(size))?;
    (end <= u64::from(image_size)).then_some((table, size))
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;
    use crate::companions::ImageKey;
    use crate::memory::{Block, BlockMemory};

    const HEAD: u64 = 0x1_0000;

    /// A list of three entries at 0x20000, 0x30000 and 0x40000, each a block of its own.
    struct List {
        file: Vec<u8>,
        missing: Option<usize>,
    }

    impl List {
        fn new() -> Self {
            let mut list = Self { file: vec![0; 0x1000], missing: None };
            for (index, next) in [0x2_0000_u64, 0x3_0000, 0x4_0000, HEAD].into_iter().enumerate() {
                let back = [0x4_0000, HEAD, 0x2_0000, 0x3_0000][index];
                list.put(index, 0, next);
                list.put(index, 8, back);
            }
            for (index, name) in ["A.sys", "B.sys", "C.sys"].into_iter().enumerate() {
                let index = index + 1;
                list.put(index, 0x30, 0xffff_f800_0000_0000 + index as u64 * 0x1_0000);
                list.put(index, 0x40, 0x6000);
                list.put(index, 0x58, 10); // length of the name in bytes
                list.put(index, 0x60, (index as u64 + 1) * 0x1_0000 + 0xC0);
                for (place, letter) in name.bytes().enumerate() {
                    list.file[index * 0x100 + 0xC0 + place * 2] = letter;
                }
            }
            list
        }

        fn put(&mut self, index: usize, offset: usize, value: u64) {
            let at = index * 0x100 + offset;
            self.file[at..at + 8].copy_from_slice(&value.to_le_bytes());
        }

        fn names(&self) -> (Vec<String>, usize) {
            let (modules, problems) = self.modules(7601);
            (modules.into_iter().map(|module| module.name).collect(), problems)
        }

        fn modules(&self, build: u32) -> (Vec<Module>, usize) {
            let block = |index: usize| Block {
                address: VirtAddr((index as u64 + 1) * 0x1_0000),
                at: FileOffset(index as u64 * 0x100),
                size: 0x100,
            };
            let blocks = (0..4).filter(|index| Some(*index) != self.missing).map(block).collect();
            let blocks = BlockMemory::new(&self.file, blocks);
            let memory = VirtualMemory::Blocks { blocks, pointer_size: 8 };
            let mut problems = Problems::default();
            let modules = walk(&memory, VirtAddr(HEAD), Some(build), &mut problems);
            (modules, problems.into_vec().len())
        }
    }

    #[test]
    fn a_whole_list_is_read_in_order() {
        let (names, problems) = List::new().names();
        assert_eq!(names, ["a.sys", "b.sys", "c.sys"]);
        assert_eq!(problems, 0);
    }

    #[test]
    fn a_missing_page_costs_its_own_module() {
        let list = List { missing: Some(2), ..List::new() };
        assert_eq!(list.names(), (vec!["a.sys".into(), "c.sys".into()], 1));
    }

    #[test]
    fn a_list_that_turns_back_ends() {
        let mut list = List::new();
        list.put(2, 0, 0x2_0000);
        let (names, problems) = list.names();
        assert_eq!(names, ["a.sys", "b.sys", "c.sys"]);
        assert_eq!(problems, 1);
    }

    #[test]
    fn a_bad_name_costs_one_name() {
        let mut list = List::new();
        list.put(2, 0x60, 0xdead_0000);
        assert_eq!(list.names().0, ["a.sys", "(unreadable name)", "c.sys"]);
    }

    #[test]
    fn a_table_of_functions_is_named_from_windows_10_on() {
        let mut list = List::new();
        list.put(1, 0x10, 0xffff_f800_0001_4000); // 0x4000 into the image at ...10000
        list.put(1, 0x18, 0x2000); // up to the end of the image, which has 0x6000 bytes
        let table = |build| list.modules(build).0[0].exception_table;
        assert_eq!(table(10240), Some((VirtAddr(0xffff_f800_0001_4000), 0x2000)));
        assert_eq!(table(9600), None);
    }

    #[test]
    fn a_table_of_functions_outside_the_image_is_none() {
        let mut list = List::new();
        for (table, size) in [(0xffff_f800_0001_4000, 0x2001), (0xffff_f800_0000_f000, 0x10)] {
            list.put(1, 0x10, table);
            list.put(1, 0x18, size);
            assert_eq!(list.modules(19041).0[0].exception_table, None);
        }
    }

    /// Only a module with a name and a stamp can be asked for.
    #[test]
    fn an_image_key_needs_a_name_and_a_stamp() {
        let mut list = List::new();
        list.put(1, 0x98, 0x4ce7_a9d1 << 32); // the stamp stands at 0x9C
        list.put(2, 0x98, 0x4ce7_a9d1 << 32);
        list.put(2, 0x60, 0xdead_0000);
        let keys: Vec<_> = list.modules(10240).0.iter().map(Module::image_key).collect();
        let key = ImageKey { name: "a.sys".into(), timestamp: 0x4ce7_a9d1, size: 0x6000 };
        assert_eq!(keys, [Some(key), None, None]);
    }
}
