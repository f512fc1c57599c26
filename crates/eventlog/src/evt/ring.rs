//! A log as the circle of bytes that it is: what is a whole record in it, and where is the next one?

use std::borrow::Cow;

/// Size of the file's header, behind which the circle begins.
pub(super) const HEADER_BYTES: usize = 0x30;
/// Size of the end record.
pub(super) const END_RECORD_BYTES: usize = 0x28;
/// `ELF_LOG_SIGNATURE`, of the header and of each record.
pub(super) const SIGNATURE: [u8; 4] = *b"LfLe";
/// How an end record begins: its size and four fixed numbers.
const END_RECORD_START: [u8; 20] = [
    0x28, 0, 0, 0, 0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x22, 0x22, 0x33, 0x33, 0x33, 0x33, 0x44,
    0x44, 0x44, 0x44,
];
/// Fields of a record before its names. They are not split by the end of the file: the last bytes of
/// the file stay unused when they do not fit.
pub(super) const RECORD_FIELD_BYTES: usize = 0x38;
/// The length at the end of a record.
pub(super) const LENGTH_BYTES: usize = 4;
/// What unused last bytes of the file are filled with.
const FILLER: [u8; 4] = [0x27, 0, 0, 0];

/// The bytes behind the header.
pub(super) struct Ring<'a> {
    /// The whole file, for its header.
    pub(super) file: &'a [u8],
    body: &'a [u8],
}

/// A part of the circle. It may reach over the end of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// Where it begins: less than the length of the circle.
    pub(super) start: usize,
    /// At most the length of the circle.
    pub(super) length: usize,
}

impl<'a> Ring<'a> {
    /// `None` when there is nothing behind the header.
    pub(super) fn new(file: &'a [u8]) -> Option<Self> {
        let body = file.get(HEADER_BYTES..).filter(|body| !body.is_empty())?;
        Some(Self { file, body })
    }

    pub(super) fn len(&self) -> usize {
        self.body.len()
    }

    /// The place `at` bytes into a span.
    pub(super) fn position(&self, span: Span, at: usize) -> usize {
        let position = span.start.saturating_add(at);
        position.checked_sub(self.len()).unwrap_or(position)
    }

    /// The place that an offset in the file stands for; the end of the file is the start again.
    pub(super) fn of_file_offset(&self, offset: u32) -> Option<usize> {
        let position = usize::try_from(offset).ok()?.checked_sub(HEADER_BYTES)?;
        (position <= self.len()).then(|| position.checked_sub(self.len()).unwrap_or(position))
    }

    pub(super) fn file_offset(&self, position: usize) -> u64 {
        position.saturating_add(HEADER_BYTES) as u64
    }

    /// Bytes from one place up to another.
    pub(super) fn distance(&self, from: usize, to: usize) -> usize {
        to.checked_sub(from).unwrap_or_else(|| self.len().saturating_sub(from).saturating_add(to))
    }

    /// `length` bytes of the circle, joined where the end of the file splits them.
    pub(super) fn bytes(&self, position: usize, length: usize) -> Option<Cow<'a, [u8]>> {
        let end = position.checked_add(length)?;
        match end.checked_sub(self.len()) {
            None | Some(0) => self.body.get(position..end).map(Cow::Borrowed),
            Some(rest) if rest <= position => {
                Some(Cow::Owned([self.body.get(position..)?, self.body.get(..rest)?].concat()))
            }
            Some(_) => None,
        }
    }

    pub(super) fn u32_at(&self, position: usize) -> Option<u32> {
        let bytes = self.bytes(position, 4)?;
        bytes.as_ref().try_into().ok().map(u32::from_le_bytes)
    }

    /// Length of the whole record at `at`: its length stands at both of its ends, and it does not
    /// leave the span. Otherwise what is wrong.
    pub(super) fn record(&self, span: Span, at: usize) -> Result<usize, &'static str> {
        const NO_RECORD: &str = "no record begins where one should";
        let u32_at = |at: usize| self.u32_at(self.position(span, at));
        let left = span.length.saturating_sub(at);
        let signature = u32_at(at.saturating_add(4)).map(u32::to_le_bytes);
        if left < RECORD_FIELD_BYTES.saturating_add(LENGTH_BYTES) || signature != Some(SIGNATURE) {
            return Err(NO_RECORD);
        }
        let length = u32_at(at).and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        if length < RECORD_FIELD_BYTES.saturating_add(LENGTH_BYTES) || !length.is_multiple_of(4) {
            return Err("a record's length is none");
        }
        if length > left {
            return Err("a record is cut, or its length is wrong");
        }
        let copy = u32_at(at.saturating_add(length).saturating_sub(LENGTH_BYTES));
        if copy.and_then(|copy| usize::try_from(copy).ok()) != Some(length) {
            return Err("the length at the end of a record is another than at its start");
        }
        Ok(length)
    }

    pub(super) fn record_number(&self, position: usize) -> u32 {
        self.u32_at(self.position(Span { start: position, length: 0 }, 8)).unwrap_or_default()
    }

    /// Where the next whole record begins in the span, from `at` on.
    pub(super) fn next_record(&self, span: Span, mut at: usize) -> Option<usize> {
        while at < span.length {
            let position = self.position(span, at);
            // Up to the end of the file or of the span; the fields of a record are not split.
            let rest = self.body.get(position..).unwrap_or_default();
            let stretch = rest.get(..span.length.saturating_sub(at)).unwrap_or(rest);
            let signature = stretch.get(4..).and_then(|later| {
                later.windows(SIGNATURE.len()).position(|window| window == SIGNATURE)
            });
            match signature {
                Some(found) => {
                    at = at.saturating_add(found);
                    if self.record(span, at).is_ok() {
                        return Some(at);
                    }
                    at = at.saturating_add(1);
                }
                None => at = at.saturating_add(stretch.len().max(1)),
            }
        }
        None
    }

    /// Bytes at `at` that hold no record and need none: an end record, or unused last bytes of the
    /// file.
    pub(super) fn filler(&self, span: Span, at: usize) -> Option<usize> {
        let left = span.length.saturating_sub(at);
        let position = self.position(span, at);
        if self.is_end_record(position) {
            return Some(END_RECORD_BYTES.min(left));
        }
        let rest = self.body.get(position..)?;
        let (words, odd) = rest.as_chunks::<4>();
        let is_unused = rest.len() < RECORD_FIELD_BYTES
            && odd.is_empty()
            && words.iter().all(|word| *word == FILLER);
        is_unused.then(|| rest.len().min(left))
    }

    pub(super) fn is_end_record(&self, position: usize) -> bool {
        self.bytes(position, END_RECORD_START.len()).as_deref() == Some(&END_RECORD_START)
            && self.u32_at(self.position(Span { start: position, length: 0 }, 0x24)) == Some(0x28)
    }

    /// Where end records stand, also one that the end of the file splits.
    pub(super) fn end_records(&self) -> impl Iterator<Item = usize> {
        let whole = self.body.windows(END_RECORD_BYTES).enumerate();
        let whole = whole.filter(|(_, window)| window.starts_with(&END_RECORD_START));
        let last = self.len().saturating_sub(END_RECORD_BYTES).saturating_add(1);
        let places = whole.map(|(position, _)| position).chain(last..self.len());
        places.filter(|position| self.is_end_record(*position))
    }
}
