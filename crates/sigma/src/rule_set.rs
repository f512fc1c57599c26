//! Rules by the log that they are for.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use rsigma_eval::{CompiledRule, Engine};
use rsigma_parser::{FilterRule, FilterRuleTarget};

use crate::event::{NamedEvent, WindowsEvent};
use crate::problems::{Problems, RuleProblem};
use crate::rule::Rule;
use crate::taxonomy::Place;

/// Rules that can be asked about events.
pub struct SigmaRules {
    rules: Vec<Rule>,
    streams: Vec<Stream>,
    /// Streams by channel, in lower case.
    by_channel: BTreeMap<String, Vec<usize>>,
    problems: Problems,
    files: usize,
}

/// The rules for one kind of events. Rules of another kind never see them.
pub(crate) struct Stream {
    place: Place,
    engine: Engine,
    /// The ids that some rule can hold for; `None` for any.
    ids: Option<BTreeSet<u32>>,
}

/// Events that some rule wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The log, as it is called in events.
    pub channel: &'static str,
    /// Ids of its events; empty for all.
    pub ids: Vec<u32>,
}

/// A rule that an event meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match {
    /// Number of the rule.
    pub rule: usize,
    stream: usize,
}

/// The evaluation failed on an event, so that it is not known which rules it meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unjudged;

impl SigmaRules {
    pub(crate) fn new(
        rules: Vec<Rule>,
        streams: Vec<Stream>,
        problems: Problems,
        files: usize,
    ) -> Self {
        let mut by_channel: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (number, stream) in streams.iter().enumerate() {
            for channel in stream.place.channels {
                by_channel.entry(channel.to_ascii_lowercase()).or_default().push(number);
            }
        }
        Self { rules, streams, by_channel, problems, files }
    }

    /// The rules, by their numbers.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What is wrong with files or rules, and what was left out; rules that are left out for one reason
    /// are told once.
    #[must_use]
    pub fn problems(&self) -> &[RuleProblem] {
        &self.problems.in_short
    }

    /// The same, with each file whose rules are left out.
    #[must_use]
    pub fn problems_of_each(&self) -> &[RuleProblem] {
        &self.problems.of_each
    }

    /// Number of files that were read.
    #[must_use]
    pub fn files(&self) -> usize {
        self.files
    }

    /// The events that the rules want to see; no other can meet one.
    pub fn requests(&self) -> impl Iterator<Item = Request> {
        let channels = |stream: &Stream| stream.place.channels.iter().copied();
        self.streams
            .iter()
            .filter_map(move |stream| {
                let ids = stream.wanted_ids()?;
                Some(channels(stream).map(move |channel| Request { channel, ids: ids.clone() }))
            })
            .flatten()
    }

    /// The rules that `event` meets, in order of their numbers.
    ///
    /// # Errors
    /// [`Unjudged`] when the evaluation fails.
    pub fn matches(&self, event: &WindowsEvent<'_>) -> Result<Vec<Match>, Unjudged> {
        let Some(streams) = self.by_channel.get(&event.channel.to_ascii_lowercase()) else {
            return Ok(Vec::new());
        };
        let mut matches = Vec::new();
        for number in streams {
            let Some(stream) = self.streams.get(*number).filter(|it| it.wants(event.id)) else {
                continue;
            };
            let event = NamedEvent { event, fields: stream.place.fields };
            let evaluate = AssertUnwindSafe(|| stream.engine.evaluate(&event));
            let results = catch_unwind(evaluate).map_err(|_| Unjudged)?;
            // A compiled rule bears its number as its id.
            let numbers = results.iter().filter_map(|it| it.header.rule_id.as_ref()?.parse().ok());
            matches.extend(numbers.map(|rule| Match { rule, stream: *number }));
        }
        matches.sort_unstable();
        Ok(matches)
    }

