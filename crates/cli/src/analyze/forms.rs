//! The forms in which `hvtriage analyze` writes.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use console::Term;
use hvtriage::{Diagnosis, Finding};
use hvtriage_report::{
    Format, Table, write_end_lines, write_finding_line, write_markdown, write_table,
};

use super::arguments::AnalyzeArguments;
use super::digests::digests;
use crate::output::{Output, tell};

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
}

/// One word for each table.
pub(crate) fn table() -> impl TypedValueParser<Value = Table> {
    PossibleValuesParser::new(Table::ALL.map(Table::word)).try_map(|word| {
        let table = Table::ALL.into_iter().find(|table| table.word() == word);
        table.ok_or("no such table")
    })
}

/// What is wrong with asking for a table in this form.
pub(super) fn wrong_table(format: AnalyzeFormat, table: Option<Table>) -> Option<&'static str> {
    (table.is_some() && format != AnalyzeFormat::Csv).then_some("--table goes with --format csv")
}

/// Columns of the terminal; elsewhere as many as a wide one has.
fn width() -> usize {
    const WIDE: usize = 120;
    Term::stdout().size_checked().map_or(WIDE, |(_, columns)| columns.into())
}

/// Where the report goes, and in which form.
pub(super) struct ReportWriter<'a> {
    format: AnalyzeFormat,
    table: Table,
    /// Whether text is the whole report and not only its first screen.
    is_whole: bool,
    /// Whether not all findings are shown. Which machine a name means is known at the end.
    is_selected: bool,
    name: Option<&'a PathBuf>,
    /// What is written while the analysis goes on, opened when there is something to write.
    lines: io::Result<Option<Output>>,
}

impl<'a> ReportWriter<'a> {
    pub(super) fn new(arguments: &AnalyzeArguments, name: Option<&'a PathBuf>) -> Self {
        Self {
            format: arguments.format,
            table: arguments.table.unwrap_or(Table::Findings),
            // A file is kept and sent on, so it gets all.
            is_whole: arguments.details || name.is_some(),
            is_selected: !arguments.selected.selection().is_all(),
            name,
            lines: Ok(None),
        }
    }

    /// Takes a finding that just arose. After an error nothing is written any more.
    pub(super) fn found(&mut self, finding: &Finding) {
        if self.format == AnalyzeFormat::Jsonl && !self.is_selected && self.lines.is_ok() {
            self.lines = self.line(finding).map(Some);
        }
    }

    fn line(&mut self, finding: &Finding) -> io::Result<Output> {
        let mut out = self.open()?;
        write_finding_line(finding, &mut out)?;
        out.flush()?;
        Ok(out)
    }

    /// Writes the report, or what of it stands behind the findings that were taken.
    pub(super) fn finish(mut self, diagnosis: &Diagnosis) -> io::Result<()> {
        let mut out = self.open()?;
        match self.format {
            AnalyzeFormat::Text if !self.is_whole => {
                hvtriage_report::write_screen(diagnosis, width(), &mut out)?;
            }
            AnalyzeFormat::Text => hvtriage_report::write(diagnosis, Format::Text, &mut out)?,
            AnalyzeFormat::Json => hvtriage_report::write(diagnosis, Format::Json, &mut out)?,
            AnalyzeFormat::Html => hvtriage_report::write(diagnosis, Format::Html, &mut out)?,
            AnalyzeFormat::Csv => {
                // A table has no place for it.
                hvtriage_report::ignored_in_words(diagnosis).iter().for_each(|words| tell(words));
                if let Some(left_out) = &diagnosis.left_out {
                    tell(&left_out.to_string());
                }
                write_table(diagnosis, self.table, &mut out)?;
            }
            AnalyzeFormat::Markdown => write_markdown(diagnosis, &digests(diagnosis), &mut out)?,
            AnalyzeFormat::Jsonl => {
                if self.is_selected {
                    for finding in &diagnosis.findings {
                        write_finding_line(finding, &mut out)?;
                    }
                }
                write_end_lines(diagnosis, &mut out)?;
            }
        }
        out.finish()
    }

    fn open(&mut self) -> io::Result<Output> {
        match std::mem::replace(&mut self.lines, Ok(None))? {
            Some(out) => Ok(out),
            None => Output::open(self.name),
        }
    }
}
