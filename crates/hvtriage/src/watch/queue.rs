//! Which case is next.

use std::time::{Duration, Instant};

use super::entry::Case;

/// Cases that are complete and wait for somebody to take them.
#[derive(Debug, Default)]
pub(super) struct Queue(Vec<Waiting>);

#[derive(Debug)]
struct Waiting {
    since: Instant,
    case: Case,
    is_alone: bool,
}

/// Small cases go first, so that one of 50 GB does not hold up a hundred; but none waits longer than
/// this for smaller ones.
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);
/// Small cases are taken together, so that starting costs them little.
const BATCH_BYTES: u64 = 64 << 20;
const BATCH_CASES: usize = 64;

impl Queue {
    /// Adds a case, which is taken alone if whatever is wrong with it must not touch others.
    pub(super) fn push(&mut self, case: Case, is_alone: bool) {
        self.0.push(Waiting { since: Instant::now(), case, is_alone });
    }

    /// How many cases wait.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The next cases for one of `workers`, or nothing.
    pub(super) fn next_batch(&mut self, workers: usize) -> Vec<Case> {
        let order = |one: &Waiting| {
            let is_patient = one.since.elapsed() < LONGEST_WAIT;
            (is_patient, one.case.bytes, one.case.name.clone())
        };
        self.0.sort_by_cached_key(order);
        // Everybody gets some.
        let share = self.0.len().div_ceil(workers.max(1)).clamp(1, BATCH_CASES);
        let mut bytes = 0_u64;
        let mut count = 0_usize;
        for one in self.0.iter().take(share) {
            bytes = bytes.saturating_add(one.case.bytes);
            if count > 0 && (bytes > BATCH_BYTES || one.is_alone) {
                break;
            }
            count = count.saturating_add(1);
            if one.is_alone {
                break;
            }
        }
        self.0.drain(..count.min(self.0.len())).map(|one| one.case).collect()
    }

    /// The next cases without those that are big, however long they wait, or nothing.
    pub(super) fn next_small_batch(&mut self, workers: usize) -> Vec<Case> {
        let (small, big) =
            std::mem::take(&mut self.0).into_iter().partition(|one| !is_big([one.case.bytes]));
        self.0 = small;
        let batch = self.next_batch(workers);
        self.0.extend::<Vec<_>>(big);
        batch
    }
}

/// Whether cases of so many bytes are one that is taken alone, since it may take hours.
pub(super) fn is_big(bytes: impl IntoIterator<Item = u64>) -> bool {
    bytes.into_iter().fold(0, u64::saturating_add) > BATCH_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(name: &str, bytes: u64) -> Case {
        Case { name: name.into(), path: name.into(), files: 1, bytes, changed: None }
    }

    fn names(batch: Vec<Case>) -> Vec<String> {
        batch.into_iter().map(|case| case.name.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn small_cases_go_first_and_together() {
        let mut queue = Queue::default();
        for (name, bytes) in [("big", 50 << 30), ("b", 2), ("a", 2), ("c", 1)] {
            queue.push(case(name, bytes), false);
        }
        assert_eq!(names(queue.next_batch(1)), ["c", "a", "b"]);
        assert_eq!(names(queue.next_batch(1)), ["big"]);
        assert!(queue.next_batch(1).is_empty());
    }

    #[test]
    fn a_case_that_failed_is_alone() {
        let mut queue = Queue::default();
        for (name, is_alone) in [("a", false), ("b", true), ("c", false), ("d", false)] {
            queue.push(case(name, 1), is_alone);
        }
        let batches = [(); 3].map(|()| names(queue.next_batch(1)));
        assert_eq!(batches, [vec!["a"], vec!["b"], vec!["c", "d"]]);
    }

    #[test]
    fn every_worker_gets_a_share() {
        let mut queue = Queue::default();
        (0..10).for_each(|number| queue.push(case(&format!("{number}"), 1), false));
        assert_eq!(queue.next_batch(2).len(), 5);
        assert_eq!(queue.next_batch(2).len(), 3);
    }

    #[test]
    fn small_cases_without_the_big_ones() {
        let mut queue = Queue::default();
        let long_ago = Instant::now().checked_sub(LONGEST_WAIT).unwrap();
        queue.0.push(Waiting { since: long_ago, case: case("big", 50 << 30), is_alone: false });
        assert!(queue.next_small_batch(2).is_empty());
        queue.push(case("small", 1), false);
        assert_eq!(names(queue.next_small_batch(2)), ["small"]);
        assert_eq!(names(queue.next_batch(2)), ["big"]);
    }

    #[test]
    fn a_big_case_does_not_wait_for_ever() {
        let mut queue = Queue::default();
        let long_ago = Instant::now().checked_sub(LONGEST_WAIT).unwrap();
        queue.0.push(Waiting { since: long_ago, case: case("big", 50 << 30), is_alone: false });
        queue.push(case("small", 1), false);
        assert_eq!(names(queue.next_batch(1)), ["big"]);
    }
}
