//! What was reported, in a store that survives every end of the process.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTableMetadata, StorageError,
    TableDefinition, TableError,
};

use super::content::CaseKey;

/// Case by name to the key under which it was reported.
const REPORTED: TableDefinition<&[u8], &[u8]> = TableDefinition::new("reported");
/// File by path to what it looked like and the digest of its content.
const CONTENT: TableDefinition<&[u8], (&[u8], &[u8])> = TableDefinition::new("content");

/// Digests of more files than this are forgotten together: files that are gone would be kept for ever.
const MAX_FILES: u64 = 1_000_000;

/// Cases that were reported and could not be noted, which are noted later; of more than these, the others
/// are reported once more by the next watch.
const MAX_OWED: usize = 100_000;

/// The store of a watch.
#[derive(Debug)]
pub(super) struct State {
    path: PathBuf,
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
        if !path.exists() {
            make(path).map_err(|error| format!("cannot be made: {error}"))?;
        }
        let database = RwLock::new(Some(open(path)?));
        Ok(Self { path: path.to_owned(), database, owed: Mutex::default() })
    }

    /// Whether the case was reported with that content by that version. What cannot be read was not.
    pub(super) fn is_reported(&self, name: &OsStr, key: &CaseKey) -> bool {
        let read = || -> Result<bool, redb::Error> {
            let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
            let Some(database) = &*database else { return Ok(false) };
            let table = match database.begin_read()?.open_table(REPORTED) {
                Err(TableError::TableDoesNotExist(_)) => return Ok(false),
                table => table?,
            };
            let noted = table.get(name.as_encoded_bytes())?;
            Ok(noted.is_some_and(|noted| noted.value() == key))
        };
        read().unwrap_or(false)
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
        let write_lock = || self.database.write().unwrap_or_else(PoisonError::into_inner);
        if self.database.read().unwrap_or_else(PoisonError::into_inner).is_none() {
            *write_lock() = Some(open(&self.path)?);
        }
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let written = database.as_ref().map_or(Ok(()), |store| write(store, &owed, files));
        drop(database);
        if let Err(error) = written {
            // It would refuse everything from now on.
            *write_lock() = None;
            return Err(error.to_string());
        }
        owed.clear();
        Ok(())
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

/// Opens the store in the file at `path`, which is there.
fn open(path: &Path) -> Result<Database, String> {
    match Database::create(path) {
        Ok(database) => Ok(database),
        Err(DatabaseError::DatabaseAlreadyOpen) => {
            Err("another process watches with it: end that one, or name another --out".into())
        }
        Err(DatabaseError::Storage(StorageError::Io(error)))
            if error.kind() != io::ErrorKind::InvalidData =>
        {
            Err(format!("cannot be opened: {error}"))
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
