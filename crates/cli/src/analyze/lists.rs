//! Lists of a case as Parquet: one in a file, or all in a folder.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use hvtriage::{Diagnosis, Evidence};
use hvtriage_report::{Table, write_parquet_facts, write_parquet_table};

use super::arguments::AnalyzeArguments;
use super::forms::{AnalyzeFormat, List};
use crate::output::Output;

/// What is wrong with asking for Parquet so.
pub(super) fn wrong(arguments: &AnalyzeArguments) -> Option<&'static str> {
    if arguments.format != AnalyzeFormat::Parquet {
        return None;
    }
    match (&arguments.output.file, arguments.table) {
        (None, None) => Some(
            "--format parquet writes a file for each list: name a folder with --output, or one list with --table",
        ),
        (None, Some(_)) if io::stdout().is_terminal() => {
            Some("Parquet is nothing to look at: name a file with --output")
        }
        (Some(name), None) if name.exists() && !name.is_dir() => Some(
            "--output is a file, and --format parquet writes a file for each list: name a folder, or one list \
             with --table",
        ),
        _ => None,
    }
}

/// The lists that are asked for.
pub(super) struct Lists {
    wanted: Vec<List>,
    /// The folder of all, or the file of one.
    name: Option<PathBuf>,
    is_folder: bool,
    /// The facts, written before there was a diagnosis, in a file that has no name yet.
    facts: io::Result<Option<Output>>,
}

impl Lists {
    pub(super) fn new(arguments: &AnalyzeArguments) -> Self {
        let wanted = match (arguments.format, arguments.table) {
            (AnalyzeFormat::Parquet, None) => List::all().collect(),
            (AnalyzeFormat::Parquet, Some(list)) => vec![list],
            _ => Vec::new(),
        };
        let is_folder = wanted.len() > 1;
        Self { wanted, name: arguments.output.file.clone(), is_folder, facts: Ok(None) }
    }

    /// The files that are going to be written.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        self.wanted.iter().filter_map(|list| self.file(*list)).collect()
    }

    fn file(&self, list: List) -> Option<PathBuf> {
        let name = self.name.as_ref()?;
        Some(if self.is_folder {
            name.join(format!("{}.parquet", list.word()))
        } else {
            name.clone()
        })
    }

    /// Takes the facts, before they are judged.
    pub(super) fn gathered(&mut self, evidence: &Evidence) {
        if self.wanted.contains(&List::Facts) {
            self.facts = self.write_facts(evidence).map(Some);
        }
    }

    fn write_facts(&self, evidence: &Evidence) -> io::Result<Output> {
        let mut out = self.open(List::Facts)?;
        write_parquet_facts(evidence, &mut out)?;
        Ok(out)
    }

    /// Writes the other lists, and gives all files their names.
    pub(super) fn finish(mut self, diagnosis: &Diagnosis) -> io::Result<()> {
        let facts = std::mem::replace(&mut self.facts, Ok(None))?;
        let is_of_report = |list: &List| match list {
            List::Of(table) => Some(*table),
            List::Facts => None,
        };
        let mut written = Vec::from_iter(facts);
        for table in self.wanted.iter().filter_map(is_of_report) {
            written.push(self.write(diagnosis, table)?);
        }
        written.into_iter().try_for_each(Output::finish)
    }

    fn write(&self, diagnosis: &Diagnosis, table: Table) -> io::Result<Output> {
        let mut out = self.open(List::Of(table))?;
        write_parquet_table(diagnosis, table, &mut out)?;
        Ok(out)
    }

    fn open(&self, list: List) -> io::Result<Output> {
        if let (true, Some(folder)) = (self.is_folder, &self.name) {
            fs::create_dir_all(folder)?;
        }
        Output::open(self.file(list).as_ref())
    }
}
