//! Virtual memory of the crashed system, wherever its bytes stand.

use hvtriage_winfmt::{FileOffset, VirtAddr, decode_utf16le};

use super::{BlockMemory, MemoryError, PAGE, PageTables, PhysicalMemory};

/// The longest UNICODE_STRING that is read, in bytes: a path of 2048 characters.
const STRING_LIMIT: u16 = 4096;

/// Virtual memory of the crashed system.
#[derive(Clone, Debug)]
pub(crate) enum VirtualMemory<'a> {
    /// Page tables over physical memory.
    Paged {
        /// The pages.
        physical: PhysicalMemory<'a>,
        /// The address space.
        tables: PageTables,
        /// Bytes of a pointer.
        pointer_size: u64,
    },
    /// The blocks of a small dump.
    Blocks {
        /// The blocks.
        blocks: BlockMemory<'a>,
        /// Bytes of a pointer.
        pointer_size: u64,
    },
}

impl<'a> VirtualMemory<'a> {
    /// Bytes of a pointer.
    pub(crate) fn pointer_size(&self) -> u64 {
        match self {
            Self::Paged { pointer_size, .. } | Self::Blocks { pointer_size, .. } => *pointer_size,
        }
    }

    /// Fills `buffer` from `address` on.
    pub(crate) fn read(&self, address: VirtAddr, buffer: &mut [u8]) -> Result<(), MemoryError> {
        let mut at = address;
        let mut rest = buffer;
        while !rest.is_empty() {
            let (part, _) = self.piece(at, rest.len() as u64)?;
            let (filled, unfilled) =
                rest.split_at_mut_checked(part.len()).ok_or(MemoryError::NotAnAddress(at))?;
            filled.copy_from_slice(part);
            rest = unfilled;
            if !rest.is_empty() {
                let next = at.checked_add(part.len() as u64);
                at = next.ok_or(MemoryError::NotAnAddress(at))?;
            }
        }
        Ok(())
    }

    /// Where the byte at `address` stands in the file.
    pub(crate) fn file_offset(&self, address: VirtAddr) -> Result<FileOffset, MemoryError> {
        self.piece(address, 1).map(|(_, at)| at)
    }

    /// The `u16` at `address`.
    pub(crate) fn u16(&self, address: VirtAddr) -> Result<u16, MemoryError> {
        let mut bytes = [0; 2];
        self.read(address, &mut bytes)?;
        Ok(u16::from_le_bytes(bytes))
    }

    /// The `u32` at `address`.
    pub(crate) fn u32(&self, address: VirtAddr) -> Result<u32, MemoryError> {
        let mut bytes = [0; 4];
        self.read(address, &mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// The `u64` at `address`.
    pub(crate) fn u64(&self, address: VirtAddr) -> Result<u64, MemoryError> {
        let mut bytes = [0; 8];
        self.read(address, &mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// The pointer at `address`.
    pub(crate) fn pointer(&self, address: VirtAddr) -> Result<VirtAddr, MemoryError> {
        if self.pointer_size() == 4 {
            return self.u32(address).map(|value| VirtAddr(u64::from(value)));
        }
        self.u64(address).map(VirtAddr)
    }

    /// The text of the UNICODE_STRING at `address`; an odd length is rounded down.
    pub(crate) fn unicode_string(&self, address: VirtAddr) -> Result<String, MemoryError> {
        let size = self.u16(address)?.min(STRING_LIMIT) & !1;
        let beyond = MemoryError::NotAnAddress(address);
        let field = address.checked_add(self.pointer_size()).ok_or(beyond)?;
        let buffer_at = self.pointer(field)?;
        let mut text = vec![0; usize::from(size)];
        self.read(buffer_at, &mut text)?;
        Ok(decode_utf16le(&text))
    }

    /// Printable ASCII from `address` to a NUL, at most `limit` characters of it.
    pub(crate) fn ascii(&self, address: VirtAddr, limit: usize) -> Result<String, MemoryError> {
        let mut text = String::new();
        for index in 0..limit as u64 {
            let mut byte = [0];
            let at = address.checked_add(index).ok_or(MemoryError::NotAnAddress(address))?;
            self.read(at, &mut byte)?;
            let [byte] = byte;
            if !byte.is_ascii_graphic() && byte != b' ' {
                break;
            }
            text.push(char::from(byte));
        }
        Ok(text)
    }

    /// At most `limit` bytes from `address` on that stand together in the file, and where.
    fn piece(&self, address: VirtAddr, limit: u64) -> Result<(&'a [u8], FileOffset), MemoryError> {
        match self {
            Self::Blocks { blocks, .. } => blocks.in_block(address, limit),
            Self::Paged { physical, tables, .. } => {
                let to_page_end = PAGE.saturating_sub(address.0 & PAGE.saturating_sub(1));
                let at = tables.translate(physical, address)?;
                Ok((physical.in_page(at, limit.min(to_page_end))?, physical.place(at)?))
            }
        }
    }
}
