//! By whose clock a report tells times, where clocks are known to differ.

use std::collections::BTreeSet;

use hvtriage_diagnosis::{ClockOffset, Diagnosis};

/// More clocks than this are counted and not listed.
const CLOCKS_SHOWN: usize = 4;

/// A sentence, where the clock of a machine was set right to put in order what several tell.
pub(crate) fn sentence(diagnosis: &Diagnosis) -> Option<String> {
    let clocks = set_right(diagnosis);
    let references: BTreeSet<&str> = clocks.iter().map(|(_, it)| it.reference.as_str()).collect();
    let reference = match *references.first()? {
        _ if references.len() > 1 => "the clock of one of them",
        only => &format!("the clock of {only}"),
    };
    let listed =
        clocks.iter().take(CLOCKS_SHOWN).map(|(name, clock)| format!("{name} {}", clock.words()));
    let listed = listed.collect::<Vec<_>>().join(", ");
    let more = match clocks.len().saturating_sub(CLOCKS_SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "Times are as each machine logged them; only what several machines tell together, such as an \
         incident, is ordered and dated by {reference}, since clocks differ: {listed}{more}."
    ))
}

/// The same for few lines: the clock that differs most.
pub(crate) fn in_short(diagnosis: &Diagnosis) -> Option<String> {
    let clocks = set_right(diagnosis);
    let (name, most) = clocks.iter().max_by_key(|(_, clock)| clock.ahead_ticks.unsigned_abs())?;
    let others = match clocks.len().saturating_sub(1) {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    Some(format!("Clocks differ ({name} {}{others}): see --details.", most.words()))
}

/// The machines whose clocks were set right.
fn set_right(diagnosis: &Diagnosis) -> Vec<(&str, &ClockOffset)> {
    let machines = diagnosis.machines.iter();
    machines
        .filter_map(|machine| Some((machine.name.as_str(), machine.clock.as_ref()?)))
        .filter(|(_, clock)| clock.is_applied)
        .collect()
}
