//! What a line of a timeline is about, and of what sort it is.

use hvtriage_diagnosis::{FactKind, Judgement, MomentKind};

use crate::logs::{Logs, STOP, event, restart, vm};

fn moments(judgement: &Judgement) -> Vec<(MomentKind, &str, Vec<&str>)> {
    let all = judgement.incidents.iter().flat_map(|incident| &incident.timeline);
    let told = all.map(|it| {
        (it.kind, it.machine.as_str(), it.vms.iter().map(String::as_str).collect::<Vec<_>>())
    });
    told.collect()
}

/// A host that tells of its guest's crash did not stop.
#[test]
fn a_stop_that_a_host_tells_is_of_the_guest() {
    let mut logs = Logs::default();
    let crash =
        FactKind::GuestCrash { vm: vm("SQL01"), bugcheck: STOP, message: None, is_linux: false };
    logs.log("HV1", "10T10:00", crash);
    assert_eq!(moments(&logs.judge()), [(MomentKind::Stop, "HV1", vec!["SQL01"])]);
    let mut logs = Logs::default();
    logs.log("HV1", "10T10:00", restart());
    assert_eq!(moments(&logs.judge()), [(MomentKind::Start, "HV1", vec![])]);
}

#[test]
fn a_guest_that_waits_for_room_is_paused() {
    let mut logs = Logs::default();
    let path = r"C:\ClusterStorage\Volume7\SQL01\SQL01.vhdx";
    for (time, id) in [("10T10:00", 16050), ("10T10:30", 16060)] {
        let id_of_vm = "5A0F0F5C-0000-4000-8000-000000000001";
        logs.log("HV1", time, event("Hyper-V-VMMS", id, &["SQL01", id_of_vm, path]));
    }
    let judgement = logs.judge();
    let kinds: Vec<MomentKind> = moments(&judgement).into_iter().map(|it| it.0).collect();
    assert!(
        kinds.contains(&MomentKind::Storage) && kinds.contains(&MomentKind::Pause),
        "{kinds:?}"
    );
}
