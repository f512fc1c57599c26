//! A list of a report.

use std::io::{self, Write};

use hvtriage_diagnosis::Diagnosis;

use super::file::ParquetFile;
use super::shape_of_schema::fields_of;
use crate::Table;
use crate::json::rows;

/// Writes a list of the report as Parquet: a row for each of its objects, with the fields that the JSON
/// report has; objects and lists in them stay what they are.
///
/// # Errors
/// Only those of `out`.
pub fn write_parquet_table(
    diagnosis: &Diagnosis,
    table: Table,
    out: &mut (dyn Write + Send),
) -> io::Result<()> {
    let mut file = ParquetFile::new(out, fields_of(table.word())?)?;
    for row in rows(diagnosis, table) {
        file.add(&row?)?;
    }
    file.finish().map(drop)
}
