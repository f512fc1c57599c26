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
    while !fs::read_to_string(&told).unwrap().contains("no space left") {
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

/// What is missing in a report for lack of room is no matter of its case.
#[test]
fn a_report_that_lacks_room_for_its_archive_is_written_and_not_noted() {
    let Some(disk) = SmallDisk::new(1) else { return };
    let desk = Desk::new();
    // Too big for memory, so it is kept in a file: 24 MiB of a text log that begins like a registry export.
    let mut export = b"Windows Registry Editor Version 5.00\r\n\r\n".to_vec();
    export.resize(24 << 20, b' ');
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("host.reg", options).unwrap();
    std::io::Write::write_all(&mut zip, &export).unwrap();
    desk.drop_bytes("big.zip", &zip.finish().unwrap().into_inner());
    let room = disk.path().to_str().unwrap();
    let output = desk.watch(&["--once", "--settle", "100ms", "--temp-dir", room]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("but incomplete: a member cannot be unpacked"), "{told}");
    assert!(told.contains("no space left") && told.contains("not tried again"), "{told}");
    assert!(desk.report("big.zip", "txt").contains("with --temp-dir"));
    let output = desk.watch_once();
    assert_eq!(output.status.code(), Some(0));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("1 case reported, 0 unchanged"), "{told}");
    assert!(!desk.report("big.zip", "txt").contains("with --temp-dir"));
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
    assert!(told.lines().count() == 1 && told.contains("the disk cannot be written to"), "{told}");
}

/// For tests that read what a watch tells while it runs.
impl Desk {
    fn start_telling(&self, arguments: &[&str], told: &std::path::Path) -> std::process::Child {
        let mut command: Command = self.command();
        let told = fs::File::create(told).unwrap();
        command.args(arguments).stdout(Stdio::null()).stderr(told).spawn().unwrap()
    }
}
