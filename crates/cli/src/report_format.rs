//! The forms of a report, as they are typed and as files of them are called.

use clap::ValueEnum;
use hvtriage_report::Format;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
    /// One page for a browser, with all that it needs in it
    Html,
}

impl ReportFormat {
    /// What writes it.
    pub(crate) fn form(self) -> Format {
        match self {
            Self::Text => Format::Text,
            Self::Json => Format::Json,
            Self::Html => Format::Html,
        }
    }

    /// How the name of a file of it ends.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Text => ".txt",
            Self::Json => ".json",
            Self::Html => ".html",
        }
    }

    /// The argument that asks for it.
    pub(crate) fn argument(self) -> &'static str {
        match self {
            Self::Text => "--format=text",
            Self::Json => "--format=json",
            Self::Html => "--format=html",
        }
    }
}
