//! The threads that have cases reported, and note that they were.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Mutex, PoisonError};

use super::content::{CaseKey, case_digest, given_up};
use super::entry::Case;
use super::state::State;
use super::{Analyst, News, Outcome};
use crate::reason_of;

/// What became of a case.
pub(super) struct Done {
    pub(super) case: Case,
    pub(super) result: CaseResult,
}

pub(super) enum CaseResult {
    Reported,
    Unchanged,
    /// Why it is tried again later, and whether that is expected to last.
    Delayed(String, bool),
}

/// Takes batches until there will be no more.
pub(super) fn work(
    analyst: &dyn Analyst,
    state: &State,
    waiting: &Mutex<Receiver<Vec<Case>>>,
    done: &Sender<Vec<Done>>,
    stop: &AtomicBool,
) {
    loop {
        let batch = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(batch) = batch else { return };
        if stop.load(Ordering::Relaxed) {
            return;
        }
        // Nobody listens any more when the watch was stopped.
        if done.send(report_or_delay(analyst, state, batch, stop)).is_err() {
            return;
        }
    }
}

/// [`report`], whose analyst may panic: its cases are tried again later.
fn report_or_delay(
    analyst: &dyn Analyst,
    state: &State,
    cases: Vec<Case>,
    stop: &AtomicBool,
) -> Vec<Done> {
    let given = cases.clone();
    let reported = catch_unwind(AssertUnwindSafe(|| report(analyst, state, cases, stop)));
    let delayed =
        |case| Done { case, result: CaseResult::Delayed("the analysis panicked".into(), false) };
    reported.unwrap_or_else(|_| given.into_iter().map(delayed).collect())
}

/// Has those of `cases` reported that were not.
fn report(analyst: &dyn Analyst, state: &State, cases: Vec<Case>, stop: &AtomicBool) -> Vec<Done> {
    let (version, patience) = (analyst.version(), analyst.patience());
    let is_noted = |case: &Case, key: &CaseKey| {
        state.is_reported(&case.name, key)
            || state.is_reported(&case.name, &given_up(key, &patience))
    };
    let mut results = Vec::new();
    let mut new = Vec::new();
    let mut keys = Vec::new();
    let mut read = Vec::new();
    for case in cases {
        match case_digest(&case, &version, state, &mut read, stop) {
            Ok(key) if is_noted(&case, &key) && analyst.is_reported(&case) => {
                analyst.tell(News::Unchanged(&case));
                results.push(Done { case, result: CaseResult::Unchanged });
            }
            Ok(key) => {
                new.push(case);
                keys.push(key);
            }
            Err(error) => {
                let result =
                    CaseResult::Delayed(format!("cannot be read: {}", reason_of(&error)), false);
                results.push(Done { case, result });
            }
        }
    }
    if stop.load(Ordering::Relaxed) {
        return results;
    }
    forget_earlier(analyst, state, &new);
    let left = note_forms(analyst, state, &new);
    let outcomes = if new.is_empty() { Vec::new() } else { analyst.analyze(&new) };
    let mut reported = Vec::new();
    let mut rid = Vec::new();
    for (((case, key), outcome), left) in new.into_iter().zip(keys).zip(outcomes).zip(left) {
        let outcome = without_others(analyst, &case, outcome, &left);
        if !left.is_empty() && !matches!(outcome, Outcome::Unwritten(_)) {
            rid.push((case.name.clone(), analyst.forms().into_iter().collect()));
        }
        let result = match outcome {
            Outcome::Reported(words) => {
                analyst.tell(News::Reported(&case, &words));
                reported.push((case.name.clone(), key));
                CaseResult::Reported
            }
            Outcome::GivenUp(words) => {
                analyst.tell(News::Reported(&case, &words));
                reported.push((case.name.clone(), given_up(&key, &patience)));
                CaseResult::Reported
            }
            Outcome::Incomplete { words, reason, is_lasting } => {
                CaseResult::Delayed(format!("{words}, but incomplete: {reason}"), is_lasting)
            }
            Outcome::Unwritten(reason) => CaseResult::Delayed(reason, false),
        };
        results.push(Done { case, result });
    }
    // What somebody puts there later is not the watch's.
    for noted in [state.note_forms(&rid), state.note(&reported, &read)] {
        if let Err(message) = noted {
            analyst.tell(News::Unnoted(&message));
        }
    }
    results
}

/// Notes before the reports get their names in which forms there will be some; for each case those in which
/// there may be some and will be none.
fn note_forms(analyst: &dyn Analyst, state: &State, cases: &[Case]) -> Vec<Vec<String>> {
    let forms: BTreeSet<String> = analyst.forms().into_iter().collect();
    let (mut left, mut added) = (Vec::new(), Vec::new());
    for case in cases {
        let earlier = state.forms(&case.name);
        left.push(earlier.difference(&forms).cloned().collect());
        if !forms.is_subset(&earlier) {
            added.push((case.name.clone(), earlier.union(&forms).cloned().collect()));
        }
    }
    if let Err(message) = state.note_forms(&added) {
        analyst.tell(News::Unnoted(&message));
    }
    left
}

/// A case is not reported as long as there is an earlier report of it in another form. It is removed after
/// the new one got its name: at no time is there none.
fn without_others(
    analyst: &dyn Analyst,
    case: &Case,
    outcome: Outcome,
    left: &[String],
) -> Outcome {
    if left.is_empty() || matches!(outcome, Outcome::Unwritten(_)) {
        return outcome;
    }
    match analyst.remove(case, left) {
        Ok(()) => outcome,
        Err(error) => Outcome::Unwritten(format!(
            "its earlier report in another form cannot be removed: {}",
            reason_of(&error)
        )),
    }
}

/// Notes that what was reported of `cases` earlier counts no more, before other reports take its place:
/// should the process end between the new report and its note, and the case become what it was, the
/// report would be taken for that of the earlier content.
fn forget_earlier(analyst: &dyn Analyst, state: &State, cases: &[Case]) {
    let noted = cases.iter().filter(|case| state.is_noted(&case.name));
    let noted: Vec<_> = noted.map(|case| (case.name.clone(), NO_CONTENT)).collect();
    if noted.is_empty() {
        return;
    }
    if let Err(message) = state.note(&noted, &[]) {
        analyst.tell(News::Unnoted(&message));
    }
}

/// The key under which a case is noted of which there is a report, whatever it is of.
const NO_CONTENT: CaseKey = [0; 32];
