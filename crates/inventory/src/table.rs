//! Objects as `Export-Csv` writes them: a line of names, then a line for each.
//!
//! Windows PowerShell writes `#TYPE` and the class first unless it is told not to. The values are
//! parted by the list separator of a country where `-UseCulture` was given.

use std::sync::Arc;

use csv::{ReaderBuilder, StringRecord};

use crate::collect::Collector;
use crate::item::{ItemKind, Property};
use crate::object::{COMPONENT, DATA_ITEM, Object, SERVICE, VIRTUAL_MACHINE};

/// A virtual machine has about a hundred properties.
const MAX_COLUMNS: usize = 4096;

/// The names of the columns, and where the lines behind them begin.
pub(crate) struct Head<'a> {
    class: Option<&'a str>,
    names: Vec<Arc<str>>,
    separator: u8,
    behind: usize,
}

impl<'a> Head<'a> {
    /// The first line that is not empty, and the class before it.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        let mut at = 0_usize;
        let mut class = None;
        loop {
            let rest = text.get(at..)?;
            let line = rest.split_inclusive('\n').next()?;
            let behind = at.saturating_add(line.len());
            let line = line.trim();
            if let Some(name) = line.strip_prefix("#TYPE ") {
                class = Some(name.trim());
            } else if !line.is_empty() {
                let (names, separator) = names(line)?;
                return Some(Self { class, names, separator, behind });
            }
            at = behind;
        }
    }

    /// Objects of the lines behind it, and the places where they begin. The second value of each is
    /// whether it has as many values as there are names.
    fn objects<'t>(
        &'t self,
        text: &'t str,
    ) -> impl Iterator<Item = Result<(Object, bool), csv::Error>> + 't {
        let body = text.get(self.behind..).unwrap_or_default();
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.separator)
            .from_reader(body.as_bytes());
        let classes = self.classes();
        reader.into_records().map(move |record| {
            let record: StringRecord = record?;
            let start = record.position().map_or(0, csv::Position::byte);
            // A record begins behind the ends of the lines before it.
            let start = usize::try_from(start).unwrap_or(body.len());
            let ends = body.get(start..).unwrap_or_default();
            let ends = ends.len().saturating_sub(ends.trim_start_matches(['\r', '\n']).len());
            let at = self.behind.saturating_add(start).saturating_add(ends);
            let properties = self.names.iter().zip(&record).filter(|(_, text)| !text.is_empty());
            let properties = properties
                .map(|(name, text)| Property { name: Arc::clone(name), values: vec![text.into()] })
                .collect();
            let object = Object { at, classes: Arc::clone(&classes), properties };
            Ok((object, record.len() == self.names.len()))
        })
    }

    /// Whether these are virtual machines, or what belongs to them; `text` may be cut.
    pub(crate) fn is_inventory(&self, text: &str) -> bool {
        let row = self.empty_row();
        if row.is_pair() {
            let mut rows = self.objects(text).take(ROWS_LOOKED_AT).filter_map(Result::ok);
            return rows.any(|(row, _)| row.is_well_known_pair());
        }
        row.kind().is_some()
    }

    /// A row in which everything is told, and nothing.
    fn empty_row(&self) -> Object {
        let values = || vec![String::new()];
        let properties = self.names.iter();
        let properties =
            properties.map(|name| Property { name: Arc::clone(name), values: values() }).collect();
        let classes = self.class.map(str::to_owned).into_iter().collect();
        Object { at: 0, classes, properties }
    }

    /// The class of every row: a row in which a value is missing is what the others are.
    fn classes(&self) -> Arc<[String]> {
        let row = self.empty_row();
        let class = match row.kind() {
            _ if row.is_pair() => DATA_ITEM,
            Some(ItemKind::VirtualMachine) => VIRTUAL_MACHINE,
            Some(ItemKind::IntegrationService) => SERVICE,
            Some(ItemKind::GuestItems) => COMPONENT,
            None => return row.classes,
        };
        [class.to_owned()].into()
    }
}

/// A guest tells some thirty pairs.
const ROWS_LOOKED_AT: usize = 64;

/// The names in a line, and what parts them. A line with one name only is no table.
fn names(line: &str) -> Option<(Vec<Arc<str>>, u8)> {
    let separators = [b',', b';', b'\t'].into_iter().map(|one| {
        let mut is_quoted = false;
        let count = line.bytes().filter(|byte| {
            is_quoted ^= *byte == b'"';
            !is_quoted && *byte == one
        });
        (count.count(), one)
    });
    let (count, separator) = separators.max_by_key(|(count, _)| *count)?;
    // A reader takes longer to make than most lines to read, and archives hold texts by the ten thousand.
    if !(1..MAX_COLUMNS).contains(&count) {
        return None;
    }
    if !line.contains('"') {
        let names = line.split(char::from(separator)).map(|name| name.trim().into());
        return Some((names.collect(), separator));
    }
    let mut reader =
        ReaderBuilder::new().has_headers(false).delimiter(separator).from_reader(line.as_bytes());
    let mut record = StringRecord::new();
    let is_read = reader.read_record(&mut record).ok()?;
    let is_table = is_read && (2..=MAX_COLUMNS).contains(&record.len());
    is_table.then(|| (record.iter().map(|name| name.trim().into()).collect(), separator))
}

/// Reads every line.
pub(crate) fn read(text: &str, collector: &mut Collector) {
    let Some(head) = Head::of(text) else { return };
    for object in head.objects(text) {
        match object {
            Ok((object, is_whole)) => {
                if !is_whole {
                    let count = head.names.len();
                    collector.problem(
                        object.at,
                        format!("a line has not the {count} values of the first"),
                    );
                }
                collector.add(object);
            }
            Err(error) => collector.problem(head.behind, format!("CSV: {error}")),
        }
        if collector.is_full() {
            return;
        }
    }
}
