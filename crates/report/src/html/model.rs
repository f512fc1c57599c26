//! What the page is made of, both as HTML and as JSON for its script.

use serde::{Serialize, Serializer};

use crate::words::{known, printable};

/// Text as the page shows it, on one line.
pub(super) fn clean(text: &str) -> String {
    printable(text.trim())
}

/// Sentences that may be broken into lines anywhere.
pub(super) fn flowing(text: &str) -> String {
    text.split_whitespace().map(printable).collect::<Vec<_>>().join(" ")
}

/// Words of more letters may be broken: a name that is made to do so must not break the page.
const LONGEST_WHOLE: usize = 32;

/// A part of a text. Names with hyphens or dots are whole: browsers break at those, and paper anywhere.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    pub(super) is_whole: bool,
}

/// The parts of a text, which is all of them together. Where scripts run, `unbroken` of `elements.js` does the
/// like, and breaks long codes as well.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut plain, mut at) = (0, 0_usize);
    for word in text.split_inclusive(' ') {
        let name = word.trim_end_matches(' ');
        let end = at.saturating_add(word.len());
        if is_joined(name) && name.chars().count() <= LONGEST_WHOLE {
            let before = text.get(plain..at).filter(|before| !before.is_empty());
            pieces.extend(before.map(|text| Piece { text, is_whole: false }));
            pieces.push(Piece { text: name, is_whole: true });
            plain = at.saturating_add(name.len());
        }
        at = end;
    }
    let rest = text.get(plain..).filter(|rest| !rest.is_empty());
    pieces.extend(rest.map(|text| Piece { text, is_whole: false }));
    pieces
}

/// Whether a hyphen or a dot stands in a word.
fn is_joined(word: &str) -> bool {
    let mut inside = word.chars().skip(1).peekable();
    std::iter::from_fn(|| inside.next().filter(|_| inside.peek().is_some()))
        .any(|letter| matches!(letter, '-' | '.'))
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
    /// Rows that the page has no room for.
    #[serde(skip_serializing_if = "is_none_left")]
    pub(super) left_out: usize,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_none_left(count: &usize) -> bool {
    *count == 0
}

/// More rows than this are not there without the script.
const PLAIN_ROWS: usize = 25;
/// More rows than this are not on the page at all: a browser would take long to read them.
pub(super) const MAX_ROWS: usize = 10_000;

impl Table {
    pub(super) fn new(id: &'static str, title: &'static str, columns: &[&'static str]) -> Self {
        let column = |name: &&'static str| Column { name, kind: Kind::Text };
        let columns = columns.iter().map(column).collect();
        Self { id, title, columns, rows: Vec::new(), left_out: 0 }
    }

    /// The columns called so are of a kind.
    pub(super) fn kinds(mut self, kind: Kind, names: &[&str]) -> Self {
        for column in self.columns.iter_mut().filter(|column| names.contains(&column.name)) {
            column.kind = kind;
        }
        self
    }

    pub(super) fn rows(mut self, rows: impl IntoIterator<Item = Row>) -> Self {
        let mut rows = rows.into_iter();
        self.rows.extend(rows.by_ref().take(MAX_ROWS));
        self.left_out = rows.count();
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
        let cells = cells.into_iter().map(|cell| known(Some(clean(&cell)))).collect();
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
    /// The message of an event, as Windows shows it.
    pub(super) message: String,
    /// The names and values of its fields.
    pub(super) fields: Vec<(String, String)>,
}

impl Serialize for Cite {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let told = (self.source, &self.place, &self.time, &self.note);
        // Most citations have no more, and there are many.
        if self.message.is_empty() && self.fields.is_empty() {
            return told.serialize(serializer);
        }
        (told.0, told.1, told.2, told.3, &self.message, &self.fields).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What has no room is counted.
    #[test]
    fn a_table_is_bounded() {
        let rows = (0..MAX_ROWS + 3).map(|number| Row::new([number.to_string()]));
        let table = Table::new("id", "title", &["column"]).rows(rows);
        assert_eq!((table.rows.len(), table.left_out), (10_000, 3));
        let json = serde_json::to_value(&table).unwrap();
        assert_eq!(json["left_out"], 3);
        let whole = Table::new("id", "title", &["column"]).rows([Row::new(["1".to_owned()])]);
        assert!(serde_json::to_value(&whole).unwrap().get("left_out").is_none());
    }

    #[test]
    fn names_with_hyphens_are_whole_up_to_a_length() {
        let told = |text| -> Vec<(&str, bool)> {
            pieces(text).into_iter().map(|piece| (piece.text, piece.is_whole)).collect()
        };
        let wanted =
            [("SQL-A006", true), (" and ", false), ("a.b.c,", true), (" 2016 - 2017. x-", false)];
        assert_eq!(told("SQL-A006 and a.b.c, 2016 - 2017. x-"), wanted);
        let long = "a-".repeat(17);
        assert_eq!(told(&long), [(long.as_str(), false)]);
        assert_eq!(told(""), []);
    }
}
