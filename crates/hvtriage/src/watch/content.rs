//! What a case contains, as a number.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

use super::entry::{Case, Unreadable, files, stamp};
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
/// again; those that were are added to `read`. What cannot be read counts as that, and its analysis tells
/// of it; only a case that is gone, or the end of the watch, is an error.
pub(super) fn case_digest(
    case: &Case,
    version: &str,
    state: &State,
    read: &mut Vec<(KnownFile, CaseKey)>,
    stop: &AtomicBool,
) -> io::Result<CaseKey> {
    fs::symlink_metadata(&case.path)?;
    let mut hash = Sha256::new();
    for file in files(&case.path) {
        let (path, size, digest) = match file {
            Ok((path, metadata)) => {
                let digest = known_digest(&path, &metadata, state, read, stop)?;
                (path, metadata.len(), digest)
            }
            Err(Unreadable { path, kind }) => (path, 0, unreadable(kind)),
        };
        let relative = path.strip_prefix(&case.path).unwrap_or(&path);
        let name = relative.as_os_str().as_encoded_bytes();
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
        hash.update(size.to_le_bytes());
        hash.update(digest);
    }
    hash.update(version);
    Ok(hash.finalize().into())
}

/// The digest of a file that is known or is read now.
fn known_digest(
    path: &Path,
    metadata: &Metadata,
    state: &State,
    read: &mut Vec<(KnownFile, CaseKey)>,
    stop: &AtomicBool,
) -> io::Result<CaseKey> {
    let known = KnownFile { path: path.to_owned(), stamp: stamp(metadata) };
    if let Some(digest) = state.digest(&known) {
        return Ok(digest);
    }
    match file_digest(path, metadata, stop) {
        Ok(digest) => {
            read.push((known, digest));
            Ok(digest)
        }
        Err(error) if stop.load(Ordering::Relaxed) => Err(error),
        Err(error) => Ok(unreadable(error.kind())),
    }
}

/// What stands for the content of something that cannot be read.
/// The key of a case with the key `key` that was given up for lack of `patience`.
pub(super) fn given_up(key: &CaseKey, patience: &str) -> CaseKey {
    Sha256::new()
        .chain_update(key)
        .chain_update("given up")
        .chain_update(patience)
        .finalize()
        .into()
}

fn unreadable(kind: io::ErrorKind) -> CaseKey {
    Sha256::digest(format!("unreadable: {kind:?}")).into()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_counts_as_that_unless_the_watch_ends() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(&folder.path().join("state.redb")).unwrap();
        let file = folder.path().join("System.evtx");
        fs::write(&file, b"one").unwrap();
        let metadata = fs::metadata(&file).unwrap();
        fs::remove_file(&file).unwrap();
        let mut read = Vec::new();
        let mut digest = |path: &Path, stop: bool| {
            known_digest(path, &metadata, &state, &mut read, &AtomicBool::new(stop))
        };
        let gone = digest(&file, false).unwrap();
        assert_eq!(gone, unreadable(io::ErrorKind::NotFound));
        assert_ne!(gone, unreadable(io::ErrorKind::PermissionDenied));
        assert!(digest(&file, true).is_err());
        // It is not remembered as what the file contains.
        assert!(read.is_empty());
    }
}
