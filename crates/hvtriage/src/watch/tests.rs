//! Analysts that panic or wait.

use std::time::Instant;

use super::*;

/// An analyst that does this with its cases, and whose reports are there or not.
struct Doing<F> {
    analyze: F,
    is_reported: bool,
    patience: &'static str,
}

impl<F: Fn(&[Case]) -> Vec<Outcome> + Sync> Analyst for Doing<F> {
    fn analyze(&self, cases: &[Case]) -> Vec<Outcome> {
        (self.analyze)(cases)
    }

    fn is_reported(&self, _: &Case) -> bool {
        self.is_reported
    }

    fn version(&self) -> String {
        String::new()
    }

    fn patience(&self) -> String {
        self.patience.to_owned()
    }

    fn tell(&self, _: News<'_>) {}

    fn give_up(&self) {}
}

#[test]
fn an_analyst_that_panics_delays_its_cases_and_hangs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let cases = folder.path().join("cases");
    std::fs::create_dir(&cases).unwrap();
    std::fs::write(cases.join("one"), b"1").unwrap();
    std::fs::write(cases.join("two"), b"2").unwrap();
    let watch = Watch::new(&cases, folder.path().join("state.redb"));
    let watch = watch.settle(Duration::from_millis(10)).once(true);
    let analyze = |_: &[Case]| panic!("as an analyst of somebody else may");
    let panicking = Doing { analyze, is_reported: false, patience: "" };
    let watched = watch.run(&panicking, &AtomicBool::new(false)).unwrap();
    assert_eq!(watched, Watched { reported: 0, unchanged: 0, unwritten: 2 });
}

/// The big case drops a small one, and ends when that was reported.
#[test]
fn a_small_case_does_not_wait_until_a_big_one_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let cases = folder.path().join("cases");
    std::fs::create_dir(&cases).unwrap();
    let big = std::fs::File::create(cases.join("big")).unwrap();
    big.set_len((64 << 20) + 1).unwrap();
    let is_small_done = AtomicBool::new(false);
    let analyze = |batch: &[Case]| {
        if batch.iter().any(|case| case.name == "small") {
            is_small_done.store(true, Ordering::Relaxed);
            return vec![Outcome::Reported("fine".into()); batch.len()];
        }
        std::fs::write(cases.join("small"), b"1").unwrap();
        let start = Instant::now();
        while !is_small_done.load(Ordering::Relaxed) {
            assert!(start.elapsed() < Duration::from_secs(30), "the small case starves");
            thread::sleep(Duration::from_millis(5));
        }
        vec![Outcome::Reported("fine".into()); batch.len()]
    };
    let watch = Watch::new(&cases, folder.path().join("state.redb"));
    let watch = watch.settle(Duration::from_millis(10)).once(true).workers(1);
    let watched = watch
        .run(&Doing { analyze, is_reported: true, patience: "" }, &AtomicBool::new(false))
        .unwrap();
    assert_eq!(watched, Watched { reported: 2, unchanged: 0, unwritten: 0 });
}

/// One may have left a report of what the case was meanwhile.
#[test]
fn a_case_that_becomes_what_it_was_is_reported_again_after_one_that_was_not_noted() {
    let folder = tempfile::tempdir().unwrap();
    let cases = folder.path().join("cases");
    std::fs::create_dir(&cases).unwrap();
    let incomplete = |is_lasting| Outcome::Incomplete {
        words: "no finding".into(),
        reason: "no room".into(),
        is_lasting,
    };
    let unwritten = Outcome::Unwritten("killed before it could be noted".into());
    let watch = |content: &str, outcome: Outcome| {
        std::fs::write(cases.join("case"), content).unwrap();
        let watch = Watch::new(&cases, folder.path().join("state.redb"));
        let watch = watch.settle(Duration::from_millis(10)).once(true);
        let analyze = |cases: &[Case]| vec![outcome.clone(); cases.len()];
        let ending = Doing { analyze, is_reported: true, patience: "" };
        let watched = watch.run(&ending, &AtomicBool::new(false)).unwrap();
        (watched.reported, watched.unchanged, watched.unwritten)
    };
    for outcome in [incomplete(false), incomplete(true), unwritten] {
        let fine = || Outcome::Reported("fine".into());
        watch("as it was", fine());
        assert_eq!(watch("as it was", fine()), (0, 1, 0));
        assert_eq!(watch("meanwhile", outcome), (0, 0, 1));
        assert_eq!(watch("as it was", fine()), (1, 0, 0));
    }
}

#[test]
fn a_case_that_was_given_up_is_tried_again_with_more_patience_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let cases = folder.path().join("cases");
    std::fs::create_dir(&cases).unwrap();
    std::fs::write(cases.join("case"), b"takes long").unwrap();
    let watch = |patience: &'static str, outcome: Outcome| {
        let watch = Watch::new(&cases, folder.path().join("state.redb"));
        let watch = watch.settle(Duration::from_millis(10)).once(true);
        let analyze = |cases: &[Case]| vec![outcome.clone(); cases.len()];
        let doing = Doing { analyze, is_reported: true, patience };
        let watched = watch.run(&doing, &AtomicBool::new(false)).unwrap();
        (watched.reported, watched.unchanged)
    };
    let given_up = || Outcome::GivenUp("took longer".into());
    assert_eq!(watch("1 s", given_up()), (1, 0));
    assert_eq!(watch("1 s", given_up()), (0, 1));
    assert_eq!(watch("2 s", Outcome::Reported("fine".into())), (1, 0));
    // Once it was read, it was.
    assert_eq!(watch("1 s", given_up()), (0, 1));
}
