//! The bytes of a PDB, dealt out within bounds.

use std::fmt;
use std::io;

use pdb2::{Source, SourceSlice, SourceView};

/// How many times its own size a file may be read. Each stream is read once or twice, but the directory
/// of a damaged file may name one page, and its list of modules one stream, a hundred thousand times.
const READ_LIMIT: usize = 8;

/// The bytes of a PDB. No part is larger than the whole, and all parts together are bounded, too.
pub(super) struct Bounded<'b> {
    bytes: &'b [u8],
    /// Bytes that may still be read.
    left: usize,
}

impl<'b> Bounded<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, left: bytes.len().saturating_mul(READ_LIMIT) }
    }
}

impl fmt::Debug for Bounded<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} bytes", self.bytes.len())
    }
}

#[derive(Debug)]
struct View(Vec<u8>);

impl SourceView<'_> for View {
    fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl<'b> Source<'b> for Bounded<'b> {
    fn view(
        &mut self,
        slices: &[SourceSlice],
    ) -> Result<Box<dyn SourceView<'b> + Send + Sync>, io::Error> {
        let damaged = || io::Error::from(io::ErrorKind::InvalidData);
        let size = slices.iter().try_fold(0_usize, |sum, slice| sum.checked_add(slice.size));
        let size = size.filter(|size| *size <= self.bytes.len()).ok_or_else(damaged)?;
        self.left = self.left.checked_sub(size).ok_or_else(damaged)?;
        let mut bytes = Vec::with_capacity(size);
        for slice in slices {
            let start = usize::try_from(slice.offset).map_err(|_| damaged())?;
            let end = start.checked_add(slice.size).ok_or_else(damaged)?;
            bytes.extend_from_slice(self.bytes.get(start..end).ok_or_else(damaged)?);
        }
        Ok(Box::new(View(bytes)))
    }
}
