//! What lasts while an incident goes on: machines that are down, volumes that are not reached directly,
//! and virtual machines on their way.

use hvtriage_diagnosis::{CsvStateKind, Diagnosis, Incident, Migration, MomentKind, Redirection};
use hvtriage_winfmt::FileTime;
use serde::Serialize;

use super::model::clean;
use crate::text::volumes::why;

/// More of each than this would hide each other.
const MANY: usize = 40;

/// A time on one lane.
#[derive(Serialize)]
pub(super) struct Span {
    pub(super) lane: usize,
    pub(super) kind: &'static str,
    pub(super) from: i64,
    /// `None` where no end is told.
    pub(super) to: Option<i64>,
    /// What it is, in a word or some.
    pub(super) word: String,
    /// Until when, where that is behind the last that the incident tells.
    pub(super) end: String,
    pub(super) text: String,
}

/// A virtual machine from one lane to another.
#[derive(Serialize)]
pub(super) struct Move {
    pub(super) from_lane: usize,
    pub(super) to_lane: usize,
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) text: String,
}

/// Spans on the lanes of an incident, where its timeline tells of such things.
pub(super) fn spans(diagnosis: &Diagnosis, incident: &Incident, lanes: &[&str]) -> Vec<Span> {
    let Some(window) = Window::of(incident) else { return Vec::new() };
    let tables = &diagnosis.tables;
    let lane = |machine: &str| lanes.iter().position(|lane| *lane == machine);
    let mut spans = Vec::new();
    if tells(incident, MomentKind::Storage) {
        let is_told = |one: &&Redirection| !one.states.contains(&CsvStateKind::RedirectedByRequest);
        for one in tables.redirections.iter().filter(is_told) {
            for host in &one.hosts {
                let Some(from) = host.start.filter(|from| window.meets(*from, host.end)) else {
                    continue;
                };
                if let Some(lane) = lane(&host.machine) {
                    let text = clean(&format!("{}: {}", one.volume, why(one)));
                    spans.push(Span {
                        lane,
                        kind: "storage",
                        from: from.unix_milliseconds(),
                        to: host.end.map(FileTime::unix_milliseconds),
                        word: state_of_volume(one),
                        end: window.end(host.end),
                        text,
                    });
                }
            }
        }
    }
    if tells(incident, MomentKind::Stop) || tells(incident, MomentKind::Start) {
        for stop in &tables.stops {
            let Some(from) = stop.last_alive.or(stop.time) else { continue };
            let Some(back) = stop.back.filter(|back| *back > from) else { continue };
            if !window.meets(from, Some(back)) {
                continue;
            }
            if let Some(lane) = lane(&stop.machine) {
                let text =
                    if stop.last_alive.is_some() { "down at some time in here" } else { "down" };
                spans.push(Span {
                    lane,
                    kind: "down",
                    from: from.unix_milliseconds(),
                    to: Some(back.unix_milliseconds()),
                    word: "down".into(),
                    end: window.end(Some(back)),
                    text: text.into(),
                });
            }
        }
    }
    spans.truncate(MANY);
    spans
}

/// What a volume was for its hosts; for which of them it was which of several is not told here.
fn state_of_volume(one: &Redirection) -> String {
    let mut words: Vec<&str> = Vec::new();
    for state in &one.states {
        let word = match state {
            CsvStateKind::Paused => "paused",
            CsvStateKind::Unreachable => "not reached",
            CsvStateKind::Normal => continue,
            _ => "redirected",
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    format!("volume {}", words.join(" or "))
}

/// Migrations of the incident's virtual machines from lane to lane.
pub(super) fn moves(diagnosis: &Diagnosis, incident: &Incident, lanes: &[&str]) -> Vec<Move> {
    let Some(window) = Window::of(incident) else { return Vec::new() };
    if !tells(incident, MomentKind::Migration) {
        return Vec::new();
    }
    let lane =
        |machine: &Option<String>| lanes.iter().position(|lane| Some(*lane) == machine.as_deref());
    let of_incident = |vm: &str| incident.vms.iter().any(|one| one.eq_ignore_ascii_case(vm));
    let time_of = |one: &Migration| one.start.or(one.end).zip(one.end.or(one.start));
    // By time first: there may be hundreds of thousands of them, and of incidents thousands.
    let is_seen = |one: &&Migration| {
        time_of(one).is_some_and(|(from, to)| window.meets(from, Some(to))) && of_incident(&one.vm)
    };
    let moves = diagnosis.tables.migrations.iter().filter(is_seen).filter_map(|one| {
        let (from_lane, to_lane) = lane(&one.source).zip(lane(&one.destination))?;
        let (from, to) = time_of(one)?;
        let kind = if one.is_live { "live" } else { "quick" };
        let text = clean(&format!("{kind} migration of {}: {}", one.vm, one.outcome.word()));
        let (from, to) = (from.unix_milliseconds(), to.unix_milliseconds());
        Some(Move { from_lane, to_lane, from, to, text })
    });
    moves.take(MANY).collect()
}

fn tells(incident: &Incident, kind: MomentKind) -> bool {
    incident.timeline.iter().any(|moment| moment.kind == kind)
}

/// From the first to the last that a timeline tells.
struct Window {
    from: FileTime,
    to: FileTime,
}

impl Window {
    fn of(incident: &Incident) -> Option<Self> {
        let from = incident.timeline.iter().map(|moment| moment.time).min()?;
        let to = incident.timeline.iter().map(|moment| moment.last_time).max()?;
        Some(Self { from, to })
    }

    /// Words on an end that is not in it; empty for one that is.
    fn end(&self, end: Option<FileTime>) -> String {
        match end {
            None => "no end is logged".into(),
            Some(end) if end > self.to => format!("until {}", end.to_the_second()),
            Some(_) => String::new(),
        }
    }

    /// Whether something that lasts is in it; without an end it lasts for ever.
    fn meets(&self, from: FileTime, to: Option<FileTime>) -> bool {
        from <= self.to && to.is_none_or(|to| to >= self.from)
    }
}
