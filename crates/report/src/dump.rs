//! Dumps on their own: a page of text for each, or JSON.

mod json;
mod text;

use std::io::{self, Write};

use hvtriage_crashdump::{CrashReport, MemoryPiece};

use crate::Format;

/// A dump as it is written out.
#[derive(Clone, Debug)]
pub struct DumpPage<'a> {
    /// The file.
    pub source: &'a str,
    /// What is said of it.
    pub report: &'a CrashReport,
    /// Kinds of drivers, and the drivers of each.
    pub drivers: Vec<(&'a str, &'a [String])>,
    /// Memory that was asked for.
    pub memory: &'a [MemoryPiece],
    /// The stack itself, where that was asked for.
    pub raw_stack: &'a [MemoryPiece],
}

/// Writes `pages` in `format`, grouped by what crashed. `with_modules` lists every module.
///
/// # Errors
/// Only those of `out`.
pub fn write_dumps(
    pages: &[DumpPage<'_>],
    format: Format,
    with_modules: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Text => text::write(pages, with_modules, out),
        Format::Json => json::write(pages, with_modules, out),
    }
}

/// What dumps of one cause share: the STOP code, and the function or place that is blamed or failed.
fn signature(report: &CrashReport) -> String {
    let place = || {
        if let Some(blame) = &report.blame {
            return Some(blame.to_string());
        }
        let fault = report.fault.as_ref()?;
        Some(format!("{}+{:#x}", fault.module.as_ref()?, fault.offset?))
    };
    let what = match (&report.bugcheck, &report.exception) {
        (Some(bugcheck), _) => format!("{:#X}", bugcheck.base_code()),
        (None, Some(exception)) => {
            let place = match (&exception.module, exception.offset) {
                (Some(module), Some(offset)) => format!("{module}+{offset:#x}"),
                _ => "in no module".into(),
            };
            return format!("{} {place}", exception.description);
        }
        (None, None) => return "no STOP code".into(),
    };
    place().map_or_else(|| what.clone(), |place| format!("{what} {place}"))
}

/// The name of a module without its extension, as debuggers write it.
fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
