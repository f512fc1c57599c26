//! What stands in for Sigma rules when they are not compiled in.

use std::sync::Arc;

use hvtriage_diagnosis::{Finding, Machine, Problem, SigmaUse};
use hvtriage_eventlog::{Event, EventFilter};

use crate::{AnalyzeError, Options};

/// There are none.
#[derive(Debug)]
pub(crate) enum Sigma {}

/// Nothing matches.
#[derive(Debug, Default)]
pub(crate) struct Matches;

impl Sigma {
    pub(crate) fn of(_: &Options) -> Result<Option<Self>, AnalyzeError> {
        Ok(None)
    }

    pub(crate) fn want(&self, _: EventFilter) -> EventFilter {
        match *self {}
    }

    pub(crate) fn judge(&self, _: &Arc<str>, _: &Event, _: &Options, _: &mut Matches) {
        match *self {}
    }

    pub(crate) fn findings(&self, _: Vec<Matches>, _: &[Machine]) -> Vec<Finding> {
        match *self {}
    }

    pub(crate) fn rule_ids(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }

    pub(crate) fn used(&self) -> SigmaUse {
        match *self {}
    }
}

impl Matches {
    pub(crate) fn join(&mut self, _: Self) {}

    pub(crate) fn problem(&self, _: &str) -> Option<Problem> {
        None
    }
}
