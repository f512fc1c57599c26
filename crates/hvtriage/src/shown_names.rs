//! A name for each source.
//!
//! Names are what facts, findings and problems cite, and what a machine is called of which only a dump
//! is known. An archive may hold two members of one name (`tar -r` leaves the old one), names that differ
//! in `/` and `\\` alone, and a folder files whose names differ in letters that cannot be shown.

use std::collections::HashSet;
use std::sync::Arc;

use hvtriage_diagnosis::MachineName;

use crate::examine::Examined;

/// Gives a source whose name another one before it has a number: `MEMORY.DMP (2)`.
pub(crate) fn give_each_its_own(examined: &mut [Examined]) {
    let mut given: HashSet<String> = HashSet::new();
    let names = examined.iter().filter_map(|one| Some(one.source.as_ref()?.name.clone()));
    let all: HashSet<String> = names.collect();
    for one in examined {
        let Some(name) = one.source.as_ref().map(|source| source.name.clone()) else { continue };
        if given.contains(&name) {
            let mut numbered = (2_u64..).map(|number| format!("{name} ({number})"));
            let own = numbered.find(|own| !given.contains(own) && !all.contains(own));
            if let Some(own) = own {
                rename(one, &name, &own);
                given.insert(own);
            }
        } else {
            given.insert(name);
        }
    }
}

/// Calls a source by another name wherever what it told cites it.
pub(crate) fn rename(one: &mut Examined, from: &str, to: &str) {
    let shared: Arc<str> = to.into();
    if let Some(source) = &mut one.source {
        to.clone_into(&mut source.name);
    }
    if let Some(crash) = &mut one.crash {
        to.clone_into(&mut crash.source);
    }
    for problem in one.problems.iter_mut().filter(|problem| problem.source == from) {
        to.clone_into(&mut problem.source);
    }
    for fact in one.facts.iter_mut().map(|one| &mut one.fact) {
        if *fact.locator.source == *from {
            fact.locator.source = Arc::clone(&shared);
        }
        if matches!(&fact.machine, MachineName::Source(name) if **name == *from) {
            fact.machine = MachineName::Source(Arc::clone(&shared));
        }
    }
}

#[cfg(test)]
mod tests {
    use hvtriage_diagnosis::{Source, SourceKind};

    use super::*;

    #[test]
    fn the_second_of_a_name_has_a_number() {
        let named = |name: &str| Examined {
            source: Some(Source::new(name, SourceKind::KernelDump, 0)),
            ..Examined::default()
        };
        let mut examined = ["a", "b", "a", "a (2)", "a"].map(named);
        give_each_its_own(&mut examined);
        let names = examined.map(|one| one.source.map(|source| source.name).unwrap_or_default());
        assert_eq!(names, ["a", "b", "a (3)", "a (2)", "a (4)"]);
    }
}
