//! Panics of other people's code.
//!
//! Decoders of others that may panic on damaged files are fenced where they are used, and the report says
//! what could not be read. What the panic itself says helps nobody then. One that no fence caught ends the
//! command, and is told.

use std::any::Any;
use std::panic::{self, Location, PanicHookInfo, UnwindSafe};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use crate::output::complain;

/// The last one that was not told.
static UNTOLD: Mutex<Option<String>> = Mutex::new(None);
/// As Rust itself ends after a panic.
const PANICKED: u8 = 101;

/// Runs the command.
pub(crate) fn run(command: impl FnOnce() -> ExitCode + UnwindSafe) -> ExitCode {
    let told = panic::take_hook();
    panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
        if info.location().is_some_and(is_of_others) {
            *UNTOLD.lock().unwrap_or_else(PoisonError::into_inner) = Some(info.to_string());
        } else {
            told(info);
        }
    }));
    panic::catch_unwind(command).unwrap_or_else(|_: Box<dyn Any + Send>| {
        if let Some(untold) = UNTOLD.lock().unwrap_or_else(PoisonError::into_inner).take() {
            complain(&format!("{untold}: this is a defect, please report it"));
        }
        ExitCode::from(PANICKED)
    })
}

/// Whether a place lies in a package of the registry, as its path in the build shows.
fn is_of_others(location: &Location<'_>) -> bool {
    let path = location.file().replace('\\', "/");
    path.contains("/registry/src/") || path.contains("/vendor/")
}