    /// The fields that a rule asks for, with what the event says there.
    #[must_use]
    pub fn shown(&self, found: Match, event: &WindowsEvent<'_>) -> Vec<(&str, String)> {
        let stream = self.streams.get(found.stream);
        let fields = stream.map(|stream| stream.place.fields).unwrap_or_default();
        let event = NamedEvent { event, fields };
        let names = self.rules.get(found.rule).map_or(&[][..], |rule| rule.fields.as_slice());
        let shown = names.iter().filter_map(|name| Some((name.as_str(), event.shown(name)?)));
        shown.filter(|(_, text)| !text.is_empty()).collect()
    }
}

impl std::fmt::Debug for SigmaRules {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SigmaRules")
            .field("rules", &self.rules.len())
            .field("channels", &self.by_channel.keys())
            .field("problems", &self.problems.in_short)
            .finish_non_exhaustive()
    }
}

impl Stream {
    fn wants(&self, id: u32) -> bool {
        (self.place.ids.is_empty() || self.place.ids.contains(&id))
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&id))
    }

    /// Ids that the place has and a rule can hold for, empty for all; `None` when there is none.
    fn wanted_ids(&self) -> Option<Vec<u32>> {
        let Some(ids) = &self.ids else { return Some(self.place.ids.to_vec()) };
        let is_there = |id: &&u32| self.place.ids.is_empty() || self.place.ids.contains(id);
        let ids: Vec<u32> = ids.iter().filter(is_there).copied().collect();
        (!ids.is_empty()).then_some(ids)
    }
}

/// Streams while rules are added to them.
#[derive(Default)]
pub(crate) struct Streams(Vec<Filling>);

struct Filling {
    place: Place,
    ids: Option<BTreeSet<u32>>,
    rules: Vec<CompiledRule>,
}

impl Streams {
    /// Adds a rule to the streams of its places. Each gets an engine of its own: so no engine ever
    /// sees an event of another log source.
    pub(crate) fn add(
        &mut self,
        number: usize,
        mut rule: CompiledRule,
        ids: Option<BTreeSet<u32>>,
        places: &[Place],
    ) {
        rule.id = Some(number.to_string());
        for place in places {
            let known = self.0.iter().position(|one| one.place == *place);
            let at = known.unwrap_or(self.0.len());
            if known.is_none() {
                self.0.push(Filling {
                    place: *place,
                    ids: Some(BTreeSet::new()),
                    rules: Vec::new(),
                });
            }
            if let Some(stream) = self.0.get_mut(at) {
                stream.ids = stream.ids.take().zip(ids.clone()).map(|(mut all, ids)| {
                    all.extend(ids);
                    all
                });
                stream.rules.push(rule.clone());
            }
        }
    }

    /// Builds the engines, each with all of its rules at once, and narrows them by filters.
    pub(crate) fn ready(
        self,
        rules: &[Rule],
        filters: &[(String, FilterRule)],
        problems: &mut Vec<RuleProblem>,
    ) -> Vec<Stream> {
        let mut streams: Vec<Stream> = Vec::new();
        for Filling { place, ids, rules } in self.0 {
            let mut engine = Engine::new();
            engine.extend_compiled_rules(rules);
            streams.push(Stream { place, engine, ids });
        }
        for (file, filter) in filters {
            let filter = by_number(filter, rules);
            for stream in &mut streams {
                let apply = AssertUnwindSafe(|| stream.engine.apply_filter(&filter));
                let applied = catch_unwind(apply).map_err(|_| "the filter failed".to_owned());
                if let Err(message) =
                    applied.and_then(|applied| applied.map_err(|error| error.to_string()))
                {
                    problems.push(RuleProblem::new(file, message, ""));
                    break;
                }
            }
        }
        streams
    }
}

/// The filter with the numbers of the rules that it names.
fn by_number(filter: &FilterRule, rules: &[Rule]) -> FilterRule {
    let mut filter = filter.clone();
    if let FilterRuleTarget::Specific(names) = &mut filter.rules {
        for name in names {
            let is_it = |rule: &Rule| rule.id.eq_ignore_ascii_case(name);
            if let Some(number) = rules.iter().position(is_it) {
                *name = number.to_string();
            }
        }
    }
    filter
}
