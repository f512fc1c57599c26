//! Lines, columns and times as people read them.

use std::io::{self, Write};

use hvtriage_winfmt::FileTime;

use crate::words::printable;

/// Lines of text are broken here.
const WIDTH: usize = 100;

pub(crate) fn more(out: &mut dyn Write, indent: &str, all: usize, shown: usize) -> io::Result<()> {
    match all.checked_sub(shown) {
        Some(rest) if rest > 0 => writeln!(out, "{indent}and {rest} more (all in --format json)"),
        _ => Ok(()),
    }
}

/// A table whose columns are as wide as their widest value.
pub(crate) fn table<const N: usize>(rows: &[[String; N]], out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<[String; N]> =
        rows.iter().map(|row| row.clone().map(|cell| printable(&cell))).collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        writeln!(out, "  {}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// `text` after `head`, broken at blanks, the following lines indented as far as the head.
pub(crate) fn wrapped(out: &mut dyn Write, head: &str, text: &str) -> io::Result<()> {
    let indent = " ".repeat(head.chars().count());
    let mut line = head.to_owned();
    let mut is_fresh = true;
    for word in text.split_whitespace() {
        let word = printable(word);
        let length = line.chars().count().saturating_add(word.chars().count());
        if !is_fresh && length >= WIDTH {
            writeln!(out, "{}", line.trim_end())?;
            line.clone_from(&indent);
            is_fresh = true;
        }
        if !is_fresh {
            line.push(' ');
        }
        line.push_str(&word);
        is_fresh = false;
    }
    if line.trim().is_empty() { Ok(()) } else { writeln!(out, "{}", line.trim_end()) }
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
