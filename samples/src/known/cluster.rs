//! Events of failover clustering about cluster shared volumes, nodes and resources.

use super::{Machine, Provider};
use crate::event::{EventSpec, Payload, Value};

const FAILOVER_CLUSTERING: Provider = Provider {
    name: "Microsoft-Windows-FailoverClustering",
    guid: "{baf908ea-3421-4ca9-9b84-6689b8c6f85f}",
};

impl Machine {
    /// 5121: the volume is reached over the network only.
    #[must_use]
    pub fn volume_redirected(self, time: u64, volume: &str, resource: &str) -> EventSpec {
        let values =
            vec![("VolumeName", Value::text(volume)), ("ResourceName", Value::text(resource))];
        self.volume_event((5121, 3), time, values)
    }

    /// 5122: the volume is back to normal.
    #[must_use]
    pub fn volume_normal(self, time: u64, volume: &str, resource: &str) -> EventSpec {
        let values =
            vec![("VolumeName", Value::text(volume)), ("ResourceName", Value::text(resource))];
        self.volume_event((5122, 4), time, values)
    }

    /// 5125: file system filters stand on the volume, so it is redirected.
    #[must_use]
    pub fn volume_has_filters(
        self,
        time: u64,
        volume: &str,
        filters: &str,
        resource: &str,
    ) -> EventSpec {
        let values = vec![
            ("VolumeName", Value::text(volume)),
            ("FilterList", Value::text(filters)),
            ("ResourceName", Value::text(resource)),
        ];
        self.volume_event((5125, 3), time, values)
    }

    /// 5120: input and output of the volume are held until there is a way to it again. The status is
    /// the text that the log has, such as `STATUS_IO_TIMEOUT(c00000b5)`.
    #[must_use]
    pub fn volume_paused(self, time: u64, volume: &str, resource: &str, status: &str) -> EventSpec {
        let values = vec![
            ("VolumeName", Value::text(volume)),
            ("ResourceName", Value::text(resource)),
            ("ErrorCode", Value::text(status)),
        ];
        self.volume_event((5120, 2), time, values)
    }

    /// 5136 and 5137: redirection was asked for, and is no longer.
    #[must_use]
    pub fn redirection_asked_for(
        self,
        id: u16,
        time: u64,
        volume: &str,
        resource: &str,
    ) -> EventSpec {
        let values =
            vec![("VolumeName", Value::text(volume)), ("ResourceName", Value::text(resource))];
        self.volume_event((id, if id == 5136 { 3 } else { 4 }), time, values)
    }

    /// 5142: the volume cannot be reached from this node any more.
    #[must_use]
    pub fn volume_lost(self, time: u64, volume: &str, resource: &str, error: &str) -> EventSpec {
        let values = vec![
            ("VolumeName", Value::text(volume)),
            ("ResourceName", Value::text(resource)),
            ("Error", Value::text(error)),
        ];
        self.volume_event((5142, 2), time, values)
    }

    /// 1135: a node was removed from the membership.
    #[must_use]
    pub fn node_removed(self, time: u64, node: &str) -> EventSpec {
        let event = self.volume_event((1135, 1), time, vec![("NodeName", Value::text(node))]);
        EventSpec { task: 3, ..event }
    }

    /// 1069: a resource failed.
    #[must_use]
    pub fn resource_failed(self, time: u64, resource: &str, group: &str) -> EventSpec {
        let values =
            vec![("ResourceName", Value::text(resource)), ("ResourceGroup", Value::text(group))];
        EventSpec { task: 6, ..self.volume_event((1069, 2), time, values) }
    }

    /// 1146: the host of resources ended.
    #[must_use]
    pub fn resource_host_ended(self, time: u64) -> EventSpec {
        EventSpec { task: 5, ..self.volume_event((1146, 1), time, Vec::new()) }
    }

    /// 1230: a resource did not answer its host.
    #[must_use]
    pub fn resource_hung(self, time: u64, resource: &str, kind: &str, library: &str) -> EventSpec {
        let values = vec![
            ("ResourceName", Value::text(resource)),
            ("ResourceType", Value::text(kind)),
            ("ResTypeDll", Value::text(library)),
        ];
        EventSpec { task: 5, ..self.volume_event((1230, 2), time, values) }
    }

    /// 1200, 1201 (a role comes online, is online) and 1641 (a role is moved) of the operational channel.
    #[must_use]
    pub fn role_event(self, id: u16, time: u64, role: &str, node: Option<&str>) -> EventSpec {
        let mut values = vec![("ResourceGroup", Value::text(role))];
        values.extend(node.map(|node| ("NodeName", Value::text(node))));
        let event = self.volume_event((id, 4), time, values);
        EventSpec { task: 6, channel: "Microsoft-Windows-FailoverClustering/Operational", ..event }
    }

    fn volume_event(
        self,
        (id, level): (u16, u8),
        time: u64,
        values: Vec<(&'static str, Value)>,
    ) -> EventSpec {
        let payload = Payload::EventData(values);
        let event =
            self.manifest_event(FAILOVER_CLUSTERING, "System", (id, 0, level), time, payload);
        EventSpec { process: 2_260, thread: 6_640, task: 38, ..event }
    }
}
