//! The reports of cases: where they are, and how they get there as a whole or not at all.
//!
//! Whoever analyzes writes them under names of their own; only the watch gives them their names, and it
//! holds the lock of its store from its first breath to its last. So whenever it is killed, and whatever
//! becomes of the processes that it started, a report that is named later is one of a later watch: none
//! of those processes can put an older one over it.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use hvtriage::{Diagnosis, Problem, reason_of};
use sha2::{Digest, Sha256};
use tempfile::TempPath;

use crate::output::{UNFINISHED_END, UNFINISHED_START, unnamed_in};
use crate::report_format::ReportFormat;

/// The folder of the reports, made if it is not there.
pub(super) fn folder(path: &Path) -> Result<PathBuf, String> {
    let folder = fs::create_dir_all(path).and_then(|()| path.canonicalize());
    folder.map_err(|error| format!("{}: {}: name another --out", path.display(), reason_of(&error)))
}

/// Removes what a process that was killed left.
pub(super) fn remove_unfinished(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if is_unfinished(&entry.file_name().to_string_lossy()) {
            // What cannot be removed is in nobody's way.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_unfinished(name: &str) -> bool {
    name.starts_with(UNFINISHED_START) && name.ends_with(UNFINISHED_END)
}

/// Reports of cases with names of more bytes than this are called by their first [`KEPT`] bytes and a
/// digest: a file's name has 255 at most. The result is longer than this, so that no other case can be
/// called so.
const LONGEST: usize = 240;
const KEPT: usize = 230;

/// What the reports of the case called `name` are called instead, if its name is too long for them.
pub(super) fn shortened(name: &OsStr) -> Option<String> {
    if name.len() <= LONGEST {
        return None;
    }
    let mut short = String::new();
    for letter in name.to_string_lossy().chars() {
        if short.len().saturating_add(letter.len_utf8()) > KEPT {
            break;
        }
        short.push(letter);
    }
    short.push('~');
    for byte in Sha256::digest(name.as_encoded_bytes()).iter().take(8) {
        short.push_str(&format!("{byte:02x}"));
    }
    Some(short)
}

/// The file of the report of the case called `name`.
pub(super) fn file(folder: &Path, name: &OsStr, format: ReportFormat) -> PathBuf {
    let mut file = shortened(name).map_or_else(|| name.to_owned(), OsString::from);
    file.push(format.extension());
    folder.join(file)
}

/// Why no report can get the name of one of the case called `name`, whatever is in it.
pub(super) fn in_the_way(folder: &Path, name: &OsStr, formats: &[ReportFormat]) -> Option<String> {
    let mut files = formats.iter().map(|format| file(folder, name, *format));
    let taken = files.find(|file| file.is_dir())?;
    Some(format!("cannot write the report to {}: a folder is called so", taken.display()))
}

/// The report of a case in each form, whole and without its name.
pub(super) struct Unnamed(Vec<(File, TempPath)>);

impl Unnamed {
    /// Writes a report to `folder`.
    pub(super) fn write(
        folder: &Path,
        formats: &[ReportFormat],
        diagnosis: &Diagnosis,
    ) -> io::Result<Self> {
        let mut reports = Vec::new();
        for format in formats {
            let (file, path) = unnamed_in(folder)?;
            let mut writer = BufWriter::new(&file);
            format.write(diagnosis, &mut writer)?;
            writer.flush()?;
            drop(writer);
            reports.push((file, path));
        }
        Ok(Self(reports))
    }

    /// Waits until it is on the disk: no power failure leaves an empty report.
    pub(super) fn sync(self) -> io::Result<OnDisk> {
        let mut paths = Vec::new();
        for (file, path) in self.0 {
            file.sync_all()?;
            paths.push(path);
        }
        Ok(OnDisk(paths))
    }
}

/// The report of a case in each form, which waits on the disk for its name.
pub(super) struct OnDisk(Vec<TempPath>);

impl OnDisk {
    /// Those of another process, which told their names in `folder`; nothing unless they are such files.
    pub(super) fn of_another(folder: &Path, names: &[String]) -> Option<Self> {
        let names = names.iter().map(Path::new);
        let mut paths = Vec::new();
        for name in names {
            let name = name.file_name().filter(|it| *it == name.as_os_str())?;
            is_unfinished(&name.to_string_lossy()).then_some(())?;
            paths.push(TempPath::try_from_path(folder.join(name)).ok()?);
        }
        Some(Self(paths))
    }

    /// Leaves them to another process; the names by which it knows them.
    pub(super) fn leave(self) -> io::Result<Vec<PathBuf>> {
        self.0.into_iter().map(|path| path.keep().map_err(|error| error.error)).collect()
    }

    /// Gives them the names of reports of the case called `name`.
    pub(super) fn name(
        self,
        folder: &Path,
        name: &OsStr,
        formats: &[ReportFormat],
    ) -> io::Result<()> {
        if self.0.len() != formats.len() {
            return Err(io::Error::other("it is not there in each form"));
        }
        for (path, format) in self.0.into_iter().zip(formats) {
            path.persist(file(folder, name, *format)).map_err(|error| error.error)?;
        }
        Ok(())
    }
}

/// Removes reports of the case called `name` that an earlier watch left, by the ends of their names.
pub(super) fn remove(folder: &Path, name: &OsStr, extensions: &[String]) -> io::Result<()> {
    let is_asked = |format: &&ReportFormat| extensions.iter().any(|it| it == format.extension());
    for format in ReportFormat::value_variants().iter().filter(is_asked) {
        match fs::remove_file(file(folder, name, *format)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    sync_names(folder);
    Ok(())
}

/// Waits until names that were given in `folder` are on the disk, before they are noted.
pub(super) fn sync_names(folder: &Path) {
    // Only on Unix can a folder be opened; where it cannot be synced, its file system does so itself.
    #[cfg(unix)]
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    #[cfg(not(unix))]
    let _ = folder;
}

/// The diagnosis of a case that cannot be analyzed: a problem and no more.
pub(super) fn unanalyzed(name: &OsStr, message: String, hint: &str) -> Diagnosis {
    let problem = Problem::new(name.to_string_lossy(), message).hint(hint);
    Diagnosis { problems: vec![problem], ..Diagnosis::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_too_long_are_shortened_each_to_another() {
        assert_eq!(shortened(OsStr::new("HV01.zip")), None);
        assert_eq!(shortened(OsStr::new(&"a".repeat(240))), None);
        let (one, other) = ("a".repeat(252), "a".repeat(251));
        // `printf 'a%.0s' $(seq 252) | sha256sum`
        let expected = format!("{}~03aaf5773717feae", "a".repeat(230));
        let short = shortened(OsStr::new(&one)).unwrap();
        assert_eq!(short, expected);
        assert_ne!(short, shortened(OsStr::new(&other)).unwrap());
        // 4 bytes do not fit into the last 2.
        let wide = "\u{1F4A5}".repeat(63);
        let short = shortened(OsStr::new(&wide)).unwrap();
        assert!(short.starts_with(&"\u{1F4A5}".repeat(57)) && short.len() == 57 * 4 + 17);
        assert!(short.len() > LONGEST);
        assert!(short.len() + ".json".len() <= 255);
    }

    #[test]
    fn only_unfinished_files_of_the_folder_are_taken_from_another_process() {
        let folder = Path::new("/reports");
        for name in ["../.hvtriage-x.part", "/etc/.hvtriage-x.part", "HV01.zip.txt", "", ".."] {
            assert!(OnDisk::of_another(folder, &[name.to_owned()]).is_none(), "{name}");
        }
        let reports = OnDisk::of_another(folder, &[".hvtriage-x.part".to_owned()]).unwrap();
        assert_eq!(reports.leave().unwrap(), [folder.join(".hvtriage-x.part")]);
    }
}
