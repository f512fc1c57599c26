//! What `msinfo32` writes of a machine: `.nfo` files, and the same as text (`/report`).
//!
//! ```text
//! <MsInfo><Metadata>..</Metadata><Category name="System Summary">
//!   <Data><Item><![CDATA[OS Name]]></Item><Value><![CDATA[Microsoft Windows Server 2019]]></Value></Data>
//!   <Category name="Software Environment"><Category name="System Drivers">
//!     <Data><Name>..</Name><Description>..</Description><File>..</File>..</Data>
//! ```
//!
//! The text has a heading in brackets for each category, and tabs between the cells of a row. Names of
//! categories, and of the elements of a row, are in the language of the machine, so only the order of
//! categories and cells is relied on. Published reports that tell it: of Windows Server 2019 as XML
//! (<https://github.com/CailleauThierry/PSThUtils>), of Windows Vista as a whole text (a thread of the
//! Ubuntu forums), of Windows 10 in German (<https://github.com/boostorg/fiber/issues/125>).

use hvtriage_winfmt::{FileOffset, Text, decode_text};
use quick_xml::events::BytesStart;

use crate::collect::Collector;
use crate::item::InventoryProblem;
use crate::xml::{self, Handler};

/// One row of a category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportRow<'r> {
    /// Its number in the file, from 1 on.
    pub number: u64,
    /// Where it begins.
    pub offset: FileOffset,
    /// Whether it is of the first category, the summary.
    pub is_summary: bool,
    /// Its cells, in order.
    pub cells: &'r [String],
}

/// Categories of hardware have up to twenty columns.
const MAX_CELLS: usize = 64;
/// The longest cells are command lines and error reports.
const MAX_CELL_BYTES: usize = 16_384;
/// Lines of a text among which the summary begins.
const LINES_LOOKED_AT: usize = 16;

/// Whether a text, which may be cut, is a report as XML.
pub(crate) fn is_xml(start: &str) -> bool {
    const PROLOGUE: usize = 512;
    let end = start.floor_char_boundary(PROLOGUE);
    start.starts_with('<') && start.get(..end).is_some_and(|head| head.contains("<MsInfo>"))
}

/// Whether a text, which may be cut, is a report as text: behind the first heading are rows of two cells,
/// one of which is the version of Windows.
pub(crate) fn is_text(start: &str) -> bool {
    let lines = || start.lines().take(LINES_LOOKED_AT);
    let heading = lines().position(|line| heading(line).is_some());
    heading.is_some_and(|heading| {
        lines().skip(heading).any(|line| {
            let cells = cells(line);
            cells.len() == 2 && cells.last().is_some_and(|value| windows_build(value).is_some())
        })
    })
}

/// The build in the value of the summary's row `Version`, `10.0.17763 Build 17763`.
///
/// ```
/// use hvtriage_inventory::windows_build;
///
/// assert_eq!(windows_build("6.0.6002 Service Pack 2 Build 6002"), Some(6002));
/// assert_eq!(windows_build("10.0.17763"), None);
/// ```
#[must_use]
pub fn windows_build(version: &str) -> Option<u32> {
    let mut words = version.split_whitespace();
    let mut numbers = words.next()?.split('.').map(|number| number.parse::<u32>().ok());
    let (_, _) = (numbers.next()??, numbers.next()??);
    let build = numbers.next()??;
    (words.last()?.parse() == Ok(build)).then_some(build)
}

/// Hands over the rows of a report, in order.
pub fn read_system_report(
    bytes: &[u8],
    mut found: impl FnMut(&ReportRow<'_>),
) -> Vec<InventoryProblem> {
    let text = decode_text(bytes);
    let mut collector = Collector::default();
    let mut rows = Rows::of(&text, &mut found);
    if text.text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        xml::read(&text.text, &mut rows, &mut collector);
    } else {
        rows.read_text(&text.text);
    }
    collector.finish(&text).problems
}

/// The text of a heading, `[System Summary]`.
fn heading(line: &str) -> Option<&str> {
    line.trim().strip_prefix('[')?.strip_suffix(']')
}

fn cells(line: &str) -> Vec<String> {
    // Every cell ends in a tab.
    let line = line.trim_end_matches(['\r', '\n']);
    let line = line.strip_suffix('\t').unwrap_or(line);
    line.split('\t').take(MAX_CELLS).map(|cell| cut(cell.trim()).to_owned()).collect()
}

fn cut(cell: &str) -> &str {
    let end = cell.floor_char_boundary(MAX_CELL_BYTES);
    cell.get(..end).unwrap_or_default()
}

/// Hands over rows as they end.
struct Rows<'r> {
    offsets: hvtriage_winfmt::Offsets<'r>,
    found: &'r mut dyn FnMut(&ReportRow<'_>),
    number: u64,
    categories: u64,
    /// Elements that are open, from the row on; outside of rows none is kept.
    depth: usize,
    /// Whether text belongs to the last cell, and not to one beyond the limit.
    is_in_cell: bool,
    at: usize,
    cells: Vec<String>,
}

impl<'r> Rows<'r> {
    fn of(text: &'r Text<'r>, found: &'r mut dyn FnMut(&ReportRow<'_>)) -> Self {
        let offsets = text.offsets();
        Self {
            offsets,
            found,
            number: 0,
            categories: 0,
            depth: 0,
            is_in_cell: false,
            at: 0,
            cells: Vec::new(),
        }
    }

    fn read_text(&mut self, text: &str) {
        let mut at = 0_usize;
        for line in text.split_inclusive('\n') {
            if heading(line).is_some() {
                self.categories = self.categories.saturating_add(1);
            } else if line.contains('\t') {
                self.cells = cells(line);
                self.at = at;
                self.hand_over();
            }
            at = at.saturating_add(line.len());
        }
    }

    fn hand_over(&mut self) {
        self.number = self.number.saturating_add(1);
        (self.found)(&ReportRow {
            number: self.number,
            offset: FileOffset(self.offsets.of(self.at)),
            is_summary: self.categories == 1,
            cells: &self.cells,
        });
        self.cells.clear();
    }
}

impl Handler for Rows<'_> {
    const OBJECT: &'static str = "<Data>";

    fn open(&mut self, element: &BytesStart<'_>, at: usize) {
        if self.depth > 0 {
            // A cell, or what stands in one.
            if self.depth == 1 {
                self.is_in_cell = self.cells.len() < MAX_CELLS;
                self.cells.extend(self.is_in_cell.then(String::new));
            }
            self.depth = self.depth.saturating_add(1);
        } else if element.local_name().as_ref() == "Data" {
            (self.depth, self.at) = (1, at);
        } else if element.local_name().as_ref() == "Category" {
            self.categories = self.categories.saturating_add(1);
        }
    }

    fn text(&mut self, piece: &str) {
        if let Some(cell) = self.cells.last_mut().filter(|_| self.depth > 1 && self.is_in_cell) {
            let room = MAX_CELL_BYTES.saturating_sub(cell.len());
            let end = piece.floor_char_boundary(room);
            cell.push_str(piece.get(..end).unwrap_or_default());
        }
    }

    fn close(&mut self, _: &mut Collector) {
        if self.depth == 1 {
            self.hand_over();
        }
        self.depth = self.depth.saturating_sub(1);
    }
}
