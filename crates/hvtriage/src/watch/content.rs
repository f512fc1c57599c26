//! What a case contains, as a number.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

use super::entry::{Case, files, stamp};
use super::state::{KnownFile, State};

/// The digest of a case and of the version that reports it, or of a file.
pub(super) type CaseKey = [u8; 32];

/// Files up to this size are read as a whole. A bigger one is a dump or an archive of dumps: of it this
/// much at both ends is read, and a sample of each [`STRIDE`] between. Reading 64 GiB would take longer
/// than anything else that is done with them.
const WHOLE: u64 = 1 << 30;
const ENDS: u64 = 16 << 20;
const STRIDE: u64 = 64 << 20;
const SAMPLE: u64 = 64 << 10;

/// The key under which a case is noted as reported: names and contents of its files, and `version`.
/// Files that have not changed since they were read last, as far as their folder tells, are not read
/// again; those that were are added to `read`.
pub(super) fn case_digest(
    case: &Case,
    version: &str,
    state: &State,
    read: &mut Vec<(KnownFile, CaseKey)>,
    stop: &AtomicBool,
) -> io::Result<CaseKey> {
    let mut hash = Sha256::new();
    for file in files(&case.path) {
        let (path, metadata) = file?;
        let known = KnownFile { path: path.clone(), stamp: stamp(&metadata) };
        let digest = match state.digest(&known) {
            Some(digest) => digest,
            None => {
                let digest = file_digest(&path, &metadata, stop)?;
                read.push((known, digest));
                digest
            }
        };
        let relative = path.strip_prefix(&case.path).unwrap_or(&path);
        let name = relative.as_os_str().as_encoded_bytes();
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
        hash.update(metadata.len().to_le_bytes());
        hash.update(digest);
    }
    hash.update(version);
    Ok(hash.finalize().into())
}

/// SHA-256 of a file's content; for a big one, of samples.
fn file_digest(path: &Path, metadata: &Metadata, stop: &AtomicBool) -> io::Result<CaseKey> {
    let mut file = File::open(path)?;
    let size = metadata.len();
    let mut hash = Sha256::new();
    if size <= WHOLE {
        add(&mut hash, &mut file, u64::MAX, stop)?;
        return Ok(hash.finalize().into());
    }
    add(&mut hash, &mut file, ENDS, stop)?;
    let last = size.saturating_sub(ENDS);
    let mut at = STRIDE;
    while at < last {
        file.seek(SeekFrom::Start(at))?;
        add(&mut hash, &mut file, SAMPLE, stop)?;
        at = at.saturating_add(STRIDE);
    }
    file.seek(SeekFrom::Start(last))?;
    add(&mut hash, &mut file, ENDS, stop)?;
    Ok(hash.finalize().into())
}

fn add(hash: &mut Sha256, file: &mut File, bytes: u64, stop: &AtomicBool) -> io::Result<()> {
    let mut buffer = vec![0; 256 << 10];
    let mut part = file.take(bytes);
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "the watch ends"));
        }
        match part.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => hash.update(buffer.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
