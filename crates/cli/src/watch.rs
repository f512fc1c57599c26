//! `hvtriage watch`: cases in, reports out, until it is told to stop.

mod arguments;
mod batch;
mod reports;
mod version;
mod worker;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hvtriage::watch::{Watch, WatchError};

pub(crate) use arguments::{AFTER_WATCH_HELP, BatchArguments, WatchArguments};
use worker::Workers;

use crate::output::{fail, tell};

/// Exit code when a report could not be written.
const UNWRITTEN: u8 = 4;

/// Runs the command.
pub(crate) fn run(arguments: &WatchArguments) -> ExitCode {
    match watch(arguments) {
        Ok(code) => code,
        Err(message) => fail(&message),
    }
}

/// Runs the analysis of a batch, which `watch` starts as a process of its own.
pub(crate) fn run_batch(arguments: &BatchArguments) -> ExitCode {
    batch::run(arguments)
}

fn watch(arguments: &WatchArguments) -> Result<ExitCode, String> {
    // What is wrong with the rules or folders is said now, and not with every case.
    hvtriage::read_rules(&arguments.given.own.rules)
        .map_err(|error| error.to_string())?
        .errors
        .first()
        .map_or(Ok(()), |error| Err(error.to_string()))?;
    #[cfg(feature = "sigma")]
    refuse_useless_pack(&arguments.given.packs.sigma)?;
    crate::store::open(&arguments.given.store)?;
    let reports = reports::folder(&arguments.given.out)?;
    refuse_in_case(&arguments.folder, &reports)?;
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = Arc::clone(&stop);
    let stopped = ctrlc::set_handler(move || stopping.store(true, Ordering::Relaxed));
    stopped.map_err(|error| format!("cannot be told to stop: {error}"))?;
    let workers = Workers::new(arguments, &reports, Arc::clone(&stop))?;
    let watch = Watch::new(&arguments.folder, reports.join(STATE))
        .settle(arguments.settle)
        .once(arguments.once)
        .workers(workers.count())
        .leave_out(&reports);
    let watched = watch.run(&workers, &stop).map_err(|error| with_hint(&error))?;
    let (reported, unchanged) = (watched.reported, watched.unchanged);
    let cases = if reported == 1 { "case" } else { "cases" };
    tell(&format!("{reported} {cases} reported, {unchanged} unchanged since an earlier report"));
    Ok(if watched.unwritten > 0 { ExitCode::from(UNWRITTEN) } else { ExitCode::SUCCESS })
}

/// As `analyze`, which takes what can be used of a pack and ends where nothing can.
#[cfg(feature = "sigma")]
fn refuse_useless_pack(paths: &[std::path::PathBuf]) -> Result<(), String> {
    let used = hvtriage::check_sigma(paths).map_err(|error| error.to_string())?;
    if paths.is_empty() || used.rules > 0 {
        return Ok(());
    }
    let (files, problems) = (used.files as usize, used.problems);
    Err(hvtriage::AnalyzeError::NoSigmaRule { files, problems }.to_string())
}

/// Reports that are evidence of a case would have it reported for ever. A folder directly in the watched
/// one is left out, and a watched folder that is not there is told of later.
fn refuse_in_case(watched: &Path, reports: &Path) -> Result<(), String> {
    let Ok(watched) = watched.canonicalize() else { return Ok(()) };
    let Ok(relative) = reports.strip_prefix(&watched) else { return Ok(()) };
    if relative.components().count() == 1 {
        return Ok(());
    }
    let (reports, watched) = (reports.display(), watched.display());
    Err(format!(
        "{reports}: reports there would be taken for evidence: name an --out outside {watched}, or a \
         folder directly in it"
    ))
}

/// What was reported is kept beside the reports.
const STATE: &str = ".hvtriage-watch.redb";

fn with_hint(error: &WatchError) -> String {
    match error {
        WatchError::Folder { .. } => {
            format!("{error}; name the folder into which cases are dropped")
        }
        _ => error.to_string(),
    }
}
