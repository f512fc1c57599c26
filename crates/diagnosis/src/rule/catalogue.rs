//! The rule files that are compiled in.

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
    "integration/IC-MISMATCH-4010.yaml",
    "integration/IC-INCOMPATIBLE-4000.yaml",
    "integration/IC-23012.yaml",
    "csv/CSV-REDIRECT-5121.yaml",
    "csv/CSV-FILTER-5125.yaml",
    "antivirus/AV-EXCLUSIONS.yaml",
    "antivirus/KB961804.yaml",
    "antivirus/KB73596.yaml",
    "network/KB2974384.yaml",
    "network/KB3001783-MAX.yaml",
    "network/KB2643970.yaml",
];
