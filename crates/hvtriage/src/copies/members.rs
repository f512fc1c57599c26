//! Members of archives with the same content, as each other or as a file, which are read once.
//!
//! Archives are read side by side, so which of two equal members comes first is a matter of chance. The
//! one that stands first in the report is always read, whatever came before it; what was read needlessly
//! is dropped, so that chance does not show.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Mutex, OnceLock};

use sha2::{Digest as _, Sha256};

use super::{Distinct, LARGEST, digest_of};
use crate::examine::Examined;

/// Only hostile evidence has more different files of one size; the rest of them is not compared with
/// members of archives.
const MAX_OF_ONE_SIZE: usize = 256;

/// SHA-256 of a content.
pub(crate) type Digest = [u8; 32];

/// Where something stands in the report: the file, and the number of the member in it.
pub(crate) type Standing = (usize, u64);

/// What is known of the content of something that was examined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Content {
    /// It was not compared: a file, or nothing that holds evidence.
    #[default]
    Own,
    /// A member of an archive, which was read.
    Member(Digest),
    /// A member of an archive that was not read, since the same is read elsewhere; its names.
    Copy(Original, Vec<String>),
}

/// What is read in place of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Original {
    /// The file of this number.
    File(usize),
    /// The member with this content that stands first.
    Member(Digest),
}

/// The contents of one case.
#[derive(Debug, Default)]
pub(crate) struct Contents<'a> {
    files: BTreeMap<u64, Vec<PlainFile<'a>>>,
    members: Mutex<HashMap<Digest, Standing>>,
}

/// A file outside of archives. It is read only when a member has its size.
#[derive(Debug)]
struct PlainFile<'a> {
    number: usize,
    path: &'a Path,
    digest: OnceLock<Option<Digest>>,
}

impl<'a> Contents<'a> {
    /// Makes files known, the first of which has the number `first`.
    pub(crate) fn add_files(&mut self, first: usize, files: &'a [Distinct]) {
        for (number, file) in (first..).zip(files) {
            let (path, size) = (file.candidate.path.as_path(), file.candidate.size);
            let of_size = self.files.entry(size).or_default();
            if (1..=LARGEST).contains(&size) && of_size.len() < MAX_OF_ONE_SIZE {
                of_size.push(PlainFile { number, path, digest: OnceLock::new() });
            }
        }
    }

    /// Whether the member with these bytes is to be read, or what is read in its place.
    pub(crate) fn of_member(&self, bytes: &[u8], standing: Standing) -> Result<Digest, Original> {
        let digest: Digest = Sha256::digest(bytes).into();
        let files = self.files.get(&(bytes.len() as u64)).into_iter().flatten();
        for file in files {
            let of_file = file.digest.get_or_init(|| digest_of(file.path, u64::MAX).ok());
            if *of_file == Some(digest) {
                return Err(Original::File(file.number));
            }
        }
        // Another thread that gave up while it looked left whole entries behind.
        let mut members = self.members.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match members.get_mut(&digest) {
            Some(first) if *first < standing => Err(Original::Member(digest)),
            first => {
                if let Some(first) = first {
                    *first = standing;
                } else {
                    members.insert(digest, standing);
                }
                Ok(digest)
            }
        }
    }
}

/// What was examined, each content once, with all its names.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    examined: Vec<Examined>,
    files: HashMap<usize, usize>,
    members: HashMap<Digest, usize>,
}

