//! The lines of a text that may be far too long to be held.

use std::borrow::Cow;
use std::ops::ControlFlow;

use hvtriage_winfmt::FileOffset;

use crate::entry::Position;

/// Bytes of a line that are looked at. The longest known is the text of an event, some two thousand
/// characters.
pub const MAX_LINE_BYTES: usize = 65_536;

/// A line, without its end.
#[derive(Debug)]
pub(crate) struct Line<'l> {
    /// Its number, from 1 on.
    pub(crate) number: u64,
    /// Where it begins.
    pub(crate) offset: FileOffset,
    pub(crate) text: &'l str,
}

impl Line<'_> {
    pub(crate) fn position(&self) -> Position {
        Position { line: self.number, offset: self.offset }
    }
}

/// The encoding of a text, by its mark or its first letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    /// Or a code page, whose letters beyond ASCII are shown as U+FFFD.
    Utf8,
    Utf16Little,
    Utf16Big,
}

/// Walks through a text line by line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines<'a> {
    bytes: &'a [u8],
    mark: usize,
    encoding: Encoding,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        let (mark, encoding) = match bytes {
            [0xff, 0xfe, ..] => (2, Encoding::Utf16Little),
            [0xfe, 0xff, ..] => (2, Encoding::Utf16Big),
            [0xef, 0xbb, 0xbf, ..] => (3, Encoding::Utf8),
            [first, 0, ..] if is_text(*first) => (0, Encoding::Utf16Little),
            [0, first, ..] if is_text(*first) => (0, Encoding::Utf16Big),
            _ => (0, Encoding::Utf8),
        };
        Self { bytes, mark, encoding }
    }

    /// Hands over each line until `found` wants no more.
    pub(crate) fn each(self, mut found: impl FnMut(Line<'_>) -> ControlFlow<()>) {
        let mut rest = self.bytes.get(self.mark..).unwrap_or_default();
        let mut number = 0_u64;
        while !rest.is_empty() {
            let offset = self.bytes.len().saturating_sub(rest.len());
            let (line, behind) = self.first_line(rest);
            rest = behind;
            number = number.saturating_add(1);
            let text = self.decode(line.get(..MAX_LINE_BYTES).unwrap_or(line));
            let text = text.trim_end_matches(['\r', '\n']);
            if found(Line { number, offset: FileOffset(offset as u64), text }).is_break() {
                return;
            }
        }
    }

    /// The first line, and what comes behind its end.
    fn first_line(self, bytes: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        let end = match self.encoding {
            Encoding::Utf8 => bytes.iter().position(|byte| *byte == b'\n').map(|at| (at, 1_usize)),
            Encoding::Utf16Little => unit_at(bytes, [b'\n', 0]),
            Encoding::Utf16Big => unit_at(bytes, [0, b'\n']),
        };
        let Some((at, width)) = end else { return (bytes, &[]) };
        let behind = bytes.get(at.saturating_add(width)..).unwrap_or_default();
        (bytes.get(..at).unwrap_or_default(), behind)
    }

    fn decode(self, line: &[u8]) -> Cow<'_, str> {
        let of_units = |unit: fn([u8; 2]) -> u16| {
            let units = line.as_chunks::<2>().0.iter().map(|bytes| unit(*bytes));
            let letters = char::decode_utf16(units);
            letters.map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        };
        match self.encoding {
            Encoding::Utf8 => String::from_utf8_lossy(line),
            Encoding::Utf16Little => Cow::Owned(of_units(u16::from_le_bytes)),
            Encoding::Utf16Big => Cow::Owned(of_units(u16::from_be_bytes)),
        }
    }
}

/// Whether a text, of which half the bytes are zero, may begin so.
fn is_text(first: u8) -> bool {
    first.is_ascii_graphic() || first.is_ascii_whitespace()
}

/// Where `unit` stands first among units of two bytes, and how wide it is.
fn unit_at(bytes: &[u8], unit: [u8; 2]) -> Option<(usize, usize)> {
    let at = bytes.as_chunks::<2>().0.iter().position(|one| *one == unit)?;
    Some((at.checked_mul(2)?, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<(u64, u64, String)> {
        let mut found = Vec::new();
        Lines::of(bytes).each(|line| {
            found.push((line.number, line.offset.0, line.text.to_owned()));
            ControlFlow::Continue(())
        });
        found
    }

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn every_encoding_gives_the_same_lines() {
        let text = "a\r\n\nb\u{fc}\nlast";
        let told = |offsets: [u64; 4]| {
            let lines = ["a", "", "b\u{fc}", "last"];
            let numbered = (1_u64..).zip(offsets).zip(lines);
            numbered.map(|((n, at), text)| (n, at, text.to_owned())).collect::<Vec<_>>()
        };
        assert_eq!(lines(text.as_bytes()), told([0, 3, 4, 8]));
        assert_eq!(lines(format!("\u{feff}{text}").as_bytes()), told([3, 6, 7, 11]));
        let marked = format!("\u{feff}{text}");
        for unit in [u16::to_le_bytes, u16::to_be_bytes] {
            assert_eq!(lines(&utf16(text, unit)), told([0, 6, 8, 14]));
            assert_eq!(lines(&utf16(&marked, unit)), told([2, 8, 10, 16]));
        }
        // A letter of a code page, and half a unit at the end.
        assert_eq!(lines(b"b\xfc\n"), [(1, 0, "b\u{fffd}".to_owned())]);
        assert_eq!(lines(b"\xff\xfea\0\n"), [(1, 2, "a".to_owned())]);
        assert_eq!(lines(b""), []);
    }

    #[test]
    fn a_line_is_looked_at_as_far_as_the_limit() {
        let long = "x".repeat(3 * MAX_LINE_BYTES) + "\nnext";
        let found = lines(long.as_bytes());
        let lengths: Vec<usize> = found.iter().map(|(.., text)| text.len()).collect();
        assert_eq!(lengths, [MAX_LINE_BYTES, 4]);
        assert_eq!(found[1].0, 2);
    }
}
