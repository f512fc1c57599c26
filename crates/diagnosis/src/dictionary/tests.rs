//! Every row, against the notes that it was made from.

use std::collections::BTreeSet;

use super::*;

fn event(provider: &str, id: u32, values: &[&str]) -> LoggedEvent {
    LoggedEvent {
        provider: provider.into(),
        id,
        values: values.iter().copied().collect(),
        ..LoggedEvent::default()
    }
}

fn meaning(event: &LoggedEvent, build: Option<u32>) -> Option<&'static str> {
    match EventDictionary::get().meaning(event, build) {
        EventMeaning::Known(row) => Some(row.meaning),
        _ => None,
    }
}

const VM_ID: &str = "E0D09432-A320-44CC-8A12-E1300549B99D";
const VMMS: &str = "Microsoft-Windows-Hyper-V-VMMS";

#[test]
fn every_line_is_a_row() {
    for (file, text) in FILES {
        for row in read::rows(text) {
            row.map_err(|error| format!("{file}: {error}")).unwrap();
        }
    }
}

/// Rows of one event differ in what an event shows or in their build.
#[test]
fn no_two_rows_of_an_event_are_the_same() {
    let dictionary = EventDictionary::get();
    for (provider, by_id) in &dictionary.by_event {
        for (id, numbers) in by_id {
            let rows: Vec<&EventRow> = numbers.iter().map(|it| &dictionary.rows[*it]).collect();
            for (position, row) in rows.iter().enumerate() {
                for other in &rows[position + 1..] {
                    let is_apart = row.windows.first > other.windows.last
                        || other.windows.first > row.windows.last;
                    let is_told =
                        row.values.len() != other.values.len() || row.channel != other.channel;
                    assert!(is_apart || is_told, "{provider} {id}: {row:?} {other:?}");
                }
            }
        }
    }
}

#[test]
fn a_meaning_speaks_of_a_machine_only_where_its_event_names_one() {
    for row in EventDictionary::get().rows() {
        let names = row.values.iter().any(|one| {
            matches!(
                one.kind,
                ValueKind::VmName
                    | ValueKind::VmId
                    | ValueKind::VmReference
                    | ValueKind::VmResource
            )
        });
        assert!(names || !row.meaning.contains("{vm}"), "{row:?}");
        assert!(!row.meaning.replace("{vm}", "").contains(['{', '}']), "{row:?}");
        let first = row.meaning.chars().next().unwrap();
        assert!(!row.meaning.ends_with('.'), "{row:?}");
        assert!(
            first.is_lowercase()
                || first == '{'
                || row.meaning.starts_with("VM")
                || row.meaning.starts_with("Windows"),
            "{row:?}"
        );
    }
}

#[test]
fn names_are_found_in_any_spelling() {
    let dictionary = EventDictionary::get();
    assert_eq!(dictionary.find("hyper-v-vmms", 16060).len(), 1);
    assert_eq!(dictionary.find("MICROSOFT-WINDOWS-HYPER-V-VMMS", 16060).len(), 1);
    assert_eq!(dictionary.find("Disk", 153).len(), 1);
    // The classic source is not meant by the name of another provider.
    assert!(dictionary.find("Microsoft-Windows-Disk", 153).is_empty());
    assert!(dictionary.find("Hyper-V-VMMS", 1).is_empty());
    let worker = "51ddfa29-d5c8-4803-be4b-2ecb715570fe".parse().unwrap();
    assert_eq!(dictionary.provider_name(worker), Some("Microsoft-Windows-Hyper-V-Worker"));
}

