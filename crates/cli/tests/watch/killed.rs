//! A watch that is killed again and again, at whatever it is doing.

use std::collections::BTreeMap;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

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
            let file = desk.case(&name).join(format!("added-{kill}.txt"));
            std::fs::write(file, b"one more file").unwrap();
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
