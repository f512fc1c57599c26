//! What comes back from damaged logs.

use hvtriage_eventlog::{EventFilter, Origin};

use super::{
    CHUNK_BYTES, CHUNK_HEADER_BYTES, HEADER_BYTES, Place, content, contents, places, read,
    read_with, sample, u32_at, u64_at,
};

/// A small generator, so that a failure can be repeated (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }
}

/// Damages one record: its header, its end, or, where no other record needs it, any part of it.
fn damage(bytes: &mut [u8], place: Place, random: &mut Random) -> String {
    let Place { start, end, is_resident, .. } = place;
    let kind = random.below(if is_resident { 4 } else { 6 });
    match kind {
        0 => bytes[start + random.below(4)] ^= 0x55,
        1 => bytes[start + 4..start + 8].fill(0),
        2 => bytes[start + 4..start + 8].copy_from_slice(&(0x7FFF_0000_u32).to_le_bytes()),
        3 => bytes[end - 4..end].fill(0xEE),
        4 => bytes[start..end].fill(0),
        _ => {
            for _ in 0..=random.below(40) {
                bytes[start + random.below(end - start)] = random.below(256) as u8;
            }
        }
    }
    format!("{place:x?}, damage {kind}")
}

#[test]
fn every_record_outside_of_the_damage_comes_back() {
    let whole = sample();
    let places = places(&whole);
    let expected = contents(&read(&whole));
    assert_eq!(places.len(), expected.len());
    let mut random = Random(0x1234_5678_9ABC_DEF1);
    for _ in 0..400 {
        let mut bytes = whole.clone();
        let index = random.below(places.len());
        let what = damage(&mut bytes, places[index], &mut random);
        let found = contents(&read(&bytes));
        let missing: Vec<u64> = expected
            .iter()
            .enumerate()
            .filter(|(number, event)| *number != index && !found.contains(event))
            .map(|(_, event)| event.record_id)
            .collect();
        assert!(missing.is_empty(), "{what}: {missing:?} are lost");
    }
}

/// The content of a record whose size is damaged is whole, and read.
#[test]
fn a_record_with_a_damaged_size_is_salvaged() {
    let whole = sample();
    let expected = read(&whole);
    for size in [0_u32, 27, 0xFFFF_FFFF, 60_000] {
        let mut bytes = whole.clone();
        let place = places(&whole)[40];
        bytes[place.start + 4..place.start + 8].copy_from_slice(&size.to_le_bytes());
        let decoded = read(&bytes);
        assert_eq!(contents(&decoded), contents(&expected), "size {size}");
        let event = decoded.events.iter().find(|it| it.offset.0 == place.start as u64).unwrap();
        assert_eq!(event.origin, Origin::Salvaged);
        let is_told = |it: &hvtriage_eventlog::LogProblem| it.at.0 == place.start as u64;
        assert!(decoded.problems.iter().any(is_told), "{:?}", decoded.problems);
    }
}

/// The records of a last chunk of which a part is missing.
#[test]
fn a_cut_log_yields_its_records_up_to_the_cut() {
    let whole = sample();
    let places = places(&whole);
    let expected = read(&whole).events;
    for cut in (HEADER_BYTES + CHUNK_HEADER_BYTES..whole.len()).step_by(9973) {
        let decoded = read(&whole[..cut]);
        let count = places.iter().filter(|place| place.end <= cut).count();
        assert_eq!(decoded.events.len(), count, "cut at {cut}");
        assert_eq!(decoded.events[..], expected[..count], "cut at {cut}");
        assert!(!decoded.problems.is_empty(), "cut at {cut}");
    }
}

