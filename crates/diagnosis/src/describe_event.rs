//! What a logged event says, in short words: by its meaning where the dictionary has it.

use crate::code_name::{with_name, with_named_code};
use crate::dictionary::{
    EventDictionary, EventMeaning, EventRow, ValueKind, hresult, status, values,
};
use crate::evidence::Evidence;
use crate::fact::{FactKind, Vm};
use crate::logged_event::{CLUSTER_TRACE, LoggedEvent};

/// Characters of values that a line of a report has room for.
const MAX_VALUES: usize = 120;

/// `SQL01 was paused, since the host's disk is full: E:\VMs (Hyper-V-VMMS event 16060)`. The build is
/// that of the machine which wrote it.
pub(crate) fn describe_event(event: &LoggedEvent, build: Option<u32>) -> String {
    match event_meaning(event, build) {
        Some(said) => format!("{said} ({})", name(event)),
        None => plain(event),
    }
}

/// What an event says, in words, where the dictionary has it: `SQL01 was paused, since the host's disk is
/// full: E:\VMs`. The build is that of the machine which wrote it, where that is known.
#[must_use]
pub fn event_meaning(event: &LoggedEvent, build: Option<u32>) -> Option<String> {
    let meaning = EventDictionary::get().meaning(event, build);
    let rows = meaning.rows();
    if rows.is_empty() {
        return None;
    }
    let said: Vec<String> = rows.iter().map(|row| sentence(row, event, &meaning)).collect();
    let mut said = said.join(", or ");
    if let EventMeaning::Known(row) = meaning {
        let details = cut(&details(row, event).join(", "));
        if !details.is_empty() {
            said = format!("{said}: {details}");
        }
    }
    Some(said)
}

/// `FailoverClustering event 1177`, and whether it is the trace of the cluster service that shows it.
fn name(event: &LoggedEvent) -> String {
    let name = format!("{} event {}", event.short_provider(), event.id);
    if *event.channel == *CLUSTER_TRACE {
        format!("{name}, by the trace of the service")
    } else {
        name
    }
}

/// Whether an event that a machine wrote belongs into the timeline of a crash of that machine, or of
/// one of `vms`, which are its virtual machines: it is worth a line, and where it names a virtual
/// machine it is one of these. True of all facts that are no events.
pub(crate) fn is_worth_a_line(evidence: &Evidence, index: usize, vms: &[usize]) -> bool {
    let Some(FactKind::Event(event)) = evidence.fact(index).map(|fact| &fact.kind) else {
        return true;
    };
    let is_of_another =
        event.vm.is_some() && !evidence.vms_of(index).iter().any(|vm| vms.contains(vm));
    let meaning = EventDictionary::get().meaning(event, evidence.build_at(index));
    !is_of_another && meaning.is_for_timeline()
}

fn sentence(row: &EventRow, event: &LoggedEvent, meaning: &EventMeaning<'_>) -> String {
    let vm = meaning.vm(event).or_else(|| event.vm.clone());
    row.meaning.replace("{vm}", &vm.map_or_else(|| "a virtual machine".into(), vm_words))
}

fn vm_words(vm: Vm) -> String {
    let id = vm.id.map(|id| id.to_string());
    vm.name.as_deref().map(str::to_owned).or(id).unwrap_or_else(|| "a virtual machine".into())
}

/// Provider, id and the first values.
fn plain(event: &LoggedEvent) -> String {
    let values = event.values.iter().map(|value| with_named_code(&one_line(value.text)));
    let values = values.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
    let head = name(event);
    if values.is_empty() { head } else { format!("{head}: {}", cut(&values)) }
}

/// The values that say more than the sentence, in the order of the event.
fn details(row: &EventRow, event: &LoggedEvent) -> Vec<String> {
    let code = hresult(row, event);
    let told = values(row, event).filter_map(|(one, text)| {
        let text = one_line(text);
        Some(match one.kind {
            ValueKind::Hresult => with_name(code?),
            // The number behind it says the same.
            ValueKind::ErrorReference if has(row, ValueKind::Hresult) => return None,
            ValueKind::ErrorReference => with_name(code?),
            ValueKind::Status => status_words(&text)?,
            ValueKind::Text => with_named_code(&text),
            kind => labelled(kind, &text)?,
        })
    });
    let mut details: Vec<String> = told.collect();
    details.dedup();
    details
}

fn has(row: &EventRow, kind: ValueKind) -> bool {
    row.values.iter().any(|one| one.kind == kind)
}

/// A status that is no success; one of NTSTATUS with its name.
fn status_words(text: &str) -> Option<String> {
    const FIRST_WARNING: u32 = 0x8000_0000;
    match status(text)? {
        0 => None,
        code if code >= FIRST_WARNING => Some(with_name(code)),
        code => Some(format!("status {code}")),
    }
}

