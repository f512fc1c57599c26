//! Names of files in reports that are sent on: without the folders of who made the report.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::Bound;

use hvtriage_diagnosis::Diagnosis;

use crate::words::printable;

/// How files are named: by their places below the folder that all given paths share. Where they share none,
/// each path from the root of a file system begins with the last name of what was given. So does each path
/// below what was given besides the evidence.
#[derive(Default)]
pub(crate) struct ShownPaths {
    /// What names begin with, and what is shown in its place.
    beginnings: Vec<(String, String)>,
    /// The files that may be named in a text.
    names: BTreeSet<String>,
    root: Option<String>,
}

impl ShownPaths {
    pub(crate) fn of(diagnosis: &Diagnosis) -> Self {
        let folders: BTreeSet<&str> = diagnosis.given.iter().map(|path| folder_of(path)).collect();
        let shared = shared(&folders);
        let root = diagnosis.given.iter().map(String::as_str).find(|path| Some(*path) == shared);
        let mut beginnings = match shared {
            Some(shared) => vec![(shared.to_owned(), String::new())],
            None => by_last_names(&diagnosis.given),
        };
        beginnings.extend(besides(diagnosis, &beginnings));
        let beginnings = beginnings.into_iter().filter(|(beginning, _)| !beginning.is_empty());
        let beginnings = beginnings.flat_map(|(beginning, shown)| {
            as_shown(&beginning).into_iter().map(move |one| (one, shown.clone()))
        });
        let mut beginnings: Vec<(String, String)> = beginnings.collect();
        // A folder in another that was given goes before it.
        beginnings.sort_by_key(|(beginning, _)| Reverse(beginning.len()));
        let rules = diagnosis.sigma.iter().flat_map(|sigma| &sigma.problems);
        let problems = diagnosis.problems.iter().chain(rules).map(|problem| &problem.source);
        let sources = diagnosis.sources.iter();
        let names = sources.flat_map(|source| std::iter::once(&source.name).chain(&source.copies));
        let names = names.chain(problems).flat_map(|name| as_shown(name)).collect();
        Self { beginnings, names, root: root.and_then(last_name).map(str::to_owned) }
    }

    /// In which folder files are named by their places, where one was given.
    pub(crate) fn in_words(&self) -> Option<String> {
        let root = self.root.as_ref()?;
        Some(format!("Files are named by their places in the folder {root}."))
    }

    /// A file as it is shown.
    pub(crate) fn path<'a>(&self, path: &'a str) -> Cow<'a, str> {
        shown(path, &self.beginnings).unwrap_or(Cow::Borrowed(path))
    }

    /// A text in which files are named as they are shown. Nothing but names of known files is changed.
    pub(crate) fn in_text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let (mut told, mut rest) = (String::new(), text);
        while let Some((at, beginning, shown)) = self.next_beginning(rest) {
            let (before, name) = rest.split_at(at);
            told.push_str(before);
            let is_name = told.chars().next_back().is_none_or(|letter| !is_of_path(letter));
            let is_known = is_name && self.begins_with_name(name);
            told.push_str(if is_known { shown } else { beginning });
            rest = name.get(beginning.len()..).unwrap_or_default();
        }
        if rest.len() == text.len() {
            return Cow::Borrowed(text);
        }
        told.push_str(rest);
        Cow::Owned(told)
    }

    /// The first beginning in a text, and of several in one place the longest.
    fn next_beginning(&self, text: &str) -> Option<(usize, &str, &str)> {
        let found = self.beginnings.iter().filter_map(|(beginning, shown)| {
            Some((text.find(beginning.as_str())?, beginning.as_str(), shown.as_str()))
        });
        found.min_by_key(|(at, beginning, _)| (*at, Reverse(beginning.len())))
    }

    /// The last in order that is no later than `text`.
    fn last_name_before(&self, text: &str) -> Option<&String> {
        self.names.range::<str, _>((Bound::Unbounded, Bound::Included(text))).next_back()
    }

    fn begins_with_name(&self, text: &str) -> bool {
        // A name that `text` begins with sorts before it, and behind any other that does so, unless that
        // begins like `text` as far.
        let mut most = text;
        while let Some(name) = self.last_name_before(most) {
            if text.starts_with(name.as_str()) {
                return true;
            }
            let alike = text.char_indices().zip(name.chars()).find(|((_, one), two)| one != two);
            most = text.get(..alike.map_or(0, |((at, _), _)| at)).unwrap_or_default();
            if most.is_empty() {
                return false;
            }
        }
        false
    }
}

