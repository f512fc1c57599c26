//! Folders of rules to rules.

use std::path::{Path, PathBuf};

use hvtriage_diagnosis::Problem;
use hvtriage_sigma::{Loader, RuleProblem, SigmaRules};
use walkdir::WalkDir;

use crate::AnalyzeError;
use crate::discover::name_of;

/// Packs nest their rules by platform and kind, five deep.
const MAX_DEPTH: usize = 32;

/// Reads the rules (`*.yml`, `*.yaml`) in and below `paths`, in order of their names.
pub(super) fn load(paths: &[PathBuf]) -> Result<SigmaRules, AnalyzeError> {
    let mut loader = Loader::default();
    for path in paths {
        let error = |source| AnalyzeError::Path { path: path.clone(), source };
        std::fs::metadata(path).map_err(error)?;
        for entry in WalkDir::new(path).max_depth(MAX_DEPTH).sort_by_file_name() {
            match entry {
                Ok(entry) if entry.depth() == 0 && entry.path().is_file() => {
                    add(&mut loader, entry.path());
                }
                Ok(entry) if entry.file_type().is_file() && is_rule(entry.path()) => {
                    add(&mut loader, entry.path());
                }
                Ok(_) => {}
                Err(error) => loader.problem(RuleProblem {
                    file: error.path().map_or_else(String::new, name_of),
                    message: "cannot be listed".into(),
                    hint: Some("check the permissions of the folder".into()),
                }),
            }
        }
    }
    let rules = loader.finish();
    if rules.rules().is_empty() {
        let problem = |it: &RuleProblem| Problem {
            source: it.file.clone(),
            at: None,
            message: it.message.clone(),
            hint: it.hint.clone(),
        };
        let problems = rules.problems().iter().map(problem).collect();
        return Err(AnalyzeError::NoSigmaRule { files: rules.files(), problems });
    }
    Ok(rules)
}

fn is_rule(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "yml" || it == "yaml")
}

fn add(loader: &mut Loader, path: &Path) {
    match std::fs::read_to_string(path) {
        Ok(text) => loader.add(&name_of(path), &text),
        Err(error) => loader.problem(RuleProblem {
            file: name_of(path),
            message: format!("cannot be read: {error}"),
            hint: None,
        }),
    }
}
