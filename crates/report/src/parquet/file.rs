//! A file as it is written, group of rows by group of rows.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use serde_json::Value;

use super::columns::Columns;
use super::shape::{Field, schema_of};
use crate::SCHEMA_VERSION;

/// Rows of a group: what DuckDB takes at a time.
const GROUP_ROWS: usize = 122_880;
/// A group ends before it takes much more than so many bytes.
const GROUP_BYTES: usize = 64 << 20;

/// A file to which rows are added.
pub(super) struct ParquetFile<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: Columns,
    rows: usize,
}

impl<W: Write + Send> ParquetFile<W> {
    pub(super) fn new(out: W, fields: Vec<Field>) -> io::Result<Self> {
        let told = |key: &str, value: &str| KeyValue::new(key.to_owned(), value.to_owned());
        let metadata = vec![
            told("hvtriage.version", env!("CARGO_PKG_VERSION")),
            told("hvtriage.schema_version", SCHEMA_VERSION),
        ];
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_key_value_metadata(Some(metadata))
            .build();
        let schema = schema_of(&fields)?;
        let writer = SerializedFileWriter::new(out, schema, Arc::new(properties));
        let writer = writer.map_err(io::Error::other)?;
        Ok(Self { writer, columns: Columns::new(fields), rows: 0 })
    }

    /// Adds a row: an object with a value for each column.
    pub(super) fn add(&mut self, row: &Value) -> io::Result<()> {
        self.columns.add(row)?;
        self.rows = self.rows.saturating_add(1);
        if self.rows >= GROUP_ROWS || self.columns.size() >= GROUP_BYTES {
            self.end_group()?;
        }
        Ok(())
    }

    fn end_group(&mut self) -> io::Result<()> {
        let mut group = self.writer.next_row_group().map_err(io::Error::other)?;
        for column in self.columns.iter_mut() {
            if let Some(out) = group.next_column().map_err(io::Error::other)? {
                column.write(out).map_err(io::Error::other)?;
            }
        }
        group.close().map_err(io::Error::other)?;
        self.rows = 0;
        Ok(())
    }

    /// Writes what is left, and the directory of the file, which stands at its end.
    pub(super) fn finish(mut self) -> io::Result<W> {
        if self.rows > 0 {
            self.end_group()?;
        }
        self.writer.into_inner().map_err(io::Error::other)
    }
}

impl<W: Write + Send> fmt::Debug for ParquetFile<W> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ParquetFile").field("rows", &self.rows).finish_non_exhaustive()
    }
}
