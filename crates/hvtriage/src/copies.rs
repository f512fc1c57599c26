//! Files with the same content, which are read once.

mod members;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::discover::Candidate;
use members::Digest;
pub(crate) use members::{Content, Contents, Gathered};

/// A file, and the names of its copies.
#[derive(Debug)]
pub(crate) struct Distinct {
    pub(crate) candidate: Candidate,
    /// In order.
    pub(crate) copies: Vec<String>,
}

/// Bigger files are not compared: reading two dumps of 64 GiB to the end takes longer than all that is
/// read of them. What they tell is told once all the same.
const LARGEST: u64 = 1 << 30;
/// As much of the beginning of a file tells it from most others of its size.
const START: u64 = 4096;

/// Each content once, under the first of its names, in order. Customers send a log in two collections,
/// and an archive beside what was unpacked of it.
pub(crate) fn without_copies(candidates: Vec<Candidate>) -> Vec<Distinct> {
    let compared = candidates.iter().enumerate();
    let compared = compared.filter(|(_, candidate)| (1..=LARGEST).contains(&candidate.size));
    let compared = compared.map(|(index, _)| index).collect();
    let of_one_size = alike(&candidates, compared, |candidate| Some(candidate.size));
    // Most files that are not the same differ in their first bytes.
    let of_one_start = alike_in(&candidates, of_one_size.concat(), START);
    let of_one_content = alike_in(&candidates, of_one_start.concat(), u64::MAX);
    let mut original: BTreeMap<usize, usize> = BTreeMap::new();
    for same in &of_one_content {
        if let Some((first, copies)) = same.split_first() {
            original.extend(copies.iter().map(|copy| (*copy, *first)));
        }
    }
    let mut copies: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (copy, original) in &original {
        let name = candidates.get(*copy).map(|it| it.name.clone());
        copies.entry(*original).or_default().extend(name);
    }
    let distinct = candidates.into_iter().enumerate();
    distinct
        .filter(|(index, _)| !original.contains_key(index))
        .map(|(index, candidate)| Distinct {
            candidate,
            copies: copies.remove(&index).unwrap_or_default(),
        })
        .collect()
}

/// Those of `indexes` that have a key in common with another one, by that key, each in order. What cannot
/// be read has none.
fn alike<K: Ord + Send>(
    candidates: &[Candidate],
    mut indexes: Vec<usize>,
    key: impl Fn(&Candidate) -> Option<K> + Sync,
) -> Vec<Vec<usize>> {
    indexes.sort_unstable();
    let key_of = |index: &usize| key(candidates.get(*index)?);
    let keys: Vec<Option<K>> = indexes.par_iter().map(key_of).collect();
    let mut by_key: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for (index, key) in indexes.iter().zip(keys) {
        if let Some(key) = key {
            by_key.entry(key).or_default().push(*index);
        }
    }
    by_key.into_values().filter(|alike| alike.len() > 1).collect()
}

/// Those of `indexes` that are of one size and have their first `bytes` in common.
fn alike_in(candidates: &[Candidate], indexes: Vec<usize>, bytes: u64) -> Vec<Vec<usize>> {
    alike(candidates, indexes, |one| Some((one.size, digest_of(&one.path, bytes).ok()?)))
}

/// SHA-256 of the first `bytes` of a file.
fn digest_of(path: &Path, bytes: u64) -> io::Result<Digest> {
    const BLOCK: u64 = 64 << 10;
    let mut file = File::open(path)?.take(bytes);
    let mut hash = Sha256::new();
    let mut block = Vec::new();
    loop {
        block.clear();
        match Read::by_ref(&mut file).take(BLOCK).read_to_end(&mut block)? {
            0 => return Ok(hash.finalize().into()),
            _ => hash.update(&block),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_content_is_read_once_and_has_all_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let long_with = |end: &str| "long ".repeat(20_000) + end;
        let candidates: Vec<Candidate> = [
            ("a/System.evtx", "one"),
            ("b/System.evtx", "two"),
            ("c/System.evtx", "one"),
            ("d/copy of it", "one"),
            ("d/empty", ""),
            ("e/empty", ""),
            ("f/longer", "longer"),
            ("g/long", &long_with("x")),
            ("h/long", &long_with("y")),
            ("i/long", &long_with("x")),
        ]
        .iter()
        .map(|(name, content)| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, content).unwrap();
            Candidate::new((*name).to_owned(), path)
        })
        .collect();
        let distinct = without_copies(candidates);
        let told: Vec<(&str, Vec<&str>)> = distinct
            .iter()
            .map(|it| {
                let copies = it.copies.iter().map(String::as_str).collect();
                (it.candidate.name.as_str(), copies)
            })
            .collect();
        let expected = [
            ("a/System.evtx", vec!["c/System.evtx", "d/copy of it"]),
            ("b/System.evtx", vec![]),
            // An empty file tells nothing but that it is empty, each of them.
            ("d/empty", vec![]),
            ("e/empty", vec![]),
            ("f/longer", vec![]),
            ("g/long", vec!["i/long"]),
            ("h/long", vec![]),
        ];
        assert_eq!(told, expected);
    }
}
