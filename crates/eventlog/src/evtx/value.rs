//! A value of a binary record: typed, and borrowed from its chunk.
//!
//! Types: MS-EVEN6 2.2.12.2 (BinXml value types). The text of a value is that which the `evtx`
//! package gives, which follows the XML of Windows.

use std::fmt::Write as _;

use hvtriage_winfmt::{CivilTime, FileTime, Guid};

/// Type numbers, as descriptors and value tokens have them.
pub(super) mod kind {
    pub(crate) const NULL: u8 = 0x00;
    pub(crate) const STRING: u8 = 0x01;
    pub(crate) const ANSI_STRING: u8 = 0x02;
    pub(crate) const INT8: u8 = 0x03;
    pub(crate) const UINT8: u8 = 0x04;
    pub(crate) const INT16: u8 = 0x05;
    pub(crate) const UINT16: u8 = 0x06;
    pub(crate) const INT32: u8 = 0x07;
    pub(crate) const UINT32: u8 = 0x08;
    pub(crate) const INT64: u8 = 0x09;
    pub(crate) const UINT64: u8 = 0x0A;
    pub(crate) const REAL32: u8 = 0x0B;
    pub(crate) const REAL64: u8 = 0x0C;
    pub(crate) const BOOLEAN: u8 = 0x0D;
    pub(crate) const BINARY: u8 = 0x0E;
    pub(crate) const GUID: u8 = 0x0F;
    pub(crate) const SIZE_T: u8 = 0x10;
    pub(crate) const FILETIME: u8 = 0x11;
    pub(crate) const SYSTEMTIME: u8 = 0x12;
    pub(crate) const SID: u8 = 0x13;
    pub(crate) const HEX_INT32: u8 = 0x14;
    pub(crate) const HEX_INT64: u8 = 0x15;
    pub(crate) const BIN_XML: u8 = 0x21;
    /// Set for an array of the type in the other bits.
    pub(crate) const ARRAY: u8 = 0x80;
}

/// Text as a chunk stores it: UTF-16, little-endian.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Utf16<'a>(pub(super) &'a [u8]);

