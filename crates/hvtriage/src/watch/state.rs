//! What was reported, in a store that survives every end of the process.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTable, ReadableTableMetadata, StorageError,
    TableDefinition,
};

use super::content::CaseKey;
use crate::reason_of;

/// Case by name to the key under which it was reported.
const REPORTED: TableDefinition<&[u8], &[u8]> = TableDefinition::new("reported");
/// Case by name to the forms in which there are reports of it, with a comma between them. Noted before a
/// report gets its name, so that there is no report that is not noted.
const FORMS: TableDefinition<&[u8], &str> = TableDefinition::new("forms");
/// Case that was reported and is there no more, by name to when that was first seen, in seconds since 1970.
const GONE: TableDefinition<&[u8], u64> = TableDefinition::new("gone");
/// File by path to what it looked like and the digest of its content.
const CONTENT: TableDefinition<&[u8], (&[u8], &[u8])> = TableDefinition::new("content");

/// Digests of more files than this are forgotten together: files that are gone would be kept for ever.
const MAX_FILES: u64 = 1_000_000;

/// Cases that have been gone for longer than this are forgotten, and of more than so many those that were
/// there last are remembered. A folder may be empty for a while: a share that is not mounted.
const LONGEST_GONE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const MAX_GONE: usize = 100_000;

/// Cases that were reported and could not be noted, which are noted later; of more than these, the others
/// are reported once more by the next watch.
const MAX_OWED: usize = 100_000;

/// The store of a watch.
#[derive(Debug)]
pub(super) struct State {
    path: PathBuf,
    /// Locked for as long as this lives, also while the store is not open. The system ends the lock with
    /// the process, however that ends.
    _lock: File,
    /// Not there while it cannot be opened: after an error of its disk a store has to be opened anew.
    database: RwLock<Option<Database>>,
    owed: Mutex<BTreeMap<OsString, CaseKey>>,
}

/// A file, and what it looks like from outside.
pub(super) struct KnownFile {
    pub(super) path: PathBuf,
    pub(super) stamp: Vec<u8>,
}

impl State {
    /// Opens the store in the file at `path`, or makes a new one. The error says what to do.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let lock = lock(&path.with_extension("lock"))?;
        if !path.exists() {
            make(path).map_err(|error| format!("cannot be made: {error}"))?;
        }
        let database = RwLock::new(Some(open(path)?));
        Ok(Self { path: path.to_owned(), _lock: lock, database, owed: Mutex::default() })
    }

    /// Whether the case was reported with that content by that version. What cannot be read was not.
    pub(super) fn is_reported(&self, name: &OsStr, key: &CaseKey) -> bool {
        self.noted(name).is_some_and(|noted| noted == key)
    }

    /// Whether the case was reported, with whatever content.
    pub(super) fn is_noted(&self, name: &OsStr) -> bool {
        self.noted(name).is_some()
    }

    fn noted(&self, name: &OsStr) -> Option<Vec<u8>> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let table = database.as_ref()?.begin_read().ok()?.open_table(REPORTED).ok()?;
        let noted = table.get(name.as_encoded_bytes()).ok()??;
        Some(noted.value().to_vec())
    }

    /// The forms in which there may be reports of the case.
    pub(super) fn forms(&self, name: &OsStr) -> BTreeSet<String> {
        let noted = || {
            let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
            let table = database.as_ref()?.begin_read().ok()?.open_table(FORMS).ok()?;
            let noted = table.get(name.as_encoded_bytes()).ok()??;
            Some(noted.value().to_owned())
        };
        let noted = noted().unwrap_or_default();
        noted.split(',').filter(|form| !form.is_empty()).map(str::to_owned).collect()
    }

    /// Notes in which forms there may be reports of cases from now on.
    pub(super) fn note_forms(&self, cases: &[(OsString, BTreeSet<String>)]) -> Result<(), String> {
        if cases.is_empty() {
            return Ok(());
        }
        self.write(|store| {
            let transaction = store.begin_write()?;
            {
                let mut table = transaction.open_table(FORMS)?;
                for (name, forms) in cases {
                    let forms: Vec<&str> = forms.iter().map(String::as_str).collect();
                    table.insert(name.as_encoded_bytes(), forms.join(",").as_str())?;
                }
            }
            Ok(transaction.commit()?)
        })
    }

    /// Forgets cases that have been gone for long; `present` are those that are there at `now`.
    pub(super) fn forget_gone(
        &self,
        present: &BTreeSet<OsString>,
        now: SystemTime,
    ) -> Result<(), String> {
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let present = present.iter().map(|name| name.as_encoded_bytes()).collect();
        self.write(|store| forget_gone(store, &present, now))
    }

    /// Notes that cases were reported, and remembers the digests of files that were read for it. What
    /// cannot be noted is with the next ones.
    pub(super) fn note(
        &self,
        cases: &[(OsString, CaseKey)],
        files: &[(KnownFile, CaseKey)],
    ) -> Result<(), String> {
        let mut owed = self.owed.lock().unwrap_or_else(PoisonError::into_inner);
        if cases.is_empty() && files.is_empty() && owed.is_empty() {
            return Ok(());
        }
        for (name, key) in cases {
            if owed.len() < MAX_OWED || owed.contains_key(name) {
                owed.insert(name.clone(), *key);
            }
        }
        self.write(|store| write(store, &owed, files))?;
        owed.clear();
        Ok(())
    }

    /// Has something written to the store, which is opened anew if need be.
    fn write(
        &self,
        write: impl FnOnce(&Database) -> Result<(), redb::Error>,
    ) -> Result<(), String> {
        let write_lock = || self.database.write().unwrap_or_else(PoisonError::into_inner);
        let mut opened = write_lock();
        if opened.is_none() {
            *opened = Some(open(&self.path)?);
        }
        drop(opened);
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let Some(store) = &*database else { return Err("the store was closed meanwhile".into()) };
        let written = write(store);
        drop(database);
        written.map_err(|error| {
            // It would refuse everything from now on.
            *write_lock() = None;
            error.to_string()
        })
    }

    /// The digest of a file that looks as it did when it was read.
    pub(super) fn digest(&self, file: &KnownFile) -> Option<CaseKey> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let table = database.as_ref()?.begin_read().ok()?.open_table(CONTENT).ok()?;
        let known = table.get(file.path.as_os_str().as_encoded_bytes()).ok()??;
        let (stamp, digest) = known.value();
        if stamp == file.stamp { digest.try_into().ok() } else { None }
    }
}

