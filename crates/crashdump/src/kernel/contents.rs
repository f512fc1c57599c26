//! What follows the header: pages in runs, pages by bitmap, or the parts of a small dump.

use hvtriage_winfmt::{Bytes, FileOffset};

use super::problems::Problems;
use super::ranges;
use super::secondary;
use super::summary::{self, PageTable};
use super::triage::Triage;
use crate::header::{DumpAttribute, KernelHeader};
use crate::memory::{BitmapPages, PhysicalMemory, RunPages};

/// What a kernel dump holds beside its header.
#[derive(Debug)]
pub(super) enum Contents<'a> {
    /// Nothing that can be read.
    Nothing,
    /// Pages of physical memory.
    Physical(PhysicalMemory<'a>),
    /// The parts of a small dump.
    Triage(Triage<'a>),
}

/// The kind of dump in words, and what it holds.
pub(super) fn open<'a>(
    bytes: Bytes<'a>,
    header: &KernelHeader,
    problems: &mut Problems,
) -> (String, Contents<'a>) {
    let is_encrypted = header.has(DumpAttribute::EncryptedDumpData);
    if is_encrypted && !header.has(DumpAttribute::DecryptedDump) {
        let message = "the dump is encrypted and only its header can be read";
        problems.add(bytes.file_offset(header.size), message);
        return (words(header.dump_type).into(), Contents::Nothing);
    }
    let rest = bytes.tail(header.size);
    let magic = rest.as_slice().get(..8).unwrap_or_default();
    match (magic, header.dump_type) {
        (b"SDMPDUMP" | b"FDMPDUMP", _) => by_bitmap(bytes, header, problems),
        _ if ranges::stand_at(rest) => in_ranges(bytes, header, problems),
        (_, code) if code == Some(4) || Triage::stands_behind(bytes, header) => {
            match Triage::read(bytes, header) {
                Ok(triage) => ("triage".into(), Contents::Triage(triage)),
                Err(error) => {
                    problems.note(Some(error));
                    ("triage".into(), Contents::Nothing)
                }
            }
        }
        (_, code @ Some(8..=10)) => {
            let message = "no list of page ranges follows the header";
            problems.add(bytes.file_offset(header.size), message);
            (words(code).into(), Contents::Nothing)
        }
        (_, Some(3)) => (words(Some(3)).into(), Contents::Nothing),
        (_, code) => in_runs(bytes, header, code, problems),
    }
}

fn in_ranges<'a>(
    bytes: Bytes<'a>,
    header: &KernelHeader,
    problems: &mut Problems,
) -> (String, Contents<'a>) {
    let dump_type = match header.dump_type {
        Some(code @ 8..=10) => words(Some(code)),
        _ => "ranges of memory",
    };
    let found = match ranges::read(bytes.tail(header.size), header.dump_type, problems) {
        Ok(found) => found,
        Err(error) => {
            problems.note(Some(error));
            return (dump_type.into(), Contents::Nothing);
        }
    };
    let pages = RunPages::new(&found.ranges, found.first_page.0, bytes.len());
    (dump_type.into(), Contents::Physical(PhysicalMemory::of_runs(bytes.as_slice(), pages)))
}

fn by_bitmap<'a>(
    bytes: Bytes<'a>,
    header: &KernelHeader,
    problems: &mut Problems,
) -> (String, Contents<'a>) {
    let found = match summary::read(bytes.tail(header.size), header.dump_type) {
        Ok(found) => found,
        Err(error) => {
            problems.note(Some(error));
            return (words(header.dump_type).into(), Contents::Nothing);
        }
    };
    let PageTable { is_old, bitmap, bits, pages: promised, first_page } = found;
    let need = bits.div_ceil(8);
    if (bitmap.len() as u64) < need {
        let message = format!("the page bitmap is cut after {} of {need} bytes", bitmap.len());
        problems.add(bytes.file_offset(header.size), message);
    }
    let pages = BitmapPages::new(bitmap, bits, first_page, bytes.len());
    let listed = pages.promised();
    let physical = PhysicalMemory::of_bitmap(bytes.as_slice(), pages);
    // A bit that is wrong makes every page behind it another. Where the pages of the bitmap end as the
    // dump does, the bitmap is right.
    if listed != promised && !is_end(bytes, physical.end()) {
        let message = format!(
            "the bitmap lists {listed} pages and its header {promised}: what is read may be of other pages"
        );
        problems.contradiction(bytes.file_offset(header.size), message);
    }
    let dump_type = match header.dump_type {
        _ if is_old => words(Some(2)),
        Some(code @ 5..=7) => words(Some(code)),
        _ => "bitmap",
    };
    (dump_type.into(), Contents::Physical(physical))
}

/// Whether the dump proper ends at `place`: there the file ends, or data of drivers begins.
fn is_end(bytes: Bytes<'_>, place: FileOffset) -> bool {
    place.0 == bytes.len() || secondary::stand_at(bytes, place)
}

fn in_runs<'a>(
    bytes: Bytes<'a>,
    header: &KernelHeader,
    code: Option<u32>,
    problems: &mut Problems,
) -> (String, Contents<'a>) {
    let start = bytes.file_offset(header.size);
    if header.runs.is_empty() {
        problems.add(start, "the header lists no runs of physical memory");
        return (words(code).into(), Contents::Nothing);
    }
    let stored = header.run_count.unwrap_or(0);
    if u64::from(stored) > header.runs.len() as u64 {
        let message = format!("{} of {stored} runs of memory fit the header", header.runs.len());
        problems.add(start, message);
    }
    match code {
        Some(1) => {}
        Some(2 | 5..=7) => {
            problems.add(start, "no page bitmap follows the header, so its runs are read");
        }
        Some(code) => {
            let message = format!("dump type {code:#x} is not known, so its runs are read");
            problems.add(start, message);
        }
        None => problems.add(start, "the header has no dump type, so its runs are read"),
    }
    let runs = RunPages::new(&header.runs, start.0, bytes.len());
    (words(code).into(), Contents::Physical(PhysicalMemory::of_runs(bytes.as_slice(), runs)))
}

/// The value of `DumpType` in words.
fn words(code: Option<u32>) -> &'static str {
    match code {
        Some(1) => "full memory",
        Some(2) => "kernel memory",
        Some(3) => "header only",
        Some(4) => "triage",
        Some(5) => "bitmap full",
        Some(6) => "bitmap kernel",
        Some(7) => "bitmap automatic",
        Some(8) => "ranges of kernel memory",
        Some(9) => "ranges of kernel and active memory",
        Some(10) => "ranges of full memory",
        _ => "unknown",
    }
}
