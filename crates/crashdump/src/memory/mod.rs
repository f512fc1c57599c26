//! Memory of the crashed machine, as far as the dump holds it.
//!
//! Everything above reads through [`VirtualMemory`], which is either page tables over physical
//! pages or the loose blocks of a small dump, and which says why an address cannot be read.

mod bitmap;
mod blocks;
mod error;
#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod oracle_tests;
mod paging;
mod physical;
mod runs;
mod virtual_memory;

pub(crate) use bitmap::BitmapPages;
pub(crate) use blocks::{Block, BlockMemory};
pub(crate) use error::MemoryError;
pub(crate) use paging::{PageTables, Paging};
pub(crate) use physical::PhysicalMemory;
pub(crate) use runs::RunPages;
pub(crate) use virtual_memory::VirtualMemory;

/// Bytes of a page.
pub(crate) const PAGE: u64 = 0x1000;
