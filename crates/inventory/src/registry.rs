//! Exports of the registry (`.reg`).
//!
//! ```text
//! Windows Registry Editor Version 5.00
//!
//! [HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Virtual Machine\Auto]
//! "IntegrationServicesVersion"="6.3.9600.17415"
//! "Number"=dword:0000000a
//! "List"=hex(7):61,00,00,00,62,\
//!   00,00,00,00,00
//! @="the default value"
//! ```
//!
//! In names and strings `\` and `"` are written `\\` and `\"`. A string may go on in further lines. The
//! form of Windows 98 and NT 4 (`REGEDIT4`) writes the bytes of strings in a code page. A `-` before a
//! key, or for data, deletes.

use hvtriage_winfmt::{FileOffset, decode_text, decode_utf16le};

use crate::item::InventoryProblem;

const HEADER: &str = "Windows Registry Editor Version 5.00";
const HEADER_4: &str = "REGEDIT4";
/// A hostile file could otherwise have one for each of its lines.
const MAX_PROBLEMS: usize = 64;

/// A value of a key.
#[derive(Clone, Copy, Debug)]
pub struct RegistryEntry<'a> {
    /// Its number in the file, from 1 on.
    pub number: u64,
    /// Where its line begins.
    pub offset: FileOffset,
    /// The key, from its hive on: `HKEY_LOCAL_MACHINE\SOFTWARE\...`.
    pub key: &'a str,
    /// Its name as it is written, with `\\` and `\"`; empty for the default value.
    name: &'a str,
    data: &'a str,
    is_of_4: bool,
}

/// Data of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryData {
    /// `REG_SZ`, `REG_EXPAND_SZ`.
    Text(String),
    /// `REG_MULTI_SZ`.
    Texts(Vec<String>),
    /// `REG_DWORD`, `REG_QWORD`.
    Number(u64),
    /// Any other type.
    Binary(Vec<u8>),
}

/// Whether a text, without a mark and white space at its start, is such an export.
pub(crate) fn is_export(start: &str) -> bool {
    let first = start.lines().next().unwrap_or_default().trim_end();
    first == HEADER || first == HEADER_4
}

/// Hands over each value of an export in its order. What cannot be read is in the answer.
pub fn read_registry(
    bytes: &[u8],
    mut found: impl FnMut(&RegistryEntry<'_>),
) -> Vec<InventoryProblem> {
    let text = decode_text(bytes);
    let mut offsets = text.offsets();
    let mut problems = Vec::new();
    let mut problem = |at: u64, message: &str| {
        if problems.len() < MAX_PROBLEMS {
            problems.push(InventoryProblem { at: FileOffset(at), message: message.to_owned() });
        }
    };
    let (mut key, mut number) = (None, 0_u64);
    let mut lines = Lines { text: &text.text, at: 0 };
    let is_of_4 = text.text.trim_start_matches('\u{feff}').trim_start().starts_with(HEADER_4);
    while let Some((at, line)) = lines.next() {
        match line.bytes().next() {
            Some(b'[') => {
                let inner = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
                if inner.is_none() {
                    problem(offsets.of(at), "the name of a key has no end");
                }
                key = inner.filter(|key| !key.starts_with('-'));
            }
            Some(b'"' | b'@') => {
                let Some(key) = key else { continue };
                match split(line) {
                    Some((_, "-")) => {}
                    Some((name, data)) => {
                        number = number.saturating_add(1);
                        let offset = FileOffset(offsets.of(at));
                        found(&RegistryEntry { number, offset, key, name, data, is_of_4 });
                    }
                    None => problem(offsets.of(at), "a value has no name or no data"),
                }
            }
            // Comments, the header, and blank lines.
            None | Some(b';') => {}
            Some(_) if line == HEADER || line == HEADER_4 => {}
            Some(_) => problem(offsets.of(at), "a line is neither a key nor a value"),
        }
    }
    if lines.is_cut() {
        problem(offsets.of(text.text.len()), "is cut: the last value has no end");
    }
    problems
}

impl RegistryEntry<'_> {
    /// Its name; empty for the default value.
    #[must_use]
    pub fn name(&self) -> String {
        unescape(self.name)
    }

    /// Its data; `None` where it is damaged.
    #[must_use]
    pub fn data(&self) -> Option<RegistryData> {
        if let Some(text) = self.data.strip_prefix('"') {
            return Some(RegistryData::Text(unescape(text.strip_suffix('"')?)));
        }
        let (kind, digits) = self.data.split_once(':')?;
        let kind = kind.to_ascii_lowercase();
        if kind == "dword" {
            let number = u32::from_str_radix(digits.trim(), 16).ok()?;
            return Some(RegistryData::Number(number.into()));
        }
        let kind = match kind.strip_prefix("hex")? {
            "" => 3,
            kind => {
                let kind = kind.strip_prefix('(')?.strip_suffix(')')?;
                u32::from_str_radix(kind, 16).ok()?
            }
        };
        let bytes = hexadecimal(digits)?;
        Some(match (kind, bytes.as_slice()) {
            (1 | 2, _) => {
                RegistryData::Text(self.texts(&bytes).into_iter().next().unwrap_or_default())
            }
            (4, [a, b, c, d]) => RegistryData::Number(u32::from_le_bytes([*a, *b, *c, *d]).into()),
            (7, _) => RegistryData::Texts(self.texts(&bytes)),
            (11, _) => match <[u8; 8]>::try_from(bytes.as_slice()) {
                Ok(number) => RegistryData::Number(u64::from_le_bytes(number)),
                Err(_) => return None,
            },
            _ => RegistryData::Binary(bytes),
        })
    }

    /// Texts that end with a zero each.
    fn texts(&self, bytes: &[u8]) -> Vec<String> {
        let text = if self.is_of_4 {
            // The code page is not told; ASCII is the same in all of them.
            bytes
                .iter()
                .map(|byte| if byte.is_ascii() { char::from(*byte) } else { '\u{fffd}' })
                .collect()
        } else {
            decode_utf16le(bytes)
        };
        text.split('\0').filter(|text| !text.is_empty()).map(str::to_owned).collect()
    }
}

