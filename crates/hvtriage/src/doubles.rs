//! What is told twice counts once.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use hvtriage_diagnosis::{Bugcheck, Fact, FactKind};
use hvtriage_winfmt::FileTime;

use crate::identified::{EventIdentity, IdentifiedFact, LogIdentity, PlaceInLog};

/// A customer often sends a log twice, as `.evtx` and as XML or from two collections that overlap:
/// an event counts once, and is cited from the first source in order. A crash leaves a complete dump,
/// copies of it, and a minidump: it counts once, and is cited from the dump that tells most.
pub(crate) fn without_doubles(facts: Vec<IdentifiedFact>) -> Vec<Fact> {
    let mut best: BTreeMap<CrashIdentity, usize> = BTreeMap::new();
    for (index, one) in facts.iter().enumerate() {
        if let Some(identity) = identity(&one.fact) {
            let told = |index: usize| facts.get(index).map(|one| Reverse(detail(&one.fact)));
            let known = best.entry(identity).or_insert(index);
            if told(index) < told(*known) {
                *known = index;
            }
        }
    }
    let mut seen = Seen::default();
    let mut index = 0_usize;
    let mut kept = Vec::with_capacity(facts.len());
    for one in facts {
        let is_best = identity(&one.fact).is_none_or(|it| best.get(&it) == Some(&index));
        let is_first = one.event.is_none_or(|event| seen.is_new(event));
        if is_best && is_first {
            kept.push(one.fact);
        }
        index = index.saturating_add(1);
    }
    kept
}

/// The events that were there, log by log.
#[derive(Default)]
struct Seen {
    numbers: BTreeMap<Arc<LogIdentity>, usize>,
    logs: Vec<HashSet<PlaceInLog>>,
    /// The log of the last event and its number: that of the next one is mostly the same.
    last: Option<(Arc<LogIdentity>, usize)>,
}

impl Seen {
    fn is_new(&mut self, event: EventIdentity) -> bool {
        let number = match &self.last {
            Some((log, number)) if Arc::ptr_eq(log, &event.log) => *number,
            _ => {
                let next = self.logs.len();
                let number = *self.numbers.entry(Arc::clone(&event.log)).or_insert(next);
                if number == next {
                    self.logs.push(HashSet::new());
                }
                self.last = Some((event.log, number));
                number
            }
        };
        self.logs.get_mut(number).is_none_or(|seen| seen.insert(event.place))
    }
}

/// What every dump of a crash says of it: STOP code, parameters and time.
type CrashIdentity = (Bugcheck, FileTime);

fn identity(fact: &Fact) -> Option<CrashIdentity> {
    match &fact.kind {
        FactKind::Crash { bugcheck, .. } => Some((*bugcheck, fact.time?)),
        _ => None,
    }
}

/// How much a dump tells: whom to blame, then how many drivers.
fn detail(fact: &Fact) -> (bool, usize) {
    match &fact.kind {
        FactKind::Crash { blamed, modules, .. } => (blamed.is_some(), modules.len()),
        _ => (false, 0),
    }
}

#[cfg(test)]
mod tests {
    use hvtriage_diagnosis::{LoadedModule, Locator, MachineName, Place, Role};
    use hvtriage_winfmt::FileOffset;

    use super::*;

    fn dump(source: &str, time: u64, modules: usize) -> IdentifiedFact {
        let bugcheck = Bugcheck { code: 0xD1, parameters: [0x28, 2, 0, 0xffff_f880_0163_32b8] };
        let name = |number| format!("{number}.sys");
        let module = |number| LoadedModule {
            name: name(number),
            base: 0,
            size: 0,
            timestamp: None,
            version: None,
        };
        let modules = (0..modules).map(module).collect();
        let place = Place::Field { name: "BugCheckCode", offset: FileOffset(0x38) };
        let fact = Fact {
            locator: Locator { source: source.into(), place },
            time: Some(FileTime(time)),
            machine: MachineName::Source(source.into()),
            os_build: None,
            kind: FactKind::Crash { bugcheck, blamed: None, role: Role::Unknown, modules },
        };
        IdentifiedFact { fact, event: None }
    }

    #[test]
    fn a_crash_with_three_dumps_is_one() {
        let facts =
            vec![dump("mini.dmp", 7, 10), dump("MEMORY.DMP", 7, 99), dump("copy.dmp", 7, 99)];
        let kept = without_doubles(facts);
        assert_eq!(kept.len(), 1);
        assert_eq!(&*kept[0].locator.source, "MEMORY.DMP");
        assert_eq!(without_doubles(vec![dump("a", 7, 1), dump("b", 8, 1)]).len(), 2);
    }
}
