//! Files with the same content, which are read once.

mod members;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rayon::prelude::*;

use crate::discover::Candidate;
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
/// Only hostile evidence has more different files of one size; the rest of them is not compared.
const MAX_OF_ONE_SIZE: usize = 256;

/// Each content once, under the first of its names, in order. Customers send a log in two collections,
/// and an archive beside what was unpacked of it.
pub(crate) fn without_copies(candidates: Vec<Candidate>) -> Vec<Distinct> {
    let sizes: Vec<Option<u64>> =
        candidates.par_iter().map(|it| Some(std::fs::metadata(&it.path).ok()?.len())).collect();
    let mut by_size: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (index, size) in sizes.into_iter().enumerate() {
        if let Some(size) = size.filter(|size| (1..=LARGEST).contains(size)) {
            by_size.entry(size).or_default().push(index);
        }
    }
    let alike: Vec<&Vec<usize>> = by_size.values().filter(|alike| alike.len() > 1).collect();
    let original: BTreeMap<usize, usize> =
        alike.into_par_iter().flat_map_iter(|alike| copies_among(&candidates, alike)).collect();
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

/// Copy and original of those of `alike`, which have one size, that have one content.
fn copies_among(candidates: &[Candidate], alike: &[usize]) -> Vec<(usize, usize)> {
    let mut originals: Vec<(usize, &Path)> = Vec::new();
    let mut copies = Vec::new();
    for index in alike {
        let Some(candidate) = candidates.get(*index) else { continue };
        let is_it = |(_, path): &&(usize, &Path)| is_same(path, &candidate.path).unwrap_or(false);
        match originals.iter().find(is_it) {
            Some((original, _)) => copies.push((*index, *original)),
            None if originals.len() < MAX_OF_ONE_SIZE => {
                originals.push((*index, candidate.path.as_path()));
            }
            None => {}
        }
    }
    copies
}

/// Whether two files hold the same bytes. They mostly differ in the first ones, where they do.
fn is_same(left: &Path, right: &Path) -> io::Result<bool> {
    const BLOCK: u64 = 64 << 10;
    let (mut left, mut right) = (File::open(left)?, File::open(right)?);
    let (mut of_left, mut of_right) = (Vec::new(), Vec::new());
    loop {
        of_left.clear();
        of_right.clear();
        Read::by_ref(&mut left).take(BLOCK).read_to_end(&mut of_left)?;
        Read::by_ref(&mut right).take(BLOCK).read_to_end(&mut of_right)?;
        if of_left != of_right {
            return Ok(false);
        }
        if of_left.is_empty() {
            return Ok(true);
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
        let candidates: Vec<Candidate> = [
            ("a/System.evtx", "one"),
            ("b/System.evtx", "two"),
            ("c/System.evtx", "one"),
            ("d/copy of it", "one"),
            ("d/empty", ""),
            ("e/empty", ""),
            ("f/longer", "longer"),
        ]
        .iter()
        .map(|(name, content)| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, content).unwrap();
            Candidate { name: (*name).to_owned(), path }
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
        ];
        assert_eq!(told, expected);
    }
}
