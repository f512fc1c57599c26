//! Processes that end by themselves, by a limit or not at all.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

/// A program in the place of the analysis, which dies of cases that are called so, and tells of all others
/// at the end.
const PROGRAM: &str = "#!/bin/sh\n\
    while [ \"$1\" != -- ]; do shift; done; shift\n\
    number=0\n\
    for name in \"$@\"; do\n\
      echo \"begin $number\"\n\
      case \"$name\" in *deadly*) kill -9 $$;; *endless*) exec sleep 600;; *vanishing*) kill -BUS $$;; esac\n\
      number=$((number + 1))\n\
    done\n\
    number=0\n\
    for name in \"$@\"; do\n\
      echo text > .hvtriage-$$-$number-t.part; echo json > .hvtriage-$$-$number-j.part\n\
      echo \"written $number .hvtriage-$$-$number-t.part,.hvtriage-$$-$number-j.part fine\"\n\
      number=$((number + 1))\n\
    done\n";

fn workers(folder: &Path) -> Workers {
    let program = folder.join("analysis");
    fs::write(&program, PROGRAM).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    Workers {
        program,
        folder: folder.to_owned(),
        reports: folder.to_owned(),
        formats: vec![ReportFormat::Text, ReportFormat::Json],
        arguments: Vec::new(),
        version: Version::new("").unwrap(),
        is_once: false,
        settle: Mutex::new(None),
        time_limit: Duration::ZERO,
        count: 2,
        running: Mutex::new(BTreeMap::new()),
        started: AtomicU64::new(0),
        stop: Arc::new(AtomicBool::new(false)),
        board: Board::new(),
    }
}

fn cases(folder: &Path, names: &[&str]) -> Vec<Case> {
    for name in names {
        fs::write(folder.join(name), b"evidence").unwrap();
    }
    names.iter().map(|name| Case::at(folder.join(name)).unwrap()).collect()
}

#[test]
fn a_case_that_ends_its_process_is_reported_as_such_and_the_others_as_ever() {
    let folder = tempfile::tempdir().unwrap();
    let workers = workers(folder.path());
    let cases = cases(folder.path(), &["one", "deadly", "two", "deadly too", "three"]);
    let outcomes = workers.analyze(&cases);
    let fine = Outcome::Reported("fine".into());
    let broken = Outcome::Reported("no finding, 1 problem".into());
    assert_eq!(outcomes, [fine.clone(), broken.clone(), fine.clone(), broken, fine]);
    let report = fs::read_to_string(folder.path().join("deadly.txt")).unwrap();
    assert!(report.contains("ended the process twice (signal: 9"), "{report}");
    assert_eq!(fs::read_to_string(folder.path().join("two.txt")).unwrap(), "text\n");
    assert_eq!(fs::read_to_string(folder.path().join("two.json")).unwrap(), "json\n");
}

#[test]
fn a_case_whose_file_goes_away_is_reported_so_and_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let workers = workers(folder.path());
    let outcomes = workers.analyze(&cases(folder.path(), &["one", "vanishing"]));
    let words = "no finding, 1 problem".into();
    let reason = "a file went away while it was read".into();
    let incomplete = Outcome::Incomplete { words, reason, is_lasting: true };
    assert_eq!(outcomes, [Outcome::Reported("fine".into()), incomplete]);
    let report = fs::read_to_string(folder.path().join("vanishing.txt")).unwrap();
    assert!(report.contains("its share or disk may have gone"), "{report}");
}

#[test]
fn a_case_that_takes_too_long_is_ended_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let workers = Workers { time_limit: Duration::from_secs(2), ..workers(folder.path()) };
    let cases = cases(folder.path(), &["one", "endless", "two"]);
    let outcomes = workers.analyze(&cases);
    let fine = Outcome::Reported("fine".into());
    let broken = Outcome::GivenUp("no finding, 1 problem".into());
    assert_eq!(outcomes, [fine.clone(), broken, fine]);
    let report = fs::read_to_string(folder.path().join("endless.txt")).unwrap();
    assert!(report.contains("took longer than 2 s twice"), "{report}");
    assert!(report.contains("a longer --time-limit"), "{report}");
}

#[test]
fn a_program_that_does_not_start_is_no_fault_of_the_cases() {
    let folder = tempfile::tempdir().unwrap();
    let mut workers = workers(folder.path());
    workers.program = folder.path().join("nothing");
    let cases = cases(folder.path(), &["one", "two"]);
    for outcome in workers.analyze(&cases) {
        assert!(matches!(outcome, Outcome::Unwritten(_)), "{outcome:?}");
    }
}

#[test]
fn each_case_is_judged_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let workers = workers(folder.path());
    let long = "l".repeat(252);
    let cases = cases(folder.path(), &["one", "blocked", &long, "two"]);
    fs::create_dir(folder.path().join("blocked.json")).unwrap();
    let outcomes = workers.analyze(&cases);
    let fine = Outcome::Reported("fine".into());
    assert_eq!((&outcomes[0], &outcomes[3]), (&fine, &fine));
    let Outcome::Unwritten(reason) = &outcomes[1] else { panic!("{outcomes:?}") };
    assert!(reason.contains("blocked.json: a folder is called so"), "{reason}");
    let short = shortened(&cases[2].name).unwrap();
    let Outcome::Reported(words) = &outcomes[2] else { panic!("{outcomes:?}") };
    assert!(words.contains(&short), "{words}");
    assert!(workers.is_reported(&cases[2]) && !workers.is_reported(&cases[1]));
    assert!(folder.path().join(format!("{short}.json")).is_file());
}
