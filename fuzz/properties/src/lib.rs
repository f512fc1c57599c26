//! What must hold for any bytes at all.
//!
//! Each property is a plain function that panics when it does not hold. `cargo fuzz` calls it with
//! bytes that it invents, and `cargo test` with the samples, their truncations and byte flips, and
//! everything in `fuzz/regressions/`.
#![forbid(unsafe_code)]

mod scan;

use hvtriage_clusterlog::{ClusterLog, Position};
use std::hash::{DefaultHasher, Hash, Hasher};

use hvtriage_diagnosis::RuleSet;
use hvtriage_eventlog::{
    Decoded, Event, EventFilter, EvtxLog, LocalizedLog, Origin, ProviderMessages, Scanner,
};
use hvtriage_inventory::InventoryFormat;

pub use scan::{Comparison, compare, scan_and_full_decode};

/// An event may be far shorter as text than it is in memory, but not without limit: an event's own
/// size bounds what is made of it. This is the most that a decoder may make of one input byte.
const EVENTS_PER_BYTE: usize = 1;

/// A function that must hold for any bytes.
pub type Property = fn(&[u8]);

/// All properties, by the name of their fuzz target.
pub const PROPERTIES: &[(&str, Property)] = &[
    ("evtx_log", evtx_log),
    ("evtx_scan", scan_and_full_decode),
    ("event_xml", event_xml),
    ("localized_log", localized_log),
    ("provider_binary", provider_binary),
    ("evt_log", evt_log),
    ("event_listing", event_listing),
    ("kernel_dump", dump),
    ("user_dump", dump),
    ("rules_file", rules_file),
    ("inventory", inventory),
    ("cluster_log", cluster_log),
    ("system_report", system_report),
];

/// Any bytes are a log: it is read without panic, and everything it yields stands inside the bytes.
pub fn evtx_log(bytes: &[u8]) {
    let log = EvtxLog::open(bytes);
    for problem in log.problems() {
        assert_inside(bytes, problem.at.0);
    }
    let mut scanner = Scanner::default();
    let filter = EventFilter::default().with_slack();
    for chunk in log.chunks() {
        assert_inside(bytes, chunk.offset().0);
        check_decoded(bytes, &chunk.events(&mut scanner, &filter));
    }
}

/// Any bytes are an export.
pub fn event_xml(bytes: &[u8]) {
    let _ = hvtriage_eventlog::identify(bytes);
    check_decoded(bytes, &hvtriage_eventlog::read_xml(bytes));
}

/// Any bytes are a `LocaleMetaData` file: it is refused, or tells the same twice.
pub fn localized_log(bytes: &[u8]) {
    let Ok(log) = LocalizedLog::open(bytes) else { return };
    assert!(log.event_count() <= bytes.len(), "more events than bytes");
    for event in &asking_events() {
        let position = Some(event.record_id);
        assert_eq!(log.message(event, position), log.message(event, position));
        assert_eq!(log.names(event), log.names(event));
    }
}

/// Any bytes are a binary of a provider, and a `.mui` file of it: what they hold is no more than they
/// have room for, and a message is bounded whatever they say.
pub fn provider_binary(bytes: &[u8]) {
    let mut messages = ProviderMessages::default();
    let Ok(added) = messages.add("System.exe", bytes) else { return };
    assert_eq!(messages.add("en-US/system.exe.mui", bytes), Ok(added));
    // A message has a header of four bytes, an event one of 48, a provider one of 20.
    assert!(added.messages <= bytes.len() / 4, "{added:?} of {:#x} bytes", bytes.len());
    assert!(added.events <= bytes.len() / 48, "{added:?} of {:#x} bytes", bytes.len());
    assert!(added.providers <= bytes.len() / 20, "{added:?} of {:#x} bytes", bytes.len());
    for event in &asking_events() {
        let message = messages.message(event);
        assert!(message.as_ref().is_none_or(|text| text.len() <= MESSAGE_BYTES));
        assert_eq!(messages.message(event), message);
        assert_eq!(messages.names(event), messages.names(event));
    }
}

/// The most that a message may have.
const MESSAGE_BYTES: usize = 65_536;

