//! What reports depend on besides their cases.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::arguments::RulesArguments;
use crate::config::{Config, TodayArgument};

/// The program and the rules that it is given.
#[derive(Debug)]
pub(super) struct Version {
    program: String,
    rules: Vec<PathBuf>,
    #[cfg(feature = "sigma")]
    sigma: Vec<PathBuf>,
    config: Option<(PathBuf, TodayArgument)>,
    /// What was seen when the rules were read last, and the version then.
    last: Mutex<Option<(Seen, String)>>,
}

/// What tells that rules are to be read again.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    stamps: Vec<Stamp>,
    /// Entries of the configuration that are over: their findings show again.
    expired: usize,
}

/// Folders are not looked for images and symbols deeper than this.
const MAX_DEPTH: usize = 8;

/// A file of rules, its size and its time.
type Stamp = (PathBuf, u64, Option<SystemTime>);

impl Version {
    /// Of this program, with whatever else is said in `further`, which stays as it is.
    pub(super) fn new(further: &str) -> io::Result<Self> {
        let mut program = Sha256::new();
        let mut file = fs::File::open(std::env::current_exe()?)?;
        let mut buffer = vec![0; 256 << 10];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                count => program.update(buffer.get(..count).unwrap_or_default()),
            }
        }
        program.update(further);
        let program = hexadecimal(&program.finalize());
        Ok(Self {
            program,
            rules: Vec::new(),
            #[cfg(feature = "sigma")]
            sigma: Vec::new(),
            config: None,
            last: Mutex::new(None),
        })
    }

    /// And of the rules in `paths`.
    pub(super) fn rules(mut self, paths: &[PathBuf]) -> Self {
        self.rules.extend_from_slice(paths);
        self
    }

    /// And of the Sigma rules in and below `paths`.
    #[cfg(feature = "sigma")]
    pub(super) fn sigma(mut self, paths: &[PathBuf]) -> Self {
        self.sigma.extend_from_slice(paths);
        self
    }

    /// And of a configuration with the rules that it names.
    pub(super) fn config(mut self, path: Option<&Path>, today: TodayArgument) -> Self {
        self.config = path.map(|path| (path.to_owned(), today));
        self
    }

    /// It changes with the rules, which are read again only when they look changed.
    pub(super) fn current(&self) -> String {
        let seen = self.seen();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, version)) = &*last
            && *of == seen
        {
            return version.clone();
        }
        let mut hash = Sha256::new();
        hash.update(&self.program);
        if self.config.is_some() {
            hash.update(seen.expired.to_le_bytes());
        }
        for (path, ..) in &seen.stamps {
            hash.update(path.as_os_str().as_encoded_bytes());
            // A rule that cannot be read is told of when it is used.
            hash.update(fs::read(path).unwrap_or_default());
        }
        let version = hexadecimal(&hash.finalize());
        *last = Some((seen, version.clone()));
        version
    }

    /// What the files of rules and the configuration look like.
    fn seen(&self) -> Seen {
        let mut rules = RulesArguments { rules: self.rules.clone() };
        #[cfg(feature = "sigma")]
        let mut packs = crate::arguments::SigmaArguments { sigma: self.sigma.clone() };
        let mut expired = 0;
        let file = self.config.as_ref().map(|(path, _)| stamp(path.clone()));
        if let Some((path, today)) = &self.config
            // What is wrong with it is told when it is used.
            && let Ok(config) = Config::at(path)
        {
            config.add_rules(&mut rules);
            #[cfg(feature = "sigma")]
            config.add_packs(&mut packs);
            expired = config.expired(*today);
        }
        let own = file.into_iter().chain(rules.rules.iter().flat_map(|path| stamps(path)));
        #[cfg(feature = "sigma")]
        let own = own.chain(hvtriage::sigma_files(&packs.sigma).into_iter().map(stamp));
        Seen { stamps: own.collect(), expired }
    }
}

/// What folders of images or symbols look like: names, sizes and times of all that is in them. They are
/// too big to be read.
pub(super) fn listing(folders: &[PathBuf]) -> String {
    let mut hash = Sha256::new();
    folders.iter().for_each(|folder| list(folder, MAX_DEPTH, &mut hash));
    hexadecimal(&hash.finalize())
}

