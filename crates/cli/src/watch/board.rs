//! How far a watch is: a line on a terminal that is always there, and none in a pipe.

use std::time::Duration;

use hvtriage::watch::Standing;
use indicatif::{ProgressBar, ProgressStyle};

use crate::output::{is_quiet, tell};

/// How often the line shows that the watch lives.
const TICK: Duration = Duration::from_millis(250);

/// The line.
pub(super) struct Board(Option<ProgressBar>);

impl Board {
    /// Shows the line, if stderr is a terminal and not to be quiet.
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        if bar.is_hidden() || is_quiet() {
            return Self(None);
        }
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(TICK);
        Self(Some(bar))
    }

    /// Shows how many cases are where.
    pub(super) fn show(&self, standing: Standing) {
        if let Some(bar) = &self.0 {
            bar.set_message(in_words(standing));
        }
    }

    /// Tells something above the line.
    pub(super) fn tell(&self, message: &str) {
        match &self.0 {
            Some(bar) => bar.suspend(|| tell(message)),
            None => tell(message),
        }
    }

    /// Takes the line away.
    pub(super) fn clear(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// `1 arriving, 12 waiting, 2 being read, 40 done`.
fn in_words(standing: Standing) -> String {
    let Standing { arriving, waiting, under_way, done, delayed, .. } = standing;
    let counts = [
        (arriving, "arriving"),
        (waiting, "waiting"),
        (under_way, "being read"),
        (done, "done"),
        (delayed, "to be tried again"),
    ];
    let told = counts.iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = told.map(|(count, what)| format!("{count} {what}")).collect();
    if told.is_empty() { "waiting for cases".into() } else { format!("cases: {}", told.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_says_where_cases_are() {
        assert_eq!(in_words(Standing::default()), "waiting for cases");
        let mut standing = Standing::default();
        (standing.waiting, standing.under_way, standing.done) = (12, 2, 40);
        assert_eq!(in_words(standing), "cases: 12 waiting, 2 being read, 40 done");
    }
}