fn labelled(kind: ValueKind, text: &str) -> Option<String> {
    let label = match kind {
        ValueKind::Path
        | ValueKind::Volume
        | ValueKind::Device
        | ValueKind::Driver
        | ValueKind::Drivers => "",
        ValueKind::Host => "host ",
        ValueKind::Address => "address ",
        ValueKind::Server => "server ",
        ValueKind::Port => "port ",
        ValueKind::ClusterResource => "resource ",
        ValueKind::ClusterGroup => "role ",
        ValueKind::Node => "node ",
        ValueKind::Network => "network ",
        ValueKind::Adapter => "adapter ",
        ValueKind::Switch => "switch ",
        ValueKind::GuestVersion => "guest ",
        ValueKind::HostVersion => "host ",
        ValueKind::FrameworkVersions => "framework ",
        ValueKind::ProtocolVersions => "messages ",
        ValueKind::ProcessId => "process ",
        ValueKind::Item => "key ",
        ValueKind::Account => "account ",
        ValueKind::Reason => "reason ",
        ValueKind::Seconds => return Some(format!("{text} s")),
        ValueKind::Milliseconds => return Some(format!("{text} ms")),
        ValueKind::Megabytes => return Some(format!("{text} MB")),
        _ => return None,
    };
    Some(format!("{label}{text}"))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_VALUES) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VM_ID: &str = "E0D09432-A320-44CC-8A12-E1300549B99D";

    fn told(provider: &str, id: u32, values: &[&str]) -> String {
        told_by(&format!("Microsoft-Windows-{provider}"), id, values)
    }

    fn told_by(provider: &str, id: u32, values: &[&str]) -> String {
        let event = LoggedEvent {
            provider: provider.into(),
            id,
            values: values.iter().copied().collect(),
            ..LoggedEvent::default()
        };
        describe_event(&event, None)
    }

    #[test]
    fn an_event_is_told_by_its_meaning() {
        assert_eq!(
            told("Hyper-V-VMMS", 16060, &["SQL01", VM_ID, "E:\\VMs"]),
            "SQL01 was paused, since the host's disk is full: E:\\VMs (Hyper-V-VMMS event 16060)"
        );
        let merge = ["SQL01", VM_ID, "%%2147942432", "0x80070020"];
        assert_eq!(
            told("Hyper-V-VMMS", 19100, &merge),
            "the disks of SQL01 could not be merged: 0x80070020 (ERROR_SHARING_VIOLATION) \
             (Hyper-V-VMMS event 19100)"
        );
        // The configuration cannot be read, so neither can the name.
        assert_eq!(
            told("Hyper-V-VMMS", 16300, &["-", VM_ID, "%%2147942405", ""]),
            "the configuration of e0d09432-a320-44cc-8a12-e1300549b99d cannot be loaded \
             (Hyper-V-VMMS event 16300)"
        );
        let text = "Live migration of 'SQL01' failed. (0x8009030E)";
        assert_eq!(
            told("Hyper-V-High-Availability", 21502, &[VM_ID, "SCVMM SQL01", text]),
            "the cluster met an error of SQL01: Live migration of 'SQL01' failed. (0x8009030E) \
             (SEC_E_NO_CREDENTIALS) (Hyper-V-High-Availability event 21502)"
        );
        assert_eq!(
            told("FailoverClustering", 5142, &["Volume4", "Cluster Disk 4", "(1460)"]),
            "a cluster shared volume cannot be reached from this node: Volume4, resource Cluster \
             Disk 4, ERROR_TIMEOUT (1460) (FailoverClustering event 5142)"
        );
        let growth = ["4", "{id}", "4", "Prod", "2", "96", "64"];
        assert_eq!(
            told("Hyper-V-VmSwitch", 252, &growth),
            "packets pile up in a queue of a virtual switch, and some may be lost: switch Prod, 96 MB \
             (Hyper-V-VmSwitch event 252)"
        );
        assert_eq!(
            told("Hyper-V-VmSwitch", 253, &["4", "{id}", "4", "Prod", "2", "16", "64"]),
            "a queue of a virtual switch is small again: switch Prod, 16 MB (Hyper-V-VmSwitch event 253)"
        );
    }

    /// FilterManager 3 tells of a volume, 4 also of the filter; the layouts are those of the manifest. Classic
    /// sources such as disk name the device first.
    #[test]
    fn filters_that_could_not_be_attached_and_disks_that_went_away_are_named() {
        let volume = r"\Device\HarddiskVolume3";
        assert_eq!(
            told("FilterManager", 3, &["0xc000000f", "23", volume]),
            "file system filters could not be attached to a volume: 0xC000000F (STATUS_NO_SUCH_FILE), \
             \\Device\\HarddiskVolume3 (FilterManager event 3)"
        );
        let filter = ["0xc000000f", "6", "3", "7", "MfeHidk", "2014-03-10T10:01:00Z", "23", volume];
        assert_eq!(
            told("FilterManager", 4, &filter),
            "a file system filter could not be attached to a volume: 0xC000000F \
             (STATUS_NO_SUCH_FILE), MfeHidk, \\Device\\HarddiskVolume3 (FilterManager event 4)"
        );
        assert_eq!(
            told_by("disk", 157, &[r"\Device\Harddisk4\DR9", "4"]),
            "a disk went away while Windows used it: \\Device\\Harddisk4\\DR9 (disk event 157)"
        );
    }

    #[test]
    fn what_is_not_sure_is_not_told_as_if_it_were() {
        assert_eq!(
            told("Hyper-V-Hypervisor", 2, &["3"]),
            "the hypervisor could not start, or the kind of scheduler that the hypervisor uses \
             (Hyper-V-Hypervisor event 2)"
        );
        assert_eq!(
            told("Hyper-V-VMMS", 16060, &["E:\\VMs", "1"]),
            "a virtual machine was paused, since the host's disk is full (Hyper-V-VMMS event 16060)"
        );
        assert_eq!(told("Hyper-V-VMMS", 1, &["a\r\n b", "", "c"]), "Hyper-V-VMMS event 1: a b, c");
        let long = "x".repeat(500);
        assert!(told("Hyper-V-VMMS", 1, &[&long]).ends_with("xxx..."));
    }
}
