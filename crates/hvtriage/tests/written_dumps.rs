//! Every kind of dump that the samples' writer makes, against what it put in (`samples/dumps.json`).
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hvtriage_crashdump::{
    Companions, CrashReport, FileBytes, FrameTrust, ImageKey, PdbKey, examine_with,
};
use serde_json::Value;

/// The drivers that were built.
struct Built;

impl Companions for Built {
    fn image(&self, key: &ImageKey) -> Option<FileBytes> {
        let file = std::fs::read(samples().join("drivers/built").join(&key.name)).ok()?;
        let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
        let header = number(0x3C) as usize;
        let is_it = number(header + 8) == key.timestamp && number(header + 0x50) == key.size;
        is_it.then(|| -> FileBytes { Arc::new(file) })
    }

    fn symbols(&self, key: &PdbKey) -> Option<FileBytes> {
        let file = std::fs::read(samples().join("drivers/built").join(&key.name)).ok()?;
        Some(Arc::new(file))
    }
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples")
}

fn facts() -> Vec<Value> {
    let text = std::fs::read_to_string(samples().join("dumps.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap().as_array().unwrap().clone()
}

fn report(facts: &Value) -> CrashReport {
    let bytes = std::fs::read(samples().join(facts["path"].as_str().unwrap())).unwrap();
    examine_with(&bytes, &Built).unwrap()
}

fn number(value: &Value) -> u64 {
    let text = value.as_str().unwrap();
    u64::from_str_radix(text.strip_prefix("0x").unwrap(), 16).unwrap()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

#[test]
fn headers() {
    for facts in facts() {
        let (report, name) = (report(&facts), &facts["path"]);
        assert_eq!(report.dump_type_code.map(u64::from), facts["type"].as_u64(), "{name}");
        assert_eq!(report.machine_type.to_string(), facts["machine"].as_str().unwrap(), "{name}");
        assert_eq!(report.os_build.map(u64::from), facts["build"].as_u64(), "{name}");
        assert_eq!(report.processor_count.map(u64::from), facts["processors"].as_u64(), "{name}");
        let bugcheck = report.bugcheck.unwrap();
        assert_eq!(u64::from(bugcheck.code), number(&facts["bugcheck"]), "{name}");
        let parameters: Vec<u64> = array(&facts["parameters"]).iter().map(number).collect();
        assert_eq!(bugcheck.parameters.to_vec(), parameters, "{name}");
        let time = report.system_time.map(|time| time.0);
        assert_eq!(time, facts["system_time_filetime"].as_u64(), "{name}");
        assert_eq!(report.uptime_ticks, facts["uptime_ticks"].as_u64(), "{name}");
        // One thing is wrong in all of them: a page file that was too small.
        let expected = usize::from(facts["type"] == 3);
        assert_eq!(report.problems.len(), expected, "{name}: {:?}", report.problems);
    }
}

#[test]
fn modules_and_unloaded_drivers() {
    for facts in facts() {
        let (report, name) = (report(&facts), &facts["path"]);
        let modules = array(&facts["modules"]);
        assert_eq!(report.modules.len(), modules.len(), "{name}");
        for (found, expected) in report.modules.iter().zip(modules) {
            let name_of = expected["name"].as_str().unwrap();
            assert!(found.name.eq_ignore_ascii_case(name_of), "{name}: {}", found.name);
            assert_eq!(found.base.0, number(&expected["base"]), "{name}: {name_of}");
            assert_eq!(u64::from(found.size), expected["size"].as_u64().unwrap(), "{name_of}");
            if let Some(timestamp) = expected["timestamp"].as_u64() {
                assert_eq!(found.timestamp.map(u64::from), Some(timestamp), "{name}: {name_of}");
            }
        }
        // Small dumps keep 12 letters of a name.
        let letters = if facts["type"] == 4 { 12 } else { usize::MAX };
        let cut = |name: &str| name.chars().take(letters).collect::<String>();
        let found: BTreeSet<_> = report
            .unloaded
            .iter()
            .map(|driver| (cut(&driver.name), driver.start.0, driver.end.0))
            .collect();
        let expected: BTreeSet<_> = array(&facts["unloaded"])
            .iter()
            .map(|driver| {
                let name = cut(driver["name"].as_str().unwrap());
                (name, number(&driver["start"]), number(&driver["end"]))
            })
            .collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn secondary_data() {
    let mut pieces = 0;
    for facts in facts() {
        let report = report(&facts);
        let found: Vec<_> = report
            .secondary
            .iter()
            .map(|piece| (piece.guid.to_string(), piece.size_bytes))
            .collect();
        let expected: Vec<_> = array(&facts["secondary"])
            .iter()
            .map(|piece| {
                (piece["guid"].as_str().unwrap().to_owned(), piece["bytes"].as_u64().unwrap())
            })
            .collect();
        assert_eq!(found, expected, "{}", facts["path"]);
        pieces += found.len();
    }
    assert_eq!(pieces, 4);
}

/// A small dump has unwind data of those drivers only that are at hand as files; there the rest is scanned.
#[test]
fn stacks() {
    for facts in facts() {
        let (report, name) = (report(&facts), &facts["path"]);
        let expected: Vec<u64> = array(&facts["stack"]).iter().map(number).collect();
        let has_all = facts["type"] != 4 || facts["build"] == 7601 || facts["machine"] != "x64";
        let sure = report.stack.iter().filter(|frame| frame.trust != FrameTrust::Scanned);
        let found: Vec<u64> = sure.map(|frame| frame.instruction.0).collect();
        if facts["type"] == 3 {
            continue;
        } else if has_all {
            assert_eq!(found, expected, "{name}");
        } else {
            assert!(found.len() >= 4, "{name}: {found:x?}");
            assert!(found.iter().all(|address| expected.contains(address)), "{name}: {found:x?}");
        }
    }
}

/// Of every dump with page tables the trap frame is found, with three, four and five levels of them.
#[test]
fn the_moment_of_the_fault() {
    let mut found = 0_u32;
    for facts in facts() {
        let (report, name) = (report(&facts), &facts["path"]);
        if report.fault.is_none() || report.stack.len() < 4 || facts["machine"] == "ARM64" {
            continue;
        }
        let state = report.state.as_ref().unwrap();
        let parameter = number(&array(&facts["parameters"])[3]);
        assert_eq!(state.instruction.0, parameter, "{name}: {}", state.basis);
        found += 1;
    }
    assert!(found >= 14, "{found}");
}

/// One bit of a bitmap of pages makes every page behind it another: whatever then looks like drivers
/// may not be blamed.
#[test]
fn a_wrong_bit_of_the_bitmap_blames_nobody() {
    let whole = std::fs::read(samples().join("kb2636573/guest-SQL07/MEMORY.DMP")).unwrap();
    let sound = examine_with(&whole, &Built).unwrap();
    assert!(sound.blame.is_some_and(|blame| blame.module == "storvsc.sys"));
    // The bitmap stands from 0x2020 on. Set bits that are cleared, and clear ones that are set.
    let set = (0x2020..0x4000).filter(|at| whole[*at] != 0).step_by(3);
    let places: Vec<usize> = set.chain((0x2030..0x4000).step_by(61)).collect();
    let mut flipped = 0_u32;
    for at in places {
        let mut bytes = whole.clone();
        let lowest = bytes[at].trailing_zeros() % 8;
        bytes[at] ^= 1 << lowest;
        let report = examine_with(&bytes, &Built).unwrap();
        // What stands in front of the bit is as it was.
        let blamed = report.blame.as_ref().map(|blame| blame.module.as_str());
        assert!(matches!(blamed, None | Some("storvsc.sys")), "{at:#x}: {blamed:?}");
        assert!(report.is_contradictory, "{at:#x}");
        assert!(report.unloaded.iter().all(|driver| driver.name.is_ascii()), "{at:#x}");
        flipped += 1;
    }
    assert!(flipped > 100);
}

/// The kernel says how long the small dump is that it writes.
#[test]
fn a_small_dump_that_is_cut_says_so() {
    let mut bytes = std::fs::read(samples().join("dump-types/triage-by-kernel.dmp")).unwrap();
    let is_cut = |bytes: &[u8]| {
        let report = examine_with(bytes, &Built).unwrap();
        report.problems.iter().any(|problem| problem.message.contains("the rest is cut off"))
    };
    assert!(!is_cut(&bytes));
    bytes.truncate(bytes.len() * 2 / 3);
    assert!(is_cut(&bytes));
}
