//! Addresses for what the kernel allocates.

use super::physical::PAGE;

/// Nonpaged pool: blocks of 16 bytes behind a header of 16; a small one never crosses a page.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    next: u64,
}

impl Pool {
    pub(super) fn new(start: u64) -> Self {
        Self { next: start }
    }

    /// Address of `size` bytes.
    pub(super) fn allocate(&mut self, size: u64) -> u64 {
        const HEADER: u64 = 0x10;
        let size = size.next_multiple_of(0x10) + HEADER;
        if self.next % PAGE + size > PAGE {
            self.next = self.next.next_multiple_of(PAGE);
        }
        let at = self.next + HEADER;
        self.next += size;
        at
    }
}
