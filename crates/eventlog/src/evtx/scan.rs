//! The scan: which records of a chunk are wanted, without copying any.

use hvtriage_winfmt::FileTime;

use super::bytes::u8_at;
use super::instance::{Instance, Slots, content};
use super::payload::{CHUNK_BUDGET, INSTANCE};
use super::plans::Plans;
use super::record::Record;
use super::value::Irregular;
use super::walk::{Frame, Met, RECORD_HEADER_BYTES, Run, Walk};
use crate::{Coverage, EventFilter, LogProblem, Origin, PayloadValue, add_problem};

/// What a scan needs to remember while it reads a chunk. Used again for the next chunk, it
/// allocates nothing.
#[derive(Debug, Default)]
pub struct Scanner {
    memory: Memory,
    /// Whether a provider is wanted, by the number of the plan that names it.
    providers: Vec<Wanted>,
}

/// What reading a record takes.
#[derive(Debug, Default)]
struct Memory {
    slots: Slots,
    plans: Plans,
    /// What the payloads of the chunk may still cost.
    budget: u32,
    /// Values of earlier events, whose memory is used again.
    spare: Vec<PayloadValue>,
}

/// What is said of the record that a log ends in.
pub(super) const CUT_OFF: &str = "the log ends in a record, which is not read";
/// Each is searched byte by byte, and a hostile chunk has thousands of them.
const MAX_LOST_SEARCHED: usize = 64;

/// What is known of the provider of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Unknown,
    /// Some of its events are.
    Yes,
    No,
    /// Each record says which provider it is of.
    Varies,
}

/// What a scan of one chunk told beside its records.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    /// How many records were read, and what time they span.
    pub coverage: Coverage,
    /// What could not be read.
    pub problems: Vec<LogProblem>,
    /// Records that only the full decode can read.
    pub(super) irregular: Vec<Frame>,
    /// Records that nobody can read: what they take for their own may hold others.
    pub(super) lost: Vec<Frame>,
}

/// Records that are tried before a chunk counts as one without a first record.
const MAX_TRIED_FOR_FIRST: usize = 16;

/// A chunk as it is scanned.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: u64,
    pub(super) uncounted: Option<Run>,
}

impl Scanner {
    /// Reads the records of a chunk in order and hands over the wanted ones. What `found` calls
    /// irregular is left to the full decode.
    pub(super) fn scan<'a>(
        &mut self,
        place: Place<'a>,
        filter: &EventFilter,
        mut found: impl FnMut(&mut Record<'_, 'a>) -> Result<(), Irregular>,
    ) -> Scan {
        self.begin();
        let mut scan = Scan::default();
        let walk = Walk::new(place.bytes, filter.wants_slack()).with_run(place.uncounted);
        if walk.has_damaged_header() {
            scan.problem(
                place,
                0,
                "the header of a chunk is damaged; its records are read all the same",
            );
        }
        for met in walk {
            match met {
                Met::Record(frame) => {
                    let is_after = !scan.irregular.is_empty() || !scan.lost.is_empty();
                    let mut found = |record: &mut Record<'_, 'a>| {
                        record.is_after_irregular = is_after;
                        found(record)
                    };
                    let read = self.record(place, frame, filter, &mut found);
                    scan.add(place, frame, read, self.memory.slots.loss());
                }
                Met::Damage { start, end } => {
                    let bytes = end.saturating_sub(start);
                    let message = format!("{bytes} bytes are damaged and hold no record");
                    scan.problem(place, start, &message);
                }
            }
        }
        scan
    }

    /// Hands over the first record of a chunk that can be read.
    pub(super) fn first<'a>(
        &mut self,
        place: Place<'a>,
        mut found: impl FnMut(&mut Record<'_, 'a>) -> Result<(), Irregular>,
    ) -> bool {
        self.begin();
        let walk = Walk::new(place.bytes, false).with_run(place.uncounted);
        walk.take(MAX_TRIED_FOR_FIRST).any(|met| match met {
            Met::Record(frame) => {
                let record = open(place, frame, &mut self.memory);
                record.and_then(|mut record| found(&mut record)).is_ok()
            }
            Met::Damage { .. } => false,
        })
    }

    /// Forgets what was learned of another chunk.
    fn begin(&mut self) {
        self.memory.plans.clear();
        self.memory.slots.clear();
        self.memory.budget = CHUNK_BUDGET;
        self.providers.clear();
    }

    /// Reads whole records inside of lost ones, as [`Self::scan`] does.
    pub(super) fn scan_inside<'a>(
        &mut self,
        place: Place<'a>,
        lost: &[Frame],
        filter: &EventFilter,
        mut found: impl FnMut(&mut Record<'_, 'a>) -> Result<(), Irregular>,
    ) -> Scan {
        self.memory.budget = CHUNK_BUDGET;
        let mut scan = Scan::default();
        for outer in lost.iter().take(MAX_LOST_SEARCHED) {
            let inside = outer.start.saturating_add(1)..outer.end;
            for frame in Walk::inside(place.bytes, inside) {
                let read = self.record(place, frame, filter, &mut found);
                if read.is_ok() {
                    scan.add(place, frame, read, None);
                }
            }
        }
        scan
    }

    #[inline]
    fn record<'a>(
        &mut self,
        place: Place<'a>,
        frame: Frame,
        filter: &EventFilter,
        found: &mut impl FnMut(&mut Record<'_, 'a>) -> Result<(), Irregular>,
    ) -> Result<Identified, Irregular> {
        let mut record = open(place, frame, &mut self.memory)?;
        let record_id = record.record_id()?;
        let time = record.time_created()?;
        let id = record.event_id()?;
        if filter.wants_id(id)
            && filter.wants_time(time)
            && wants_writer(&record, id, filter, &mut self.providers)?
            && filter.wants_level(record.level()?)
        {
            found(&mut record)?;
        }
        Ok((record_id, time))
    }
}

