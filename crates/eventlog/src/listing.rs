//! What `wevtutil query-events LOG /f:text` prints.
//!
//! ```text
//! Event[0]:
//!   Log Name: System
//!   Source: EventLog
//!   Date: 2019-03-04T05:06:07.000
//!   Event ID: 6008
//!   Task: N/A
//!   Level: Error
//!   Opcode: N/A
//!   Keyword: Classic
//!   User: N/A
//!   User Name: N/A
//!   Computer: HV01
//!   Description:
//! (the message, over any number of lines)
//! ```
//!
//! No document describes this text. What follows was learned from output that people published, of
//! Windows 10, Windows 11 and servers up to 2022, in English, Chinese, Korean and Russian:
//! - Server 2022 and Windows 11 print `Event[0]` without the colon, times as
//!   `2021-12-25T07:33:18.1520000Z`, and zero characters or blanks behind some values; some copies of
//!   it have lost the line break there (github.com/JeftaDirksen/BlockIP, issue 1). Such times stand
//!   below the colon form, too, so either form may have either.
//! - The labels were English in all of them, while level, keyword and message were in the language of
//!   the machine. In case some version translates the labels, they are then known by their order,
//!   which never changes, and only if a time and an event id stand where they should.
//! - **The time is the local time of the machine that printed it, even when a `Z` follows it.** One
//!   machine of central Europe printed a crash report of 11:44:42`Z` that names its program's start
//!   as FILETIME 2025-11-11T10:44:22 UTC. It is stored as it stands; whoever places it among other
//!   evidence has to know the machine's zone.
//!
//! What a text does not say stays as it is in an empty event: there is no record id and there are no
//! values. The message is in [`Event::message`] and not in the payload, where a reader of values by
//! their position would take it for the first of them.

mod fields;

use hvtriage_winfmt::decode_text;

use crate::{Decoded, Event, LogProblem, add_problem};
use fields::{Fields, LABELS};

/// Lines at the start of a file among which its first event must begin: a command line that was typed
/// or a note may stand before it.
const LINES_BEFORE_FIRST_EVENT: usize = 8;

/// Reads what `wevtutil` printed as text: UTF-8, UTF-16, or a code page of the console, whose letters
/// beyond ASCII become U+FFFD.
///
/// [`Event::time_created`] is **local time** of the machine that printed it. [`Event::level`] is known
/// by its English name; `N/A` and names in other languages leave it 0, so that nothing is claimed.
/// `Information` becomes 4, although Windows prints it for level 0 (of audits), too.
#[must_use]
pub fn read_listing(bytes: &[u8]) -> Decoded {
    Decoded::gather(|found| read_listing_each(bytes, found))
}

/// The same, but hands each event over as soon as it is read, so that a text of any size needs no more
/// memory than itself. Returns what could not be read.
pub fn read_listing_each(bytes: &[u8], mut found: impl FnMut(Event)) -> Vec<LogProblem> {
    let text = decode_text(bytes);
    let mut offsets = text.offsets();
    let mut problems = Vec::new();
    let mut blocks = Blocks::new(&text.text).peekable();
    if blocks.peek().is_none() {
        add_problem(&mut problems, LogProblem::new(0, "no event begins in the text"));
    }
    for block in blocks {
        let offset = offsets.of(block.start);
        match Fields::read(block.text).and_then(|fields| fields.event(offset)) {
            Ok(event) => found(event),
            Err(message) => add_problem(&mut problems, LogProblem::new(offset, message)),
        }
    }
    problems
}

/// Whether a text begins like this: with an event that can be read.
pub(crate) fn is_listing(text: &str) -> bool {
    let line_end = text.match_indices('\n').nth(LINES_BEFORE_FIRST_EVENT).map(|(at, _)| at);
    Blocks::new(text).next().is_some_and(|block| {
        let is_near = block.start <= line_end.unwrap_or(text.len());
        is_near && Fields::read(block.text).and_then(|fields| fields.event(0)).is_ok()
    })
}

/// The text of one event, behind the line that begins it.
struct Block<'a> {
    /// Where that line begins.
    start: usize,
    text: &'a str,
}

/// The events of a text, one after the other.
struct Blocks<'a> {
    text: &'a str,
    /// Where the line begins that begins the next event, and where it ends.
    next: Option<(usize, usize)>,
}

impl<'a> Blocks<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, next: next_start(text, 0) }
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Block<'a>;

    fn next(&mut self) -> Option<Block<'a>> {
        let (start, end) = self.next?;
        self.next = next_start(self.text, end);
        let until = self.next.map_or(self.text.len(), |(start, _)| start);
        Some(Block { start, text: self.text.get(end..until).unwrap_or_default() })
    }
}

/// The next line from `from` on that begins an event, and its end. A message may hold such a line,
/// too: behind a real one come fields, the next event, or the end of the text.
fn next_start(text: &str, from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    loop {
        let rest = text.get(at..)?;
        let start = at.saturating_add(rest.find("Event[")?);
        let rest = text.get(start..).unwrap_or_default();
        let end = rest.find('\n').map_or(text.len(), |length| start.saturating_add(length));
        let line_start = text.get(from..start).and_then(|passed| {
            // From the start of its line to here there are blanks alone.
            let before = passed.rsplit('\n').next().unwrap_or_default();
            clean(before).is_empty().then(|| start.saturating_sub(before.len()))
        });
        let after = text.get(end..).unwrap_or_default();
        if let Some(line_start) = line_start
            && is_start(text.get(start..end).unwrap_or_default())
            && is_followed_well(after)
        {
            return Some((line_start, end));
        }
        at = end;
    }
}

/// Whether a line is `Event[7]` or `Event[7]:`.
fn is_start(line: &str) -> bool {
    let number = clean(line).strip_prefix("Event[").and_then(|rest| {
        let rest = rest.strip_suffix(':').unwrap_or(rest);
        rest.strip_suffix(']')
    });
    number.is_some_and(|number| {
        (1..=10).contains(&number.len()) && number.bytes().all(|digit| digit.is_ascii_digit())
    })
}

fn is_followed_well(after: &str) -> bool {
    let line = after.split('\n').find(|line| !clean(line).is_empty());
    line.is_none_or(|line| {
        let is_indented = line.starts_with([' ', '\t']) && line.contains([':', '\u{ff1a}']);
        let first = LABELS.first().copied().unwrap_or_default();
        is_indented || line.starts_with(first) || is_start(line)
    })
}

/// A piece of a line without blanks, line ends and zero characters around it.
fn clean(piece: &str) -> &str {
    let is_blank = |letter: char| letter.is_whitespace() || matches!(letter, '\0' | '\u{feff}');
    piece.trim_matches(is_blank)
}
