//! Walking page tables.
//!
//! The software bits of entries that are not present are those of the `_MMPTE_*` types in the
//! kernel's public symbols: bit 10 and 11 mean the same from Windows 7 to 11, on x64 and ARM64.

use hvtriage_winfmt::{PhysAddr, VirtAddr};

use super::{MemoryError, PhysicalMemory};

const PRESENT: u64 = 1;
const LARGE: u64 = 1 << 7;
/// On ARM64 the bit says the opposite: this entry leads on, to a table or to the last page.
const LEADS_ON: u64 = 1 << 1;
/// Software bits of an entry that is not present.
const PROTOTYPE: u64 = 1 << 10;
const TRANSITION: u64 = 1 << 11;
const FRAME: u64 = 0x000F_FFFF_FFFF_F000;
const FRAME_ARM64: u64 = 0x0000_FFFF_FFFF_F000;
/// Upper half of an entry whose page only the process's list of address ranges knows.
const ASK_THE_RANGES: u64 = 0xFFFF_FFFF;

/// The shapes of page tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    /// x64 with four levels, or five of 57 address bits.
    Long {
        /// 4 or 5.
        levels: u8,
    },
    /// x86 with three levels and 8-byte entries.
    Pae,
    /// x86 with two levels and 4-byte entries.
    Legacy,
    /// ARM64 with pages of 4 KiB and four levels; one top table holds both halves.
    Arm64,
}

/// What the tables say of an address.
enum Walked {
    /// The byte is there.
    At(PhysAddr),
    /// This last entry defers to a prototype entry.
    Shared(u64),
}

/// One address space: the shape of its tables and where they start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageTables {
    pub(crate) paging: Paging,
    pub(crate) root: PhysAddr,
}

impl PageTables {
    /// Tables of shape `paging` from the CR3 value `root`, whose low bits are no address.
    pub(crate) fn new(paging: Paging, root: u64) -> Self {
        let mask = if paging == Paging::Pae { 0xFFFF_FFE0 } else { paging.frame_mask() };
        Self { paging, root: PhysAddr(root & mask) }
    }

    /// The physical address of `address`, or why it has none. A present page need not be in the
    /// dump; a page in transition is, for nothing else tells a frame number from a scrambled one.
    pub(crate) fn translate(
        &self,
        memory: &PhysicalMemory<'_>,
        address: VirtAddr,
    ) -> Result<PhysAddr, MemoryError> {
        match self.walk(memory, address)? {
            Walked::At(place) => Ok(place),
            Walked::Shared(entry) => self.through_prototype(memory, entry, address),
        }
    }

    fn walk(&self, memory: &PhysicalMemory<'_>, address: VirtAddr) -> Result<Walked, MemoryError> {
        if !self.paging.is_address(address) {
            return Err(MemoryError::NotAnAddress(address));
        }
        let mut table = self.root;
        let mut level = self.paging.levels();
        loop {
            let entry = self.entry(memory, table, address, level)?;
            let is_present = self.paging.is_present(entry, level);
            if !is_present && entry & (PRESENT | PROTOTYPE | TRANSITION) != TRANSITION {
                let is_shared = level == 1 && entry & (PRESENT | PROTOTYPE) == PROTOTYPE;
                return match is_shared {
                    true => Ok(Walked::Shared(entry)),
                    false => Err(self.paging.absence(entry, address, level)),
                };
            }
            let span = self.paging.span(level);
            let is_large = is_present && self.paging.is_large(entry, level);
            let in_page = span.saturating_sub(1);
            let frame = entry & self.paging.frame_mask();
            let place = PhysAddr((frame & !in_page) | (address.0 & in_page));
            // Example: since 2018 Windows scrambles the frame numbers of entries that are not
            // present, with a value that no dump names. Need: what is scrambled must not be read.
            let next = if level <= 1 || is_large { place } else { PhysAddr(frame) };
            if !is_present && memory.place(next).is_err() {
                return Err(MemoryError::InTransition(address));
            }
            if level <= 1 || is_large {
                return Ok(Walked::At(place));
            }
            table = next;
            level = level.saturating_sub(1);
        }
    }

