//! Benchmarks of hvtriage: see `docs/performance.md`.
