//! What belongs to one failure, with a lane for each machine and what happened on it.

use hvtriage_diagnosis::{Diagnosis, Incident, Moment, MomentKind};
use hvtriage_winfmt::FileTime;
use serde::Serialize;

use super::model::{Cite, clean, flowing};
use super::sources::Names;
use super::spans::{Move, Span, moves, spans};
use crate::text::title;

#[derive(Serialize)]
pub(super) struct IncidentView {
    pub(super) number: usize,
    pub(super) severity: &'static str,
    pub(super) confidence: &'static str,
    pub(super) title: String,
    pub(super) machine: String,
    pub(super) start: String,
    pub(super) end: String,
    pub(super) summary: String,
    pub(super) vms: Vec<String>,
    /// Numbers of its findings.
    pub(super) findings: Vec<usize>,
    pub(super) lanes: Vec<String>,
    pub(super) moments: Vec<MomentView>,
    pub(super) spans: Vec<Span>,
    pub(super) moves: Vec<Move>,
}

#[derive(Serialize)]
pub(super) struct MomentView {
    /// Milliseconds since 1970.
    pub(super) at: i64,
    /// The last of several that say the same.
    pub(super) until: i64,
    pub(super) time: String,
    /// How often, and until when, where it is several times.
    pub(super) times: String,
    pub(super) lane: usize,
    pub(super) text: String,
    /// How it is drawn, a word of the script.
    pub(super) kind: &'static str,
    /// Whether it only happened about that time.
    pub(super) is_near: bool,
    pub(super) cite: Cite,
}

pub(super) fn incidents(diagnosis: &Diagnosis, names: &Names) -> Vec<IncidentView> {
    let numbered = diagnosis.incidents.iter().enumerate();
    numbered
        .map(|(index, incident)| view(diagnosis, index.saturating_add(1), incident, names))
        .collect()
}

fn view(diagnosis: &Diagnosis, number: usize, incident: &Incident, names: &Names) -> IncidentView {
    let start = incident.start.map(FileTime::to_the_second).unwrap_or_default();
    let end = incident.end.map(FileTime::to_the_second).unwrap_or_default();
    let mut lanes: Vec<&str> = Vec::new();
    for moment in &incident.timeline {
        if !lanes.contains(&moment.machine.as_str()) {
            lanes.push(&moment.machine);
        }
    }
    let moment = |moment: &Moment| moment_view(moment, &lanes, names);
    IncidentView {
        number,
        severity: incident.severity.word(),
        confidence: incident.confidence.word(),
        title: clean(&title(diagnosis, incident)),
        machine: clean(&incident.machine),
        end: if end == start { String::new() } else { end },
        start,
        summary: flowing(&incident.summary),
        vms: incident.vms.iter().map(|vm| clean(vm)).collect(),
        findings: incident.findings.iter().map(|index| index.saturating_add(1)).collect(),
        moments: incident.timeline.iter().map(moment).collect(),
        spans: spans(diagnosis, incident, &lanes),
        moves: moves(diagnosis, incident, &lanes),
        lanes: lanes.into_iter().map(clean).collect(),
    }
}

/// A lane is of the machine that tells; what it tells of a guest must not look as if it told of itself.
fn look(moment: &Moment) -> &'static str {
    match moment.kind {
        MomentKind::Stop if !moment.vms.is_empty() => "guest_stop",
        MomentKind::Start if !moment.vms.is_empty() => "guest_start",
        kind => kind.word(),
    }
}

fn moment_view(moment: &Moment, lanes: &[&str], names: &Names) -> MomentView {
    let times = match moment.count {
        0 | 1 => String::new(),
        count => format!("{count} times, until {}", moment.last_time.to_the_second()),
    };
    MomentView {
        at: moment.time.unix_milliseconds(),
        until: moment.last_time.unix_milliseconds(),
        time: moment.time.to_the_second(),
        times,
        lane: lanes.iter().position(|lane| *lane == moment.machine).unwrap_or_default(),
        text: flowing(&moment.text),
        kind: look(moment),
        is_near: moment.is_about_that_time,
        cite: names.cite(&moment.citation),
    }
}