/// A value of a record.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// Text.
    Text(Utf16<'a>),
    /// Text that a classic program wrote with one byte a character; it is ASCII.
    Ascii(&'a [u8]),
    /// A signed number of any width. A Boolean other than 0 and 1 is one too: drivers write masks
    /// into such fields.
    Signed(i64),
    /// An unsigned number of any width.
    Unsigned(u64),
    /// A number that is shown in hexadecimal, such as `size_t` and masks.
    Hexadecimal(u64),
    /// A floating-point number of 32 bits.
    Real32(f32),
    /// A floating-point number of 64 bits.
    Real64(f64),
    /// A Boolean.
    Boolean(bool),
    /// Bytes.
    Binary(&'a [u8]),
    /// A GUID.
    Guid(Guid),
    /// A time.
    FileTime(FileTime),
    /// A time as a `SYSTEMTIME` structure.
    SystemTime([u16; 8]),
    /// A security identifier in its binary layout.
    Sid(&'a [u8]),
}

/// A value that cannot be read from its bytes alone, so that the full decode must say what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Irregular;

/// Reads the value of a type that is no array; `bytes` are all that its descriptor gives it.
#[inline]
pub(super) fn scalar(kind: u8, bytes: &[u8]) -> Result<Value<'_>, Irregular> {
    Ok(match kind {
        kind::NULL => Value::Null,
        kind::STRING => Value::Text(Utf16::until_nul(bytes)),
        // What lies beyond ASCII depends on the code page of the machine that wrote it.
        kind::ANSI_STRING if is_plain_ascii(bytes) => Value::Ascii(bytes),
        kind::INT8 => Value::Signed(i8::from_le_bytes(exact(bytes)?).into()),
        kind::UINT8 => Value::Unsigned(u8::from_le_bytes(exact(bytes)?).into()),
        kind::INT16 => Value::Signed(i16::from_le_bytes(exact(bytes)?).into()),
        kind::UINT16 => Value::Unsigned(u16::from_le_bytes(exact(bytes)?).into()),
        kind::INT32 => Value::Signed(i32::from_le_bytes(exact(bytes)?).into()),
        kind::UINT32 => Value::Unsigned(u32::from_le_bytes(exact(bytes)?).into()),
        kind::INT64 => Value::Signed(i64::from_le_bytes(exact(bytes)?)),
        kind::UINT64 => Value::Unsigned(u64::from_le_bytes(exact(bytes)?)),
        kind::REAL32 => Value::Real32(f32::from_le_bytes(exact(bytes)?)),
        kind::REAL64 => Value::Real64(f64::from_le_bytes(exact(bytes)?)),
        kind::BOOLEAN => match i32::from_le_bytes(exact(bytes)?) {
            0 => Value::Boolean(false),
            1 => Value::Boolean(true),
            mask => Value::Signed(mask.into()),
        },
        kind::BINARY => Value::Binary(bytes),
        kind::GUID => Value::Guid(Guid::from_bytes_le(exact(bytes)?)),
        kind::HEX_INT32 => Value::Hexadecimal(u32::from_le_bytes(exact(bytes)?).into()),
        kind::HEX_INT64 => Value::Hexadecimal(u64::from_le_bytes(exact(bytes)?)),
        // As wide as a pointer of the program that wrote it.
        kind::SIZE_T if bytes.len() == 4 => {
            Value::Hexadecimal(u32::from_le_bytes(exact(bytes)?).into())
        }
        kind::SIZE_T => Value::Hexadecimal(u64::from_le_bytes(exact(bytes)?)),
        kind::FILETIME => Value::FileTime(FileTime(u64::from_le_bytes(exact(bytes)?))),
        kind::SYSTEMTIME => Value::SystemTime(system_time(exact(bytes)?)),
        kind::SID => Value::Sid(bytes),
        kind::BIN_XML if bytes.is_empty() => Value::Null,
        _ => return Err(Irregular),
    })
}

/// Bytes of one element of an array of numbers; `None` for what is no such array.
pub(super) const fn element_bytes(kind: u8) -> Option<u16> {
    Some(match kind & !kind::ARRAY {
        kind::INT8 | kind::UINT8 => 1,
        kind::INT16 | kind::UINT16 => 2,
        kind::INT32 | kind::UINT32 | kind::REAL32 | kind::HEX_INT32 => 4,
        kind::INT64 | kind::UINT64 | kind::REAL64 | kind::FILETIME | kind::HEX_INT64 => 8,
        kind::GUID | kind::SYSTEMTIME => 16,
        _ => return None,
    })
}

fn exact<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Irregular> {
    bytes.try_into().map_err(|_| Irregular)
}

fn is_plain_ascii(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .all(|byte| (0x20..0x7F).contains(byte) || matches!(byte, b'\t' | b'\n' | b'\r' | 0))
}

fn system_time(bytes: [u8; 16]) -> [u16; 8] {
    let mut fields = [0; 8];
    for (field, bytes) in fields.iter_mut().zip(bytes.as_chunks::<2>().0) {
        *field = u16::from_le_bytes(*bytes);
    }
    fields
}

impl<'a> Utf16<'a> {
    /// The text before the first NUL, which Windows ends many strings with.
    #[inline]
    pub(super) fn until_nul(bytes: &'a [u8]) -> Self {
        // A block at a time, which the compiler looks at at once.
        const BLOCK: usize = 16;
        let units = bytes.as_chunks::<2>().0;
        let is_nul = |unit: &[u8; 2]| *unit == [0, 0];
        let mut end = 0_usize;
        for block in units.chunks(BLOCK) {
            if block.iter().fold(false, |any, unit| any | is_nul(unit)) {
                let inside = block.iter().position(is_nul).unwrap_or(block.len());
                end = end.saturating_add(inside);
                break;
            }
            end = end.saturating_add(block.len());
        }
        Self(bytes.get(..end.saturating_mul(2)).unwrap_or(bytes))
    }

    /// The GUID that it spells.
    pub(super) fn to_guid(self) -> Option<Guid> {
        // With braces and blanks around it; nothing longer is a GUID.
        let mut narrow = [0_u8; 64];
        let units = self.0.as_chunks::<2>().0;
        let text = narrow.get_mut(..units.len())?;
        if narrow_printable(units, text) { Guid::from_ascii(text) } else { None }
    }

    /// Its units.
    pub fn units(self) -> impl Iterator<Item = u16> + 'a {
        self.0.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit))
    }

    /// Whether it holds no character.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is `text`, which must be ASCII, without regard to case.
    #[must_use]
    pub fn eq_ignore_ascii_case(self, text: &str) -> bool {
        let (units, _) = self.0.as_chunks::<2>();
        let same = |(unit, byte): (&[u8; 2], u8)| {
            let [low, high] = unit;
            *high == 0 && low.eq_ignore_ascii_case(&byte)
        };
        units.len() == text.len() && units.iter().zip(text.bytes()).all(same)
    }

    /// Appends it. Characters that XML cannot hold, and halves of characters, become `_`, as
    /// Windows writes them.
    pub fn push_to(self, out: &mut String) {
        // Nearly all text is printable ASCII, which is narrowed a block at a time.
        const BLOCK: usize = 64;
        let mut rest = self.0.as_chunks::<2>().0;
        while !rest.is_empty() {
            let (block, after) = rest.split_at(rest.len().min(BLOCK));
            let mut narrow = [0_u8; BLOCK];
            if !narrow_printable(block, &mut narrow) {
                break;
            }
            let text = narrow.get(..block.len()).unwrap_or_default();
            push_ascii(out, text);
            rest = after;
        }
        for unit in char::decode_utf16(rest.iter().map(|unit| u16::from_le_bytes(*unit))) {
            out.push(match unit {
                Ok('\t' | '\n' | '\r') => unit.unwrap_or('_'),
                Ok('\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}') | Err(_) => '_',
                Ok(letter) => letter,
            });
        }
    }

    fn is_blank(self) -> bool {
        // Nearly all text begins with a letter or a digit.
        if matches!(self.0, [0x21..=0x7E, 0, ..]) {
            return false;
        }
        // Of the characters that are blank, two are none in XML and become visible.
        let is_blank = |letter: char| letter.is_whitespace() && !"\u{B}\u{C}".contains(letter);
        char::decode_utf16(self.units()).all(|unit| unit.is_ok_and(is_blank))
    }
}

