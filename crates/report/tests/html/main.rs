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

use hvtriage_diagnosis::{CsvStateKind, Diagnosis, RedirectedHost, Redirection};
use hvtriage_report::{Format, write};
use hvtriage_winfmt::FileTime;

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

/// A volume that one host did not reach directly.
fn redirection(
    host: &str,
    states: Vec<CsvStateKind>,
    start: FileTime,
    end: Option<FileTime>,
) -> Redirection {
    let (machine, start) = (host.to_owned(), Some(start));
    Redirection {
        machine: machine.clone(),
        hosts: vec![RedirectedHost { machine, start, end }],
        volume: "Volume4".into(),
        states,
        drivers: Vec::new(),
        status: None,
        start,
        end,
        vms: Vec::new(),
        vms_of_unknown_volume: None,
        facts: Vec::new(),
    }
}

#[test]
fn a_lane_of_a_host_tells_that_a_guest_stopped_and_a_bar_what_it_is_and_until_when() {
    let mut case = cases::large();
    let moments = &mut case.incidents[0].timeline;
    moments[2].vms = vec!["SQL01".into()];
    let host = moments[0].machine.clone();
    let (start, end) = (moments[0].time, moments[3].time);
    let minute_after = FileTime(end.0 + 60 * FileTime::TICKS_PER_SECOND);
    let states = [
        (vec![CsvStateKind::Paused, CsvStateKind::Unreachable], Some(minute_after)),
        (vec![CsvStateKind::RedirectedByFilters, CsvStateKind::Redirected], Some(end)),
        (vec![CsvStateKind::Unreachable], None),
    ];
    for (states, end) in states {
        case.tables.redirections.push(redirection(&host, states, start, end));
    }
    let page = page(&case);
    assert!(page.contains("\"kind\":\"guest_stop\""));
    let until = format!("until {}", minute_after.to_the_second());
    for (word, end) in [
        ("volume paused or not reached", until.as_str()),
        ("volume redirected", ""),
        ("volume not reached", "no end is logged"),
    ] {
        let told = format!("\"word\":\"{word}\",\"end\":\"{end}\"");
        assert!(page.contains(&told), "{told}");
    }
}

/// The path tells of who works on the case, and a page without a folder of a name has none.
#[test]
fn the_page_is_called_as_the_case() {
    for (given, title, heading) in [
        (&["/home/me/4711/"][..], "4711: hvtriage report", "hvtriage report of 4711"),
        (&["C:\\cases\\HV01.zip"], "HV01.zip: hvtriage report", "hvtriage report of HV01.zip"),
        (
            &["a", "b", "c/d"],
            "a, b and 1 more: hvtriage report",
            "hvtriage report of a, b and 1 more",
        ),
        (&[".", "/"], "hvtriage report", "hvtriage report"),
        (&["<b>"], "&#60;b&#62;: hvtriage report", "hvtriage report of &#60;b&#62;"),
    ] {
        let given = given.iter().map(|path| (*path).to_owned()).collect();
        let page = page(&Diagnosis { given, ..Diagnosis::default() });
        assert!(page.contains(&format!("<title>{title}</title>")), "{title}");
        let heading = format!("<h1>{heading}</h1>");
        let plain = page.replace("<span class=\"whole\">", "").replace("</span>", "");
        assert!(plain.contains(&heading), "{heading}");
    }
    let page = page(&cases::large());
    let (_, rest) = page.split_once("<p class=\"severities\">").unwrap();
    let badges = rest.split("</p>").next().unwrap();
    assert!(badges.starts_with("Incidents:") && badges.contains("500 critical"), "{badges}");
}

