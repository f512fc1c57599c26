//! A watch whose reports have no room for a while.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::PATIENCE;
use crate::desk::Desk;
use crate::small_disk::SmallDisk;

#[test]
fn a_watch_goes_on_when_there_is_room_again() {
    let Some(disk) = SmallDisk::new(32) else { return };
    let desk = Desk::with_reports_at(disk.path());
    desk.drop_sample("vmq-rss");
    let told = desk.folder().join("told");
    let mut watch = desk.start_telling(&["--settle", "100ms"], &told);
    desk.wait_for("vmq-rss.json");
    let filler = disk.fill();
    desk.drop_sample("guest-18590-host");
    let start = Instant::now();
    while !fs::read_to_string(&told).unwrap().contains("No space left") {
        assert!(start.elapsed() < PATIENCE, "{}", fs::read_to_string(&told).unwrap());
        thread::sleep(Duration::from_millis(50));
    }
    fs::remove_file(filler).unwrap();
    desk.wait_for("guest-18590-host.json");
    desk.drop_sample("kb2636573");
    desk.wait_for("kb2636573.json");
    thread::sleep(Duration::from_millis(500));
    desk.interrupt(&mut watch);
    let told = fs::read_to_string(&told).unwrap();
    let delayed = "guest-18590-host: cannot write the report to";
    assert!(told.contains(delayed) && told.contains("tried again in"), "{told}");
    // All that was reported was noted, also what could not be at first.
    let told = String::from_utf8(desk.watch_once().stderr).unwrap();
    assert!(told.contains("0 cases reported, 3 unchanged"), "{told}");
    assert_eq!(desk.report("kb2636573", "json"), desk.analysis("kb2636573", "json"));
}

#[test]
fn reports_that_must_not_be_written_are_refused_at_once() {
    let Some(disk) = SmallDisk::new(1) else { return };
    disk.forbid_writing();
    let desk = Desk::with_reports_at(disk.path());
    desk.drop_sample("vmq-rss");
    let output = desk.watch_once();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.lines().count() == 1 && told.contains("Read-only"), "{told}");
}

/// For tests that read what a watch tells while it runs.
impl Desk {
    fn start_telling(&self, arguments: &[&str], told: &std::path::Path) -> std::process::Child {
        let mut command: Command = self.command();
        let told = fs::File::create(told).unwrap();
        command.args(arguments).stdout(Stdio::null()).stderr(told).spawn().unwrap()
    }
}