impl Gathered {
    /// Adds what files told, the first of which has the number `first`. Returns how many facts are new.
    pub(crate) fn add(&mut self, first: usize, files: Vec<Vec<Examined>>) -> usize {
        let mut facts = 0_usize;
        let mut copies: Vec<(Original, Vec<String>)> = Vec::new();
        for (number, file) in (first..).zip(files) {
            for one in file {
                match one.content.clone() {
                    Content::Own => {
                        if one.source.is_some() {
                            self.files.insert(number, self.examined.len());
                        }
                    }
                    Content::Member(digest) => {
                        if self.members.contains_key(&digest) {
                            let source = one.source.into_iter();
                            let names = source.flat_map(|it| [vec![it.name], it.copies].concat());
                            copies.push((Original::Member(digest), names.collect()));
                            continue;
                        }
                        self.members.insert(digest, self.examined.len());
                    }
                    Content::Copy(original, names) => {
                        copies.push((original, names));
                        continue;
                    }
                }
                facts = facts.saturating_add(one.facts.len());
                self.examined.push(one);
            }
        }
        // A file may stand behind the archive that holds its copy.
        for (original, names) in copies {
            self.name_copies(original, names);
        }
        facts
    }

    fn name_copies(&mut self, original: Original, names: Vec<String>) {
        let place = match original {
            Original::File(number) => self.files.get(&number),
            Original::Member(digest) => self.members.get(&digest),
        };
        let one = place.and_then(|place| self.examined.get_mut(*place));
        if let Some(source) = one.and_then(|one| one.source.as_mut()) {
            source.copies.extend(names);
        }
    }

    /// All of it, in order.
    pub(crate) fn into_examined(mut self) -> Vec<Examined> {
        for source in self.examined.iter_mut().filter_map(|one| one.source.as_mut()) {
            source.copies.sort();
        }
        self.examined
    }
}

#[cfg(test)]
mod tests {
    use hvtriage_diagnosis::{Source, SourceKind};

    use super::*;
    use crate::discover::Candidate;

    fn member(name: &str, content: Content) -> Examined {
        let source = Source::new(name, SourceKind::EventLog, 1);
        Examined { source: Some(source), content, ..Examined::default() }
    }

    fn told(gathered: Gathered) -> Vec<(String, Vec<String>)> {
        let sources = gathered.into_examined().into_iter().filter_map(|one| one.source);
        sources.map(|source| (source.name, source.copies)).collect()
    }

    /// Whatever order two archives come in, the report says the same.
    #[test]
    fn the_member_that_stands_first_is_read_whatever_came_before_it() {
        let expected = vec![("a.zip!1".to_owned(), vec!["b.zip!1".to_owned()])];
        for a_comes_first in [true, false] {
            let contents = Contents::default();
            let mut standings = [((0, 7), "a.zip!1"), ((1, 3), "b.zip!1")];
            if !a_comes_first {
                standings.reverse();
            }
            let mut read: Vec<(Standing, Examined)> = standings
                .into_iter()
                .map(|(standing, name)| {
                    let one = match contents.of_member(b"one", standing) {
                        Ok(digest) => member(name, Content::Member(digest)),
                        Err(original) => {
                            let content = Content::Copy(original, vec![name.to_owned()]);
                            Examined { content, ..Examined::default() }
                        }
                    };
                    (standing, one)
                })
                .collect();
            read.sort_by_key(|(standing, _)| *standing);
            let mut gathered = Gathered::default();
            gathered.add(0, read.into_iter().map(|(_, one)| vec![one]).collect());
            assert_eq!(told(gathered), expected);
        }
    }

    #[test]
    fn a_member_that_is_there_as_a_file_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            Distinct { candidate: Candidate::new(name.into(), path), copies: Vec::new() }
        };
        let files = [file("archive", "PK"), file("other", "two"), file("same", "one")];
        let mut contents = Contents::default();
        contents.add_files(5, &files);
        assert_eq!(contents.of_member(b"one", (5, 0)), Err(Original::File(7)));
        assert!(contents.of_member(b"six", (5, 1)).is_ok());
        // The file is named in the report behind the archive, and leads all the same.
        let mut gathered = Gathered::default();
        let copy = Content::Copy(Original::File(7), vec!["archive!same".into()]);
        let copy = Examined { content: copy, ..Examined::default() };
        gathered.add(5, vec![vec![copy], Vec::new(), vec![member("same", Content::Own)]]);
        assert_eq!(told(gathered), [("same".to_owned(), vec!["archive!same".to_owned()])]);
    }
}
