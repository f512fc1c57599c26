//! The page for a browser, of whole cases.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a panic is how a test fails"
)]

use std::path::Path;

use hvtriage::{Options, analyze};
use serde_json::{Value, json};

fn page(case: &str, jobs: usize) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(case);
    let diagnosis = analyze(&[path], &Options::default().jobs(jobs)).unwrap();
    let mut bytes = Vec::new();
    hvtriage_report::write(&diagnosis, hvtriage_report::Format::Html, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// What the page's script reads.
fn data(page: &str) -> Value {
    let (_, behind) = page.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
    serde_json::from_str(behind.split_once("</script>").unwrap().0).unwrap()
}

/// The story of the sample: SQL07 moves from HV21 to HV22 and stops with 0xD1 some minutes later.
#[test]
fn the_page_tells_the_story_of_a_case() {
    let page = page("kb2636573", 1);
    for fragment in [
        "<p class=\"severities\">Incidents:\n<span class=\"badge critical\">1 critical</span>\n</p>",
        "<p>25 events, 6 logs and 1 dump of 3 machines read. The evidence covers ",
        "<a href=\"#incident-1\">Guest of 2008 R2 stops with 0xD1 in storvsc when it is live migrated</a>",
        "<li><strong><span class=\"whole\">SQL07.contoso.example</span></strong>: stopped (STOP 0xD1 in <span class=\"whole\">storvsc.sys)</span>",
        "<p class=\"where\"><span class=\"whole\">SQL07.contoso.example</span>, <span class=\"whole\">2012-01-08</span> \
         21:09:40 UTC, confidence high</p>",
        "<li><span class=\"time\">2012-01-08 21:09:40</span> HV21.contoso.example: live migration of SQL07 \
         started (event 22501)",
        "<a href=\"https://support.microsoft.com/help/2636573\" rel=\"noopener noreferrer\">",
        "<caption>Crashes and restarts without a shutdown</caption>",
        "<td><span class=\"whole\">SQL07.contoso.example</span></td><td>STOP 0xD1</td>\
         <td><span class=\"whole\">storvsc.sys+0x22b8</span></td>",
    ] {
        assert!(page.contains(fragment), "{fragment}");
    }
}

#[test]
fn a_timeline_has_a_lane_for_each_machine_and_a_mark_for_what_happened() {
    let data = data(&page("kb2636573", 1));
    let incident = &data["incidents"][0];
    let machines = ["HV21.contoso.example", "HV22.contoso.example", "SQL07.contoso.example"];
    assert_eq!(incident["lanes"], json!(machines));
    let kinds: Vec<(&str, u64)> = incident["moments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|moment| (moment["kind"].as_str().unwrap(), moment["lane"].as_u64().unwrap()))
        .collect();
    let start_and_end = [("migration", 0), ("migration", 1), ("migration", 1), ("migration", 0)];
    assert_eq!(kinds[..4], start_and_end);
    assert_eq!(kinds[5..7], [("stop", 2), ("start", 2)]);
    // 2012-01-08T21:09:40Z and 21:11:20Z.
    assert_eq!(incident["moves"][0]["from_lane"], 0);
    assert_eq!(incident["moves"][0]["to_lane"], 1);
    assert_eq!(incident["moves"][0]["from"], 1_326_056_980_000_i64);
    assert_eq!(incident["moves"][0]["text"], "live migration of SQL07: finished");
}

#[test]
fn the_biggest_sample_is_a_page_that_can_be_mailed_and_the_same_each_time() {
    const MEGABYTE: usize = 1 << 20;
    let once = page("cluster-16-hosts", 1);
    assert!(once.len() < 6 * MEGABYTE, "{}", once.len());
    assert_eq!(once, page("cluster-16-hosts", 4));
}
