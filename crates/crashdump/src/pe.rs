//! What the headers of images in memory say of themselves.

use hvtriage_winfmt::VirtAddr;

use crate::memory::{MemoryError, VirtualMemory};

/// Time stamp and checksum of a PE header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) timestamp: u32,
    pub(crate) checksum: u32,
}

/// Time stamp and checksum of the image at `base`, where its header is in memory.
pub(crate) fn stamp(memory: &VirtualMemory<'_>, base: VirtAddr) -> Option<Stamp> {
    let field = |offset: u32| {
        let at = base.checked_add(u64::from(offset)).ok_or(MemoryError::NotAnAddress(base))?;
        memory.u32(at)
    };
    let has_mark = field(0).ok()? & 0xFFFF == u32::from(u16::from_le_bytes(*b"MZ"));
    let header = field(0x3C).ok().filter(|at| *at < 0x1000 && has_mark)?;
    let at = |offset: u32| field(header.saturating_add(offset)).ok();
    if at(0)? != u32::from_le_bytes(*b"PE\0\0") {
        return None;
    }
    Some(Stamp { timestamp: at(0x08)?, checksum: at(0x58)? })
}
