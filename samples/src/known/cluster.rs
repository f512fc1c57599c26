//! Events of failover clustering about cluster shared volumes.

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
