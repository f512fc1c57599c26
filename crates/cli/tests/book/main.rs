//! The commands that the book and the README show are run as a shell runs them, so that neither can lie.
//!
//! In a `sh` block each line is a command that must end with 0, or as `# exit code N` behind it says. In a
//! `console` block commands begin with `$ `, and what stands below one must be among what it prints, in
//! that order; `...` stands for lines that are left out. A block below `<!-- not run: REASON -->` is passed
//! over, as is one of the two that the gate runs (`<!-- run-command -->`, `<!-- test-command -->`).
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    reason = "a panic is how a test fails"
)]

mod desk;
mod steps;

use std::path::{Path, PathBuf};

use desk::Desk;
use steps::steps;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Runs what `text` shows, at a desk of its own; gives the number of commands and what was not so.
fn try_out(name: &str, text: &str) -> (usize, Vec<String>) {
    let desk = Desk::set();
    let steps = steps(text);
    let wrong = steps.iter().filter_map(|step| {
        let wrong = desk.try_out(step)?;
        Some(format!("{name}:{}: {}\n{wrong}", step.line, step.command))
    });
    (steps.len(), wrong.collect())
}

fn try_out_files(paths: &[PathBuf], least: usize) {
    let (mut all, mut wrong) = (0, Vec::new());
    for path in paths {
        let text = std::fs::read_to_string(path).unwrap();
        let (count, of_file) = try_out(&path.display().to_string(), &text);
        all += count;
        wrong.extend(of_file);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(all >= least, "only {all} commands were found");
}

#[test]
fn what_the_book_shows_is_so() {
    let pages = std::fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> =
        pages.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect();
    pages.sort();
    try_out_files(&pages, 40);
}

#[test]
fn what_the_readme_shows_is_so() {
    try_out_files(&[root().join("README.md")], 5);
}

/// Those of the book are checked where it is built, as the pages that are made of it.
#[test]
fn links_of_readmes_lead_to_files() {
    let mut count = 0;
    for entry in walkdir::WalkDir::new(root().join("samples")).into_iter().map(Result::unwrap) {
        if entry.file_name() == "README.md" {
            count += links_of(entry.path());
        }
    }
    count += links_of(&root().join("README.md"));
    assert!(count > 20, "only {count} links were found");
}

fn links_of(page: &Path) -> usize {
    let text = std::fs::read_to_string(page).unwrap();
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    let found = local.inspect(|target| {
        let file = target.split('#').next().unwrap();
        assert!(page.parent().unwrap().join(file).exists(), "{}: {target}", page.display());
    });
    found.count()
}

#[test]
fn a_lie_is_noticed() {
    let (count, wrong) = try_out(
        "lies",
        "```console\n$ hvtriage explain 0xD1\nSTOP 0xD1  DRIVER_IRQL_NOT_LESS_OR_EQUAL\n```\n\
         ```console\n$ hvtriage explain 0xD1\nSTOP 0xD2\n```\n\
         ```sh\nhvtriage analyze no-such-folder\nhvtriage analyze no-such-folder  # exit code 2\n```\n\
         <!-- not run: it would not end -->\n```sh\nhvtriage no-such-command\n```\n",
    );
    assert_eq!(count, 4);
    assert_eq!(wrong.len(), 2, "{wrong:?}");
}
