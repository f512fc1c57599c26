//! Writes logs as Windows NT 4 to 2003 did, byte by byte.

pub(crate) const HEADER: usize = 0x30;
pub(crate) const CLEAN: u32 = 0;
pub(crate) const DIRTY: u32 = 1;

pub(crate) fn text(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

pub(crate) fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// What a record holds behind its names.
#[derive(Default)]
pub(crate) struct Content<'a> {
    pub(crate) sid: &'a [u8],
    pub(crate) strings: &'a [&'a str],
    pub(crate) data: &'a [u8],
}

pub(crate) fn record_with(number: u32, event_type: u16, content: &Content<'_>) -> Vec<u8> {
    let mut tail = [text("Source"), text("HV01")].concat();
    let sid_offset = HEADER + 8 + tail.len();
    tail.extend(content.sid);
    let string_offset = HEADER + 8 + tail.len();
    tail.extend(content.strings.iter().flat_map(|one| text(one)));
    let data_offset = HEADER + 8 + tail.len();
    tail.extend(content.data);
    tail.resize(tail.len().next_multiple_of(4), 0);
    let length = (HEADER + 8 + tail.len() + 4) as u32;
    let time = 1_000_000_000 + number;
    let mut bytes = words(&[length, 0x654c_664c, number, time, time, 0x8000_1770 + number]);
    bytes.extend([event_type, content.strings.len() as u16, 7, 0].map(u16::to_le_bytes).concat());
    bytes.extend(words(&[
        0,
        string_offset as u32,
        content.sid.len() as u32,
        sid_offset as u32,
        content.data.len() as u32,
        data_offset as u32,
    ]));
    bytes.extend(tail);
    bytes.extend(length.to_le_bytes());
    bytes
}

pub(crate) fn record(number: u32) -> Vec<u8> {
    let first = format!("text {number}");
    record_with(number, 4, &Content { strings: &[&first, "", "z"], ..Content::default() })
}

pub(crate) fn end_record(oldest: usize, end: usize, next: u32, first: u32) -> Vec<u8> {
    let fixed = [0x28, 0x1111_1111, 0x2222_2222, 0x3333_3333, 0x4444_4444];
    [words(&fixed), words(&[oldest as u32, end as u32, next, first, 0x28])].concat()
}

pub(crate) fn header(oldest: usize, end: usize, next: u32, size: usize, flags: u32) -> Vec<u8> {
    let first = u32::from(oldest != end);
    words(&[
        0x30,
        0x654c_664c,
        1,
        1,
        oldest as u32,
        end as u32,
        next,
        first,
        size as u32,
        flags,
        0,
        0x30,
    ])
}

/// A log of these records that never wrapped, in a file that is larger than they are.
pub(crate) fn log(records: &[Vec<u8>], flags: u32) -> Vec<u8> {
    let body = records.concat();
    let end = HEADER + body.len();
    let next = records.len() as u32 + 1;
    // An open log has the header that it was made with.
    let known_end = if flags & DIRTY == 0 { end } else { HEADER };
    let mut bytes = header(HEADER, known_end, next, end + 0x100, flags);
    bytes.extend(body);
    bytes.extend(end_record(HEADER, end, next, 1));
    bytes.resize(end + 0x100, 0);
    bytes
}

/// A log whose circle holds `records`, the first of which begins `start` bytes into a circle of
/// `size` bytes; all else are `leftovers`.
pub(crate) fn wrapped(records: &[Vec<u8>], start: usize, leftovers: &[u8], flags: u32) -> Vec<u8> {
    let size = leftovers.len();
    let mut circle = leftovers.to_vec();
    let body = records.concat();
    let end = HEADER + (start + body.len()) % size;
    let first = u32::from_le_bytes(records[0][8..12].try_into().unwrap());
    let next = first + records.len() as u32;
    let end_bytes = end_record(HEADER + start, end, next, first);
    for (at, byte) in body.iter().chain(&end_bytes).enumerate() {
        circle[(start + at) % size] = *byte;
    }
    let mut bytes = header(HEADER + start, end, next, HEADER + size, flags | 2);
    if flags & DIRTY != 0 {
        bytes = header(HEADER, HEADER, 1, HEADER + size, flags);
    }
    bytes.extend(circle);
    bytes
}
