//! Lines, columns and times as people read them.

use std::io::{self, Write};

use hvtriage_winfmt::FileTime;

use super::page::Page;
use crate::words::printable;

pub(crate) fn more(out: &mut Page<'_>, indent: &str, all: usize, shown: usize) -> io::Result<()> {
    match all.checked_sub(shown) {
        Some(rest) if rest > 0 => writeln!(out, "{indent}and {rest} more (all in --format json)"),
        _ => Ok(()),
    }
}

/// `text` after `head`, broken at blanks, the following lines indented as far as the head.
pub(crate) fn wrapped(out: &mut Page<'_>, head: &str, text: &str) -> io::Result<()> {
    wrapped_as(out, head, head, text)
}

/// The same with a head that is shown in colours.
pub(crate) fn wrapped_as(
    out: &mut Page<'_>,
    head: &str,
    shown_head: &str,
    text: &str,
) -> io::Result<()> {
    let letters = head.chars().count();
    let indent = " ".repeat(letters);
    let lines = folded(text, out.prose_width().saturating_sub(letters).max(1));
    for (number, line) in lines.iter().enumerate() {
        let before = if number == 0 { shown_head } else { &indent };
        writeln!(out, "{before}{line}")?;
    }
    match lines.is_empty() && !head.trim().is_empty() {
        true => writeln!(out, "{}", shown_head.trim_end()),
        false => Ok(()),
    }
}

/// `text` in lines of `width` letters at most, broken at blanks; a longer word has a line of its own.
pub(crate) fn folded(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut room = 0_usize;
    for word in text.split_whitespace() {
        let word = printable(word);
        let letters = word.chars().count().saturating_add(1);
        match lines.last_mut() {
            Some(line) if letters <= room => {
                line.push(' ');
                line.push_str(&word);
                room = room.saturating_sub(letters);
            }
            _ => {
                room = width.saturating_sub(letters.saturating_sub(1));
                lines.push(word);
            }
        }
    }
    lines
}

pub(crate) fn count(number: u64, noun: &str) -> String {
    let plural = match noun {
        _ if number == 1 => "",
        noun if noun.ends_with("sh") => "es",
        _ => "s",
    };
    format!("{number} {noun}{plural}")
}

/// How long a machine had run.
pub(crate) fn up(seconds: u64) -> String {
    let [days, hours, minutes] = [seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60];
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

/// The day of a time.
pub(crate) fn day(time: FileTime) -> String {
    let text = time.to_string();
    text.split_once('T').map_or(text.clone(), |(day, _)| day.to_owned())
}
