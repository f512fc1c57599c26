//! Why an address cannot be read.

use hvtriage_winfmt::{FileOffset, PhysAddr, VirtAddr};

/// Why an address cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MemoryError {
    /// The dump's tables do not list the physical page.
    #[error("physical page {0} is not in the dump")]
    NotInDump(PhysAddr),
    /// The tables list the page, but the file ends before it.
    #[error("the file ends before offset {0}")]
    CutOff(FileOffset),
    /// No page is mapped.
    #[error("{address} is not mapped: the entry at level {level} is not present")]
    NotPresent {
        /// The virtual address.
        address: VirtAddr,
        /// Level of the page table, 1 for the last.
        level: u8,
    },
    /// The page had been written to a page file.
    #[error("{0} was paged out")]
    PagedOut(VirtAddr),
    /// The page was allocated, and has no content yet.
    #[error("{0} was never written to")]
    NeverWritten(VirtAddr),
    /// The entry says that the page is in memory, but names none that is in the dump.
    #[error("{0} was on its way out, and its page is not in the dump")]
    InTransition(VirtAddr),
    /// The page table defers to a prototype entry that has no page or cannot be read.
    #[error("{0} is shared memory that was not mapped in")]
    Prototype(VirtAddr),
    /// No address of this machine.
    #[error("{0} is not an address")]
    NotAnAddress(VirtAddr),
    /// No block of the small dump holds the address.
    #[error("{0} is in no block of the dump")]
    NoBlock(VirtAddr),
}
