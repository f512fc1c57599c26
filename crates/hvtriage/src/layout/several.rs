//! Settings of several computers: two hosts whose exports of the registry are alike, in folders of a
//! collector that say that each of them has these.

use std::collections::BTreeMap;

use hvtriage_diagnosis::{MachineName, Source, SourceKind};

use super::collectors::Layouts;
use super::names;
use crate::examine::Examined;
use crate::shown_names::rename;

/// Gives each computer its own source where copies of settings that name no computer are laid out as those
/// of several. All other evidence stays one: a machine crashes once, wherever its dump is copied to, a log
/// tells of one machine or names them, and so does a list of virtual machines.
pub(crate) fn each_its_own(examined: Vec<Examined>) -> Vec<Examined> {
    if !examined.iter().any(|one| settings_of_nobody(one).is_some()) {
        return examined;
    }
    let layouts = Layouts::of(examined.iter().filter_map(|one| one.source.as_ref()));
    let names_of = |one: &Examined| {
        settings_of_nobody(one).map_or_else(Vec::new, |it| names_by_computer(&layouts, it))
    };
    let all: Vec<Vec<Vec<String>>> = examined.iter().map(names_of).collect();
    drop(layouts);
    let mut own = Vec::with_capacity(examined.len());
    for (mut one, names) in examined.into_iter().zip(all) {
        if names.len() < 2 {
            own.push(one);
            continue;
        }
        // Its own name stands first among those of the first computer.
        let mut names = names.into_iter();
        let copies = names.next().into_iter().flatten().skip(1).collect();
        if let Some(source) = &mut one.source {
            source.copies = copies;
        }
        let others: Vec<Examined> = names.filter_map(|names| called(&one, names)).collect();
        own.push(one);
        own.extend(others);
    }
    own
}

/// The source, where it has copies and holds settings, and nothing in it names the computer that has them.
fn settings_of_nobody(one: &Examined) -> Option<&Source> {
    let source = one.source.as_ref()?;
    let is_of_source = |machine: &MachineName| matches!(machine, MachineName::Source(name) if **name == *source.name);
    let is_it = source.kind == SourceKind::RegistryExport
        && !source.copies.is_empty()
        && one.facts.iter().all(|told| is_of_source(&told.fact.machine));
    is_it.then_some(source)
}

/// The names of a source, those of one computer together, in the order in which their layouts name it. The
/// first are those among which its own name is; a name that shows no computer is one of them.
fn names_by_computer(layouts: &Layouts<'_>, source: &Source) -> Vec<Vec<String>> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut by_computer: Vec<Vec<String>> = vec![vec![source.name.clone()]];
    let computer_of = |name: &str| layouts.recognize(source, name)?.computer;
    places.extend(computer_of(&source.name).map(|computer| (computer.to_lowercase(), 0)));
    for name in names(source).skip(1) {
        let place = match computer_of(name) {
            None => 0,
            // Where its own name shows no computer, it is the first that another one shows.
            Some(computer) => {
                let next = if places.is_empty() { 0 } else { by_computer.len() };
                *places.entry(computer.to_lowercase()).or_insert(next)
            }
        };
        match by_computer.get_mut(place) {
            Some(names) => names.push(name.to_owned()),
            None => by_computer.push(vec![name.to_owned()]),
        }
    }
    by_computer
}

/// The same settings under the first of `names`, with the others as its copies. Problems are told once.
fn called(one: &Examined, names: Vec<String>) -> Option<Examined> {
    let source = one.source.as_ref()?;
    let mut names = names.into_iter();
    let name = names.next()?;
    let same = Source::new(&source.name, source.kind, source.size);
    let mut other = Examined {
        source: Some(Source { copies: names.collect(), ..same }),
        facts: one.facts.clone(),
        ..Examined::default()
    };
    rename(&mut other, &source.name, &name);
    Some(other)
}

#[cfg(test)]
mod tests {
    use hvtriage_diagnosis::{Fact, FactKind, Locator, Place};
    use hvtriage_winfmt::FileOffset;

    use super::*;
    use crate::identified::IdentifiedFact;

    fn computer(name: &str) -> MachineName {
        MachineName::Computer(name.into())
    }

