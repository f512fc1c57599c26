//! How a time is written.

use std::borrow::Cow;

use hvtriage_winfmt::FileTime;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// A time, as RFC 3339 in UTC with seven digits.
pub(super) struct Time(pub(super) FileTime);

pub(super) fn time(time: Option<FileTime>) -> Option<Time> {
    time.map(Time)
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}
