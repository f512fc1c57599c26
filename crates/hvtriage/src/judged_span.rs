//! What lies outside of the time that was asked for: how much it is, and what it answers.

use std::collections::BTreeSet;

use hvtriage_diagnosis::{
    Evidence, Fact, IgnoreList, JudgedSpan, Locator, MissingLog, Place, RuleSet, Source, Tables,
    coverage, judge_and_tell, missing,
};
use hvtriage_winfmt::TimeRange;

use crate::layout::{self, Layout};

/// The span, with what is `outside`.
pub(crate) fn of(times: TimeRange, sources: &[Source], outside: &[Fact]) -> JudgedSpan {
    let is_of_log =
        |locator: &&Locator| matches!(locator.place, Place::Record { .. } | Place::Line { .. });
    let locators = outside.iter().map(|fact| &fact.locator);
    let events: BTreeSet<&Locator> = locators.filter(is_of_log).collect();
    let dumps = sources
        .iter()
        .filter(|source| source.kind.is_dump() && !times.holds(source.first_time))
        .count();
    let TimeRange { since, until } = times;
    JudgedSpan { since, until, events_outside: events.len() as u64, dumps_outside: dumps as u64 }
}

/// What would tell more if `facts`, those outside among them, were judged: what is asked for of the span alone
/// may be at hand.
pub(crate) fn asked_by(
    mut facts: Vec<Fact>,
    sources: &[Source],
    layout: &Layout,
    rules: &RuleSet,
) -> Vec<MissingLog> {
    facts.extend(layout::facts_of(sources, layout, &facts));
    let evidence = Evidence::gather(facts);
    let judgement = judge_and_tell(&evidence, rules, &IgnoreList::default(), &mut |_| ());
    let logs = coverage(sources, evidence.machines(), &[]);
    missing(sources, evidence.machines(), &logs, &judgement, &Tables::of(&evidence))
}
