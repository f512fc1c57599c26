//! A watch that is killed again and again, at whatever it is doing.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::PATIENCE;
use crate::desk::Desk;

/// How often it is killed.
const KILLS: u64 = 200;

/// However busy the machine is, the whole test must end.
const LONGEST: Duration = Duration::from_millis(400);

/// A number that looks like chance and depends on its argument alone (splitmix64).
fn chance(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// Every few kills a case is added to or a new one arrives, so that there is always something to do:
/// cases are copied, read, reported and noted while the watch is killed. In the end each has one
/// complete report that says what an analysis of it says, and nothing is left over.
#[test]
fn a_watch_that_is_killed_leaves_one_whole_report_of_each_case_in_the_end() {
    const SAMPLES: [&str; 4] = ["kb2636573", "vmq-rss", "guest-18590-host", "healthy-host"];
    // It lives half as long again as one case takes on this machine, or less.
    let trial = Desk::new();
    trial.drop_sample(SAMPLES[0]);
    let start = Instant::now();
    trial.watch(&["--once", "--settle", "20ms"]);
    let longest = (start.elapsed() * 3 / 2).min(LONGEST);
    let desk = Desk::new();
    let mut cases: BTreeMap<String, &str> = BTreeMap::new();
    for kill in 0..KILLS {
        let sample = SAMPLES[(chance(kill) % 4) as usize];
        let name = format!("case-{:02}", kill / 8);
        let arrives = kill % 8 == 0;
        let mut watch = desk.start(&["--settle", "20ms"]);
        if arrives {
            desk.drop_sample_as(sample, &name);
            cases.insert(name, sample);
        } else if kill % 8 == 5 {
            // Evidence: a report of what the case was before says something else.
            let more = SAMPLES[((chance(kill) + 1) % 4) as usize];
            desk.drop_sample_as(more, &format!("{name}/added-{kill}"));
        }
        let nanoseconds = chance(!kill) % longest.as_nanos() as u64;
        thread::sleep(Duration::from_nanos(nanoseconds));
        // Now and then the processes that it started die with it, as when the machine stops.
        if kill % 3 == 0 {
            let id = watch.id().to_string();
            let _ = Command::new("pkill").args(["-KILL", "-P", &id]).status();
        }
        watch.kill().unwrap();
        watch.wait().unwrap();
    }
    let output = desk.watch_once();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(desk.report_names(), cases.keys().cloned().collect::<Vec<_>>());
    for name in cases.keys() {
        assert!(desk.report(name, "json") == desk.analysis(name, "json"), "{name}");
        assert!(desk.report(name, "txt") == desk.analysis(name, "text"), "{name}");
    }
    assert_eq!(desk.unfinished(), 0);
    let told = String::from_utf8(desk.watch_once().stderr).unwrap();
    assert!(told.contains(&format!("0 cases reported, {} unchanged", cases.len())), "{told}");
}

/// The process that a killed watch leaves may stand still while the next watch reports what has become of
/// the case, and go on then.
#[test]
fn what_a_killed_watch_leaves_replaces_no_later_report() {
    let desk = Desk::new();
    // A store is unfinished for a moment when it is made, as a report is later.
    assert_eq!(desk.watch_once().status.code(), Some(0));
    desk.drop_sample_as("vmq-rss", "first");
    // It takes seconds, in which the process is there.
    desk.drop_sample_as("cluster-16-hosts", "second");
    // Both are for one process, the small one first.
    let mut watch = desk.start(&["--settle", "20ms", "--jobs", "1"]);
    let start = Instant::now();
    while desk.unfinished() == 0 && !desk.out().join("first.txt").exists() {
        assert!(start.elapsed() < PATIENCE, "no report is begun");
        thread::sleep(Duration::from_millis(1));
    }
    let listed = Command::new("pgrep").args(["-P", &watch.id().to_string()]).output().unwrap();
    let left = String::from_utf8(listed.stdout).unwrap().trim().to_owned();
    let tell = |signal: &str| Command::new("kill").args([signal, left.as_str()]).output().unwrap();
    watch.kill().unwrap();
    watch.wait().unwrap();
    assert!(left.parse::<u32>().is_ok(), "{left}");
    // Not before: a process that stands still is ended by Linux with its parent. It may have ended now.
    tell("-STOP");
    fs::remove_dir_all(desk.case("first")).unwrap();
    desk.drop_sample_as("guest-18590-host", "first");
    assert_eq!(desk.watch_once().status.code(), Some(0));
    tell("-CONT");
    let is_running = || {
        let output = Command::new("ps").args(["-o", "stat=", "-p", &left]).output().unwrap();
        let state = String::from_utf8(output.stdout).unwrap();
        !state.trim().is_empty() && !state.starts_with('Z')
    };
    while is_running() {
        assert!(start.elapsed() < PATIENCE, "what was left does not end");
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(desk.report("first", "json"), desk.analysis("first", "json"));
    let told = String::from_utf8(desk.watch_once().stderr).unwrap();
    assert!(told.contains("0 cases reported, 2 unchanged"), "{told}");
    assert_eq!(desk.unfinished(), 0);
}

fn batch(desk: &Desk, case: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hvtriage"));
    command.current_dir(desk.folder().join("drop")).arg("watch-batch");
    command.arg("--out").arg(desk.out()).args(["--jobs=1", "--", case]).stdout(Stdio::piped());
    command
}

#[test]
fn a_process_without_its_watch_gives_no_report_its_name() {
    let desk = Desk::new();
    desk.drop_sample("vmq-rss");
    fs::create_dir(desk.out()).unwrap();
    let mut process = batch(&desk, "vmq-rss").stdin(Stdio::piped()).spawn().unwrap();
    let held = process.stdin.take();
    let output = process.wait_with_output().unwrap();
    drop(held);
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains("\nwritten 0 .hvtriage-"));
    assert!(desk.report_times().is_empty());
    assert_eq!(desk.unfinished(), 2);
}

#[test]
fn a_process_ends_with_its_watch() {
    let desk = Desk::new();
    desk.drop_sample("cluster-16-hosts");
    fs::create_dir(desk.out()).unwrap();
    let output = batch(&desk, "cluster-16-hosts").stdin(Stdio::null()).output().unwrap();
    assert!(!output.status.success());
    assert!(!String::from_utf8(output.stdout).unwrap().contains("written"));
}
