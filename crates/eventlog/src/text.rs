//! Text of an export, whatever encoding Windows chose for it.

use std::borrow::Cow;

/// Text, and how to get from a place in it back to the file.
pub(crate) struct Text<'a> {
    pub(crate) text: Cow<'a, str>,
    width: Width,
    file_bytes: u64,
}

/// Bytes that a character takes in the file.
#[derive(Clone, Copy)]
enum Width {
    /// The text is the file's own bytes, after a mark of this many.
    Utf8 { mark: u64 },
    /// Two bytes a UTF-16 unit, after a mark of this many.
    Utf16 { mark: u64 },
}

impl Text<'_> {
    /// Walks forward through the text, so that finding many offsets takes one pass.
    pub(crate) fn offsets(&self) -> Offsets<'_> {
        Offsets { text: self, at: 0, units: 0 }
    }
}

/// From places in a text to offsets in its file, in ascending order.
pub(crate) struct Offsets<'a> {
    text: &'a Text<'a>,
    at: usize,
    units: u64,
}

impl Offsets<'_> {
    /// Offset in the file of byte `position` of the text, which must not lie before the one asked
    /// for last. Where bytes were no text it is near and not exact, and never past the end.
    pub(crate) fn of(&mut self, position: usize) -> u64 {
        let offset = match self.text.width {
            Width::Utf8 { mark } => mark.saturating_add(position as u64),
            Width::Utf16 { mark } => {
                let passed = self.text.text.get(self.at..position).unwrap_or_default();
                self.units = self.units.saturating_add(passed.encode_utf16().count() as u64);
                self.at = self.at.max(position);
                mark.saturating_add(self.units.saturating_mul(2))
            }
        };
        offset.min(self.text.file_bytes)
    }
}

/// Decodes UTF-8, or UTF-16 in either byte order, with or without a mark. What is no text becomes
/// U+FFFD, so that damage stays visible and costs no event.
pub(crate) fn decode(bytes: &[u8]) -> Text<'_> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, 2, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, 2, u16::from_be_bytes),
        [b'<' | b'\r' | b'\n' | b' ', 0, ..] => utf16(bytes, 0, u16::from_le_bytes),
        [0, b'<' | b'\r' | b'\n' | b' ', ..] => utf16(bytes, 0, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest, 3),
        _ => utf8(bytes, 0),
    }
}

fn utf8(bytes: &[u8], mark: u64) -> Text<'_> {
    let file_bytes = mark.saturating_add(bytes.len() as u64);
    Text { text: String::from_utf8_lossy(bytes), width: Width::Utf8 { mark }, file_bytes }
}

fn utf16(bytes: &[u8], mark: u64, unit: fn([u8; 2]) -> u16) -> Text<'static> {
    let units = bytes.as_chunks::<2>().0.iter().map(|bytes| unit(*bytes));
    let text: String =
        char::decode_utf16(units).map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    let file_bytes = mark.saturating_add(bytes.len() as u64);
    Text { text: Cow::Owned(text), width: Width::Utf16 { mark }, file_bytes }
}
