//! One line: what its head tells, and its text.
//!
//! `[Verbose] 00000f44.00000a58::2023/05/08-11:55:37.173 WARN  [CORE] Node ...`: the channel is there
//! since Windows Server 2016 and not always, the component where the cluster service itself traces.
//! Lines of this form stand in
//! <https://learn.microsoft.com/sql/database-engine/availability-groups/windows/cluster-log-always-on-availability-groups>
//! and
//! <https://learn.microsoft.com/windows-server/storage/storage-spaces/troubleshooting-storage-spaces>.

use std::ops::Range;

use hvtriage_winfmt::{FileOffset, FileTime};

use crate::lines::Line;

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'l> {
    /// Where it stands.
    pub at: Position,
    /// The word in front of it, such as `Verbose`.
    pub channel: Option<&'l str>,
    /// The process that traced it, and its thread.
    pub process_id: u32,
    /// The thread.
    pub thread_id: u32,
    /// Its level; `None` where there is none that is known.
    pub level: Option<Level>,
    /// The part of the cluster service that traced it, `RHS`.
    pub component: Option<&'l str>,
    /// What it says.
    pub text: &'l str,
    /// Date and time of day as written.
    time: &'l str,
}

/// A place in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The number of the line, from 1 on.
    pub line: u64,
    /// Where the line begins in the file.
    pub offset: FileOffset,
}

/// How grave an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// `DBG`.
    Debug,
    /// `INFO`.
    Information,
    /// `WARN`.
    Warning,
    /// `ERR`.
    Error,
}

const LEVELS: [(&str, Level); 4] = [
    ("INFO", Level::Information),
    ("WARN", Level::Warning),
    ("ERR", Level::Error),
    ("DBG", Level::Debug),
];

/// `2011/08/05-13:47:42.496`.
const TIME_BYTES: usize = 23;
/// `00000f44`.
const ID_DIGITS: usize = 8;
/// The word before a line, and the component, are short.
const MAX_WORD: usize = 64;

impl<'l> Entry<'l> {
    /// Reads a line; `None` where it is no entry.
    pub(crate) fn parse(line: &Line<'l>) -> Option<Self> {
        let (channel, rest) = match word_in_brackets(line.text) {
            Some((word, rest)) => (Some(word), rest.trim_start()),
            None => (None, line.text),
        };
        let (process_id, rest) = number(rest)?;
        let (thread_id, rest) = number(rest.strip_prefix('.')?)?;
        let (time, rest) = rest.strip_prefix("::")?.split_at_checked(TIME_BYTES)?;
        if !is_time(time) {
            return None;
        }
        let (level, rest) = level(rest);
        let (component, text) = match word_in_brackets(rest) {
            Some((word, rest)) => (Some(word), rest),
            None => (None, rest),
        };
        let text = text.trim();
        Some(Self {
            at: line.position(),
            channel,
            process_id,
            thread_id,
            level,
            component,
            text,
            time,
        })
    }

    /// When it was traced, by the clock of the log (see [`Head::clock`](crate::Head::clock)), as if
    /// that were UTC.
    #[must_use]
    pub fn written_time(&self) -> Option<FileTime> {
        // Year, month, day of the week, day, hour, minute, second, milliseconds of a SYSTEMTIME.
        const FIELDS: [Range<usize>; 8] = [0..4, 5..7, 0..0, 8..10, 11..13, 14..16, 17..19, 20..23];
        let mut stored = [0; 16];
        for (place, field) in stored.as_chunks_mut::<2>().0.iter_mut().zip(FIELDS) {
            let digits = self.time.get(field)?;
            let number: u16 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
            *place = number.to_le_bytes();
        }
        FileTime::from_system_time(stored)
    }
}

fn word_in_brackets(text: &str) -> Option<(&str, &str)> {
    let (word, rest) = text.strip_prefix('[')?.split_once(']')?;
    (!word.is_empty() && word.len() <= MAX_WORD).then_some((word, rest))
}

fn number(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(ID_DIGITS)?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    Some((u32::from_str_radix(digits, 16).ok().filter(|_| is_number)?, rest))
}

/// Whether digits and marks stand where they do in a time.
fn is_time(text: &str) -> bool {
    const PATTERN: &[u8] = b"0000/00/00-00:00:00.000";
    text.bytes().zip(PATTERN).all(|(byte, pattern)| match pattern {
        b'0' => byte.is_ascii_digit(),
        mark => byte == *mark,
    })
}

fn level(text: &str) -> (Option<Level>, &str) {
    let text = text.trim_start();
    let found = LEVELS.iter().find_map(|(word, level)| {
        let rest = text.strip_prefix(word)?;
        (rest.is_empty() || rest.starts_with(' ')).then_some((Some(*level), rest.trim_start()))
    });
    found.unwrap_or((None, text))
}
