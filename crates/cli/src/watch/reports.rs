//! The reports of cases: where they are, and how they get there as a whole or not at all.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

use hvtriage::{Diagnosis, Problem};
use tempfile::TempPath;

use crate::output::{UNFINISHED_END, UNFINISHED_START, unnamed_in};
use crate::report_format::ReportFormat;

/// The folder of the reports, made if it is not there.
pub(super) fn folder(path: &Path) -> Result<PathBuf, String> {
    let folder = fs::create_dir_all(path).and_then(|()| path.canonicalize());
    folder.map_err(|error| format!("{}: {error}: name another --out", path.display()))
}

/// Removes what a process that was killed left.
pub(super) fn remove_unfinished(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(UNFINISHED_START) && name.ends_with(UNFINISHED_END) {
            // What cannot be removed is in nobody's way.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The file of the report of the case called `name`.
pub(super) fn file(folder: &Path, name: &OsStr, format: ReportFormat) -> PathBuf {
    let mut file = OsString::from(name);
    file.push(format.extension());
    folder.join(file)
}

/// Reports that are written and have no names yet.
#[derive(Default)]
pub(super) struct Unnamed {
    reports: Vec<(TempPath, PathBuf)>,
    disk: Option<Disk>,
}

/// A thread that waits until files are on the disk, while others are written.
struct Disk {
    files: Sender<File>,
    synced: JoinHandle<io::Result<()>>,
}

impl Disk {
    fn start() -> Self {
        let (files, written) = mpsc::channel::<File>();
        let synced =
            thread::spawn(move || written.into_iter().try_for_each(|file| file.sync_all()));
        Self { files, synced }
    }

    /// Waits until all are there.
    fn wait(self) -> io::Result<()> {
        drop(self.files);
        self.synced.join().unwrap_or_else(|_| Err(io::Error::other("the thread ended")))
    }
}

impl Unnamed {
    /// Writes the reports of the case called `name`.
    pub(super) fn write(
        &mut self,
        folder: &Path,
        name: &OsStr,
        formats: &[ReportFormat],
        diagnosis: &Diagnosis,
    ) -> io::Result<()> {
        for format in formats {
            let (file, path) = unnamed_in(folder)?;
            let mut writer = BufWriter::new(&file);
            hvtriage_report::write(diagnosis, format.form(), &mut writer)?;
            writer.flush()?;
            drop(writer);
            // Where it has ended by an error, that is told at the end.
            let _ = self.disk.get_or_insert_with(Disk::start).files.send(file);
            self.reports.push((path, self::file(folder, name, *format)));
        }
        Ok(())
    }

    /// Gives them their names once they are on the disk: no power failure leaves an empty report.
    pub(super) fn name(self) -> io::Result<()> {
        self.disk.map_or(Ok(()), Disk::wait)?;
        for (path, name) in self.reports {
            path.persist(name).map_err(|error| error.error)?;
        }
        Ok(())
    }
}

/// The diagnosis of a case that cannot be analyzed: a problem and no more.
pub(super) fn unanalyzed(name: &OsStr, message: String, hint: &str) -> Diagnosis {
    let source = name.to_string_lossy().into_owned();
    let problem = Problem { source, at: None, message, hint: Some(hint.to_owned()) };
    Diagnosis { problems: vec![problem], ..Diagnosis::default() }
}
