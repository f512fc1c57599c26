//! Virtual machine queues and receive side scaling.
//!
//! VmSwitch writes the length before every text, so texts stand at every second place:
//! 106 is `(NIC, NIC friendly name, switch, switch friendly name) x (length, text)` and the queue
//! mode; 113 is a status before them and a reason behind them.

use hvtriage_diagnosis::FactKind;
use hvtriage_eventlog::Event;

use super::values::{number, string};

/// VmSwitch 106 and 113 to 114.
pub(super) fn queues(event: &Event) -> Option<FactKind> {
    let status_first = match event.id {
        106 => 0,
        113 | 114 => 1,
        _ => return None,
    };
    let at =
        |name: &str, position: usize| string(event, name, position.saturating_add(status_first));
    Some(FactKind::Offload {
        event_id: event.id,
        adapter: at("NicFName", 3).or_else(|| at("NicName", 1)),
        switch: at("SwitchFName", 7).or_else(|| at("SwitchName", 5)),
        reason: at(if status_first == 0 { "QueueMode" } else { "FailReason" }, 8),
        status: string(event, "Status", 0).filter(|_| status_first == 1).map(status),
    })
}

/// The log holds an NTSTATUS as a bare number; people and rules know it in hexadecimal.
fn status(text: String) -> String {
    match number(&text) {
        Some(code) if code >= 0x8000_0000 => format!("0x{code:08X}"),
        _ => text,
    }
}

/// NDIS 10081 and 10086: an adapter's receive side scaling capabilities could not be set.
pub(super) fn rss_capabilities(event: &Event) -> Option<FactKind> {
    matches!(event.id, 10081 | 10086).then(|| FactKind::RssCapabilityFailure {
        event_id: event.id,
        adapter: string(event, "IfGuid", 0),
    })
}
