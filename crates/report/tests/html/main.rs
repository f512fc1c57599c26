//! The page for a browser: what it promises before a browser sees it. In a browser it is tried by
//! `tests/browser`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

mod cases;

use hvtriage_diagnosis::Diagnosis;
use hvtriage_report::{Format, write};

fn page(diagnosis: &Diagnosis) -> String {
    let mut out = Vec::new();
    write(diagnosis, Format::Html, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The page without its own style and script, and without the values for the script.
fn markup(page: &str) -> String {
    let (mut kept, mut rest) = (String::new(), page);
    for (start, end) in
        [("<style>", "</style>"), ("<script type=", "</script>"), ("<script>", "</script>")]
    {
        let (before, behind) = rest.split_once(start).unwrap();
        kept.push_str(before);
        rest = behind.split_once(end).unwrap().1;
    }
    kept + rest
}

#[test]
fn no_name_of_evidence_is_markup() {
    let page = page(&cases::hostile());
    let markup = markup(&page);
    for element in ["<script", "<img", "<!--", "<b>"] {
        let own = usize::from(element == "<b>") * markup.matches("<b>What to do:</b>").count();
        assert_eq!(markup.matches(element).count(), own, "{element}");
    }
    assert!(!markup.contains("\"></td>"), "an attribute or a cell was ended");
    assert!(!markup.contains("' onmouseover='"), "an apostrophe stands as it is");
    assert_eq!(page.matches("<script").count(), 2, "the values and the script");
    assert!(markup.contains("&#60;script&#62;window.harmed = 1&#60;/script&#62;"), "shown as text");
    assert!(markup.contains("{{ 7 * 7 }}"), "no template in a value is computed");
}

#[test]
fn letters_that_turn_or_hide_text_are_replaced() {
    let page = page(&cases::hostile());
    let wrong = |letter: char| {
        (letter.is_control() && letter != '\n')
            || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    let found: Vec<char> = page.chars().filter(|letter| wrong(*letter)).collect();
    assert_eq!(found, []);
    assert!(page.contains("\u{fffd}gpj.exe\u{fffd}"));
}

#[test]
fn only_addresses_of_the_web_can_be_followed() {
    let page = page(&cases::hostile());
    let targets: Vec<&str> = markup(&page)
        .leak()
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(!targets.is_empty());
    for target in targets {
        assert!(target.starts_with('#') || target.starts_with("https://"), "{target}");
    }
}

#[test]
fn the_page_needs_nothing_else() {
    let page = page(&cases::large());
    for asking in ["src=", "<link", "@import", "url(", "fetch(", "XMLHttpRequest", "import("] {
        assert!(!page.contains(asking), "{asking}");
    }
    assert!(page.contains("content=\"default-src &#39;none&#39;; script-src &#39;sha256-"));
    assert!(!page.contains("unsafe-inline"));
    // An attribute for style or an event would be refused by the policy.
    for attribute in [" style=\"", " onclick=\"", " onload=\"", " onerror=\""] {
        assert!(!markup(&page).contains(attribute), "{attribute}");
    }
}

#[test]
fn what_a_script_would_show_is_there_without_it_up_to_a_limit() {
    let markup = markup(&page(&cases::large()));
    assert!(markup.contains("5000 findings in 500 incidents."));
    assert_eq!(markup.matches("<article class=\"incident\">").count(), 40);
    assert!(markup.contains("460 more incidents are shown only where scripts run."));
    assert_eq!(markup.matches("<details class=\"finding\"").count(), 60);
    assert!(markup.contains("4940 more findings are shown only where scripts run."));
    assert!(markup.contains("1975 more rows are shown only where scripts run."));
    for heading in ["Summary", "Incidents", "Guests", "Findings", "Coverage of logs", "Files"] {
        assert!(markup.contains(&format!("heading\">{heading}</h2>")), "{heading}");
    }
}

#[test]
fn a_big_case_is_a_page_that_can_be_mailed() {
    const MEGABYTE: usize = 1 << 20;
    let length = page(&cases::large()).len();
    assert!(length < 6 * MEGABYTE, "{length}");
}

#[test]
fn the_same_evidence_gives_the_same_page() {
    assert_eq!(page(&cases::hostile()), page(&cases::hostile()));
}

#[test]
fn nothing_found_is_said() {
    let page = page(&Diagnosis::default());
    assert!(page.contains("No finding: nothing was read that could be judged."));
}
