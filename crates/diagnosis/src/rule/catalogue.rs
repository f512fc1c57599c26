//! The rule files that are compiled in.

use std::collections::HashMap;

use crate::yaml::Placeless;

/// The rules without their examples, which judge nothing and are most of each file; by the file's name.
pub(super) fn compiled() -> HashMap<String, Placeless> {
    const RULES: &str = include_str!(concat!(env!("OUT_DIR"), "/catalogue.json"));
    // Were it damaged, the rules would be read as they were written, which takes longer.
    serde_json::from_str(RULES).unwrap_or_default()
}

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../catalogue/", $path)))),*]
    };
}

/// Name and text of each file, a rule that others name before those.
pub(super) const FILES: &[(&str, &str)] = files![
    "crash/KP-41.yaml",
    "crash/WER-1001.yaml",
    "crash/EVENTLOG-6008.yaml",
    "crash/DUMP-WER.yaml",
    "crash/guest-18590.yaml",
    "crash/KB2636573.yaml",
    "crash/guest-storvsc-generic.yaml",
    "integration/KB2956569.yaml",
    "integration/KB4014894.yaml",
    "integration/IC-OLDER-4130.yaml",
    "integration/IC-REPORTED-OUTDATED.yaml",
    "integration/IC-REPORTED-BEHIND-RELEASE.yaml",
    "integration/IC-MISMATCH-4010.yaml",
    "integration/IC-INCOMPATIBLE-4000.yaml",
    "integration/IC-23012.yaml",
    "csv/CSV-REDIRECT-5121.yaml",
    "csv/CSV-REDIRECT-5136.yaml",
    "csv/CSV-FILTER-5125.yaml",
    "antivirus/AV-EXCLUSIONS.yaml",
    "crash/CRASH-THIRD-PARTY.yaml",
    "antivirus/KB961804.yaml",
    "antivirus/KB73596.yaml",
    "network/KB2974384.yaml",
    "network/KB3001783-MAX.yaml",
    "network/KB2643970.yaml",
    "cluster/CLUS-1135.yaml",
    "cluster/CLUS-1177.yaml",
    "cluster/CLUS-1146-1230.yaml",
    "cluster/CLUS-QUAR.yaml",
    "csv/CSV-5142.yaml",
    "csv/SNAP-5218.yaml",
    "storage/VMMS-16060.yaml",
    "storage/VMMS-16050.yaml",
    "storage/VM-MERGE.yaml",
    "storage/DISK-157.yaml",
    "crash/DRIVER-REPEATED.yaml",
    "crash/guest-18604.yaml",
    "crash/guest-18602.yaml",
    "crash/guest-18570.yaml",
    "storage/VM-NOMEM.yaml",
    "crash/HV-3112.yaml",
    "integration/GUEST-VMBUS-1.yaml",
    "integration/DMVSC-3.yaml",
    "integration/IC-VSS-4102.yaml",
    "integration/IC-VSS-4097.yaml",
    "network/KB4562593.yaml",
    "network/RSS-VSWITCH-198.yaml",
    "network/VMSWITCH-32.yaml",
    "network/LM-COMPAT.yaml",
    "crash/VMMS-14102.yaml",
    "network/VMMS-14050.yaml",
    "crash/KB2756313.yaml",
    "network/LM-FAILED.yaml",
    "network/LM-20417.yaml",
    "crash/STOP-9E.yaml",
    "crash/DUMP-STOP.yaml",
    "crash/guest-triple-fault.yaml",
    "storage/STORAGE-RESET.yaml",
    "csv/CSV-5120.yaml",
    "security/SEC-MS10-010.yaml",
    "security/SEC-MS10-102.yaml",
    "security/SEC-MS11-047.yaml",
    "security/SEC-MS15-068.yaml",
    "security/SEC-MS15-105.yaml",
    "security/SEC-MS16-045.yaml",
    "security/SEC-MS13-036.yaml",
    "security/SEC-MS15-117.yaml",
    "antivirus/SEP-KB948732.yaml",
    "antivirus/SOPHOS-BEFLT.yaml",
    "antivirus/EEYE.yaml",
    "cluster/XSIGO.yaml",
    "crash/HPCISSS2.yaml",
    "crash/KB556066.yaml",
    "crash/KB76593.yaml",
    "crash/KB975530.yaml",
    "network/KB2263829.yaml",
    "crash/HV-20001.yaml",
    "network/KB2475761.yaml",
    "integration/DMVSC-2.yaml",
    "network/NETVSC-RESET.yaml",
    "network/KB2779204-SOURCE.yaml",
    "network/KB2779204.yaml",
    "network/KB2779204-START.yaml",
    "network/LM-21502-OWNER.yaml",
    "network/LM-21502-FIREWALL.yaml",
    "network/LM-21502-CONNECT.yaml",
    "network/LM-21502-MEMORY.yaml",
    "storage/VM-NOMEM-21502.yaml",
    "network/LM-21502-DISK.yaml",
    "network/LM-21502-CREDENTIALS.yaml",
    "network/LM-21502-NETWORK.yaml",
    "network/LM-21502-SMB.yaml",
    "network/LM-21502-NAME.yaml",
    "storage/VSS-8229.yaml",
    "network/KB3001783-OID.yaml",
    "cluster/LIVEDUMP.yaml",
    "storage/guest-storage-lost.yaml",
    "storage/guest-storage-lost-18590.yaml",
    "crash/KB3058418.yaml",
    "crash/guest-vcpu-starvation.yaml",
    "crash/KB981791.yaml",
    "crash/KB2550569.yaml",
    "crash/KB957967.yaml",
    "network/KB2634907.yaml",
    "network/KB2986895.yaml",
    "antivirus/SEP-WPSHELPER.yaml",
    "csv/KB4462928.yaml",
    "storage/KB2889734.yaml",
    "cluster/KB5062557.yaml",
    "csv/CSV-2025.yaml",
    "storage/CONFIG-4096.yaml",
    "storage/VM-FILE-ERROR.yaml",
    "antivirus/AV-MULTI.yaml",
    "antivirus/KB250355.yaml",
    "antivirus/SEP-SMC.yaml",
    "antivirus/FLT-EVENTS.yaml",
    "cluster/KB2878635.yaml",
    "crash/KB2913486.yaml",
    "settings/HV-AVX-SNB.yaml",
    "settings/HV-CSBIOS.yaml",
    "settings/DL385.yaml",
    "settings/KB2761004.yaml",
    "settings/KB951037.yaml",
    "network/RSS-ONE-CORE.yaml",
    "network/KB2902166.yaml",
    "storage/KB982210.yaml",
    "integration/KB972108.yaml",
    "integration/KB972108-STORAGE.yaml",
    "integration/KB972108-BUS.yaml",
    "integration/KB972108-GUEST.yaml",
    "integration/KB2989430.yaml",
    "integration/KB2989430-2016.yaml",
    "integration/IC-NO-VMGUEST.yaml",
    "security/SEC-MS15-042.yaml",
    "security/SEC-MS17-008.yaml",
    "security/SEC-MS17-008-2016.yaml",
    "security/SEC-KB3108638.yaml",
];

#[cfg(test)]
mod tests {
    use super::super::{Rule, RuleSet};
    use super::*;

    /// Both ways they are the same rules, but for examples.
    #[test]
    fn rules_are_compiled_as_they_were_written() {
        let compiled = compiled();
        assert!(FILES.iter().all(|(name, _)| compiled.contains_key(*name)));
        let written = RuleSet::catalogue_with_examples().unwrap();
        let rules = RuleSet::catalogue().unwrap();
        assert_eq!(rules.rules().len(), written.rules().len());
        for (one, other) in rules.rules().iter().zip(written.rules()) {
            let without_examples = Rule { examples: Vec::new(), ..other.clone() };
            assert!(one.examples.is_empty());
            assert_eq!(format!("{one:#?}"), format!("{without_examples:#?}"));
        }
    }
}