fn write(
    store: &Database,
    cases: &BTreeMap<OsString, CaseKey>,
    files: &[(KnownFile, CaseKey)],
) -> Result<(), redb::Error> {
    let transaction = store.begin_write()?;
    {
        let mut reported = transaction.open_table(REPORTED)?;
        for (name, key) in cases {
            reported.insert(name.as_encoded_bytes(), key.as_slice())?;
        }
        let mut content = transaction.open_table(CONTENT)?;
        if content.len()? > MAX_FILES {
            content.retain(|_, _| false)?;
        }
        for (file, digest) in files {
            let path = file.path.as_os_str().as_encoded_bytes();
            content.insert(path, (file.stamp.as_slice(), digest.as_slice()))?;
        }
    }
    Ok(transaction.commit()?)
}

fn forget_gone(store: &Database, present: &BTreeSet<&[u8]>, now: u64) -> Result<(), redb::Error> {
    let transaction = store.begin_write()?;
    {
        let mut reported = transaction.open_table(REPORTED)?;
        let mut gone = transaction.open_table(GONE)?;
        // One that came back is not gone any more.
        gone.retain(|name, _| !present.contains(name))?;
        let mut absent: Vec<(Reverse<u64>, Vec<u8>)> = Vec::new();
        for entry in reported.iter()? {
            let name = entry?.0;
            if !present.contains(name.value()) {
                // A clock may have been wrong.
                let since = gone.get(name.value())?.map_or(now, |since| since.value().min(now));
                absent.push((Reverse(since), name.value().to_vec()));
            }
        }
        absent.sort_unstable();
        for (place, (Reverse(since), name)) in absent.iter().enumerate() {
            if place < MAX_GONE && now.saturating_sub(*since) <= LONGEST_GONE.as_secs() {
                gone.insert(name.as_slice(), since)?;
            } else {
                reported.remove(name.as_slice())?;
                gone.remove(name.as_slice())?;
            }
        }
        let mut forms = transaction.open_table(FORMS)?;
        forms
            .retain(|name, _| present.contains(name) || !matches!(reported.get(name), Ok(None)))?;
    }
    Ok(transaction.commit()?)
}

/// The lock of a watch, which only one can have.
fn lock(path: &Path) -> Result<File, String> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let file = fs::create_dir_all(folder)
        .and_then(|()| File::options().create(true).truncate(false).write(true).open(path))
        .map_err(|error| format!("cannot be locked: {}", reason_of(&error)))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(IN_USE.into()),
        // Some shares have no locks, and the store does without as well.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(error)) => Err(format!("cannot be locked: {}", reason_of(&error))),
    }
}

const IN_USE: &str = "another process watches with it: end that one, or name another --out";

/// Opens the store in the file at `path`, which is there.
fn open(path: &Path) -> Result<Database, String> {
    match Database::create(path) {
        Ok(database) => Ok(database),
        Err(DatabaseError::DatabaseAlreadyOpen) => Err(IN_USE.into()),
        Err(DatabaseError::Storage(StorageError::Io(error)))
            if error.kind() != io::ErrorKind::InvalidData =>
        {
            Err(format!("cannot be opened: {}", reason_of(&error)))
        }
        Err(error) => {
            Err(format!("is no store of a watch ({error}): remove it, and all is reported anew"))
        }
    }
}