    /// The page of shared memory: the prototype entry, itself in the kernel's memory, knows it.
    fn through_prototype(
        &self,
        memory: &PhysicalMemory<'_>,
        entry: u64,
        address: VirtAddr,
    ) -> Result<PhysAddr, MemoryError> {
        let unknown = MemoryError::Prototype(address);
        let at = self.paging.prototype_address(entry).ok_or(unknown)?;
        // The entry's own page is never followed through another prototype entry.
        let Ok(Walked::At(place)) = self.walk(memory, at) else { return Err(unknown) };
        let mut bytes = [0; 8];
        memory.read(place, &mut bytes).map_err(|_| unknown)?;
        let prototype = u64::from_le_bytes(bytes);
        let is_present = self.paging.is_present(prototype, 1);
        let is_in_transition = prototype & (PRESENT | PROTOTYPE | TRANSITION) == TRANSITION;
        if !is_present && !is_in_transition {
            // A prototype entry that is a prototype entry stands for a page still in its file.
            return Err(unknown);
        }
        let page = PhysAddr(prototype & self.paging.frame_mask());
        if is_in_transition && memory.place(page).is_err() {
            return Err(MemoryError::InTransition(address));
        }
        let in_page = self.paging.span(1).saturating_sub(1);
        Ok(PhysAddr(page.0 | (address.0 & in_page)))
    }

    fn entry(
        &self,
        memory: &PhysicalMemory<'_>,
        table: PhysAddr,
        address: VirtAddr,
        level: u8,
    ) -> Result<u64, MemoryError> {
        let size = self.paging.entry_size();
        let at = self.paging.index(address, level).saturating_mul(size);
        let at = table.checked_add(at).ok_or(MemoryError::NotAnAddress(address))?;
        let mut buffer = [0; 8];
        let entry = buffer.get_mut(..usize::try_from(size).unwrap_or(8)).unwrap_or_default();
        memory.read(at, entry)?;
        Ok(u64::from_le_bytes(buffer))
    }
}

impl Paging {
    fn levels(self) -> u8 {
        match self {
            Self::Long { levels } => levels,
            Self::Pae => 3,
            Self::Legacy => 2,
            Self::Arm64 => 4,
        }
    }

    fn frame_mask(self) -> u64 {
        if self == Self::Arm64 { FRAME_ARM64 } else { FRAME }
    }

    fn is_present(self, entry: u64, level: u8) -> bool {
        let needs_to_lead_on = self == Self::Arm64 && !matches!(level, 2 | 3);
        entry & PRESENT != 0 && (!needs_to_lead_on || entry & LEADS_ON != 0)
    }

    /// Whether a present entry maps a page of its level's span.
    fn is_large(self, entry: u64, level: u8) -> bool {
        match self {
            Self::Long { .. } => matches!(level, 2 | 3) && entry & LARGE != 0,
            Self::Pae | Self::Legacy => level == 2 && entry & LARGE != 0,
            Self::Arm64 => matches!(level, 2 | 3) && entry & LEADS_ON == 0,
        }
    }

    /// The prototype entry that `entry` names: its upper 48 bits, sign-extended. 32-bit systems
    /// pack the address in other ways.
    fn prototype_address(self, entry: u64) -> Option<VirtAddr> {
        if matches!(self, Self::Pae | Self::Legacy) || entry >> 32 == ASK_THE_RANGES {
            return None;
        }
        let at = (entry.cast_signed() >> 16).cast_unsigned();
        let is_in_kernel = at >> 63 == 1;
        (is_in_kernel && at & 7 == 0).then_some(VirtAddr(at))
    }

    fn entry_size(self) -> u64 {
        if self == Self::Legacy { 4 } else { 8 }
    }

    /// Address bits that one table resolves.
    fn index_bits(self) -> u32 {
        if self == Self::Legacy { 10 } else { 9 }
    }

    /// Bytes that one entry at `level` covers.
    fn span(self, level: u8) -> u64 {
        let above = u32::from(level.saturating_sub(1)).saturating_mul(self.index_bits());
        1_u64.checked_shl(above.saturating_add(12)).unwrap_or(u64::MAX)
    }

    fn index(self, address: VirtAddr, level: u8) -> u64 {
        let place = address.0.checked_div(self.span(level)).unwrap_or(0);
        let count = 1_u64.checked_shl(self.index_bits()).unwrap_or(0);
        place & count.saturating_sub(1)
    }

