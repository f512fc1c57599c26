//! Lists of a report, facts and events as Parquet, which DuckDB, pandas and Spark read with their types.
//!
//! What the columns are is in `docs/parquet.md`. Rows are gathered until there are many, and then written as
//! one group, so that memory does not grow with a file.

mod column;
mod columns;
mod events;
mod facts;
mod file;
mod shape;
mod shape_of_schema;
mod table;
#[cfg(test)]
mod tests;

pub use events::{EventsParquet, write_parquet_line};
pub use facts::write_parquet_facts;
pub use table::write_parquet_table;