/// Makes an empty store, which has its name only once it is whole: a process that is killed while a new
/// one is written leaves a file that is no store, which the next process could not tell from a file of
/// somebody else.
fn make(path: &Path) -> Result<(), redb::Error> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let unnamed =
        tempfile::Builder::new().prefix(".hvtriage-").suffix(".part").tempfile_in(folder)?;
    drop(Database::create(unnamed.path())?);
    match unnamed.persist_noclobber(path) {
        // Another process was faster.
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.error.into()),
        Ok(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reports/state.redb");
        let case = OsString::from("HV01.zip");
        let state = State::open(&path).unwrap();
        assert!(!state.is_reported(&case, &[1; 32]));
        state.note(&[(case.clone(), [1; 32])], &[]).unwrap();
        assert!(State::open(&path).unwrap_err().starts_with("another process"));
        drop(state);
        let state = State::open(&path).unwrap();
        assert!(state.is_reported(&case, &[1; 32]));
        assert!(!state.is_reported(&case, &[2; 32]));
        assert!(!state.is_reported(OsStr::new("HV02.zip"), &[1; 32]));
    }

    #[test]
    fn cases_that_are_gone_for_long_are_forgotten_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(&folder.path().join("state.redb")).unwrap();
        let names = |names: &[&str]| names.iter().map(OsString::from).collect::<BTreeSet<_>>();
        let noted: Vec<_> =
            names(&["stays", "goes", "returns"]).into_iter().map(|name| (name, [1; 32])).collect();
        state.note(&noted, &[]).unwrap();
        let is_noted = |names: [&str; 3]| names.map(|name| state.is_noted(OsStr::new(name)));
        let all = ["stays", "goes", "returns"];
        let days = |days: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(days * 24 * 60 * 60);
        state.forget_gone(&names(&["stays"]), days(20_000)).unwrap();
        assert_eq!(is_noted(all), [true, true, true]);
        state.forget_gone(&names(&["stays", "returns"]), days(20_020)).unwrap();
        // One goes for the second time, and since then only.
        state.forget_gone(&names(&["stays"]), days(20_025)).unwrap();
        state.forget_gone(&names(&["stays"]), days(20_031)).unwrap();
        assert_eq!(is_noted(all), [true, false, true]);
        assert!(state.is_reported(OsStr::new("stays"), &[1; 32]));
        state.forget_gone(&names(&["stays"]), days(20_056)).unwrap();
        assert_eq!(is_noted(all), [true, false, false]);
    }

    #[test]
    fn the_forms_of_reports_are_noted_and_forgotten_with_their_case() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.redb");
        let state = State::open(&path).unwrap();
        let case = OsString::from("HV01.zip");
        let forms = BTreeSet::from([".html".to_owned(), ".md".to_owned()]);
        assert!(state.forms(&case).is_empty());
        state.note_forms(&[(case.clone(), forms.clone())]).unwrap();
        drop(state);
        let state = State::open(&path).unwrap();
        assert_eq!(state.forms(&case), forms);
        state.forget_gone(&BTreeSet::from([case.clone()]), SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(state.forms(&case), forms);
        state.forget_gone(&BTreeSet::new(), SystemTime::UNIX_EPOCH).unwrap();
        assert!(state.forms(&case).is_empty(), "it is neither there nor was it reported");
    }

    /// After an error of its disk a store is closed and opened anew; nobody may take it meanwhile.
    #[test]
    fn a_store_that_is_closed_for_a_while_is_still_that_of_its_watch() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.redb");
        let state = State::open(&path).unwrap();
        *state.database.write().unwrap() = None;
        assert!(State::open(&path).unwrap_err().starts_with("another process"));
        drop(state);
        State::open(&path).unwrap();
    }

    #[test]
    fn a_file_that_is_no_store_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.redb");
        fs::write(&path, b"these are notes of somebody".repeat(100)).unwrap();
        let error = State::open(&path).unwrap_err();
        assert!(error.contains("remove it"), "{error}");
        assert!(fs::read(&path).unwrap().starts_with(b"these"));
    }

    /// Where an administrator of Linux runs the tests.
    #[test]
    fn a_store_goes_on_when_its_disk_has_room_again() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"])
            .arg(at)
            .status()
            .is_ok_and(|status| status.success());
        if !mounted {
            eprintln!("left out: no file system can be mounted here");
            return;
        }
        let state = State::open(&at.join("state.redb")).unwrap();
        let filler = at.join("filler");
        let _ = fs::write(&filler, vec![0; 16 << 20]);
        let files: Vec<(KnownFile, CaseKey)> = (0..20_000)
            .map(|number| {
                let path = PathBuf::from(format!("a case/a file {number}"));
                (KnownFile { path, stamp: vec![7; 16] }, [1; 32])
            })
            .collect();
        let case = |name: &str| (OsString::from(name), [2; 32]);
        assert!(state.note(&[case("during")], &files).is_err());
        fs::remove_file(&filler).unwrap();
        let noted = state.note(&[case("after")], &[]);
        let known = ["during", "after"].map(|it| state.is_reported(OsStr::new(it), &[2; 32]));
        drop(state);
        std::process::Command::new("umount").arg("-l").arg(at).status().unwrap();
        noted.unwrap();
        assert_eq!(known, [true, true]);
    }
}