    /// A source of `kind` with a fact of each of `machines`.
    fn examined(
        (kind, name): (SourceKind, &str),
        copies: &[&str],
        machines: &[MachineName],
    ) -> Examined {
        let fact = |machine: &MachineName| Fact {
            locator: Locator {
                source: name.into(),
                place: Place::Line { number: 1, offset: FileOffset(0) },
            },
            time: None,
            machine: machine.clone(),
            os_build: None,
            kind: FactKind::OsVersion { build: 7601 },
        };
        let copies = copies.iter().map(|copy| (*copy).to_owned()).collect();
        let facts = machines.iter().map(|it| IdentifiedFact::from(fact(it)));
        Examined {
            source: Some(Source { copies, ..Source::new(name, kind, 1) }),
            facts: facts.collect(),
            ..Examined::default()
        }
    }

    fn settings(name: &str, copies: &[&str]) -> Examined {
        let of_it = MachineName::Source(name.into());
        examined((SourceKind::RegistryExport, name), copies, &[of_it.clone(), of_it])
    }

    /// Name and copies of each source; its facts are of itself.
    fn told(examined: Vec<Examined>) -> Vec<(String, Vec<String>)> {
        let told = each_its_own(examined).into_iter().map(|one| {
            let source = one.source.unwrap();
            assert_eq!(one.facts.len(), 2);
            for fact in one.facts.iter().map(|one| &one.fact) {
                assert_eq!(*fact.locator.source, *source.name);
                assert_eq!(fact.machine, MachineName::Source(source.name.as_str().into()));
            }
            (source.name, source.copies)
        });
        told.collect()
    }

    fn one(name: &str, copies: &[&str]) -> (String, Vec<String>) {
        (name.to_owned(), copies.iter().map(|copy| (*copy).to_owned()).collect())
    }

    const FIRST: &str = "HealthTest/Node_HV1/rss.reg";
    const SECOND: &str = "HealthTest/Node_HV2/rss.reg";
    const THIRD: &str = "HealthTest/Node_HV3/rss.reg";
    const AGAIN: &str = "HealthTest2/Node_hv2/rss.reg";
    const COPY: &str = "unpacked/rss.reg";

    #[test]
    fn nodes_with_equal_settings_are_several() {
        assert_eq!(
            told(vec![settings(FIRST, &[SECOND, THIRD, AGAIN, COPY]), settings("z.reg", &[])]),
            [one(FIRST, &[COPY]), one(SECOND, &[AGAIN]), one(THIRD, &[]), one("z.reg", &[])],
        );
        // Its own name shows no computer: that is the first that another one shows.
        assert_eq!(
            told(vec![settings(COPY, &[FIRST, SECOND])]),
            [one(COPY, &[FIRST]), one(SECOND, &[])]
        );
    }

    #[test]
    fn copies_of_one_node_or_of_nobody_are_copies() {
        for (name, copies) in [(SECOND, [AGAIN, COPY]), (COPY, [SECOND, AGAIN])] {
            assert_eq!(told(vec![settings(name, &copies)]), [one(name, &copies)]);
        }
    }

    #[test]
    fn other_evidence_stays_one() {
        let of_it = MachineName::Source(FIRST.into());
        for (kind, machines) in [
            (SourceKind::RegistryExport, vec![computer("HV1")]),
            (SourceKind::RegistryExport, vec![of_it.clone(), computer("HV1")]),
            (SourceKind::KernelDump, vec![of_it.clone()]),
            (SourceKind::ClusterLog, vec![of_it.clone()]),
            (SourceKind::VmInventory, vec![of_it]),
        ] {
            let own = each_its_own(vec![examined((kind, FIRST), &[SECOND], &machines)]);
            assert_eq!(own.len(), 1, "{kind:?}");
        }
    }

    /// As many nodes as an archive has members took the square of the time.
    #[test]
    fn thousands_of_nodes_take_no_longer_than_their_number() {
        let names: Vec<String> =
            (0..50_000).map(|node| format!("HealthTest/Node_H{node}/a.reg")).collect();
        let copies: Vec<&str> = names.iter().skip(1).map(String::as_str).collect();
        let started = std::time::Instant::now();
        assert_eq!(each_its_own(vec![settings(&names[0], &copies)]).len(), names.len());
        let took = started.elapsed();
        assert!(took < std::time::Duration::from_secs(15), "{took:?}");
    }
}
