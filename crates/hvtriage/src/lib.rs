//! hvtriage
