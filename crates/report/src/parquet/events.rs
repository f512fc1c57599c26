//! Events.

use std::io::{self, Write};

use super::file::ParquetFile;
use super::shape::{Field, Leaf, Shape};
use crate::events::{EventFormat, EventRow};

/// A Parquet file of events.
#[derive(Debug)]
pub struct EventsParquet<W: Write + Send> {
    file: ParquetFile<W>,
}

/// Appends an event to `out`, in the form that [`EventsParquet::add`] takes: its JSON line, with what only
/// tables have.
pub fn write_parquet_line(row: &EventRow<'_>, out: &mut Vec<u8>) {
    EventFormat::JsonLines.write(row, out);
    let Some(time) = row.event.time_created else { return };
    if out.ends_with(b"}\n") {
        out.truncate(out.len().saturating_sub(2));
        out.extend_from_slice(format!(",\"filetime\":{}}}\n", time.0).as_bytes());
    }
}

impl<W: Write + Send> EventsParquet<W> {
    /// Starts a file.
    ///
    /// # Errors
    /// Only those of `out`.
    pub fn new(out: W) -> io::Result<Self> {
        Ok(Self { file: ParquetFile::new(out, fields())? })
    }

    /// Adds events, each as [`write_parquet_line`] wrote it.
    ///
    /// # Errors
    /// Those of the output, and bytes that are something else.
    pub fn add(&mut self, lines: &[u8]) -> io::Result<()> {
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            self.file.add(&serde_json::from_slice(line)?)?;
        }
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// Only those of the output.
    pub fn finish(self) -> io::Result<W> {
        self.file.finish()
    }
}

fn fields() -> Vec<Field> {
    let leaf = |name, leaf| Field::new(name, Shape::Leaf(leaf));
    vec![
        leaf("time", Leaf::Time).optional(),
        leaf("filetime", Leaf::Number(64)).optional(),
        leaf("time_is_local", Leaf::Flag),
        leaf("computer", Leaf::Text),
        leaf("channel", Leaf::Text),
        leaf("provider", Leaf::Text),
        leaf("event_id", Leaf::Number(32)),
        leaf("level", Leaf::Number(8)),
        leaf("record_id", Leaf::Number(64)),
        Field::new("data", Shape::Map),
        leaf("message", Leaf::Text).optional(),
        leaf("meaning", Leaf::Text).optional(),
        leaf("provider_guid", Leaf::Text).optional(),
        leaf("event_source", Leaf::Text).optional(),
        leaf("qualifiers", Leaf::Number(16)).optional(),
        leaf("version", Leaf::Number(8)),
        leaf("task", Leaf::Number(16)),
        leaf("opcode", Leaf::Number(8)),
        leaf("keywords", Leaf::Number(64)),
        leaf("process_id", Leaf::Number(32)).optional(),
        leaf("thread_id", Leaf::Number(32)).optional(),
        leaf("user_id", Leaf::Text).optional(),
        leaf("binary", Leaf::Bytes).optional(),
        leaf("origin", Leaf::Text).optional(),
        leaf("source", Leaf::Text),
        leaf("offset", Leaf::Number(64)),
    ]
}
