//! A progress bar on a terminal, silence in a pipe.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use hvtriage::{Advance, Progress};
use indicatif::{ProgressBar, ProgressStyle};

use crate::output::is_quiet;

/// How often the bar looks at the numbers.
const INTERVAL: Duration = Duration::from_millis(100);

/// Runs `work` while a bar on stderr shows how far it has come. Without a terminal the bar is
/// hidden and this only runs `work`.
pub(crate) fn with_progress<T: Send>(work: impl FnOnce(&Progress) -> T + Send) -> T {
    let bar = ProgressBar::no_length();
    set_style(&bar, LOOKING);
    let progress = Progress::default();
    if bar.is_hidden() || is_quiet() {
        return work(&progress);
    }
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                show(&bar, progress.advance());
                thread::park_timeout(INTERVAL);
            }
        });
        let _stop = StopWatching { is_done: &is_done, watcher: watcher.thread().clone() };
        let result = work(&progress);
        bar.finish_and_clear();
        result
    })
}

/// Before the files are found nothing is known of how many there are.
const LOOKING: &str = "{spinner} looking for files";
const READING: &str =
    "{bar:32} {msg}, {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} {eta}";

fn set_style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}

fn show(bar: &ProgressBar, Advance { files, all_files, bytes, found_bytes, .. }: Advance) {
    if found_bytes == 0 {
        bar.tick();
        return;
    }
    if bar.length().is_none() {
        set_style(bar, READING);
    }
    bar.set_length(found_bytes);
    bar.set_position(bytes);
    bar.set_message(format!("{files}/{all_files} files"));
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use hvtriage::DumpQuery;
    use indicatif::ProgressDrawTarget;

    use super::*;

    #[test]
    fn nothing_is_full_before_anything_is_known_and_files_are_counted() {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let progress = Progress::default();
        show(&bar, progress.advance());
        assert_eq!((bar.length(), bar.message()), (None, String::new()));
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/dump-types");
        let files = std::fs::read_dir(&sample).unwrap().count();
        hvtriage::read_dumps(&[&sample], &DumpQuery::default(), &progress).unwrap();
        show(&bar, progress.advance());
        assert_eq!(bar.message(), format!("{files}/{files} files"));
        assert!(bar.length().is_some_and(|length| length > 0 && length == bar.position()));
    }
}
