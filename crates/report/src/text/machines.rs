//! The machines: what they are called, what they are, and why.

use std::io::{self, Write};

use hvtriage_diagnosis::{Diagnosis, Locator, Machine, MachineRole};

use super::layout::{more, wrapped};
use super::page::Page;
use crate::words::{locator, printable};

/// More reasons than this of one machine are counted and not listed.
const REASONS_SHOWN: usize = 12;

pub(super) fn machines(diagnosis: &Diagnosis, out: &mut Page<'_>) -> io::Result<()> {
    if diagnosis.machines.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    out.heading("Machines")?;
    for machine in &diagnosis.machines {
        let build = machine.os_build.map_or_else(String::new, |build| format!(", build {build}"));
        writeln!(out, "  {}{}{build}", printable(&machine.name), roles(machine))?;
        if let Some(cluster) = &machine.cluster {
            let name = cluster.name.as_ref().map_or_else(String::new, |name| format!(" {name}"));
            wrapped(out, "    ", &format!("cluster{name}: {}", cluster.nodes.join(", ")))?;
        }
        // A clock that is in step is no news.
        if let Some(clock) = machine.clock.as_ref().filter(|clock| clock.is_applied) {
            let within = clock.within_words();
            let text =
                format!("clock {}, give or take {within}, from {}", clock.words(), clock.basis);
            wrapped(out, "    ", &text)?;
        }
        for reason in machine.reasons.iter().take(REASONS_SHOWN) {
            let words = format!("{} ({})", reason.words, reason.strength.word());
            wrapped(out, "    ", &words)?;
            places(&reason.locators, out)?;
        }
        more(out, "    ", machine.reasons.len(), REASONS_SHOWN)?;
        for doubt in machine.doubts.iter().take(REASONS_SHOWN) {
            wrapped(out, "    in doubt: ", &doubt.words)?;
            places(&doubt.locators, out)?;
        }
        more(out, "    ", machine.doubts.len(), REASONS_SHOWN)?;
    }
    Ok(())
}

/// What a machine is, the most telling word for it.
pub(crate) fn roles(machine: &Machine) -> String {
    let is = |role| machine.roles.iter().any(|seen| seen.role == role);
    let mut words = match machine.role.word() {
        "unknown" => String::new(),
        word => format!(", {word}"),
    };
    if is(MachineRole::NestedHost) {
        words.push_str(" that is itself a guest");
    }
    if is(MachineRole::Node) {
        words.push_str(", cluster node");
    }
    words
}

fn places(locators: &[Locator], out: &mut Page<'_>) -> io::Result<()> {
    locators.iter().try_for_each(|one| writeln!(out, "      {}", locator(one)))
}