#[test]
fn chunks_may_stand_in_any_order_and_place() {
    let whole = sample();
    let expected = contents(&read(&whole));
    let chunks: Vec<&[u8]> = whole[HEADER_BYTES..].chunks(CHUNK_BYTES).collect();
    assert!(chunks.len() > 1);
    let log = |parts: &[&[u8]]| [&whole[..HEADER_BYTES], &parts.concat()].concat();

    // Swapped: as they stand.
    let mut swapped = chunks.clone();
    swapped.swap(0, 1);
    let found = contents(&read(&log(&swapped)));
    assert_eq!(found.len(), expected.len());
    assert!(expected.iter().all(|event| found.contains(event)));
    assert!(found[0].record_id > expected[0].record_id);

    // Bytes were put in between: the chunks behind them are found.
    let mut shifted = chunks.clone();
    let stray = vec![0xA5; 1000];
    shifted.insert(1, &stray);
    let decoded = read(&log(&shifted));
    assert_eq!(contents(&decoded), expected);
    assert!(decoded.problems.iter().any(|it| it.message.contains("1000 bytes")));

    // Trailing bytes.
    let trailed = [&whole[..], b"and more"].concat();
    let decoded = read(&trailed);
    assert_eq!(contents(&decoded), expected);
    assert_eq!(decoded.problems.len(), 1);

    // Bytes of the first chunk are missing: the second is whole.
    for missing in [4, 100, 4096] {
        let at = HEADER_BYTES + 30_000;
        let found = contents(&read(&[&whole[..at], &whole[at + missing..]].concat()));
        let second = read(&log(&chunks[1..]));
        assert!(contents(&second).iter().all(|event| found.contains(event)), "{missing}");
    }

    // A few bytes of the file header are missing, so that no chunk stands in its place.
    for missing in [1, 4, 7] {
        let decoded = read(&[&whole[..200], &whole[200 + missing..]].concat());
        assert_eq!(contents(&decoded), expected, "{missing} bytes missing");
    }

    // Without its file header.
    let decoded = read(&whole[HEADER_BYTES..]);
    assert_eq!(contents(&decoded), expected);
    assert!(decoded.problems[0].message.contains("header"));
}

#[test]
fn a_chunk_without_its_signature_is_salvaged() {
    let mut bytes = sample();
    let expected = contents(&read(&bytes));
    bytes[HEADER_BYTES..HEADER_BYTES + 8].fill(0);
    let decoded = read(&bytes);
    assert_eq!(contents(&decoded), expected);
    let of_first = |event: &&hvtriage_eventlog::Event| event.offset.0 < 69_632;
    assert!(decoded.events.iter().filter(of_first).all(|it| it.origin == Origin::Salvaged));
    assert!(decoded.problems.iter().any(|it| it.message.contains("no signature")));
}

/// Windows counts the records of a chunk when it is full or the log is closed: what follows the last
/// counted one, in place and in number, belongs to the log; what does not is old.
#[test]
fn records_behind_the_last_counted_one() {
    let whole = sample();
    let expected = read(&whole);
    let in_first: Vec<Place> = places(&whole)
        .into_iter()
        .filter(|place| place.start < HEADER_BYTES + CHUNK_BYTES)
        .collect();
    let kept = 50;
    let mut bytes = whole.clone();
    let free_space = (in_first[kept].start - HEADER_BYTES) as u32;
    bytes[HEADER_BYTES + 48..HEADER_BYTES + 52].copy_from_slice(&free_space.to_le_bytes());
    bytes[HEADER_BYTES + 32..HEADER_BYTES + 40]
        .copy_from_slice(&in_first[kept - 1].id.to_le_bytes());
    assert_eq!(contents(&read(&bytes)), contents(&expected));

    // An older round of the log: its numbers do not follow.
    for place in &in_first[kept..] {
        bytes[place.start + 8..place.start + 16].copy_from_slice(&(place.id - 40).to_le_bytes());
    }
    let decoded = read(&bytes);
    let old = in_first.len() - kept;
    assert_eq!(decoded.events.len(), expected.events.len() - old);
    let with_slack = read_with(&bytes, &EventFilter::default().with_slack());
    assert_eq!(contents(&with_slack), contents(&expected));
    let slack = with_slack.events.iter().filter(|event| event.origin == Origin::Slack);
    assert_eq!(slack.count(), old);
}

