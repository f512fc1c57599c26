//! What an event tells by its id alone, for who asks which rules look at it.

use super::provider::Provider;

/// What an event tells, in the words of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldByEvent {
    /// The kind of fact, `guest_crash`.
    pub kind: &'static str,
    /// What its field `state`, or `phase`, can be; empty where the id does not decide it.
    pub states: &'static [&'static str],
}

/// What an event of `provider`, by its full name, tells by its id: nothing where only the event itself is
/// understood, and several where its values decide.
///
/// ```
/// use hvtriage::told_by_event;
///
/// let told = told_by_event("Microsoft-Windows-Hyper-V-Worker", 18590);
/// assert_eq!(told.first().map(|told| told.kind), Some("guest_crash"));
/// ```
#[must_use]
pub fn told_by_event(provider: &str, id: u32) -> Vec<ToldByEvent> {
    let Some(provider) = Provider::called(provider, id) else { return Vec::new() };
    let other = match (provider, id) {
        // An error in words alone that speaks of a migration.
        (Provider::HighAvailability, 21502) => Some(("live_migration", ["failed"].as_slice())),
        _ => None,
    };
    let all = std::iter::once(told(provider, id)).chain(other);
    all.map(|(kind, states)| ToldByEvent { kind, states }).collect()
}

type Told = (&'static str, &'static [&'static str]);

fn told(provider: Provider, id: u32) -> Told {
    match provider {
        Provider::Integration(_)
        | Provider::SingleIntegration
        | Provider::VmbusVdev
        | Provider::StorageVsp => ("integration", integration(id)),
        Provider::Worker => match id {
            23012 | 23014 | 23020 => ("integration", integration(id)),
            18590 => ("guest_crash", &[]),
            18539 | 18540 | 18550 | 18560 => ("guest_triple_fault", &[]),
            18530 => ("live_migration", &["finished_at_destination"]),
            _ => vm_state(id).map_or(("vm_file_error", &[]), |state| ("vm_state", state)),
        },
        Provider::Vmms => match (migration(id), id) {
            (Some(phase), _) => ("live_migration", phase),
            (None, 16300 | 16310 | 16400 | 16410 | 19100 | 20100) => ("vm_file_error", &[]),
            (None, _) => ("hyper_v_host", &[]),
        },
        Provider::HighAvailability => match id {
            22501..=22504 => ("live_migration", &["step"]),
            21111 | 22505 | 22506 => ("live_migration", &["failed"]),
            21102 | 21502 => ("vm_file_error", &[]),
            _ => ("hyper_v_host", &[]),
        },
        Provider::Config if id == 4098 => ("hyper_v_host", &[]),
        Provider::Config | Provider::SynthStor => ("vm_file_error", &[]),
        Provider::VmSwitch => match id {
            26 | 27 | 102 => ("integration", integration(id)),
            277 => ("os_version", &[]),
            _ => ("offload", &[]),
        },
        Provider::Ndis => ("rss_capability_failure", &[]),
        Provider::FailoverClustering if id == 1135 => ("node_lost", &[]),
        Provider::FailoverClustering => ("csv_state", volume(id)),
        Provider::FilterManager if id == 1 => ("filter_unloaded", &[]),
        Provider::FilterManager => ("filter_loaded", &[]),
        Provider::Vhdmp => ("vm_files", &[]),
        Provider::StoragePort => ("storage_reset", &[]),
        Provider::ErrorReporting if id == 1001 => ("bugcheck_reported", &[]),
        Provider::ErrorReporting => ("dump_not_saved", &[]),
        Provider::KernelPower => ("unclean_restart", &[]),
        Provider::EventLog => match id {
            6008 => ("unexpected_shutdown", &[]),
            6009 => ("os_version", &[]),
            _ => ("computer_renamed", &[]),
        },
        Provider::KernelGeneral => ("os_version", &[]),
        Provider::WindowsUpdate | Provider::Servicing => ("update_installed", &[]),
    }
}

fn integration(id: u32) -> &'static [&'static str] {
    match id {
        4000 | 23012 | 26 => &["incompatible"],
        4010 | 23014 | 27 => &["differs", "older"],
        4020 | 23020 | 102 => &["newest"],
        _ => &[],
    }
}

fn vm_state(id: u32) -> Option<&'static [&'static str]> {
    Some(match id {
        18500 => &["started"],
        18596 => &["restored"],
        18502 => &["turned_off"],
        18504 | 18508 => &["shut_down"],
        18512 => &["reset_by_host"],
        18514 => &["reset_by_guest"],
        _ => return None,
    })
}

/// VMMS.
fn migration(id: u32) -> Option<&'static [&'static str]> {
    Some(match id {
        20413 => &["started"],
        20415 | 20417 => &["finished_at_source"],
        20418 => &["finished_at_destination"],
        20414 => &["offline_started"],
        20416 | 20419 => &["offline_finished"],
        21024 | 21026 => &["failed"],
        _ => return None,
    })
}