impl std::fmt::Display for Utf16<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        self.push_to(&mut text);
        formatter.write_str(&text)
    }
}

impl std::fmt::Debug for Utf16<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:?}", self.to_string())
    }
}

impl Value<'_> {
    /// How many bytes it takes in its chunk, if that is many.
    #[inline]
    pub(super) fn stored_bytes(self) -> usize {
        match self {
            Self::Text(text) => text.0.len(),
            Self::Ascii(bytes) | Self::Binary(bytes) | Self::Sid(bytes) => bytes.len(),
            _ => 0,
        }
    }

    /// Its text, as Windows shows it. Blank text is none: exports break lines inside an empty
    /// element.
    #[must_use]
    pub fn to_text(self) -> String {
        let mut text = String::new();
        self.push_to(&mut text);
        text
    }

    /// Appends its text.
    pub fn push_to(self, out: &mut String) {
        match self {
            Self::Null => {}
            Self::Text(text) if text.is_blank() => {}
            Self::Text(text) => text.push_to(out),
            Self::Ascii(text)
                if text.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0) => {}
            Self::Ascii(text) => {
                out.extend(text.iter().filter(|byte| **byte != 0).map(|byte| char::from(*byte)));
            }
            Self::Signed(number) => push(out, format_args!("{number}")),
            Self::Unsigned(number) => push_decimal(out, number),
            Self::Hexadecimal(number) => push(out, format_args!("{number:#x}")),
            Self::Real32(number) => out.push_str(zmij::Buffer::new().format(number)),
            Self::Real64(number) => out.push_str(zmij::Buffer::new().format(number)),
            Self::Boolean(is_true) => out.push_str(if is_true { "true" } else { "false" }),
            Self::Binary(bytes) => push_hexadecimal(out, bytes),
            Self::Guid(guid) => {
                out.push('{');
                push_ascii(out, &guid.ascii());
                out.push('}');
            }
            // Zeros where it is none, as Windows shows it.
            Self::FileTime(time) => push_ascii(out, &time.civil().unwrap_or_default().ascii()),
            Self::SystemTime(fields) => push(out, format_args!("{}", checked(fields))),
            Self::Sid(bytes) => push_sid(out, bytes),
        }
    }
}

