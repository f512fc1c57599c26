//! Reading little-endian fields from borrowed bytes, never past their end.

use nom::Parser;
use nom::bytes::complete::take;
use nom::error::Error;
use nom::number::complete::{le_i64, le_u16, le_u32, le_u64, u8 as byte};

use crate::{ErrorKind, FileOffset, FileTime, Guid, ParseError};

/// A borrowed slice that knows where in its file it stands.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'a> {
    data: &'a [u8],
    base: FileOffset,
}

impl<'a> Bytes<'a> {
    /// The bytes of a whole file.
    #[must_use]
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, base: FileOffset(0) }
    }

    /// Bytes that stand at `base` in their file.
    #[must_use]
    pub fn at(data: &'a [u8], base: FileOffset) -> Self {
        Self { data, base }
    }

    /// The bytes themselves.
    #[must_use]
    pub fn as_slice(&self) -> &'a [u8] {
        self.data
    }

    /// Number of bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.data.len() as u64
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Where in the file byte `offset` of these bytes stands.
    #[must_use]
    pub fn file_offset(&self, offset: u64) -> FileOffset {
        FileOffset(self.base.0.saturating_add(offset))
    }

    /// The bytes from `offset` to the end; empty when `offset` lies past it.
    #[must_use]
    pub fn tail(&self, offset: u64) -> Self {
        let data = usize::try_from(offset).ok().and_then(|start| self.data.get(start..));
        Self { data: data.unwrap_or_default(), base: self.file_offset(offset) }
    }

    /// `size` bytes at `offset`.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] when they do not all stand there.
    pub fn slice_at(
        &self,
        offset: u64,
        size: u64,
        field: &'static str,
    ) -> Result<Self, ParseError> {
        let rest = self.tail(offset);
        let (_, data) = take::<_, _, Error<&[u8]>>(size)
            .parse(rest.data)
            .map_err(|_| rest.truncated(size, field))?;
        Ok(Self { data, base: rest.base })
    }

    /// The `u8` at `offset`.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] past the end.
    pub fn u8_at(&self, offset: u64, field: &'static str) -> Result<u8, ParseError> {
        self.number(offset, 1, field, byte)
    }

    /// The little-endian `u16` at `offset`.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] past the end.
    pub fn u16_at(&self, offset: u64, field: &'static str) -> Result<u16, ParseError> {
        self.number(offset, 2, field, le_u16)
    }

    /// The little-endian `u32` at `offset`.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] past the end.
    pub fn u32_at(&self, offset: u64, field: &'static str) -> Result<u32, ParseError> {
        self.number(offset, 4, field, le_u32)
    }

    /// The little-endian `u64` at `offset`.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] past the end.
    pub fn u64_at(&self, offset: u64, field: &'static str) -> Result<u64, ParseError> {
        self.number(offset, 8, field, le_u64)
    }

    /// The little-endian `i64` at `offset`.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] past the end.
    pub fn i64_at(&self, offset: u64, field: &'static str) -> Result<i64, ParseError> {
        self.number(offset, 8, field, le_i64)
    }

    /// The FILETIME at `offset`.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] past the end.
    pub fn filetime_at(&self, offset: u64, field: &'static str) -> Result<FileTime, ParseError> {
        self.u64_at(offset, field).map(FileTime)
    }

    /// The GUID at `offset`, in its Windows memory layout.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] past the end.
    pub fn guid_at(&self, offset: u64, field: &'static str) -> Result<Guid, ParseError> {
        let slice = self.slice_at(offset, 16, field)?;
        let array = <[u8; 16]>::try_from(slice.data).map_err(|_| slice.truncated(16, field))?;
        Ok(Guid::from_bytes_le(array))
    }

    fn number<T>(
        &self,
        offset: u64,
        size: u64,
        field: &'static str,
        parse: impl Fn(&'a [u8]) -> nom::IResult<&'a [u8], T, Error<&'a [u8]>>,
    ) -> Result<T, ParseError> {
        let rest = self.tail(offset);
        parse(rest.data).map(|(_, value)| value).map_err(|_| rest.truncated(size, field))
    }

    fn truncated(&self, need: u64, field: &'static str) -> ParseError {
        ParseError::new(ErrorKind::Truncated { need, have: self.len() }, field, self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_stop_at_the_end_for_every_offset() {
        let data = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        let bytes = Bytes::at(&data, FileOffset(0x100));
        assert_eq!(bytes.u64_at(1, "x").unwrap(), 0x0908_0706_0504_0302);
        for offset in [2, 8, 9, 10, u64::MAX] {
            let error = bytes.u64_at(offset, "x").unwrap_err();
            let have = 9_u64.saturating_sub(offset);
            assert_eq!(error.kind, ErrorKind::Truncated { need: 8, have });
        }
        assert!(bytes.slice_at(1, u64::MAX, "x").is_err());
        assert_eq!(bytes.slice_at(9, 0, "x").unwrap().len(), 0);
    }

    #[test]
    fn errors_carry_the_offset_in_the_file() {
        let bytes = Bytes::at(&[0; 4], FileOffset(0x2000));
        assert_eq!(bytes.tail(2).u32_at(0, "x").unwrap_err().at, FileOffset(0x2002));
    }
}
