//! What Markdown is written to.

use std::fmt;
use std::io::{self, Write};

use hvtriage_diagnosis::{Diagnosis, some_of};

use super::escape::escaped;
use crate::shown_paths::ShownPaths;

/// More rows of a list than this are counted and not listed.
pub(super) const LISTED: usize = 20;
/// More names than this in one place are counted and not listed.
pub(super) const NAMES: usize = 8;

/// A page, and how files are named on it.
pub(super) struct MarkdownPage<'a> {
    pub(super) paths: ShownPaths,
    out: &'a mut dyn Write,
}

impl<'a> MarkdownPage<'a> {
    pub(super) fn new(diagnosis: &Diagnosis, out: &'a mut dyn Write) -> Self {
        Self { paths: ShownPaths::of(diagnosis), out }
    }

    /// What evidence says, so that no letter of it is markup.
    pub(super) fn text(&self, text: &str) -> String {
        escaped(&self.paths.in_text(text))
    }

    /// A text in a cell, where a dash begins no list.
    fn cell(&self, text: &str) -> String {
        if text == "-" { text.to_owned() } else { self.text(text) }
    }

    /// The first of some names, and how many more there are.
    pub(super) fn names<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> String {
        self.text(&some_of(names, NAMES, ", "))
    }

    /// A line of markup.
    pub(super) fn line(&mut self, markup: impl fmt::Display) -> io::Result<()> {
        writeln!(self.out, "{markup}")
    }

    pub(super) fn heading(&mut self, level: usize, markup: &str) -> io::Result<()> {
        writeln!(self.out, "\n{} {markup}\n", "#".repeat(level))
    }

    /// A table of at most [`LISTED`] rows, each a text of evidence; nothing where there is none.
    pub(super) fn table<'r>(
        &mut self,
        columns: &[&str],
        rows: impl IntoIterator<Item = Vec<&'r str>>,
        all: usize,
    ) -> io::Result<()> {
        writeln!(self.out, "| {} |", columns.join(" | "))?;
        writeln!(self.out, "|{}", "---|".repeat(columns.len()))?;
        for row in rows.into_iter().take(LISTED) {
            let cells: Vec<String> = row.into_iter().map(|cell| self.cell(cell)).collect();
            writeln!(self.out, "| {} |", cells.join(" | "))?;
        }
        if all > LISTED {
            writeln!(self.out)?;
        }
        self.more(all, LISTED)
    }

    /// How many of a list are not shown, and where they are.
    pub(super) fn more(&mut self, all: usize, shown: usize) -> io::Result<()> {
        match all.saturating_sub(shown) {
            0 => Ok(()),
            1 => self.line("1 more is in the HTML and JSON reports."),
            others => self.line(format_args!("{others} more are in the HTML and JSON reports.")),
        }
    }
}
