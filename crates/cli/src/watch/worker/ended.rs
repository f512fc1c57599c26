//! What becomes of a case that ends its process.

use std::process::ExitStatus;
use std::time::Duration;

use hvtriage::watch::{Case, Outcome};

use super::Workers;
use crate::watch::batch::{unwritable, words};
use crate::watch::reports::{Unnamed, unanalyzed};

/// How a process ended.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    /// The limit, where it was ended because a case took longer.
    pub(super) limit: Option<Duration>,
    /// The case that it was at.
    pub(super) begun: Option<usize>,
}

impl Workers {
    /// Reports that a case cannot be analyzed.
    pub(super) fn report_unanalyzed(&self, case: &Case, ended: &Ended) -> Outcome {
        let message = match ended.limit {
            Some(limit) => {
                format!("the analysis of this case took longer than {} s twice", limit.as_secs())
            }
            None => format!("the analysis of this case ended the process twice ({})", ended.status),
        };
        let has_lost_evidence = ended.limit.is_none() && has_lost_evidence(ended.status);
        let hint = if has_lost_evidence {
            "a file of the case became shorter or could not be read on while it was read: its share or disk \
             may have gone; the watch tries again"
        } else if ended.limit.is_some() {
            "nothing of it is in this report; start the watch with a longer --time-limit, or analyze the case by \
             itself"
        } else {
            "send what it takes to repeat that to the makers of hvtriage; it is tried again when the case, \
             the rules or hvtriage change"
        };
        let diagnosis = unanalyzed(&case.name, message, hint);
        let report = Unnamed::write(&self.reports, &self.formats, &diagnosis);
        match report.and_then(Unnamed::sync) {
            Ok(report) => {
                let named = self.name(case, Some(report), &words(&diagnosis));
                match named {
                    named if has_lost_evidence => {
                        incomplete(named, "a file went away while it was read", true)
                    }
                    Outcome::Reported(words) if ended.limit.is_some() => Outcome::GivenUp(words),
                    named => named,
                }
            }
            Err(error) => Outcome::Unwritten(unwritable(&self.reports, &error)),
        }
    }
}

/// That of a case whose report has its name, but lacks something.
pub(super) fn incomplete(named: Outcome, reason: &str, is_lasting: bool) -> Outcome {
    match named {
        Outcome::Reported(words) => {
            Outcome::Incomplete { words, reason: reason.to_owned(), is_lasting }
        }
        other => other,
    }
}

/// Whether a process ended because a file that it had mapped could not be read on.
fn has_lost_evidence(status: ExitStatus) -> bool {
    #[cfg(unix)]
    {
        // SIGBUS of Linux and of the others.
        let number = if cfg!(target_os = "linux") { 7 } else { 10 };
        std::os::unix::process::ExitStatusExt::signal(&status) == Some(number)
    }
    #[cfg(not(unix))]
    {
        /// STATUS_IN_PAGE_ERROR.
        const IN_PAGE_ERROR: u32 = 0xC000_0006;
        status.code().map(i32::cast_unsigned) == Some(IN_PAGE_ERROR)
    }
}
