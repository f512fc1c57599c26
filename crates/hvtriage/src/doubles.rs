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
    let is_best = |index: usize, fact: &Fact| {
        identity(fact).is_none_or(|identity| best.get(&identity) == Some(&index))
    };
    let others = facts.iter().enumerate().filter(|(index, one)| !is_best(*index, &one.fact));
    let copies: HashSet<Arc<str>> =
        others.map(|(_, one)| one.fact.locator.source.clone()).collect();
    let mut seen = Seen::default();
    let kept = facts.into_iter().filter_map(|one| {
        // Nothing else that a copy says is told anew.
        let is_of_copy = one.event.is_none() && copies.contains(&one.fact.locator.source);
        let is_first = one.event.is_none_or(|event| seen.is_new(event));
        (!is_of_copy && is_first).then_some(one.fact)
    });
    // The standard library collects them in the place where they were: there may be millions.
    let mut kept: Vec<Fact> = kept.collect();
    kept.shrink_to_fit();
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
    use hvtriage_diagnosis::{LoadedModule, Locator, MachineName, Place, Role, StopAbout};
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
            kind: FactKind::Crash {
                bugcheck,
                blamed: None,
                role: Role::Unknown,
                modules,
                about: StopAbout::default(),
            },
        };
        fact.into()
    }

    /// Else each copy would stand as a machine of its own.
    #[test]
    fn what_the_firmware_of_a_copy_says_is_not_kept() {
        let firmware = |source: &str| {
            let kind = FactKind::Firmware {
                vm: None,
                id: None,
                serial: Some("1234".into()),
                is_hyper_v_guest: true,
            };
            let dump = dump(source, 7, 0);
            Fact { kind, ..dump.fact }.into()
        };
        let facts = vec![dump("a", 7, 1), firmware("a"), dump("b", 7, 9), firmware("b")];
        let kept = without_doubles(facts);
        assert_eq!(kept.len(), 2);
        assert!(kept.iter().all(|fact| &*fact.locator.source == "b"));
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
