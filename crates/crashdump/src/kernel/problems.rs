//! Collecting what could not be read, up to a limit.

use hvtriage_winfmt::{FileOffset, ParseError};

use crate::report::DumpProblem;

/// A hostile list could otherwise make one for each of its entries.
const LIMIT: usize = 64;

/// What could not be read so far.
#[derive(Debug, Default)]
pub(super) struct Problems {
    found: Vec<DumpProblem>,
    left_out: usize,
    is_contradictory: bool,
}

impl Problems {
    /// Something at `at` could not be read.
    pub(super) fn add(&mut self, at: FileOffset, message: impl Into<String>) {
        if self.found.len() < LIMIT {
            self.found.push(DumpProblem { at, message: message.into() });
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// Two parts of the dump that say different things, so that nothing in it can be relied on.
    pub(super) fn contradiction(&mut self, at: FileOffset, message: String) {
        self.is_contradictory = true;
        self.add(at, message);
    }

    /// Whether there was a contradiction.
    pub(super) fn is_contradictory(&self) -> bool {
        self.is_contradictory
    }

    /// The error of a field, if there was one.
    pub(super) fn note(&mut self, error: Option<ParseError>) {
        if let Some(error) = error {
            self.add(error.at, format!("{}: {}", error.field, error.kind));
        }
    }

    pub(super) fn into_vec(mut self) -> Vec<DumpProblem> {
        if self.left_out > 0 {
            let message = format!("{} more problems of this dump are left out", self.left_out);
            self.found.push(DumpProblem { at: FileOffset(0), message });
        }
        self.found
    }
}
