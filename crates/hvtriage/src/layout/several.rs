//! A content that is evidence of several computers: two hosts export the same settings, and the folders of
//! a collector say that each of them did.

use hvtriage_diagnosis::{FactKind, MachineName, Source};

use super::collectors::Layouts;
use super::names;
use crate::examine::Examined;
use crate::identified::IdentifiedFact;
use crate::shown_names::rename;

/// A computer, and the names of one source that belong to it.
type Share = (String, Vec<String>);

/// Gives each computer its own source where copies of a content that names no computer are laid out as
/// those of several. A dump stays one: a machine crashes once, wherever its dump is copied to. So does an
/// event, which a log tells apart by itself.
pub(crate) fn each_its_own(examined: Vec<Examined>) -> Vec<Examined> {
    let sources = || examined.iter().filter_map(|one| one.source.as_ref());
    if sources().all(|source| source.copies.is_empty()) {
        return examined;
    }
    let layouts = Layouts::of(sources());
    let shares_of = |one: &Examined| match &one.source {
        Some(source) if names_no_computer(one, source) => shares(&layouts, source),
        _ => Vec::new(),
    };
    let all: Vec<Vec<Share>> = examined.iter().map(shares_of).collect();
    drop(layouts);
    let mut own = Vec::with_capacity(examined.len());
    for (one, shares) in examined.into_iter().zip(all) {
        let mut shares = shares.into_iter();
        let first = shares.next();
        let others: Vec<Examined> =
            shares.filter_map(|(_, names)| as_told_by(&one, names)).collect();
        own.push(match first {
            Some((_, names)) if !others.is_empty() => keeping(one, &names),
            _ => one,
        });
        own.extend(others);
    }
    own
}

/// Whether what a source with copies tells is of a machine that nothing in it names.
fn names_no_computer(one: &Examined, source: &Source) -> bool {
    let is_own = |machine: &MachineName| matches!(machine, MachineName::Source(name) if **name == *source.name);
    let is_settled = |told: &IdentifiedFact| {
        told.event.is_some() || matches!(told.fact.kind, FactKind::Crash { .. })
    };
    !source.copies.is_empty()
        && one.crash.is_none()
        && one.facts.iter().any(|told| is_own(&told.fact.machine))
        && !one.facts.iter().any(is_settled)
}

/// The names of a source by the computer that their layouts show, in the order of the names; those that
/// show none go with the first.
fn shares(layouts: &Layouts<'_>, source: &Source) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    let mut of_nobody = Vec::new();
    for name in names(source) {
        let recognized = layouts.recognize(source, name);
        let Some(computer) = recognized.and_then(|it| it.computer) else {
            of_nobody.push(name.to_owned());
            continue;
        };
        let known = shares.iter_mut().find(|(of, _)| of.eq_ignore_ascii_case(&computer));
        match known {
            Some((_, names)) => names.push(name.to_owned()),
            None => shares.push((computer, vec![name.to_owned()])),
        }
    }
    if let Some((_, names)) = shares.first_mut() {
        names.extend(of_nobody);
    }
    shares
}

/// `one` with those of its copies alone that are in `names`. The first share holds its own name, too.
fn keeping(mut one: Examined, names: &[String]) -> Examined {
    if let Some(source) = &mut one.source {
        source.copies.retain(|copy| names.contains(copy));
    }
    one
}

/// What the same content tells where it is called as the first of `names`. Its problems are told once.
fn as_told_by(one: &Examined, mut names: Vec<String>) -> Option<Examined> {
    let source = one.source.as_ref()?;
    let own = names.drain(..1.min(names.len())).next()?;
    let mut other = Examined {
        source: Some(Source { copies: names, ..source.clone() }),
        facts: one.facts.clone(),
        clock_doubt: one.clock_doubt,
        ..Examined::default()
    };
    rename(&mut other, &source.name, &own);
    Some(other)
}

#[cfg(test)]
mod tests {
    use hvtriage_diagnosis::{Fact, Locator, Place, SourceKind};
    use hvtriage_winfmt::FileOffset;

    use super::*;

    fn examined(name: &str, copies: &[&str], machine: MachineName) -> Examined {
        let fact = Fact {
            locator: Locator {
                source: name.into(),
                place: Place::Line { number: 1, offset: FileOffset(0) },
            },
            time: None,
            machine,
            os_build: None,
            kind: FactKind::OsVersion { build: 7601 },
        };
        let copies = copies.iter().map(|copy| (*copy).to_owned()).collect();
        Examined {
            source: Some(Source { copies, ..Source::new(name, SourceKind::RegistryExport, 1) }),
            facts: vec![IdentifiedFact { fact, event: None }],
            ..Examined::default()
        }
    }

    /// Name, copies, and the source whose machine the facts are of.
    fn told(examined: Vec<Examined>) -> Vec<(String, Vec<String>, String)> {
        let told = each_its_own(examined).into_iter().map(|one| {
            let source = one.source.unwrap();
            let fact = &one.facts[0].fact;
            assert_eq!(*fact.locator.source, *source.name);
            let (MachineName::Source(machine) | MachineName::Computer(machine)) = &fact.machine;
            (source.name, source.copies, machine.to_string())
        });
        told.collect()
    }

    fn of_itself(name: &str, copies: &[&str]) -> Examined {
        examined(name, copies, MachineName::Source(name.into()))
    }

    fn one(name: &str, copies: &[&str], machine: &str) -> (String, Vec<String>, String) {
        let copies = copies.iter().map(|copy| (*copy).to_owned()).collect();
        (name.to_owned(), copies, machine.to_owned())
    }

    #[test]
    fn two_nodes_with_equal_settings_are_two() {
        let (first, second) = ("HealthTest/Node_HV1/rss.reg", "HealthTest/Node_HV2/rss.reg");
        let copy = "unpacked/rss.reg";
        assert_eq!(
            told(vec![of_itself(first, &[second, copy]), of_itself("z.reg", &[])]),
            [one(first, &[copy], first), one(second, &[], second), one("z.reg", &[], "z.reg")],
        );
    }

    #[test]
    fn a_copy_of_the_same_node_or_of_nobody_tells_nothing_more() {
        let (node, again) = ("HealthTest/Node_HV1/rss.reg", "HealthTest2/Node_hv1/rss.reg");
        for copies in [&[again][..], &["a/rss.reg"], &["b/rss.reg", again]] {
            assert_eq!(told(vec![of_itself(node, copies)]), [one(node, copies, node)]);
        }
    }

    #[test]
    fn what_names_its_computer_is_of_that_one() {
        let (first, second) = ("HealthTest/Node_HV1/rss.reg", "HealthTest/Node_HV2/rss.reg");
        let known = examined(first, &[second], MachineName::Computer("HV1".into()));
        assert_eq!(told(vec![known]), [one(first, &[second], "HV1")]);
    }
}
