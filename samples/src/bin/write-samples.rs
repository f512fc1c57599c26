//! Writes every file of every scenario below a folder; without an argument into this package.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

use hvtriage_samples::scenario::{all, archived_record_table, dump_facts, record_table};

fn main() -> ExitCode {
    let folder = env::args_os().nth(1).map_or_else(package_folder, PathBuf::from);
    match write(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&format!("cannot write samples to {}: {error}", folder.display()));
            ExitCode::FAILURE
        }
    }
}

fn package_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn write(folder: &Path) -> io::Result<()> {
    let samples = all();
    for sample in &samples {
        let path = folder.join(&sample.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, sample.bytes())?;
    }
    fs::write(folder.join("dumps.json"), dump_facts())?;
    fs::write(folder.join("archived-records.tsv"), archived_record_table(&samples))?;
    fs::write(folder.join("records.tsv"), record_table(&samples))
}

#[expect(clippy::print_stderr, reason = "a command tells its user why it failed")]
fn tell(message: &str) {
    eprintln!("{message}");
}
