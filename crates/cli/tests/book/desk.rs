//! A folder with what a reader of the book has at hand: the samples, and under the names that the pages
//! use a collection, dumps, drivers, rules.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::root;
use crate::steps::Step;

/// Names on the desk, and the samples that lie there under them.
const COPIES: [(&str, &str); 14] = [
    ("kb2636573", "collection"),
    ("cluster-16-hosts", "cluster"),
    ("kb2636573", "drop/case-4711"),
    ("kb2636573/HV21", "HV01"),
    ("kb2636573/HV22", "HV02"),
    ("kb2636573/guest-SQL07", "guest"),
    ("kb2636573/guest-SQL07", "export"),
    ("kb2636573/guest-SQL07/MEMORY.DMP", "MEMORY.DMP"),
    ("kb2636573/guest-SQL07/System.evtx", "System.evtx"),
    ("dump-types/triage-by-kernel.dmp", "Minidump/031721-8406-01.dmp"),
    ("dump-types/triage-by-debugger.dmp", "Minidump/031721-9106-01.dmp"),
    ("drivers/built", "drivers"),
    ("drivers/built", "pdb"),
    ("drivers/built", "system32-copy"),
];

/// A rule as stock packs hold them.
const SIGMA_RULE: &str = "\
title: Crash of a machine
id: 9d1c1bd6-4b5b-4f0e-9c39-3a3c8c7c2f3d
status: test
logsource: {product: windows, service: system}
detection:
  stop: {Provider_Name: Microsoft-Windows-WER-SystemErrorReporting, EventID: 1001}
  condition: stop
level: high
";

/// A command that takes longer does not end by itself, as a watch does not without `--once`.
const MOST_SECONDS: &str = "300";

pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn set() -> Self {
        let desk = tempfile::tempdir().unwrap();
        let at = |name: &str| desk.path().join(name);
        std::os::unix::fs::symlink(root().join("samples"), at("samples")).unwrap();
        for (sample, name) in COPIES {
            copy(&root().join("samples").join(sample), &at(name));
        }
        for folder in ["my-rules", "reports", "sigma/rules/windows"] {
            std::fs::create_dir_all(at(folder)).unwrap();
        }
        let rule = "crates/diagnosis/catalogue/crash/KP-41.yaml";
        std::fs::copy(root().join(rule), at("my-rules/KP-41.yaml")).unwrap();
        std::fs::write(at("sigma/rules/windows/stop.yml"), SIGMA_RULE).unwrap();
        Self(desk)
    }

    /// Runs a command here and says what is not as the page says.
    pub(crate) fn try_out(&self, step: &Step) -> Option<String> {
        let program = Path::new(env!("CARGO_BIN_EXE_hvtriage")).parent().unwrap();
        let others = std::env::var("PATH").unwrap();
        let mut shell = Command::new("timeout");
        shell.args([MOST_SECONDS, "sh", "-c", &step.command]);
        shell.current_dir(self.0.path()).stdin(Stdio::null());
        shell.env("PATH", format!("{}:{others}", program.display())).env("HOME", self.0.path());
        let output =
            shell.env_remove("_NT_SYMBOL_PATH").env_remove("HVTRIAGE_CONFIG").output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let told = String::from_utf8_lossy(&output.stderr);
        if output.status.code() != Some(step.exit_code) {
            return Some(format!(
                "ends with {}, not {}\n{said}{told}",
                output.status, step.exit_code
            ));
        }
        let mut printed = said.lines().chain(told.lines());
        let lines = step.shown.iter().filter(|line| *line != "...");
        let mut missing =
            lines.filter(|line| !printed.any(|one| one.trim_end() == line.trim_end()));
        missing.next().map(|line| format!("does not print: {line}\n{said}{told}"))
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    if from.is_file() {
        std::fs::copy(from, to).unwrap();
        return;
    }
    for entry in walkdir::WalkDir::new(from).into_iter().map(Result::unwrap) {
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(target).unwrap();
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
