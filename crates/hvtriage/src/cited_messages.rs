//! The messages of the events that findings cite, where something tells them: the export itself, the texts
//! that were saved beside a log, or the binaries of providers.
//!
//! Facts do not keep them: of a million events a few hundred are cited. So the cited records are read once
//! more, each from its own chunk. Of logs inside archives that would cost a second unpacking; theirs are not
//! told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use hvtriage_diagnosis::{Citation, Diagnosis, Place, Problem, SourceKind};
use hvtriage_eventlog::{
    Event, EventFilter, EvtxLog, LocalizedLog, ProviderMessages, Scanner, XmlExport,
};
use hvtriage_winfmt::FileOffset;

use crate::map::FileBytes;
use crate::messages::{self, Saved};

/// A longer message is cut.
const MAX_LETTERS: usize = 2000;
/// Bytes of messages that are read of one case, and bytes that its citations take, of which several may be of
/// one record: a hostile log could fill the memory with them.
const MAX_BYTES: usize = 32 << 20;

/// The cited records of a source: their offsets and ids.
type Places = BTreeSet<(u64, u64)>;

/// Tells each citation the message of its event.
pub(crate) fn add(diagnosis: &mut Diagnosis, providers: &ProviderMessages) {
    let problems = Vec::new();
    let mut texts = Texts { providers, saved: Saved::default(), room: MAX_BYTES, problems };

    let mut cited: BTreeMap<Arc<str>, Places> = BTreeMap::new();
    let ignored = || diagnosis.ignored.iter().flat_map(|ignored| &ignored.findings);
    let findings = diagnosis.findings.iter().chain(ignored().map(|ignored| &ignored.finding));
    for citation in findings.flat_map(|finding| &finding.citations) {
        if let Some(place) = record(citation) {
            cited.entry(Arc::clone(&citation.locator.source)).or_default().insert(place);
        }
    }
    let mut told: BTreeMap<Arc<str>, BTreeMap<(u64, u64), String>> = BTreeMap::new();
    for source in &diagnosis.sources {
        if let Some((name, places)) = cited.get_key_value(source.name.as_str()) {
            told.insert(Arc::clone(name), texts.of_source(source.kind, name, places));
        }
    }
    let mut room = MAX_BYTES;
    let ignored = diagnosis.ignored.iter_mut().flat_map(|ignored| &mut ignored.findings);
    let findings = diagnosis.findings.iter_mut().chain(ignored.map(|ignored| &mut ignored.finding));
    for citation in findings.flat_map(|finding| &mut finding.citations) {
        let of_source = told.get(&citation.locator.source);
        let message = record(citation).and_then(|place| of_source?.get(&place));
        if let Some((message, left)) =
            message.and_then(|it| Some((it, room.checked_sub(it.len())?)))
        {
            room = left;
            citation.message = Some(message.clone());
        }
    }
    diagnosis.problems.extend(texts.problems);
    diagnosis.problems.sort();
}

fn record(citation: &Citation) -> Option<(u64, u64)> {
    match citation.locator.place {
        Place::Record { id, offset } => Some((offset.0, id)),
        _ => None,
    }
}

struct Texts<'a> {
    providers: &'a ProviderMessages,
    saved: Saved,
    /// Bytes of messages that may still be told.
    room: usize,
    problems: Vec<Problem>,
}

impl Texts<'_> {
    /// The messages of the events at `places` of the file `name`, as far as something tells them.
    fn of_source(
        &mut self,
        kind: SourceKind,
        name: &str,
        places: &Places,
    ) -> BTreeMap<(u64, u64), String> {
        let path = Path::new(name);
        let beside = match kind {
            SourceKind::EventLog => self.saved.beside(path, &mut self.problems),
            SourceKind::EventXml => None,
            _ => return BTreeMap::new(),
        };
        let is_told =
            kind == SourceKind::EventXml || beside.is_some() || !self.providers.is_empty();
        // A member of an archive is no file. What cannot be opened any more was told when it was read.
        let Some(bytes) = is_told.then(|| FileBytes::open(path).ok()).flatten() else {
            return BTreeMap::new();
        };
        let mut told = BTreeMap::new();
        let mut room = self.room;
        let mut add = |event: &Event| {
            let place = (event.offset.0, event.record_id);
            let message = || self.message(event, beside.as_ref());
            if places.contains(&place)
                && let Some(message) = message()
                && let Some(left) = room.checked_sub(message.len())
            {
                room = left;
                told.insert(place, message);
            }
        };
        match kind {
            SourceKind::EventXml => of_export(&bytes, places, &mut add),
            _ => of_log(&bytes, places, &mut add),
        }
        self.room = room;
        told
    }

    fn message(&self, event: &Event, beside: Option<&LocalizedLog>) -> Option<String> {
        let message = messages::of_event(event, beside, self.providers)?;
        let message = message.trim();
        let cut = message.char_indices().nth(MAX_LETTERS).and_then(|(end, _)| message.get(..end));
        let message = cut.map_or_else(|| message.to_owned(), |begin| format!("{begin}…"));
        (!message.is_empty()).then_some(message)
    }
}

/// The events of the chunks that hold one of `places`.
fn of_log(bytes: &[u8], places: &Places, add: &mut impl FnMut(&Event)) {
    let (mut scanner, filter) = (Scanner::default(), EventFilter::default());
    for chunk in EvtxLog::open(bytes).chunks() {
        let start = chunk.offset().0;
        let end = start.saturating_add(chunk.size());
        if places.range((start, 0)..(end, 0)).next().is_some() {
            chunk.each_event(&mut scanner, &filter, &mut *add);
        }
    }
}

/// The events of an export that begin at `places`.
fn of_export(bytes: &[u8], places: &Places, add: &mut impl FnMut(&Event)) {
    let export = XmlExport::open(bytes);
    for event in places.iter().filter_map(|(offset, _)| export.read_at(FileOffset(*offset))) {
        add(&event);
    }
}
