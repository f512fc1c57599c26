//! The ticket as those read it who show Markdown.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

#[path = "html/cases.rs"]
mod cases;

use hvtriage_diagnosis::{Diagnosis, Severity};
use hvtriage_report::{InputDigest, write_markdown};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

fn ticket(diagnosis: &Diagnosis) -> String {
    let sha256 = Ok([0xab; 32]);
    let inputs = [InputDigest { name: "case/HV1/System.evtx".into(), size: 7, sha256 }];
    let mut out = Vec::new();
    write_markdown(diagnosis, &inputs, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn events(ticket: &str) -> impl Iterator<Item = Event<'_>> {
    Parser::new_ext(ticket, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH)
}

/// The texts of all elements that begin so.
fn texts(ticket: &str, is_wanted: impl Fn(&Tag<'_>) -> bool) -> Vec<String> {
    let (mut texts, mut depth): (Vec<String>, usize) = (Vec::new(), 0);
    for event in events(ticket) {
        match event {
            Event::Start(tag) if depth > 0 || is_wanted(&tag) => {
                if depth == 0 {
                    texts.push(String::new());
                }
                depth += 1;
            }
            Event::End(_) if depth > 0 => depth -= 1,
            Event::Text(text) | Event::Code(text) if depth > 0 => {
                texts.last_mut().unwrap().push_str(&text);
            }
            _ => {}
        }
    }
    texts
}

fn headings(ticket: &str) -> Vec<String> {
    texts(ticket, |tag| matches!(tag, Tag::Heading { .. }))
}

#[test]
fn no_name_of_evidence_is_markup() {
    let ticket = ticket(&cases::hostile());
    let mut html = Vec::new();
    for event in events(&ticket) {
        match event {
            Event::Html(text) | Event::InlineHtml(text) => html.push(text.trim().to_owned()),
            Event::Start(tag @ (Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_))) => {
                panic!("{tag:?}")
            }
            Event::Start(tag @ (Tag::Emphasis | Tag::Strikethrough | Tag::BlockQuote(_))) => {
                panic!("{tag:?}")
            }
            Event::Code(code) => assert_eq!(*code, *"ab".repeat(32)),
            Event::Rule | Event::TaskListMarker(_) => panic!("{event:?}"),
            _ => {}
        }
    }
    let own = ["<details>", "<summary>Inputs and their SHA-256</summary>", "</details>"];
    assert_eq!(html, own);
    // A row that a name broke would have another number of cells.
    let (mut columns, mut cells) = (0, 0);
    for event in events(&ticket) {
        match event {
            Event::Start(Tag::Table(alignments)) => columns = alignments.len(),
            Event::Start(Tag::TableRow | Tag::TableHead) => cells = 0,
            Event::Start(Tag::TableCell) => cells += 1,
            Event::End(TagEnd::TableRow | TagEnd::TableHead) => assert_eq!(cells, columns),
            _ => {}
        }
    }
    let guests = texts(&ticket, |tag| matches!(tag, Tag::TableCell));
    for name in [cases::HOSTILE[0], cases::HOSTILE[4], cases::HOSTILE[7]] {
        assert!(guests.iter().any(|cell| cell == name), "{name} is shown as it is");
    }
    assert!(!ticket.contains(" @"), "nobody is called");
}

#[test]
fn what_is_read_first_stands_first() {
    let case = Diagnosis { missing: cases::hostile().missing, ..cases::large() };
    let ticket = ticket(&case);
    let of_page: Vec<String> =
        headings(&ticket).into_iter().filter(|it| !it.contains("Incident of ")).collect();
    let wanted = [
        "Hyper-V diagnosis",
        "What broke",
        "Which guests need attention",
        "How sure that is",
        "What to do next",
        "Incidents",
        "Findings by rule",
        "Guests whose integration services need attention",
        "What would tell more",
    ];
    assert_eq!(of_page, wanted);
}

#[test]
fn a_big_case_is_a_ticket_that_can_be_read_and_says_what_it_leaves_out() {
    let ticket = ticket(&cases::large());
    assert!(ticket.lines().count() < 250, "{}", ticket.lines().count());
    for told in [
        "490 more are in the HTML and JSON reports.",
        "and 490 more, none of them graver.",
        "1980 more are in the HTML and JSON reports.",
        "- 500 incidents: the evidence shows it (confidence high)",
    ] {
        assert!(ticket.contains(told), "{told}");
    }
}

#[test]
fn an_incident_says_why_it_is_believed() {
    let ticket = ticket(&cases::large());
    for told in [
        "- Why: What it means, for the kind 0.",
        "- Evidence: 2016-11-01 00:00:00 HV00.contoso.example told it (event 1000): \
         HV00.contoso.example/System.evtx record 0 (offset 0x1000)\n",
        "- and 1 more citation\n",
    ] {
        assert!(ticket.contains(told), "{told}");
    }
}

/// The second incident is about VM2 and the first about VM1; VM3 is in none.
#[test]
fn guests_of_the_gravest_incident_stand_first() {
    let case = cases::large();
    let [mut first, mut second] = [&case.incidents[0], &case.incidents[1]].map(Clone::clone);
    (first.severity, second.severity) = (Severity::Critical, Severity::High);
    // What is cited stands in the timelines.
    (first.findings, second.findings) = (Vec::new(), Vec::new());
    let of = |guest: &str, incident: &hvtriage_diagnosis::Incident| {
        let mut trouble = cases::trouble(guest, 0);
        trouble.citations = vec![incident.timeline[0].citation.clone()];
        trouble
    };
    let troubles = vec![cases::trouble("VM3", 9999), of("VM2", &second), of("VM1", &first)];
    let ticket = ticket(&Diagnosis {
        incidents: vec![first, second],
        guests: Vec::new(),
        tables: cases::troubles(troubles),
        ..case
    });
    let (_, told) = ticket.split_once("need attention\n\n").unwrap();
    let told: Vec<&str> = told.lines().take(3).collect();
    let wanted = [
        "- **VM1**: was harmed by VM1 (incident 1)",
        "- **VM2**: was harmed by VM2 (incident 2)",
        "- **VM3**: was harmed by VM3",
    ];
    assert_eq!(told, wanted);
    // Nobody knows when it ended.
    assert!(
        ticket.contains("| VM1 | was harmed by VM1 (2 times) | 2016-11-01 00:00:00 | - | VM1 |")
    );
}

#[test]
fn files_are_named_by_their_places_in_the_folder_that_was_given() {
    let mut case = cases::large();
    for source in &mut case.sources {
        source.name = format!("/home/me/{}", source.name);
    }
    case.findings[0].citations[0].locator.source = "/home/me/HV0/System.evtx".into();
    case.findings[0].message = "/home/me/HV0/System.evtx is cut off".into();
    case.incidents[0].summary = case.findings[0].message.clone();
    case.given = vec!["/home/me/".into()];
    let ticket = ticket(&case);
    assert!(!ticket.contains("/home"), "{ticket}");
    assert!(ticket.contains("\nHV0/System.evtx is cut off\n"));
    assert!(ticket.contains(" HV0/System.evtx record 0 (offset 0x1000)"));
    assert!(ticket.contains("Files are named by their places in the folder me."));
}
