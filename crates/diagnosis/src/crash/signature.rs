//! What crashes of one cause have in common.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Crash, Crashed};
use crate::evidence::Evidence;
use crate::fact::FactKind;

/// The STOP code, and where a dump shows it the driver and the place in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Signature {
    pub(crate) code: u32,
    /// Base name of the driver.
    pub(crate) module: Option<String>,
    /// Offset in it, in bytes.
    offset: Option<u64>,
}

/// Crashes that are like one of them, that one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Alike {
    pub(crate) crashes: u64,
    /// How many machines they are known to be of.
    pub(crate) machines: u64,
    /// Crashes that only dumps tell which name no machine: these may be of one or of many.
    pub(crate) of_unnamed: u64,
    /// Whether they stopped at one place of the driver.
    pub(crate) is_same_place: bool,
}

/// How many crashes of which machines have a signature.
#[derive(Clone, Debug, Default)]
struct Count {
    crashes: u64,
    machines: BTreeSet<Crashed>,
    of_unnamed: u64,
}

/// Signatures that were met, with and without the place in the driver.
#[derive(Clone, Debug, Default)]
pub(super) struct Patterns {
    of_place: BTreeMap<Signature, Count>,
    of_driver: BTreeMap<Signature, Count>,
    /// Without a driver a code tells little, unless one machine stops with it again and again.
    of_machine: BTreeMap<(Crashed, u32), Count>,
}

impl Signature {
    /// That of the crash which `facts` tell.
    pub(super) fn of(evidence: &Evidence, facts: &[usize]) -> Option<Self> {
        let facts = || facts.iter().filter_map(|index| evidence.fact(*index));
        let bugcheck = facts().find_map(|fact| fact.kind.bugcheck())?;
        let blamed = facts().find_map(|fact| match &fact.kind {
            FactKind::Crash { blamed, .. } => blamed.as_ref(),
            _ => None,
        });
        (bugcheck.code != 0).then(|| Self {
            code: bugcheck.code,
            module: blamed.map(|blamed| blamed.module.clone()),
            offset: blamed.map(|blamed| blamed.offset),
        })
    }

    /// `STOP 0xD1 in storvsc.sys`.
    pub(crate) fn without_place(&self) -> String {
        Self { offset: None, ..self.clone() }.to_string()
    }
}

/// `STOP 0xD1 in storvsc.sys+0x22b8`.
impl fmt::Display for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "STOP {:#X}", self.code)?;
        if let Some(module) = &self.module {
            write!(formatter, " in {module}")?;
        }
        self.offset.map_or(Ok(()), |offset| write!(formatter, "+{offset:#x}"))
    }
}

impl Patterns {
    pub(super) fn of(evidence: &Evidence, crashes: &[Crash]) -> Self {
        let mut patterns = Self::default();
        for crash in crashes {
            let Some(signature) = &crash.signature else { continue };
            let named = match crash.crashed {
                Crashed::Machine(machine) if evidence.is_nameless(machine) => None,
                crashed => Some(crashed),
            };
            let of_machine = (crash.crashed, signature.code);
            patterns.of_machine.entry(of_machine).or_default().add(named);
            if signature.module.is_some() {
                patterns.of_place.entry(signature.clone()).or_default().add(named);
                let driver = Signature { offset: None, ..signature.clone() };
                patterns.of_driver.entry(driver).or_default().add(named);
            }
        }
        patterns
    }

    /// How many crashes are like this one, if there are others: at the same place of a driver, or in
    /// that driver on several machines, or with the same code on the same machine.
    pub(super) fn alike(&self, crash: &Crash) -> Option<Alike> {
        let signature = crash.signature.as_ref()?;
        let driver = Signature { offset: None, ..signature.clone() };
        let of_place = self.of_place.get(signature).filter(|count| count.crashes > 1);
        let of_driver = self.of_driver.get(&driver).filter(|count| count.machines.len() > 1);
        let of_machine = self.of_machine.get(&(crash.crashed, signature.code));
        let of_machine = of_machine.filter(|count| count.crashes > 1 && signature.module.is_none());
        let is_same_place = of_place.is_some();
        let count = of_place.or(of_driver).or(of_machine)?;
        let (crashes, machines) = (count.crashes, count.machines.len() as u64);
        Some(Alike { crashes, machines, of_unnamed: count.of_unnamed, is_same_place })
    }
}

impl Count {
    fn add(&mut self, named: Option<Crashed>) {
        self.crashes = self.crashes.saturating_add(1);
        match named {
            Some(crashed) => {
                self.machines.insert(crashed);
            }
            None => self.of_unnamed = self.of_unnamed.saturating_add(1),
        }
    }
}
