//! Memory of the crashed machine, for whoever wants to look at it.

use hvtriage_winfmt::VirtAddr;

use crate::memory::PAGE;
use crate::report::DumpFormat;
use crate::{identify, kernel, user};

/// A stretch of memory, or why it cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryPiece {
    /// Where it starts.
    pub address: VirtAddr,
    /// Its bytes, or the reason why they are not in the dump, in words.
    pub bytes: Result<Vec<u8>, String>,
}

/// The most that is read at once, in bytes.
const LIMIT: u64 = 1 << 20;

/// The `size` bytes of virtual memory from `address` on, page by page; at most 1 MiB of them. What is
/// not in the dump, or was not read for its size, is a piece with the reason.
#[must_use]
pub fn read_memory(dump: &[u8], address: VirtAddr, size: u64) -> Vec<MemoryPiece> {
    let memory = match identify(dump) {
        Some(DumpFormat::User) => user::memory_of(dump),
        Some(format) => kernel::memory_of(dump, format),
        None => None,
    };
    let missing = |address: VirtAddr, reason: &str| MemoryPiece {
        address,
        bytes: Err(format!("{address}: {reason}")),
    };
    let Some(memory) = memory else {
        return vec![missing(address, "the dump holds no memory")];
    };
    if size == 0 {
        return vec![missing(address, "no bytes were asked for")];
    }
    // The last address that is asked for: one may ask up to the very last.
    let last = address.0.saturating_add(size.min(LIMIT).saturating_sub(1));
    let mut pieces = Vec::new();
    let mut at = address.0;
    loop {
        let page_last = at | PAGE.saturating_sub(1);
        let piece_last = page_last.min(last);
        let length = piece_last.saturating_sub(at).saturating_add(1);
        let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
        let read = memory.read(VirtAddr(at), &mut bytes).map_err(|reason| reason.to_string());
        pieces.push(MemoryPiece { address: VirtAddr(at), bytes: read.map(|()| bytes) });
        match piece_last.checked_add(1) {
            Some(next) if next <= last => at = next,
            _ => break,
        }
    }
    if size > LIMIT {
        let rest = VirtAddr(last).checked_add(1).unwrap_or(VirtAddr(last));
        pieces.push(missing(rest, "no more than 1 MiB is read at once"));
    }
    pieces
}
