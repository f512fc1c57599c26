//! Folders of rules to rules.

use std::path::{Path, PathBuf};

use hvtriage_diagnosis::{Problem, SigmaUse};
use hvtriage_sigma::{Loader, RuleProblem, SigmaRules};
use walkdir::WalkDir;

use crate::AnalyzeError;
use crate::discover::name_of;
use crate::reason_of;

/// Packs nest their rules by platform and kind, five deep.
const MAX_DEPTH: usize = 32;

/// Whether rules of a pack can be used, and what is wrong with the others: every file of `paths` that is
/// not used as it stands, and not only the first of several that are left out for one reason.
///
/// # Errors
/// A path that does not exist.
pub fn check_sigma<P: AsRef<Path>>(paths: &[P]) -> Result<SigmaUse, AnalyzeError> {
    let rules = read(paths)?;
    Ok(used(&rules, rules.problems_of_each()))
}

/// The files of rules (`*.yml`, `*.yaml`) in and below `paths`, in the order in which they are read.
/// What cannot be listed is left out.
#[must_use]
pub fn sigma_files<P: AsRef<Path>>(paths: &[P]) -> Vec<PathBuf> {
    paths.iter().flat_map(|path| files(path.as_ref())).filter_map(Result::ok).collect()
}

/// The rules in and below `paths`, if any of them can be used.
pub(super) fn load(paths: &[PathBuf]) -> Result<SigmaRules, AnalyzeError> {
    let rules = read(paths)?;
    if rules.rules().is_empty() {
        let SigmaUse { problems, .. } = used(&rules, rules.problems());
        return Err(AnalyzeError::NoSigmaRule { files: rules.files(), problems });
    }
    Ok(rules)
}

/// What became of rules, with these problems.
pub(super) fn used(rules: &SigmaRules, problems: &[RuleProblem]) -> SigmaUse {
    let problem = |it: &RuleProblem| Problem {
        hint: it.hint.clone(),
        ..Problem::new(it.file.clone(), it.message.clone())
    };
    SigmaUse {
        files: rules.files() as u64,
        rules: rules.rules().len() as u64,
        problems: problems.iter().map(problem).collect(),
    }
}

fn read<P: AsRef<Path>>(paths: &[P]) -> Result<SigmaRules, AnalyzeError> {
    let mut loader = Loader::default();
    for path in paths {
        let path = path.as_ref();
        let error = |source| AnalyzeError::Path { path: path.to_owned(), source };
        std::fs::metadata(path).map_err(error)?;
        for file in files(path) {
            match file {
                Ok(file) => add(&mut loader, &file),
                Err(problem) => loader.problem(problem),
            }
        }
    }
    Ok(loader.finish())
}

/// The files of rules in and below a path, in order of their names, and what cannot be listed.
fn files(path: &Path) -> impl Iterator<Item = Result<PathBuf, RuleProblem>> {
    let walk = WalkDir::new(path).max_depth(MAX_DEPTH).sort_by_file_name();
    walk.into_iter().filter_map(|entry| match entry {
        Ok(entry) if entry.depth() == 0 && entry.path().is_file() => Some(Ok(entry.into_path())),
        Ok(entry) if entry.file_type().is_file() && is_rule(entry.path()) => {
            Some(Ok(entry.into_path()))
        }
        Ok(_) => None,
        Err(error) => Some(Err(RuleProblem {
            file: error.path().map_or_else(String::new, name_of),
            message: "cannot be listed".into(),
            hint: Some("check the permissions of the folder".into()),
        })),
    })
}

fn is_rule(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "yml" || it == "yaml")
}

fn add(loader: &mut Loader, path: &Path) {
    match std::fs::read_to_string(path) {
        Ok(text) => loader.add(&name_of(path), &text),
        Err(error) => loader.problem(RuleProblem {
            file: name_of(path),
            message: format!("cannot be read: {}", reason_of(&error)),
            hint: None,
        }),
    }
}
