//! What a watch is given: its configuration, and folders that are refused.

use std::fs;

use crate::desk::Desk;

/// It is handed to whoever analyzes, and a case is reported again when it changes and when an entry ends.
#[test]
fn a_configuration_is_part_of_what_a_report_rests_on() {
    let desk = Desk::new();
    desk.drop_sample("kb2636573");
    // One that came with a case is nobody's wish.
    desk.drop_bytes("hvtriage.toml", b"[[ignore]]\nrule = '*'\nreason = 'hidden'\n");
    let file = desk.folder().join("hvtriage.toml");
    let entry = "[[ignore]]\nrule = 'KB2636573'\nreason = 'ordered'\nuntil = 2026-12-31\n";
    fs::write(&file, entry).unwrap();
    let watch = |today: &str| {
        let mut command = desk.command();
        command.current_dir(desk.folder()).args(["--once", "--settle", "100ms", "--today", today]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let ignored =
        || desk.report("kb2636573", "txt").contains("Ignored: ordered (until 2026-12-31)");
    let told = watch("2026-12-30");
    assert!(told.contains("2 cases reported"), "{told}");
    assert!(ignored());
    let told = watch("2026-12-31");
    assert!(told.contains("0 cases reported, 2 unchanged"), "{told}");
    let told = watch("2027-01-01");
    assert!(told.contains("2 cases reported"), "{told}");
    assert!(!ignored());
    assert!(desk.report("kb2636573", "txt").contains("Ignoring KB2636573 ended on 2026-12-31"));
    fs::write(&file, entry.replace("2026", "2029")).unwrap();
    let told = watch("2027-01-01");
    assert!(told.contains("2 cases reported"), "{told}");
    assert!(!desk.report("kb2636573", "txt").contains("Ignoring KB2636573 ended"));
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
    let desk = Desk::with_reports_inside("case/reports");
    let output = desk.watch_once();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("would be taken for evidence") && told.lines().count() == 1, "{told}");
    assert!(!desk.case("case").exists());
    let desk = Desk::new();
    let output = desk.watch(&["--once", "--temp-dir", "no-such-folder"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told, "hvtriage: --temp-dir no-such-folder: no such folder\n");
    assert!(!desk.out().exists());
}