/// Record id and time of an event.
type Identified = (u64, Option<FileTime>);

/// Finds out by what plan a record is read.
#[inline]
fn open<'r, 'a>(
    place: Place<'a>,
    frame: Frame,
    memory: &'r mut Memory,
) -> Result<Record<'r, 'a>, Irregular> {
    let Memory { slots, plans, budget, spare } = memory;
    let chunk = place.bytes;
    let start = frame.start.saturating_add(RECORD_HEADER_BYTES);
    let (at, token) = content(chunk, start).ok_or(Irregular)?;
    slots.begin();
    let (plan, instance) = match token {
        INSTANCE => {
            let instance = slots.read(chunk, at, frame.end)?;
            if !ends_at(chunk, instance.end, frame.end) {
                return Err(Irregular);
            }
            (plans.event(chunk, instance.definition)?, instance)
        }
        _ => (plans.record(chunk, (at, frame.end))?, Instance::none()),
    };
    if !plans.plan(plan).is_some_and(|plan| plan.has_system) {
        return Err(Irregular);
    }
    Ok(Record {
        chunk,
        chunk_offset: place.offset,
        frame,
        is_after_irregular: false,
        plan,
        instance,
        slots,
        plans,
        budget,
        spare,
    })
}

/// Whether binary XML ends at `at`: nothing follows, or the token that says so.
#[inline]
fn ends_at(chunk: &[u8], at: u32, end: usize) -> bool {
    const END: u8 = 0;
    usize::try_from(at).is_ok_and(|at| at >= end || u8_at(chunk, at) == Some(END))
}

/// Whether the record's provider, or its log, is wanted with this id.
fn wants_writer(
    record: &Record<'_, '_>,
    id: u32,
    filter: &EventFilter,
    known: &mut Vec<Wanted>,
) -> Result<bool, Irregular> {
    if !filter.names_any() {
        return Ok(true);
    }
    Ok(wants_provider(record, id, filter, known)? || wants_channel(record, id, filter)?)
}

fn wants_channel(
    record: &Record<'_, '_>,
    id: u32,
    filter: &EventFilter,
) -> Result<bool, Irregular> {
    let mut channel = None;
    let mut unread = None;
    let wanted = filter.wants_of_channel(id, |name| {
        // It is read only for an id that some log is asked for, and once.
        let channel = channel.get_or_insert_with(|| match record.channel() {
            Ok(text) => text.to_text(),
            Err(irregular) => {
                unread = Some(irregular);
                String::new()
            }
        });
        channel.eq_ignore_ascii_case(name)
    });
    unread.map_or(Ok(wanted), Err)
}

fn wants_provider(
    record: &Record<'_, '_>,
    id: u32,
    filter: &EventFilter,
    known: &mut Vec<Wanted>,
) -> Result<bool, Irregular> {
    let wanted = known.get(record.plan).copied().unwrap_or(Wanted::Unknown);
    if wanted == Wanted::No {
        return Ok(false);
    }
    let (name, guid) = (record.provider_text()?, record.provider_guid()?);
    if wanted == Wanted::Unknown {
        let size = known.len().max(record.plan.saturating_add(1));
        known.resize(size, Wanted::Unknown);
        if let Some(slot) = known.get_mut(record.plan) {
            *slot = match record.has_one_provider() {
                true if filter.wants_provider(&name, guid) => Wanted::Yes,
                true => Wanted::No,
                false => Wanted::Varies,
            };
        }
    }
    Ok(filter.wants_of_provider(&name, guid, id))
}

impl Scan {
    /// How many records only the full decode can read.
    #[must_use]
    pub fn irregular_records(&self) -> usize {
        self.irregular.len()
    }

    /// Counts a record, or says what is wrong with it; `loss` is why nobody can read it.
    fn add(
        &mut self,
        place: Place<'_>,
        frame: Frame,
        read: Result<Identified, Irregular>,
        loss: Option<&str>,
    ) {
        let is_cut_off = frame.is_cut_off(place.bytes);
        if frame.is_cut && !is_cut_off {
            self.problem(place, frame.start, "the size of a record is damaged");
        }
        match (read, loss) {
            (Ok((record_id, time)), _) => self.coverage.add(record_id, time),
            // In old space that is what becomes of many records.
            (Err(Irregular), Some(_)) if frame.origin == Origin::Slack => {}
            (Err(Irregular), Some(_)) if is_cut_off => {
                self.problem(place, frame.start, CUT_OFF);
            }
            (Err(Irregular), Some(loss)) => {
                self.problem(place, frame.start, loss);
                self.lost.push(frame);
            }
            (Err(Irregular), None) => self.irregular.push(frame),
        }
    }

    fn problem(&mut self, place: Place<'_>, at: usize, message: &str) {
        let at = place.offset.saturating_add(at as u64);
        add_problem(&mut self.problems, LogProblem::new(at, message));
    }
}