/// A record behind damage may be of another round, in which another template stood where its own
/// did: its values must not be put into the wrong one.
#[test]
fn a_record_is_not_read_by_a_template_that_is_not_its_own() {
    let whole = sample();
    let places = places(&whole);
    let index = places.iter().position(|place| !place.is_resident).unwrap();
    let place = places[index];
    let mut bytes = whole.clone();
    // Damage before it, so that it is searched for, and another template's id.
    bytes[places[index - 1].start] ^= 0xFF;
    let id = place.start + 24 + 6;
    assert_eq!(bytes[id - 2], 0x0C);
    let other = u32_at(&bytes, id) as u32 ^ 0x0F0F_0F0F;
    bytes[id..id + 4].copy_from_slice(&other.to_le_bytes());
    let decoded = read(&bytes);
    assert!(decoded.events.iter().all(|event| event.offset.0 != place.start as u64));
    let is_told = |it: &hvtriage_eventlog::LogProblem| it.message.contains("template");
    assert!(decoded.problems.iter().any(is_told), "{:?}", decoded.problems);
    let expected = read(&whole);
    assert!(decoded.events.iter().all(|event| contents(&expected).contains(&content(event))));
}

/// The last eight bytes of a record are missing, and the next is of its size: that one's size stands
/// where the copy of the first one's should be.
#[test]
fn a_torn_record_does_not_take_the_next_one_along() {
    let whole = sample();
    let places = places(&whole);
    let is_pair = |pair: &&[Place]| {
        pair[0].end - pair[0].start == pair[1].end - pair[1].start && !pair[1].is_resident
    };
    let pair = places.windows(2).skip(20).find(is_pair).unwrap();
    let chunk_end = HEADER_BYTES + CHUNK_BYTES;
    assert!(pair[1].end < chunk_end);
    let mut bytes = whole.clone();
    bytes.copy_within(pair[0].end..chunk_end, pair[0].end - 8);
    let found = read(&bytes);
    assert!(found.events.iter().any(|event| event.record_id == pair[1].id));
}

/// The header of an empty chunk stands before records that are whole.
#[test]
fn records_that_a_chunk_does_not_count_at_all() {
    let whole = sample();
    let expected = contents(&read(&whole));
    let mut bytes = whole.clone();
    bytes[HEADER_BYTES + 48..HEADER_BYTES + 52].copy_from_slice(&512_u32.to_le_bytes());
    for dirty in [0, 1] {
        bytes[120] = dirty;
        let decoded = read(&bytes);
        assert_eq!(contents(&decoded), expected);
        let is_told = |it: &hvtriage_eventlog::LogProblem| it.message.contains("header of a chunk");
        assert!(decoded.problems.iter().any(is_told), "{:?}", decoded.problems);
        assert_eq!(decoded.events[0].origin, Origin::Salvaged);
    }
}

/// Real logs of one collection: a `System` log in use holds 131,359 to 131,426 behind the header of an
/// empty chunk and says that 131,427 is next; a cleared `TaskScheduler` log holds 416 to 419 there, and
/// 6,739 is next.
#[test]
fn the_chunk_that_a_log_is_writing_to_is_current_and_that_of_a_cleared_log_is_not() {
    let mut bytes = sample();
    let expected = contents(&read(&bytes));
    let last =
        HEADER_BYTES + (bytes.len() - HEADER_BYTES) / CHUNK_BYTES * CHUNK_BYTES - CHUNK_BYTES;
    let count = places(&bytes).iter().filter(|place| place.start > last).count();
    assert!(count > 0 && count < expected.len());
    bytes[last + 8..last + 16].copy_from_slice(&1_u64.to_le_bytes());
    bytes[last + 16..last + 40].fill(0xFF);
    bytes[last + 44..last + 48].fill(0);
    bytes[last + 48..last + 52].copy_from_slice(&512_u32.to_le_bytes());
    let decoded = read(&bytes);
    assert_eq!(contents(&decoded), expected);
    assert!(decoded.events.iter().all(|event| event.origin == Origin::Stored));
    assert!(decoded.problems.is_empty(), "{:?}", decoded.problems);

    let next = u64_at(&bytes, 24);
    bytes[24..32].copy_from_slice(&(next + 6000).to_le_bytes());
    assert_eq!(read(&bytes).events.len(), expected.len() - count);
    let all = read_with(&bytes, &EventFilter::default().with_slack()).events;
    assert_eq!(all.iter().filter(|event| event.origin == Origin::Slack).count(), count);
}