/// Events that ask for messages of a manifest and of a classic source. The GUID is the one that a fuzzer
/// finds soonest.
fn asking_events() -> Vec<Event> {
    let mut events = Vec::new();
    for (provider, id) in [
        ("Guid='{00000000-0000-0000-0000-000000000000}'", "<EventID>1</EventID>"),
        ("Name='System'", "<EventID Qualifiers='0'>1</EventID>"),
        ("Name='system'", "<EventID Qualifiers='16384'>1</EventID>"),
    ] {
        let xml = format!(
            "<Event><System><Provider {provider}/>{id}<Level>4</Level><Keywords>0xffffffffffffffff\
             </Keywords><EventRecordID>1</EventRecordID></System><EventData><Data>3</Data>\
             <Data>%%1</Data></EventData></Event>"
        );
        events.extend(hvtriage_eventlog::read_xml(xml.as_bytes()).events);
    }
    events
}

/// Any bytes are a log of Windows NT 4 to 2003. Its leftovers come behind what it holds and change
/// nothing of it.
pub fn evt_log(bytes: &[u8]) {
    let decoded = hvtriage_eventlog::read_evt(bytes);
    check_decoded(bytes, &decoded);
    let mut events = Vec::new();
    let add = |event| events.push(event);
    let problems = hvtriage_eventlog::read_evt_with_slack_each(bytes, add);
    assert_eq!(problems, decoded.problems);
    let (live, slack) = events.split_at(decoded.events.len());
    assert_eq!(live, decoded.events);
    assert!(slack.iter().all(|event| event.origin == Origin::Slack));
    check_decoded(bytes, &Decoded { events, problems, ..Decoded::default() });
}

/// Any bytes are events printed as text.
pub fn event_listing(bytes: &[u8]) {
    let _ = hvtriage_eventlog::identify(bytes);
    let decoded = hvtriage_eventlog::read_listing(bytes);
    check_decoded(bytes, &decoded);
    // Their order is that of the text.
    assert!(decoded.events.is_sorted_by_key(|event| event.offset.0));
}

/// Any bytes are a dump, of the kernel or of a process as their signature says.
pub fn dump(bytes: &[u8]) {
    let _ = hvtriage_crashdump::identify(bytes);
    let Ok(report) = hvtriage_crashdump::examine(bytes) else { return };
    // A module takes tens of bytes wherever it is listed.
    assert!(report.modules.len() <= bytes.len(), "more modules than bytes");
    assert!(report.unloaded.len() <= bytes.len(), "more unloaded modules than bytes");
    let again = hvtriage_crashdump::examine(bytes);
    assert_eq!(
        format!("{:?}", Ok::<_, ()>(&report)),
        format!("{:?}", again.as_ref().map_err(|_| ()))
    );
}

/// Any bytes are an inventory, of every form: what it yields stands inside the bytes, in order, and is
/// the same each time.
pub fn inventory(bytes: &[u8]) {
    let _ = hvtriage_inventory::identify(bytes);
    for format in [
        InventoryFormat::CimXml,
        InventoryFormat::CliXml,
        InventoryFormat::Csv,
        InventoryFormat::List,
    ] {
        let read = hvtriage_inventory::read_items(format, bytes);
        // An item takes a name and what parts it from the next.
        assert!(read.items.len() <= bytes.len(), "more items than bytes");
        assert!(read.items.is_sorted_by_key(|item| item.offset.0));
        let places = read.items.iter().map(|item| item.offset.0);
        places
            .chain(read.problems.iter().map(|problem| problem.at.0))
            .for_each(|place| assert_inside(bytes, place));
        assert_eq!(hvtriage_inventory::read_items(format, bytes), read);
    }
    let mut values = 0_u64;
    let problems = hvtriage_inventory::read_registry(bytes, |entry| {
        values = values.saturating_add(1);
        assert_inside(bytes, entry.offset.0);
        assert_eq!(entry.number, values);
        // A character of UTF-16 takes two bytes and up to three in memory.
        assert!(entry.name().len() <= bytes.len().saturating_mul(3));
        assert_eq!(entry.data(), entry.data());
    });
    problems.iter().for_each(|problem| assert_inside(bytes, problem.at.0));
}

