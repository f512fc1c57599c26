//! Memory of the crashed machine, for whoever wants to look at it.

use hvtriage_winfmt::VirtAddr;

use crate::memory::PAGE;
use crate::report::DumpFormat;
use crate::{identify, kernel};

/// A stretch of memory, or why it cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryPiece {
    /// Where it starts.
    pub address: VirtAddr,
    /// Its bytes, or the reason why they are not in the dump, in words.
    pub bytes: Result<Vec<u8>, String>,
}

/// The `size` bytes of virtual memory from `address` on, page by page; at most 1 MiB of them.
///
/// Empty for a file that is no kernel dump, and for a dump without memory.
#[must_use]
pub fn read_memory(dump: &[u8], address: VirtAddr, size: u64) -> Vec<MemoryPiece> {
    const LIMIT: u64 = 1 << 20;
    let format = identify(dump).filter(|format| *format != DumpFormat::User);
    let Some(memory) = format.and_then(|format| kernel::memory_of(dump, format)) else {
        return Vec::new();
    };
    let end = address.0.saturating_add(size.min(LIMIT));
    let mut pieces = Vec::new();
    let mut at = address.0;
    while at < end {
        let page_end = (at & !PAGE.saturating_sub(1)).saturating_add(PAGE);
        let next = page_end.min(end).max(at.saturating_add(1));
        let mut bytes = vec![0; usize::try_from(next.saturating_sub(at)).unwrap_or_default()];
        let read = memory.read(VirtAddr(at), &mut bytes).map_err(|reason| reason.to_string());
        pieces.push(MemoryPiece { address: VirtAddr(at), bytes: read.map(|()| bytes) });
        at = next;
    }
    pieces
}
