//! Whose log it is: the computer whose name its last records bear, and the names before.
//!
//! A computer that was renamed goes on with its logs, and a machine that was installed from a prepared
//! image begins them under the image's name (`37L4247F27-25` on every Windows Server 2008 R2). So where
//! the computer changes from one record to the next and the record ids go on, both names are one
//! machine. The log of a collector holds the records of many computers: there names come back, and ids
//! do not go on.

use std::collections::BTreeSet;

use hvtriage_eventlog::{Chunk, EventFilter, EvtxLog, Scanner};
use hvtriage_winfmt::{FileOffset, FileTime};

/// The channel of a collector.
const FORWARDED: &str = "ForwardedEvents";
/// Where a chunk is damaged the next one tells whose log it is.
const CHUNKS_LOOKED_AT: usize = 4;
/// Nobody renames a computer more often than this.
const MAX_CHANGES: usize = 8;

/// Who wrote a log, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogOwner {
    /// The name at the end of the log.
    pub(crate) computer: String,
    pub(crate) channel: String,
    /// The names that followed each other, in order.
    pub(crate) changes: Vec<NameChange>,
}

/// A record whose computer is another than that of the record before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NameChange {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) record_id: u64,
    pub(crate) offset: FileOffset,
    pub(crate) time: Option<FileTime>,
}

/// What a record says of its log.
#[derive(Clone, Debug)]
struct Line {
    computer: String,
    channel: String,
    record_id: u64,
    offset: FileOffset,
    time: Option<FileTime>,
}

/// The owner of a log of one channel; `None` where it does not tell, or is that of a collector.
pub(crate) fn owner(log: &EvtxLog<'_>) -> Option<LogOwner> {
    let mut scanner = Scanner::default();
    let chunks = log.chunks();
    let ends = [
        chunks.iter().take(CHUNKS_LOOKED_AT).find_map(|chunk| first_line(chunk, &mut scanner)),
        chunks.iter().rev().take(CHUNKS_LOOKED_AT).find_map(|chunk| last_line(chunk, &mut scanner)),
    ];
    let [Some(first), Some(last)] = ends else { return None };
    let is_collector = first.channel == FORWARDED || first.computer.is_empty();
    if is_collector || first.channel != last.channel {
        return None;
    }
    // A ring that was written over ends in its middle; the newest record stands anywhere.
    let is_ring = last.record_id < first.record_id;
    let mut owner =
        LogOwner { computer: first.computer.clone(), channel: first.channel, changes: Vec::new() };
    if is_ring || !is_same(&first.computer, &last.computer) {
        let changes = changes(chunks, &mut scanner);
        if let Some(newest) = changes.last() {
            owner.computer = newest.to.clone();
        }
        owner.changes = changes;
    }
    Some(owner)
}

