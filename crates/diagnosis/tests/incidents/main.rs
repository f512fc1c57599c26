//! One failure is one incident, what merely happened at the same time is not.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

mod alike;
mod beside;
mod crashes;
mod host_death;
mod logs;
mod moments;
mod storage;