    fn is_address(self, address: VirtAddr) -> bool {
        if matches!(self, Self::Pae | Self::Legacy) {
            return address.0 <= u64::from(u32::MAX);
        }
        // The bits above the top table's repeat the highest that is translated.
        let sign = self.span(self.levels()).saturating_mul(0x100);
        let high = address.0 & !sign.saturating_sub(1);
        high == 0 || high == !sign.saturating_sub(1)
    }

    /// Why an entry that is neither present nor in transition has no page.
    fn absence(self, entry: u64, address: VirtAddr, level: u8) -> MemoryError {
        if level > 1 || entry == 0 || entry & PRESENT != 0 {
            return MemoryError::NotPresent { address, level };
        }
        // The place in the page file is the upper half of the entry; 0 is none.
        let page_file_shift = if self == Self::Legacy { 12 } else { 32 };
        if entry >> page_file_shift == 0 {
            return MemoryError::NeverWritten(address);
        }
        MemoryError::PagedOut(address)
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;
    use crate::header::PhysicalRun;
    use crate::memory::RunPages;

    const PAGES: u64 = 8;

    fn memory(file: &[u8]) -> PhysicalMemory<'_> {
        let all = PhysicalRun { first_page: 0, page_count: PAGES };
        PhysicalMemory::of_runs(file, RunPages::new(&[all], 0, file.len() as u64))
    }

    fn put(file: &mut [u8], at: usize, entry: u64, size: usize) {
        file[at..at + size].copy_from_slice(&entry.to_le_bytes()[..size]);
    }

    /// Tables at pages 1 to 4 for kernel address 0xfffff80000000000: top index 0x1f0, then 0.
    #[test]
    fn four_levels_with_large_pages_and_pages_in_transition() {
        let mut file = vec![0; (PAGES * 0x1000) as usize];
        put(&mut file, 0x1000 + 0x1f0 * 8, 0x2000 | 0x63, 8);
        put(&mut file, 0x2000, 0x3000 | 0x63, 8);
        put(&mut file, 0x2008, 0x4000_0000 | 0xe3, 8); // 1 GiB at 1 GiB
        put(&mut file, 0x3000, 0x4000 | 0x63, 8);
        put(&mut file, 0x3008, 0x8000_0000_0060_00e3, 8); // 2 MiB at 6 MiB, no execute
        put(&mut file, 0x4000, 0x7000 | 0x63, 8);
        put(&mut file, 0x4008, 0x6000 | TRANSITION, 8);
        put(&mut file, 0x4010, 0x6000 | PROTOTYPE | TRANSITION, 8);
        put(&mut file, 0x4018, 0x1234_0000_0000, 8);
        let memory = memory(&file);
        let tables = PageTables::new(Paging::Long { levels: 4 }, 0x1002);
        let at = |offset: u64| VirtAddr(0xffff_f800_0000_0000 + offset);
        let translate = |address| tables.translate(&memory, address);
        assert_eq!(translate(at(0x123)), Ok(PhysAddr(0x7123)));
        assert_eq!(translate(at(0x1fff)), Ok(PhysAddr(0x6fff)));
        assert_eq!(translate(at(0x2000)), Err(MemoryError::Prototype(at(0x2000))));
        assert_eq!(translate(at(0x3000)), Err(MemoryError::PagedOut(at(0x3000))));
        let absent = MemoryError::NotPresent { address: at(0x4000), level: 1 };
        assert_eq!(translate(at(0x4000)), Err(absent));
        assert_eq!(translate(at(0x20_1234)), Ok(PhysAddr(0x60_1234)));
        assert_eq!(translate(at(0x4012_3456)), Ok(PhysAddr(0x4012_3456)));
        let absent = MemoryError::NotPresent { address: at(0x8000_0000), level: 3 };
        assert_eq!(translate(at(0x8000_0000)), Err(absent));
        let broken = VirtAddr(0x0000_f800_0000_0000);
        assert_eq!(translate(broken), Err(MemoryError::NotAnAddress(broken)));
    }