/// Puts the low bytes of `units` into `narrow`; whether all of them are printable ASCII.
#[inline]
fn narrow_printable(units: &[[u8; 2]], narrow: &mut [u8]) -> bool {
    // Blocks of a fixed size, which the compiler turns into a few instructions each.
    const BLOCK: usize = 8;
    let narrow_unit = |(target, [low, high]): (&mut u8, &[u8; 2])| {
        *target = *low;
        (*high == 0) & (0x20..0x7F).contains(low)
    };
    let (blocks, tail) = units.as_chunks::<BLOCK>();
    let (targets, _) = narrow.as_chunks_mut::<BLOCK>();
    let mut is_printable = true;
    for (target, block) in targets.iter_mut().zip(blocks) {
        is_printable &=
            target.iter_mut().zip(block).map(narrow_unit).fold(true, |all, one| all & one);
    }
    let narrow = narrow.get_mut(units.len().saturating_sub(tail.len())..).unwrap_or_default();
    for (target, unit) in narrow.iter_mut().zip(tail) {
        is_printable &= narrow_unit((target, unit));
    }
    is_printable
}

fn push(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = out.write_fmt(arguments);
}

fn push_decimal(out: &mut String, mut number: u64) {
    const MAX_DIGITS: usize = 20;
    let mut digits = [b'0'; MAX_DIGITS];
    let mut count = 0_usize;
    for digit in digits.iter_mut().rev() {
        *digit = u8::try_from(number % 10).unwrap_or_default().saturating_add(b'0');
        number /= 10;
        count = count.saturating_add(1);
        if number == 0 {
            break;
        }
    }
    push_ascii(out, digits.get(MAX_DIGITS.saturating_sub(count)..).unwrap_or_default());
}

fn push_ascii(out: &mut String, text: &[u8]) {
    out.push_str(std::str::from_utf8(text).unwrap_or_default());
}

fn push_hexadecimal(out: &mut String, bytes: &[u8]) {
    const BLOCK: usize = 64;
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |number: u8| DIGITS.get(usize::from(number)).copied().unwrap_or(b'0');
    for block in bytes.chunks(BLOCK) {
        let mut text = [0_u8; BLOCK * 2];
        for (pair, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(block) {
            *pair = [digit(byte >> 4), digit(byte & 15)];
        }
        let text = text.get(..block.len().saturating_mul(2)).unwrap_or_default();
        out.push_str(std::str::from_utf8(text).unwrap_or_default());
    }
}

fn push_sid(out: &mut String, bytes: &[u8]) {
    let Some((&[revision, count, a, b, c, d, e, f], parts)) = bytes.split_first_chunk::<8>() else {
        return out.push_str("S-?");
    };
    let authority = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    push(out, format_args!("S-{revision}-{authority}"));
    for part in parts.as_chunks::<4>().0.iter().take(count.into()) {
        push(out, format_args!("-{}", u32::from_le_bytes(*part)));
    }
}

/// Date and time of a SYSTEMTIME; 1601-01-01 where it is none, as Windows shows it.
fn checked([year, month, _, day, hour, minute, second, milliseconds]: [u16; 8]) -> CivilTime {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let is_time = (1601..=30827).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days).contains(&day)
        && (hour < 24 && minute < 60 && second < 60 && milliseconds < 1000);
    if !is_time {
        return CivilTime { year: 1601, month: 1, day: 1, ..CivilTime::default() };
    }
    let narrow = |number: u16| u8::try_from(number).unwrap_or_default();
    CivilTime {
        year: year.into(),
        month: narrow(month),
        day: narrow(day),
        hour: narrow(hour),
        minute: narrow(minute),
        second: narrow(second),
        ticks: u32::from(milliseconds).saturating_mul(10_000),
    }
}