/// `hyperv_events.md`, section 5.
#[test]
fn the_event_tells_which_meaning_an_id_has() {
    let kvp = "Microsoft-Windows-Hyper-V-Integration-KvpExchange";
    let four = event(kvp, 4130, &["A", VM_ID, "6.1.7600.16385", "6.1.7601.17514"]);
    let three = event(kvp, 4130, &["A", VM_ID, "{adapter}"]);
    assert_ne!(meaning(&four, None), meaning(&three, None));
    assert!(meaning(&four, None).is_some() && meaning(&three, None).is_some());
    // One id, two providers in one channel.
    let of_worker = event("Microsoft-Windows-Hyper-V-Worker", 18602, &["A", VM_ID, "0x0"]);
    let of_chipset = event("Microsoft-Windows-Hyper-V-Chipset", 18602, &["A", VM_ID]);
    assert!(meaning(&of_worker, None).unwrap().contains("dump"));
    assert!(meaning(&of_chipset, None).unwrap().contains("secure boot"));
    // Five values since 2012 R2; two before, of which only the build tells which it is.
    let five = ["A", VM_ID, "%%2147942402", "0x80070002", "V:\\a-AutoRecovery.avhdx"];
    assert!(meaning(&event(VMMS, 10102, &five), None).unwrap().contains("could not be deleted"));
    let two = event(VMMS, 10102, &["A", VM_ID]);
    assert_eq!(EventDictionary::get().meaning(&two, None).rows().len(), 2);
    assert!(meaning(&two, Some(9200)).unwrap().contains("inside"));
    assert!(!meaning(&two, Some(7601)).unwrap().contains("inside"));
    assert_eq!(EventDictionary::get().meaning(&two, Some(9600)), EventMeaning::Unknown);
    // The hypervisor's 2 has one value on either side of 2012.
    let hypervisor = event("Microsoft-Windows-Hyper-V-Hypervisor", 2, &["3"]);
    assert!(matches!(EventDictionary::get().meaning(&hypervisor, None), EventMeaning::OneOf(_)));
    assert!(meaning(&hypervisor, Some(7601)).unwrap().contains("could not start"));
    assert!(meaning(&hypervisor, Some(14393)).unwrap().contains("scheduler"));
    // The heartbeat has this provider up to 2012 R2 only, which the channel tells.
    let values = ["A", VM_ID, "Negotiated (1.0) - Expected (3.0)", "Negotiated (1.0)"];
    let mut one = event("Microsoft-Windows-Hyper-V-Integration", 4000, &values);
    one.channel = "Microsoft-Windows-Hyper-V-Worker-Admin".into();
    assert!(meaning(&one, None).unwrap().starts_with("an integration service"));
    one.channel = "Microsoft-Windows-Hyper-V-Integration-Admin".into();
    assert!(meaning(&one, None).unwrap().starts_with("the heartbeat"));
}

/// The worker process id of VMMS 16400 is the third value or the fifth.
#[test]
fn values_are_taken_from_the_layout_that_fits() {
    let pid = |values: &[&str]| {
        let event = event(VMMS, 16400, values);
        let EventMeaning::Known(row) = EventDictionary::get().meaning(&event, None) else {
            panic!("no row for {values:?}");
        };
        let pid = choose::values(row, &event).find(|(one, _)| one.kind == ValueKind::ProcessId);
        pid.map(|(_, text)| text.to_owned())
    };
    assert_eq!(pid(&["A", VM_ID, "4711"]).as_deref(), Some("4711"));
    assert_eq!(pid(&["A", VM_ID, "x", "y", "4712"]).as_deref(), Some("4712"));
}

#[test]
fn a_virtual_machine_is_taken_only_from_where_its_id_stands() {
    let vm = |id, values: &[&str]| {
        let event = event(VMMS, id, values);
        EventDictionary::get().meaning(&event, None).vm(&event)
    };
    let sql = vm(16060, &["SQL01", VM_ID, "E:\\VMs"]).unwrap();
    assert_eq!((sql.name.as_deref(), sql.id), (Some("SQL01"), VM_ID.parse().ok()));
    // A later Windows appended a value.
    assert!(vm(16060, &["SQL01", VM_ID, "E:\\VMs", "1"]).unwrap().id.is_some());
    assert_eq!(vm(16060, &["SQL01", "E:\\VMs", "0x0"]), None);
    assert_eq!(vm(16300, &["-", VM_ID, "%%2147942432", "0x80070020"]).unwrap().name, None);
    // Two rows that may be meant have the machine at the same place.
    assert!(vm(10102, &["SQL01", VM_ID]).is_some());
}

