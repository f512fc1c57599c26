//! The names of files, each once, since most of a report's citations name the same few.

use std::cell::RefCell;
use std::collections::BTreeMap;

use hvtriage_diagnosis::{Citation, Locator};
use hvtriage_winfmt::FileTime;

use super::model::{Cite, clean, flowing};
use crate::words::place;

/// Names in the order in which they are cited first.
#[derive(Default)]
pub(super) struct Names {
    known: RefCell<Known>,
}

#[derive(Default)]
struct Known {
    indexes: BTreeMap<String, usize>,
    names: Vec<String>,
}

impl Names {
    pub(super) fn cite(&self, locator: &Locator) -> Cite {
        Cite {
            source: self.index(&locator.source),
            place: clean(&place(&locator.place)),
            time: String::new(),
            note: String::new(),
            message: String::new(),
            fields: Vec::new(),
        }
    }

    /// With what the record says.
    pub(super) fn citation(&self, citation: &Citation) -> Cite {
        let fields = citation.fields.iter();
        Cite {
            time: citation.time.map(FileTime::to_the_second).unwrap_or_default(),
            note: flowing(&citation.note),
            message: citation.message.as_deref().map(flowing).unwrap_or_default(),
            fields: fields.map(|it| (clean(&it.name), clean(&it.value))).collect(),
            ..self.cite(&citation.locator)
        }
    }

    pub(super) fn all<'a>(&self, locators: impl IntoIterator<Item = &'a Locator>) -> Vec<Cite> {
        locators.into_iter().map(|locator| self.cite(locator)).collect()
    }

    fn index(&self, name: &str) -> usize {
        let mut known = self.known.borrow_mut();
        if let Some(index) = known.indexes.get(name) {
            return *index;
        }
        let index = known.names.len();
        known.indexes.insert(name.to_owned(), index);
        known.names.push(clean(name));
        index
    }

    pub(super) fn into_names(self) -> Vec<String> {
        self.known.into_inner().names
    }
}
