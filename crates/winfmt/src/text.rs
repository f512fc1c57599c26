//! Text of an export, whatever encoding Windows chose for it.

use std::borrow::Cow;
use std::str::Utf8Chunks;

/// Text, and how to get from a place in it back to the file.
#[derive(Debug)]
pub struct Text<'a> {
    /// The text itself.
    pub text: Cow<'a, str>,
    width: Width<'a>,
    file_bytes: u64,
}

/// Bytes that a character takes in the file.
#[derive(Clone, Copy, Debug)]
enum Width<'a> {
    /// The text is these bytes, after a mark of this many. What is no text in them is shorter or
    /// longer than the U+FFFD that stands for it.
    Utf8 { mark: u64, bytes: &'a [u8] },
    /// Two bytes a UTF-16 unit, after a mark of this many.
    Utf16 { mark: u64 },
}

impl Text<'_> {
    /// Walks forward through the text, so that finding many offsets takes one pass.
    #[must_use]
    pub fn offsets(&self) -> Offsets<'_> {
        let chunks = match self.width {
            Width::Utf8 { bytes, .. } => bytes.utf8_chunks(),
            Width::Utf16 { .. } => [].utf8_chunks(),
        };
        Offsets { text: self, at: 0, units: 0, chunks, chunk: (0, 0), next: (0, 0) }
    }
}

/// From places in a text to offsets in its file, in ascending order.
#[derive(Debug)]
pub struct Offsets<'a> {
    text: &'a Text<'a>,
    at: usize,
    units: u64,
    /// Stretches of bytes that are text, and the few behind each that are none.
    chunks: Utf8Chunks<'a>,
    /// Where the stretch that was reached begins, in the text and in the file.
    chunk: (usize, usize),
    /// Where the next one does.
    next: (usize, usize),
}

impl Offsets<'_> {
    /// Offset in the file of byte `position` of the text, which must not lie before the one asked
    /// for last.
    pub fn of(&mut self, position: usize) -> u64 {
        let offset = match self.text.width {
            Width::Utf8 { mark, .. } => mark.saturating_add(self.of_utf8(position)),
            Width::Utf16 { mark } => {
                let passed = self.text.text.get(self.at..position).unwrap_or_default();
                self.units = self.units.saturating_add(passed.encode_utf16().count() as u64);
                self.at = self.at.max(position);
                mark.saturating_add(self.units.saturating_mul(2))
            }
        };
        offset.min(self.text.file_bytes)
    }

    fn of_utf8(&mut self, position: usize) -> u64 {
        while position >= self.next.0 {
            let Some(chunk) = self.chunks.next() else { break };
            self.chunk = self.next;
            let (valid, invalid) = (chunk.valid().len(), chunk.invalid().len());
            let shown = if invalid == 0 { 0 } else { char::REPLACEMENT_CHARACTER.len_utf8() };
            self.next.0 = self.chunk.0.saturating_add(valid).saturating_add(shown);
            self.next.1 = self.chunk.1.saturating_add(valid).saturating_add(invalid);
        }
        self.chunk.1.saturating_add(position.saturating_sub(self.chunk.0)) as u64
    }
}

/// Decodes UTF-8, or UTF-16 in either byte order, with or without a mark. What is no text becomes
/// U+FFFD, so that damage stays visible and costs no event.
#[must_use]
pub fn decode_text(bytes: &[u8]) -> Text<'_> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, 2, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, 2, u16::from_be_bytes),
        [first, 0, ..] if starts_text(*first) => utf16(bytes, 0, u16::from_le_bytes),
        [0, first, ..] if starts_text(*first) => utf16(bytes, 0, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest, 3),
        _ => utf8(bytes, 0),
    }
}

/// Whether a text, of which half the bytes are zero, may start so.
fn starts_text(first: u8) -> bool {
    first.is_ascii_graphic() || first.is_ascii_whitespace()
}

fn utf8(bytes: &[u8], mark: u64) -> Text<'_> {
    let file_bytes = mark.saturating_add(bytes.len() as u64);
    // Text that is whole is checked faster than it is mended.
    let whole = std::str::from_utf8(bytes).map(Cow::Borrowed);
    let text = whole.unwrap_or_else(|_| String::from_utf8_lossy(bytes));
    Text { text, width: Width::Utf8 { mark, bytes }, file_bytes }
}

fn utf16(bytes: &[u8], mark: u64, unit: fn([u8; 2]) -> u16) -> Text<'static> {
    let units = bytes.as_chunks::<2>().0.iter().map(|bytes| unit(*bytes));
    let text: String =
        char::decode_utf16(units).map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    let file_bytes = mark.saturating_add(bytes.len() as u64);
    Text { text: Cow::Owned(text), width: Width::Utf16 { mark }, file_bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_exact_behind_bytes_that_are_no_text() {
        let bytes = b"\xef\xbb\xbfGr\x81n\xe2\x82 a\xf0\x9f\x98\x80b\xff";
        let text = decode_text(bytes);
        assert_eq!(text.text, "Gr\u{fffd}n\u{fffd} a\u{1f600}b\u{fffd}");
        let mut offsets = text.offsets();
        for (letter, offset) in [('G', 3), ('n', 6), ('a', 10), ('b', 15)] {
            assert_eq!(offsets.of(text.text.find(letter).unwrap()), offset, "{letter}");
        }
        assert_eq!(offsets.of(text.text.len()), bytes.len() as u64);
    }
}
