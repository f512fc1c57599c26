//! `hvtriage watch`: cases in, reports out, until it is told to stop.

mod arguments;
mod batch;
mod board;
mod reports;
mod version;
mod worker;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::slice;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hvtriage::watch::{Watch, WatchError};

pub(crate) use arguments::{AFTER_WATCH_HELP, BatchArguments, WatchArguments};
use worker::Workers;

use crate::arguments::{GlobalArguments, temporary_folder};
use crate::config::Config;
use crate::output::{fail, tell};
use crate::rule_names::right_rules;

/// Exit code when a report could not be written.
const UNWRITTEN: u8 = 4;

/// Runs the command.
pub(crate) fn run(arguments: &WatchArguments, global: &GlobalArguments) -> ExitCode {
    match watch(arguments, global) {
        Ok(code) => code,
        Err(message) => fail(&message),
    }
}

/// Runs the analysis of a batch, which `watch` starts as a process of its own.
pub(crate) fn run_batch(arguments: &BatchArguments, global: &GlobalArguments) -> ExitCode {
    batch::run(arguments, global)
}

fn watch(arguments: &WatchArguments, global: &GlobalArguments) -> Result<ExitCode, String> {
    let config = Config::load(global, slice::from_ref(&arguments.folder))?;
    let given = arguments.given.clone().with(&config);
    // What is wrong with the rules or folders is said now, and not with every case.
    let rules = right_rules(&given.own)?;
    #[cfg(feature = "sigma")]
    refuse_useless_pack(&given.packs.sigma)?;
    #[cfg(feature = "sigma")]
    let knows_ids = given.packs.sigma.is_empty();
    #[cfg(not(feature = "sigma"))]
    let knows_ids = true;
    if knows_ids {
        config.tell_unknown_rules(&rules);
    }
    crate::store::open(&given.store)?;
    temporary_folder(given.temp_dir.as_ref())?;
    // Before the folder of the reports is made: that may be in it.
    std::fs::read_dir(&arguments.folder).map_err(|source| {
        with_hint(&WatchError::Folder { path: arguments.folder.clone(), source })
    })?;
    refuse_in_case(&arguments.folder, &given.out)?;
    let reports = reports::folder(&given.out)?;
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = Arc::clone(&stop);
    let stopped = ctrlc::set_handler(move || stopping.store(true, Ordering::Relaxed));
    stopped.map_err(|error| format!("cannot be told to stop: {error}"))?;
    let workers = Workers::new(arguments, &given, &config, &reports, Arc::clone(&stop))?;
    let watch = Watch::new(&arguments.folder, reports.join(STATE))
        .settle(arguments.settle)
        .once(arguments.once)
        .workers(workers.count())
        .leave_out(&reports);
    let watched = watch.run(&workers, &stop);
    workers.end_showing();
    let watched = watched.map_err(|error| with_hint(&error))?;
    let (reported, unchanged) = (watched.reported, watched.unchanged);
    let cases = if reported == 1 { "case" } else { "cases" };
    tell(&format!("{reported} {cases} reported, {unchanged} unchanged since an earlier report"));
    Ok(if watched.unwritten > 0 { ExitCode::from(UNWRITTEN) } else { ExitCode::SUCCESS })
}

/// As `analyze`, which takes what can be used of a pack and ends where nothing can.
#[cfg(feature = "sigma")]
fn refuse_useless_pack(paths: &[PathBuf]) -> Result<(), String> {
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
    let reports = resolved(reports);
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

/// A path without links, though its end may not be there yet: nothing is made of what is refused.
fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut above = path.ancestors().filter_map(|above| {
        let rest = path.strip_prefix(above).ok().filter(|rest| !rest.as_os_str().is_empty());
        let above = above.canonicalize().ok()?;
        Some(rest.map_or_else(|| above.clone(), |rest| above.join(rest)))
    });
    above.next().unwrap_or_else(|| path.clone())
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
