//! A progress bar on a terminal, silence in a pipe.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use hvtriage::Progress;
use indicatif::{ProgressBar, ProgressStyle};

use crate::output::is_quiet;

/// How often the bar looks at the numbers.
const INTERVAL: Duration = Duration::from_millis(100);

/// Runs `work` while a bar on stderr shows how far it has come. Without a terminal the bar is
/// hidden and this only runs `work`.
pub(crate) fn with_progress<T: Send>(work: impl FnOnce(&Progress) -> T + Send) -> T {
    let bar = ProgressBar::new(0);
    let template = "{bar:32} {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} {eta}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    let progress = Progress::default();
    if bar.is_hidden() || is_quiet() {
        return work(&progress);
    }
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                bar.set_length(progress.total_bytes());
                bar.set_position(progress.done_bytes());
                thread::park_timeout(INTERVAL);
            }
        });
        let _stop = StopWatching { is_done: &is_done, watcher: watcher.thread().clone() };
        let result = work(&progress);
        bar.finish_and_clear();
        result
    })
}

/// Ends the watcher however the work ends; the scope waits for it even when the work panics.
struct StopWatching<'a> {
    is_done: &'a AtomicBool,
    watcher: Thread,
}

impl Drop for StopWatching<'_> {
    fn drop(&mut self) {
        self.is_done.store(true, Ordering::Relaxed);
        self.watcher.unpark();
    }
}
