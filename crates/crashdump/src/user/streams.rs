//! Streams that are read here, since the package would follow them without end or store them
//! many times over.

use hvtriage_winfmt::{Bytes, FileOffset, decode_utf16le};
use minidump::Minidump;

use crate::report::DumpProblem;

/// The longest text that is read, in bytes.
const TEXT_LIMIT: u64 = 0x1_0000;

/// The bytes of the stream of type `kind`, as far as they are in the file; `None` without it.
pub(super) fn bytes_of<'a>(
    dump: &Minidump<'a, &'a [u8]>,
    file: Bytes<'a>,
    kind: u32,
) -> Option<Bytes<'a>> {
    let entry = dump.all_streams().find(|entry| entry.stream_type == kind)?;
    let at = u64::from(entry.location.rva);
    let rest = file.tail(at).as_slice();
    let size = usize::try_from(entry.location.data_size).unwrap_or(usize::MAX).min(rest.len());
    Some(Bytes::at(rest.get(..size).unwrap_or_default(), FileOffset(at)))
}

/// The texts that a file's lists refer to, together no longer than the file.
///
/// Example: a file of 1 MB whose 60,000 handles share one name of 64 KiB. Need: what is read must
/// not grow with the square of the file.
pub(super) struct Texts<'a> {
    file: Bytes<'a>,
    left: u64,
    is_spent: bool,
}

impl<'a> Texts<'a> {
    pub(super) fn new(file: Bytes<'a>) -> Self {
        Self { file, left: file.len(), is_spent: false }
    }

    /// UTF-16 behind its size in bytes at `at`; `None` for no text and for text past the file.
    pub(super) fn utf16(&mut self, at: u64) -> Option<String> {
        self.counted(at).map(|text| decode_utf16le(text.as_slice())).filter(|it| !it.is_empty())
    }

    /// UTF-8 behind its size in bytes at `at`.
    pub(super) fn utf8(&mut self, at: u64) -> Option<String> {
        self.counted(at).map(|text| String::from_utf8_lossy(text.as_slice()).into_owned())
    }

    /// Whether texts were left out because they are together longer than the file.
    pub(super) fn left_out(&self) -> Option<DumpProblem> {
        let message = "names of this dump share their bytes, and some are left out";
        self.is_spent.then(|| DumpProblem { at: FileOffset(0), message: message.into() })
    }

    fn counted(&mut self, at: u64) -> Option<Bytes<'a>> {
        if at == 0 {
            return None;
        }
        let size = u64::from(self.file.u32_at(at, "size of text").ok()?).min(TEXT_LIMIT);
        let Some(left) = self.left.checked_sub(size.max(1)) else {
            self.is_spent = true;
            return None;
        };
        let text = self.file.slice_at(at.checked_add(4)?, size, "text").ok()?;
        self.left = left;
        Some(text)
    }
}
