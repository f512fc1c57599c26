//! What stands for lists as Parquet in a command that was built without.

use std::io;
use std::path::PathBuf;

use hvtriage::{Diagnosis, Evidence};

use super::arguments::AnalyzeArguments;
use super::forms::AnalyzeFormat;
use crate::output::WITHOUT_PARQUET;

pub(super) fn wrong(arguments: &AnalyzeArguments) -> Option<&'static str> {
    (arguments.format == AnalyzeFormat::Parquet).then_some(WITHOUT_PARQUET)
}

pub(super) struct Lists;

impl Lists {
    pub(super) fn new(_: &AnalyzeArguments) -> Self {
        Self
    }

    pub(super) fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    pub(super) fn gathered(&mut self, _: &Evidence) {}

    pub(super) fn finish(self, _: &Diagnosis) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::Unsupported, WITHOUT_PARQUET))
    }
}
