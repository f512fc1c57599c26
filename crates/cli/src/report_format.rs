//! The forms of a report, as they are typed and as files of them are called.

use std::io::{self, Write};

use clap::ValueEnum;
use hvtriage::Diagnosis;
use hvtriage_report::{Format, write, write_markdown};

use crate::analyze::digests;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
    /// One page for a browser, with all that it needs in it
    Html,
    /// For a ticket: findings, guests, and the digests of the inputs
    Markdown,
}

impl ReportFormat {
    /// Writes the whole report. Files that it names by relative paths are those of the current folder.
    pub(crate) fn write(self, diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Text => write(diagnosis, Format::Text, out),
            Self::Json => write(diagnosis, Format::Json, out),
            Self::Html => write(diagnosis, Format::Html, out),
            Self::Markdown => write_markdown(diagnosis, &digests(diagnosis), out),
        }
    }

    /// How the name of a file of it ends.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Text => ".txt",
            Self::Json => ".json",
            Self::Html => ".html",
            Self::Markdown => ".md",
        }
    }

    /// The argument that asks for it.
    pub(crate) fn argument(self) -> &'static str {
        match self {
            Self::Text => "--format=text",
            Self::Json => "--format=json",
            Self::Html => "--format=html",
            Self::Markdown => "--format=markdown",
        }
    }
}
