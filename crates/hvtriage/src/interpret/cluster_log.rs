//! The log of the cluster service to the events that it tells of.
//!
//! Two kinds of lines are understood. Under the headings of logs stand the messages of events
//! themselves, in the language of the node and without a component before them, as in
//! `[Operational] 00001b50.000035c8::2024/07/09-04:32:31.105 INFO  The cluster service has been ..`:
//! those of the table below, in English, are known by their sentence, and their values are taken out
//! of it. And the cluster service and its resource hosts trace what they then log as an event:
//!
//! | trace | event | source |
//! |---|---|---|
//! | `[RHS] RhsCall::DeadlockMonitor: Call .. timed out .. for resource 'X'` | 1230 | [rhs], [1069] |
//! | `[RCM] rcm::RcmResource::HandleMonitorReply: Resource 'X' has crashed or deadlocked` | 1230 | [post] |
//! | `lost quorum (status = 5925)`, `Quorum lost because .. (status = 5925)` | 1177 | [ag], [epoch] |
//!
//! The sentences: [messages] (message tables), [system] (Windows Server 2016 and later), [failover]
//! (what a tool of Microsoft's looks for in the section `System` of these logs), [getlogs] (what its
//! support does).
//!
//! Left out, since nothing published tells what they mean for sure: members that leave a view
//! (`downers=(2)`), which happens as well when a node is shut down, and names its number only;
//! `HandleFailure`, which "might" go with 1069; the states of volumes that CSVFS traces by GUID.
//!
//! [rhs]: https://techcommunity.microsoft.com/t5/failover-clustering/understanding-how-failover-clustering-recovers-from-unresponsive/ba-p/371847
//! [1069]: https://learn.microsoft.com/troubleshoot/windows-server/high-availability/troubleshoot-cluster-event-id-1069
//! [ag]: https://learn.microsoft.com/troubleshoot/sql/database-engine/availability-groups/troubleshooting-availability-group-failover
//! [post]: https://www.joshthecoder.com/2018/12/03/troubleshooting-an-ag-failure.html
//! [epoch]: https://www.joshthecoder.com/2020/05/21/prevent-unexpected-failovers-when-patching-ags.html
//! [messages]: https://github.com/Velocidex/evtx-data
//! [system]: https://learn.microsoft.com/windows-server/failover-clustering/system-events
//! [failover]: https://github.com/microsoft/tigertoolbox/tree/master/AlwaysOn/FailoverDetection
//! [getlogs]: https://github.com/AdrianbCojocaru/PowerShell (tss_Cluster_GetLogs.ps1)

use hvtriage_clusterlog::{Entry, Level};
use hvtriage_diagnosis::CLUSTER_TRACE;
use hvtriage_eventlog::{Event, Payload, PayloadValue, Provider};

const PROVIDER: &str = "Microsoft-Windows-FailoverClustering";
const SYSTEM: &str = "System";

/// The sentence that begins the message of an event. What stands in quotes is a value; values are
/// numbered as the event has them.
struct Message {
    id: u32,
    sentence: &'static str,
    /// What must also stand in the message.
    also: &'static str,
}

const fn message(id: u32, sentence: &'static str) -> Message {
    Message { id, sentence, also: "" }
}

const fn with(id: u32, sentence: &'static str, also: &'static str) -> Message {
    Message { id, sentence, also }
}

