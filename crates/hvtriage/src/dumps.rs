//! Dumps on their own, read with what is at hand for them.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use hvtriage_crashdump::{CrashReport, MemoryPiece, examine_with, read_memory};
use hvtriage_diagnosis::Problem;
use hvtriage_winfmt::VirtAddr;
use rayon::prelude::*;

use crate::discover::{Candidate, discover, total_bytes};
use crate::driver_groups::{DriverGroup, driver_groups};
use crate::opened::{Evidence, EvidenceKind, Opened, open};
use crate::{AnalyzeError, LocalStore, Progress, collection};

/// What to ask of dumps.
#[derive(Debug, Default)]
pub struct DumpQuery {
    store: LocalStore,
    memory: Option<(VirtAddr, u64)>,
    stack_bytes: u64,
    jobs: usize,
    temporary: Option<PathBuf>,
}

/// What one dump tells.
#[derive(Debug)]
#[non_exhaustive]
pub struct DumpRead {
    /// The file, as the caller named it or its folder.
    pub source: String,
    /// What is said of it.
    pub report: CrashReport,
    /// Its drivers in groups, each driver in one.
    pub drivers: Vec<DriverGroup>,
    /// The memory that was asked for.
    pub memory: Vec<MemoryPiece>,
    /// The stack itself, where that was asked for.
    pub raw_stack: Vec<MemoryPiece>,
}

/// All dumps that were found, in the order of their names.
#[derive(Debug, Default)]
pub struct DumpsRead {
    /// The dumps.
    pub dumps: Vec<DumpRead>,
    /// Files that could not be read at all; what is wrong with a dump is in its own report.
    pub problems: Vec<Problem>,
}

impl DumpQuery {
    /// Asks with images and symbols of `store` at hand.
    #[must_use]
    pub fn new(store: LocalStore) -> Self {
        Self { store, ..Self::default() }
    }

    /// The images and symbols at hand.
    #[must_use]
    pub fn store(&self) -> &LocalStore {
        &self.store
    }

    /// Asks for `size` bytes of virtual memory from `address` on, too.
    #[must_use]
    pub fn memory(mut self, address: VirtAddr, size: u64) -> Self {
        self.memory = Some((address, size));
        self
    }

    /// Asks for the first `size` bytes of the stack, too.
    #[must_use]
    pub fn raw_stack(mut self, size: u64) -> Self {
        self.stack_bytes = size;
        self
    }

    /// Uses `count` threads; 0 means as many as there are processors. The order is the same.
    #[must_use]
    pub fn jobs(mut self, count: usize) -> Self {
        self.jobs = count;
        self
    }

    /// As [`Options::temporary`](crate::Options::temporary).
    #[must_use]
    pub fn temporary(mut self, folder: impl Into<PathBuf>) -> Self {
        self.temporary = Some(folder.into());
        self
    }
}

/// Reads the dumps at `paths`: files, folders and archives.
///
/// # Errors
/// A path that does not exist, and paths without any dump. Damage is in the reports.
pub fn read_dumps<P: AsRef<Path>>(
    paths: &[P],
    query: &DumpQuery,
    progress: &Progress,
) -> Result<DumpsRead, AnalyzeError> {
    let paths: Vec<PathBuf> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
    let mut read = DumpsRead::default();
    let candidates = discover(&paths, &mut read.problems)?;
    progress.set_files(candidates.len() as u64);
    progress.found(total_bytes(&candidates));
    let jobs = NonZeroUsize::new(query.jobs).map_or(0, NonZeroUsize::get);
    let each = crate::in_pool(jobs, || {
        let parts = candidates.par_iter().map(|candidate| {
            let read = of_candidate(candidate, query, progress);
            progress.file_done();
            read
        });
        parts.collect::<Vec<DumpsRead>>()
    })?;
    for one in each {
        read.dumps.extend(one.dumps);
        read.problems.extend(one.problems);
    }
    if read.dumps.is_empty() {
        let files = candidates.len();
        return Err(AnalyzeError::NoDump { files, problems: read.problems });
    }
    Ok(read)
}

fn of_candidate(candidate: &Candidate, query: &DumpQuery, progress: &Progress) -> DumpsRead {
    let name = &candidate.name;
    let mut read = DumpsRead::default();
    match open(candidate, progress) {
        Ok(Opened::Evidence(kind, bytes)) => {
            if matches!(kind, EvidenceKind::Dump(_)) {
                read.dumps.extend(of_dump(name, &bytes, query));
            }
            progress.done(bytes.len() as u64);
        }
        Ok(Opened::Archive(kind, bytes)) => {
            let folder = query.temporary.clone();
            let dumps = &mut read.dumps;
            let each = |members: &[Evidence]| {
                let of = |it: &Evidence| {
                    let is_dump = matches!(it.kind, EvidenceKind::Dump(_));
                    let dump = is_dump.then(|| of_dump(&it.name, &it.bytes, query)).flatten();
                    progress.done(it.bytes.len() as u64);
                    dump
                };
                dumps.extend(members.par_iter().filter_map(of).collect::<Vec<_>>());
            };
            read.problems = collection::each_window(name, kind, &bytes, folder, progress, each);
        }
        Ok(Opened::Other) => {}
        Err(problem) => read.problems.push(problem),
    }
    read
}

fn of_dump(source: &str, bytes: &[u8], query: &DumpQuery) -> Option<DumpRead> {
    let report = examine_with(bytes, &query.store).ok()?;
    let piece = |(address, size)| read_memory(bytes, address, size);
    let stack = report.state.as_ref().map(|state| (state.stack_pointer, query.stack_bytes));
    Some(DumpRead {
        source: source.to_owned(),
        // A process has no drivers.
        drivers: match report.header {
            Some(_) => driver_groups(&report.modules),
            None => Vec::new(),
        },
        memory: query.memory.map(piece).unwrap_or_default(),
        raw_stack: stack.filter(|(_, size)| *size > 0).map(piece).unwrap_or_default(),
        report,
    })
}