impl RegistryData {
    /// As text: a number in decimal, strings as they are and parted by commas, bytes as digits.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Texts(texts) => texts.join(", "),
            Self::Number(number) => number.to_string(),
            Self::Binary(bytes) => {
                let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                digits.join(" ")
            }
        }
    }
}

/// Lines that belong together: a value goes on behind a `\` at the end of a line, and a string up to
/// its closing quote.
struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lines<'a> {
    /// Where the next line begins, and the whole of it without white space around.
    fn next(&mut self) -> Option<(usize, &'a str)> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = line_length(rest);
        let line = rest.get(..length)?;
        let skipped = line.len().saturating_sub(line.trim_start_matches(is_space).len());
        let at = self.at.saturating_add(skipped);
        self.at = self.at.saturating_add(length);
        Some((at, line.trim_matches(is_space)))
    }

    /// Whether the last line asks for another.
    fn is_cut(&self) -> bool {
        let last = self.text.trim_end_matches(is_space);
        let line = last.rsplit('\n').next().unwrap_or_default();
        line.ends_with('\\') && !line.starts_with('[')
    }
}

fn is_space(letter: char) -> bool {
    letter.is_whitespace() || letter == '\u{feff}'
}

/// Length of the first line of `text` with all that belongs to it.
fn line_length(text: &str) -> usize {
    let start = text.trim_start_matches([' ', '\t']);
    let is_value = start.starts_with(['"', '@']);
    let (mut is_quoted, mut is_escaped, mut is_continued) = (false, false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            '\n' if !(is_value && (is_quoted || is_continued)) => return at.saturating_add(1),
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' if is_value => is_quoted = !is_quoted,
            _ => {}
        }
        if !letter.is_whitespace() || letter == '\n' {
            is_continued = letter == '\\' && !is_quoted;
        }
        // The next key was reached: the quote was never closed.
        if letter == '\n' && is_quoted && begins_key(text, at) {
            return at.saturating_add(1);
        }
    }
    text.len()
}

/// Whether a key follows the end of a line and a blank one.
fn begins_key(text: &str, end: usize) -> bool {
    let rest = text.get(end..).unwrap_or_default();
    rest.starts_with("\n[HKEY_")
        || rest.starts_with("\n\r\n[HKEY_")
        || rest.starts_with("\n\n[HKEY_")
}

/// Name and data of a value's line.
fn split(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = match line.strip_prefix('@') {
        Some(rest) => ("", rest),
        None => {
            let inner = line.strip_prefix('"')?;
            let end = closing_quote(inner)?;
            (inner.get(..end)?, inner.get(end.saturating_add(1)..)?)
        }
    };
    Some((name, rest.trim_start().strip_prefix('=')?.trim())).filter(|(_, data)| !data.is_empty())
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return Some(at),
            _ => {}
        }
    }
    None
}

fn unescape(text: &str) -> String {
    let mut letters = text.chars();
    let mut plain = String::with_capacity(text.len());
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.extend(letters.next()),
            letter => plain.push(letter),
        }
    }
    plain
}

/// Bytes as pairs of digits with commas between, over several lines.
fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for part in text.split(',') {
        let digits = part.trim_matches(|letter: char| letter.is_whitespace() || letter == '\\');
        // Rust would take a sign, too.
        if !digits.is_empty() {
            let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            bytes.push(u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)?);
        }
    }
    Some(bytes)
}