#[test]
fn codes_and_paths_by_name_or_by_place() {
    let synth_stor = "Microsoft-Windows-Hyper-V-SynthStor";
    let values = ["A", VM_ID, "V:\\a.vhdx", "%%2147942402", ""];
    let event = event(synth_stor, 12140, &values);
    let told = |event: &LoggedEvent| {
        let meaning = EventDictionary::get().meaning(event, None);
        (meaning.hresult(event), meaning.path(event))
    };
    assert_eq!(told(&event), (Some(0x8007_0002), Some("V:\\a.vhdx".into())));
    let with = |values: [(Option<&str>, &str); 5]| LoggedEvent {
        values: values.into_iter().collect(),
        ..event.clone()
    };
    let [name, id, path, error, _] = values.map(|text| (None, text));
    let other = with([name, id, path, error, (None, "0x80070020")]);
    assert_eq!(told(&other).0, Some(0x8007_0020));
    // Names go before places.
    let [code, path] = [(Some("ErrorCode"), "0x80070005"), (Some("String"), "V:\\b.vhdx")];
    assert_eq!(
        told(&with([name, id, code, error, path])),
        (Some(0x8007_0005), Some("V:\\b.vhdx".into()))
    );
}

/// The facts in `../shared/facts`, or in the folder that `HVTRIAGE_FACTS` names.
fn facts(name: &str) -> Option<String> {
    let beside =
        || std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/facts"));
    let folder = std::env::var_os("HVTRIAGE_FACTS").map_or_else(beside, Into::into);
    let text = std::fs::read_to_string(folder.join(name));
    if text.is_err() {
        eprintln!("left out: no facts at {} (set HVTRIAGE_FACTS)", folder.display());
    }
    text.ok()
}

#[derive(serde::Deserialize)]
struct Noted {
    provider: String,
    event_id: u32,
    #[serde(default)]
    curated: bool,
    #[serde(default)]
    fields: Vec<serde::de::IgnoredAny>,
    field_source: String,
    generations: Vec<String>,
}

/// Builds of each generation of the notes.
const GENERATIONS: [(&str, &[u32]); 5] = [
    ("2008", &[6001]),
    ("2008R2", &[7601]),
    ("2012", &[9200]),
    ("2012R2", &[9600]),
    ("2016+", &[10240, 10586, 14393, 15063, 22000]),
];

/// Names that the notes have for two providers, in short, or in two spellings.
fn providers_of(noted: &str) -> Vec<&str> {
    match noted {
        "storvsc/storahci" => vec!["storvsc", "storahci"],
        "VSSA" => vec!["VSS"],
        "Microsoft-Windows-Hyper-V-NetVsc" => vec!["Microsoft-Windows-Hyper-V-Netvsc"],
        name => vec![name],
    }
}

/// Every event that the notes hold for important is in the dictionary.
#[test]
fn the_curated_events_are_covered() {
    let Some(noted) = noted() else { return };
    let curated: BTreeSet<(&str, u32)> = noted
        .iter()
        .filter(|one| one.curated)
        .flat_map(|one| providers_of(&one.provider).into_iter().map(|name| (name, one.event_id)))
        .collect();
    let dictionary = EventDictionary::get();
    let missing: Vec<_> =
        curated.iter().filter(|(name, id)| dictionary.find(name, *id).is_empty()).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert_eq!(curated.len(), 608, "the notes have other events than when this was written");
}

/// For each version of Windows whose messages were read there is a row with as many values as its
/// message inserts.
#[test]
fn rows_have_the_values_that_messages_insert() {
    let Some(noted) = noted() else { return };
    let dictionary = EventDictionary::get();
    let mut wrong = Vec::new();
    for one in noted.iter().filter(|one| !one.field_source.starts_with("catalogue text")) {
        for provider in providers_of(&one.provider) {
            let rows = dictionary.find(provider, one.event_id);
            for (generation, builds) in GENERATIONS {
                if rows.is_empty() || !one.generations.iter().any(|it| it == generation) {
                    continue;
                }
                let count = one.fields.len();
                let is_of = |row: &&&EventRow| builds.iter().any(|build| row.windows.holds(*build));
                if !rows.iter().filter(is_of).any(|row| row.fits(count)) {
                    wrong.push(format!("{provider} {} {generation}: {count}", one.event_id));
                }
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

fn noted() -> Option<Vec<Noted>> {
    let text = facts("events.jsonl")?;
    Some(text.lines().map(|line| serde_saphyr::from_str(line).unwrap()).collect())
}
