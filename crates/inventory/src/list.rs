//! Objects as `Format-List` prints them: a line for each property, a blank line behind each object.
//!
//! ```text
//! VMName                     : SQL01
//! IntegrationServicesVersion : 6.3.9600.17415
//! Notes                      : a long text goes on in the
//!                              next line
//! ```

use std::sync::Arc;

use crate::collect::Collector;
use crate::item::Property;
use crate::object::Object;

/// Blocks of lines at the start of a file among which the first object must be: a command that was
/// typed, or a heading, may stand before it.
const BLOCKS_LOOKED_AT: usize = 4;
/// What parts a name and a value, apart from the blank before one that is not empty.
const BEHIND_NAME: &str = " :";
/// A virtual machine has about a hundred properties.
const MAX_PROPERTIES: usize = 4096;

/// Reads every object.
pub(crate) fn read(text: &str, collector: &mut Collector) {
    for object in Blocks::of(text) {
        collector.add(object);
        if collector.is_full() {
            return;
        }
    }
}

/// Whether a text, which may be cut, begins with such objects.
pub(crate) fn is_inventory(text: &str) -> bool {
    first_blocks(text)
        .any(|object| object.is_well_known_pair() || (!object.is_pair() && object.kind().is_some()))
}

/// Whether a text, which may be cut, begins with what holds the pairs of a virtual machine.
pub(crate) fn has_component(text: &str) -> bool {
    first_blocks(text).any(|object| object.holds_pairs())
}

/// Most texts are none: those without a property are told at once.
fn first_blocks(text: &str) -> impl Iterator<Item = Object> {
    let text = if text.contains(BEHIND_NAME) { text } else { "" };
    Blocks::of(text).take(BLOCKS_LOOKED_AT)
}

/// Blocks of lines, as objects; those in which no line names a property are left out.
struct Blocks<'a> {
    lines: std::str::SplitInclusive<'a, char>,
    at: usize,
    /// Length in letters of a line that was wrapped inside of a word, since it is the longest.
    width: usize,
}

impl<'a> Blocks<'a> {
    fn of(text: &'a str) -> Self {
        let longest = text.lines().map(|line| line.chars().count()).max();
        Self { lines: text.split_inclusive('\n'), at: 0, width: longest.unwrap_or_default() }
    }
}

impl Iterator for Blocks<'_> {
    type Item = Object;

    fn next(&mut self) -> Option<Object> {
        let mut object = Object::default();
        // The column of the values, and how long the line before was.
        let (mut column, mut before) = (0_usize, 0_usize);
        for line in self.lines.by_ref() {
            let at = self.at;
            self.at = self.at.saturating_add(line.len());
            let line = line.trim_end();
            if line.is_empty() && !object.properties.is_empty() {
                return Some(object);
            }
            let length = line.chars().count();
            let indent = line.chars().take_while(|letter| *letter == ' ').count();
            if let Some((name, value)) = property(line).filter(|_| indent == 0) {
                if object.properties.is_empty() {
                    object.at = at;
                }
                column = length.saturating_sub(value.chars().count());
                if object.properties.len() < MAX_PROPERTIES {
                    let values = vec![value.to_owned()];
                    object.properties.push(Property { name, values });
                }
            } else if indent > 0 && indent >= column {
                let value = object.properties.last_mut().and_then(|one| one.values.last_mut());
                if let Some(value) = value {
                    if before < self.width {
                        value.push(' ');
                    }
                    value.push_str(line.trim_start());
                }
            }
            before = length;
        }
        (!object.properties.is_empty()).then_some(object)
    }
}

/// Name and value of a line.
fn property(line: &str) -> Option<(Arc<str>, &str)> {
    let (name, value) = line.split_once(BEHIND_NAME)?;
    let value = match value.strip_prefix(' ') {
        Some(value) => value,
        None if value.is_empty() => "",
        None => return None,
    };
    let name = name.trim_end();
    let is_name = |letter: char| letter.is_alphanumeric() || " _-.#()".contains(letter);
    (!name.is_empty() && name.chars().all(is_name)).then(|| (name.into(), value))
}