/// A name as it is, and as forms show it on one line and in sentences.
fn as_shown(name: &str) -> BTreeSet<String> {
    let words: Vec<&str> = name.split_whitespace().collect();
    BTreeSet::from([name.to_owned(), printable(name.trim()), printable(&words.join(" "))])
}

/// The folder of a path that was given, which ends with `/` where it is one itself.
fn folder_of(path: &str) -> &str {
    path.rfind('/').and_then(|end| path.get(..=end)).unwrap_or_default()
}

/// What all folders begin with, unless that names no folder.
fn shared<'a>(folders: &BTreeSet<&'a str>) -> Option<&'a str> {
    let (first, last) = (*folders.first()?, *folders.last()?);
    if folders.len() == 1 {
        return Some(first);
    }
    // What the first and the last in order share, all share.
    let differs = first.bytes().zip(last.bytes()).position(|(one, two)| one != two);
    let alike = differs.unwrap_or(first.len().min(last.len()));
    let end = first.as_bytes().get(..alike)?.iter().rposition(|byte| *byte == b'/')?;
    let shared = first.get(..=end)?;
    last_name(shared).map(|_| shared)
}

/// Folders that begin at the root of a file system or above the folder of work, by their last names, each by
/// another. Of files that were given alone the folder is not told.
fn by_last_names(given: &[String]) -> Vec<(String, String)> {
    let first = |path: &str| path.split('/').next().unwrap_or_default().to_owned();
    let is_far = |path: &&String| {
        let first = first(path);
        path.contains('/') && (first.is_empty() || first == ".." || first.ends_with(':'))
    };
    let mut taken: BTreeSet<String> =
        given.iter().filter(|path| !is_far(path)).map(|path| first(path)).collect();
    let far: Vec<&str> = given.iter().filter(is_far).map(String::as_str).collect();
    let folders: BTreeSet<&str> = far.iter().map(|path| folder_of(path)).collect();
    let mut beginnings = Vec::new();
    for folder in folders {
        let shown = if far.contains(&folder) {
            own(last_name(folder).unwrap_or("root"), &mut taken) + "/"
        } else {
            let files = far.iter().filter_map(|path| path.strip_prefix(folder));
            let files: BTreeSet<String> =
                files.filter(|rest| !rest.contains('/')).map(str::to_owned).collect();
            let is_free = taken.is_disjoint(&files);
            taken.extend(files);
            if is_free { String::new() } else { own("files", &mut taken) + "/" }
        };
        beginnings.push((folder.to_owned(), shown));
    }
    beginnings
}

/// What was given besides the evidence, by last names that nothing of the evidence begins with.
fn besides(diagnosis: &Diagnosis, evidence: &[(String, String)]) -> Vec<(String, String)> {
    let begin = |name: &String| {
        let shown = shown(name, evidence).unwrap_or(Cow::Borrowed(name));
        shown.split('/').next().map(str::to_owned)
    };
    let mut taken: BTreeSet<String> =
        diagnosis.sources.iter().filter_map(|source| begin(&source.name)).collect();
    let given: BTreeSet<&String> = diagnosis.given_besides.iter().collect();
    let named = given.into_iter().map(|path| {
        let name = last_name(path).filter(|_| path.ends_with('/'));
        let shown = name.map_or_else(String::new, |name| own(name, &mut taken) + "/");
        (folder_of(path).to_owned(), shown)
    });
    named.filter(|(folder, _)| evidence.iter().all(|(known, _)| known != folder)).collect()
}

/// A path as it is shown where one of `beginnings` is its.
fn shown<'a>(path: &'a str, beginnings: &[(String, String)]) -> Option<Cow<'a, str>> {
    beginnings.iter().find_map(|(beginning, shown)| {
        let rest = path.strip_prefix(beginning.as_str())?;
        Some(if shown.is_empty() { Cow::Borrowed(rest) } else { format!("{shown}{rest}").into() })
    })
}

/// `name`, with a number where it is taken, which is taken then.
fn own(name: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2_u64..).map(|number| format!("{name} ({number})"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    let own = names.find(|one| !taken.contains(one)).unwrap_or_default();
    taken.insert(own.clone());
    own
}

/// The last part of a folder that is a name.
fn last_name(folder: &str) -> Option<&str> {
    let last = folder.trim_end_matches('/').rsplit('/').next()?;
    let is_name = !last.is_empty() && !matches!(last, "." | "..") && !last.ends_with(':');
    is_name.then_some(last)
}

/// Whether a letter before a path would be a part of it.
fn is_of_path(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '/' | '\\' | '.' | '_' | '-')
}
