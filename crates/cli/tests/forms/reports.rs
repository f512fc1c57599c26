//! Whole reports, the events themselves, dumps and rules.

use serde_json::Value;

use crate::CASES;
use crate::golden::{is_golden, is_golden_but_for, stdout};

#[test]
fn reports() {
    for case in CASES {
        is_golden(&format!("{case}.txt"), &["analyze", case]);
        is_golden(&format!("{case}.details.txt"), &["analyze", case, "--details"]);
        is_golden(&format!("{case}.json"), &["analyze", case, "--format", "json"]);
        let page = ["analyze", case, "--format", "html"];
        is_golden_but_for(&format!("{case}.html"), &page, without_assets);
    }
}

/// A page without its style and its script, which stand in `crates/report/src/html/assets`, and without
/// their digests and the version.
fn without_assets(page: &str) -> String {
    let version = concat!("hvtriage ", env!("CARGO_PKG_VERSION"));
    let mut page = page.replace(version, "hvtriage VERSION");
    for (start, end) in [("<style>", "</style>"), ("<script>", "</script>")] {
        page = without(&page, start, end);
    }
    for start in ["script-src", "style-src"] {
        page = without(&page, &format!("{start} "), "=&#39;;");
    }
    page
}

/// `text` without what stands between `start` and the next `end`.
fn without(text: &str, start: &str, end: &str) -> String {
    let (before, rest) = text.split_once(start).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    format!("{before}{start}{end}{after}")
}

#[test]
fn events() {
    for case in CASES {
        for (form, extension) in [("jsonl", "jsonl"), ("csv", "csv"), ("xml", "xml")] {
            let name = format!("{case}.events.{extension}");
            is_golden(&name, &["events", case, "--format", form]);
        }
    }
}

#[test]
fn dumps() {
    let case = "kb2636573";
    is_golden(&format!("{case}.dump.txt"), &["dump", case]);
    is_golden(&format!("{case}.dump.json"), &["dump", case, "--format", "json"]);
    let all = ["--modules", "--raw-stack", "--memory", "0xfffff880016332b8,64"];
    is_golden(&format!("{case}.dump-all.txt"), &[&["dump", case], all.as_slice()].concat());
}

#[test]
fn rules() {
    is_golden("rules.txt", &["rules", "list"]);
    for (form, extension) in [("text", "txt"), ("json", "json"), ("markdown", "md")] {
        let name = format!("rule.{extension}");
        is_golden(&name, &["rules", "show", "KB2636573", "--format", form]);
    }
    // The list as JSON is long: it has what is shown of each.
    let rules: Value =
        serde_json::from_str(&stdout(&["rules", "list", "--format", "json"])).unwrap();
    let shown = ["rules", "show", "KB2636573", "--format", "json"];
    let shown: Value = serde_json::from_str(&stdout(&shown)).unwrap();
    assert!(rules.as_array().unwrap().contains(&shown));
    // The list as a page is docs/catalogue.md.
}
