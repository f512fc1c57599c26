//! What a command writes, and the file that it is held to.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hvtriage_report::SCHEMA_VERSION;

pub(crate) fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hvtriage"))
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples"))
        .output()
        .unwrap()
}

pub(crate) fn stdout(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What is told of arguments that are wrong: one line.
pub(crate) fn refused(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert!(output.stdout.is_empty());
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// Holds what a command writes to a file, and that one thread writes the same as all.
/// `HVTRIAGE_WRITE_GOLDEN=1` writes the file anew, to be read.
pub(crate) fn is_golden(name: &str, arguments: &[&str]) {
    is_golden_but_for(name, arguments, str::to_owned);
}

/// The same, of what `kept` keeps.
pub(crate) fn is_golden_but_for(name: &str, arguments: &[&str], kept: impl Fn(&str) -> String) {
    let told = |more: &[&str]| kept(&without_version(&stdout(&[arguments, more].concat())));
    let written = told(&[]);
    if std::env::var_os("HVTRIAGE_WRITE_GOLDEN").is_some() {
        std::fs::create_dir_all(golden("")).unwrap();
        std::fs::write(golden(name), &written).unwrap();
    }
    let wanted = std::fs::read_to_string(golden(name)).unwrap();
    assert!(written == wanted, "{name} is another one:\n{written}");
    let reads_evidence =
        arguments.first().is_some_and(|it| ["analyze", "events", "timeline", "dump"].contains(it));
    let one_thread: &[&str] = if reads_evidence { &["--jobs", "1"] } else { &[] };
    assert_eq!(told(one_thread), written, "{name}: the same evidence gives the same bytes");
}

fn without_version(text: &str) -> String {
    ["\"schema_version\":", "\"schema_version\": "].iter().fold(text.to_owned(), |text, field| {
        text.replace(&format!("{field}\"{SCHEMA_VERSION}\""), &format!("{field}\"VERSION\""))
    })
}
