//! The digests by which others know that they have the same evidence.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use hvtriage::{Diagnosis, reason_of};
use hvtriage_report::InputDigest;
use sha2::{Digest, Sha256};

const READ_AT_ONCE: usize = 1 << 20;

/// The digest of each file that evidence was read from, in the order of the names. Of members of archives
/// that of the archive.
pub(crate) fn digests(diagnosis: &Diagnosis) -> Vec<InputDigest> {
    let sources = diagnosis.sources.iter();
    let names = sources.flat_map(|source| std::iter::once(&source.name).chain(&source.copies));
    let files: BTreeSet<&str> = names.map(|name| file_of(name)).collect();
    files.into_iter().map(digest).collect()
}

/// The file that `name` is, or the archive that it is a member of: `collection.zip!System.evtx`.
fn file_of(name: &str) -> &str {
    let mut ends = name.match_indices('!').map(|(end, _)| end).chain([name.len()]).rev();
    let is_file = |file: &&str| Path::new(file).is_file();
    ends.find_map(|end| name.get(..end).filter(is_file)).unwrap_or(name)
}

fn digest(name: &str) -> InputDigest {
    let read = read(Path::new(name));
    let size = read.as_ref().map_or(0, |(size, _)| *size);
    let sha256 = read.map(|(_, digest)| digest).map_err(|error| reason_of(&error));
    InputDigest { name: name.to_owned(), size, sha256 }
}

fn read(path: &Path) -> io::Result<(u64, [u8; 32])> {
    let mut file = File::open(path)?;
    let (mut hash, mut size) = (Sha256::new(), 0_u64);
    let mut buffer = vec![0; READ_AT_ONCE];
    loop {
        let count = match file.read(&mut buffer) {
            Ok(0) => return Ok((size, hash.finalize().into())),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hash.update(buffer.get(..count).unwrap_or_default());
        size = size.saturating_add(count as u64);
    }
}
