//! The forms in which `hvtriage analyze` writes.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use hvtriage::{Diagnosis, Finding};
use hvtriage_report::{
    Format, Table, write_end_lines, write_finding_line, write_markdown, write_table,
};

use super::arguments::AnalyzeArguments;
use super::digests::digests;
use super::lists::Lists;
use crate::output::{Output, tell};
use crate::style;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnalyzeFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
    /// One JSON object a line: each finding as it arises, problems, a summary
    Jsonl,
    /// One list for spreadsheets, see --table
    Csv,
    /// One page for a browser, with all that it needs in it
    Html,
    /// For a ticket: findings, guests, and the digests of the inputs
    Markdown,
    /// All lists, or that of --table, with types for DuckDB, pandas and Spark
    #[cfg_attr(not(feature = "parquet"), value(hide = true))]
    Parquet,
}

/// A list that `--table` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// One of the report.
    Of(Table),
    /// What the findings rest on.
    Facts,
}

/// What [`List::Facts`] is called.
const FACTS: &str = "facts";

impl List {
    /// Its word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Of(table) => table.word(),
            Self::Facts => FACTS,
        }
    }

    /// What stands in it.
    fn about(self) -> &'static str {
        match self {
            Self::Of(table) => table.about(),
            Self::Facts => "What the rules looked at, before it was judged (parquet only)",
        }
    }

    /// Every list.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        Table::ALL.into_iter().map(Self::Of).chain([Self::Facts])
    }
}

/// One word for each list.
pub(crate) fn list() -> impl TypedValueParser<Value = List> {
    // Help lists what this program can write.
    let value = |list: List| {
        let is_hidden = list == List::Facts && cfg!(not(feature = "parquet"));
        PossibleValue::new(list.word()).help(list.about()).hide(is_hidden)
    };
    PossibleValuesParser::new(List::all().map(value)).try_map(|word| {
        List::all().find(|list| list.word().eq_ignore_ascii_case(&word)).ok_or("no such list")
    })
}

/// What is wrong with asking for a list in this form.
pub(super) fn wrong_list(format: AnalyzeFormat, list: Option<List>) -> Option<&'static str> {
    match (format, list?) {
        (AnalyzeFormat::Parquet, _) | (AnalyzeFormat::Csv, List::Of(_)) => None,
        (AnalyzeFormat::Csv, List::Facts) => Some("--table facts goes with --format parquet"),
        _ => Some("--table goes with --format csv or parquet"),
    }
}

/// Where the report goes, and in which form.
pub(super) struct ReportWriter<'a> {
    format: AnalyzeFormat,
    table: Table,
    /// Whether text is the whole report and not only its first screen.
    is_whole: bool,
    name: Option<&'a PathBuf>,
    pub(super) lines: Lines<'a>,
    pub(super) lists: Lists,
}

impl<'a> ReportWriter<'a> {
    pub(super) fn new(arguments: &'a AnalyzeArguments) -> Self {
        let name = arguments.output.file.as_ref();
        Self {
            format: arguments.format,
            table: match arguments.table {
                Some(List::Of(table)) => table,
                Some(List::Facts) | None => Table::Findings,
            },
            // A file is kept and sent on, so it gets all.
            is_whole: arguments.details || name.is_some(),
            name,
            lines: Lines {
                is_wanted: arguments.format == AnalyzeFormat::Jsonl,
                is_selected: !arguments.selected.selection().is_all(),
                name,
                out: Ok(None),
            },
            lists: Lists::new(arguments),
        }
    }

    /// The files that are going to be written.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        match self.format {
            AnalyzeFormat::Parquet => self.lists.files(),
            _ => self.name.cloned().into_iter().collect(),
        }
    }

    /// Writes the report, or what of it stands behind what was taken before.
    pub(super) fn finish(self, diagnosis: &Diagnosis) -> io::Result<()> {
        match self.format {
            AnalyzeFormat::Jsonl => self.lines.finish(diagnosis),
            AnalyzeFormat::Parquet => {
                tell_what_no_table_holds(diagnosis);
                self.lists.finish(diagnosis)
            }
            AnalyzeFormat::Text => self.write(|out| {
                if self.is_whole {
                    hvtriage_report::write_text(diagnosis, style::of(self.name), out)
                } else {
                    hvtriage_report::write_screen(diagnosis, style::of(self.name), out)
                }
            }),
            AnalyzeFormat::Json => {
                self.write(|out| hvtriage_report::write(diagnosis, Format::Json, out))
            }
            AnalyzeFormat::Html => {
                self.write(|out| hvtriage_report::write(diagnosis, Format::Html, out))
            }
            AnalyzeFormat::Csv => {
                tell_what_no_table_holds(diagnosis);
                self.write(|out| write_table(diagnosis, self.table, out))
            }
            AnalyzeFormat::Markdown => {
                self.write(|out| write_markdown(diagnosis, &digests(diagnosis), out))
            }
        }
    }

    fn write(&self, write: impl FnOnce(&mut Output) -> io::Result<()>) -> io::Result<()> {
        let mut out = Output::open(self.name)?;
        write(&mut out)?;
        out.finish()
    }
}

/// Tells on stderr what was not judged, what is ignored and what is not shown.
fn tell_what_no_table_holds(diagnosis: &Diagnosis) {
    if let Some(span) = &diagnosis.span {
        tell(&span.to_string());
    }
    hvtriage_report::ignored_in_words(diagnosis).iter().for_each(|words| tell(words));
    if let Some(left_out) = &diagnosis.left_out {
        tell(&left_out.to_string());
    }
}

/// Findings as lines, which are written while the analysis goes on.
pub(super) struct Lines<'a> {
    is_wanted: bool,
    /// Whether not all findings are shown. Which machine a name means is known at the end.
    is_selected: bool,
    name: Option<&'a PathBuf>,
    /// Opened when there is something to write.
    out: io::Result<Option<Output>>,
}

impl Lines<'_> {
    /// Takes a finding that just arose. After an error nothing is written any more.
    pub(super) fn found(&mut self, finding: &Finding) {
        if self.is_wanted && !self.is_selected && self.out.is_ok() {
            self.out = self.line(finding).map(Some);
        }
    }

    fn line(&mut self, finding: &Finding) -> io::Result<Output> {
        let mut out = self.open()?;
        write_finding_line(finding, &mut out)?;
        out.flush()?;
        Ok(out)
    }

    fn finish(mut self, diagnosis: &Diagnosis) -> io::Result<()> {
        let mut out = self.open()?;
        if self.is_selected {
            for finding in &diagnosis.findings {
                write_finding_line(finding, &mut out)?;
            }
        }
        write_end_lines(diagnosis, &mut out)?;
        out.finish()
    }

    fn open(&mut self) -> io::Result<Output> {
        match std::mem::replace(&mut self.out, Ok(None))? {
            Some(out) => Ok(out),
            None => Output::open(self.name),
        }
    }
}
