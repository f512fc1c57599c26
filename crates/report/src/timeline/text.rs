//! A line an event.

use std::io::{self, Write};

use super::{level_word, words};
use crate::events::EventRow;
use crate::words::printable;

pub(super) fn write(row: &EventRow<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    let event = row.event;
    let time = match event.time_created {
        None => "no time            ".to_owned(),
        Some(time) if event.time_is_local => format!("{} (local)", time.to_the_second()),
        Some(time) => time.to_the_second(),
    };
    let words = words(row);
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    writeln!(
        out,
        "{time}  {}  {:<11}  {}/{}  {}  [{} record {}]",
        printable(&event.computer),
        level_word(event.level),
        printable(&event.provider.name),
        event.id,
        printable(&words),
        printable(row.source),
        event.record_id,
    )
}
