//! Benchmarks of hvtriage; `cargo bench -p hvtriage-benches` runs them. What they measured, and the
//! exact commands, are in `docs/performance.md`.
#![forbid(unsafe_code)]
