//! Where messages of events come from: files beside a log, and binaries of providers.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use hvtriage_diagnosis::Problem;
use hvtriage_eventlog::{Event, LocalizedLog, ProviderMessages};
use walkdir::WalkDir;

use crate::AnalyzeError;
use crate::archive::{ArchiveKind, Intake, Limits, Member};
use crate::discover::name_of;
use crate::map::FileBytes;
use crate::reason_of;

/// Files that hold messages, by their ends: binaries, and the texts of one language of a binary.
const BINARY_ENDS: [&str; 5] = ["dll", "exe", "sys", "mui", "mun"];
/// Folders of binaries are copies of `System32` and its folders of languages.
const MAX_DEPTH: usize = 8;

/// The messages of the binaries in `folders`.
///
/// # Errors
/// A folder that cannot be listed.
pub(crate) fn of_providers(
    folders: &[PathBuf],
    problems: &mut Vec<Problem>,
) -> Result<ProviderMessages, AnalyzeError> {
    let mut messages = ProviderMessages::default();
    for folder in folders {
        let error = |source| AnalyzeError::Path { path: folder.clone(), source };
        std::fs::metadata(folder).map_err(error)?;
        let files = WalkDir::new(folder).max_depth(MAX_DEPTH).sort_by_file_name();
        for entry in files.into_iter().filter_map(Result::ok) {
            if entry.file_type().is_file() && has_end(entry.path(), &BINARY_ENDS) {
                add(entry.path(), &mut messages, problems);
            }
        }
    }
    Ok(messages)
}

fn add(path: &Path, messages: &mut ProviderMessages, problems: &mut Vec<Problem>) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let added = FileBytes::open(path)
        .map_err(|error| format!("cannot be opened: {}", reason_of(&error)))
        .and_then(|bytes| messages.add(&name, &bytes).map_err(|error| error.to_string()));
    if let Err(message) = added {
        problems.push(Problem::new(name_of(path), message));
    }
}

/// Files of messages that Windows saved beside logs ("with display information"), by the folder of
/// the logs. Each folder is listed once: a collection has thousands of logs in one.
#[derive(Debug, Default)]
pub(crate) struct Saved(Mutex<HashMap<PathBuf, Arc<[PathBuf]>>>);

impl Saved {
    /// The messages that were saved beside the log at `path`: of several languages English, or else
    /// the first.
    pub(crate) fn beside(&self, path: &Path, problems: &mut Vec<Problem>) -> Option<LocalizedLog> {
        let stem = path.file_stem()?.to_string_lossy().to_lowercase();
        let of_log = |file: &&PathBuf| {
            let name = file.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
            let language = name.strip_prefix(&stem).and_then(|rest| rest.strip_prefix('_'));
            language.is_some_and(|language| language.bytes().all(|it| it.is_ascii_digit()))
        };
        let all = self.of_folder(path.parent()?);
        let mut files: Vec<&PathBuf> = all.iter().filter(of_log).collect();
        files.sort_by_key(|file| (!file.to_string_lossy().contains("_1033."), (*file).clone()));
        let file = files.first()?;
        let opened = FileBytes::open(file)
            .map_err(|error| format!("cannot be opened: {}", reason_of(&error)))
            .and_then(|bytes| LocalizedLog::open(&bytes).map_err(|error| error.to_string()));
        match opened {
            Ok(log) => Some(log),
            Err(message) => {
                problems.push(Problem::new(name_of(file), message));
                None
            }
        }
    }

    fn of_folder(&self, folder: &Path) -> Arc<[PathBuf]> {
        let list = || {
            let locale = files_of(folder).into_iter().find(|file| is_named(file, "LocaleMetaData"));
            let files = locale.map(|locale| files_of(&locale)).unwrap_or_default();
            files.into_iter().filter(|file| has_end(file, &["mta"])).collect()
        };
        match self.0.lock() {
            Ok(mut known) => known.entry(folder.to_owned()).or_insert_with(list).clone(),
            // Another thread gave up while it listed; the list is all that was lost.
            Err(_) => list(),
        }
    }
}

/// The most that files of messages of one archive may have together.
const ARCHIVE_BYTES: u64 = 256 << 20;

/// Files of messages inside an archive, each language of each log that has one. What is collected first
/// is used when logs are read, since a log may stand before its messages as well as behind them.
#[derive(Debug, Default)]
pub(crate) struct SavedInArchive(BTreeMap<LogName, (bool, LocalizedLog)>);

/// The folder of a log with what parts it from the name, and the name without ending; in lower case.
type LogName = (String, String);

