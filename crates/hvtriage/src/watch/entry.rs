//! The cases of a folder, and what they look like from outside.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::time::Duration;
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
    /// When something of it was changed last, as the file system says; on Unix also when it came to be
    /// there, which a copy that keeps the times of its original does not hide.
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

/// The entries of a folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Entries {
    /// The names of those that are cases.
    pub(super) cases: BTreeSet<OsString>,
    /// The others, and what each of them is.
    pub(super) others: BTreeMap<OsString, NoCase>,
}

/// Why an entry is no case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoCase {
    /// Its name is one of files that are being written.
    Unfinished,
    /// It is a link, which may lead anywhere, or a pipe, a socket or a device.
    NoFile,
}

/// The entries of `folder`, without those in `left_out`.
pub(super) fn entries(folder: &Path, left_out: &[PathBuf]) -> io::Result<Entries> {
    let left_out: Vec<PathBuf> =
        left_out.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut entries = Entries::default();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path().canonicalize();
        if path.is_ok_and(|path| left_out.contains(&path)) {
            continue;
        }
        let name = entry.file_name();
        if is_unfinished(&name) {
            entries.others.insert(name, NoCase::Unfinished);
        } else if entry.file_type().is_ok_and(|it| it.is_file() || it.is_dir()) {
            entries.cases.insert(name);
        } else {
            entries.others.insert(name, NoCase::NoFile);
        }
    }
    Ok(entries)
}

/// Whether a file of this name is still being written.
pub(super) fn is_unfinished(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_lowercase();
    UNFINISHED_STARTS.iter().any(|start| name.starts_with(start))
        || UNFINISHED_ENDS.iter().any(|end| name.ends_with(end))
}

/// Looks at the case called `name`. What cannot be read in it is part of how it looks.
pub(super) fn look(name: OsString, path: PathBuf) -> io::Result<(Case, Look)> {
    fs::symlink_metadata(&path)?;
    let mut case = Case { name, path, files: 0, bytes: 0, changed: None };
    let mut hash = Sha256::new();
    for file in files(&case.path) {
        let (file, seen) = match file {
            Ok((file, metadata)) => {
                case.files = case.files.saturating_add(1);
                case.bytes = case.bytes.saturating_add(metadata.len());
                case.changed = case.changed.max(changed(&metadata));
                (file, stamp(&metadata))
            }
            Err(Unreadable { path, kind }) => (path, format!("{kind:?}").into_bytes()),
        };
        let relative = file.strip_prefix(&case.path).unwrap_or(&file);
        hash.update(relative.as_os_str().as_encoded_bytes());
        hash.update([0]);
        hash.update(seen);
    }
    Ok((case, Look(hash.finalize().into())))
}

/// A file or folder of a case that cannot be read now, and why.
#[derive(Debug)]
pub(super) struct Unreadable {
    pub(super) path: PathBuf,
    pub(super) kind: io::ErrorKind,
}

/// The files of a case in the order of their names, without following links.
pub(super) fn files(path: &Path) -> impl Iterator<Item = Result<(PathBuf, Metadata), Unreadable>> {
    let unreadable = |error: walkdir::Error| Unreadable {
        path: error.path().unwrap_or(path).to_owned(),
        kind: error.io_error().map_or(io::ErrorKind::Other, io::Error::kind),
    };
    let walk = WalkDir::new(path).max_depth(MAX_DEPTH).sort_by_file_name().into_iter();
    walk.filter(|entry| entry.as_ref().map_or(true, |entry| entry.file_type().is_file())).map(
        move |entry| {
            let entry = entry.map_err(unreadable)?;
            let metadata = entry.metadata().map_err(unreadable)?;
            Ok((entry.into_path(), metadata))
        },
    )
}

/// When a file was changed last: the later of its two times on Unix, where nobody sets the second one.
fn changed(metadata: &Metadata) -> Option<SystemTime> {
    let modified = metadata.modified().ok();
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let seconds = u64::try_from(metadata.ctime()).unwrap_or_default();
        let nanoseconds = u32::try_from(metadata.ctime_nsec()).unwrap_or_default();
        let since =
            Duration::from_secs(seconds).saturating_add(Duration::from_nanos(nanoseconds.into()));
        modified.max(SystemTime::UNIX_EPOCH.checked_add(since))
    }
    #[cfg(not(unix))]
    {
        modified
    }
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

    #[cfg(unix)]
    #[test]
    fn entries_are_cases_or_told_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let inside = |name: &str| folder.path().join(name);
        fs::write(inside("HV01.zip"), "case").unwrap();
        fs::write(inside("HV02.zip.part"), "half of one").unwrap();
        fs::create_dir(inside("HV03")).unwrap();
        fs::create_dir(inside("reports")).unwrap();
        std::os::unix::fs::symlink(inside("HV03"), inside("HV04")).unwrap();
        let entries = entries(folder.path(), &[inside("reports")]).unwrap();
        assert_eq!(entries.cases, ["HV01.zip", "HV03"].map(OsString::from).into());
        let others = [("HV02.zip.part", NoCase::Unfinished), ("HV04", NoCase::NoFile)];
        assert_eq!(entries.others, others.map(|(name, why)| (name.into(), why)).into());
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

    #[test]
    fn what_is_gone_is_no_case() {
        let folder = tempfile::tempdir().unwrap();
        let gone = look("case".into(), folder.path().join("case"));
        assert_eq!(gone.unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_cannot_be_read_is_part_of_the_look() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let case = folder.path().join("case");
        let closed = case.join("closed");
        fs::create_dir_all(&closed).unwrap();
        fs::write(case.join("System.evtx"), b"one").unwrap();
        fs::write(closed.join("Application.evtx"), b"two").unwrap();
        let permit = |mode| fs::set_permissions(&closed, fs::Permissions::from_mode(mode)).unwrap();
        let look = || look("case".into(), case.clone()).unwrap();
        let open = look();
        permit(0o000);
        // Whoever may read everything reads that too.
        if fs::read_dir(&closed).is_err() {
            let shut = look();
            assert_eq!((shut.0.files, open.0.files), (1, 2));
            assert_ne!(shut.1, open.1);
            assert_eq!(look().1, shut.1);
        }
        permit(0o755);
        assert_eq!(look().1, open.1);
    }

    /// A copy may keep the time of its original, and is new all the same.
    #[cfg(unix)]
    #[test]
    fn a_file_that_was_copied_with_its_time_is_new() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        file.as_file().set_modified(long_ago).unwrap();
        let case = Case::at(file.path().to_owned()).unwrap();
        assert!(case.changed.unwrap() > long_ago + Duration::from_secs(1_000_000));
    }
}
