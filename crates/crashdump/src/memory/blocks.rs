//! The loose blocks of virtual memory that a small dump keeps.

use hvtriage_winfmt::{FileOffset, VirtAddr};

use super::MemoryError;

/// Bytes of the file that were memory at some virtual address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) address: VirtAddr,
    pub(crate) at: FileOffset,
    pub(crate) size: u64,
}

/// Blocks without overlap, in the order of their addresses.
#[derive(Clone, Debug)]
pub(crate) struct BlockMemory<'a> {
    file: &'a [u8],
    blocks: Vec<Block>,
}

impl<'a> BlockMemory<'a> {
    /// Memory of `blocks`, which may overlap and come in any order; what lies past the end of the
    /// file is left out.
    pub(crate) fn new(file: &'a [u8], mut blocks: Vec<Block>) -> Self {
        blocks.sort_by_key(|block| block.address);
        let mut kept: Vec<Block> = Vec::with_capacity(blocks.len());
        let mut covered = 0_u64;
        for block in blocks {
            let in_file = (file.len() as u64).saturating_sub(block.at.0).min(block.size);
            let end = block.address.0.saturating_add(in_file);
            let start = block.address.0.max(covered);
            let skipped = start.saturating_sub(block.address.0);
            if start < end {
                kept.push(Block {
                    address: VirtAddr(start),
                    at: FileOffset(block.at.0.saturating_add(skipped)),
                    size: end.saturating_sub(start),
                });
                covered = end;
            }
        }
        Self { file, blocks: kept }
    }

    /// The bytes from `address` to the end of its block, at most `limit`, and where they stand.
    pub(crate) fn in_block(
        &self,
        address: VirtAddr,
        limit: u64,
    ) -> Result<(&'a [u8], FileOffset), MemoryError> {
        let missing = MemoryError::NoBlock(address);
        let after = self.blocks.partition_point(|block| block.address <= address);
        let block = after.checked_sub(1).and_then(|index| self.blocks.get(index)).ok_or(missing)?;
        let into = address.checked_sub(block.address).ok_or(missing)?;
        let size = block.size.checked_sub(into).filter(|size| *size > 0).ok_or(missing)?;
        let at = block.at.checked_add(into).ok_or(missing)?;
        let start = usize::try_from(at.0).map_err(|_| missing)?;
        let size = usize::try_from(size.min(limit)).map_err(|_| missing)?;
        let end = start.checked_add(size).ok_or(missing)?;
        self.file.get(start..end).map(|bytes| (bytes, at)).ok_or(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(address: u64, at: u64, size: u64) -> Block {
        Block { address: VirtAddr(address), at: FileOffset(at), size }
    }

    #[test]
    fn overlapping_blocks_are_one_memory() {
        let file: Vec<u8> = (0..=255).collect();
        let blocks =
            vec![block(0x1008, 0x28, 0x10), block(0x1000, 0x20, 0x10), block(0x1004, 0x24, 2)];
        let memory = BlockMemory::new(&file, blocks);
        assert_eq!(memory.in_block(VirtAddr(0x1004), 1).unwrap().0, [0x24]);
        assert_eq!(memory.in_block(VirtAddr(0x1012), 1).unwrap().0, [0x32]);
        assert_eq!(
            memory.in_block(VirtAddr(0x1017), 8).unwrap(),
            (&[0x37_u8][..], FileOffset(0x37))
        );
        for outside in [0, 0xfff, 0x1018, u64::MAX] {
            assert!(memory.in_block(VirtAddr(outside), 1).is_err());
        }
    }

    #[test]
    fn blocks_past_the_end_are_cut() {
        let memory =
            BlockMemory::new(&[1, 2, 3, 4], vec![block(0x10, 2, u64::MAX), block(0x50, 9, 1)]);
        assert_eq!(memory.in_block(VirtAddr(0x10), 9).unwrap().0, [3, 4]);
        assert!(memory.in_block(VirtAddr(0x12), 1).is_err());
        assert!(memory.in_block(VirtAddr(0x50), 1).is_err());
    }
}