impl SavedInArchive {
    /// Collects the messages in the archive called `name`. Returns what is wrong with them; what is wrong
    /// with the archive shows when its logs are read.
    pub(crate) fn collect(
        name: &str,
        kind: ArchiveKind,
        bytes: &[u8],
        folder: Option<PathBuf>,
    ) -> (Self, Vec<Problem>) {
        let (mut saved, mut problems) = (Self::default(), Vec::new());
        let mut left = ARCHIVE_BYTES;
        let mut found = |member: Member| {
            let Some((log, is_english)) = log_of_messages(&member.name) else { return };
            // English before others, and of those the first.
            if saved.0.get(&log).is_some_and(|(known, _)| *known || !is_english) {
                return;
            }
            let size = member.bytes.len() as u64;
            let opened = match left.checked_sub(size) {
                Some(rest) => {
                    left = rest;
                    LocalizedLog::open(&member.bytes).map_err(|error| error.to_string())
                }
                None => Err(format!(
                    "is not used: the messages in one archive may have {} MiB together",
                    ARCHIVE_BYTES >> 20
                )),
            };
            match opened {
                Ok(texts) => {
                    saved.0.insert(log, (is_english, texts));
                }
                Err(message) => {
                    problems.push(Problem::new(member.name, message));
                }
            }
        };
        let intake = Intake {
            is_wanted: &|name, _| log_of_messages(name).is_some(),
            folder,
            limits: Limits::of(bytes.len() as u64),
            found: &mut found,
        };
        intake.read(kind, name, bytes);
        (saved, problems)
    }

    /// The messages that were saved beside the log called `name`.
    pub(crate) fn beside(&self, name: &str) -> Option<&LocalizedLog> {
        let (folder, file) = parted(name);
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        self.0.get(&(folder.to_lowercase(), stem.to_lowercase())).map(|(_, texts)| texts)
    }
}

/// The log whose messages a file of this name holds, `LocaleMetaData/System_1033.MTA`, and whether they
/// are English.
fn log_of_messages(name: &str) -> Option<(LogName, bool)> {
    let name = name.to_lowercase();
    let (folder, file) = parted(&name);
    let (above, of_messages) = parted(folder.strip_suffix('/')?);
    let (stem, language) = file.strip_suffix(".mta")?.rsplit_once('_')?;
    let is_one = of_messages == "localemetadata" && language.bytes().all(|it| it.is_ascii_digit());
    is_one.then(|| ((above.to_owned(), stem.to_owned()), language == "1033"))
}

/// The folder or archive of a member with what ends it, and the name in there.
fn parted(name: &str) -> (&str, &str) {
    let end = name.rfind(['/', '!']).map_or(0, |at| at.saturating_add(1));
    name.split_at_checked(end).unwrap_or(("", name))
}

/// Names differ in case between a Windows machine and the copy of a collection.
fn is_named(file: &Path, name: &str) -> bool {
    file.file_name().is_some_and(|file| file.eq_ignore_ascii_case(name))
}

fn has_end(file: &Path, ends: &[&str]) -> bool {
    let end = file.extension().unwrap_or_default();
    ends.iter().any(|one| end.eq_ignore_ascii_case(OsStr::new(one)))
}

fn files_of(folder: &Path) -> Vec<PathBuf> {
    // The folder of a file that is named without one.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(Result::ok).map(|entry| entry.path()).collect()
}

/// The message of an event: that which came with it, that which was saved beside its log, or that
/// which its provider's binary has.
pub(crate) fn of_event(
    event: &Event,
    beside: Option<&LocalizedLog>,
    providers: &ProviderMessages,
) -> Option<String> {
    let own = || event.message.clone();
    let saved = || beside?.message(event, None);
    own().or_else(saved).or_else(|| providers.message(event))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_belong_to_the_log_beside_their_folder() {
        let of = |name: &str| log_of_messages(name).map(|((folder, log), en)| (folder + &log, en));
        let known = |log: &str, is_english| Some((log.to_owned(), is_english));
        assert_eq!(of("A.zip!LocaleMetaData/System_1033.MTA"), known("a.zip!system", true));
        let nested = "a.zip!Node_1/localemetadata/Hyper-V_VMMS_1031.mta";
        assert_eq!(of(nested), known("a.zip!node_1/hyper-v_vmms", false));
        for other in [
            "a.zip!System_1033.MTA",
            "a.zip!LocaleMetaData/System.MTA",
            "a.zip!LocaleMetaData/System_1033.evtx",
            "a.zip!LocaleMetaData/System_en.MTA",
            "a.zip!NoLocaleMetaData/System_1033.MTA",
            "LocaleMetaData",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
