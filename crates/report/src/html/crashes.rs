//! Crashes and restarts, and the dumps with their stacks.

use hvtriage_diagnosis::{Bugcheck, CrashedDump, Diagnosis, Stop};
use hvtriage_winfmt::FileTime;

use super::model::{Kind, Row, Section, Table, clean};
use super::sources::Names;
use crate::text::happened::{STOP_COLUMNS, STOPS_HEADING, also_known, stop_row};
use crate::text::tables::{DUMP_COLUMNS, DUMPS_HEADING, about, cause, dump_row};
use crate::words::hex;

pub(super) fn crashes(diagnosis: &Diagnosis, names: &Names) -> Option<Section> {
    let stops = Table::new("stops", STOPS_HEADING, &STOP_COLUMNS)
        .kinds(Kind::Time, &["time"])
        .kinds(Kind::Duration, &["up again after"])
        .kinds(Kind::Choice, &["what", "driver"])
        .rows(diagnosis.tables.stops.iter().map(|one| stop(one, names)));
    let dumps = Table::new("dumps", DUMPS_HEADING, &DUMP_COLUMNS)
        .kinds(Kind::Time, &["time"])
        .kinds(Kind::Choice, &["what", "build"])
        .rows(diagnosis.crashes.iter().map(dump));
    Section::new("crashes", "Crashes")
        .table(stops)
        .notes(also_known(diagnosis))
        .table(dumps)
        .unless_empty()
}

fn stop(stop: &Stop, names: &Names) -> Row {
    let mut row = Row::new(stop_row(stop))
        .known("Last known to run", stop.last_alive.map(FileTime::to_the_second))
        .known("Up again", stop.back.map(FileTime::to_the_second))
        .known("STOP code and parameters", stop.bugcheck.map(|it| it.to_string()))
        .known("Dump saved as", stop.dump_path.as_ref())
        .known("No dump", stop.no_dump.as_ref());
    if stop.is_small_dump_at_most {
        row = row.detail("Dump", "no full one was saved, so there is a small one at most");
    }
    for issue in &stop.also_known {
        row = row.detail("To look up", format!("{} ({})", issue.id, issue.about));
    }
    row.cites(names.all(&stop.facts))
}

fn dump(crash: &CrashedDump) -> Row {
    let row = Row::new(dump_row(crash)).detail("Dump", about(crash)).known("Cause", cause(crash));
    let row = match &crash.bugcheck {
        Some(bugcheck) => parameters(row, crash, bugcheck),
        None => row,
    };
    stack(row, crash)
}

fn parameters(row: Row, crash: &CrashedDump, bugcheck: &Bugcheck) -> Row {
    const LABELS: [&str; 4] = ["Parameter 1", "Parameter 2", "Parameter 3", "Parameter 4"];
    let numbered = LABELS.into_iter().zip(bugcheck.parameters).enumerate();
    numbered.fold(row, |row, (index, (label, value))| {
        let meaning = crash.parameter_meanings.get(index).map_or("", String::as_str);
        row.detail(label, format!("{} {meaning}", hex(value)))
    })
}

fn stack(mut row: Row, crash: &CrashedDump) -> Row {
    for frame in &crash.stack {
        let text = format!("{}  ({})", clean(&frame.text), clean(&frame.trust));
        row = row.detail("Stack", text);
    }
    row.known("Stack goes no further", crash.stack_end.as_ref())
}