/// What the top of the page says, in the order in which it says it.
#[test]
fn the_summary_tells_what_broke_who_needs_attention_how_sure_that_is_and_what_is_next() {
    let mut case = cases::large();
    // The 500th finding, of the 50th incident, cites the same as the last incident; the third guest is of none.
    let cited = |number: usize| vec![case.incidents[number].timeline[3].citation.clone()];
    let mut troubles = ["VM3", "VM2", "VM1"].map(|guest| cases::trouble(guest, 9999));
    (troubles[1].citations, troubles[2].citations) = (cited(499), cited(0));
    case.tables = cases::troubles(troubles.into());
    case.guests.truncate(2);
    case.missing = cases::hostile().missing;
    let markup = markup(&page(&case));
    let (_, rest) = markup.split_once("heading\">Summary</h2>").unwrap();
    let (summary, _) = rest.split_once("</section>").unwrap();
    let told = [
        "5000 findings in 500 incidents.",
        "<h3>What broke</h3>",
        "Incident of <span class=\"whole\">HV00.contoso.example</span>",
        "<h3>Who needs attention</h3>",
        "<li><strong>VM1</strong>: was harmed by VM1 (<a href=\"#incident-1\">",
        "<li><strong>VM2</strong>: was harmed by VM2 (<a href=\"#incident-50\">",
        "<li><strong>VM3</strong>: was harmed by VM3</li>",
        "<li><strong>VM0000</strong>: integration services out of date</li>",
        "<h3>How sure that is</h3>",
        "<li>500 incidents: the evidence shows it (confidence high)</li>",
        "<h3>What to do next</h3>",
        "<li>What to do about it. (<a href=\"#incident-1\">",
        "incident&nbsp;5</a> and 495 more)</li>",
        "<li>To know more: of ",
    ];
    let mut at = 0;
    for part in told {
        let rest = summary.get(at..).unwrap();
        at += rest.find(part).unwrap_or_else(|| panic!("{part}")) + part.len();
    }
}

#[test]
fn files_are_named_by_their_places_in_the_folder_that_was_given() {
    let mut case = cases::hostile();
    for source in &mut case.sources {
        source.name = format!("/home/me/4711/{}", source.name);
    }
    let file = case.sources[7].name.clone();
    case.given = vec!["/home/me/4711/".into()];
    case.findings[0].citations[0].locator.source = file.as_str().into();
    case.findings[0].message = format!("{file} is cut off");
    case.findings[0].machine.clone_from(&file);
    case.incidents[0].summary.clone_from(&case.findings[0].message);
    case.incidents[0].timeline[0].machine.clone_from(&file);
    case.problems[0].source.clone_from(&file);
    case.coverage[0].machine.clone_from(&file);
    let page = page(&case);
    assert!(!page.contains("/home"), "{}", page.split("/home").nth(1).unwrap());
    assert!(page.contains("Files are named by their places in the folder 4711."));
    assert!(page.contains("x\\\") is cut off\""));
}

#[test]
fn evidence_stands_with_the_fields_and_the_message_of_its_record() {
    let mut case = cases::hostile();
    case.findings[0].citations[0].message = Some("The virtual machine\nfailed.".into());
    let page = page(&case);
    assert!(page.contains(
        "\"The virtual machine failed.\",[[\"event.id\",\"1000\"],[\"VmName\",\"vm-0\"]]]"
    ));
    assert!(
        markup(&page).contains("The virtual machine failed. (event.id: 1000; VmName: vm-0)</li>")
    );
}

#[test]
fn no_cell_of_a_table_is_blank() {
    for case in [cases::large(), cases::hostile()] {
        let page = page(&case);
        assert!(!page.contains("<td></td>"));
        assert!(!page.contains("[[\"\"") && !page.contains(",\"\"],[["), "in the values neither");
    }
}

#[test]
fn names_are_not_broken_at_their_hyphens() {
    let mut case = cases::large();
    case.guests[0].vm_name = "SQL-A006".into();
    case.guests[1].vm_name = "A-".repeat(50);
    let markup = markup(&page(&case));
    assert!(markup.contains("<td><span class=\"whole\">SQL-A006</span></td>"));
    assert!(markup.contains(&format!("<td>{}</td>", "A-".repeat(50))), "it must be broken");
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
