//! What happens in a watch, told on stderr.

use std::ffi::OsStr;
use std::sync::PoisonError;

use hvtriage::reason_of;
use hvtriage::watch::{Case, News, NoCase};

use super::Workers;

impl Workers {
    pub(super) fn tell_in_words(&self, news: News<'_>) {
        match news {
            News::Standing(standing) => {
                if standing.arriving > 0 {
                    self.tell_why_it_waits();
                }
                self.board.show(standing);
            }
            News::Arriving(case) => self.board.tell(&format!("{}: arriving", shown(case))),
            News::Reported(case, words) => self.board.tell(&format!("{}: {words}", shown(case))),
            News::Delayed(case, reason, delay) => {
                let next = if self.is_once {
                    "not tried again, since the watch ends (--once)".to_owned()
                } else {
                    format!("tried again in {} s", delay.as_secs())
                };
                self.board.tell(&format!("{}: {reason}; {next}", shown(case)));
            }
            News::Unlisted(folder, error) => {
                self.board.tell(&format!(
                    "{} cannot be listed now: {}",
                    folder.display(),
                    reason_of(error)
                ));
            }
            News::Listed(folder) => {
                self.board.tell(&format!("{} can be listed again", folder.display()));
            }
            News::PassedOver(name, why) => {
                let what = match why {
                    NoCase::Unfinished => "is called like a file that is being written",
                    _ => "is a link, a pipe or a device",
                };
                self.board.tell(&format!("{}: left out, since it {what}", printable(name)));
            }
            News::Unnoted(reason) => {
                self.board.tell(&format!(
                    "what was reported cannot be noted now, and may be reported again: {reason}"
                ));
            }
            _ => {}
        }
    }

    /// Once, where the watch is to end.
    fn tell_why_it_waits(&self) {
        let settle = self.settle.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(settle) = settle.map(|settle| settle.as_secs_f64()) {
            self.board.tell(&format!(
                "a case is read when nothing of it has changed for {settle} s (--settle)"
            ));
        }
    }
}

/// A case's name as a line on a terminal can have it.
fn shown(case: &Case) -> String {
    printable(&case.name)
}

fn printable(name: &OsStr) -> String {
    let name = name.to_string_lossy();
    name.chars().map(|letter| if letter.is_control() { '\u{FFFD}' } else { letter }).collect()
}