/// The size of a record leads to the end of a later one, where the right copy stands; its content is
/// damaged, too, so that it cannot be read.
#[test]
fn a_record_that_cannot_be_read_does_not_hide_those_inside_it() {
    let whole = sample();
    let places = places(&whole);
    let index = (30..).find(|index| !places[*index].is_resident).unwrap();
    let (outer, last) = (places[index], places[index + 2]);
    assert!(last.end < HEADER_BYTES + CHUNK_BYTES);
    let mut bytes = whole.clone();
    let size = ((last.end - outer.start) as u32).to_le_bytes();
    bytes[outer.start + 4..outer.start + 8].copy_from_slice(&size);
    bytes[last.end - 4..last.end].copy_from_slice(&size);
    // The number of its values.
    bytes[outer.start + 24 + 4 + 10..outer.start + 24 + 4 + 14].fill(0xFF);
    let decoded = read(&bytes);
    let found: Vec<u64> = decoded.events.iter().map(|event| event.record_id).collect();
    assert!(found.contains(&places[index + 1].id), "the one in between is whole");
    assert!(!found.contains(&outer.id));
    assert!(found.is_sorted(), "in the order in which they stand");
    let mut each = Vec::new();
    for chunk in hvtriage_eventlog::EvtxLog::open(&bytes).chunks() {
        let mut scanner = hvtriage_eventlog::Scanner::default();
        chunk.each_event(&mut scanner, &EventFilter::default(), |event| each.push(event.record_id));
    }
    assert_eq!(each, found, "handed over one by one, they are the same");
}

/// Disks give back 0xFF for what they lost, tools put something before a log, copies begin late.
#[test]
fn a_log_whose_beginning_is_destroyed_is_a_log() {
    let whole = sample();
    let expected = contents(&read(&whole));
    let all_but = |bytes: &[u8], lost: usize| {
        assert_eq!(hvtriage_eventlog::identify(bytes), Some(hvtriage_eventlog::LogFormat::Evtx));
        let decoded = read(bytes);
        assert!(!decoded.problems.is_empty());
        let found = contents(&decoded);
        let missing = expected.iter().filter(|event| !found.contains(event)).count();
        assert!(missing <= lost, "{missing} events are lost");
    };
    let mut blank = whole.clone();
    blank[..8192].fill(0xFF);
    let in_page = |from: usize, to: usize| {
        places(&whole).iter().filter(|place| place.start < to && place.end > from).count()
    };
    // Templates that stood in the lost page cost the records of their kind in that chunk.
    let in_first = in_page(0, HEADER_BYTES + CHUNK_BYTES);
    all_but(&blank, in_first);
    all_but(&[&[0x5A; 512], &whole[..]].concat(), 0);
    all_but(&whole[100..], 0);
    all_but(&whole[4000..], 0);
    all_but(&whole[5000..], in_first);

    // Files that merely hold the words.
    let mut text = b"the signature ElfChnk\0 and ElfFile\0 of a log".to_vec();
    text.resize(200_000, b' ');
    assert_eq!(hvtriage_eventlog::identify(&text), None);
    assert_eq!(hvtriage_eventlog::identify(&[b"PK\x03\x04", &whole[..]].concat()), None);
    assert_eq!(hvtriage_eventlog::identify(&[&[7; 200_000], &whole[..]].concat()), None);
}

#[test]
fn a_log_that_ends_in_a_record_says_so_once() {
    let whole = sample();
    let place = places(&whole)[20];
    for cut in [place.start + 30, place.end - 20] {
        let problems = read(&whole[..cut]).problems;
        let of_record = problems.iter().filter(|it| it.at.0 == place.start as u64);
        let of_record: Vec<&str> = of_record.map(|it| it.message.as_str()).collect();
        assert_eq!(of_record, ["the log ends in a record, which is not read"], "{problems:?}");
    }
    // Only the copy of its size is missing: it is read, whichever way the events are handed over.
    let cut = &whole[..place.end - 2];
    let filter = EventFilter::default().with_slack();
    let mut each = 0;
    for chunk in hvtriage_eventlog::EvtxLog::open(cut).chunks() {
        chunk.each_event(&mut hvtriage_eventlog::Scanner::default(), &filter, |_| each += 1);
    }
    assert_eq!((read(cut).events.len(), each), (21, 21));
}
