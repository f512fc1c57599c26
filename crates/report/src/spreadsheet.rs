//! What spreadsheets need: a mark for UTF-8, lines by RFC 4180, and no cell that is a formula.

use std::io::{self, Write};

/// Spreadsheets take a file without this for one of the code page of their machine.
pub(crate) const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Text from evidence as a cell: what a spreadsheet would take for a formula is marked as text.
pub(crate) fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
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