/// The first that fits is taken.
const MESSAGES: [Message; 22] = [
    message(1069, "Cluster resource '%1' of type '%3' in clustered role '%2' failed"),
    message(1069, "Cluster resource '%1' in clustered role '%2' failed"),
    message(1069, "Cluster resource '%1' in clustered service or application '%2' failed"),
    with(
        1126,
        "Cluster network interface '%1' for cluster node '%2' on network '%3' is unreachable by at \
         least one other cluster node",
        "was not able to determine the location",
    ),
    message(1127, "Cluster network interface '%1' for cluster node '%2' on network '%3' failed"),
    message(1129, "Cluster network '%1' is partitioned"),
    message(1130, "Cluster network '%1' is down"),
    message(1135, "Cluster node '%1' was removed from the active failover cluster membership"),
    message(
        1146,
        "The cluster Resource Hosting Subsystem (RHS) process was terminated and will be restarted",
    ),
    message(1177, "The Cluster service is shutting down because quorum was lost"),
    message(
        1205,
        "The Cluster service failed to bring clustered role '%1' completely online or offline",
    ),
    message(
        1205,
        "The Cluster service failed to bring clustered service or application '%1' completely online \
         or offline",
    ),
    message(
        1230,
        "A component on the server did not respond in a timely fashion. This caused the cluster \
         resource '%1' (resource type '%2', DLL '%3') to exceed its time-out threshold",
    ),
    with(
        5156,
        "Cluster Shared Volume '%1' ('%2') has entered a paused state because of '%3'",
        "snapshot",
    ),
    with(
        5157,
        "Cluster Shared Volume '%1' ('%2') has entered a paused state because of '%3'",
        "This error is usually caused by an infrastructure failure",
    ),
    message(5120, "Cluster Shared Volume '%1' ('%2') has entered a paused state because of '%3'"),
    message(
        5120,
        "Cluster Shared Volume '%1' ('%2') is no longer available on this node because of '%3'",
    ),
    message(
        5121,
        "Cluster Shared Volume '%1' ('%2') is no longer directly accessible from this cluster node",
    ),
    message(5136, "Cluster Shared Volume '%1' ('%2') redirected access was turned on"),
    message(
        5142,
        "Cluster Shared Volume '%1' ('%2') is no longer accessible from this cluster node because of \
         error '%3'",
    ),
    message(
        5150,
        "Cluster physical disk resource '%1' failed. The Cluster Shared Volume was put in failed \
         state with the following error: '%2'",
    ),
    message(
        5377,
        "An internal Cluster service operation exceeded the defined threshold of '%2' seconds",
    ),
];

/// The event that an entry tells of, without time and computer.
pub(crate) fn event_of(entry: &Entry<'_>) -> Option<Event> {
    // 1635 tells of a failure in the same words as 1069, for information.
    let level = entry.level.filter(|level| *level >= Level::Warning);
    match (entry.component, level) {
        (None, Some(_)) if is_lost_quorum(entry.text) => Some(event(1177, CLUSTER_TRACE, &[])),
        (None, Some(_)) => message_of(entry.text),
        // 5121 is logged for information since Windows Server 2016.
        (None, None) if entry.level == Some(Level::Information) => {
            message_of(entry.text).filter(|event| event.id == 5121)
        }
        (Some("RHS"), Some(_)) => hung(entry.text, "RhsCall::DeadlockMonitor: Call ", " timed out"),
        (Some("RCM"), Some(_)) => hung(
            entry.text,
            "rcm::RcmResource::HandleMonitorReply: Resource '",
            "' has crashed or deadlocked",
        ),
        _ => None,
    }
}

fn message_of(text: &str) -> Option<Event> {
    MESSAGES.iter().filter(|message| text.contains(message.also)).find_map(|message| {
        let values = values(text, message.sentence)?;
        let values: Vec<&str> = values.iter().map(|value| value.trim()).collect();
        Some(event(message.id, SYSTEM, &values))
    })
}

/// The values of a text that begins with `sentence`, in which `%1` stands for the first.
fn values<'t>(text: &'t str, sentence: &str) -> Option<Vec<&'t str>> {
    let mut parts = sentence.split('%');
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut values = Vec::new();
    for part in parts {
        let (number, behind) = part.split_at_checked(1)?;
        let number: usize = number.parse().ok()?;
        let (value, left) = rest.split_once(behind)?;
        if values.len() < number {
            values.resize(number, "");
        }
        *values.get_mut(number.checked_sub(1)?)? = value;
        rest = left;
    }
    Some(values)
}

/// The event about a resource that does not answer, where a trace says so: between `before` and
/// `after` stands what hung, and the resource there or in quotes at the end.
fn hung(text: &str, before: &str, after: &str) -> Option<Event> {
    let (inside, behind) = text.strip_prefix(before)?.split_once(after)?;
    let resource = match behind.split_once(" for resource '") {
        Some((_, named)) => named.rsplit_once('\'')?.0,
        None if before.ends_with('\'') => inside,
        None => return None,
    };
    let resource = resource.trim();
    (!resource.is_empty()).then(|| event(1230, CLUSTER_TRACE, &[resource]))
}

