//! Output forms of a diagnosis: readable text, a page for a browser, and JSON for programs.
//!
//! The principal function is [`write()`]. Only this crate knows a wire format; what each JSON field
//! promises is in `docs/report-schema.md`.
//!
//! ```
//! use hvtriage_diagnosis::Diagnosis;
//! use hvtriage_report::{Format, write};
//!
//! let nothing = Diagnosis::default();
//! let mut text = Vec::new();
//! write(&nothing, Format::Text, &mut text)?;
//! assert!(String::from_utf8_lossy(&text).contains("No finding"));
//! # Ok::<(), std::io::Error>(())
//! ```
#![forbid(unsafe_code)]

mod attention;
mod clocks;
mod diff;
mod dump;
mod events;
mod explain;
mod html;
mod json;
mod markdown;
#[cfg(feature = "parquet")]
mod parquet;
mod rules;
mod short_names;
mod shown_paths;
mod spreadsheet;
mod summary;
mod table;
mod text;
mod timeline;
mod words;

use std::io::{self, Write};

use hvtriage_diagnosis::Diagnosis;
use text::page::Page;

pub use diff::{DiffError, DiffFormat, ReadReport, ReportDiff, read_report};
pub use dump::{DriversOfKind, DumpFormat, DumpPage, write_dumps};
pub use events::{EventFormat, EventRow};
pub use explain::{KnownEvent, Subject, ToldBy, write_subject};
pub use json::{SCHEMA_VERSION, write_end_lines, write_finding_line, write_schema};
pub use markdown::{InputDigest, write_markdown};
#[cfg(feature = "parquet")]
pub use parquet::{EventsParquet, write_parquet_facts, write_parquet_line, write_parquet_table};
pub use rules::{RuleFormat, write_rule, write_rules};
pub use table::{Table, write_table};
pub use text::page::TextStyle;
pub use timeline::TimelineFormat;

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// For people, at most 100 columns wide where the evidence's own names allow.
    Text,
    /// One JSON object, see `docs/report-schema.md`.
    Json,
    /// One page for a browser, with all that it needs in it.
    Html,
}

/// What a report says of findings that are ignored, for forms that have no place for it: a sentence each.
#[must_use]
pub fn ignored_in_words(diagnosis: &Diagnosis) -> Vec<String> {
    text::ignored::sentences(diagnosis)
}

/// What a report says of entries of an ignore list that met no finding: a sentence, where there are any.
#[must_use]
pub fn unused_entries_in_words(diagnosis: &Diagnosis) -> Option<String> {
    text::ignored::unused(diagnosis)
}

/// Writes the first screen of `diagnosis`: what broke, who needs attention, how sure that is and what to do
/// next, in at most 25 lines that fit the width of `style`, or 120 columns.
///
/// # Errors
/// Only those of `out`.
pub fn write_screen(
    diagnosis: &Diagnosis,
    style: TextStyle,
    out: &mut dyn Write,
) -> io::Result<()> {
    text::screen::write(diagnosis, &mut Page::new(style, out))
}

/// Writes all of `diagnosis` for people; with the default style as [`write()`] does.
///
/// # Errors
/// Only those of `out`.
pub fn write_text(diagnosis: &Diagnosis, style: TextStyle, out: &mut dyn Write) -> io::Result<()> {
    text::write(diagnosis, &mut Page::new(style, out))
}

/// Writes `diagnosis` in `format`.
///
/// # Errors
/// Only those of `out`.
pub fn write(diagnosis: &Diagnosis, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::write(diagnosis, &mut Page::plain(out)),
        Format::Json => json::write(diagnosis, out),
        Format::Html => html::write(diagnosis, out),
    }
}