    /// Five levels: the top index of 0xff_f800_0000_0000_00 is bits 56 to 48.
    #[test]
    fn five_levels() {
        let mut file = vec![0; (PAGES * 0x1000) as usize];
        put(&mut file, 0x1000 + 0x1ff * 8, 0x2063, 8);
        put(&mut file, 0x2000 + 0x1f0 * 8, 0x3063, 8);
        put(&mut file, 0x3000, 0x4063, 8);
        put(&mut file, 0x4000, 0x5063, 8);
        put(&mut file, 0x5000, 0x6063, 8);
        let tables = PageTables::new(Paging::Long { levels: 5 }, 0x1000);
        let translated = tables.translate(&memory(&file), VirtAddr(0xffff_f800_0000_0042));
        assert_eq!(translated, Ok(PhysAddr(0x6042)));
    }

    /// 0x80401abc is directory 0x201 and table 1 without PAE; pointer 2, directory 2, table 1 with.
    #[test]
    fn thirty_two_bits() {
        let mut file = vec![0; (PAGES * 0x1000) as usize];
        put(&mut file, 0x1000 + 0x201 * 4, 0x2063, 4);
        put(&mut file, 0x1000 + 0x202 * 4, 0x00c0_00e3, 4); // 4 MiB at 12 MiB
        put(&mut file, 0x2000 + 4, 0x7063, 4);
        put(&mut file, 0x3020 + 2 * 8, 0x4001, 8);
        put(&mut file, 0x4000 + 2 * 8, 0x5063, 8);
        put(&mut file, 0x5000 + 8, 0x6063, 8);
        let memory = memory(&file);
        let legacy = PageTables::new(Paging::Legacy, 0x1000);
        assert_eq!(legacy.translate(&memory, VirtAddr(0x8040_1abc)), Ok(PhysAddr(0x7abc)));
        assert_eq!(legacy.translate(&memory, VirtAddr(0x8091_2345)), Ok(PhysAddr(0xd1_2345)));
        let pae = PageTables::new(Paging::Pae, 0x3020);
        assert_eq!(pae.translate(&memory, VirtAddr(0x8040_1abc)), Ok(PhysAddr(0x6abc)));
        let beyond = VirtAddr(0x1_0000_0000);
        assert_eq!(pae.translate(&memory, beyond), Err(MemoryError::NotAnAddress(beyond)));
    }

    #[test]
    fn tables_that_point_at_themselves_end() {
        let mut file = vec![0; (PAGES * 0x1000) as usize];
        for index in 0..512 {
            put(&mut file, 0x1000 + index * 8, 0x1063, 8);
        }
        let tables = PageTables::new(Paging::Long { levels: 4 }, 0x1000);
        let translated = tables.translate(&memory(&file), VirtAddr(0x7fff_ffff_f123));
        assert_eq!(translated, Ok(PhysAddr(0x1123)));
    }

    /// Entries of `_MMPTE_PROTOTYPE`: bit 10, and the address of another entry from bit 16 on. That
    /// entry lies in the page at 0xfffff80000005000, which is physical page 7.
    #[test]
    fn prototype_entries_are_followed_once() {
        let mut file = vec![0; (PAGES * 0x1000) as usize];
        for (table, index) in [(0x1000, 0x1f0), (0x2000, 0), (0x3000, 0)] {
            put(&mut file, table + index * 8, table as u64 + 0x1063, 8);
        }
        put(&mut file, 0x4000 + 5 * 8, 0x7063, 8);
        let shared = |offset: u64| ((0xf800_0000_5000 + offset) << 16) | PROTOTYPE;
        for (index, offset) in [0, 8, 16, 24, 32].into_iter().enumerate() {
            put(&mut file, 0x4000 + index * 8, shared(offset), 8);
        }
        put(&mut file, 0x4000 + 6 * 8, 0xFFFF_FFFF_0000_0000 | PROTOTYPE, 8);
        put(&mut file, 0x4000 + 7 * 8, shared(3), 8);
        put(&mut file, 0x4000 + 8 * 8, (0x7fff_0000 << 16) | PROTOTYPE, 8);
        put(&mut file, 0x7000, 0x6063, 8); // present
        put(&mut file, 0x7008, 0x5000 | TRANSITION, 8);
        put(&mut file, 0x7010, 0x1234_5000 | TRANSITION, 8); // a page that is not in the dump
        put(&mut file, 0x7018, 0x1234_0000_0000_0000 | PROTOTYPE, 8); // still in its file
        // The fifth is zero.
        let memory = memory(&file);
        let tables = PageTables::new(Paging::Long { levels: 4 }, 0x1000);
        let at = |offset: u64| VirtAddr(0xffff_f800_0000_0000 + offset);
        let translate = |address| tables.translate(&memory, address);
        assert_eq!(translate(at(0x0123)), Ok(PhysAddr(0x6123)));
        assert_eq!(translate(at(0x1fff)), Ok(PhysAddr(0x5fff)));
        assert_eq!(translate(at(0x2000)), Err(MemoryError::InTransition(at(0x2000))));
        for page in [3, 4, 6, 7, 8] {
            let unknown = MemoryError::Prototype(at(page * 0x1000));
            assert_eq!(translate(at(page * 0x1000)), Err(unknown), "page {page}");
        }
    }

