//! Compiles and runs the examples of the README and of the book, so that they cannot rot.

#[doc = include_str!("../../../README.md")]
struct Readme;

#[doc = include_str!("../../../docs/library.md")]
struct Library;
