//! The fuzz properties on stable: samples, their truncations, their byte flips, and old failures.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::{Path, PathBuf};

use hvtriage_fuzz_properties::PROPERTIES;

/// Cuts and flips of one file are this many each, spread over it, so that the test stays short.
const VARIANTS: usize = 24;
/// Larger samples are replayed as they are.
const MUTATED_BYTES: usize = 1 << 20;

/// The ends of the names of archives among the seeds.
const ARCHIVES: [&str; 6] = ["zip", "cab", "7z", "tar", "gz", "zst"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The properties that can say something about these bytes.
fn replay(bytes: &[u8]) {
    for (name, property) in PROPERTIES {
        let fits = match *name {
            "evtx_log" => bytes.starts_with(b"ElfFile") || bytes.len() < 4096,
            "kernel_dump" => bytes.starts_with(b"PAGE"),
            "inventory" => bytes.starts_with(&[0xff, 0xfe]) || !bytes.contains(&0),
            "user_dump" => bytes.starts_with(b"MDMP"),
            _ => !bytes.starts_with(b"ElfFile") && !bytes.starts_with(b"PAGE"),
        };
        if fits {
            property(bytes);
        }
    }
}

fn is_evidence(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    matches!(
        extension,
        "evtx" | "evt" | "xml" | "txt" | "csv" | "reg" | "log" | "nfo" | "dmp" | "DMP" | "yaml"
    )
}

#[test]
fn samples_their_cuts_and_flips() {
    let mut folders = files(&root().join("samples"));
    folders.extend(files(&root().join("crates/diagnosis/catalogue")));
    folders.extend(files(&root().join("fuzz/seeds")));
    let samples: Vec<_> = folders.into_iter().filter(|path| is_evidence(path)).collect();
    assert!(!samples.is_empty());
    for path in samples {
        let bytes = std::fs::read(&path).unwrap();
        replay(&bytes);
        if bytes.len() > MUTATED_BYTES {
            continue;
        }
        let step = (bytes.len() / VARIANTS).max(1);
        for (number, at) in (0..bytes.len()).step_by(step).enumerate() {
            replay(&bytes[..at]);
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (number % 8);
            replay(&flipped);
        }
    }
}

/// The headers are where a flipped byte does most harm: all of their bytes, one after the other.
#[test]
fn every_byte_of_the_headers() {
    let evidence = files(&root().join("samples")).into_iter().filter(|path| is_evidence(path));
    let mut seen = std::collections::BTreeSet::new();
    for path in evidence {
        let bytes = std::fs::read(&path).unwrap();
        let signature = bytes.get(..8).unwrap_or_default().to_vec();
        let dump_type = bytes.get(0xf98..0xf9c).unwrap_or_default().to_vec();
        let is_dump = bytes.starts_with(b"PAGE");
        if !(is_dump || bytes.starts_with(b"Elf")) || !seen.insert((signature, dump_type.clone())) {
            continue;
        }
        let header = if is_dump { 0x2200 } else { 0x1400 };
        for at in (0..bytes.len().min(header)).step_by(if is_dump { 13 } else { 5 }) {
            let mut damaged = bytes.clone();
            damaged[at] = damaged[at].wrapping_add(0x81);
            replay(&damaged);
        }
    }
    assert!(!seen.is_empty());
}

/// An archive is nothing but headers: each byte of the seeds in turn, and each end.
#[test]
fn every_byte_of_small_archives() {
    let seeds = files(&root().join("fuzz/seeds")).into_iter();
    let is_archive = |path: &PathBuf| {
        path.extension().is_some_and(|end| ARCHIVES.iter().any(|archive| end == *archive))
    };
    let archives: Vec<PathBuf> = seeds.filter(is_archive).collect();
    assert!(archives.len() >= ARCHIVES.len());
    for path in archives {
        let bytes = std::fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            for change in [0x01, 0x80, 0xFF] {
                let mut damaged = bytes.clone();
                damaged[at] ^= change;
                hvtriage_fuzz_properties::archive(&damaged);
            }
            hvtriage_fuzz_properties::archive(&bytes[..at]);
        }
    }
}

#[test]
fn old_failures() {
    for path in files(&root().join("fuzz/regressions")) {
        let bytes = std::fs::read(&path).unwrap();
        for (_, property) in PROPERTIES {
            property(&bytes);
        }
    }
}