fn volume(id: u32) -> &'static [&'static str] {
    match id {
        5120 => &["paused"],
        5121 => &["redirected"],
        5122 | 5137 => &["normal"],
        5124 | 5125 => &["redirected_by_filters"],
        5126 => &["redirected_by_volume_drivers"],
        5136 => &["redirected_by_request"],
        5142 => &["unreachable"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};
    use std::sync::Mutex;

    use hvtriage_diagnosis::{Evidence, Fact, FactKind, Locator, MachineName, Place};
    use hvtriage_winfmt::FileOffset;

    use super::*;
    use crate::interpret::interpret;
    use crate::interpret::provider::Providers;
    use crate::interpret::tests::{VM_ID, classic, fact_of};
    use crate::{EventFilter, EventQuery, FoundEvent, Progress, read_events};

    /// Kind and state of what an event is understood as, in the words of rules.
    fn understood(kind: FactKind) -> Option<(String, Option<String>)> {
        let fact = Fact {
            kind,
            time: None,
            machine: MachineName::Computer("HV01".into()),
            os_build: None,
            locator: Locator {
                source: "log".into(),
                place: Place::Line { number: 1, offset: FileOffset(0) },
            },
        };
        let evidence = Evidence::gather(vec![fact]);
        let told = evidence.told_facts().next()?;
        let mut fields = told.fields.into_iter();
        let state = fields.find(|(name, _)| name == "state" || name == "phase");
        Some((told.kind.to_owned(), state.map(|(_, state)| state)))
    }

    /// The samples were written by hand, and the corpus is of real machines.
    #[test]
    fn an_event_tells_what_it_is_understood_as() {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples");
        let corpus = std::env::var_os("HVTRIAGE_CORPUS").map(PathBuf::from);
        let corpus = corpus.map(|corpus| corpus.join("event_xml")).filter(|it| it.is_dir());
        let paths: Vec<PathBuf> = std::iter::once(samples).chain(corpus).collect();
        let seen = Mutex::new(BTreeSet::new());
        let look = |found: &FoundEvent<'_>, _: &mut Vec<u8>| {
            let (name, id) = (found.event.provider.name.clone(), found.event.id);
            if let Some((kind, state)) = interpret(found.event).and_then(understood) {
                seen.lock().unwrap().insert((name, id, kind, state));
            }
        };
        let query = EventQuery::new(EventFilter::default());
        read_events(&paths, &query, &Progress::default(), look, |_| Ok(())).unwrap();
        let seen = seen.into_inner().unwrap();
        assert!(seen.len() > 30, "{seen:?}");
        for (name, id, kind, state) in seen {
            assert_told(&name, id, &kind, state.as_deref());
        }
    }

    fn assert_told(name: &str, id: u32, kind: &str, state: Option<&str>) {
        let told = told_by_event(name, id);
        let is_it = |told: &ToldByEvent| {
            let states = told.states;
            let has_state = state.is_none_or(|it| states.is_empty() || states.contains(&it));
            told.kind == kind && has_state
        };
        assert!(told.iter().any(is_it), "{name} {id}: {kind} {state:?}, not {told:?}");
    }

    /// Values of the layouts that the interpreters read, each by position, without names.
    const LAYOUTS: &[&[&str]] = &[
        &["SQL01", VM_ID, "6.1.7600.16385", "6.1.7601.17514", "3.0"],
        &["SQL01", VM_ID, "C:\\ClusterStorage\\Volume1\\a.vhd", "%%2147942432", "0x80070020"],
        &[VM_ID, "Virtual Machine SQL01", "the migration did not succeed"],
        &["Volume1", "Cluster Disk 1", "0xC000009D"],
        &["Volume1", "mfehidk.sys", "Cluster Disk 1"],
        &["5", "SQL01", "36", VM_ID, "5.0", "3.2", "SQL01", VM_ID],
        &["0", "6", "1", "8", "mfehidk", "2011-01-01"],
        &["6.01.", "7601", "Service Pack 1", "Multiprocessor Free", "0"],
        &["C:\\ClusterStorage\\Volume1\\a.vhd", VM_ID],
        &["0", "C:\\ClusterStorage\\Volume1\\a.vhd", VM_ID],
        &["0x000000d1 (0x28, 0x2, 0x0, 0xfffff880016332b8)", "C:\\Windows\\MEMORY.DMP", "1"],
        &["KB2636573", "5112"],
        &["0x80070020", "Update (KB2636573)"],
    ];
    /// Those that are read by name alone.
    const NAMED: &str = "<EventData><Data Name='BuildVersion'>7601</Data>\
                         <Data Name='BuildNumber'>9600</Data></EventData>";

    /// What an interpreter learns is told here, too: each event of their table in every layout.
    #[test]
    fn no_interpreter_knows_more_than_is_told() {
        let understood_events = Providers::understood();
        let mut missed = Vec::new();
        for (name, id) in understood_events.events() {
            let named = fact_of(name, id, "System", "S-1-5-18", NAMED);
            let facts = LAYOUTS.iter().filter_map(|values| classic(name, id, values)).chain(named);
            let facts: Vec<(String, Option<String>)> = facts.filter_map(understood).collect();
            for (kind, state) in &facts {
                assert_told(name, id, kind, state.as_deref());
            }
            if facts.is_empty() {
                missed.push((name, id));
            }
        }
        assert_eq!(missed, []);
    }
}