    /// Not read: a frame that is not in the dump, which may be scrambled; and a page that was
    /// allocated (protection 4 in bits 5 to 9, no place in a page file) and never written.
    #[test]
    fn what_entries_that_are_not_present_say() {
        let mut file = vec![0; (PAGES * 0x1000) as usize];
        put(&mut file, 0x1000 + 0x1f0 * 8, 0x2063, 8);
        put(&mut file, 0x2000, 0x3063, 8);
        put(&mut file, 0x3000, 0x4063, 8);
        put(&mut file, 0x3008, 0x2000_0000_5000 | TRANSITION, 8);
        put(&mut file, 0x4000, 0x2000_0000_5000 | TRANSITION, 8);
        put(&mut file, 0x4008, 0x80, 8);
        let memory = memory(&file);
        let tables = PageTables::new(Paging::Long { levels: 4 }, 0x1000);
        let at = |offset: u64| VirtAddr(0xffff_f800_0000_0000 + offset);
        for offset in [0x10, 0x20_0010] {
            let hidden = MemoryError::InTransition(at(offset));
            assert_eq!(tables.translate(&memory, at(offset)), Err(hidden));
        }
        let empty = tables.translate(&memory, at(0x1010));
        assert_eq!(empty, Err(MemoryError::NeverWritten(at(0x1010))));
    }

    /// Descriptors of the architecture with 4 KiB pages: bits 0 and 1 set lead to a table or the
    /// last page, bit 0 alone maps a block. Kernel addresses are in the upper half of the table.
    #[test]
    fn four_levels_of_arm64() {
        let mut file = vec![0; (PAGES * 0x1000) as usize];
        put(&mut file, 0x1000 + 0x1f0 * 8, 0x2003, 8);
        put(&mut file, 0x2000, 0x3003, 8);
        put(&mut file, 0x2008, 0x0060_0000_4000_0701, 8); // a block of 1 GiB at 1 GiB
        put(&mut file, 0x3000, 0x4003, 8);
        put(&mut file, 0x3008, 0x0060_0000_0060_0701, 8); // a block of 2 MiB at 6 MiB
        put(&mut file, 0x4000, 0x00e0_0000_0000_7703, 8);
        put(&mut file, 0x4008, 0x7701, 8); // reserved at the last level
        put(&mut file, 0x4010, 0x5000 | TRANSITION, 8);
        let memory = memory(&file);
        // The upper 16 bits are the number of the address space.
        let tables = PageTables::new(Paging::Arm64, 0x0042_0000_0000_1001);
        let at = |offset: u64| VirtAddr(0xffff_f800_0000_0000 + offset);
        let translate = |offset| tables.translate(&memory, at(offset));
        assert_eq!(translate(0x123), Ok(PhysAddr(0x7123)));
        let reserved = MemoryError::NotPresent { address: at(0x1000), level: 1 };
        assert_eq!(translate(0x1000), Err(reserved));
        assert_eq!(translate(0x2abc), Ok(PhysAddr(0x5abc)));
        assert_eq!(translate(0x20_1234), Ok(PhysAddr(0x60_1234)));
        assert_eq!(translate(0x4012_3456), Ok(PhysAddr(0x4012_3456)));
    }
}
