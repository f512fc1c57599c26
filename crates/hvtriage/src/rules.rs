//! Rules: the catalogue, and the files of the caller.

use std::io;
use std::path::{Path, PathBuf};

use hvtriage_diagnosis::RuleSet;

use crate::error::AnalyzeError;

/// Rules as they were read, and what of them could not be.
#[derive(Debug)]
pub struct RulesRead {
    /// The catalogue, with the rules of the caller that are right added or in their places.
    pub rules: RuleSet,
    /// The files that were looked at, in the order in which they were read.
    pub files: Vec<PathBuf>,
    /// What is wrong with the others, the first error of each.
    pub errors: Vec<AnalyzeError>,
}

/// Reads the catalogue and the rules in `paths` (files, or the `*.yaml` and `*.yml` of folders, not below
/// them), all with their examples. A file with an error does not keep the others from being read.
///
/// # Errors
/// A path that does not exist, or a folder without a rule.
///
/// ```
/// let read = hvtriage::read_rules(&[] as &[&str])?;
/// assert!(read.errors.is_empty());
/// assert!(hvtriage::check_examples(&read.rules).is_empty());
/// # Ok::<(), hvtriage::AnalyzeError>(())
/// ```
pub fn read_rules<P: AsRef<Path>>(paths: &[P]) -> Result<RulesRead, AnalyzeError> {
    let mut rules = RuleSet::catalogue_with_examples()?;
    let mut files = Vec::new();
    for path in paths {
        files.extend(files_of(path.as_ref())?);
    }
    let errors = files.iter().filter_map(|file| add(&mut rules, file).err()).collect();
    Ok(RulesRead { rules, files, errors })
}

/// The rules that judge, for [`Analyzer::rules`](crate::Analyzer::rules): as [`read_rules`], but without their
/// examples, and the first error ends it.
///
/// # Errors
/// A path that does not exist, a folder without a rule, or a rule that is wrong.
pub fn judging_rules(paths: &[PathBuf]) -> Result<RuleSet, AnalyzeError> {
    let mut rules = RuleSet::catalogue()?;
    for path in paths {
        for file in files_of(path)? {
            add(&mut rules, &file)?;
        }
    }
    Ok(rules)
}

fn add(rules: &mut RuleSet, file: &Path) -> Result<(), AnalyzeError> {
    let text = std::fs::read_to_string(file)
        .map_err(|source| AnalyzeError::Path { path: file.to_owned(), source })?;
    Ok(rules.load(&file.to_string_lossy(), &text)?)
}

fn files_of(path: &Path) -> Result<Vec<PathBuf>, AnalyzeError> {
    let error = |source| AnalyzeError::Path { path: path.to_owned(), source };
    if !std::fs::metadata(path).map_err(error)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(error)? {
        let file = entry.map_err(error)?.path();
        let extension = file.extension().and_then(|extension| extension.to_str());
        if file.is_file() && matches!(extension, Some("yaml" | "yml")) {
            files.push(file);
        }
    }
    if files.is_empty() {
        let what = "holds no rule (*.yaml)";
        return Err(error(io::Error::new(io::ErrorKind::NotFound, what)));
    }
    files.sort();
    Ok(files)
}