/// 5925 is `ERROR_QUORUM_NOT_REACHED` in the words of the service: it stops.
fn is_lost_quorum(text: &str) -> bool {
    const STATUS: &str = "(status = 5925)";
    let begins =
        |words: &str| text.get(..words.len()).is_some_and(|it| it.eq_ignore_ascii_case(words));
    text.contains(STATUS) && (begins("lost quorum (") || begins("quorum lost because "))
}

fn event(id: u32, channel: &str, values: &[&str]) -> Event {
    let value = |text: &&str| PayloadValue { name: None, text: (*text).to_owned() };
    Event {
        provider: Provider { name: PROVIDER.into(), ..Provider::default() },
        id,
        channel: channel.into(),
        payload: Payload { values: values.iter().map(value).collect(), ..Payload::default() },
        ..Event::default()
    }
}

#[cfg(test)]
mod tests {
    use hvtriage_clusterlog::ClusterLog;

    use super::*;

    /// Id, channel and values of what an entry tells.
    fn told(entry: &str) -> Option<(u32, String, Vec<String>)> {
        let text = format!("0000126c.00001cec::2017/09/14-18:16:27.575 {entry}\r\n");
        let mut events = Vec::new();
        ClusterLog::open(text.as_bytes()).entries(|entry| events.extend(event_of(entry)));
        let event = events.pop()?;
        let values = event.payload.values.into_iter().map(|value| value.text);
        Some((event.id, event.channel, values.collect()))
    }

    fn message(entry: &str) -> Option<(u32, Vec<String>)> {
        let (id, channel, values) = told(entry)?;
        assert_eq!(channel, SYSTEM);
        Some((id, values))
    }

    fn trace(entry: &str) -> Option<(u32, Vec<String>)> {
        let (id, channel, values) = told(entry)?;
        assert_eq!(channel, CLUSTER_TRACE);
        Some((id, values))
    }

    fn of(id: u32, values: &[&str]) -> Option<(u32, Vec<String>)> {
        Some((id, values.iter().map(|value| (*value).to_owned()).collect()))
    }

    /// The texts of the message tables, with names in them.
    #[test]
    fn messages_of_events_are_known_by_their_sentence() {
        let node = "ERR   Cluster node 'ze-2016-v2' was removed from the active failover cluster \
                    membership. The Cluster service on this node may have stopped.";
        assert_eq!(message(node), of(1135, &["ze-2016-v2"]));
        let failed = "ERR   Cluster resource 'IPv4 Static Address 1 (Cluster Group)' in clustered service \
                      or application 'Cluster Group' failed.";
        let address = "IPv4 Static Address 1 (Cluster Group)";
        assert_eq!(message(failed), of(1069, &[address, "Cluster Group"]));
        let failed = "ERR   Cluster resource 'Virtual Machine SQL01' of type 'Virtual Machine' in \
                      clustered role 'SQL01' failed. The error code was '0x5b4' ('x').";
        assert_eq!(
            message(failed),
            of(1069, &["Virtual Machine SQL01", "SQL01", "Virtual Machine"])
        );
        // 1635 says the same for information.
        assert_eq!(message(&failed.replace("ERR ", "INFO")), None);
        let volume = "Cluster Shared Volume 'Volume1' ('Cluster Disk 1')";
        let paused = format!(
            "WARN  {volume} has entered a paused state because of 'STATUS_IO_TIMEOUT(c00000b5)'. All \
             I/O will temporarily be queued until a path to the volume is reestablished."
        );
        let values = ["Volume1", "Cluster Disk 1", "STATUS_IO_TIMEOUT(c00000b5)"];
        assert_eq!(message(&paused), of(5120, &values));
        let expected =
            format!("{paused} This error is usually caused by an infrastructure failure.");
        assert_eq!(message(&expected), of(5157, &values));
        let lost = format!(
            "ERR   {volume} is no longer accessible from this cluster node because of \
                            error '(1460)'. Please troubleshoot"
        );
        assert_eq!(message(&lost), of(5142, &["Volume1", "Cluster Disk 1", "(1460)"]));
        let direct =
            format!("INFO  {volume} is no longer directly accessible from this cluster node.");
        assert_eq!(message(&direct), of(5121, &["Volume1", "Cluster Disk 1"]));
        let hung = "ERR   A component on the server did not respond in a timely fashion. This caused the \
                    cluster resource 'Cluster Disk 1' (resource type 'Physical Disk', DLL \
                    'clusres.dll') to exceed its time-out threshold. As part of";
        assert_eq!(message(hung), of(1230, &["Cluster Disk 1", "Physical Disk", "clusres.dll"]));
        let slow = "ERR   An internal Cluster service operation exceeded the defined threshold of '600' \
                    seconds. The Cluster service has been terminated to recover.";
        assert_eq!(message(slow), of(5377, &["", "600"]));
        // A part of the service says it, or the words stand elsewhere.
        assert_eq!(told(&node.replace("ERR   ", "ERR   [RCM] ")), None);
        assert_eq!(told(&node.replace("ERR   ", "ERR   I read: ")), None);
        assert_eq!(told("ERR   Cluster node 'HV2' was added"), None);
    }