fn list(path: &Path, depth: usize, hash: &mut Sha256) {
    for (path, size, time) in stamps(path) {
        hash.update(path.as_os_str().as_encoded_bytes());
        hash.update(format!(" {size} {time:?} "));
        // Links are not followed there.
        let is_folder = fs::symlink_metadata(&path).is_ok_and(|it| it.is_dir());
        if let (true, Some(depth)) = (is_folder, depth.checked_sub(1)) {
            list(&path, depth, hash);
        }
    }
}

/// The files of rules at `path`, in order.
fn stamps(path: &Path) -> Vec<Stamp> {
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        files = entries.map(|entry| entry.path()).collect();
        files.sort();
    }
    files.into_iter().map(stamp).collect()
}

fn stamp(path: PathBuf) -> Stamp {
    let metadata = fs::metadata(&path).ok();
    let size = metadata.as_ref().map_or(0, fs::Metadata::len);
    (path, size, metadata.and_then(|it| it.modified().ok()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_changes_with_the_rules() {
        let folder = tempfile::tempdir().unwrap();
        let rule = folder.path().join("rule.yaml");
        fs::write(&rule, "id: A").unwrap();
        let version = Version::new("text").unwrap().rules(&[folder.path().to_owned()]);
        let first = version.current();
        assert_eq!(version.current(), first);
        fs::write(&rule, "id: ABC").unwrap();
        let second = version.current();
        assert_ne!(second, first);
        fs::write(folder.path().join("more.yaml"), "").unwrap();
        assert_ne!(version.current(), second);
        // What is said in `further`, such as the form of the reports.
        let other = Version::new("json").unwrap().current();
        assert_ne!(other, Version::new("text").unwrap().current());
    }

    /// With the bytes of the file, with the rules that it names, and when an entry ends.
    #[test]
    fn a_version_changes_with_the_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let (file, rule) = (folder.path().join("hvtriage.toml"), folder.path().join("rule.yaml"));
        let version = |today: &str| {
            let today = TodayArgument { today: Some(today.parse().unwrap()) };
            Version::new("text").unwrap().config(Some(&file), today)
        };
        fs::write(&file, "rules = 'rule.yaml'\n").unwrap();
        let one = version("2026-01-01");
        let first = one.current();
        assert_eq!(one.current(), first);
        fs::write(&rule, "id: A").unwrap();
        let second = one.current();
        assert_ne!(second, first);
        let entry = "[[ignore]]\nrule = 'A'\nreason = 'b'\nuntil = 2026-01-01\n";
        fs::write(&file, format!("rules = 'rule.yaml'\n{entry}")).unwrap();
        let third = one.current();
        assert_ne!(third, second);
        assert_eq!(version("2025-12-31").current(), third, "the last day is not over");
        assert_ne!(version("2026-01-02").current(), third);
    }

    /// Packs nest their rules, and hold files that are none.
    #[cfg(feature = "sigma")]
    #[test]
    fn a_version_changes_with_the_sigma_rules_of_any_folder() {
        let pack = tempfile::tempdir().unwrap();
        let deep = pack.path().join("windows/builtin/system");
        fs::create_dir_all(&deep).unwrap();
        let version = Version::new("text").unwrap().sigma(&[pack.path().to_owned()]);
        let none = version.current();
        fs::write(pack.path().join("README.md"), "text").unwrap();
        assert_eq!(version.current(), none);
        fs::write(deep.join("one.yml"), "title: one").unwrap();
        let one = version.current();
        assert_ne!(one, none);
        fs::write(deep.join("one.yml"), "title: another").unwrap();
        assert_ne!(version.current(), one);
        fs::remove_file(deep.join("one.yml")).unwrap();
        assert_eq!(version.current(), none);
    }

    #[test]
    fn a_listing_changes_with_what_is_in_the_folders() {
        let folder = tempfile::tempdir().unwrap();
        let folders = [folder.path().to_owned()];
        let deep = folder.path().join("vmswitch.pdb/1");
        fs::create_dir_all(&deep).unwrap();
        let empty = listing(&folders);
        assert_ne!(empty, listing(&[]));
        fs::write(deep.join("vmswitch.pdb"), b"one").unwrap();
        let first = listing(&folders);
        assert_ne!(first, empty);
        assert_eq!(listing(&folders), first);
        fs::write(deep.join("vmswitch.pdb"), b"longer").unwrap();
        assert_ne!(listing(&folders), first);
    }
}
