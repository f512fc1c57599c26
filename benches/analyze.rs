//! What users feel: a folder of logs, one big log, a dump.
//!
//! The inputs are made from the samples: real record shapes, but few of them. With
//! `HVTRIAGE_CORPUS` set, a folder of real logs is measured too.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    reason = "criterion's macros; a bench may fail and says what it leaves out"
)]

use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hvtriage::{Options, analyze};

/// Logs in the folder.
const FOLDER_LOGS: usize = 200;
/// Chunks of 64 KiB in the big log: 64 MiB.
const BIG_LOG_CHUNKS: usize = 1024;
const HEADER_BYTES: usize = 4096;
const CHUNK_BYTES: usize = 65_536;

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples")
}

fn find(folder: &Path, wanted: &dyn Fn(&Path) -> bool, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, wanted, found);
        } else if wanted(&path) {
            found.push(path);
        }
    }
    found.sort();
}

fn with_extension(extension: &'static str) -> impl Fn(&Path) -> bool {
    move |path| path.extension().is_some_and(|one| one.eq_ignore_ascii_case(extension))
}

fn undamaged_logs() -> Vec<PathBuf> {
    let mut logs = Vec::new();
    find(&samples(), &with_extension("evtx"), &mut logs);
    logs.retain(|path| !path.components().any(|part| part.as_os_str() == "damaged"));
    logs
}

fn measure(criterion: &mut Criterion, name: &str, path: &Path, bytes: u64) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).throughput(Throughput::Bytes(bytes));
    for jobs in [1, 2] {
        group.bench_function(format!("{jobs} threads"), |bencher| {
            let options = Options::default().jobs(jobs);
            bencher.iter(|| black_box(analyze(&[path], &options).unwrap()));
        });
    }
    group.finish();
}

fn folder_of_logs(criterion: &mut Criterion) {
    let folder = std::env::temp_dir().join("hvtriage-bench-folder");
    std::fs::create_dir_all(&folder).unwrap();
    let logs = undamaged_logs();
    let mut bytes = 0;
    for (number, log) in logs.iter().cycle().take(FOLDER_LOGS).enumerate() {
        bytes += std::fs::copy(log, folder.join(format!("{number}.evtx"))).unwrap();
    }
    measure(criterion, "folder of logs", &folder, bytes);
}

/// Chunks stand alone, so a log of many is the chunks of small ones behind one header.
fn big_log(criterion: &mut Criterion) {
    let logs: Vec<Vec<u8>> =
        undamaged_logs().iter().map(|path| std::fs::read(path).unwrap()).collect();
    let chunks: Vec<&[u8]> =
        logs.iter().flat_map(|log| log[HEADER_BYTES..].chunks_exact(CHUNK_BYTES)).collect();
    let mut big = logs[0][..HEADER_BYTES].to_vec();
    for chunk in chunks.iter().cycle().take(BIG_LOG_CHUNKS) {
        big.extend_from_slice(chunk);
    }
    let path = std::env::temp_dir().join("hvtriage-bench-big.evtx");
    std::fs::write(&path, &big).unwrap();
    measure(criterion, "big log", &path, big.len() as u64);
}

fn dump(criterion: &mut Criterion) {
    let mut dumps = Vec::new();
    find(&samples(), &with_extension("dmp"), &mut dumps);
    let largest = dumps.iter().max_by_key(|path| path.metadata().unwrap().len()).unwrap();
    measure(criterion, "dump", largest, largest.metadata().unwrap().len());
}

fn real_logs(criterion: &mut Criterion) {
    let Some(corpus) = std::env::var_os("HVTRIAGE_CORPUS") else {
        eprintln!("real logs left out: HVTRIAGE_CORPUS is not set");
        return;
    };
    let folder = PathBuf::from(corpus).join("evtx");
    let mut logs = Vec::new();
    find(&folder, &with_extension("evtx"), &mut logs);
    let bytes = logs.iter().map(|path| path.metadata().unwrap().len()).sum();
    measure(criterion, "real logs", &folder, bytes);
}

criterion_group!(benches, folder_of_logs, big_log, dump, real_logs);
criterion_main!(benches);
