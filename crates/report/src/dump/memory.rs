//! Memory as debuggers show it: numbers, letters, and the places in modules that the numbers are.

use std::io::{self, Write};

use hvtriage_crashdump::{CrashReport, MemoryPiece};
use hvtriage_winfmt::VirtAddr;

use super::stem;
use crate::words::printable;

/// Bytes of memory in a line.
const LINE_BYTES: usize = 16;

/// Bytes with what they are as text, and as a place in a module.
pub(super) fn memory(
    title: &str,
    pieces: &[MemoryPiece],
    report: &CrashReport,
    out: &mut dyn Write,
) -> io::Result<()> {
    if pieces.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n  {title}")?;
    for piece in pieces {
        let bytes = match &piece.bytes {
            Ok(bytes) => bytes,
            Err(reason) => {
                writeln!(out, "    {}  {}", piece.address, printable(reason))?;
                continue;
            }
        };
        let mut zeros = 0_u32;
        for (line, offset) in bytes.chunks(LINE_BYTES).zip((0_u64..).step_by(LINE_BYTES)) {
            let at = piece.address.0.wrapping_add(offset);
            // Of many lines of zeros the first stands for all.
            zeros = if line.iter().all(|byte| *byte == 0) { zeros.saturating_add(1) } else { 0 };
            if zeros > 1 {
                if zeros == 2 {
                    writeln!(out, "    ...")?;
                }
                continue;
            }
            let numbers: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
            let letter = |byte: &u8| {
                if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' }
            };
            let text: String = line.iter().map(letter).collect();
            let places = places(line, report).join(" ");
            let line = format!("{at:016x}  {:<47}  {text:<16}  {places}", numbers.join(" "));
            writeln!(out, "    {}", printable(line.trim_end()))?;
        }
    }
    Ok(())
}

/// The numbers of a line that are addresses in modules.
fn places(line: &[u8], report: &CrashReport) -> Vec<String> {
    let of = |number: &[u8; 8]| {
        let address = VirtAddr(u64::from_le_bytes(*number));
        report.modules.iter().find_map(|module| {
            let offset = module.offset_of(address)?;
            Some(format!("{}+{offset:#x}", stem(&module.name)))
        })
    };
    line.as_chunks::<8>().0.iter().filter_map(of).collect()
}
