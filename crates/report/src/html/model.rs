//! What the page is made of, both as HTML and as JSON for its script.

use serde::{Serialize, Serializer};

use crate::words::printable;

/// Text as the page shows it, on one line.
pub(super) fn clean(text: &str) -> String {
    printable(text.trim())
}

/// Sentences that may be broken into lines anywhere.
pub(super) fn flowing(text: &str) -> String {
    text.split_whitespace().map(printable).collect::<Vec<_>>().join(" ")
}

/// A part of the page that is nothing but sentences and tables.
#[derive(Serialize)]
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    #[serde(skip)]
    pub(super) notes: Vec<String>,
    pub(super) tables: Vec<Table>,
}

impl Section {
    pub(super) fn new(id: &'static str, title: &'static str) -> Self {
        Self { id, title, notes: Vec::new(), tables: Vec::new() }
    }

    /// With a sentence.
    pub(super) fn note(mut self, text: impl AsRef<str>) -> Self {
        self.notes.push(flowing(text.as_ref()));
        self
    }

    /// With sentences.
    pub(super) fn notes(self, texts: impl IntoIterator<Item = String>) -> Self {
        texts.into_iter().fold(self, Self::note)
    }

    /// With a table, unless it is empty.
    pub(super) fn table(mut self, table: Table) -> Self {
        if !table.rows.is_empty() {
            self.tables.push(table);
        }
        self
    }

    /// The section, unless nothing is in it.
    pub(super) fn unless_empty(self) -> Option<Self> {
        (!self.notes.is_empty() || !self.tables.is_empty()).then_some(self)
    }
}

/// A table that can be sorted, filtered and exported.
#[derive(Serialize)]
pub(super) struct Table {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
}

/// More rows than this are not there without the script.
const PLAIN_ROWS: usize = 25;

impl Table {
    pub(super) fn new(id: &'static str, title: &'static str, columns: &[&'static str]) -> Self {
        let column = |name: &&'static str| Column { name, kind: Kind::Text };
        Self { id, title, columns: columns.iter().map(column).collect(), rows: Vec::new() }
    }

    /// The columns called so are of a kind.
    pub(super) fn kinds(mut self, kind: Kind, names: &[&str]) -> Self {
        for column in self.columns.iter_mut().filter(|column| names.contains(&column.name)) {
            column.kind = kind;
        }
        self
    }

    pub(super) fn rows(mut self, rows: impl IntoIterator<Item = Row>) -> Self {
        self.rows.extend(rows);
        self
    }

    /// The rows that are there without the script.
    pub(super) fn plain(&self) -> &[Row] {
        self.rows.get(..PLAIN_ROWS).unwrap_or(&self.rows)
    }

    /// How many rows are not.
    pub(super) fn rest(&self) -> usize {
        self.rows.len().saturating_sub(PLAIN_ROWS)
    }
}

/// A column of a table.
#[derive(Serialize)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
}

/// What stands in a column: by what it is sorted, and whether one of its values can be chosen.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Text,
    Number,
    /// A time to the second, perhaps with words before it.
    Time,
    /// How long something took.
    Duration,
    /// One of a few words.
    Choice,
}

/// A row, and what unfolds below it.
pub(super) struct Row {
    pub(super) cells: Vec<String>,
    pub(super) details: Vec<Detail>,
    pub(super) cites: Vec<Cite>,
}

impl Row {
    pub(super) fn new(cells: impl IntoIterator<Item = String>) -> Self {
        let cells = cells.into_iter().map(|cell| clean(&cell)).collect();
        Self { cells, details: Vec::new(), cites: Vec::new() }
    }

    /// With something that is told when it is unfolded.
    pub(super) fn detail(mut self, label: &'static str, text: impl AsRef<str>) -> Self {
        self.details.push(Detail { label, text: flowing(text.as_ref()) });
        self
    }

    /// With something that is told when it is unfolded, where it is known.
    pub(super) fn known(self, label: &'static str, text: Option<impl AsRef<str>>) -> Self {
        match text {
            Some(text) => self.detail(label, text),
            None => self,
        }
    }

    pub(super) fn cites(mut self, cites: impl IntoIterator<Item = Cite>) -> Self {
        self.cites.extend(cites);
        self
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&self.cells, &self.details, &self.cites).serialize(serializer)
    }
}

/// Something of a row for which it has no column.
pub(super) struct Detail {
    pub(super) label: &'static str,
    pub(super) text: String,
}

impl Serialize for Detail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.label, &self.text).serialize(serializer)
    }
}

/// Where the evidence says so.
#[derive(Clone)]
pub(super) struct Cite {
    /// Index of the file's name.
    pub(super) source: usize,
    /// Where in the file.
    pub(super) place: String,
    /// When it happened.
    pub(super) time: String,
    /// What the record says.
    pub(super) note: String,
}

impl Serialize for Cite {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.source, &self.place, &self.time, &self.note).serialize(serializer)
    }
}
