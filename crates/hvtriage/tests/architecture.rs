//! The arrows between crates, held to the plan of `docs/architecture.md`.
#![allow(clippy::expect_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, MetadataCommand};

/// What each crate of the house may use of the house. Nothing else.
const ARROWS: &[(&str, &[&str])] = &[
    ("hvtriage-winfmt", &[]),
    ("hvtriage-eventlog", &["hvtriage-winfmt"]),
    ("hvtriage-crashdump", &["hvtriage-winfmt"]),
    ("hvtriage-diagnosis", &["hvtriage-winfmt"]),
    ("hvtriage-inventory", &["hvtriage-winfmt"]),
    ("hvtriage-clusterlog", &["hvtriage-winfmt"]),
    ("hvtriage-sigma", &[]),
    (
        "hvtriage",
        &[
            "hvtriage-clusterlog",
            "hvtriage-crashdump",
            "hvtriage-diagnosis",
            "hvtriage-eventlog",
            "hvtriage-inventory",
            "hvtriage-sigma",
            "hvtriage-winfmt",
        ],
    ),
    (
        "hvtriage-report",
        &["hvtriage-crashdump", "hvtriage-diagnosis", "hvtriage-eventlog", "hvtriage-winfmt"],
    ),
    ("hvtriage-cli", &["hvtriage", "hvtriage-diagnosis", "hvtriage-report", "hvtriage-winfmt"]),
    // The writer of evidence shares no code with its readers.
    ("hvtriage-samples", &[]),
    (
        "hvtriage-fuzz-properties",
        &[
            "hvtriage",
            "hvtriage-clusterlog",
            "hvtriage-crashdump",
            "hvtriage-diagnosis",
            "hvtriage-eventlog",
            "hvtriage-inventory",
        ],
    ),
    (
        "hvtriage-benches",
        &["hvtriage", "hvtriage-crashdump", "hvtriage-eventlog", "hvtriage-report"],
    ),
];

/// Packages that belong to one floor and must not be met on another.
const PLACES: &[(&str, &[&str])] = &[
    ("evtx", &["hvtriage-eventlog"]),
    ("quick-xml", &["hvtriage-eventlog", "hvtriage-inventory"]),
    ("goblin", &["hvtriage-crashdump", "hvtriage-eventlog"]),
    ("minidump", &["hvtriage-crashdump"]),
    ("memmap2", &["hvtriage"]),
    ("rayon", &["hvtriage"]),
    ("nom", &["hvtriage-winfmt", "hvtriage-crashdump"]),
    ("rsigma-eval", &["hvtriage-sigma"]),
    ("rsigma-parser", &["hvtriage-sigma"]),
    // `rsigma-eval` asks an event for its JSON, which nothing here writes.
    ("serde_json", &["hvtriage-report", "hvtriage-sigma"]),
    ("csv", &["hvtriage-inventory", "hvtriage-report"]),
    ("clap", &["hvtriage-cli"]),
    ("indicatif", &["hvtriage-cli"]),
];

fn dependencies() -> BTreeMap<String, Vec<String>> {
    let metadata = MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata runs");
    let packages = metadata.packages.iter().map(|package| {
        let normal = package.dependencies.iter().filter(|one| one.kind == DependencyKind::Normal);
        (package.name.to_string(), normal.map(|one| one.name.clone()).collect())
    });
    packages.collect()
}

#[test]
fn no_arrow_that_the_plan_does_not_allow() {
    let dependencies = dependencies();
    for (package, used) in &dependencies {
        let allowed = ARROWS.iter().find(|row| row.0 == package);
        let allowed = allowed.unwrap_or_else(|| panic!("{package} has no place in the plan")).1;
        for one in used.iter().filter(|one| dependencies.contains_key(*one)) {
            assert!(allowed.contains(&one.as_str()), "{package} must not use {one}");
        }
    }
    assert_eq!(dependencies.len(), ARROWS.len(), "a crate of the plan is missing");
}

#[test]
fn each_package_in_the_place_where_it_belongs() {
    for (package, used) in &dependencies() {
        for (guest, rooms) in PLACES {
            if used.iter().any(|one| one == guest) {
                assert!(rooms.contains(&package.as_str()), "{guest} does not belong in {package}");
            }
        }
    }
}

/// The memory map is the one audited place.
#[test]
fn unsafe_code_stands_in_one_file() {
    let mut found = Vec::new();
    for folder in ["crates", "samples", "benches", "fuzz"] {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
        visit(&root, &mut found);
    }
    let ours = found.iter().filter(|name| !name.ends_with("architecture.rs"));
    let names: Vec<_> = ours.collect();
    assert_eq!(names.len(), 1, "{names:?}");
    assert!(names[0].ends_with("hvtriage/src/map.rs"), "{names:?}");
}

fn visit(folder: &std::path::Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the checkout") {
        let path = entry.expect("an entry of the checkout").path();
        if path.is_dir() && !path.ends_with("target") {
            visit(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("source text");
            if text.contains("unsafe {") || text.contains("unsafe fn") {
                found.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
}