    /// An apostrophe is part of a name unless what follows it is the sentence.
    #[test]
    fn values_may_hold_quotes() {
        let lost = "ERR   Cluster Shared Volume 'Bob's ('x') y' ('Disk 1') is no longer accessible from \
                    this cluster node because of error '(1460)'.";
        let (id, values) = message(lost).unwrap();
        assert_eq!((id, values.len()), (5142, 3));
        assert!(values[0].starts_with("Bob's"), "{values:?}");
    }

    /// Lines of Microsoft's documentation and of a published analysis.
    #[test]
    fn traces_tell_of_what_is_then_logged() {
        let call = "ERR   [RHS] RhsCall::DeadlockMonitor: Call LOOKSALIVE timed out by 16 milliseconds for \
                    resource 'File Share Witness'.";
        assert_eq!(trace(call), of(1230, &["File Share Witness"]));
        let marked = "WARN  [RCM] rcm::RcmResource::HandleMonitorReply: Resource 'File Share Witness' has \
                      crashed or deadlocked; marking it to run in a separate monitor.";
        assert_eq!(trace(marked), of(1230, &["File Share Witness"]));
        assert_eq!(trace("ERR   lost quorum (status = 5925)"), of(1177, &[]));
        assert_eq!(trace("WARN lost quorum (status = 5925), executing OnStop"), of(1177, &[]));
        let epoch = "ERR   Quorum lost because failed to update witness epoch after node failure \
                     (status = 5925)";
        assert_eq!(trace(epoch), of(1177, &[]));
    }

    #[test]
    fn traces_of_what_goes_on_every_day_tell_nothing() {
        for entry in [
            "INFO  [RHS] Resource ag has come offline. RHS is about to report resource status to RCM.",
            "INFO  [RCM] rcm::RcmApi::MoveGroup: (ag, 2)",
            "INFO  [RCM] HandleMonitorReply: FAILURENOTIFICATION for 'AG', gen(0) result 1/0.",
            "WARN  [RHS] Cluster service has terminated. Cluster.Service.Running.Event got signaled.",
            "INFO  [CORE] Graceful shutdown reported by node sqlnode02, reason \
             ServiceStopReason::ServiceShutdown, nodeIsUp false (payload 327682)",
            "INFO  [CORE] Node 1: New View is <ViewChanged joiners=() downers=(2) newView=1301(1) \
             oldView=1101(1 2) joiner=false form=false/> (Start Dispatch)",
            "WARN  [QUORUM] Node 2: One off quorum (2)",
            "ERR   [RHS] RhsCall::DeadlockMonitor: Call ISALIVE timed out",
            "INFO  lost quorum (status = 5925)",
            "ERR   lost quorum (status = 0)",
        ] {
            assert_eq!(told(entry), None, "{entry}");
        }
    }
}