/// The changes of name, or none where the computers are not those of one machine.
fn changes(chunks: &[Chunk<'_>], scanner: &mut Scanner) -> Vec<NameChange> {
    let mut heads: Vec<(Line, &Chunk<'_>)> =
        chunks.iter().filter_map(|chunk| Some((first_line(chunk, scanner)?, chunk))).collect();
    heads.sort_by_key(|(line, chunk)| (line.record_id, chunk.offset()));
    let mut pairs = Vec::new();
    for (number, (head, chunk)) in heads.iter().enumerate() {
        let next = heads.get(number.saturating_add(1)).map(|(line, _)| line);
        // In the last chunk the name may change after its first record.
        if next.is_some_and(|next| is_same(&next.computer, &head.computer)) {
            continue;
        }
        let (inside, last) = changes_in(chunk, scanner);
        let to_next = last.zip(next.cloned());
        let is_change =
            |(before, after): &(Line, Line)| !is_same(&before.computer, &after.computer);
        pairs.extend(inside.into_iter().chain(to_next).filter(is_change));
        if pairs.len() > MAX_CHANGES {
            return Vec::new();
        }
    }
    if is_of_one_machine(&pairs) {
        pairs.into_iter().map(NameChange::from).collect()
    } else {
        Vec::new()
    }
}

/// Whether records between which the computer changes, in order, are of one machine: no record is
/// missing between, and no name comes back.
fn is_of_one_machine(pairs: &[(Line, Line)]) -> bool {
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut last: Option<&str> = None;
    for (before, after) in pairs {
        let goes_on = before.record_id.checked_add(1) == Some(after.record_id);
        let is_next = last.is_none_or(|last| is_same(last, &before.computer));
        names.insert(before.computer.to_lowercase());
        if !goes_on || !is_next || names.contains(&after.computer.to_lowercase()) {
            return false;
        }
        last = Some(&after.computer);
    }
    true
}

impl From<(Line, Line)> for NameChange {
    fn from((before, after): (Line, Line)) -> Self {
        Self {
            from: before.computer,
            to: after.computer,
            record_id: after.record_id,
            offset: after.offset,
            time: after.time,
        }
    }
}

fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

fn first_line(chunk: &Chunk<'_>, scanner: &mut Scanner) -> Option<Line> {
    let mut found = None;
    chunk.first_record(scanner, |record| {
        found = Some(Line {
            computer: record.computer()?.to_text(),
            channel: record.channel()?.to_text(),
            record_id: record.record_id()?,
            offset: record.offset(),
            time: record.time_created()?,
        });
        Ok(())
    });
    found
}

fn last_line(chunk: &Chunk<'_>, scanner: &mut Scanner) -> Option<Line> {
    changes_in(chunk, scanner).1
}

/// Records between which the computer changes, two by two, and the last record.
fn changes_in(chunk: &Chunk<'_>, scanner: &mut Scanner) -> (Vec<(Line, Line)>, Option<Line>) {
    let mut changes = Vec::new();
    let mut last: Option<Line> = None;
    chunk.records(scanner, &EventFilter::default(), |record| {
        let line = Line {
            computer: record.computer()?.to_text(),
            channel: record.channel()?.to_text(),
            record_id: record.record_id()?,
            offset: record.offset(),
            time: record.time_created()?,
        };
        if let Some(before) = last.replace(line.clone())
            && !is_same(&before.computer, &line.computer)
            && changes.len() <= MAX_CHANGES
        {
            changes.push((before, line));
        }
        Ok(())
    });
    (changes, last)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const CHUNK_BYTES: usize = 0x1_0000;
    const HEADER_BYTES: usize = 0x1000;
    const OWN: &str = "WEB61.contoso.example";

    /// The log of two chunks of a guest, its name replaced in what lies in `range` of the file.
    fn log(range: std::ops::Range<usize>, every: usize) -> Vec<u8> {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples");
        let path = samples.join("healthy-host/guest-WEB61/System.evtx");
        let mut bytes = std::fs::read(path).unwrap();
        let utf16 =
            |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        let (old, new) = (utf16(OWN), utf16("IMG99.contoso.example"));
        let windows = bytes.windows(old.len()).enumerate();
        let found: Vec<usize> = windows
            .filter(|(at, window)| range.contains(at) && *window == old)
            .map(|(at, _)| at)
            .collect();
        assert!(found.len() > 1 || range.is_empty());
        for at in found.into_iter().step_by(every) {
            bytes[at..][..new.len()].copy_from_slice(&new);
        }
        bytes
    }

    fn owner_of(bytes: &[u8]) -> (String, usize) {
        let owner = owner(&EvtxLog::open(bytes)).unwrap();
        assert_eq!(owner.channel, "System");
        (owner.computer, owner.changes.len())
    }

    #[test]
    fn a_log_that_goes_on_under_another_name_tells_where() {
        let first_chunk = HEADER_BYTES..HEADER_BYTES + CHUNK_BYTES;
        assert_eq!(owner_of(&log(0..0, 1)), (OWN.to_owned(), 0));
        let bytes = log(first_chunk.clone(), 1);
        let log_of = EvtxLog::open(&bytes);
        let owner = owner(&log_of).unwrap();
        let [change] = owner.changes.as_slice() else { panic!("{owner:?}") };
        assert_eq!((change.from.as_str(), change.to.as_str()), ("IMG99.contoso.example", OWN));
        assert_eq!(owner.computer, OWN);
        // The first record of the second chunk.
        assert_eq!(change.offset, FileOffset((first_chunk.end + 0x200) as u64));
        assert!(change.time.is_some());
        let whole = log(0..usize::MAX, 1);
        assert_eq!(owner_of(&whole), ("IMG99.contoso.example".to_owned(), 0));
    }

    /// Records of several computers that stand among each other are those of a collector.
    #[test]
    fn names_that_come_back_are_of_several_machines() {
        let bytes = log(0..usize::MAX, 2);
        assert_eq!(owner(&EvtxLog::open(&bytes)).unwrap().changes, []);
    }

    fn line(computer: &str, record_id: u64) -> Line {
        Line {
            computer: computer.into(),
            channel: "System".into(),
            record_id,
            offset: FileOffset(0),
            time: None,
        }
    }

    #[test]
    fn only_a_chain_without_gaps_is_of_one_machine() {
        let pair =
            |one: (&str, u64), other: (&str, u64)| (line(one.0, one.1), line(other.0, other.1));
        let first = pair(("37L4247F27-25", 7), ("WIN-7Q2", 8));
        let chain = [first.clone(), pair(("WIN-7Q2", 90), ("HV1", 91))];
        assert!(is_of_one_machine(&chain));
        // A record between is missing; the names do not follow each other; one comes back.
        assert!(!is_of_one_machine(&[pair(("A", 7), ("B", 9))]));
        assert!(!is_of_one_machine(&[first.clone(), pair(("OTHER", 90), ("HV1", 91))]));
        let back = pair(("win-7q2", 90), ("37L4247F27-25", 91));
        assert!(!is_of_one_machine(&[first, back]));
    }
}