/// Any bytes are a report of `msinfo32`: its rows stand in order, and no cell is without limit.
pub fn system_report(bytes: &[u8]) {
    let (mut count, mut last) = (0_u64, 0_u64);
    let problems = hvtriage_inventory::read_system_report(bytes, |row| {
        count = count.saturating_add(1);
        assert_eq!(row.number, count);
        assert!(row.offset.0 >= last);
        assert_inside(bytes, row.offset.0);
        assert!(row.cells.len() <= 64 && row.cells.iter().all(|cell| cell.len() <= 16_384));
        last = row.offset.0;
    });
    problems.iter().for_each(|problem| assert_inside(bytes, problem.at.0));
}

/// Any bytes are a cluster log: its entries stand in order, inside of the bytes, and none is longer than
/// what is looked at of a line.
pub fn cluster_log(bytes: &[u8]) {
    let is_one = hvtriage_clusterlog::identify(bytes);
    let log = ClusterLog::open(bytes);
    assert_inside(bytes, log.head().build_at.offset.0);
    let (mut last, mut count) = (Position::default(), 0_usize);
    log.entries(|entry| {
        assert!(entry.at.line > last.line);
        assert!(count == 0 || entry.at.offset > last.offset);
        assert_inside(bytes, entry.at.offset.0);
        // A byte that is no text is shown as three.
        assert!(entry.text.len() <= 3 * hvtriage_clusterlog::MAX_LINE_BYTES);
        assert_eq!(entry.written_time(), entry.written_time());
        (last, count) = (entry.at, count.saturating_add(1));
    });
    // The head of an entry alone takes more.
    assert!(count <= bytes.len() / 40, "{count} entries in {:#x} bytes", bytes.len());
    // The first entry of a log is what it is known by, unless its head is.
    assert!(is_one || last.line == 0 || last.line > 64 || bytes.contains(&0));
}

/// Any bytes are an archive: what comes out of it is bounded by its size, is named below it, and is the
/// same each time. All members are wanted, so that a fuzzer need not invent evidence as well.
pub fn archive(bytes: &[u8]) {
    let read = || {
        let (mut names, mut hash, mut size) = (Vec::new(), DefaultHasher::new(), 0_u64);
        let problems = hvtriage::read_archive("a", bytes, &|_, _| true, |name, member| {
            names.push(name.to_owned());
            member.hash(&mut hash);
            size = size.saturating_add(member.len() as u64);
        });
        (problems, names, hash.finish(), size)
    };
    let (problems, names, hash, size) = read();
    let Some(problems) = problems else { return };
    let most = (bytes.len() as u64).saturating_mul(EXPANSION).max(FREE_EXPANSION);
    assert!(size <= most, "{size} of {} bytes", bytes.len());
    assert!(names.len() <= bytes.len(), "more members than bytes");
    let is_shown = |name: &String| {
        name.starts_with("a!") && !name.contains(|it: char| it.is_control() || it == '\\')
    };
    assert!(names.iter().all(is_shown), "{names:?}");
    assert!(problems.iter().all(|it| it.source.starts_with('a') && !it.message.is_empty()));
    assert!(problems.len() <= MOST_PROBLEMS, "{}", problems.len());
    assert_eq!(read(), (Some(problems), names, hash, size));
}

/// What an archive may expand to: so often its size, or as much as is free.
const EXPANSION: u64 = 200;
const FREE_EXPANSION: u64 = 64 << 20;
/// Problems that an archive may have, with those that say how many more there are.
const MOST_PROBLEMS: usize = 401;

/// Any text is a rules file: it loads, or the error names a line of it.
pub fn rules_file(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(error) = RuleSet::default().load("fuzz.yaml", text) {
        // YAML ends a line at a lone carriage return, too.
        let lines = text.split(['\n', '\r']).count().saturating_add(1) as u64;
        assert!(error.line <= lines, "line {} of {lines}", error.line);
    }
}

fn check_decoded(bytes: &[u8], decoded: &Decoded) {
    assert!(decoded.events.len() <= bytes.len().saturating_mul(EVENTS_PER_BYTE));
    for event in &decoded.events {
        assert_inside(bytes, event.offset.0);
    }
    for problem in &decoded.problems {
        assert_inside(bytes, problem.at.0);
        assert!(!problem.message.is_empty());
    }
}

/// An offset may be the end itself, where something that is missing would begin.
fn assert_inside(bytes: &[u8], offset: u64) {
    assert!(offset <= bytes.len() as u64, "offset {offset:#x} of {:#x} bytes", bytes.len());
}
