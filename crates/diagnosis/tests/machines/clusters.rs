//! Which machines are nodes of one cluster, and what a name means within it.

use hvtriage_diagnosis::{Evidence, FactKind, IntegrationState, MachineRole, Strength};

use crate::facts::{BIOS, DAY, Facts, LATER, SQL, WEB, build, clustered, registry, speaks_of, vm};

fn nodes(facts: &Facts, name: &str) -> Option<Vec<String>> {
    facts.machine(name).cluster.map(|cluster| cluster.nodes)
}

/// Names of nodes are short; of HV3 there is no log.
#[test]
fn a_node_that_tells_of_anothers_loss_is_of_its_cluster() {
    let mut facts = Facts::default();
    let lost = |node: &str| FactKind::NodeLost { node: node.into() };
    facts
        .log("HV1.contoso.com", DAY, lost("HV2"))
        .log("HV1.contoso.com", LATER, lost("HV3"))
        .log("HV2.contoso.com", DAY, build(9600))
        .log("HV4.contoso.com", DAY, build(9600));
    let all = ["HV1.contoso.com", "HV2.contoso.com", "HV3"].map(str::to_owned).to_vec();
    assert_eq!(nodes(&facts, "HV1.contoso.com"), Some(all.clone()));
    assert_eq!(nodes(&facts, "HV2.contoso.com"), Some(all));
    assert_eq!(nodes(&facts, "HV4.contoso.com"), None);
    let cluster = facts.machine("HV2.contoso.com").cluster.unwrap();
    assert_eq!(cluster.reasons[0].strength, Strength::Certain);
    // A node whose own log says nothing of the cluster is one all the same.
    let roles: Vec<MachineRole> =
        facts.machine("HV2.contoso.com").roles.iter().map(|seen| seen.role).collect();
    assert_eq!(roles, [MachineRole::Node]);
}

/// The node that is meant is the one of the teller's domain.
#[test]
fn nodes_of_one_name_in_two_domains_are_told_apart() {
    let mut facts = Facts::default();
    facts
        .log("HV1.contoso.com", DAY, FactKind::NodeLost { node: "HV2".into() })
        .log("HV2.contoso.com", DAY, build(9600))
        .log("HV2.fabrikam.com", DAY, build(9600));
    assert!(nodes(&facts, "HV2.contoso.com").is_some());
    assert_eq!(nodes(&facts, "HV2.fabrikam.com"), None);
}

#[test]
fn nodes_that_log_one_clustered_move_are_of_one_cluster() {
    let told = |second: &str, time| {
        let mut facts = Facts::default();
        facts.log("HV1", DAY, clustered(vm("SQL01", SQL))).log(
            "HV2",
            time,
            clustered(vm("", second)),
        );
        nodes(&facts, "HV1")
    };
    let both = Some(vec!["HV1".to_owned(), "HV2".to_owned()]);
    assert_eq!(told(SQL, "2015-01-10T10:01:00Z"), both);
    assert_eq!(told(WEB, "2015-01-10T10:01:00Z"), None);
    // A replica bears the id of what it copies, on another cluster.
    assert_eq!(told(SQL, LATER), None);
}

#[test]
fn registries_tell_the_name_of_a_cluster() {
    let told = |domain: &str| {
        let mut facts = Facts::default();
        let key = r"HKEY_LOCAL_MACHINE\Cluster";
        facts.log("HV1.contoso.com", DAY, registry(key, "ClusterName", "HVCL1")).log(
            &format!("HV2.{domain}"),
            DAY,
            registry(key, "ClusterName", "hvcl1"),
        );
        facts.machine("HV1.contoso.com").cluster.unwrap()
    };
    assert_eq!(told("contoso.com").nodes, ["HV1.contoso.com", "HV2.contoso.com"]);
    let alone = told("fabrikam.com");
    assert_eq!((alone.name.as_deref(), alone.nodes.len()), (Some("HVCL1"), 1));
}

/// Hosts that share a virtual machine are one site; within it a name without an id is clear.
#[test]
fn a_name_means_the_virtual_machine_of_its_own_cluster() {
    let named = |name: &str| speaks_of(vm(name, ""));
    let other = "11111111-2222-3333-4444-555555555555";
    let mut facts = Facts::default();
    for (hosts, shared, own) in [(["A1", "A2"], SQL, WEB), (["B1", "B2"], BIOS, other)] {
        for host in hosts {
            facts.log(host, DAY, speaks_of(vm(&format!("shared of {host}"), shared)));
        }
        facts.log(hosts[0], DAY, speaks_of(vm("SQL01", own)));
    }
    let evidence = |facts: &Facts| {
        let judgement = hvtriage_diagnosis::judge(
            &Evidence::gather(facts.0.clone()),
            &hvtriage_diagnosis::RuleSet::catalogue().unwrap(),
        );
        judgement.guests.iter().map(|row| (row.vm_id, row.hosts.clone())).collect::<Vec<_>>()
    };
    assert_eq!(evidence(&facts), []);
    let mut differs = named("SQL01");
    if let FactKind::Integration { state, event_id, .. } = &mut differs {
        (*state, *event_id) = (IntegrationState::Differs, 4010);
    }
    facts.log("B2", LATER, differs.clone());
    assert_eq!(evidence(&facts), [(other.parse().ok(), vec!["B2".to_owned()])]);
    // A host that shares nothing with either: which is meant stays open.
    facts.0.pop();
    facts.log("C1", LATER, differs);
    assert_eq!(evidence(&facts), [(None, vec!["C1".to_owned()])]);
}
