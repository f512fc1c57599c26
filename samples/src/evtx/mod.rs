//! The `.evtx` format: a file header of 4,096 bytes and chunks of 64 KiB that hold records of
//! binary XML.

mod bytes;
mod chunk;
mod crc32;
mod file;
mod names;
mod template;
mod value;

pub use crc32::crc32;
pub use file::{CHUNK_SIZE, FILE_HEADER_SIZE, write_log};
