//! UTF-16 text as Windows stores it.

/// Decodes little-endian UTF-16. A lone surrogate becomes U+FFFD, so that damage stays visible;
/// an odd last byte is left out.
///
/// ```
/// assert_eq!(hvtriage_winfmt::decode_utf16le(b"n\0t\0\0\xd8."), "nt\u{fffd}");
/// ```
#[must_use]
pub fn decode_utf16le(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
