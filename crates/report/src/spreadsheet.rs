//! What spreadsheets need: a mark for UTF-8, lines by RFC 4180, and no cell that is a formula.

use std::io::{self, Write};

/// Spreadsheets take a file without this for one of the code page of their machine.
const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What stands before the first row: the mark, and the names of the columns, which need no quotes.
pub(crate) fn head(columns: &[&str]) -> Vec<u8> {
    [UTF8_MARK, columns.join(",").as_bytes(), b"\r\n"].concat()
}

/// A number that may be missing, as a cell.
pub(crate) fn number(number: Option<u32>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

/// Characters with which spreadsheets begin a formula, also those that are as wide as a letter of Chinese.
const FORMULA_STARTS: [char; 8] =
    ['=', '+', '-', '@', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}'];

/// Text from evidence as a cell: without what only a terminal heeds, and what a spreadsheet would take for
/// a formula is marked as text.
pub(crate) fn harmless(text: &str) -> String {
    let text = without_controls(text);
    if is_formula(&text) { format!("'{text}") } else { text }
}

/// Text whose control characters, but for those that a cell can hold, are replaced.
pub(crate) fn without_controls(text: &str) -> String {
    let kept = |letter: char| !letter.is_control() || matches!(letter, '\t' | '\n' | '\r');
    text.chars().map(|it| if kept(it) { it } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// Blanks before a formula do not keep every spreadsheet from computing it.
fn is_formula(text: &str) -> bool {
    let is_blank = |letter: char| letter.is_whitespace() || letter == '\u{FEFF}';
    text.starts_with(['\t', '\r']) || text.trim_start_matches(is_blank).starts_with(FORMULA_STARTS)
}

/// Writes a line.
pub(crate) fn record<I>(cells: I, out: &mut dyn Write) -> io::Result<()>
where
    I: IntoIterator,
    I::Item: AsRef<[u8]>,
{
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    writer.write_record(cells)?;
    writer.flush()
}
