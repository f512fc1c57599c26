//! Physical pages that stand in the dump run after run.

use hvtriage_winfmt::FileOffset;

use super::PAGE;
use crate::header::PhysicalRun;

/// Where each run of pages stands, sorted by page number and without overlap.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunPages {
    runs: Vec<PlacedRun>,
    present: u64,
    promised: u64,
    end: u64,
}

#[derive(Clone, Copy, Debug)]
struct PlacedRun {
    first_page: u64,
    page_count: u64,
    offset: u64,
}

impl RunPages {
    /// Lays `runs` out one after the other from byte `start` of a file of `file_size` bytes.
    ///
    /// Offsets saturate, so that a run too long for any file only makes the ones after it
    /// unreadable. Of pages that two runs claim, those of the run that begins first are taken.
    pub(crate) fn new(runs: &[PhysicalRun], start: u64, file_size: u64) -> Self {
        let mut placed = Vec::with_capacity(runs.len());
        let mut offset = start;
        let (mut present, mut promised) = (0_u64, 0_u64);
        for run in runs {
            let in_file = file_size.saturating_sub(offset).checked_div(PAGE).unwrap_or(0);
            present = present.saturating_add(in_file.min(run.page_count));
            promised = promised.saturating_add(run.page_count);
            placed.push(PlacedRun {
                first_page: run.first_page,
                page_count: run.page_count,
                offset,
            });
            offset = offset.saturating_add(run.page_count.saturating_mul(PAGE));
        }
        placed.sort_by_key(|run| run.first_page);
        Self { runs: without_overlap(placed), present, promised, end: offset }
    }

    /// Where page number `page` should stand; the file may end before it.
    pub(crate) fn place(&self, page: u64) -> Option<FileOffset> {
        let after = self.runs.partition_point(|run| run.first_page <= page);
        let run = self.runs.get(after.checked_sub(1)?)?;
        let index = page.checked_sub(run.first_page).filter(|index| *index < run.page_count)?;
        run.offset.checked_add(index.checked_mul(PAGE)?).map(FileOffset)
    }

    /// Pages whose bytes are in the file.
    pub(crate) fn present(&self) -> u64 {
        self.present
    }

    /// Pages that the runs promise.
    pub(crate) fn promised(&self) -> u64 {
        self.promised
    }

    /// The offset after the last page.
    pub(crate) fn end(&self) -> FileOffset {
        FileOffset(self.end)
    }
}

/// Cuts from each run what the ones before it cover.
fn without_overlap(mut sorted: Vec<PlacedRun>) -> Vec<PlacedRun> {
    let mut covered = 0_u64;
    for run in &mut sorted {
        let cut = covered.saturating_sub(run.first_page).min(run.page_count);
        run.first_page = run.first_page.saturating_add(cut);
        run.page_count = run.page_count.saturating_sub(cut);
        run.offset = run.offset.saturating_add(cut.saturating_mul(PAGE));
        covered = covered.max(run.first_page.saturating_add(run.page_count));
    }
    sorted.retain(|run| run.page_count > 0);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(first_page: u64, page_count: u64) -> PhysicalRun {
        PhysicalRun { first_page, page_count }
    }

    #[test]
    fn pages_are_found_in_runs_of_any_order() {
        let pages = RunPages::new(&[run(0x100, 2), run(1, 3)], 0x2000, 0x7000);
        assert_eq!(pages.place(0x100), Some(FileOffset(0x2000)));
        assert_eq!(pages.place(0x101), Some(FileOffset(0x3000)));
        assert_eq!(pages.place(1), Some(FileOffset(0x4000)));
        assert_eq!(pages.place(3), Some(FileOffset(0x6000)));
        for absent in [0, 4, 0xff, 0x102, u64::MAX] {
            assert_eq!(pages.place(absent), None, "page {absent:#x}");
        }
        assert_eq!((pages.present(), pages.promised()), (5, 5));
    }

    #[test]
    fn a_hostile_count_costs_nothing() {
        let pages = RunPages::new(&[run(1, 2), run(0x10, 1 << 60), run(0x5, 1)], 0x2000, 0x4800);
        assert_eq!(pages.present(), 2);
        assert_eq!(pages.place(2), Some(FileOffset(0x3000)));
        assert_eq!(pages.place(0x5), Some(FileOffset(u64::MAX)));
    }

    /// Pages 0x10 to 0x1f, then 0x14 to 0x23 again, then one inside both.
    #[test]
    fn runs_that_overlap_are_one_memory() {
        let runs = [run(0x14, 0x10), run(0x10, 0x10), run(0x18, 1)];
        let pages = RunPages::new(&runs, 0, u64::MAX);
        assert_eq!(pages.place(0x10), Some(FileOffset(0x10_000)));
        assert_eq!(pages.place(0x18), Some(FileOffset(0x18_000)));
        assert_eq!(pages.place(0x1f), Some(FileOffset(0x1f_000)));
        assert_eq!(pages.place(0x20), Some(FileOffset(0x0c_000)));
        assert_eq!(pages.place(0x24), None);
        assert_eq!((pages.promised(), pages.end()), (0x21, FileOffset(0x21_000)));
    }
}
