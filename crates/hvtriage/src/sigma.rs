//! Sigma rules beside the catalogue: they see events as they are read, and what is kept of an event
//! is that it matched.

mod findings;
mod load;
mod matches;

use std::path::PathBuf;
use std::sync::Arc;

use hvtriage_diagnosis::{Finding, Machine, SigmaUse};
use hvtriage_eventlog::{Event, EventFilter};
use hvtriage_sigma::{SigmaRules, WindowsEvent};

use crate::{AnalyzeError, Options};

pub use load::{check_sigma, sigma_files};
pub(crate) use matches::Matches;

/// The rules that a caller named.
#[derive(Debug)]
pub(crate) struct Sigma {
    rules: SigmaRules,
}

impl Sigma {
    /// Reads the rules of `options`; `None` without any.
    pub(crate) fn of(options: &Options) -> Result<Option<Self>, AnalyzeError> {
        let paths: &[PathBuf] = &options.sigma;
        if paths.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self { rules: load::load(paths)? }))
    }

    /// Wants the events of the logs that the rules are for, too.
    pub(crate) fn want(&self, filter: EventFilter) -> EventFilter {
        let add = |filter: EventFilter, request: hvtriage_sigma::Request| {
            filter.channel(request.channel, &request.ids)
        };
        self.rules.requests().fold(filter, add)
    }

    /// Adds the rules that `event` meets, unless it lies outside of the window of `options`.
    pub(crate) fn judge(
        &self,
        source: &Arc<str>,
        event: &Event,
        options: &Options,
        found: &mut Matches,
    ) {
        if !options.wants(event.time_created) {
            return;
        }
        let seen = seen(event);
        match self.rules.matches(&seen) {
            Ok(matches) => {
                for one in matches {
                    found.add(&self.rules, one, &seen, source, event);
                }
            }
            Err(hvtriage_sigma::Unjudged) => found.count_unjudged(),
        }
    }

    /// The findings of what matched, source by source in order.
    pub(crate) fn findings(&self, matches: Vec<Matches>, machines: &[Machine]) -> Vec<Finding> {
        findings::findings(self.rules.rules(), matches, machines)
    }

    /// What the rules are called in findings.
    pub(crate) fn rule_ids(&self) -> impl Iterator<Item = &str> {
        self.rules.rules().iter().map(|rule| rule.id.as_str())
    }

    /// What became of the rules.
    pub(crate) fn used(&self) -> SigmaUse {
        load::used(&self.rules, self.rules.problems())
    }
}

/// An event as rules see it.
fn seen(event: &Event) -> WindowsEvent<'_> {
    let values = event.payload.values.iter();
    WindowsEvent {
        channel: &event.channel,
        provider: &event.provider.name,
        id: event.id,
        version: event.version,
        level: event.level,
        task: event.task,
        opcode: event.opcode,
        keywords: event.keywords,
        record_id: event.record_id,
        computer: &event.computer,
        process_id: event.process_id,
        thread_id: event.thread_id,
        values: values.map(|value| (value.name.as_deref(), value.text.as_str())).collect(),
        binary: event.payload.binary.as_deref(),
        message: event.message.as_deref(),
    }
}
