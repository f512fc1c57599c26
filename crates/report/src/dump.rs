//! Dumps on their own: a page of text for each, or JSON.

mod json;
mod memory;
mod process;
mod text;

use std::io::{self, Write};

use hvtriage_crashdump::{CrashReport, MemoryPiece};
use hvtriage_winfmt::{ProductLine, windows_release};

use crate::text::page::{Page, TextStyle};

/// A dump as it is written out.
#[derive(Clone, Debug)]
pub struct DumpPage<'a> {
    /// The file.
    pub source: &'a str,
    /// What is said of it.
    pub report: &'a CrashReport,
    /// The drivers by whose they are.
    pub drivers: Vec<DriversOfKind<'a>>,
    /// Memory that was asked for.
    pub memory: &'a [MemoryPiece],
    /// The stack itself, where that was asked for.
    pub raw_stack: &'a [MemoryPiece],
}

/// Drivers of one kind.
#[derive(Clone, Copy, Debug)]
pub struct DriversOfKind<'a> {
    /// The kind, `Hyper-V guest`.
    pub kind: &'a str,
    /// Base names.
    pub names: &'a [String],
    /// Whether they are so common that text only counts them.
    pub is_ordinary: bool,
}

/// A form of pages about dumps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DumpFormat {
    /// For people.
    Text,
    /// One JSON object, see `docs/report-schema.md`.
    Json,
}

/// Writes `pages` in `format`, grouped by what crashed. `with_modules` lists every module.
///
/// # Errors
/// Only those of `out`.
pub fn write_dumps(
    pages: &[DumpPage<'_>],
    format: DumpFormat,
    with_modules: bool,
    style: TextStyle,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        DumpFormat::Text => text::write(pages, with_modules, &mut Page::new(style, out)),
        DumpFormat::Json => json::write(pages, with_modules, out),
    }
}

/// First parameters up to this are kinds of a STOP code (0x41792 of 0x1A), larger ones are addresses.
const LARGEST_SUBTYPE: u64 = 1 << 20;

/// What dumps of one cause share: the STOP code, and the function or place that is blamed or failed.
fn signature(report: &CrashReport) -> String {
    let place = || {
        if let Some(blame) = &report.blame {
            return Some(blame.to_string());
        }
        let fault = report.fault.as_ref()?;
        Some(format!("{}+{:#x}", fault.module.as_ref()?, fault.offset?))
    };
    let (what, subtype) = match (&report.bugcheck, &report.exception) {
        (Some(bugcheck), _) => {
            let code = format!("{:#X}", bugcheck.base_code());
            (code, bugcheck.parameter(1).filter(|first| (1..LARGEST_SUBTYPE).contains(first)))
        }
        (None, Some(exception)) => {
            let place = match (&exception.module, exception.offset) {
                (Some(module), Some(offset)) => format!("{module}+{offset:#x}"),
                _ => "in no module".into(),
            };
            let program = report.modules.first().map(|module| format!("{}: ", module.name));
            return format!("{}{} {place}", program.unwrap_or_default(), exception.description);
        }
        (None, None) if report.header.is_none() => return "no exception".into(),
        (None, None) => return "no STOP code".into(),
    };
    match (place(), subtype) {
        (Some(place), _) => format!("{what} {place}"),
        (None, Some(subtype)) => format!("{what}, parameter 1 {subtype:#x}"),
        (None, None) => what,
    }
}

/// The name of a module without its extension, as debuggers write it.
fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// What its Windows is called; other systems have no build.
fn release(report: &CrashReport) -> Option<String> {
    let line = match report.product_type {
        Some(1) => Some(ProductLine::Client),
        Some(2 | 3) => Some(ProductLine::Server),
        _ => None,
    };
    windows_release(report.os_build?, line)
}
