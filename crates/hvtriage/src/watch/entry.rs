//! The cases of a folder, and what they look like from outside.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest, Sha256};
use walkdir::WalkDir;

/// A top-level entry of a watched folder: a file, or a folder with everything in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name in the folder.
    pub name: OsString,
    /// Where it is.
    pub path: PathBuf,
    /// Files in it.
    pub files: u64,
    /// Bytes of all of them.
    pub bytes: u64,
    /// When something of it was changed last, as the file system says.
    pub(super) changed: Option<SystemTime>,
}

impl Case {
    /// The case at `path`.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub fn at(path: PathBuf) -> io::Result<Self> {
        let name = path.file_name().unwrap_or_default().to_owned();
        Ok(look(name, path)?.0)
    }
}

/// What a case looks like from outside: names, sizes and times of all its files. Whoever writes into it
/// changes that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Look([u8; 32]);

/// Folders deeper than this are not looked into, as in an analysis.
const MAX_DEPTH: usize = 64;

/// How names begin and end that programs give to files which they are still writing: browsers, WinSCP,
/// rsync, editors. The file gets another name when it is whole.
const UNFINISHED_STARTS: [&str; 3] = [".", "~", "$"];
const UNFINISHED_ENDS: [&str; 8] =
    [".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".download", "~"];

/// The names of the entries of `folder` that are cases.
pub(super) fn names(folder: &Path, left_out: &[PathBuf]) -> io::Result<BTreeSet<OsString>> {
    let left_out: Vec<PathBuf> =
        left_out.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_left_out = || {
            let path = entry.path().canonicalize();
            path.is_ok_and(|path| left_out.contains(&path))
        };
        // A link may lead anywhere, out of the folder too.
        let is_case = entry.file_type().is_ok_and(|it| it.is_file() || it.is_dir());
        if is_case && !is_unfinished(&entry.file_name()) && !is_left_out() {
            names.insert(entry.file_name());
        }
    }
    Ok(names)
}

/// Whether a file of this name is still being written.
pub(super) fn is_unfinished(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_lowercase();
    UNFINISHED_STARTS.iter().any(|start| name.starts_with(start))
        || UNFINISHED_ENDS.iter().any(|end| name.ends_with(end))
}

/// Looks at the case called `name`.
pub(super) fn look(name: OsString, path: PathBuf) -> io::Result<(Case, Look)> {
    let mut case = Case { name, path, files: 0, bytes: 0, changed: None };
    let mut hash = Sha256::new();
    for file in files(&case.path) {
        let (file, metadata) = file?;
        let relative = file.strip_prefix(&case.path).unwrap_or(&file);
        hash.update(relative.as_os_str().as_encoded_bytes());
        hash.update([0]);
        hash.update(stamp(&metadata));
        case.files = case.files.saturating_add(1);
        case.bytes = case.bytes.saturating_add(metadata.len());
        case.changed = case.changed.max(metadata.modified().ok());
    }
    Ok((case, Look(hash.finalize().into())))
}

/// The files of a case in the order of their names, without following links.
pub(super) fn files(path: &Path) -> impl Iterator<Item = io::Result<(PathBuf, Metadata)>> {
    let walk = WalkDir::new(path).max_depth(MAX_DEPTH).sort_by_file_name().into_iter();
    walk.filter(|entry| entry.as_ref().map_or(true, |entry| entry.file_type().is_file())).map(
        |entry| {
            let entry = entry?;
            let metadata = entry.metadata()?;
            Ok((entry.into_path(), metadata))
        },
    )
}

/// What changes with the content of a file, as far as its folder tells: size, times, and on Unix the
/// number of the file, which another one of its name has not.
pub(super) fn stamp(metadata: &Metadata) -> Vec<u8> {
    let modified = metadata.modified().ok();
    let since = modified.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    let mut stamp = metadata.len().to_le_bytes().to_vec();
    stamp.extend(since.unwrap_or_default().as_nanos().to_le_bytes());
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        stamp.extend(metadata.ino().to_le_bytes());
        stamp.extend(metadata.ctime().to_le_bytes());
        stamp.extend(metadata.ctime_nsec().to_le_bytes());
    }
    stamp
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_that_are_being_written() {
        for name in ["HV01.zip.part", "x.TMP", "~$notes", ".hidden", "a.evtx.filepart", "copy~"] {
            assert!(is_unfinished(OsStr::new(name)), "{name}");
        }
        for name in ["HV01.zip", "part", "MEMORY.DMP", "department", "tmp"] {
            assert!(!is_unfinished(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn a_look_changes_with_every_file() {
        let folder = tempfile::tempdir().unwrap();
        let case = folder.path().join("case");
        fs::create_dir_all(case.join("HV01")).unwrap();
        fs::write(case.join("HV01/System.evtx"), b"one").unwrap();
        let look = || look("case".into(), case.clone()).unwrap();
        let first = look();
        assert_eq!((first.0.files, first.0.bytes), (1, 3));
        assert_eq!(look().1, first.1);
        fs::write(case.join("HV01/System.evtx"), b"longer").unwrap();
        let second = look();
        assert_ne!(second.1, first.1);
        fs::write(case.join("HV01/Application.evtx"), b"").unwrap();
        assert_ne!(look().1, second.1);
        fs::remove_file(case.join("HV01/Application.evtx")).unwrap();
        assert_eq!(look().1, second.1);
        fs::rename(case.join("HV01"), case.join("HV02")).unwrap();
        assert_ne!(look().1, second.1);
    }
}
