//! What is kept of events that match: little, since a rule may hold for every event of a log.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use hvtriage_diagnosis::{Citation, CitedField, Locator, Place, Problem};
use hvtriage_eventlog::Event;
use hvtriage_sigma::{Match, SigmaRules, WindowsEvent};
use hvtriage_winfmt::FileTime;

/// A finding cites no more events than this; its count tells how many there are.
pub(super) const MAX_CITATIONS: usize = 8;
/// A citation shows no more fields of its event than this.
const MAX_FIELDS: usize = 4;
/// Fields of an event that are cited beside the note.
const MAX_FIELDS_CITED: usize = 40;
/// And no more letters of each.
const MAX_LETTERS: usize = 100;

/// The events of one source that rules hold for.
#[derive(Debug, Default)]
pub(crate) struct Matches {
    /// By number of the rule and by computer, as its name is written.
    pub(super) groups: BTreeMap<(usize, String), Group>,
    unjudged: u64,
}

/// The events of one computer that one rule holds for.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) hits: Vec<Hit>,
    /// The first of them in order of time, as they are cited.
    pub(super) cited: Vec<Cited>,
}

/// An event that matched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub(super) event: EventKey,
    pub(super) time: Option<FileTime>,
    pub(super) event_id: u32,
}

/// One of them with what it says.
#[derive(Clone, Debug)]
pub(super) struct Cited {
    pub(super) event: EventKey,
    pub(super) citation: Citation,
}

/// Stands for computer, channel, record id and time, which are the same in every copy of an event.
/// Only events of one rule and computer are compared, so 64 bits are enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct EventKey(u64);

impl Matches {
    pub(super) fn add(
        &mut self,
        rules: &SigmaRules,
        found: Match,
        seen: &WindowsEvent<'_>,
        source: &Arc<str>,
        event: &Event,
    ) {
        let computer = match event.computer.trim() {
            "" => &**source,
            computer => computer,
        };
        let group = self.groups.entry((found.rule, computer.to_owned())).or_default();
        let hit = Hit { event: EventKey::of(event), time: event.time_created, event_id: event.id };
        group.hits.push(hit);
        let place = Place::Record { id: event.record_id, offset: event.offset };
        let locator = Locator { source: Arc::clone(source), place };
        if group.has_room_for(hit.time, &locator) {
            let shown = rules.shown(found, seen);
            let fields = shown.iter().take(MAX_FIELDS_CITED);
            let citation = Citation {
                locator,
                time: hit.time,
                role: "event".into(),
                note: note(&shown, event),
                message: None,
                fields: fields.map(|(name, text)| CitedField::new(name, text)).collect(),
            };
            group.cite(Cited { event: hit.event, citation });
        }
    }

    pub(super) fn count_unjudged(&mut self) {
        self.unjudged = self.unjudged.saturating_add(1);
    }

    /// Adds what another part of the same source told.
    pub(crate) fn join(&mut self, other: Self) {
        self.unjudged = self.unjudged.saturating_add(other.unjudged);
        for (key, mut group) in other.groups {
            let known = self.groups.entry(key).or_default();
            known.hits.append(&mut group.hits);
            group.cited.into_iter().for_each(|cited| known.cite(cited));
        }
    }

    /// What could not be judged.
    pub(crate) fn problem(&self, source: &str) -> Option<Problem> {
        let what = "the evaluation of Sigma rules failed on";
        let message = || format!("{what} {} of its events", self.unjudged);
        (self.unjudged > 0).then(|| Problem::new(source, message()))
    }
}

impl Group {
    fn has_room_for(&self, time: Option<FileTime>, locator: &Locator) -> bool {
        self.cited.len() < MAX_CITATIONS
            || self
                .cited
                .last()
                .is_none_or(|last| (time, locator) < (last.citation.time, &last.citation.locator))
    }

    /// Keeps the first citations in order of time and place.
    pub(super) fn cite(&mut self, cited: Cited) {
        let place = |one: &Cited| (one.citation.time, one.citation.locator.clone());
        let at = self.cited.partition_point(|known| place(known) <= place(&cited));
        self.cited.insert(at, cited);
        self.cited.truncate(MAX_CITATIONS);
    }
}

impl EventKey {
    fn of(event: &Event) -> Self {
        let mut hasher = DefaultHasher::new();
        event.computer.to_lowercase().hash(&mut hasher);
        event.channel.to_lowercase().hash(&mut hasher);
        (event.record_id, event.time_created, event.id).hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// `event 4688 of Security: CommandLine "cmd /c whoami"`.
fn note(fields: &[(&str, String)], event: &Event) -> String {
    let of_payload = fields
        .iter()
        .filter(|(name, _)| !matches!(*name, "EventID" | "Provider_Name" | "Channel" | "Computer"));
    let shown: Vec<String> = of_payload
        .take(MAX_FIELDS)
        .map(|(name, text)| format!("{name} \"{}\"", cut(text)))
        .collect();
    let what = format!("event {} of {}", event.id, event.channel);
    if shown.is_empty() { what } else { format!("{what}: {}", shown.join(", ")) }
}

/// The beginning of a long text.
fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_LETTERS) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
