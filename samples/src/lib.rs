//! Writes the evidence that the tests and the README use.
//!
//! The package shares no code with the readers: event logs with binary XML, event XML exports and
//! dumps are put together here from the format descriptions alone, so that a reader and a
//! writer who err in the same way are found by the independent programs of `check_independent.py`.
//!
//! [`scenario::all`] lists the scenario folders with every file in them; the binary
//! `write-samples` puts them on disk. All times are constants: two runs write the same bytes.

#![forbid(unsafe_code)]
#![allow(
    clippy::arithmetic_side_effects,
    reason = "the writer reads nothing from outside: every number in it is one of its own constants"
)]

pub mod archive;
pub mod chance;
pub mod dump;
pub mod event;
pub mod evtx;
pub mod identity;
pub mod instant;
pub mod inventory;
pub mod known;
pub mod scenario;
pub mod xml;
