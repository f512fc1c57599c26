//! A folder for cases and one for their reports, and what is done with them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use tempfile::TempDir;
use walkdir::WalkDir;

use crate::PATIENCE;

pub(crate) struct Desk {
    folder: TempDir,
    out: PathBuf,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("drop")).unwrap();
        let out = folder.path().join("reports");
        Self { folder, out }
    }

    /// With the reports in the folder of that name in the watched one.
    pub(crate) fn with_reports_inside(name: &str) -> Self {
        let desk = Self::new();
        let out = desk.case(name);
        Self { out, ..desk }
    }

    /// With the reports in another folder.
    pub(crate) fn with_reports_at(out: &Path) -> Self {
        Self { out: out.to_owned(), ..Self::new() }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn out(&self) -> &Path {
        &self.out
    }

    pub(crate) fn case(&self, name: &str) -> PathBuf {
        self.folder().join("drop").join(name)
    }

    pub(crate) fn sample(&self, name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(name)
    }

    pub(crate) fn drop_bytes(&self, name: &str, bytes: &[u8]) {
        fs::write(self.case(name), bytes).unwrap();
    }

    pub(crate) fn drop_sample(&self, name: &str) {
        self.drop_sample_as(name, name);
    }

    pub(crate) fn drop_sample_as(&self, sample: &str, name: &str) {
        for (path, relative) in files(&self.sample(sample)) {
            let target = self.case(name).join(relative);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::copy(path, target).unwrap();
        }
    }

    /// The files of a sample as a zip file.
    pub(crate) fn zip(&self, sample: &str) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (path, relative) in files(&self.sample(sample)) {
            let options = zip::write::SimpleFileOptions::default();
            zip.start_file(relative.to_string_lossy(), options).unwrap();
            zip.write_all(&fs::read(path).unwrap()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hvtriage"));
        command.arg("watch").arg(self.folder().join("drop")).arg("--out").arg(&self.out);
        command
    }

    pub(crate) fn watch(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    pub(crate) fn watch_once(&self) -> Output {
        self.watch(&["--once", "--settle", "100ms"])
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command().args(arguments).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Ctrl-C, after which it must end by itself and well.
    pub(crate) fn interrupt(&self, watch: &mut Child) {
        let id = watch.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let start = Instant::now();
        loop {
            if let Some(status) = watch.try_wait().unwrap() {
                assert_eq!(status.code(), Some(0));
                return;
            }
            assert!(start.elapsed() < PATIENCE, "the watch does not end");
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn wait_for(&self, report: &str) {
        let start = Instant::now();
        while !self.out.join(report).exists() {
            assert!(start.elapsed() < PATIENCE, "no {report}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn report(&self, case: &str, extension: &str) -> String {
        fs::read_to_string(self.out.join(format!("{case}.{extension}"))).unwrap()
    }

    /// What `analyze` says of a case.
    pub(crate) fn analysis(&self, case: &str, format: &str) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hvtriage"));
        command.current_dir(self.folder().join("drop"));
        let output =
            command.args(["analyze", case, "--details", "--format", format]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Cases that have a report of each form, sorted.
    pub(crate) fn report_names(&self) -> Vec<String> {
        let times = self.report_times();
        let names = times.keys().filter_map(|name| name.strip_suffix(".json"));
        let names: Vec<String> = names.map(str::to_owned).collect();
        assert_eq!(times.len(), 2 * names.len(), "{times:?}");
        names
    }

    pub(crate) fn report_times(&self) -> BTreeMap<String, SystemTime> {
        let entries = fs::read_dir(&self.out).unwrap().map(Result::unwrap);
        let entries = entries.filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
        entries
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (name, entry.metadata().unwrap().modified().unwrap())
            })
            .collect()
    }

    /// Files that were begun and not ended.
    pub(crate) fn unfinished(&self) -> usize {
        let entries = fs::read_dir(&self.out).unwrap().map(Result::unwrap);
        entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(".part")).count()
    }
}

fn files(folder: &Path) -> Vec<(PathBuf, PathBuf)> {
    let walk = WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = walk.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
    files.map(|path| (path.clone(), path.strip_prefix(folder).unwrap().to_owned())).collect()
}
